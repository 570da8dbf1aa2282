/**
 * The card around the path timeline: heading, legend, zoom buttons, read-out, and the same facts as tables for those who cannot
 * see the picture. Fetches through the contract by range and pixel width; holds the last whole-range slice for the tables.
 */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { SessionReport } from '../../shared/report.ts'
import { goToFrame } from '../state/packet-store.ts'
import { chooseRehoming, stepRehoming, useSession } from '../state/session-store.ts'
import { change, useView } from '../state/view-store.ts'
import { count, plural } from '../text/format.ts'
import { boundsOf } from './bounds.ts'
import { createTimeline, type Timeline } from './controller.ts'
import type { Hover } from './hover.ts'
import { drawnIn, Legend } from './legend.tsx'
import type { Slice } from './slice.ts'
import { askSlice } from './slice-ahead.ts'
import type { Span } from './time-scale.ts'
import { TimelineTable } from './timeline-table.tsx'

export function TimelineCard({ session, origin }: { session: SessionReport; origin: number }) {
  const table = useView((state) => state.table)
  const theme = useView((state) => state.theme)
  const chosen = useSession((state) => state.rehoming)
  const showRehoming = useSession((state) => state.showRehoming)
  const moves = useSession((state) => state.data?.rehomings.length ?? 0)
  const canvas = useRef<HTMLCanvasElement>(null)
  const timeline = useRef<Timeline | null>(null)
  const shown = useRef(showRehoming)
  const grown = useRef(session)
  const { id } = session
  const [hover, setHover] = useState<Hover | null>(null)
  const [overview, setOverview] = useState<Slice | null>(null)
  const drawn = useMemo(() => drawnIn(overview), [overview])
  const [quiet, setQuiet] = useState(0)
  const [every, setEvery] = useState(false)
  const bounds = useMemo(() => boundsOf(session, origin), [session, origin])
  const latest = useRef({ session, bounds })
  latest.current = { session, bounds }
  const [view, setView] = useState<{ span: Span; whole: boolean }>({ span: bounds, whole: true })

  useEffect(() => {
    if (!canvas.current) return
    const made = createTimeline(
      canvas.current,
      { bounds: latest.current.bounds, origin, pairs: latest.current.session.pairs, chosen: useSession.getState().rehoming },
      {
        onHover: setHover,
        onView: (span, whole) => setView({ span, whole }),
        onOverview: (slice, quiet) => {
          setOverview(slice)
          setQuiet(quiet)
        },
        onFrame: (frame) => void goToFrame(frame),
        onRehoming: (id) => {
          chooseRehoming(id)
          document.getElementById('rehomings')?.scrollIntoView({ block: 'nearest' })
        },
        fetch(from, to, pixels) {
          const { bounds } = latest.current
          const whole = from === bounds.from && to === bounds.to
          return askSlice({ session: id, from: from + origin, to: to + origin, width: pixels }, whole)
        },
      },
    )
    timeline.current = made
    setView({ span: latest.current.bounds, whole: true })
    return () => {
      timeline.current = null
      setHover(null)
      made.destroy()
    }
  }, [id, origin])

  // a session that is being captured grows in place
  useEffect(() => {
    if (timeline.current && grown.current !== session) timeline.current.grow(bounds, session.pairs)
    grown.current = session
  }, [session, bounds])

  useEffect(() => {
    timeline.current?.choose(chosen, showRehoming !== shown.current)
    shown.current = showRehoming
  }, [chosen, showRehoming])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is why the palette is read again
  useEffect(() => {
    timeline.current?.theme()
    const media = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => timeline.current?.theme()
    media.addEventListener('change', follow)
    return () => media.removeEventListener('change', follow)
  }, [theme])

  const keys = (event: React.KeyboardEvent) => {
    const at = timeline.current
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '+' || event.key === '=') at.zoomBy(0.6)
    else if (event.key === '-') at.zoomBy(1 / 0.6)
    else if (event.key === 'ArrowLeft') at.panBy(-0.15)
    else if (event.key === 'ArrowRight') at.panBy(0.15)
    else if (event.key === '0') at.whole()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <section className="card timeline-card" aria-labelledby="timeline-heading">
      <div className="card-head">
        <h2 id="timeline-heading">Paths over time</h2>
        {/* the tables have all of the session and no marks, however far the picture is zoomed */}
        {table ? <span className="muted">the whole session in words</span> : <Legend span={view.span} drawn={drawn} />}
        {!table && (
          <fieldset className="buttons" aria-label="Timeline view">
            {moves > 0 && (
              <>
                <button type="button" onClick={() => stepRehoming(-1)} title="Previous rehoming ( [ )" aria-label="Previous rehoming">
                  ‹
                </button>
                <button type="button" onClick={() => stepRehoming(1)} title="Next rehoming ( ] )" aria-label="Next rehoming">
                  ›
                </button>
              </>
            )}
            <button type="button" onClick={() => timeline.current?.zoomBy(0.5)} title="Zoom in ( + )" aria-label="Zoom in">
              +
            </button>
            <button type="button" onClick={() => timeline.current?.zoomBy(2)} title="Zoom out ( - )" aria-label="Zoom out">
              −
            </button>
            <button type="button" disabled={view.whole} onClick={() => timeline.current?.whole()} title="Whole session ( 0 )">
              All
            </button>
          </fieldset>
        )}
        <button type="button" aria-pressed={table} onClick={() => change({ table: !table })} title="The same facts as tables">
          Table
        </button>
      </div>
      <div className="plot" hidden={table}>
        <div
          className="plot-focus"
          role="application"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys zoom and pan it
          tabIndex={0}
          onKeyDown={keys}
          aria-label={`Path timeline of the session: ${overview?.lanes.length ?? session.pairs.length} paths, ${count(moves)} rehomings. Plus and minus zoom, arrows pan, zero shows all, brackets step through rehomings. The Table button gives the same as text.`}
        >
          <canvas ref={canvas} />
        </div>
        {hover && <Read hover={hover} />}
      </div>
      {!table && overview !== null && overview.thinned > 0 && view.whole && (
        <p className="muted note">{count(overview.thinned)} more signals are left out at this zoom; zoom in to see them.</p>
      )}
      {!table && quiet > 0 && (
        <p className="muted note">
          {plural(quiet, 'path')} that carried nothing {quiet === 1 ? 'is' : 'are'} {every ? 'shown' : 'left out'}.{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setEvery(!every)
              timeline.current?.unfold(!every)
            }}
          >
            {every ? 'Leave out' : 'Show'}
          </button>
        </p>
      )}
      {table && overview && <TimelineTable slice={overview} />}
    </section>
  )
}

/** floats beside the pointer, on the side where there is room */
function Read({ hover }: { hover: Hover }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    const room = element?.parentElement
    if (!element || !room) return
    const wide = element.offsetWidth
    const tall = element.offsetHeight
    const left = hover.x + 14 + wide > room.clientWidth ? Math.max(0, hover.x - 14 - wide) : hover.x + 14
    const top = hover.y + 16 + tall > room.clientHeight ? hover.y - 12 - tall : hover.y + 16
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
  }, [hover])
  return (
    <div className="readout" ref={box} role="presentation">
      <b className="number">{hover.title}</b>
      {hover.lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity
        <span key={at}>{line}</span>
      ))}
    </div>
  )
}

/**
 * Everything that happened to the session, in order: a virtual list that can be narrowed by kind, each entry with its frames.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import { kindWords } from '../../shared/label-words.ts'
import type { SessionReport, TimelineKind } from '../../shared/report.ts'
import { Frames, PathBadge } from '../text/badges.tsx'
import { count, moment } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { pathOf } from './rehoming-card.tsx'

const LINE = 24

const DIRECTIONS = { 'initiator-to-responder': '→', 'responder-to-initiator': '←', both: '↔' } as const

export function Entries({ session, origin }: { session: SessionReport; origin: number }) {
  const [kind, setKind] = useState<TimelineKind | 'all'>('all')
  const kinds = useMemo(() => {
    const counts = new Map<TimelineKind, number>()
    for (const entry of session.timeline) counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1)
    return [...counts].sort((a, b) => b[1] - a[1])
  }, [session])
  const chosen = kind !== 'all' && kinds.some(([name]) => name === kind) ? kind : 'all'
  const list = useMemo(
    () => (chosen === 'all' ? session.timeline : session.timeline.filter((entry) => entry.kind === chosen)),
    [session, chosen],
  )
  // in a capture of days the times are long; they only grow
  const times = Math.max(12, moment((list[list.length - 1]?.t ?? origin) - origin, 6).length)
  const box = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({ count: list.length, getScrollElement: () => box.current, estimateSize: () => LINE, overscan: 8 })
  return (
    <section className="card wide" aria-labelledby="entries-heading">
      <div className="card-head">
        <h2 id="entries-heading">What happened</h2>
        <fieldset className="buttons kinds" aria-label="Kinds of entries">
          <button type="button" aria-pressed={chosen === 'all'} onClick={() => setKind('all')}>
            all <span className="muted number">{count(session.timeline.length)}</span>
          </button>
          {kinds.map(([name, number]) => (
            <button key={name} type="button" aria-pressed={chosen === name} onClick={() => setKind(name)}>
              {kindWords(name)} <span className="muted number">{count(number)}</span>
            </button>
          ))}
        </fieldset>
      </div>
      <section
        className="entries"
        style={{ height: Math.min(290, virtual.getTotalSize() + 2), '--time': `${times}ch` } as React.CSSProperties}
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keys
        tabIndex={0}
        aria-label="Entries"
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a virtual list is absolutely placed */}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="list">
          {virtual.getVirtualItems().map((item) => {
            const entry = list[item.index]!
            const path = pathOf(session, entry.pair)
            return (
              // biome-ignore lint/a11y/useSemanticElements: a virtual list
              <div
                key={item.key}
                role="listitem"
                className="entry"
                style={{ transform: `translateY(${item.start}px)` }}
                aria-setsize={list.length}
                aria-posinset={item.index + 1}
              >
                <span className="number right">{moment(entry.t - origin, 6)}</span>
                <span className={`entry-kind kind-${entry.kind}`}>{kindWords(entry.kind)}</span>
                <span className="entry-path">
                  {path >= 0 && <PathBadge path={path} />}
                  {entry.direction && <span className="muted">{DIRECTIONS[entry.direction]}</span>}
                </span>
                <span className="entry-detail" title={visible(entry.detail)}>
                  {visible(entry.detail)}
                </span>
                <Frames frames={entry.frames} most={3} />
              </div>
            )
          })}
        </div>
      </section>
    </section>
  )
}

/**
 * The live capture as a whole: what happened, rates by interface and by path, and where packets could have been lost. It is the page of
 * 'whole capture' while one is captured, and stays there after the end, above what a file has there.
 */
import { lazy, Suspense, useState } from 'react'
import type { LiveStatus } from '../../shared/live.ts'
import { useCapture } from '../state/capture-store.ts'
import { isLive, useLive } from '../state/live-store.ts'
import { bytes, count, plural, rate, seconds } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { EventFeed } from './event-feed.tsx'
import type { Measure, Subject } from './rate-chart.tsx'

const RateChart = lazy(() => import('./rate-chart.tsx'))

/** The live capture is what is open. */
export function isShownLive(status: LiveStatus | null, path: string | null, state: string | undefined): boolean {
  if (status === null || status.state === 'idle' || status.state === 'failed') return false
  return state === 'live' || (path !== null && status.files.includes(path))
}

export function LiveHead() {
  const live = useLive((state) => state.status)
  const status = useCapture((state) => state.status)
  const total = useCapture((state) => (state.search === '' ? state.sessionsTotal : null))
  if (live === null) return null
  const running = isLive(live)
  const parts = [
    plural(total ?? status?.sessions ?? 0, 'session'),
    plural(status?.rehomings ?? 0, 'rehoming'),
    status?.findings.length ? plural(status.findings.length, 'finding') : 'no findings',
  ]
  return (
    <header className="page-head">
      <div>
        <h1>
          {running ? 'Capturing on' : 'Captured on'} {live.interfaces.map(visible).join(', ')}: {parts.join(', ')}
        </h1>
        <p className="page-facts muted">
          <span>
            {live.backend} ({live.why})
          </span>
          <span>{live.clock} clock</span>
          <span>link events: {live.links === 'none' ? 'none' : live.links}</span>
          <span>
            filter: <span className="mono">{live.filter === null ? 'none' : visible(live.filter)}</span>
          </span>
          <span className="mono">{visible(live.files.at(-1) ?? '')}</span>
        </p>
      </div>
    </header>
  )
}

export function LiveCards() {
  const live = useLive((state) => state.status)
  const points = useLive((state) => state.points)
  const [subject, setSubject] = useState<Subject>('interfaces')
  const [measure, setMeasure] = useState<Measure>('bytes')
  if (live === null) return null
  return (
    <>
      <section className="card" aria-labelledby="live-rate-heading">
        <div className="card-head">
          <h2 id="live-rate-heading">Traffic</h2>
          <span className="grow" />
          <fieldset className="buttons" aria-label="Traffic by">
            <Choice<Subject> now={subject} value="interfaces" onChoose={setSubject}>
              by interface
            </Choice>
            <Choice<Subject> now={subject} value="paths" onChoose={setSubject}>
              by path
            </Choice>
          </fieldset>
          <fieldset className="buttons" aria-label="Traffic in">
            <Choice<Measure> now={measure} value="bytes" onChoose={setMeasure}>
              bytes
            </Choice>
            <Choice<Measure> now={measure} value="packets" onChoose={setMeasure}>
              packets
            </Choice>
          </fieldset>
        </div>
        <Suspense fallback={<div className="rate-chart" />}>
          <RateChart points={points} subject={subject} measure={measure} />
        </Suspense>
      </section>
      <EventFeed />
      <Lanes live={live} />
    </>
  )
}

function Choice<T extends string>(props: { now: T; value: T; onChoose(value: T): void; children: React.ReactNode }) {
  return (
    <button type="button" aria-pressed={props.now === props.value} onClick={() => props.onChoose(props.value)}>
      {props.children}
    </button>
  )
}

const STATES = { running: 'capturing', waiting: 'gone, waited for', through: 'ended' } as const

function Lanes({ live }: { live: LiveStatus }) {
  const point = useLive((state) => state.points.at(-1))
  const { counts } = live
  if (counts === null) return null
  const running = isLive(live)
  return (
    <section className="card wide" aria-labelledby="lanes-heading">
      <div className="card-head">
        <h2 id="lanes-heading">Interfaces and losses</h2>
        <span className="muted number">
          reorder window {counts.reorder.milliseconds} ms
          {running && `, ${plural(counts.reorder.held, 'packet')} in it`} · {plural(counts.late, 'packet')} later than that
          {running && ` · ${bytes(counts.unwritten)} on the way to the disk`}
          {running && ` · analysis ${seconds(counts.lag.seconds)} (${bytes(counts.lag.bytes)}) behind`}
        </span>
      </div>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">interface</th>
              <th scope="col">state</th>
              <th scope="col" className="right">
                packets
              </th>
              <th scope="col" className="right">
                bytes
              </th>
              {running && (
                <th scope="col" className="right">
                  now
                </th>
              )}
              <th scope="col" className="right">
                dropped by kernel
              </th>
              <th scope="col" className="right">
                by interface
              </th>
              <th scope="col" className="right">
                by application
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.lanes.map((lane) => {
              const now = point?.interfaces.find(([name]) => name === lane.name)
              return (
                <tr key={lane.name}>
                  <th scope="row">{visible(lane.name)}</th>
                  <td className={lane.state === 'waiting' ? 'bad-text' : undefined}>
                    {lane.state === 'waiting' && '× '}
                    {STATES[lane.state]}
                  </td>
                  <td className="right">{count(lane.packets)}</td>
                  <td className="right">{bytes(lane.bytes)}</td>
                  {running && <td className="right">{now ? `${count(Math.round(now[1]))}/s · ${rate(now[2])}` : '–'}</td>}
                  {[lane.drops.kernel, lane.drops.interface, lane.drops.app].map((value, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: three columns
                    <td key={at} className={`right ${value === 'unknown' ? 'muted' : value > 0 ? 'warn-text' : ''}`}>
                      {value === 'unknown' ? (running && live.backend !== 'cap' ? 'known at the end' : 'unknown') : count(value)}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

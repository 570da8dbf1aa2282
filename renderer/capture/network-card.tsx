/**
 * What links, routers and routing protocols did while it was captured: whose fault a break was is often here, whether or not a session moved by it.
 */
import { networkLines } from '../../shared/network-lines.ts'
import { Frames } from '../text/badges.tsx'
import { moment, NONE, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { useAnswer } from './use-answer.ts'

const MOST = 50

export function NetworkCard({ origin }: { origin: number }) {
  const answer = useAnswer('network', {})
  if (answer === null || answer.events.length === 0) return null
  const lines = networkLines(answer.events)
  const shown = lines.slice(0, MOST)
  const more = lines.length - shown.length + answer.more
  return (
    <section className="card wide" aria-labelledby="network-heading">
      <div className="card-head">
        <h2 id="network-heading">Network</h2>
        <span className="muted">{plural(answer.events.length + answer.more, 'event')} of links and routers that took a path away</span>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">until</th>
            <th scope="col">what happened</th>
            <th scope="col">frames</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ event: { t, until, frames }, words }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity, and their order does not change
            <tr key={at}>
              <td className="number">{moment(t - origin, 3)}</td>
              <td className="number">{until === null ? NONE : moment(until - origin, 3)}</td>
              <td>{visible(words)}</td>
              <td>{frames.length === 0 ? <span className="muted">link log</span> : <Frames frames={frames} most={4} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="muted">and {more} more; the report has them.</p>}
    </section>
  )
}

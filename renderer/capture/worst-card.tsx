/**
 * The sessions that fared worst, each with the sentence that answers for it: which path, since when, why not the other, whose fault. The first that
 * the engine names, at most eight, and only those that have something to tell; the list at the side has them all.
 */
import type { SessionSummary } from '../../shared/contract.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import { useCapture } from '../state/capture-store.ts'
import { chooseSession } from '../state/session-store.ts'
import { milliseconds, NONE, plural } from '../text/format.ts'
import { Middle } from '../text/middle.tsx'
import { faredBadly, hasStory, standing } from '../text/session-words.ts'
import { visible } from '../text/visible.ts'
import { useAnswer } from './use-answer.ts'

const MOST = 8

export function WorstCard() {
  const sessions = useCapture((state) => state.status?.sessions ?? 0)
  const judged = useCapture((state) => (state.status?.findings.length ?? 0) > 0)
  const worst = useAnswer('sessions', { offset: 0, limit: MOST })?.sessions.filter(hasStory) ?? null
  // findings that concern no session tell enough themselves
  if (worst === null || sessions === 0 || (worst.length === 0 && judged)) return null
  if (worst.length === 0) {
    return (
      <section className="card wide" aria-labelledby="worst-heading">
        <div className="card-head">
          <h2 id="worst-heading">Nothing moved</h2>
          <span className="muted">
            No session moved, broke, used a second path or changed its exit, and nothing was found; the sessions are at the side.
          </span>
        </div>
      </section>
    )
  }
  // a list of connections that only changed their exit is no list of misfortunes
  const bad = worst.some(faredBadly)
  return (
    <section className="card wide" aria-labelledby="worst-heading">
      <div className="card-head">
        <h2 id="worst-heading">{bad ? 'What went worst' : 'What happened'}</h2>
        <span className="muted">
          {plural(worst.length, 'session')}
          {bad ? ', the worst first' : '; no move, break or outage is known'}
        </span>
      </div>
      <table className="worst">
        <thead>
          <tr>
            <th scope="col">session</th>
            <th scope="col">what happened</th>
            <th scope="col" className="right">
              worst outage
            </th>
          </tr>
        </thead>
        <tbody>
          {worst.map((session) => (
            <Line key={session.id} session={session} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Line({ session }: { session: SessionSummary }) {
  const { text, tone } = standing(session)
  return (
    <tr>
      <th scope="row">
        <button type="button" className="link" onClick={() => void chooseSession(session.id)}>
          {visible(session.id)}
        </button>{' '}
        <span className="protocol">{visible(protocolName(session.protocol))}</span>
        <div className={`small ${tone}-text`}>{text}</div>
      </th>
      <td className="worst-words">
        {visible(session.headline)}
        <div className="muted small">
          <Middle text={session.title} />
        </div>
      </td>
      <td className="right">{session.worstOutage === null ? NONE : milliseconds(session.worstOutage)}</td>
    </tr>
  )
}

/**
 * Sessions that this one travels in or that travel in it, and those it stands beside in time, each with the sentence that answers for it. A carrier
 * knows the outer addresses and their moves, what travels inside knows the data: the card says where to look for which.
 */

import type { RelatedSession } from '../../shared/contract.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import { chooseSession } from '../state/session-store.ts'
import { bytes, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const WORDS: Record<RelatedSession['relation'], string> = {
  'carried by': 'travels inside',
  carries: 'carries',
  replaces: 'took the place of',
  'replaced by': 'was replaced by',
}

export function RelatedSessions({ related }: { related: readonly RelatedSession[] }) {
  if (related.length === 0) return null
  const inside = related.some((entry) => entry.relation === 'carried by')
  const carrier = related.some((entry) => entry.relation === 'carries')
  return (
    <section className="card wide" aria-labelledby="related-heading">
      <div className="card-head">
        <h2 id="related-heading">{inside ? 'What carries it' : carrier ? 'What it carries' : 'Before and after'}</h2>
        <span className="muted">
          {inside && 'its packets have outer addresses; their paths, moves and outages are told there'}
          {!inside && carrier && 'the paths on this page are those of the outer addresses'}
        </span>
      </div>
      <table className="related">
        <tbody>
          {related.map((entry) => (
            <tr key={`${entry.relation} ${entry.id}`}>
              <th scope="row" className="relation muted">
                {WORDS[entry.relation]}
              </th>
              <td>
                <button type="button" className="link" onClick={() => void chooseSession(entry.id)}>
                  session {visible(entry.id)}
                </button>{' '}
                <span className="protocol">{visible(protocolName(entry.protocol))}</span>
              </td>
              <td>
                {visible(entry.headline)}
                <br />
                <span className="muted mono">{visible(entry.title)}</span>
              </td>
              <td className="right muted">
                {plural(entry.packets, 'packet')}
                <br />
                {bytes(entry.bytes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

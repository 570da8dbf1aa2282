/**
 * Link evidence: an explicit loss of the old path's interface (link log) 90; three or more sessions of one interface that fall silent within
 * 1 s while another interface lives 65; marks of re-attachment on the new interface within 5 s 45. A link that came up is only told (25):
 * it makes a path usable, it moves nothing.
 */
import { SECOND } from '../model.ts'
import { hopOf, type Move, nearEnd, newPath, oldPath, SLACK, type TriggerCandidateRows } from './context.ts'
import { silentTogether } from './link-silence.ts'

export function linkCandidates(move: Move): TriggerCandidateRows[] {
  const { candidate, lastGood, world, flows } = move
  const out: TriggerCandidateRows[] = []
  const from = oldPath(move)
  const to = newPath(move)
  const texts = from.ends.map((a) => flows.addresses.text(a))
  const begin = lastGood - 5 * SECOND
  const silent = fellSilent(move)
  for (const event of world.events) {
    const { what, interfaceName, subject, message } = event.detail
    const late = silent && what === 'link-down' && message.endsWith(CARRIER) ? CARRIER_DELAY : SLACK
    if (event.time > candidate.time + late || event.time < begin) continue
    const { time, rows } = event
    if (what === 'link-down') {
      if (!world.speaksOf(event, from.interface) || world.cameBack(from.interface, time, candidate.time)) continue
      const clause = interfaceName === null ? 'when its link went down' : downClause(interfaceName, message)
      out.push({ class: 'link', score: 90, time, rows, text: message, clause })
    } else if (what === 'address-removed') {
      const about = subject?.split('/')[0]
      if (about === undefined || !texts.includes(about)) continue
      out.push({ class: 'link', score: 90, time, rows, text: message, clause: `when ${about} was removed` })
    } else if (what === 'link-up' && world.speaksOf(event, to.interface))
      out.push({ class: 'link', score: 25, time, rows, text: message, clause: `when ${interfaceName ?? 'its link'} came up` })
  }
  const together = silentTogether(move)
  if (together !== null) out.push(together)
  const attached =
    to.interface === from.interface
      ? null
      : world.attachedOn(to.interface, hopOf(move, to.index, nearEnd(move)).from, candidate.time - 5 * SECOND, candidate.time)
  if (attached !== null && !move.healthy)
    out.push({
      class: 'link',
      score: 45,
      time: attached.time,
      rows: attached.rows,
      text: attached.text,
      clause: 'when the new interface was attached',
    })
  return out
}

const CARRIER = 'carrier lost'
/** Linux tells of a lost carrier at most once a second, its data may have moved by then; what an administrator does it tells at once. */
const CARRIER_DELAY = SECOND

/** Nothing of the peer came in on the old path since the move. */
function fellSilent({ session, candidate, captured }: Move): boolean {
  if (captured !== 0 && captured !== 1) return false
  const path = session.paths[candidate.from]
  const heard = captured === 0 ? path?.heardResponder : path?.heardInitiator
  return heard !== undefined && heard <= candidate.time
}

/** The log's words as a clause. */
export function downClause(name: string, message: string): string {
  if (message.endsWith(CARRIER)) return `when ${name} lost carrier`
  if (message.endsWith('set down by the administrator')) return `when ${name} was set down`
  return message.endsWith('interface removed') ? `when ${name} was removed` : `when the link of ${name} went down`
}

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
  for (const event of world.events) {
    if (event.time > candidate.time + SLACK || event.time < begin) continue
    const { what, interfaceName, subject, message } = event.detail
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
  const silent = silentTogether(move)
  if (silent !== null) out.push(silent)
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

/** The log's words as a clause. */
export function downClause(name: string, message: string): string {
  if (message.endsWith('carrier lost')) return `when ${name} lost carrier`
  if (message.endsWith('set down by the administrator')) return `when ${name} was set down`
  return message.endsWith('interface removed') ? `when ${name} was removed` : `when the link of ${name} went down`
}

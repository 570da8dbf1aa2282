/**
 * Link evidence: an explicit loss of the old path's interface (link log) 90; three or more sessions of one interface that fall silent within
 * 1 s while another interface lives 65; marks of re-attachment on the new interface within 5 s 45. A link that came up is only told (25):
 * it makes a path usable, it moves nothing.
 */
import { SECOND } from '../model.ts'
import { type Move, newPath, oldPath, SLACK, type TriggerCandidateRows } from './context.ts'

export function linkCandidates(move: Move): TriggerCandidateRows[] {
  const { candidate, lastGood, world, flows } = move
  const out: TriggerCandidateRows[] = []
  const from = oldPath(move)
  const to = newPath(move)
  const oldName = world.interfaceName(from.interface)
  const newName = world.interfaceName(to.interface)
  const texts = from.ends.map((a) => flows.addresses.text(a))
  const begin = lastGood - 5 * SECOND
  for (const event of world.events) {
    if (event.time > candidate.time + SLACK || event.time < begin) continue
    const { what, interfaceName, subject, message } = event.detail
    if (what === 'link-down') {
      if (interfaceName === null || oldName === null || interfaceName !== oldName) continue
      if (world.cameBack(interfaceName, event.time, candidate.time)) continue
      out.push({
        class: 'link',
        score: 90,
        time: event.time,
        rows: event.rows,
        text: message,
        clause: downClause(interfaceName, message),
      })
    } else if (what === 'address-removed') {
      const about = subject?.split('/')[0]
      if (about === undefined || !texts.includes(about)) continue
      out.push({ class: 'link', score: 90, time: event.time, rows: event.rows, text: message, clause: `when ${about} was removed` })
    } else if (what === 'link-up' && interfaceName !== null && interfaceName === newName) {
      out.push({ class: 'link', score: 25, time: event.time, rows: event.rows, text: message, clause: `when ${interfaceName} came up` })
    }
  }
  const attached = world.attachedOn(to.interface, candidate.time - 5 * SECOND, candidate.time)
  if (attached !== null && to.interface !== from.interface && !move.healthy)
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

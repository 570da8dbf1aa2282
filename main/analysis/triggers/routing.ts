/**
 * Routing evidence within 60 s: a router that gives up (lifetime 0), a prefix deprecated or invalid that covers the old local address: 80;
 * an ICMP redirect or a route that the host's log says was removed: 70. What came back before the move explains nothing.
 */
import { type Evidence, SECOND } from '../model.ts'
import type { RoutingFact } from '../world.ts'
import { type Move, newPath, oldPath, SLACK, type TriggerCandidateRows } from './context.ts'

const ROUTING: Record<RoutingFact['what'], string> = {
  'router-gone': 'when its router gave up',
  'prefix-gone': 'when its prefix was withdrawn',
  redirect: 'after an ICMP redirect',
}

export function routingCandidates(move: Move): TriggerCandidateRows[] {
  const { candidate, lastGood, world, flows, session } = move
  const out: TriggerCandidateRows[] = []
  const from = oldPath(move)
  const oldName = world.interfaceName(from.interface)
  const begin = lastGood - 60 * SECOND
  for (const r of world.routing) {
    if (r.time > candidate.time + SLACK || r.time < begin || r.interface !== from.interface) continue
    if (r.what === 'router-gone' || from.ends.some((a) => r.covers(flows.addresses.get(a))))
      out.push({
        class: 'routing',
        score: r.what === 'redirect' ? 70 : 80,
        time: r.time,
        rows: r.rows,
        text: r.text,
        clause: ROUTING[r.what],
      })
  }
  for (const event of world.events) {
    if (event.detail.what !== 'route-removed' || event.time > candidate.time + SLACK || event.time < lastGood - 5 * SECOND) continue
    const { interfaceName, subject, message } = event.detail
    if (interfaceName === null || interfaceName !== oldName || subject === null) continue
    // Only a default route, or one to an end of the path: others (multicast, link-local) carry nothing of the session.
    const host = subject.split('/')[0] as string
    if (subject !== 'default' && !subject.endsWith('/0') && !from.ends.some((a) => flows.addresses.text(a) === host)) continue
    out.push({ class: 'routing', score: 70, time: event.time, rows: event.rows, text: message, clause: 'when its route was removed' })
  }
  // A mapping system that sends the session elsewhere: it speaks of the old path, or of the end that moved.
  const to = newPath(move)
  for (const e of session.evidence) {
    if (e.class !== 'routing' || e.time > candidate.time || e.time < begin) continue
    const end = e.by as 0 | 1
    if (from.ends[end] === to.ends[end]) continue
    const about = e.path >= 0 ? e.path === candidate.from : named(e, session, to.ends[end], end, candidate.time)
    if (about) out.push({ class: 'routing', score: 70, time: e.time, rows: e.rows, text: e.text, clause: `after a ${e.text}` })
  }
  return out
}

/** Does it speak of the end as such, or of the locator that the new path uses, which was still in force then? */
function named(e: Evidence, session: Move['session'], address: number, end: 0 | 1, time: number): boolean {
  if (e.address === undefined || e.address < 0) return true
  if (e.address !== address) return false
  return session.endpoints[end].locators.some((l) => l.address === address && (l.removed === null || l.removed > time))
}

/**
 * Routing evidence within 60 s: a router that gives up (lifetime 0), a prefix deprecated or invalid, a route to the peer withdrawn: 80; BGP, a new
 * first hop (VRRP, HSRP), BFD down, a lost lease, an ICMP redirect, a mapping that changed, a route or a router that the host's log says is gone:
 * 70. What speaks of another router than the old path's first hop, and what was taken back before the move, explains nothing.
 */
import { routeCovers } from '../link-routes.ts'
import { type Evidence, SECOND } from '../model.ts'
import { covers, type RoutingFact, type RoutingWhat } from '../routing-facts.ts'
import type { WorldEvent } from '../world.ts'
import { hopOf, type Move, nearEnd, newPath, oldPath, SLACK, type TriggerCandidateRows } from './context.ts'

const ROUTING: Record<RoutingWhat, string> = {
  'router-gone': 'when its router gave up',
  'prefix-gone': 'when its prefix was withdrawn',
  'route-gone': 'when its route was withdrawn',
  redirect: 'after an ICMP redirect',
  'bgp-withdrawn': 'when its route was withdrawn',
  'bgp-changed': 'when its route changed',
  'bgp-ended': 'when the BGP session of its route ended',
  'gateway-moved': 'when its first hop changed',
  'bfd-down': 'when BFD declared its link down',
  'lease-lost': 'when its address or prefix was lost',
}
const STRONG: ReadonlySet<RoutingWhat> = new Set(['router-gone', 'prefix-gone', 'route-gone'])

export function routingCandidates(move: Move): TriggerCandidateRows[] {
  return [...fromFacts(move), ...fromLog(move), ...fromSession(move)]
}

function fromFacts(move: Move): TriggerCandidateRows[] {
  const { candidate, lastGood, world } = move
  const out: TriggerCandidateRows[] = []
  const { list } = world.facts
  for (let i = list.length - 1; i >= 0; i--) {
    const fact = list[i] as RoutingFact
    if (fact.time < lastGood - 60 * SECOND) break
    if (fact.time > candidate.time || fact.ended <= candidate.time || !concerns(move, fact)) continue
    const { what, time, rows, text } = fact
    out.push({ class: 'routing', score: STRONG.has(what) ? 80 : 70, time, rows, text, clause: ROUTING[what] })
  }
  return out
}

function concerns(move: Move, fact: RoutingFact): boolean {
  const from = oldPath(move)
  if (fact.interface >= 0 && fact.interface !== from.interface) return false
  if (!from.ends.some((a) => covers(fact, move.flows.addresses.get(a)))) return false
  if (fact.routers.length === 0) return true
  const { to } = hopOf(move, from.index, nearEnd(move))
  return to < 0 || fact.routers.includes(to)
}

function fromLog(move: Move): TriggerCandidateRows[] {
  const { candidate, lastGood, world, flows } = move
  const out: TriggerCandidateRows[] = []
  const from = oldPath(move)
  const far = flows.addresses.get(from.ends[1 - nearEnd(move)] as number)
  const isEnd = (text: string): boolean => from.ends.some((a) => flows.addresses.text(a) === text)
  for (const event of world.events) {
    const { what, interfaceName, subject, message } = event.detail
    if (event.time > candidate.time + SLACK || event.time < lastGood - 5 * SECOND) continue
    if (interfaceName === null || subject === null || !world.speaksOf(event, from.interface)) continue
    const host = subject.split('/')[0] as string
    // Only a route to the far end, or to an end itself: others (multicast, the own link) carry nothing of the session.
    if (what === 'route-removed' && (routeCovers(event.detail, far) || isEnd(host)))
      out.push({ class: 'routing', score: 70, time: event.time, rows: event.rows, text: message, clause: 'when its route was removed' })
    else if (what === 'neighbour-failed' && (isEnd(host) || world.isRouter(host)))
      out.push({
        class: 'routing',
        score: 70,
        time: event.time,
        rows: event.rows,
        text: message,
        clause: 'when its first hop stopped answering',
      })
  }
  return out
}

/** a host that is given a better route sends its next packet there */
const AT_ONCE = 2 * SECOND

/** The link log's route by the new path's interface that the sender took up: what a move from a path that still worked goes by. */
export function routeOffered(move: Move): WorldEvent | null {
  const { candidate, world, flows } = move
  const [from, to] = [oldPath(move), newPath(move)]
  if (from.interface === to.interface || nearEnd(move) !== move.sender) return null
  const far = flows.addresses.get(to.ends[1 - nearEnd(move)] as number)
  let last: WorldEvent | null = null
  for (const event of world.events) {
    if (event.time > candidate.time + SLACK) break
    if (event.detail.what !== 'route-added' || event.detail.interfaceName === null || event.time < candidate.time - AT_ONCE) continue
    if (world.speaksOf(event, to.interface) && routeCovers(event.detail, far)) last = event
  }
  return last
}

/** A mapping system that sends the session elsewhere: it speaks of the old path, or of the end that moved. */
function fromSession(move: Move): TriggerCandidateRows[] {
  const { session, candidate, lastGood } = move
  const out: TriggerCandidateRows[] = []
  const [from, to] = [oldPath(move), newPath(move)]
  for (const e of session.evidence) {
    if (e.class !== 'routing' || e.time > candidate.time || e.time < lastGood - 60 * SECOND) continue
    const end = e.by as 0 | 1
    // what took the new locator away as well did not send the session there
    if (from.ends[end] === to.ends[end] || isWithdrawn(session, to.ends[end], end, candidate.time)) continue
    const about = e.path >= 0 ? e.path === candidate.from : named(e, session, to.ends[end], end)
    if (about) out.push({ class: 'routing', score: 70, time: e.time, rows: e.rows, text: e.text, clause: `after a ${e.text}` })
  }
  return out
}

function isWithdrawn(session: Move['session'], address: number, end: 0 | 1, time: number): boolean {
  const known = session.endpoints[end].locators.filter((l) => l.address === address)
  return known.length > 0 && known.every((l) => l.removed !== null && l.removed <= time)
}

/** Does it speak of the end as such, or of the locator that the new path uses? */
function named(e: Evidence, session: Move['session'], address: number, end: 0 | 1): boolean {
  if (e.address === undefined || e.address < 0) return true
  return e.address === address && session.endpoints[end].locators.some((l) => l.address === address)
}

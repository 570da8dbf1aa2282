/**
 * What the network did while it was captured: links that went down, addresses and default routes that were taken away, and what routers, routing
 * protocols and address servers said that took a path away (`routing-facts.ts`). Whose fault a break was is often here, whether or not a session
 * moved by it. In time order; at most MOST, the first ones, and how many more there were.
 */
import type { NetworkEvent } from '../../../shared/report.ts'
import { SECOND } from '../model.ts'
import { covers, type RoutingFact } from '../routing-facts.ts'
import type { World, WorldEvent } from '../world.ts'
import type { Scope } from './scope.ts'
import { frames } from './text.ts'

const MOST = 1000

export function networkEvents(scope: Scope): { events: NetworkEvent[]; more: number } {
  const { clock, world } = scope
  const told: (NetworkEvent & { time: number })[] = []
  const epoch = (time: number): number | null => (Number.isFinite(time) ? clock.epoch(time) : null)
  for (const event of world.events) {
    if (!tookAway(event)) continue
    const { interfaceName, message } = event.detail
    const until = event.detail.what === 'link-down' ? backAt(world, event) : Number.POSITIVE_INFINITY
    told.push({
      time: event.time,
      t: clock.epoch(event.time),
      until: epoch(until),
      kind: 'link',
      what: event.detail.what,
      interface: interfaceName ?? world.interfaceName(event.interface),
      text: message,
      frames: frames(event.rows),
    })
  }
  for (const fact of world.facts.list) told.push({ time: fact.time, ...factEvent(scope, fact), until: epoch(fact.ended) })
  told.sort((a, b) => a.time - b.time)
  const events = told.slice(0, MOST).map(({ time: _, ...event }) => event)
  return { events, more: told.length - events.length }
}

function factEvent({ clock, world }: Scope, { time, what, interface: iface, text, rows }: RoutingFact): Omit<NetworkEvent, 'until'> {
  return {
    t: clock.epoch(time),
    kind: 'routing',
    what,
    interface: iface < 0 ? null : world.interfaceName(iface),
    text,
    frames: frames(rows),
  }
}

/** Lost links, addresses and default routes; what the log shows as added is how the host began, or the way back. */
function tookAway({ detail: { what, subject } }: WorldEvent): boolean {
  if (what === 'route-removed') return subject === 'default' || subject?.endsWith('/0') === true
  return what === 'link-down' || what === 'address-removed'
}

/** When the link of the event came up again; infinite: not in what was seen. */
function backAt(world: World, { time, detail, interface: iface }: WorldEvent): number {
  const up = world.events.find(
    (e) =>
      e.detail.what === 'link-up' &&
      e.time > time &&
      (detail.interfaceName === null ? e.interface === iface : e.detail.interfaceName === detail.interfaceName),
  )
  return up?.time ?? Number.POSITIVE_INFINITY
}

/**
 * What of it concerns a session while it lasts (from `opened` to `end`, ns): of the interfaces that it uses, or of the addresses of its ends (ids).
 */
export function networkMarks(
  { flows, world }: Scope,
  interfaces: readonly number[],
  ends: readonly number[],
  opened: number,
  end: number,
): { time: number; kind: 'link' | 'routing'; rows: number[]; text: string }[] {
  const out: ReturnType<typeof networkMarks> = []
  const names = new Set(interfaces.map((one) => world.interfaceName(one)))
  for (let i = firstFrom(world.events, opened - SECOND); i < world.events.length; i++) {
    const event = world.events[i] as WorldEvent
    if (event.time > end + SECOND) break
    const { what, interfaceName, message } = event.detail
    if (interfaceName !== null && !names.has(interfaceName)) continue
    const link = what === 'link-down' || what === 'link-up' || what === 'address-removed' || what === 'address-added'
    if (!link && what !== 'route-removed' && what !== 'route-added') continue
    out.push({ time: event.time, kind: link ? 'link' : 'routing', rows: event.rows, text: message })
  }
  const addresses = ends.map((one) => flows.addresses.get(one))
  const { list } = world.facts
  for (let i = firstFrom(list, opened); i < list.length; i++) {
    const fact = list[i] as RoutingFact
    if (fact.time > end) break
    if (fact.interface >= 0 ? !interfaces.includes(fact.interface) : !addresses.some((one) => covers(fact, one))) continue
    out.push({ time: fact.time, kind: 'routing', rows: fact.rows, text: fact.text })
  }
  return out
}

/** Index of the first that is not before `time`; both lists are in time order, and most sessions are short. */
function firstFrom(list: readonly { time: number }[], time: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as { time: number }).time < time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * By which interfaces the packets of one flow travelled in turn: what a site with addresses of its own does when BGP or an administrator gives it
 * another exit. Its locators stay, so that it is no rehoming; which path, since when and why is asked all the same. Said where the flow changed
 * its interface a few times; packets that alternate between two (a router that is captured on both sides) are not in turn.
 */
import { routeCovers } from '../link-routes.ts'
import { SECOND } from '../model.ts'
import { shortInterface } from '../path-names.ts'
import { covers, type RoutingFact } from '../routing-facts.ts'
import type { Scope } from './scope.ts'
import { seconds } from './text.ts'

interface Exit {
  interface: number
  name: string
  from: number
  row: number
}

/** both directions of a flow follow one event within this */
const TOGETHER = SECOND
/** what routing protocols said takes effect within this, what the log shows of the host's own routes at once */
const BEFORE = 10 * SECOND
const AT_ONCE = 2 * SECOND
const SLACK = 0.05 * SECOND

/** 'Went by upA, by upB from 5.466 s (route added: ...), by upA again from 14.7 s'; null: it kept to one. `forward`: the initiator's direction. */
export function exitWords(scope: Scope, flow: number, forward: 0 | 1): string | null {
  const out = exitsOf(scope, flow, forward)
  const back = exitsOf(scope, flow, (1 - forward) as 0 | 1)
  if (out === null && back === null) return null
  if (out === null || back === null) {
    const kept = interfaceOf(scope, flow, out === null ? forward : ((1 - forward) as 0 | 1))
    if (kept === null) return null
    return out === null
      ? `Went by ${kept}; answers came ${inTurn(scope, flow, back as Exit[])}`
      : `Went ${inTurn(scope, flow, out)}; answers came by ${kept}`
  }
  if (together(out, back)) return `Went ${inTurn(scope, flow, out)}`
  return `Went ${inTurn(scope, flow, out)}; answers came ${inTurn(scope, flow, back)}`
}

/** The interfaces of a direction in turn; null: one only, or not to be said in turn. */
function exitsOf({ flows, world }: Scope, flow: number, direction: number): Exit[] | null {
  const exits: Exit[] = []
  for (const { hop, time, row } of flows.hops.turnsOf(flow, direction) ?? []) {
    const iface = flows.hops.interface[hop] as number
    if (exits.at(-1)?.interface === iface) continue
    const name = shortInterface(world, iface)
    if (name === null) return null
    exits.push({ interface: iface, name, from: time, row })
  }
  return exits.length < 2 ? null : exits
}

function interfaceOf({ flows, world }: Scope, flow: number, direction: number): string | null {
  const hop = flows.hops.lastOf(flow, direction)
  return hop < 0 ? null : shortInterface(world, flows.hops.interface[hop] as number)
}

function together(one: readonly Exit[], other: readonly Exit[]): boolean {
  return (
    one.length === other.length &&
    one.every((exit, i) => exit.interface === other[i]?.interface && (i === 0 || Math.abs(exit.from - (other[i] as Exit).from) <= TOGETHER))
  )
}

function inTurn(scope: Scope, flow: number, exits: readonly Exit[]): string {
  return exits
    .map(({ name, from }, i) => {
      if (i === 0) return `by ${name}`
      const again = exits.slice(0, i).some((before) => before.name === name)
      const why = whyThen(scope, flow, exits[i - 1] as Exit, exits[i] as Exit, again)
      return `by ${name}${again ? ' again' : ''} from ${seconds(from)}${why === null ? '' : ` (${why})`}`
    })
    .join(', ')
}

/** What took the exit before away, or gave the next one: the host's own route or link first, then what routers said. */
function whyThen({ world, flows }: Scope, flow: number, before: Exit, next: Exit, again: boolean): string | null {
  const { from: time } = next
  const ends = [flows.addressA[flow] as number, flows.addressB[flow] as number].map((end) => flows.addresses.get(end))
  let own: string | null = null
  for (const event of world.events) {
    const { what, message } = event.detail
    if (event.time < time - AT_ONCE || event.time > time + SLACK) continue
    if (what === 'link-down' && world.speaksOf(event, before.interface)) return message
    const route =
      (what === 'route-removed' && world.speaksOf(event, before.interface)) ||
      (what === 'route-added' && world.speaksOf(event, next.interface))
    if (route && ends.some((end) => routeCovers(event.detail, end))) own = message.replace(/( dev \S+).*$/, '$1')
  }
  if (own !== null) return own
  const concerns = (fact: RoutingFact, iface: number): boolean =>
    fact.interface >= 0 ? fact.interface === iface : ends.some((end) => covers(fact, end))
  if (again) {
    let back: RoutingFact | null = null
    for (const fact of world.facts.list)
      if (fact.ended >= time - BEFORE && fact.ended <= time + SLACK && concerns(fact, next.interface) && fact.ended >= (back?.ended ?? 0))
        back = fact
    if (back !== null) return `'${back.text}' was taken back`
  }
  let said: RoutingFact | null = null
  for (const fact of world.facts.list) {
    if (fact.time < time - BEFORE || fact.time > time + SLACK) continue
    // that a neighbour ended its session explains the withdrawals and the failed BFD that follow
    if (concerns(fact, before.interface) && said?.what !== 'bgp-ended') said = fact
  }
  return said?.text ?? null
}

/** The interfaces that packets of the flow took in turn, of the direction that changed more often; none: it kept to one. Cost: two looks into a table. */
export function exitsInTurn(scope: Scope, flow: number): string[] {
  const [one, other] = [0, 1].map((direction) => exitsOf(scope, flow, direction)?.map(({ name }) => name) ?? [])
  return (one as string[]).length >= (other as string[]).length ? (one as string[]) : (other as string[])
}

/** Interfaces that packets of the flow were seen on: the first, and those of the two hops that each direction has at hand. */
export function interfacesUsed({ flows }: Scope, flow: number): number[] {
  const { hops } = flows
  const records = [0, 1].flatMap((direction) => [hops.recordOf(flow, direction), hops.formerOf(flow, direction)])
  const used = records.filter((record) => record >= 0).map((record) => hops.interface[hops.hop[record] as number] as number)
  return [...new Set([flows.firstInterface[flow] as number, ...used])]
}

/** When a direction went on by another interface, for the timeline. `direction`: 0 the initiator's packets. */
export function exitMarks(scope: Scope, flow: number, forward: 0 | 1): { time: number; row: number; direction: 0 | 1; text: string }[] {
  const out: ReturnType<typeof exitMarks> = []
  for (const direction of [0, 1] as const) {
    const exits = exitsOf(scope, flow, direction === 0 ? forward : ((1 - forward) as 0 | 1)) ?? []
    for (const { name, from, row } of exits.slice(1))
      out.push({
        time: from,
        row,
        direction,
        text: `packets of the ${direction === 0 ? 'initiator' : 'responder'} go by ${name} from here`,
      })
  }
  return out
}

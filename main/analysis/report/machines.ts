/**
 * Which of several addresses that are near the capture are one machine. A capture on a host has the host's own, whatever its links; one on a
 * link between machines has those of all of them, each with its own link-layer address. Frames that name no receiver (cooked captures) were
 * taken on the host itself. Cost: one pass over the hops of all flows.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'

/** link-layer senders by interface */
type Cards = Map<number, Set<number>>

/** Groups of the addresses, each in the order given: two that used one interface from different cards are two machines. */
export function machines(flows: FlowTable, addresses: readonly number[]): number[][] {
  const cards = cardsOf(flows, new Set(addresses))
  const found: { addresses: number[]; cards: Cards }[] = []
  for (const address of addresses) {
    const own = cards.get(address) ?? new Map<number, Set<number>>()
    let machine = found.find((one) => fits(one.cards, own))
    if (machine === undefined) {
      machine = { addresses: [], cards: new Map() }
      found.push(machine)
    }
    machine.addresses.push(address)
    for (const [iface, senders] of own) machine.cards.set(iface, new Set([...(machine.cards.get(iface) ?? []), ...senders]))
  }
  return found.map((one) => one.addresses)
}

function cardsOf(flows: FlowTable, wanted: ReadonlySet<number>): Map<number, Cards> {
  const { hops } = flows
  const cards = new Map<number, Cards>()
  for (let record = 0; record < hops.count; record++) {
    const at = hops.at[record] as number
    const address = flows.sender(at >> 1, at & 1)
    const hop = hops.hop[record] as number
    const sender = hops.sender[hop] as number
    if (!wanted.has(address) || sender < 0 || (hops.receiver[hop] as number) < 0) continue
    const own = cards.get(address) ?? new Map<number, Set<number>>()
    const iface = hops.interface[hop] as number
    own.set(iface, (own.get(iface) ?? new Set<number>()).add(sender))
    cards.set(address, own)
  }
  return cards
}

function fits(a: Cards, b: Cards): boolean {
  for (const [iface, senders] of b) {
    const other = a.get(iface)
    if (other !== undefined && ![...senders].some((sender) => other.has(sender))) return false
  }
  return true
}

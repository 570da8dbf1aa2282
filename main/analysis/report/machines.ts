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
  const found = new Machines()
  for (const address of addresses) found.add(address, cards.get(address) ?? new Map())
  return found.list.map((one) => one.addresses)
}

interface Machine {
  addresses: number[]
  cards: Cards
}

/** Thousands of machines may stand on one link: those that an address could belong to are looked up, by card and by what they have no card on. */
class Machines {
  readonly list: Machine[] = []
  private readonly byCard = new Map<string, Set<number>>()
  /** by the interfaces that they have cards on, oldest first; of machines that got a further one since, the entry is dropped when it comes first */
  private readonly byInterfaces = new Map<string, number[]>()

  /** The address goes to the first machine that it fits. */
  add(address: number, own: Cards): void {
    const first = this.first(own)
    const at = first < this.list.length ? first : this.list.push({ addresses: [], cards: new Map() }) - 1
    const { addresses, cards } = this.list[at] as Machine
    addresses.push(address)
    const before = cards.size
    for (const [iface, senders] of own) {
      const known = cards.get(iface)
      if (known === undefined) cards.set(iface, new Set(senders))
      else for (const sender of senders) known.add(sender)
      for (const sender of senders) entry(this.byCard, `${iface} ${sender}`, () => new Set<number>()).add(at)
    }
    if (addresses.length > 1 && cards.size === before) return
    const waiting = entry<number[]>(this.byInterfaces, interfacesOf(cards), () => [])
    let place = waiting.length
    while (place > 0 && (waiting[place - 1] as number) > at) place--
    waiting.splice(place, 0, at)
  }

  private first(own: Cards): number {
    let first = this.list.length
    for (const [iface, senders] of own)
      for (const sender of senders)
        for (const at of this.byCard.get(`${iface} ${sender}`) ?? [])
          if (at < first && fits((this.list[at] as Machine).cards, own)) first = at
    for (const [key, waiting] of this.byInterfaces) {
      while (waiting.length > 0 && interfacesOf((this.list[waiting[0] as number] as Machine).cards) !== key) waiting.shift()
      const at = waiting[0]
      if (at !== undefined && at < first && fits((this.list[at] as Machine).cards, own)) first = at
    }
    return first
  }
}

const interfacesOf = (cards: Cards): string => [...cards.keys()].sort((a, b) => a - b).join()

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
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

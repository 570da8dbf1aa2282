/**
 * On which interface packets to an address arrive, counted over flows that were answered. The network brings an address's packets to where
 * its prefix is routed, whatever uplink its own packets were sent over; a packet that still has the hop limit its sender gave it was sent
 * here, so the address is on this side. Bounded: MAX_FLOWS flows, MAX_ADDRESSES addresses. Cost: one look at each flow a call.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { Forgotten } from '../../dissectors/core/forgotten.ts'

/** rehoming section 8.1: a prefix is learned from ten flows that were answered */
const LEARN_FLOWS = 10
/** enough for any site, and a bound on the work */
const MAX_FLOWS = 200_000
const MAX_ADDRESSES = 100_000

export class Arrivals {
  private seen = new Map<string, Map<string, { flows: number; frame: number }>>()
  private taken = -1

  /** Counts anew when there are further flows; false: nothing changed. */
  take(flows: FlowTable, nameOf: (index: number) => string): boolean {
    const count = Math.min(flows.count, MAX_FLOWS)
    if (count === this.taken) return false
    this.taken = count
    this.seen = new Map()
    for (let flow = 0; flow < count; flow++) {
      const toB = flow * 2
      const toA = toB + 1
      if (flows.packets[toB] === 0 || flows.packets[toA] === 0) continue
      const fresh = isFresh(flows.hopLimit[toB] as number)
      // One side only shows the sender's own hop limit: that side is local.
      if (fresh === isFresh(flows.hopLimit[toA] as number)) continue
      const local = (fresh ? flows.addressA[flow] : flows.addressB[flow]) as number
      const arrival = fresh ? toA : toB
      this.count(
        flows.addresses.text(local),
        nameOf(flows.lastInterface[arrival] as number),
        (flows.firstRow[flow] as number) + 1,
        flows.forgotten,
      )
    }
    return true
  }

  private count(address: string, name: string, frame: number, forgotten: Forgotten): void {
    let byInterface = this.seen.get(address)
    if (byInterface === undefined) {
      if (forgotten.full(this.seen.size, MAX_ADDRESSES, 'flows to addresses of the site')) return
      byInterface = new Map()
      this.seen.set(address, byInterface)
    }
    const seen = byInterface.get(name)
    if (seen === undefined) byInterface.set(name, { flows: 1, frame })
    else seen.flows++
  }

  /** Addresses whose packets arrived often enough, with the interface of most. */
  *settled(): Iterable<{ address: string; name: string; frame: number }> {
    for (const [address, byInterface] of this.seen) {
      const [name, { flows, frame }] = most(byInterface)
      if (flows >= LEARN_FLOWS) yield { address, name, frame }
    }
  }

  /** The interface on which most flows of an address arrived; null when there were none. */
  interfaceOf(address: string): string | null {
    const byInterface = this.seen.get(address)
    return byInterface === undefined ? null : most(byInterface)[0]
  }
}

function most(byInterface: Map<string, { flows: number; frame: number }>): [string, { flows: number; frame: number }] {
  return [...byInterface].sort((a, b) => b[1].flows - a[1].flows)[0] as [string, { flows: number; frame: number }]
}

/** A hop limit that no router has lowered yet: what operating systems begin with. */
export function isFresh(hopLimit: number): boolean {
  return hopLimit === 64 || hopLimit === 128 || hopLimit === 255
}

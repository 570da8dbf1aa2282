/**
 * What went through IPv6 tunnels before anything was said of who is bound to them: a capture that begins in the middle shows data between a
 * care-of address and a home agent, and only a later update tells whose it was. The last unit between two inner addresses is kept, with how
 * many there were, and told with the update or the answer that opens the binding.
 * Bounded: 4,096 tunnels, 32 inner address pairs each (who opens a binding goes through those of its agent); the oldest go first. Cost: none
 * but for IP in IPv6 whose binding is not known.
 */
import type { CarriedBefore } from '../../shared/signal-details.ts'
import type { Signal } from '../../shared/signals.ts'
import type { FlowTable } from '../core/flows.ts'
import { dropOldest, takeOldest } from '../core/oldest.ts'

const MAX_TUNNELS = 4_096
const MAX_INNER = 32
/** ids of addresses are smaller: two of them make one exact number */
const IDS = 2 ** 26
/** ns; a binding of which nothing told how long it holds is over after as long without data */
const IDLE = 600e9

interface Passed extends CarriedBefore {
  /** inner addresses, ids */
  from: number
  to: number
}

interface Tunnel {
  /** of the outer addresses */
  flow: number
  /** by inner sender and receiver */
  inner: Map<number, Passed>
}

export class TunnelsBefore {
  /** by flow */
  private readonly tunnels = new Map<number, Tunnel>()
  /** flows by either end of theirs */
  private readonly byEnd = new Map<number, Set<number>>()
  private dropped = 0

  constructor(private readonly flows: FlowTable) {}

  /** A unit of data, `unit`, on the way of its flow, between the inner addresses (ids). */
  note(from: number, to: number, unit: Signal): void {
    const { flow, direction } = unit
    if (flow < 0) return
    const { inner } = this.tunnels.get(flow) ?? this.add(flow)
    const key = from * IDS + to
    let passed = inner.get(key)
    if (passed === undefined || passed.direction !== direction) {
      if (passed === undefined && inner.size >= MAX_INNER) {
        dropOldest(inner)
        this.dropped++
      }
      const last = { time: 0, row: 0, interface: 0, hopLimit: 0, space: unit.space, unit: 0, span: 0, bytes: 0 }
      const now = { first: unit.time, firstRow: unit.row }
      passed = { from, to, flow, direction: direction === 0 ? 0 : 1, context: 0, units: 0, bytes: 0, ...now, last }
      inner.set(key, passed)
    }
    passed.units++
    passed.bytes += unit.bytes
    const { last } = passed
    last.time = unit.time
    last.row = unit.row
    last.interface = unit.interface
    last.hopLimit = unit.hopLimit
    last.unit = unit.unit
    last.span = unit.span
    last.bytes = unit.bytes
  }

  /**
   * What the mobile end behind `anchor` sent and was sent, in the order of the last units; it is told once. `isMobile`: is this inner address
   * the mobile end's? It must be the one on the far side of the tunnel. All that goes through the tunnel to `careOf` is the mobile end's (-1: none).
   */
  take(anchor: number, careOf: number, now: number, isMobile: (address: number) => boolean): Passed[] {
    const found: Passed[] = []
    for (const flow of this.byEnd.get(anchor) ?? []) {
      const tunnel = this.tunnels.get(flow)
      if (tunnel === undefined) continue
      for (const [key, passed] of tunnel.inner) {
        const outward = this.flows.receiver(flow, passed.direction) === anchor
        const far = outward ? this.flows.sender(flow, passed.direction) : this.flows.receiver(flow, passed.direction)
        if (far !== careOf && !isMobile(outward ? passed.from : passed.to)) continue
        tunnel.inner.delete(key)
        if (now - passed.last.time <= IDLE) found.push(passed)
      }
    }
    // What had to go matters to captures with bindings only.
    this.flows.forgotten.note('pairs of addresses in tunnels whose binding was not seen', this.dropped)
    this.dropped = 0
    return found.sort((a, b) => a.last.time - b.last.time)
  }

  private add(flow: number): Tunnel {
    if (this.tunnels.size >= MAX_TUNNELS) this.dropFirst()
    const tunnel: Tunnel = { flow, inner: new Map() }
    this.tunnels.set(flow, tunnel)
    for (const end of this.endsOf(flow)) {
      const flows = this.byEnd.get(end)
      if (flows === undefined) this.byEnd.set(end, new Set([flow]))
      else flows.add(flow)
    }
    return tunnel
  }

  private dropFirst(): void {
    const oldest = takeOldest(this.tunnels)
    if (oldest === undefined) return
    this.dropped += oldest.inner.size
    for (const end of this.endsOf(oldest.flow)) {
      const flows = this.byEnd.get(end)
      flows?.delete(oldest.flow)
      if (flows?.size === 0) this.byEnd.delete(end)
    }
  }

  private endsOf(flow: number): [number, number] {
    return [this.flows.sender(flow, 0), this.flows.receiver(flow, 0)]
  }
}

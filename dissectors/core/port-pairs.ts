/**
 * Flows by protocol and port pair, whatever their addresses: which others had the same ports? Asked only about flows that begin in the middle
 * of something, so it is filled when it is asked. Fixed size: the last 8 of each of 65,536 buckets.
 */
import type { FlowTable } from './flows.ts'

const BUCKETS = 65_536
const WAYS = 8

export class PortPairs {
  private slots: Int32Array | null = null
  private looked = 0

  constructor(private readonly flows: FlowTable) {}

  /** Calls `take` with flows that had the same protocol and ports between other addresses, youngest first, until it says true. */
  others(flow: number, take: (other: number) => boolean): void {
    this.fill()
    const slots = this.slots as Int32Array
    const base = this.bucket(flow)
    for (let i = base; i < base + WAYS; i++) {
      const other = slots[i] as number
      if (other < 0) return
      if (other !== flow && this.alike(flow, other) && !this.samePair(flow, other) && take(other)) return
    }
  }

  private fill(): void {
    const { flows } = this
    this.slots ??= new Int32Array(BUCKETS * WAYS).fill(-1)
    for (; this.looked < flows.count; this.looked++) {
      const protocol = flows.protocol[this.looked]
      if (protocol !== 6 && protocol !== 17) continue
      const base = this.bucket(this.looked)
      this.slots.copyWithin(base + 1, base, base + WAYS - 1)
      this.slots[base] = this.looked
    }
  }

  private bucket(flow: number): number {
    const { flows } = this
    const a = flows.portA[flow] as number
    const b = flows.portB[flow] as number
    const ports = a < b ? (b << 16) | a : (a << 16) | b
    return (Math.imul(ports ^ (flows.protocol[flow] as number), 0x9e3779b1) >>> 16) * WAYS
  }

  private alike(one: number, two: number): boolean {
    const { portA, portB, protocol } = this.flows
    if (protocol[one] !== protocol[two]) return false
    return (portA[one] === portA[two] && portB[one] === portB[two]) || (portA[one] === portB[two] && portB[one] === portA[two])
  }

  private samePair(one: number, two: number): boolean {
    const { addressA, addressB } = this.flows
    return (
      (addressA[one] === addressA[two] && addressB[one] === addressB[two]) ||
      (addressA[one] === addressB[two] && addressB[one] === addressA[two])
    )
  }
}

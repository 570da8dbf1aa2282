/**
 * The first bytes of short payloads that no dissector knew, for a look back: did anybody name this address before it was used? Filled in the
 * first pass, read by the analysis when a session gets a locator. 2,048 places of 512 bytes, four to a group of flows, so that a busy flow
 * only pushes out its own. Long payloads are data, not signalling, and are left out. Cost: a copy of at most 512 bytes; nothing allocated.
 */
import { names } from './address-in-payload.ts'

export const KEPT_BYTES = 512
const LONGEST = 1024
const GROUPS = 512
const WAYS = 4
const PLACES = GROUPS * WAYS
/** counts of the filter by host pair: many more than places, so that hosts that did not speak are hardly ever taken for some that did */
const BUCKETS = 65_536

export interface KeptPayload {
  flow: number
  direction: number
  row: number
  time: number
}

interface FlowAddresses {
  readonly addressA: Int32Array
  readonly addressB: Int32Array
}

export class PayloadRing {
  /** how many places hold a payload between two hosts, by a hash of the two: nearly always none, and then no place is looked at */
  private readonly between = new Uint16Array(BUCKETS)
  private bytes: Uint8Array | null = null
  private readonly flow = new Int32Array(PLACES).fill(-1)
  private readonly direction = new Uint8Array(PLACES)
  private readonly length = new Uint16Array(PLACES)
  private readonly row = new Int32Array(PLACES)
  private readonly time = new Float64Array(PLACES)
  private readonly turn = new Uint8Array(GROUPS)

  constructor(private readonly flows: FlowAddresses) {}

  put(flow: number, direction: number, row: number, time: number, memory: Uint8Array, begin: number, end: number): void {
    if (flow < 0 || end <= begin || end - begin > LONGEST) return
    this.bytes ??= new Uint8Array(PLACES * KEPT_BYTES)
    const group = flow % GROUPS
    const turn = this.turn[group] as number
    this.turn[group] = (turn + 1) % WAYS
    const place = group * WAYS + turn
    const length = Math.min(end - begin, KEPT_BYTES)
    if ((this.flow[place] as number) >= 0) this.count(this.flow[place] as number, -1)
    this.count(flow, 1)
    // A view of its own costs more than copying few bytes one by one.
    if (length > 128) this.bytes.set(memory.subarray(begin, begin + length), place * KEPT_BYTES)
    else for (let i = begin, to = place * KEPT_BYTES; i < begin + length; i++) this.bytes[to++] = memory[i] as number
    this.flow[place] = flow
    this.direction[place] = direction
    this.length[place] = length
    this.row[place] = row
    this.time[place] = time
  }

  /** False when no payload between any two of these hosts is kept for sure. */
  speaks(one: Iterable<number>, other: Iterable<number>): boolean {
    for (const a of one) for (const b of other) if (this.between[bucket(a, b)] !== 0) return true
    return false
  }

  private count(flow: number, by: number): void {
    const at = bucket(this.flows.addressA[flow] as number, this.flows.addressB[flow] as number)
    this.between[at] = (this.between[at] as number) + by
  }

  /** Places whose flow and time are asked about, without looking at bytes: `wanted` says yes or no. At most `most`, youngest first. */
  find(since: number, most: number, wanted: (flow: number) => boolean): number[] {
    const found: number[] = []
    if (this.bytes === null) return found
    for (let place = 0; place < PLACES; place++) {
      const flow = this.flow[place] as number
      if (flow >= 0 && (this.time[place] as number) >= since && wanted(flow)) found.push(place)
    }
    return found.sort((a, b) => (this.time[b] as number) - (this.time[a] as number)).slice(0, most)
  }

  /** Of these places, those whose payload names the address. */
  holding(places: readonly number[], address: Uint8Array, text: string): KeptPayload[] {
    return places.map((place) => this.at(place)).filter(({ bytes }) => names(bytes, address, text))
  }

  private at(place: number): KeptPayload & { bytes: Uint8Array } {
    const bytes = this.bytes as Uint8Array
    return {
      flow: this.flow[place] as number,
      direction: this.direction[place] as number,
      row: this.row[place] as number,
      time: this.time[place] as number,
      bytes: bytes.subarray(place * KEPT_BYTES, place * KEPT_BYTES + (this.length[place] as number)),
    }
  }
}

/** The same for either order. */
function bucket(a: number, b: number): number {
  return (Math.imul(a + b, 0x85ebca6b) ^ Math.imul(a ^ b, 0xc2b2ae35)) & (BUCKETS - 1)
}

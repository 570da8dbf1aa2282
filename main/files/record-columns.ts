/**
 * The columns that packet records are written into, and the clock of a capture: integer nanoseconds since its first packet.
 * Refuses nothing. Cost: eight stores a packet; big integers only where a base is set or a resolution does not divide 10^9.
 */
import type { RecordBatch } from './types.ts'

/** Packets a batch. Batches also end where a chunk of the file ends. */
export const batchPackets = 65_536

/**
 * Largest packet that is accepted. libpcap allows 256 KiB for most link types and 128 MiB for D-Bus and USB; no network sends
 * a packet this large, and without a limit one damaged length would swallow the rest of the file.
 */
export const maximumPacketBytes = 16 * 1024 * 1024

export class RecordColumns {
  count = 0
  readonly offset = new Uint32Array(batchPackets)
  readonly captured = new Uint32Array(batchPackets)
  readonly wire = new Uint32Array(batchPackets)
  readonly time = new Float64Array(batchPackets)
  readonly interface = new Uint16Array(batchPackets)
  readonly fileOffset = new Float64Array(batchPackets)
  comments: RecordBatch['comments'] = []

  /** What the consumer sees. The columns are used again for the next batch, the memory is not. */
  batch(memory: Uint8Array): RecordBatch {
    const { count, offset, captured, wire, time, fileOffset, comments } = this
    return { memory, count, offset, captured, wire, time, interface: this.interface, fileOffset, comments }
  }

  clear(): void {
    this.count = 0
    if (this.comments.length > 0) this.comments = []
  }
}

const nanosecondsPerSecond = 1_000_000_000n

/** Epoch nanoseconds of the first packet that has a time; every clock of the capture counts from it. */
export class TimeBase {
  set = false
  nanoseconds = 0n
}

/**
 * Turns the 64-bit time stamps of one interface into nanoseconds since the base. A difference of two stamps fits a double
 * exactly for 2^53 ticks (104 days of nanoseconds, 285 years of microseconds); beyond that the last digits are rounded.
 */
export class InterfaceClock {
  /** ns a tick when that is a whole number, else 0: then big integers do it */
  private nanosecondsPerTick = 0
  private baseHigh = 0
  private baseLow = 0
  private shift = 0
  private ready = false

  constructor(
    private readonly base: TimeBase,
    private readonly ticksPerSecond: bigint,
    private readonly offsetSeconds: bigint,
  ) {
    if (nanosecondsPerSecond % ticksPerSecond === 0n) this.nanosecondsPerTick = Number(nanosecondsPerSecond / ticksPerSecond)
  }

  /** `high` and `low` are the halves of the time stamp. Sets the base when this is the first stamp of the capture. */
  relative(high: number, low: number): number {
    if (!this.ready) this.prepare(high, low)
    if (this.nanosecondsPerTick === 0) return Number(this.epochNanoseconds(high, low) - this.base.nanoseconds)
    return ((high - this.baseHigh) * 4_294_967_296 + (low - this.baseLow)) * this.nanosecondsPerTick + this.shift
  }

  private epochNanoseconds(high: number, low: number): bigint {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    return (ticks * nanosecondsPerSecond) / this.ticksPerSecond + this.offsetSeconds * nanosecondsPerSecond
  }

  private prepare(high: number, low: number): void {
    if (!this.base.set) {
      this.base.set = true
      this.base.nanoseconds = this.epochNanoseconds(high, low)
    }
    this.ready = true
    if (this.nanosecondsPerTick === 0) return
    // the base on this interface's own scale: floor, and what is left over goes into the shift
    const step = BigInt(this.nanosecondsPerTick)
    const offset = this.offsetSeconds * nanosecondsPerSecond
    const wanted = this.base.nanoseconds - offset
    const ticks = wanted / step
    this.baseHigh = Number(ticks >> 32n)
    this.baseLow = Number(ticks & 0xffff_ffffn)
    this.shift = Number(ticks * step - wanted)
  }
}

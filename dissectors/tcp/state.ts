/**
 * What TCP remembers of a flow between segments: initial sequence numbers, window scales, how far each side has sent and acknowledged,
 * which handshake steps were seen. Typed arrays indexed by flow id, two entries a flow where the direction matters; about 40 bytes a flow.
 * It is not a reassembler: no payload is kept.
 */
import { nextCapacity } from '../core/capacity.ts'
import { MAX_FLOWS } from '../core/limits.ts'
import { StateKey } from '../core/state.ts'

/** Bits of `marks`, per flow and direction. */
export const enum Mark {
  /** `base` is set: what relative numbers count from */
  Base = 0x01,
  /** `base` is the real initial sequence number, not a guess from the first segment seen */
  Initial = 0x02,
  /** this direction sent a SYN without ACK: it is the initiator */
  Syn = 0x04,
  SynAck = 0x08,
  Fin = 0x10,
  /** `next` is set */
  Next = 0x40,
  /** `acked` is set */
  Acked = 0x80,
}

/** Bits of `whole`, per flow. */
export const enum Whole {
  /** the third step was signalled */
  Opened = 1,
}

/** Window scale of a direction: a shift, or one of these. */
export const SCALE_UNKNOWN = -1
export const SCALE_UNUSED = -2

/**
 * The numbers of the segment at hand, reused. Sequence numbers live in a typed array: as plain arguments most of them
 * (those above 2^31) would be boxed at every call.
 */
export class Segment {
  private readonly numbers = new Uint32Array(2)
  flags = 0
  /** payload bytes on the wire */
  length = 0

  get sequence(): number {
    return this.numbers[0] as number
  }

  set sequence(value: number) {
    this.numbers[0] = value
  }

  get acknowledgment(): number {
    return this.numbers[1] as number
  }

  set acknowledgment(value: number) {
    this.numbers[1] = value
  }
}

export class TcpState {
  readonly segment = new Segment()
  private capacity = 1024
  /** flow * 2 + direction */
  marks = new Uint8Array(2048)
  base = new Uint32Array(2048)
  scale = new Int8Array(2048).fill(SCALE_UNKNOWN)
  /** sequence number after the highest byte sent */
  next = new Uint32Array(2048)
  /** highest acknowledgment number sent */
  acked = new Uint32Array(2048)
  /** flow */
  whole = new Uint8Array(1024)
  stream = new Int32Array(1024).fill(-1)
  /** number of the MPTCP subflow, -1: none */
  subflow = new Int32Array(1024).fill(-1)
  streams = 0

  /** Makes room for a flow and numbers it. */
  reserve(flow: number): void {
    if (flow >= this.capacity) this.grow(flow)
    if ((this.stream[flow] as number) < 0) this.stream[flow] = this.streams++
  }

  /** True when the flow has columns, and a number: a frozen pass must not ask about others, nor has one whose segments are all malformed any. */
  has(flow: number): boolean {
    return flow >= 0 && flow < this.capacity && (this.stream[flow] as number) >= 0
  }

  private grow(flow: number): void {
    let n = this.capacity
    while (n <= flow) n = nextCapacity(n, MAX_FLOWS)
    const copy = <T extends Uint8Array | Int8Array | Uint32Array | Int32Array>(next: T, old: T): T => {
      next.set(old)
      return next
    }
    this.marks = copy(new Uint8Array(n * 2), this.marks)
    this.base = copy(new Uint32Array(n * 2), this.base)
    this.scale = copy(new Int8Array(n * 2).fill(SCALE_UNKNOWN), this.scale)
    this.next = copy(new Uint32Array(n * 2), this.next)
    this.acked = copy(new Uint32Array(n * 2), this.acked)
    this.whole = copy(new Uint8Array(n), this.whole)
    this.stream = copy(new Int32Array(n).fill(-1), this.stream)
    this.subflow = copy(new Int32Array(n).fill(-1), this.subflow)
    this.capacity = n
  }
}

export const tcpState = new StateKey<TcpState>('tcp', () => new TcpState())

/** a before b in 32-bit serial numbers (RFC 1982). */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

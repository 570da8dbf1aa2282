/**
 * Reads the bytes of a packet: bounds, fuel and the reason why reading stopped. It never throws on input: reading past the end returns 0 and
 * sets `stop`. Cost: a comparison a read.
 */

export const enum Stop {
  None = 0,
  /** the capture holds fewer bytes than the packet had (snaplen) */
  Cut = 1,
  /** a length or value on the wire contradicts its container */
  Malformed = 2,
  /** fuel, layer or field limit reached */
  Limit = 3,
}

/** Work allowed per packet; every need, field, layer and list item burns one or more. */
export const FUEL = 20_000
/** Options, chunks or parameters in one list (use with `item()`). */
export const MAX_ITEMS = 1_000

const NO_BYTES = new Uint8Array(0)
/** In a memory made by `Walk.inside`: the four addresses of the surrounding IP layer come first, 16 bytes each. */
export const INSIDE_BEGIN = 64

export class Reader {
  /** the memory being read; replaced while inside a reassembled or decoded buffer */
  bytes: Uint8Array = NO_BYTES
  /** offset of the frame's first byte */
  frameBegin = 0
  /** exclusive end of the captured bytes */
  captured = 0
  /** exclusive end of the current layer by the lengths on the wire; may lie beyond `captured` */
  end = 0
  /** min(end, captured): what may be read. Kept in step by `limitTo` and `restore` */
  limit = 0
  /** the recorder's number of the memory being read: 0 the frame */
  memory = 0

  stop: Stop = Stop.None
  /** offset (from the frame's or source's begin) and words of the first stop */
  stopOffset = 0
  stopReason = ''
  fuel = FUEL

  // ------------------------------------------------------------------ bounds and fuel

  /** True when `size` bytes at `offset` can be read; else sets the stop reason. Burns one fuel. */
  need(offset: number, size: number): boolean {
    if (--this.fuel < 0) return this.exhausted(offset)
    if (offset + size <= this.limit) return true
    this.short(offset, size)
    return false
  }

  /** One more item of a list (option, chunk, parameter, address): false when the packet's fuel is used up. */
  item(offset: number): boolean {
    if ((this.fuel -= 4) < 0) return this.exhausted(offset)
    return true
  }

  /** Work that costs more than reading bytes does, such as decryption: false when the packet's fuel does not suffice for it. */
  work(offset: number, cost: number): boolean {
    if (this.fuel >= cost) {
      this.fuel -= cost
      return true
    }
    this.fuel = -1
    return this.exhausted(offset)
  }

  protected exhausted(offset: number): false {
    this.halt(Stop.Limit, offset, 'packet needs more work than one packet may take')
    return false
  }

  /** The bytes wanted are not there: cut by the capture, or never on the wire. */
  short(offset: number, size: number): void {
    if (offset + size > this.end) this.halt(Stop.Malformed, offset, `${size} bytes needed, ${Math.max(0, this.end - offset)} left`)
    else this.halt(Stop.Cut, offset, `${size} bytes needed, ${Math.max(0, this.limit - offset)} captured`)
  }

  /** Sets the stop reason (the first one stands). `offset` as in `bytes`; `reason` names what was wrong, in the field's terms. */
  halt(stop: Stop, offset: number, reason: string): void {
    if (this.stop !== Stop.None) return
    this.stop = stop
    this.stopOffset = offset - (this.memory === 0 ? this.frameBegin : INSIDE_BEGIN)
    this.stopReason = reason
  }

  malformed(offset: number, reason: string): void {
    this.halt(Stop.Malformed, offset, reason)
  }

  /**
   * Narrows the current layer to end at `end` (by a length on the wire); returns the old end for `restore`.
   * An end beyond the container is malformed and ignored.
   */
  limitTo(end: number): number {
    const old = this.end
    if (end > old) this.malformed(end, 'length runs past the end of its container')
    else {
      this.end = end
      this.limit = end < this.captured ? end : this.captured
    }
    return old
  }

  restore(end: number): void {
    this.end = end
    this.limit = end < this.captured ? end : this.captured
  }

  // ------------------------------------------------------------------ reads: out of bounds gives 0 and a stop reason

  u8(offset: number): number {
    if (offset < this.limit) return this.bytes[offset] as number
    this.short(offset, 1)
    return 0
  }

  u16(offset: number): number {
    if (offset + 2 <= this.limit) return ((this.bytes[offset] as number) << 8) | (this.bytes[offset + 1] as number)
    this.short(offset, 2)
    return 0
  }

  u24(offset: number): number {
    if (offset + 3 <= this.limit)
      return ((this.bytes[offset] as number) << 16) | ((this.bytes[offset + 1] as number) << 8) | (this.bytes[offset + 2] as number)
    this.short(offset, 3)
    return 0
  }

  u32(offset: number): number {
    if (offset + 4 <= this.limit) {
      const b = this.bytes
      return (
        (((b[offset] as number) << 24) |
          ((b[offset + 1] as number) << 16) |
          ((b[offset + 2] as number) << 8) |
          (b[offset + 3] as number)) >>>
        0
      )
    }
    this.short(offset, 4)
    return 0
  }

  /** Little-endian, for the few that are (SCTP's CRC, cooked loopback). */
  u32le(offset: number): number {
    if (offset + 4 <= this.limit) {
      const b = this.bytes
      return (
        (((b[offset + 3] as number) << 24) |
          ((b[offset + 2] as number) << 16) |
          ((b[offset + 1] as number) << 8) |
          (b[offset] as number)) >>>
        0
      )
    }
    this.short(offset, 4)
    return 0
  }
}

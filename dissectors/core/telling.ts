/**
 * What a dissector tells of the bytes it reads: fields, layers and groups. Everything goes to the recorder, and nowhere without one; only which
 * layers a packet has is known in any case. Cost without a recorder: a comparison a call.
 */
import { Reader } from './reader.ts'
import type { FieldRecorder } from './recorder.ts'

export class Telling extends Reader {
  /** protocol id of the innermost layer: the list's protocol column */
  protocol = -1
  /** one bit a protocol id whose layer was opened, quoted ones included: ids 0-31, 32-63, 64-94; the last bit is left to the index */
  layersLow = 0
  layersMiddle = 0
  layersHigh = 0
  /** inside a packet quoted by an ICMP error: fields are recorded, but no flow is made and nothing is signalled */
  quoted = false

  constructor(
    /** attached when fields are wanted */
    public recorder: FieldRecorder | null,
  ) {
    super()
  }

  /** Any integer up to 32 bits, or a bool as 0/1. `length` is in bytes; for bits, the bytes that hold them. */
  uint(field: number, offset: number, length: number, value: number): void {
    if (this.recorder !== null && this.burnField()) this.recorder.number(field, offset, length, value, this.memory)
  }

  /** 64-bit integer read from 8 bytes at `offset`. */
  uint64(field: number, offset: number): void {
    if (this.recorder !== null && this.burnField() && this.need(offset, 8))
      this.recorder.number64(field, offset, 8, this.u32(offset), this.u32(offset + 4), this.memory)
  }

  /** 64-bit value made of two 32-bit halves, whatever the bytes are. */
  uint64of(field: number, offset: number, length: number, high: number, low: number): void {
    if (this.recorder !== null && this.burnField()) this.recorder.number64(field, offset, length, high >>> 0, low >>> 0, this.memory)
  }

  /** Bytes, ipv4, ipv6, ether, string: the value is the bytes themselves. Clipped to what was captured. */
  range(field: number, offset: number, length: number): void {
    if (this.recorder === null || !this.burnField()) return
    const room = this.limit - offset
    this.recorder.range(field, offset, room < length ? (room < 0 ? 0 : room) : length, this.memory)
  }

  /** A value that the dissector has made into text (times, names). Guard costly text with `walk.recorder !== null`. */
  words(field: number, offset: number, length: number, text: string): void {
    if (this.recorder !== null && this.burnField()) this.recorder.words(field, offset, length, text, this.memory)
  }

  /** Marks the field recorded last as computed, shown in brackets. */
  generated(): void {
    if (this.recorder !== null) this.recorder.markGenerated()
  }

  /** Are texts for people wanted: lines of layers and groups, the info column? False in passes that look at values only. */
  get describing(): boolean {
    return this.recorder?.lines === true
  }

  /** Those of layers and groups among them. */
  get titling(): boolean {
    const { recorder } = this
    return recorder?.lines === true && recorder.titles
  }

  /** Will this field be kept? For values that are dear to make, such as checksums over the whole packet. */
  wants(field: number): boolean {
    const recorder = this.recorder
    return recorder !== null && (recorder.wanted === null || recorder.wanted[field] === 1)
  }

  /** Will any of these be kept? For work whose results are many fields, such as decryption. */
  wantsAny(fields: readonly number[]): boolean {
    const wanted = this.recorder?.wanted
    if (wanted == null) return wanted === null
    for (let i = 0; i < fields.length; i++) if (wanted[fields[i] as number] === 1) return true
    return false
  }

  private burnField(): boolean {
    return --this.fuel >= 0
  }

  /** Notes that the packet has a layer of this protocol, for one that is recorded as a group and does not name the packet. */
  present(protocol: number): void {
    if (protocol < 32) this.layersLow |= 1 << protocol
    else if (protocol < 64) this.layersMiddle |= 1 << (protocol - 32)
    else if (protocol < 95) this.layersHigh |= 1 << (protocol - 64)
  }

  /** Opens a protocol's layer in the tree and makes it the packet's innermost. Every `layer` has its `endLayer`. */
  layer(protocol: number, field: number, offset: number, length: number): void {
    if (!this.quoted) this.protocol = protocol
    this.present(protocol)
    if (this.recorder !== null) this.recorder.enter(field, offset, length, null, this.memory)
  }

  /** Closes the layer; `length` >= 0 sets its length, `text` its line. */
  endLayer(length = -1, text: string | null = null): void {
    if (this.recorder !== null) this.recorder.leave(length, text)
  }

  /** Opens a subtree such as 'Chunk: DATA'. Every `group` has its `endGroup`. */
  group(field: number, offset: number, length: number, text: string | null = null): void {
    if (this.recorder !== null && this.burnField()) this.recorder.enter(field, offset, length, text, this.memory)
    else if (this.recorder !== null) this.recorder.enter(field, offset, length, null, this.memory)
  }

  endGroup(length = -1, text: string | null = null): void {
    if (this.recorder !== null) this.recorder.leave(length, text)
  }
}

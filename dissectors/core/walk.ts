/**
 * The one walk over a packet's bytes. A dissector is `(walk, offset) => void`; all bytes go through this object, which
 * checks bounds, burns fuel, records fields when a recorder is attached, and emits signals when a signal sink is attached.
 *
 * What it refuses: it never throws on input. Reading past the end returns 0 and sets `stop`: `Cut` when the capture is shorter than
 * the packet was (nobody's fault), `Malformed` when a length on the wire points outside its container, `Limit` when fuel ran out.
 * Cost: without a recorder a field call is one null check. No allocation per packet.
 */

import { Signal, SignalKind, type SignalProtocol, type SignalSink, UnitSpace } from '../../shared/signals.ts'
import type { FlowTable } from './flows.ts'
import { FUEL, INSIDE_BEGIN, Reader, Stop } from './reader.ts'
import type { FieldRecorder } from './recorder.ts'
import type { StreamState } from './state.ts'

export { FUEL, MAX_ITEMS, Stop } from './reader.ts'

export const MAX_LAYERS = 64

/** `offset` is where this layer begins in `walk.bytes`; the layer ends at `walk.end`. Never throws on input. */
export type Dissect = (walk: Walk, offset: number) => void

export const enum Extension {
  /** home address option: `checksumSource` is the sender's home address */
  HomeAddress = 1,
  /** routing header of type 2: `checksumDestination` is the receiver's home address */
  HomeRouting = 2,
  /** ILNP nonce option */
  Nonce = 4,
  /** routing header of type 2 whose segments left are not 1 */
  WrongRouting = 8,
}

/** TCP, UDP and SCTP: they keep the home address while mobile nodes move; other protocols run between the addresses of the packet. */
export function isTransport(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132
}

export class Walk extends Reader {
  // --- the packet
  /** 0-based, in file order */
  row = 0
  /** ns since the capture's first packet */
  time = 0
  interface = 0
  /** length on the wire */
  wireLength = 0

  // --- results
  layers = 0
  /** protocol id of the innermost layer: the list's protocol column */
  protocol = -1
  /** one bit a protocol id whose layer was opened, quoted ones included: ids 0-31, 32-63, 64-94; the last bit is left to the index */
  layersLow = 0
  layersMiddle = 0
  layersHigh = 0
  /** SignalKind bits emitted by this packet */
  signalBits = 0
  /** innermost flow and its direction; -1: none */
  flow = -1
  direction = 0
  /** checksum known bad (1), good (2), absent or not checked (0) of the innermost transport */
  checksum = 0
  /** one line for the packet list; only made when a recorder is attached */
  info = ''

  // --- addresses of the innermost IP layer, as offsets into `bytes`
  addressSize: 0 | 4 | 16 = 0
  source = 0
  destination = 0
  /**
   * Addresses that checksums cover, as offsets into `bytes`: those above, but for IPv6 with a routing header the final destination
   * (RFC 8200 section 8.1) and with a home address option the home address (RFC 6275 section 11.3.1).
   */
  checksumSource = 0
  checksumDestination = 0
  /**
   * Identifiers that transport checksums cover instead of any address in the packet: source, then destination, 16 bytes each; null: none
   * (Shim6 payload, RFC 5533 section 4.6). They count while `checksumSource` is what it was when they were set.
   */
  checksumIdentifiers: Uint8Array | null = null
  checksumIdentifiersFor = 0
  hopLimit = 0
  /** what the extension headers of the innermost IPv6 layer tell of identifiers: bits of `Extension` */
  extensions = 0
  /** value of the ILNP nonce option, as offset into `bytes`; meant only when its bit in `extensions` is set */
  nonce = 0
  nonceLength = 0
  /** IP protocol / next header of the innermost IP layer's payload */
  ipProtocol = -1
  /** ports of the innermost transport: for 'decode as' and info lines */
  sourcePort = 0
  destinationPort = 0
  /** link-layer source and destination in `frameBytes`, -1 when the link has none; 6 bytes each */
  linkSource = -1
  linkDestination = -1
  /** which of several links on the capture interface the frame was on: its VLAN tags, or the overlay network that it came through; 0 untagged */
  segment = 0

  // --- modes
  /** inside a packet quoted by an ICMP error: fields are recorded, but no flow is made and nothing is signalled */
  quoted = false
  /** flow found for the quoted packet, and the direction that packet had */
  quotedFlow = -1
  quotedDirection = 0
  /** SCTP verification tag or TCP sequence number found in the quoted packet; -1 when cut */
  quotedToken = -1
  /** IP layers of the packet, quoted ones left out: more than one is a tunnel */
  networks = 0
  /** set for a packet by a pass that looks at network layers only: transports are not entered, see `dissectUpper` */
  networkOnly = false
  /** set by `decline()`: the dissector that was tried by port saw bytes that are not its protocol */
  declined = false
  /** the packet completed a datagram: its pieces, this packet's own too, whose packets belong to the flow that is found now */
  pieces: readonly { readonly row: number; readonly wire: number; readonly time: number; readonly interface: number }[] | null = null

  readonly signal = new Signal()

  constructor(
    readonly state: StreamState,
    /** attached when fields are wanted */
    public recorder: FieldRecorder | null = null,
    /** attached in the index pass */
    public signals: SignalSink | null = null,
  ) {
    super()
  }

  /** Starts a packet: `begin..captured` of `bytes` are its captured bytes, `wireLength` what it had on the wire. */
  start(bytes: Uint8Array, begin: number, captured: number, wireLength: number, row: number, time: number, iface: number): void {
    this.bytes = bytes
    this.frameBegin = begin
    this.captured = captured
    this.end = begin + wireLength > captured ? begin + wireLength : captured
    this.limit = captured
    this.row = row
    this.time = time
    this.interface = iface
    this.wireLength = wireLength
    this.stop = Stop.None
    this.stopOffset = 0
    if (this.stopReason !== '') this.stopReason = ''
    this.fuel = FUEL
    this.layers = 0
    this.networks = 0
    this.protocol = -1
    this.layersLow = 0
    this.layersMiddle = 0
    this.layersHigh = 0
    this.signalBits = 0
    this.flow = -1
    this.direction = 0
    this.checksum = 0
    this.addressSize = 0
    this.checksumIdentifiers = null
    this.extensions = 0
    this.ipProtocol = -1
    this.sourcePort = 0
    this.destinationPort = 0
    this.linkSource = -1
    this.linkDestination = -1
    this.segment = 0
    this.quoted = false
    this.quotedFlow = -1
    this.quotedToken = -1
    this.declined = false
    this.pieces = null
    this.memory = 0
    if (this.recorder !== null) {
      this.info = ''
      this.recorder.reset(bytes, begin, captured)
    }
  }

  // ------------------------------------------------------------------ fields (no-ops without a recorder)

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

  /**
   * To be called by a dissector that was chosen by a port, before it has read or recorded anything, when the bytes are not its
   * protocol's: a port alone is a guess. The caller then goes on as if nothing were registered.
   */
  decline(): void {
    this.declined = true
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

  // ------------------------------------------------------------------ going on

  /** Hands the rest of the layer to another dissector, within the layer limit. */
  next(dissect: Dissect, offset: number): void {
    if (this.layers >= MAX_LAYERS) {
      this.halt(Stop.Limit, offset, `more than ${MAX_LAYERS} layers`)
      return
    }
    if (--this.fuel < 0) {
      this.exhausted(offset)
      return
    }
    this.layers++
    const recorder = this.recorder
    if (recorder === null) dissect(this, offset)
    else {
      const depth = recorder.depthNow
      dissect(this, offset)
      recorder.leaveTo(depth)
    }
  }

  /**
   * Walks another memory (a reassembled datagram, decrypted bytes) with `dissect`, then returns to the frame.
   * `name` is the tab in the bytes view. The addresses of the surrounding IP layer are copied in front, so that
   * `source` and `destination` stay valid inside.
   */
  inside(name: string, memory: Uint8Array, dissect: Dissect): void {
    const { bytes, captured, end, limit, source, destination, checksumSource, checksumDestination, memory: number } = this
    const size = this.addressSize
    const hopLimit = this.hopLimit
    const extensions = this.extensions
    // The nonce's bytes are not in that memory.
    this.extensions &= ~Extension.Nonce
    const joined = new Uint8Array(INSIDE_BEGIN + memory.length)
    if (size > 0) {
      joined.set(bytes.subarray(source, source + size), 0)
      joined.set(bytes.subarray(destination, destination + size), 16)
      joined.set(bytes.subarray(checksumSource, checksumSource + size), 32)
      joined.set(bytes.subarray(checksumDestination, checksumDestination + size), 48)
    }
    joined.set(memory, INSIDE_BEGIN)
    this.bytes = joined
    this.source = 0
    this.destination = 16
    this.checksumSource = 32
    this.checksumDestination = 48
    this.captured = joined.length
    this.end = joined.length
    this.limit = joined.length
    this.memory = this.recorder === null ? 1 : this.recorder.addSource(name, joined, INSIDE_BEGIN, joined.length)
    this.next(dissect, INSIDE_BEGIN)
    this.bytes = bytes
    // What an IP layer inside has set points into that memory: the surrounding layer's addresses stand again.
    this.addressSize = size
    this.hopLimit = hopLimit
    this.extensions = extensions
    this.source = source
    this.destination = destination
    this.checksumSource = checksumSource
    this.checksumDestination = checksumDestination
    this.captured = captured
    this.end = end
    this.limit = limit
    this.memory = number
  }

  // ------------------------------------------------------------------ flows and signals

  /**
   * The flow of this transport packet; sets `flow` and `direction`. Inside a quoted packet it only looks
   * (`quotedFlow`, `quotedDirection`) and returns -1. `protocol` is the IP protocol number (6, 17, 132).
   */
  toFlow(protocol: number, sourcePort: number, destinationPort: number): number {
    if (this.addressSize === 0) return -1
    const flows: FlowTable = this.state.flows
    const source = this.flowSource(protocol)
    const destination = this.flowDestination(protocol)
    if (this.quoted) {
      this.quotedFlow = flows.find(this.bytes, source, destination, this.addressSize, protocol, sourcePort, destinationPort)
      this.quotedDirection = flows.direction
      return -1
    }
    let flow: number
    if (this.state.frozen) {
      flow = flows.find(this.bytes, source, destination, this.addressSize, protocol, sourcePort, destinationPort)
      flow = flows.prefer(flow, this.state.flowHint)
    } else {
      flow = flows.get(this.bytes, source, destination, this.addressSize, protocol, sourcePort, destinationPort, this.row, this.interface)
    }
    this.flow = flow
    this.direction = flows.direction
    return flow
  }

  /** The same ports begin a new connection (a new SYN): a fresh flow, this packet's source is its `a`. */
  renewFlow(protocol: number, sourcePort: number, destinationPort: number): number {
    if (this.addressSize === 0 || this.quoted) return -1
    if (this.state.frozen) return this.flow
    const flows: FlowTable = this.state.flows
    const flow = flows.renew(
      this.bytes,
      this.flowSource(protocol),
      this.flowDestination(protocol),
      this.addressSize,
      protocol,
      sourcePort,
      destinationPort,
      this.row,
      this.interface,
    )
    this.flow = flow
    this.direction = flows.direction
    return flow
  }

  /** Where the address stands that the transport knows its sender by: the home address of a mobile node (RFC 6275 section 6.3). */
  private flowSource(protocol: number): number {
    return (this.extensions & Extension.HomeAddress) !== 0 && isTransport(protocol) ? this.checksumSource : this.source
  }

  private flowDestination(protocol: number): number {
    return (this.extensions & Extension.HomeRouting) !== 0 && isTransport(protocol) ? this.checksumDestination : this.destination
  }

  /** Are signals wanted here? False in field passes and inside quoted packets. */
  get signalling(): boolean {
    return this.signals !== null && !this.quoted
  }

  /** To be called behind a message that says something about sessions or locators: notes when the capture holds its beginning only. */
  noteUnread(protocol: SignalProtocol, cut = this.stop === Stop.Cut): void {
    if (cut && this.signalling) this.state.flows.unread.note(protocol, this.time, this.row)
  }

  /** The reused signal, reset for this packet; fill in and hand to `emit`. Only when `signalling`. */
  newSignal(kind: SignalKind, protocol: SignalProtocol): Signal {
    const s = this.signal
    s.kind = kind
    s.protocol = protocol
    s.row = this.row
    s.time = this.time
    s.interface = this.interface
    s.flow = this.flow
    s.direction = this.direction
    s.hopLimit = this.hopLimit
    if (kind !== SignalKind.Payload && kind !== SignalKind.Acknowledged) {
      s.sourceMac = this.linkAddress(this.linkSource)
      s.destinationMac = this.linkAddress(this.linkDestination)
      s.segment = this.segment
    }
    s.token = 0
    s.context = 0
    s.side = -1
    s.space = UnitSpace.None
    s.unit = 0
    s.span = 0
    s.bytes = 0
    s.sub = 0
    s.subSpan = 0
    s.gapCount = 0
    s.duplicates = 0
    s.detail = null
    return s
  }

  /** Six bytes of the frame as a number; -1 when the link has none or another memory is being read. */
  private linkAddress(offset: number): number {
    if (offset < 0 || this.memory !== 0 || offset + 6 > this.captured) return -1
    const { bytes } = this
    let value = 0
    for (let i = offset; i < offset + 6; i++) value = value * 256 + (bytes[i] as number)
    return value
  }

  emit(signal: Signal): void {
    this.signalBits |= 1 << signal.kind
    if (this.signals !== null) this.signals.emit(signal)
  }
}

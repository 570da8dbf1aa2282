/**
 * The one walk over a packet's bytes. A dissector is `(walk, offset) => void`; all bytes go through this object, which
 * checks bounds, burns fuel, records fields when a recorder is attached, and emits signals when a signal sink is attached.
 *
 * What it refuses: it never throws on input. Reading past the end returns 0 and sets `stop`: `Cut` when the capture is shorter than
 * the packet was (nobody's fault), `Malformed` when a length on the wire points outside its container, `Limit` when fuel ran out.
 * Cost: without a recorder a field call is one null check. No allocation per packet.
 */

import { EVERYBODY, Signal, SignalKind, type SignalProtocol, type SignalSink, UnitSpace } from '../../shared/signals.ts'
import type { FlowTable } from './flows.ts'
import { FUEL, INSIDE_BEGIN, Stop } from './reader.ts'
import type { FieldRecorder } from './recorder.ts'
import type { StreamState } from './state.ts'
import { Telling } from './telling.ts'

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

/** What is known of a transport's checksum. */
export const enum TransportChecksum {
  /** absent, or not checked */
  Unknown = 0,
  Bad = 1,
  Good = 2,
  /** the sender's network card was to fill it in */
  LeftToCard = 3,
}

export class Walk extends Telling {
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
  /** SignalKind bits emitted by this packet */
  signalBits = 0
  /** innermost flow and its direction; -1: none */
  flow = -1
  direction = 0
  /** of the innermost transport */
  checksum = TransportChecksum.Unknown
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
  /** flow found for the quoted packet, and the direction that packet had */
  quotedFlow = -1
  quotedDirection = 0
  /** SCTP verification tag or TCP sequence number found in the quoted packet; -1 when cut */
  quotedToken = -1
  /** IP layers of the packet, quoted ones left out: more than one is a tunnel or a mirror */
  networks = 0
  /** those of them that only carried a mirrored frame here */
  private carriers = 0
  /** set for a packet by a pass that looks at network layers only: transports are not entered, see `dissectUpper` */
  networkOnly = false
  /** set by `decline()`: the dissector that was tried by port saw bytes that are not its protocol */
  declined = false
  /** the packet completed a datagram: its pieces, this packet's own too, whose packets belong to the flow that is found now */
  pieces: readonly { readonly row: number; readonly wire: number; readonly time: number; readonly interface: number }[] | null = null

  readonly signal = new Signal()

  constructor(
    readonly state: StreamState,
    recorder: FieldRecorder | null = null,
    /** attached in the index pass */
    public signals: SignalSink | null = null,
  ) {
    super(recorder)
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
    this.carriers = 0
    this.protocol = -1
    this.layersLow = 0
    this.layersMiddle = 0
    this.layersHigh = 0
    this.signalBits = 0
    this.flow = -1
    this.direction = 0
    this.checksum = TransportChecksum.Unknown
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

  // ------------------------------------------------------------------ going on

  /**
   * To be called by a dissector that was chosen by a port, before it has read or recorded anything, when the bytes are not its
   * protocol's: a port alone is a guess. The caller then goes on as if nothing were registered.
   */
  decline(): void {
    this.declined = true
  }

  /**
   * The frame that follows was seen elsewhere and mirrored to the capture: it is looked at as if it had been captured there, on the link `segment`.
   * One that had to be put together again is treated as a tunnel's: its link-layer addresses do not stand in the frame.
   */
  mirrored(segment: number): void {
    this.segment = segment
    if (this.memory === 0) this.carriers = this.networks
  }

  /** Is the innermost packet in a tunnel of hosts on its way? */
  get tunnelled(): boolean {
    return this.networks > this.carriers + 1
  }

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
    s.noRoom = false
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

  /** Does the frame go to everybody on its link? What a tunnel in it carries does not. One comparison for nearly all. */
  get toEverybody(): boolean {
    const offset = this.linkDestination
    return offset >= 0 && !this.tunnelled && this.bytes[offset] === 0xff && this.linkAddress(offset) === EVERYBODY
  }

  emit(signal: Signal): void {
    this.signalBits |= 1 << signal.kind
    if (this.signals !== null) this.signals.emit(signal)
  }
}

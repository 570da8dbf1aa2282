/**
 * A transport checksum that is right only over an address pair which the same ports had before: something below the transport keeps the first
 * addresses as its identifiers and changes those on the wire (NOID, SIM). A Shim6 payload header says so itself and needs no finding.
 * Looked at: the first four packets of a flow that begins without SYN and whose protocol and ports were seen between other addresses; nothing
 * else is ever summed. Refused: packets that are not captured whole, checksums left to the network card (a sum over the pseudo header only), and
 * those that are right over the addresses or identifiers that are known. Two packets have to fit the same pair: by accident 1 in 4 thousand million.
 */
import type { RecognisedDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { ChecksumVerdict, finish, pseudoHeader, sumWords, verifyTransport } from '../core/checksum.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { shim6 } from '../shim6/wire.ts'

const LOOKED_AT = 4
const MAX_SUSPECTS = 4096
const NEEDED = 2

interface Suspect {
  /** flow whose addresses fitted, and the row of the packet */
  of: number
  row: number
}

class HiddenState {
  /** packets that are still to be looked at, by flow */
  left = new Uint8Array(1024)
  readonly suspects = new Map<number, Suspect>()

  put(flow: number, left: number): void {
    if (flow >= this.left.length) {
      const next = new Uint8Array(Math.max(flow + 1, this.left.length * 2))
      next.set(this.left)
      this.left = next
    }
    this.left[flow] = left
  }
}

const HIDDEN = new StateKey<HiddenState>('hidden identifiers', () => new HiddenState())

/** `offset..walk.end` is the segment or datagram, `checksum` where its checksum stands; `begins` a handshake of its own (SYN). */
export function seekHiddenIdentifier(walk: Walk, protocol: number, offset: number, checksum: number, begins: boolean): void {
  const { flow, state } = walk
  if (flow < 0 || walk.signals === null || walk.quoted || state.frozen) return
  const hidden = state.of(HIDDEN)
  if (state.flows.firstRow[flow] === walk.row) {
    if (begins) return
    let other = false
    state.flows.portPairs.others(flow, () => {
      other = true
      return true
    })
    if (!other) return
    hidden.put(flow, LOOKED_AT)
  }
  const left = hidden.left[flow] ?? 0
  if (left > 0) look(walk, hidden, protocol, offset, checksum, left)
}

function look(walk: Walk, hidden: HiddenState, protocol: number, offset: number, checksum: number, left: number): void {
  const { bytes, end, flow, addressSize, state } = walk
  const { flows } = state
  if (walk.limit !== end || checksum + 2 > end || addressSize === 0) return
  if (hasShim6(walk)) {
    hidden.put(flow, 0)
    return
  }
  const stated = ((bytes[checksum] as number) << 8) | (bytes[checksum + 1] as number)
  const length = end - offset
  const onWire = pseudoHeader(bytes, walk.checksumSource, walk.checksumDestination, addressSize, protocol, length)
  const cardsWork = stated === 0 || stated === (~finish(onWire) & 0xffff)
  if (cardsWork || verifyTransport(walk, offset, end, protocol) !== ChecksumVerdict.Bad) {
    hidden.put(flow, 0)
    hidden.suspects.delete(flow)
    return
  }
  hidden.put(flow, left - 1)
  const sum = sumWords(bytes, offset, end)
  const suspect = hidden.suspects.get(flow)
  flows.portPairs.others(flow, (other) => {
    if (suspect !== undefined && suspect.of !== other) return false
    const a = flows.addresses.get(flows.addressA[other] as number)
    const b = flows.addresses.get(flows.addressB[other] as number)
    if (a.length !== addressSize || b.length !== addressSize) return false
    const both = new Uint8Array(2 * addressSize)
    both.set(a)
    both.set(b, addressSize)
    if (finish(sum + pseudoHeader(both, 0, addressSize, addressSize, protocol, length)) !== 0) return false
    if (suspect === undefined) {
      flows.forgotten.room(hidden.suspects, MAX_SUSPECTS, 'checksums that fitted an earlier address pair once')
      hidden.suspects.set(flow, { of: other, row: walk.row })
    } else {
      hidden.put(flow, 0)
      hidden.suspects.delete(flow)
      say(walk, other, suspect.row)
    }
    return true
  })
}

/** A packet that says itself that its transport counts with identifiers (RFC 5533 section 4.6). */
function hasShim6(walk: Walk): boolean {
  const number = shim6.protocol
  const layers = number < 32 ? walk.layersLow : number < 64 ? walk.layersMiddle : walk.layersHigh
  return (layers & (1 << (number & 31))) !== 0
}

function say(walk: Walk, other: number, before: number): void {
  const { flows } = walk.state
  const detail: RecognisedDetail = {
    what: 'hidden-identifier',
    message: `${NEEDED} checksums`,
    addresses: [flows.addressA[other] as number, flows.addressB[other] as number],
    rows: [before, walk.row],
    flow: other,
  }
  const signal = walk.newSignal(SignalKind.Recognised, SignalProtocol.None)
  signal.detail = detail
  walk.emit(signal)
}

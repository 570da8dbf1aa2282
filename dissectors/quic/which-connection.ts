/** Which connection a long packet belongs to, when it begins one, and what the connection learns from it (RFC 9000 sections 7.2, 17.2). */
import { copyBytes } from '../core/copy.ts'
import { FRAGMENTS } from '../core/fragments.ts'
import type { Walk } from '../core/walk.ts'
import { CLIENT, type Connection, SERVER, type Side } from './connection.ts'
import { type Opened, openLong } from './open.ts'
import { heard, unread } from './reading.ts'
import { handshake } from './signals.ts'
import { directionOf, flowOf, isFrozen, type LongHeader, type QuicState } from './state.ts'
import { PacketType } from './wire.ts'

/** A client makes up at least so many bytes for its first Initial packet, RFC 9000 section 7.2. */
const MIN_FIRST_DCID = 8
/** Initials of one side that a second pass reads one after the other, so that a handshake spread over them can be shown. */
const MAX_REPLAYED = 4

/** The connection of a long packet on this flow; an Initial packet from a client with other ids begins one. Sets the side. */
export function connectionOf(walk: Walk, state: QuicState, begin: number): Connection | null {
  const { header } = state
  const flow = flowOf(walk)
  if (flow < 0) return null
  const known = state.ofFlow(flow, walk.row)
  const dcid = walk.bytes.subarray(header.dcid, header.dcid + header.dcidLength)
  if (known !== null) {
    const side = state.sideOf(known, flow, directionOf(walk))
    state.side = side
    // A shorter id is one that the server chose (RFC 9000 section 7.2), perhaps in a frame that nobody could read.
    const fresh = header.type === PacketType.Initial && side === CLIENT && header.dcidLength >= MIN_FIRST_DCID
    const begins = fresh && !belongs(known, header, dcid)
    if (!begins || isFrozen(walk)) return known
    // The server's own id is not known when only the client was captured: the known keys tell.
    if (!known.answered && !unread(walk) && openLong(walk, state, known, begin) !== null) return known
  }
  // Packets of another connection have no place behind those of one (RFC 9000 section 12.2).
  if (isFrozen(walk) || state.coalesced) return null
  if (known === null && header.type !== PacketType.Initial) {
    const cid = state.cidAt(walk, header.dcid)
    if (cid !== null) {
      state.side = cid.owner === SERVER ? CLIENT : SERVER
      state.bind(cid.connection, walk.flow, (state.side === CLIENT ? walk.direction : 1 - walk.direction) as 0 | 1)
      return cid.connection
    }
  }
  const fromClient = known !== null || clientSent(walk, header)
  state.side = fromClient ? CLIENT : SERVER
  const clientDirection = (fromClient ? walk.direction : 1 - walk.direction) as 0 | 1
  const first = fromClient ? dcid : new Uint8Array(0)
  return state.open(walk.state.flows, header.version, copyBytes(first), walk.flow, clientDirection, walk.row)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Clients send their Initials to the id they made up, to the one of a Retry, or to the server's own. */
function belongs(connection: Connection, header: LongHeader, dcid: Uint8Array): boolean {
  if (sameBytes(dcid, connection.firstDcid)) return header.version === connection.version || connection.answered
  return sameBytes(dcid, connection.initialDcid) || connection.knowsCid(SERVER, dcid)
}

/** Who speaks first here? A client's Initial has a token or goes to the lower port, which is the service's. */
function clientSent(walk: Walk, header: LongHeader): boolean {
  if (header.type === PacketType.ZeroRtt || header.tokenLength > 0) return true
  return walk.destinationPort <= walk.sourcePort
}

/** What a long packet teaches: ids, the version that stands, and how far the handshake is. */
export function learn(walk: Walk, state: QuicState, connection: Connection, opened: Opened | null): void {
  const { header, side } = state
  if (isFrozen(walk)) return
  heard(walk, connection, side)
  // Ids of packets that were forged would lead others here: an Initial that can be opened must be opened first.
  if (header.type === PacketType.Initial && opened === null && state.tried) return
  if (header.type === PacketType.Initial && unread(walk)) keepForLater(walk, connection, side)
  if (side === SERVER && header.version !== connection.version) connection.version = header.version
  state.addCid(connection, side, copyBytes(walk.bytes, header.scid, header.scid + header.scidLength), 0)
  // Where only one direction is captured, the ids it sends to are all there is of the other's.
  const dcid = copyBytes(walk.bytes, header.dcid, header.dcid + header.dcidLength)
  const madeUp = side === CLIENT && sameBytes(dcid, connection.firstDcid)
  if (!madeUp && opened !== null) state.addCid(connection, side === CLIENT ? SERVER : CLIENT, dcid, 0)
  if (header.type !== PacketType.Initial || !walk.signalling) {
    if (side === SERVER) connection.answered = true
    return
  }
  if (!connection.answered) handshake(walk, state, connection, 'Initial', side === CLIENT ? 1 : 2)
  if (side === SERVER) connection.answered = true
}

function keepForLater(walk: Walk, connection: Connection, side: Side): void {
  const rows = connection.initialRows[side]
  if (rows.length >= MAX_REPLAYED || rows.includes(walk.row)) return
  if (rows.length > 0) walk.state.of(FRAGMENTS).follows(walk.row, [...rows])
  connection.keepInitialRow(side, walk.row)
}

/**
 * What QUIC packets say, as signals. A connection is known by its number in `context`: its packets are found by connection id whatever
 * their addresses; `token` is that number too, 0 where no connection is known. Side 0 is the client.
 * Payload: with keys the bytes of STREAM and DATAGRAM frames, counted by packet number; without, every short-header datagram of at least
 * 30 bytes, counted by a hash. Acknowledgements name ranges only: below the lowest one nothing is said.
 * Authentication: A3v in an opened packet, A1 by connection id.
 */
import type { CloseDetail, Identifier } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { payloadHash } from '../udp/dissect.ts'
import type { Connection } from './connection.ts'
import type { QuicState } from './state.ts'

function fresh(walk: Walk, state: QuicState, kind: SignalKind): Signal {
  const s = walk.newSignal(kind, SignalProtocol.Quic)
  if (state.connection !== null) {
    s.token = state.connection.number
    s.context = state.connection.number
    s.side = state.side
  }
  return s
}

/** RFC 9000 section 9.5: an id that goes along from path to path makes the connection known on both */
export const REUSED = 'the connection ID of this packet was used on another path'

/** RFC 9000 section 18.2: the server wants its client to stay where it is. */
export const NO_MIGRATION = 'disable_active_migration'

export function note(walk: Walk, state: QuicState, message: string): void {
  const s = fresh(walk, state, SignalKind.Noted)
  s.detail = { message }
  walk.emit(s)
}

function cidIdentifiers(connection: Connection, side: 0 | 1): Identifier[] {
  return connection.cids[side].map(({ bytes }) => ({ kind: 'connection-id', value: hexOf(bytes, 0, bytes.length) }))
}

/** Steps: 1 client's Initial, 2 server's Initial, 3 client's first 1-RTT packet, 4 server's: the connection is up. */
export function handshake(walk: Walk, state: QuicState, connection: Connection, message: string, step: number): void {
  const { side } = state
  const s = fresh(walk, state, step === 4 ? SignalKind.Opened : SignalKind.Opening)
  s.detail = {
    message,
    step,
    sender: cidIdentifiers(connection, side),
    receiver:
      step === 1
        ? [{ kind: 'connection-id', value: hexOf(connection.firstDcid, 0, connection.firstDcid.length) }]
        : cidIdentifiers(connection, side === 0 ? 1 : 0),
    joinToken: null,
    senderToken: connection.number,
    receiverToken: connection.number,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: null,
    ...(connection.multipath[0] && connection.multipath[1] ? { capabilities: ['multipath'] } : {}),
  }
  walk.emit(s)
}

const PATH_SHIFT = 2 ** 26

function unitOf(path: number, packetNumber: number): number {
  return (packetNumber + path * PATH_SHIFT) >>> 0
}

/** A 1-RTT packet that was opened. */
export function openedPayload(walk: Walk, state: QuicState): void {
  const s = fresh(walk, state, SignalKind.Payload)
  s.space = UnitSpace.PacketNumber
  s.unit = unitOf(state.path, state.packetNumber)
  s.span = 1
  s.bytes = state.dataBytes
  walk.emit(s)
}

/** A short-header datagram that stays closed; `begin..end` is the UDP payload. */
export function closedPayload(walk: Walk, state: QuicState, begin: number, end: number): void {
  const s = fresh(walk, state, SignalKind.Payload)
  s.space = UnitSpace.Datagram
  s.unit = payloadHash(walk.bytes, begin, walk.limit)
  s.span = 1
  s.bytes = end - begin
  walk.emit(s)
}

const MAX_RANGES = 64

/** One ACK frame: `begin`, a `range` for each, `emit`. */
export const acknowledged = {
  begin(walk: Walk, state: QuicState): void {
    const s = fresh(walk, state, SignalKind.Acknowledged)
    s.space = UnitSpace.PacketNumber
  },
  range(s: Signal, kept: number, path: number, low: number, high: number): number {
    if (kept >= MAX_RANGES) return kept
    s.gapStart[kept] = unitOf(path, low)
    s.gapEnd[kept] = unitOf(path, high + 1)
    return kept + 1
  },
  emit(walk: Walk, kept: number): void {
    walk.signal.gapCount = kept
    walk.emit(walk.signal)
  },
}

export function newCid(walk: Walk, state: QuicState, cid: string, sequence: number, retirePriorTo: number, path: number): void {
  const { connection, side } = state
  if (connection === null) return
  const s = fresh(walk, state, SignalKind.Identified)
  s.detail = {
    message: path > 0 ? `PATH_NEW_CONNECTION_ID ${sequence} for path ${path}` : `NEW_CONNECTION_ID ${sequence}`,
    sender: [{ kind: 'connection-id', value: cid }],
    replaced: connection.cids[side]
      .filter((one) => one.path === path && one.sequence >= 0 && one.sequence < retirePriorTo)
      .map(({ bytes }) => ({ kind: 'connection-id', value: hexOf(bytes, 0, bytes.length) })),
    authentication: 'A3v',
  }
  walk.emit(s)
}

export function retireCid(walk: Walk, state: QuicState, sequence: number, path: number): void {
  note(walk, state, path > 0 ? `PATH_RETIRE_CONNECTION_ID ${sequence} of path ${path}` : `RETIRE_CONNECTION_ID ${sequence}`)
}

export function pathChallenge(walk: Walk, state: QuicState, data: string): void {
  const s = fresh(walk, state, SignalKind.Probed)
  s.detail = { message: 'PATH_CHALLENGE', match: data, authentication: 'A3v' }
  walk.emit(s)
}

/** `asked`: the challenge was seen. Only then is the path proven (RFC 9000 section 8.2.3). */
export function pathResponse(walk: Walk, state: QuicState, data: string, asked: boolean): void {
  const s = fresh(walk, state, SignalKind.ProbeAnswered)
  s.detail = { message: 'PATH_RESPONSE', match: data, authentication: 'A3v' }
  walk.emit(s)
  if (!asked) return
  const proof = fresh(walk, state, SignalKind.Verified)
  proof.detail = { message: 'PATH_RESPONSE', authentication: 'A3v' }
  walk.emit(proof)
}

/** The server's preferred address, 4 or 16 bytes at `offset`. */
export function preferredAddress(walk: Walk, state: QuicState, offset: number, size: 4 | 16, port: number): void {
  const s = fresh(walk, state, SignalKind.Claimed)
  s.detail = {
    message: 'preferred_address',
    address: walk.state.flows.addresses.intern(walk.bytes, offset, size),
    port,
    addressId: null,
    how: 'listed',
    authentication: 'A3v',
    serial: null,
    correlation: null,
    wildcard: false,
  }
  walk.emit(s)
}

export function pathAbandoned(walk: Walk, state: QuicState, path: number): void {
  const s = fresh(walk, state, SignalKind.Withdrawn)
  s.detail = {
    message: 'PATH_ABANDON',
    address: -1,
    port: null,
    addressId: path,
    how: 'signalled',
    authentication: 'A3v',
    serial: path,
    correlation: null,
    wildcard: false,
  }
  walk.emit(s)
}

export function pathStatus(walk: Walk, state: QuicState, path: number, backup: boolean, sequence: number): void {
  const s = fresh(walk, state, SignalKind.Preferred)
  s.detail = {
    message: backup ? 'PATH_STATUS_BACKUP' : 'PATH_STATUS_AVAILABLE',
    address: -1,
    addressId: path,
    backup,
    serial: sequence,
    correlation: null,
    authentication: 'A3v',
  }
  walk.emit(s)
}

function close(walk: Walk, state: QuicState, kind: SignalKind, detail: CloseDetail): void {
  const s = fresh(walk, state, kind)
  s.detail = detail
  walk.emit(s)
}

export function closed(walk: Walk, state: QuicState, application: boolean, error: number): void {
  close(walk, state, SignalKind.Closed, {
    message: application ? 'CONNECTION_CLOSE (application)' : 'CONNECTION_CLOSE',
    abrupt: true,
    final: true,
    // What a code means the application knows: HTTP/3 ends an orderly connection with 0x100 (RFC 9114 section 8.1).
    cause: error === 0 ? null : `${application ? 'code' : 'error'} 0x${error.toString(16)}`,
    authentication: 'A3v',
  })
}

/** RFC 9000 section 10.3: the datagram ends with a token that the sender gave for one of its ids. */
export function statelessReset(walk: Walk, state: QuicState): void {
  close(walk, state, SignalKind.Closed, { message: 'stateless reset', abrupt: true, final: true, cause: null, authentication: 'A3v' })
}

/**
 * A short header from an unknown pair to a server that has connections: perhaps one of them moved and took a connection id that was told
 * under encryption (quic.md, passive rules). A guess: the datagrams themselves stay UDP's.
 */
export function perhapsMoved(walk: Walk, state: QuicState, connection: Connection): void {
  state.connection = connection
  state.side = 0
  note(walk, state, 'short header with an unknown connection ID from a new address: this connection may have moved')
  state.connection = null
}

/** The same where it looks like a path challenge: from now on the flow is taken for the connection's. A0: nothing but timing and form says so. */
export function inferredMove(walk: Walk, state: QuicState, connection: Connection): void {
  state.connection = connection
  state.side = 0
  const s = fresh(walk, state, SignalKind.Identified)
  s.detail = {
    message: 'inferred from timing and a path challenge by size: unknown connection ID from a new address',
    sender: [],
    replaced: [],
    authentication: 'A0',
  }
  walk.emit(s)
}

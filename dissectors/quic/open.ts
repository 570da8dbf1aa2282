/**
 * Opens packets: tries the keys that may fit, completes the packet number, checks the tag. The tag decides: a packet that no key opens
 * stays closed. In a second pass numbers and key phases come from the notes of the first (`number-space.ts`).
 */
import type { Walk } from '../core/walk.ts'
import { type Connection, type Level, ONE_RTT } from './connection.ts'
import { fullPacketNumber, openPayload, type PacketKeys, type Unprotected, unprotect } from './protection.ts'
import { isFrozen, type QuicState, quicState } from './state.ts'
import { PacketType } from './wire.ts'

/** fuel for trying one key: 200 trials a packet, some 5 ms; a datagram of four packets needs a dozen */
const TRIAL = 100

export interface Opened {
  firstByte: number
  numberLength: number
  packetNumber: number
  path: number
  /** null: the packet is cut, only its header could be bared */
  plain: Uint8Array | null
}

export function openLong(walk: Walk, state: QuicState, connection: Connection, begin: number): Opened | null {
  const { header, side } = state
  const { crypto, keys: store } = walk.state
  const level = header.type as Level
  state.level = level
  if (level === PacketType.Initial) {
    if (connection.firstDcid.length === 0 && connection.initialDcid.length === 0) return null
    for (const { keys } of connection.initialCandidates(crypto, header.version)) {
      // Without a key for its version an Initial tells nothing of whether it was forged.
      state.tried = header.end <= walk.limit
      const opened = tryKeys(walk, connection, keys[side], level, begin, header.number, header.end, 0, 0)
      if (opened !== null) return opened
    }
    return null
  }
  for (const keys of connection.candidates(crypto, store, level, side, 0)) {
    const opened = tryKeys(walk, connection, keys, level, begin, header.number, header.end, 0, 0)
    if (opened === null) continue
    if (!isFrozen(walk)) connection.proven(level, side, keys)
    return opened
  }
  return null
}

/**
 * The header of an Initial packet that the capture cut, for showing: no tag can be checked, so nothing is learnt from it. Only where its version
 * leaves no choice of keys, which follow from an id on the wire.
 */
export function bareInitial(walk: Walk, state: QuicState, connection: Connection, begin: number): Opened | null {
  const { header, side } = state
  if (header.type !== PacketType.Initial || header.end <= walk.limit || connection.initialDcid.length === 0) return null
  const { crypto } = walk.state
  const candidates = connection.initialCandidates(crypto, header.version)
  const keys = candidates.length === 1 ? candidates[0]?.keys[side] : undefined
  if (keys === undefined || !walk.work(begin, TRIAL)) return null
  const bare = unprotect(crypto, keys, walk.bytes, begin, header.number, walk.limit)
  if (bare === null) return null
  const { firstByte, numberLength, truncated } = bare
  const packetNumber = fullPacketNumber(connection.space(PacketType.Initial, side, 0).largestAt(walk.row), truncated, numberLength)
  return { firstByte, numberLength, packetNumber, path: 0, plain: null }
}

export function openShort(
  walk: Walk,
  state: QuicState,
  connection: Connection,
  begin: number,
  number: number,
  end: number,
  path: number,
): Opened | null {
  const { side } = state
  const { crypto, keys: store } = walk.state
  const frozen = isFrozen(walk)
  const multipath = connection.multipath[0] && connection.multipath[1]
  const usedPath = multipath ? path : 0
  const space = connection.space(ONE_RTT, side, usedPath)
  const generation = frozen ? space.generationAt(walk.row) : Math.max(space.generation, connection.generation[side])
  const attempt = (at: number): Opened | null => {
    for (const keys of connection.candidates(crypto, store, ONE_RTT, side, at)) {
      const opened = tryKeys(walk, connection, keys, ONE_RTT, begin, number, end, usedPath, at)
      if (opened === null) continue
      if (!frozen) {
        connection.proven(ONE_RTT, side, keys)
        if (at > connection.generation[side]) connection.noteUpdate(side, at)
      }
      return opened
    }
    return null
  }
  return (
    attempt(generation) ?? (connection.hasSecrets ? attempt(generation + 1) : null) ?? (generation > 0 ? attempt(generation - 1) : null)
  )
}

function tryKeys(
  walk: Walk,
  connection: Connection,
  keys: PacketKeys | undefined,
  level: Level,
  begin: number,
  number: number,
  end: number,
  path: number,
  generation: number,
): Opened | null {
  if (keys === undefined || !walk.work(begin, TRIAL)) return null
  const { crypto } = walk.state
  const frozen = isFrozen(walk)
  const bare = unprotect(crypto, keys, walk.bytes, begin, number, Math.min(end, walk.limit))
  if (bare === null) return null
  // The key phase bit is the generation's parity (RFC 9001 section 6).
  if (level === ONE_RTT && ((bare.firstByte >> 2) & 1) !== generation % 2) return null
  const { side } = walk.state.of(quicState)
  const space = connection.space(level, side, path)
  const largest = frozen ? space.largestAt(walk.row) : space.largest
  const packetNumber = fullPacketNumber(largest, bare.truncated, bare.numberLength)
  if (end > walk.limit) {
    const { firstByte, numberLength } = bare
    return keys.proven ? { firstByte, numberLength, packetNumber, path, plain: null } : null
  }
  const opened = withNumber(walk, keys, bare, number, end, packetNumber, path)
  if (opened !== null) {
    keys.proven = true
    if (!frozen) space.note(walk.row, packetNumber, generation)
    return opened
  }
  // Notes are 64 packets apart, and interfaces out of step: one window to either side.
  if (!frozen) return null
  const window = 256 ** bare.numberLength
  return (
    withNumber(walk, keys, bare, number, end, packetNumber + window, path) ??
    (packetNumber >= window ? withNumber(walk, keys, bare, number, end, packetNumber - window, path) : null)
  )
}

function withNumber(
  walk: Walk,
  keys: PacketKeys,
  bare: Unprotected,
  number: number,
  end: number,
  packetNumber: number,
  path: number,
): Opened | null {
  const { firstByte, numberLength, header } = bare
  const plain = openPayload(walk.state.crypto, keys, header, walk.bytes, number + numberLength, end, packetNumber, path)
  return plain === null ? null : { firstByte, numberLength, packetNumber, path, plain }
}

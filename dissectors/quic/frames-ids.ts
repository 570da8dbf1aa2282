/**
 * New connection ids (RFC 9000 section 19.15): by them a connection is found again on other addresses. Refuses an id of 0 or more than 20 bytes.
 */
import { copyBytes } from '../core/copy.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { type Connection, ONE_RTT } from './connection.ts'
import { newCid } from './signals.ts'
import { isFrozen, type QuicState } from './state.ts'
import { readVarint, takeVarint } from './varint.ts'
import { Field, MAX_CID, RESET_TOKEN } from './wire.ts'

/** `path`: the path the new id is for. */
export function newConnectionId(walk: Walk, state: QuicState, connection: Connection, body: number, path: number): number {
  const sequence = readVarint(walk, body)
  let at = takeVarint(walk, Field.cidSequence, body)
  if (at < 0) return -1
  const retirePriorTo = readVarint(walk, at)
  at = takeVarint(walk, Field.cidRetirePriorTo, at)
  if (at < 0 || !walk.need(at, 1)) return -1
  const length = walk.u8(at)
  walk.uint(Field.cidLength, at, 1, length)
  if (length === 0 || length > MAX_CID) {
    walk.malformed(at, `connection ID of ${length} bytes (RFC 9000 section 19.15: 1 to 20)`)
    return -1
  }
  const cid = at + 1
  if (!walk.need(cid, length + RESET_TOKEN)) return -1
  walk.range(Field.cid, cid, length)
  walk.range(Field.cidToken, cid + length, RESET_TOKEN)
  if (!isFrozen(walk) && state.level === ONE_RTT) {
    const token = copyBytes(walk.bytes, cid + length, cid + length + RESET_TOKEN)
    const fresh = state.addCid(connection, state.side, copyBytes(walk.bytes, cid, cid + length), sequence, path, token)
    if (fresh && connection.resetTokens.length < 256) connection.addResetToken(token)
    if (fresh && walk.signalling) newCid(walk, state, hexOf(walk.bytes, cid, cid + length), sequence, retirePriorTo, path)
  }
  return cid + length + RESET_TOKEN
}

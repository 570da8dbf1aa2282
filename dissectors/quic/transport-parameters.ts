/**
 * Transport parameters (RFC 9000 section 18): id, length, value. Read for what follows of them: a preferred address, whether the client may
 * move, tokens of stateless resets, multipath. Others are shown as bytes.
 */
import { copyBytes } from '../core/copy.ts'
import type { Walk } from '../core/walk.ts'
import type { Connection, Side } from './connection.ts'
import { SERVER } from './connection.ts'
import { NO_MIGRATION, note, preferredAddress } from './signals.ts'
import { isFrozen, quicState } from './state.ts'
import { readVarint, takeVarint, varintSize } from './varint.ts'
import { Field, RESET_TOKEN } from './wire.ts'

const RESET_TOKEN_PARAMETER = 0x02
const DISABLE_ACTIVE_MIGRATION = 0x0c
const PREFERRED_ADDRESS = 0x0d
const INITIAL_MAX_PATH_ID = 0x3e
/** multipath drafts up to 15 */
const INITIAL_MAX_PATH_ID_DRAFT = 0x0f739bbc * 0x1_0000_0000 + 0x1b666d0d

/** `side` sent them. */
export function transportParameters(walk: Walk, connection: Connection, side: Side, begin: number, end: number): void {
  const outer = walk.limitTo(end)
  for (let at = begin; at < end; ) {
    if (!walk.item(at)) break
    const idSize = varintSize(walk, at)
    if (idSize === 0 || !walk.need(at, idSize)) break
    const id = readVarint(walk, at)
    const lengthSize = varintSize(walk, at + idSize)
    if (lengthSize === 0 || !walk.need(at + idSize, lengthSize)) break
    const length = readVarint(walk, at + idSize)
    const value = at + idSize + lengthSize
    if (value + length > end) {
      walk.malformed(at + idSize, `transport parameter of ${length} bytes, ${end - value} bytes left`)
      break
    }
    walk.group(Field.parameter, at, value + length - at)
    takeVarint(walk, Field.parameterType, at)
    takeVarint(walk, Field.parameterLength, at + idSize)
    if (length > 0) walk.range(Field.parameterValue, value, length)
    parameter(walk, connection, side, id, value, length)
    walk.endGroup()
    at = value + length
  }
  walk.restore(outer)
}

function parameter(walk: Walk, connection: Connection, side: Side, id: number, value: number, length: number): void {
  if (id === INITIAL_MAX_PATH_ID || id === INITIAL_MAX_PATH_ID_DRAFT) {
    if (!isFrozen(walk)) connection.offerMultipath(side)
  } else if (id === DISABLE_ACTIVE_MIGRATION && side === SERVER) {
    // What a client forbids its server, which never moves by itself, changes nothing.
    if (walk.signalling && !isFrozen(walk)) note(walk, walk.state.of(quicState), NO_MIGRATION)
  } else if (id === PREFERRED_ADDRESS && side === SERVER) preferred(walk, connection, value, length)
  else if (id === RESET_TOKEN_PARAMETER && side === SERVER && length === RESET_TOKEN && !isFrozen(walk)) {
    // belongs to the id of the handshake
    const first = connection.cids[SERVER][0]
    if (first !== undefined) connection.addResetToken(copyBytes(walk.bytes, value, value + RESET_TOKEN))
  }
}

/** RFC 9000 section 18.2: both addresses with ports, an id with number 1, its token. All zeros: none of that family. */
function preferred(walk: Walk, connection: Connection, at: number, length: number): void {
  const cidLength = length >= 25 ? walk.u8(at + 24) : 0
  if (length !== 25 + cidLength + RESET_TOKEN) {
    walk.malformed(at, `preferred address of ${length} bytes`)
    return
  }
  walk.range(Field.preferredIp4, at, 4)
  walk.uint(Field.preferredPort4, at + 4, 2, walk.u16(at + 4))
  walk.range(Field.preferredIp6, at + 6, 16)
  walk.uint(Field.preferredPort6, at + 22, 2, walk.u16(at + 22))
  walk.range(Field.preferredCid, at + 25, cidLength)
  walk.range(Field.preferredToken, at + 25 + cidLength, RESET_TOKEN)
  if (isFrozen(walk)) return
  const state = walk.state.of(quicState)
  const cid = copyBytes(walk.bytes, at + 25, at + 25 + cidLength)
  const token = copyBytes(walk.bytes, at + 25 + cidLength, at + 25 + cidLength + RESET_TOKEN)
  state.addCid(connection, SERVER, cid, 1, 0, token)
  connection.addResetToken(token)
  if (!walk.signalling) return
  if (walk.u32(at) !== 0) preferredAddress(walk, state, at, 4, walk.u16(at + 4))
  let zero = true
  for (let i = 6; i < 22; i++) if (walk.u8(at + i) !== 0) zero = false
  if (!zero) preferredAddress(walk, state, at + 6, 16, walk.u16(at + 22))
}

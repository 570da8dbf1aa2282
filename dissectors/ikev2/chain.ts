/**
 * The chain of payloads: each names the type of the next (RFC 7296 section 3.2). Refuses a length under 4 or past the message's end, and
 * more than 1,000 payloads. An encrypted payload is the last one and holds no other encrypted one.
 */
import { MAX_ITEMS, Stop, type Walk } from '../core/walk.ts'
import { payloadName } from './names.ts'
import { clearPayload } from './payloads.ts'
import type { IkeState } from './state.ts'
import { Field, Payload } from './wire.ts'

/** Reads the encrypted payload at `offset` of the message that begins at `header`; `next` is the type of the first payload inside. */
export type ReadEncrypted = (walk: Walk, state: IkeState, header: number, offset: number, type: number, next: number) => void

/**
 * Payloads from `begin` to the layer's end. `header` is where the message begins, for what covers it. Returns where the chain ended.
 * An encrypted payload is the last one; its next payload names the first of those inside (RFC 7296 section 3.14).
 */
export function payloadChain(
  walk: Walk,
  state: IkeState,
  header: number,
  begin: number,
  first: number,
  encrypted: ReadEncrypted | null,
): number {
  let offset = begin
  let type = first
  for (let n = 0; type !== Payload.None && offset < walk.end; n++) {
    if (n >= MAX_ITEMS) {
      walk.halt(Stop.Limit, offset, `more than ${MAX_ITEMS} payloads`)
      return offset
    }
    if (!walk.item(offset) || !walk.need(offset, 4)) return offset
    const next = walk.u8(offset)
    const length = walk.u16(offset + 2)
    const end = walk.end
    if (walk.recorder !== null) recordPayloadHeader(walk, state, offset, type, next, length)
    if (length < 4 || offset + length > end) {
      walk.malformed(offset + 2, `${payloadName(type)} payload of ${length} bytes, ${end - offset} bytes left`)
      walk.endGroup()
      return offset
    }
    walk.limitTo(offset + length)
    const last = type === Payload.Encrypted || type === Payload.EncryptedFragment
    if (last && encrypted !== null && state.message.version === 2) encrypted(walk, state, header, offset, type, next)
    else clearPayload(walk, state, type, offset, length)
    walk.restore(end)
    walk.endGroup()
    offset += length
    if (last) return offset
    type = next
  }
  return offset
}

function recordPayloadHeader(walk: Walk, state: IkeState, offset: number, type: number, next: number, length: number): void {
  walk.group(Field.payload, offset, length, `Payload: ${payloadName(type)}`)
  walk.uint(Field.payloadType, offset, 0, type)
  walk.generated()
  walk.uint(Field.nextPayload, offset, 1, next)
  if (state.message.version === 1) walk.range(Field.reserved, offset + 1, 1)
  else {
    walk.uint(Field.critical, offset + 1, 1, walk.u8(offset + 1) >> 7)
    walk.uint(Field.reserved7, offset + 1, 1, walk.u8(offset + 1) & 0x7f)
  }
  walk.uint(Field.payloadLength, offset + 2, 2, length)
}

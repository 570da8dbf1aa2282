/**
 * Domain names (RFC 1035 sections 3.1 and 4.1.4): labels of at most 63 bytes, 255 in all, compression pointers that must point backward.
 * Refuses forward pointers, extended label types and names over 255 bytes: they are malformed, what was read so far is the name.
 * Cost: a string a name, at most 128 labels.
 */
import type { Walk } from '../core/walk.ts'

const MAX_NAME = 255
const MAX_JUMPS = 128
const decoder = new TextDecoder()

export class Name {
  /** labels joined by dots; '<Root>' for the root */
  text = ''
  labels = 0
  /** bytes of the text in UTF-8 */
  size = 0
  /** offset behind the name where it stands; -1 when it could not be read */
  next = -1
}

export const ROOT = '<Root>'
/** Reused: the name read last. */
export const name = new Name()
const buffer = new Uint8Array(MAX_NAME + 1)

/** Reads the name at `offset` of the message that begins at `base` into `name`; false when it is malformed or cut. */
export function readName(walk: Walk, base: number, offset: number): boolean {
  name.next = -1
  name.labels = 0
  let used = 0
  let at = offset
  let lowest = offset
  let ok = false
  for (let jumps = 0; ; ) {
    if (!walk.item(at) || !walk.need(at, 1)) break
    const length = walk.u8(at)
    if (length === 0) {
      if (name.next < 0) name.next = at + 1
      ok = true
      break
    }
    if (length >= 0xc0) {
      if (!walk.need(at, 2)) break
      const target = base + (walk.u16(at) & 0x3fff)
      if (name.next < 0) name.next = at + 2
      if (target >= lowest || ++jumps > MAX_JUMPS) {
        walk.malformed(at, 'compression pointer does not point backward')
        break
      }
      lowest = target
      at = target
      continue
    }
    if (length > 63) {
      walk.malformed(at, `label type ${length >> 6} is not in use`)
      break
    }
    if (!walk.need(at + 1, length)) break
    if (used + length + 1 > MAX_NAME) {
      walk.malformed(at, `name of more than ${MAX_NAME} bytes`)
      break
    }
    if (used > 0) buffer[used++] = 0x2e
    for (let i = 1; i <= length; i++) buffer[used++] = walk.bytes[at + i] as number
    name.labels++
    at += length + 1
  }
  name.text = used === 0 && ok ? ROOT : textOf(used)
  name.size = used === 0 ? name.text.length : used
  return ok
}

function textOf(used: number): string {
  let text = ''
  for (let i = 0; i < used; i++) {
    const byte = buffer[i] as number
    if (byte >= 0x80) return decoder.decode(buffer.subarray(0, used))
    text += String.fromCharCode(byte)
  }
  return text
}

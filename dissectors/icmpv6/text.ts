/** Domain names in DNS wire format without compression (RFC 1035 section 3.1), as some options carry them. */
import type { Walk } from '../core/walk.ts'

const MAX_NAME = 255

/** The name at `offset`, dotted, and the bytes it takes; null (and a stop) when it does not end before `end`. */
export function readName(walk: Walk, offset: number, end: number): { text: string; size: number } | null {
  let at = offset
  let text = ''
  while (at < end && at - offset <= MAX_NAME) {
    if (!walk.need(at, 1)) return null
    const length = walk.u8(at)
    if (length === 0) return { text, size: at + 1 - offset }
    if (length > 63) {
      walk.malformed(at, `label length ${length} in a domain name`)
      return null
    }
    if (!walk.need(at + 1, length)) return null
    if (text !== '') text += '.'
    for (let i = 1; i <= length; i++) text += String.fromCharCode(walk.u8(at + i))
    at += length + 1
  }
  walk.malformed(offset, 'a domain name does not end within its option')
  return null
}

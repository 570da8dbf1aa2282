/** Options of the EDNS pseudo-record (RFC 6891 section 6.1.2): client subnet (RFC 7871), cookies (RFC 7873), extended errors (RFC 8914). Fields only. */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { Field, OPTION_NAMES } from './wire.ts'

const CLIENT_COOKIE = 8

export function dissectOptionRecord(walk: Walk, offset: number): void {
  const end = walk.end
  for (let at = offset, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 4); n++) {
    const code = walk.u16(at)
    const length = walk.u16(at + 2)
    walk.group(Field.option, at, 4 + length, `Option: ${OPTION_NAMES[code as 10] ?? code}`)
    walk.uint(Field.optionCode, at, 2, code)
    walk.uint(Field.optionLength, at + 2, 2, length)
    if (!walk.need(at + 4, length)) {
      walk.endGroup()
      return
    }
    if (length > 0) {
      walk.range(Field.optionData, at + 4, length)
      option(walk, code, at + 4, length)
    }
    walk.endGroup()
    at += 4 + length
  }
}

function option(walk: Walk, code: number, at: number, length: number): void {
  switch (code) {
    case 8:
      if (length >= 4) clientSubnet(walk, at, length)
      return
    case 10:
      walk.range(Field.cookieClient, at, Math.min(length, CLIENT_COOKIE))
      if (length > CLIENT_COOKIE) walk.range(Field.cookieServer, at + CLIENT_COOKIE, length - CLIENT_COOKIE)
      return
    case 12:
      walk.range(Field.padding, at, length)
      return
    case 15:
      if (length < 2) return
      walk.uint(Field.errorCode, at, 2, walk.u16(at))
      if (length > 2) walk.range(Field.errorText, at + 2, length - 2)
  }
}

/** Only the bytes that the mask needs are on the wire; the rest of the address is zero. */
function clientSubnet(walk: Walk, at: number, length: number): void {
  const family = walk.u16(at)
  walk.uint(Field.clientFamily, at, 2, family)
  walk.uint(Field.clientMask, at + 2, 1, walk.u8(at + 2))
  walk.uint(Field.clientScope, at + 3, 1, walk.u8(at + 3))
  const octet = (i: number): number => (i < length - 4 ? (walk.bytes[at + 4 + i] as number) : 0)
  if (family === 1)
    walk.uint(Field.clientAddress4, at + 4, length - 4, ((octet(0) << 24) | (octet(1) << 16) | (octet(2) << 8) | octet(3)) >>> 0)
  else if (family === 2) {
    const groups: string[] = []
    for (let i = 0; i < 16; i += 2) groups.push(((octet(i) << 8) | octet(i + 1)).toString(16))
    walk.words(Field.clientAddress6, at + 4, length - 4, groups.join(':'))
  }
}

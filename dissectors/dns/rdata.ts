/**
 * The data of resource records, type by type (RFC 1035, 2782, 3403, 3596, 4025, 4034, 4255, 5155, 6698, 6742, 8005, 8659, 8945, 9460).
 * Most types are a list of parts in their order; the few with inner lengths or lists have a function. Unknown types are bytes.
 * Runs inside the record's limits: what does not fit stops as malformed or cut. Never called without a recorder.
 */

import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dateText } from '../icmp/echo.ts'
import { name, readName } from './names.ts'
import { Field, PARAMETER_NAMES, Type } from './wire.ts'

const enum Form {
  U8,
  U16,
  U32,
  Ipv4,
  Ipv6,
  Eight,
  Name,
  /** one byte of length, then text; `length` is the length's field */
  Text,
  /** such texts up to the end */
  Texts,
  /** seconds since 1970 */
  Time,
  Rest,
}

interface Part {
  form: Form
  field: number
  length?: number
}

const u8 = (field: number): Part => ({ form: Form.U8, field })
const u16 = (field: number): Part => ({ form: Form.U16, field })
const u32 = (field: number): Part => ({ form: Form.U32, field })
const domain = (field: number): Part => ({ form: Form.Name, field })
const rest = (field: number): Part => ({ form: Form.Rest, field })
const text = (length: number, field: number): Part => ({ form: Form.Text, field, length })
const F = Field

const signature: Part[] = [
  u16(F.signedType),
  u8(F.signatureAlgorithm),
  u8(F.signatureLabels),
  u32(F.signatureTtl),
  { form: Form.Time, field: F.signatureExpiration },
  { form: Form.Time, field: F.signatureInception },
  u16(F.signatureTag),
  domain(F.signer),
  rest(F.signature),
]
const ds: Part[] = [u16(F.dsTag), u8(F.dsAlgorithm), u8(F.dsDigestType), rest(F.dsDigest)]
const key: Part[] = [u16(F.keyFlags), u8(F.keyProtocol), u8(F.keyAlgorithm), rest(F.key)]

const PARTS: Readonly<Record<number, readonly Part[]>> = {
  [Type.A]: [{ form: Form.Ipv4, field: F.a }],
  [Type.Ns]: [domain(F.ns)],
  [Type.Cname]: [domain(F.cname)],
  [Type.Soa]: [
    domain(F.soaName),
    domain(F.soaMailbox),
    u32(F.soaSerial),
    u32(F.soaRefresh),
    u32(F.soaRetry),
    u32(F.soaExpire),
    u32(F.soaMinimum),
  ],
  [Type.Ptr]: [domain(F.ptr)],
  13: [text(F.cpuLength, F.cpu), text(F.systemLength, F.system)],
  15: [u16(F.mxPreference), domain(F.mx)],
  16: [{ form: Form.Texts, field: F.text, length: F.textLength }],
  [Type.Sig]: signature,
  [Type.Aaaa]: [{ form: Form.Ipv6, field: F.aaaa }],
  [Type.Srv]: [u16(F.srvPriority), u16(F.srvWeight), u16(F.srvPort), domain(F.srvTarget)],
  35: [
    u16(F.naptrOrder),
    u16(F.naptrPreference),
    text(F.naptrFlagsLength, F.naptrFlags),
    text(F.naptrServiceLength, F.naptrService),
    text(F.naptrRegexLength, F.naptrRegex),
    domain(F.naptrReplacement),
  ],
  39: [domain(F.dname)],
  43: ds,
  44: [u8(F.sshfpAlgorithm), u8(F.sshfpType), rest(F.sshfp)],
  [Type.Rrsig]: signature,
  48: key,
  52: [u8(F.tlsaUsage), u8(F.tlsaSelector), u8(F.tlsaMatching), rest(F.tlsaData)],
  59: ds,
  60: key,
  99: [{ form: Form.Texts, field: F.spf, length: F.spfLength }],
  [Type.Nid]: [u16(F.nidPreference), { form: Form.Eight, field: F.nid }],
  [Type.L32]: [u16(F.l32Preference), { form: Form.Ipv4, field: F.l32 }],
  [Type.L64]: [u16(F.l64Preference), { form: Form.Eight, field: F.l64 }],
  [Type.Lp]: [u16(F.lpPreference), domain(F.lp)],
}

/** Records the data of a record: from `offset` to walk.end. `base` is where the message begins, for compressed names. */
export function recordData(walk: Walk, base: number, type: number, offset: number): void {
  const parts = PARTS[type]
  if (parts !== undefined) {
    let at = offset
    for (const part of parts) {
      if (at < 0 || at >= walk.end) break
      at = recordPart(walk, base, part, at)
    }
    return
  }
  switch (type) {
    case Type.A6:
      a6(walk, base, offset)
      return
    case Type.Ipseckey:
      ipseckey(walk, base, offset)
      return
    case Type.Nsec:
      if (readName(walk, base, offset)) {
        walk.words(F.nsecName, offset, name.next - offset, name.text)
        typeBitmap(walk, name.next)
      }
      return
    case Type.Nsec3:
      nsec3(walk, offset)
      return
    case Type.Hip:
      hip(walk, base, offset)
      return
    case Type.Svcb:
    case Type.Https:
      serviceBinding(walk, base, offset)
      return
    case Type.Caa:
      caa(walk, offset)
      return
    case Type.Tsig:
      transactionSignature(walk, base, offset)
      return
    default:
      if (walk.end > offset) walk.range(F.data, offset, walk.end - offset)
  }
}

/** Returns the offset behind the part; -1 when it could not be read. */
function recordPart(walk: Walk, base: number, part: Part, at: number): number {
  const { form, field } = part
  switch (form) {
    case Form.U8:
      return number(walk, field, at, 1)
    case Form.U16:
      return number(walk, field, at, 2)
    case Form.U32:
      return number(walk, field, at, 4)
    case Form.Ipv4:
      return bytes(walk, field, at, 4)
    case Form.Eight:
      return bytes(walk, field, at, 8)
    case Form.Ipv6:
      return bytes(walk, field, at, 16)
    case Form.Time:
      if (!walk.need(at, 4)) return -1
      walk.words(field, at, 4, moment(walk.u32(at)))
      return at + 4
    case Form.Name:
      if (!readName(walk, base, at)) return -1
      walk.words(field, at, name.next - at, name.text)
      return name.next
    case Form.Text:
      return countedText(walk, part.length as number, field, at)
    case Form.Texts: {
      let next = at
      for (let n = 0; n < MAX_ITEMS && next >= 0 && next < walk.end && walk.item(next); n++)
        next = countedText(walk, part.length as number, field, next)
      return next
    }
    default:
      walk.range(field, at, walk.end - at)
      return walk.end
  }
}

/** Beyond the year 275760 no date has a text: the seconds as they are. */
function moment(seconds: number): string {
  return seconds > 8.64e12 ? String(seconds) : dateText(BigInt(seconds) * 1_000_000_000n)
}

function number(walk: Walk, field: number, at: number, size: 1 | 2 | 4): number {
  if (!walk.need(at, size)) return -1
  walk.uint(field, at, size, size === 1 ? walk.u8(at) : size === 2 ? walk.u16(at) : walk.u32(at))
  return at + size
}

function bytes(walk: Walk, field: number, at: number, size: number): number {
  if (!walk.need(at, size)) return -1
  walk.range(field, at, size)
  return at + size
}

function countedText(walk: Walk, lengthField: number, field: number, at: number): number {
  if (!walk.need(at, 1)) return -1
  const length = walk.u8(at)
  walk.uint(lengthField, at, 1, length)
  if (!walk.need(at + 1, length)) return -1
  walk.range(field, at + 1, length)
  return at + 1 + length
}

/** RFC 2874 section 3.1: the suffix holds the bits behind the prefix; a name tells the rest when there is a prefix. */
function a6(walk: Walk, base: number, offset: number): void {
  if (!walk.need(offset, 1)) return
  const length = walk.u8(offset)
  walk.uint(F.a6Length, offset, 1, length)
  const size = length > 128 ? -1 : 16 - (length >> 3)
  if (size < 0) {
    walk.malformed(offset, `prefix of ${length} bits`)
    return
  }
  if (!walk.need(offset + 1, size)) return
  let suffix = ''
  for (let i = 0; i < 16; i++) {
    const byte = i < 16 - size ? 0 : (walk.bytes[offset + 1 + i - (16 - size)] as number)
    suffix += (i % 2 === 0 && i > 0 ? ':' : '') + byte.toString(16).padStart(2, '0')
  }
  walk.words(F.a6Suffix, offset + 1, size, suffix)
  if (length > 0 && readName(walk, base, offset + 1 + size))
    walk.words(F.a6Name, offset + 1 + size, name.next - offset - 1 - size, name.text)
}

/** RFC 4025 section 2. */
function ipseckey(walk: Walk, base: number, offset: number): void {
  if (!walk.need(offset, 3)) return
  const type = walk.u8(offset + 1)
  walk.uint(F.ipsecPrecedence, offset, 1, walk.u8(offset))
  walk.uint(F.ipsecType, offset + 1, 1, type)
  walk.uint(F.ipsecAlgorithm, offset + 2, 1, walk.u8(offset + 2))
  let at = offset + 3
  if (type === 1) at = bytes(walk, F.ipsecGateway4, at, 4)
  else if (type === 2) at = bytes(walk, F.ipsecGateway6, at, 16)
  else if (type === 3) at = recordPart(walk, base, domain(F.ipsecGatewayName), at)
  if (at >= 0 && at < walk.end) walk.range(F.ipsecKey, at, walk.end - at)
}

/** Windows of types (RFC 4034 section 4.1.2). */
function typeBitmap(walk: Walk, offset: number): void {
  for (let at = offset; at < walk.end && walk.item(at); ) {
    if (!walk.need(at, 2)) return
    const window = walk.u8(at)
    const length = walk.u8(at + 1)
    if (!walk.need(at + 2, length)) return
    for (let i = 0; i < length; i++) {
      const octet = walk.u8(at + 2 + i)
      for (let bit = 0; octet !== 0 && bit < 8; bit++)
        if (octet & (0x80 >> bit)) walk.uint(F.type, at + 2 + i, 1, window * 256 + i * 8 + bit)
    }
    at += 2 + length
  }
}

function nsec3(walk: Walk, offset: number): void {
  if (!walk.need(offset, 5)) return
  walk.uint(F.nsec3Algorithm, offset, 1, walk.u8(offset))
  walk.uint(F.nsec3Flags, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(F.nsec3Iterations, offset + 2, 2, walk.u16(offset + 2))
  const salt = walk.u8(offset + 4)
  walk.uint(F.nsec3SaltLength, offset + 4, 1, salt)
  let at = bytes(walk, F.nsec3Salt, offset + 5, salt)
  if (at < 0 || !walk.need(at, 1)) return
  const hash = walk.u8(at)
  walk.uint(F.nsec3HashLength, at, 1, hash)
  if (!walk.need(at + 1, hash)) return
  walk.words(F.nsec3Hash, at + 1, hash, base32(walk.bytes, at + 1, hash))
  at += 1 + hash
  typeBitmap(walk, at)
}

/** Base 32 with the extended hex alphabet, without padding (RFC 4648 section 7). */
function base32(memory: Uint8Array, begin: number, length: number): string {
  let out = ''
  let held = 0
  let bits = 0
  for (let i = 0; i < length; i++) {
    held = ((held << 8) | (memory[begin + i] as number)) & 0xffff
    for (bits += 8; bits >= 5; bits -= 5) out += '0123456789abcdefghijklmnopqrstuv'[(held >> (bits - 5)) & 31]
  }
  return bits > 0 ? out + '0123456789abcdefghijklmnopqrstuv'[(held << (5 - bits)) & 31] : out
}

/** RFC 8005 section 5: the lengths come first, rendezvous server names fill the rest. */
function hip(walk: Walk, base: number, offset: number): void {
  if (!walk.need(offset, 4)) return
  const hit = walk.u8(offset)
  const keyLength = walk.u16(offset + 2)
  walk.uint(F.hitLength, offset, 1, hit)
  walk.uint(F.hipAlgorithm, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(F.hipKeyLength, offset + 2, 2, keyLength)
  let at = bytes(walk, F.hit, offset + 4, hit)
  if (at < 0) return
  at = bytes(walk, F.hipKey, at, keyLength)
  for (let n = 0; n < MAX_ITEMS && at >= 0 && at < walk.end && walk.item(at); n++) at = recordPart(walk, base, domain(F.rendezvous), at)
}

/** SVCB and HTTPS (RFC 9460 section 2.2). */
function serviceBinding(walk: Walk, base: number, offset: number): void {
  let at = recordPart(walk, base, u16(F.svcbPriority), offset)
  if (at < 0) return
  at = recordPart(walk, base, domain(F.svcbTarget), at)
  const end = walk.end
  for (let n = 0; n < MAX_ITEMS && at >= 0 && at < end && walk.item(at); n++) {
    if (!walk.need(at, 4)) return
    const code = walk.u16(at)
    const length = walk.u16(at + 2)
    walk.group(F.parameter, at, 4 + length, `Parameter: ${PARAMETER_NAMES[code] ?? `key${code}`}`)
    walk.uint(F.parameterKey, at, 2, code)
    walk.uint(F.parameterLength, at + 2, 2, length)
    if (at + 4 + length > end) {
      walk.malformed(at + 2, `value of ${length} bytes, ${end - at - 4} bytes left`)
      walk.endGroup()
      return
    }
    walk.limitTo(at + 4 + length)
    serviceParameter(walk, code, at + 4)
    walk.restore(end)
    walk.endGroup()
    at += 4 + length
  }
}

const PARAMETER_PARTS: Readonly<Record<number, Part>> = {
  0: u16(F.parameterMandatory),
  1: text(F.alpnLength, F.alpn),
  4: { form: Form.Ipv4, field: F.hint4 },
  6: { form: Form.Ipv6, field: F.hint6 },
}

function serviceParameter(walk: Walk, code: number, offset: number): void {
  const part = PARAMETER_PARTS[code]
  if (part !== undefined)
    for (let at = offset, n = 0; n < MAX_ITEMS && at >= 0 && at < walk.end && walk.item(at); n++) at = recordPart(walk, 0, part, at)
  else if (code === 3) number(walk, F.parameterPort, offset, 2)
  else if (walk.end > offset) walk.range(code === 5 ? F.parameterEch : F.parameterValue, offset, walk.end - offset)
}

/** RFC 8659 section 4.1. */
function caa(walk: Walk, offset: number): void {
  if (!walk.need(offset, 2)) return
  walk.uint(F.caaFlags, offset, 1, walk.u8(offset))
  const at = countedText(walk, F.caaTagLength, F.caaTag, offset + 1)
  if (at >= 0) walk.range(F.caaValue, at, walk.end - at)
}

/** RFC 8945 section 4.2; 48 bits of seconds. */
function transactionSignature(walk: Walk, base: number, offset: number): void {
  const at = recordPart(walk, base, domain(F.tsigAlgorithm), offset)
  if (at < 0 || !walk.need(at, 10)) return
  walk.words(F.tsigTime, at, 6, moment(walk.u16(at) * 2 ** 32 + walk.u32(at + 2)))
  walk.uint(F.tsigFudge, at + 6, 2, walk.u16(at + 6))
  const size = walk.u16(at + 8)
  walk.uint(F.tsigMacSize, at + 8, 2, size)
  const behind = at + 10 + size
  if (!walk.need(behind, 6)) return
  walk.uint(F.tsigOriginal, behind, 2, walk.u16(behind))
  walk.uint(F.tsigError, behind + 2, 2, walk.u16(behind + 2))
  walk.uint(F.tsigOtherLength, behind + 4, 2, walk.u16(behind + 4))
}

/**
 * Values written in a filter, read as what the field they are compared with holds: a number, an address with an optional prefix length,
 * bytes, a name of a value, a time. What does not fit is refused with words that say what the field is.
 */
import type { FieldDeclaration } from '../../../dissectors/core/fields.ts'
import { parseAddress } from '../../../shared/address.ts'
import type { FilterValue } from '../../../shared/filter/grammar.ts'
import { stringBytes } from '../../../shared/filter/tokens.ts'

/** How an operand is compared. */
export type OperandKind = 'integer' | 'time' | 'ipv4' | 'ipv6' | 'ether' | 'bytes' | 'text'

export interface Literal {
  readonly high: number
  readonly low: number
  readonly seconds: number
  readonly bytes: Uint8Array
  /** leading bits that count, -1: all */
  readonly prefix: number
}

const NO_BYTES = new Uint8Array(0)
const nothing: Literal = { high: 0, low: 0, seconds: 0, bytes: NO_BYTES, prefix: -1 }

export type Written = Extract<FilterValue, { kind: 'word' | 'string' }>

/** The literal, or what would have been right there. */
export type LiteralResult = { readonly literal: Literal } | { readonly expected: string; readonly message: string }

const NUMBER_LIMITS: Partial<Record<string, bigint>> = {
  uint8: 0xffn,
  uint16: 0xffffn,
  uint24: 0xffffffn,
  uint32: 0xffffffffn,
  framenum: 0xffffffffn,
  uint64: 0xffffffffffffffffn,
  int32: 0x7fffffffn,
  bool: 1n,
}

/** `field` is null for computed numbers (len, count). */
export function readLiteral(kind: OperandKind, written: Written, name: string, field: FieldDeclaration | null): LiteralResult {
  switch (kind) {
    case 'integer':
      return integer(written, name, field)
    case 'time':
      return time(written, name)
    case 'ipv4':
      return address(written, name, 4)
    case 'ipv6':
      return address(written, name, 16)
    case 'ether':
      return ether(written, name)
    case 'bytes':
      return byteString(written, name)
    case 'text':
      return { literal: { ...nothing, bytes: stringBytes(written.text) } }
  }
}

/** Decimal, 0x hexadecimal, 0b binary, leading 0 octal; null when it is no number. */
export function parseInteger(text: string): bigint | null {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]{1,16}|0[bB][01]{1,64}|0[0-7]{1,22}|[0-9]{1,20})$/.exec(text)
  if (match === null) return null
  const digits = match[2] as string
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
  return match[1] === '-' ? -value : value
}

function integer(written: Written, name: string, field: FieldDeclaration | null): LiteralResult {
  const value = parseInteger(written.text) ?? named(written.text, field)
  if (value === null)
    return {
      expected: 'a number',
      message:
        field?.type === 'bool'
          ? `${name} is true or false, '${written.text}' is neither.`
          : `${name} is a number, '${written.text}' is not one.`,
    }
  const most = field === null ? 0xffffffffn : (NUMBER_LIMITS[field.type] ?? 0xffffffffn)
  const least = field?.type === 'int32' ? -0x80000000n : 0n
  if (value > most || value < least)
    return {
      expected: `a number from ${least} to ${most}`,
      message: `${written.text} is out of range for ${name}, which holds ${least} to ${most}.`,
    }
  return { literal: { ...nothing, high: Number(value >> 32n), low: Number(BigInt.asUintN(32, value)) } }
}

/** true, false, or a name that the field's declaration gives to a value. */
function named(text: string, field: FieldDeclaration | null): bigint | null {
  const wanted = text.toLowerCase()
  if (wanted === 'true') return 1n
  if (wanted === 'false') return 0n
  for (const [value, name] of Object.entries(field?.values ?? {})) if (name.toLowerCase() === wanted) return BigInt(value)
  return null
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9, min: 60, h: 3600 }

function time(written: Written, name: string): LiteralResult {
  const match = /^([+-]?\d{1,15}(?:\.\d{1,9})?)(s|ms|us|ns|min|h)?$/.exec(written.text)
  if (match !== null) return { literal: { ...nothing, seconds: Number(match[1]) * (UNITS[match[2] ?? ''] as number) } }
  const seconds = absoluteSeconds(written.text)
  if (!Number.isNaN(seconds)) return { literal: { ...nothing, seconds } }
  return { expected: 'a time', message: `${name} is a time, '${written.text}' is not one; write seconds (1.5) or "2024-05-01 12:00:00".` }
}

/** Seconds since 1970 of a date; UTC when it names no zone. NaN when it is none. */
export function absoluteSeconds(text: string): number {
  const fraction = /\.(\d{1,9})/.exec(text)
  const whole = fraction === null ? text : text.replace(fraction[0], '')
  const zoned = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\s*$/i.test(whole) ? whole : `${whole} UTC`
  const milliseconds = /\d{4}/.test(whole) && /[-\s,]/.test(whole) ? Date.parse(zoned.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ')) : Number.NaN
  return milliseconds / 1000 + (fraction === null ? 0 : Number(`0.${fraction[1]}`))
}

function address(written: Written, name: string, size: 4 | 16): LiteralResult {
  const version = size === 4 ? 'an IPv4 address' : 'an IPv6 address'
  const wrong = { expected: version, message: `${name} is ${version}, '${written.text}' is not one.` }
  const [text, suffix, more] = written.text.split('/') as [string, string?, string?]
  const bytes = text.length <= 45 ? parseAddress(text) : null
  if (bytes === null || bytes.length !== size || more !== undefined) return wrong
  if (suffix === undefined) return { literal: { ...nothing, bytes } }
  const bits = /^\d{1,3}$/.test(suffix) ? Number(suffix) : size === 4 ? netmask(suffix) : -1
  if (bits < 0 || bits > size * 8)
    return {
      expected: `a prefix length from 0 to ${size * 8}`,
      message: `'/${suffix}' is no prefix length of ${version}; 0 to ${size * 8} are.`,
    }
  return { literal: { ...nothing, bytes, prefix: bits } }
}

/** 255.255.255.0 as 24; -1 when the ones are not all in front. */
function netmask(text: string): number {
  const bytes = parseAddress(text)
  if (bytes === null) return -1
  const bits = [...bytes].map((b) => b.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : -1
}

/** 02:00:00, 02-00-00, 02.00.00, 020000 or 0x020000. */
export function parseBytes(text: string): Uint8Array | null {
  if (/^[0-9a-fA-F]{1,2}$/.test(text)) return Uint8Array.of(Number.parseInt(text, 16))
  if (/^0[xX]([0-9a-fA-F]{2})+$/.test(text)) return fromHex(text.slice(2))
  const parts = text.split(/[:.-]/)
  if (parts.length > 1) {
    // 02:00, and groups of more digits such as 0200.5e00
    if (!parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part)) && !parts.every((part) => /^([0-9a-fA-F]{2})+$/.test(part))) return null
    return fromHex(parts.map((part) => (part.length === 1 ? `0${part}` : part)).join(''))
  }
  return /^([0-9a-fA-F]{2})+$/.test(text) ? fromHex(text) : null
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16))
}

/** Six bytes on Ethernet, more on others. */
function ether(written: Written, name: string): LiteralResult {
  const bytes = written.kind === 'word' ? parseBytes(written.text) : (parseBytes(written.text) ?? stringBytes(written.text))
  if (bytes !== null && bytes.length >= 6) return { literal: { ...nothing, bytes } }
  return {
    expected: 'a link-layer address such as 02:00:00:00:00:01',
    message: `${name} is a link-layer address, '${written.text}' is not one.`,
  }
}

function byteString(written: Written, name: string): LiteralResult {
  // A quoted text is its characters; a word is hexadecimal bytes, or an address standing for its bytes.
  const bytes = written.kind === 'string' ? stringBytes(written.text) : (parseBytes(written.text) ?? parseAddress(written.text))
  if (bytes !== null) return { literal: { ...nothing, bytes } }
  return {
    expected: 'bytes such as 02:00:5e, or a quoted text',
    message: `${name} is compared with bytes, '${written.text}' is none; write them as 02:00:5e, or a text in quotes.`,
  }
}

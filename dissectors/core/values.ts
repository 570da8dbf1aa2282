/**
 * Text of recorded values, made on demand: as `tshark -T fields` prints them, and as a tree line shows them.
 * Refuses nothing: whatever a dissector recorded has a text; control and bidi characters of strings are escaped here.
 * Cost: a string a value; never called in the index pass.
 */
import { formatIpv4, formatIpv6 } from '../../shared/address.ts'
import { type FieldDeclaration, type FieldType, fieldById } from './fields.ts'
import { type FieldRecorder, ValueKind } from './recorder.ts'

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
const decoder = new TextDecoder('utf-8', { fatal: false })

/** hex digits of an integer printed in base hex */
const DIGITS: Partial<Record<FieldType, number>> = { uint8: 2, uint16: 4, uint24: 6, uint32: 8, int32: 8, uint64: 16 }

function hexOf(bytes: Uint8Array, begin: number, end: number, separator = ''): string {
  let out = ''
  for (let i = begin; i < end; i++) out += (separator !== '' && i > begin ? separator : '') + HEX[bytes[i] as number]
  return out
}

const NAMED_ESCAPES: Record<string, string> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
  '\v': '\\v',
  '\b': '\\b',
  '\u0007': '\\a',
}

/** Control characters as C escapes, bidirectional overrides as \u escapes: text of a capture never moves a terminal's cursor. */
export function escapeText(text: string): string {
  if (!/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u.test(text)) return text
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu, (c) => {
    const code = c.codePointAt(0) as number
    return NAMED_ESCAPES[c] ?? (code < 256 ? `\\${code.toString(8).padStart(3, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
  })
}

/** Bytes of a recorded range: the memory it lies in and its begin and end there. */
export function valueBytes(recorder: FieldRecorder, entry: number): Uint8Array {
  const source = recorder.sources[recorder.source[entry] as number]
  if (source === undefined) return new Uint8Array(0)
  const begin = recorder.offset[entry] as number
  return source.bytes.subarray(begin, begin + (recorder.length[entry] as number))
}

function numberText(field: FieldDeclaration, value: number): string {
  switch (field.type) {
    case 'bool':
      return value !== 0 ? '1' : '0'
    case 'int32':
      return String(value | 0)
    case 'ipv4':
      return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
    case 'relative-time':
      return value.toFixed(9)
    default:
      return field.base === 'hex' ? `0x${value.toString(16).padStart(DIGITS[field.type] ?? 0, '0')}` : String(value)
  }
}

function number64Text(field: FieldDeclaration, high: number, low: number): string {
  const value = (BigInt(high) << 32n) | BigInt(low)
  return field.base === 'hex' ? `0x${value.toString(16).padStart(16, '0')}` : value.toString()
}

/** RFC 5952, but for an IPv4-compatible address (RFC 4291 section 2.5.5.1) with the dotted end that Wireshark prints. */
function ipv6Text(bytes: Uint8Array): string {
  for (let i = 0; i < 12; i++) if (bytes[i] !== 0) return formatIpv6(bytes)
  return bytes[12] === 0 && bytes[13] === 0 ? formatIpv6(bytes) : `::${formatIpv4(bytes, 12)}`
}

function bytesText(field: FieldDeclaration, recorder: FieldRecorder, entry: number): string {
  const bytes = valueBytes(recorder, entry)
  switch (field.type) {
    case 'ipv4':
      return bytes.length === 4 ? formatIpv4(bytes) : hexOf(bytes, 0, bytes.length)
    case 'ipv6':
      return bytes.length === 16 ? ipv6Text(bytes) : hexOf(bytes, 0, bytes.length)
    case 'ether':
      return hexOf(bytes, 0, bytes.length, ':')
    case 'string':
      return escapeText(decoder.decode(bytes))
    default:
      return hexOf(bytes, 0, bytes.length)
  }
}

/** One value as `tshark -T fields` prints it; '1' for a subtree without a value, a layer's line for a protocol. */
export function valueText(recorder: FieldRecorder, entry: number): string {
  const field = fieldById(recorder.field[entry] as number)
  switch (recorder.kind[entry]) {
    case ValueKind.Number:
      return numberText(field, recorder.value[entry] as number)
    case ValueKind.Number64:
      return number64Text(field, recorder.value[entry] as number, recorder.low[entry] as number)
    case ValueKind.Bytes:
      return bytesText(field, recorder, entry)
    case ValueKind.Text:
      return escapeText(recorder.text.get(entry) ?? '')
    default:
      return field.name === field.protocol ? escapeText(recorder.text.get(entry) ?? field.label) : '1'
  }
}

/** Name that the field's declaration gives to a recorded number, null when it has none. */
export function valueName(recorder: FieldRecorder, entry: number): string | null {
  const field = fieldById(recorder.field[entry] as number)
  if (recorder.kind[entry] !== ValueKind.Number) return null
  const value = recorder.value[entry] as number
  if (field.values !== null) return field.values[value] ?? null
  return field.type === 'bool' ? (value !== 0 ? 'Set' : 'Not set') : null
}

/** Longest value shown in a tree line. */
const MAX_SHOWN = 128

/** The line of a tree: 'Chunk type: INIT (1)', 'Verification tag: 0x1234abcd'; a group's own words. */
export function lineText(recorder: FieldRecorder, entry: number): string {
  const field = fieldById(recorder.field[entry] as number)
  if (recorder.kind[entry] === ValueKind.None) return escapeText(recorder.text.get(entry) ?? field.label)
  const value =
    field.digits === null ? valueText(recorder, entry) : `0x${(recorder.value[entry] as number).toString(16).padStart(field.digits, '0')}`
  const name = valueName(recorder, entry)
  if (field.type === 'bool') return `${field.label}: ${name ?? value}`
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value
  return name === null ? `${field.label}: ${shown}` : `${field.label}: ${name} (${shown})`
}

/** The same two texts under the names that screens and tests use. */
export { lineText as treeLabel, valueText as fieldText }

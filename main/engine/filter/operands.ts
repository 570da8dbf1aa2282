/**
 * What a filter reads from a dissected packet: an operand finds its occurrences among the recorded fields one after the other and
 * loads each into a register. Registers and scratch memory are made when the filter is compiled; nothing is allocated per packet,
 * except where a dissector recorded text.
 */
import type { FieldDeclaration } from '../../../dissectors/core/fields.ts'
import { type FieldRecorder, ValueKind } from '../../../dissectors/core/recorder.ts'
import { parseAddress } from '../../../shared/address.ts'
import type { SliceRange } from '../../../shared/filter/grammar.ts'
import { type ColumnSource, Ternary } from './columns.ts'
import { type FlowField, flowFields } from './flow-fields.ts'
import { absoluteSeconds, type OperandKind } from './literals.ts'
import type { ColumnField } from './names.ts'

/** Longest text taken from a field or made by a function. */
export const MAX_TEXT_BYTES = 65_536

/** One loaded value. Integers are `high` (signed) and `low` halves; all that is compared byte by byte is `begin..end` of `bytes`. */
export class Register {
  high = 0
  low = 0
  seconds = 0
  bytes: Uint8Array = new Uint8Array(0)
  begin = 0
  end = 0
  private scratch: Uint8Array | null = null
  private static readonly encoder = new TextEncoder()

  own(): Uint8Array {
    this.scratch ??= new Uint8Array(MAX_TEXT_BYTES)
    return this.scratch
  }

  setText(text: string): void {
    const scratch = this.own()
    this.bytes = scratch
    this.begin = 0
    this.end = Register.encoder.encodeInto(text, scratch).written
  }

  setInteger(value: number): void {
    if (value >= 0 && value <= 0xffff_ffff) {
      this.high = 0
      this.low = value
    } else {
      this.high = Math.floor(value / 0x1_0000_0000)
      this.low = value >>> 0
    }
  }
}

export class FilterContext {
  recorder!: FieldRecorder
  columns!: ColumnSource
  row = 0
  readonly left = new Register()
  readonly right = new Register()
}

export interface Operand {
  readonly kind: OperandKind
  /** as written, for messages */
  readonly name: string
  /** for ranges and names of values; null: computed */
  readonly field: FieldDeclaration | null
  /** answered from the index alone */
  readonly column: boolean
  /** the only number that it has, of a column that has one for every packet */
  readonly number?: ((columns: ColumnSource, row: number) => number) | undefined
  /** all its texts, of a column that has them as a list */
  readonly list?: ((columns: ColumnSource, row: number) => readonly string[]) | undefined
  /** where a flow has its occurrences; undefined: it is no fact of flows */
  readonly flow?: readonly FlowField[] | undefined
  /** one of these layers must be there for it to occur; null: not known */
  readonly protocols: readonly number[] | null
  /** first occurrence at or after `from`, -1: none. Numbers are the operand's own, ascending */
  next(context: FilterContext, from: number): number
  load(context: FilterContext, occurrence: number, into: Register): void
  /** For a layer: its bytes and all that follow it, which is where `contains` and `matches` look, as in Wireshark */
  loadRest?(context: FilterContext, occurrence: number, into: Register): void
  /** From the index alone: `No` when it surely does not occur. */
  presence(context: FilterContext): Ternary
}

const KINDS: Readonly<Record<string, OperandKind>> = {
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  ether: 'ether',
  bytes: 'bytes',
  string: 'text',
  none: 'bytes',
  'absolute-time': 'time',
  'relative-time': 'time',
}

export function kindOf(field: FieldDeclaration): OperandKind {
  return KINDS[field.type] ?? 'integer'
}

export function fieldOperand(name: string, fields: readonly FieldDeclaration[], protocols: readonly number[] | null): Operand {
  const first = fields[0] as FieldDeclaration
  const ids = fields.map((field) => field.id)
  const one = ids[0] as number
  const kind = kindOf(first)
  return {
    kind,
    name,
    field: first,
    column: false,
    flow: flowFields(fields) ?? undefined,
    protocols,
    next:
      ids.length === 1
        ? (context, from) => {
            const { field, count } = context.recorder
            for (let i = from; i < count; i++) if (field[i] === one) return i
            return -1
          }
        : (context, from) => {
            const { field, count } = context.recorder
            for (let i = from; i < count; i++) if (ids.includes(field[i] as number)) return i
            return -1
          },
    load: loaderOf(first, kind),
    ...(first.type === 'none' ? { loadRest } : {}),
    presence: (context) => {
      if (protocols === null) return Ternary.Unknown
      for (const protocol of protocols) if (context.columns.hasProtocol(context.row, protocol) !== Ternary.No) return Ternary.Unknown
      return Ternary.No
    },
  }
}

function loaderOf(field: FieldDeclaration, kind: OperandKind): Operand['load'] {
  switch (kind) {
    case 'integer':
      return (context, entry, into) => loadInteger(context.recorder, entry, into, field.type)
    case 'time':
      return (context, entry, into) => loadTime(context.recorder, entry, into, field.type === 'absolute-time')
    case 'text':
      return (context, entry, into) => {
        loadBytes(context.recorder, entry, into)
        while (into.end > into.begin && into.bytes[into.end - 1] === 0) into.end--
      }
    case 'ipv4':
    case 'ipv6':
      return (context, entry, into) => {
        if (context.recorder.kind[entry] === ValueKind.Text) loadAddressText(context.recorder, entry, into)
        else loadBytes(context.recorder, entry, into)
      }
    default:
      return (context, entry, into) => {
        if (context.recorder.kind[entry] === ValueKind.Text) loadHexText(context.recorder, entry, into)
        else loadBytes(context.recorder, entry, into)
      }
  }
}

function loadInteger(recorder: FieldRecorder, entry: number, into: Register, type: string): void {
  const value = recorder.value[entry] as number
  if (recorder.kind[entry] === ValueKind.Number64) {
    into.high = value
    into.low = recorder.low[entry] as number
  } else if (type === 'int32') {
    into.high = (value | 0) < 0 ? -1 : 0
    into.low = value >>> 0
  } else if (type === 'bool') {
    into.high = 0
    into.low = value !== 0 ? 1 : 0
  } else into.setInteger(value)
}

function loadTime(recorder: FieldRecorder, entry: number, into: Register, absolute: boolean): void {
  if (recorder.kind[entry] !== ValueKind.Text) {
    into.seconds = recorder.value[entry] as number
    return
  }
  const text = recorder.text.get(entry) ?? ''
  into.seconds = absolute ? absoluteSeconds(text) : Number(text)
}

/** The recorded range (or a layer's), clipped to its memory; a number as the four bytes of an IPv4 address. */
function loadBytes(recorder: FieldRecorder, entry: number, into: Register): void {
  switch (recorder.kind[entry]) {
    case ValueKind.Text:
      into.setText(recorder.text.get(entry) ?? '')
      return
    case ValueKind.Number: {
      const value = recorder.value[entry] as number
      const bytes = into.own()
      into.bytes = bytes
      into.begin = 0
      into.end = 4
      bytes[0] = value >>> 24
      bytes[1] = (value >>> 16) & 255
      bytes[2] = (value >>> 8) & 255
      bytes[3] = value & 255
      return
    }
    default: {
      const source = recorder.sources[recorder.source[entry] as number]
      into.begin = recorder.offset[entry] as number
      if (source === undefined) {
        into.end = into.begin
        return
      }
      into.bytes = source.bytes
      const end = into.begin + (recorder.length[entry] as number)
      into.end = Math.max(into.begin, end > source.end ? source.end : end)
    }
  }
}

/** Bytes that a dissector computed, written as hex with or without colons. */
function loadHexText(recorder: FieldRecorder, entry: number, into: Register): void {
  const pairs = (recorder.text.get(entry) ?? '').match(/[0-9a-f]{2}/gi) ?? []
  into.bytes = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))
  into.begin = 0
  into.end = into.bytes.length
}

function loadRest(context: FilterContext, entry: number, into: Register): void {
  loadBytes(context.recorder, entry, into)
  const source = context.recorder.sources[context.recorder.source[entry] as number]
  if (source !== undefined) into.end = Math.max(into.begin, source.end)
}

function loadAddressText(recorder: FieldRecorder, entry: number, into: Register): void {
  const bytes = parseAddress(recorder.text.get(entry) ?? '')
  into.bytes = bytes ?? into.own()
  into.begin = 0
  into.end = bytes?.length ?? 0
}

/** The whole frame's captured bytes. */
export function frameOperand(name: string): Operand {
  return {
    kind: 'bytes',
    name,
    field: null,
    column: false,
    protocols: null,
    next: (_context, from) => (from === 0 ? 0 : -1),
    load: (context, _occurrence, into) => {
      const frame = context.recorder.sources[0]
      if (frame === undefined) return
      into.bytes = frame.bytes
      into.begin = frame.begin
      into.end = frame.end
    },
    presence: () => Ternary.Unknown,
  }
}

/** Texts of columns are few (interfaces, sessions, rules): their bytes are kept. */
const MAX_KEPT_TEXTS = 100_000

export function columnOperand(column: ColumnField): Operand {
  const kept = new Map<string, Uint8Array>()
  const bytesOf = (text: string): Uint8Array => {
    let bytes = kept.get(text)
    if (bytes === undefined) {
      bytes = new TextEncoder().encode(text)
      if (kept.size < MAX_KEPT_TEXTS) kept.set(text, bytes)
    }
    return bytes
  }
  const count = (context: FilterContext): number => column.count(context.columns, context.row)
  return {
    kind: column.kind,
    name: column.name,
    field: null,
    column: true,
    ...(column.kind === 'text' ? { list: column.list } : { number: column.number }),
    protocols: null,
    next: (context, from) => (from < count(context) ? from : -1),
    load: (context, occurrence, into) => {
      if (column.kind === 'text') {
        into.bytes = bytesOf(column.text(context.columns, context.row, occurrence))
        into.begin = 0
        into.end = into.bytes.length
      } else if (column.kind === 'time') into.seconds = column.number(context.columns, context.row)
      else into.setInteger(column.number(context.columns, context.row))
    },
    presence: (context) => (count(context) > 0 ? Ternary.Yes : Ternary.No),
  }
}

/** Bytes of `of`; occurrences too short for the slice do not count. */
export function sliceOperand(of: Operand, ranges: readonly SliceRange[], name: string): Operand {
  const probe = new Register()
  const joined = new Register()
  const beginOf = (range: SliceRange, length: number): number => (range.start < 0 ? length + range.start : range.start)
  const fits = (context: FilterContext, occurrence: number): boolean => {
    of.load(context, occurrence, probe)
    const length = probe.end - probe.begin
    let total = 0
    for (const range of ranges) {
      const begin = beginOf(range, length)
      const size = range.length ?? length - begin
      if (begin < 0 || size < 1 || begin + size > length) return false
      total += size
    }
    return total <= MAX_TEXT_BYTES
  }
  return {
    kind: 'bytes',
    name,
    field: null,
    column: of.column,
    protocols: of.protocols,
    next: (context, from) => {
      let i = of.next(context, from)
      while (i >= 0 && !fits(context, i)) i = of.next(context, i + 1)
      return i
    },
    load: (context, occurrence, into) => {
      of.load(context, occurrence, joined)
      const length = joined.end - joined.begin
      const only = ranges[0] as SliceRange
      if (ranges.length === 1) {
        const begin = joined.begin + beginOf(only, length)
        into.bytes = joined.bytes
        into.begin = begin
        into.end = only.length === null ? joined.end : begin + only.length
        return
      }
      const out = into.own()
      let at = 0
      for (const range of ranges) {
        const begin = joined.begin + beginOf(range, length)
        const end = range.length === null ? joined.end : begin + range.length
        for (let i = begin; i < end; i++) out[at++] = joined.bytes[i] as number
      }
      into.bytes = out
      into.begin = 0
      into.end = at
    },
    presence: of.presence,
  }
}

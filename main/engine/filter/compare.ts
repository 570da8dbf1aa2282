/**
 * Comparisons: a field with a value, a field with a field, a field with a set. The type check is here, with the position of what is wrong.
 * Field-with-field compares every pair of occurrences, at most `MAX_PAIRS` of them.
 */
import type { ComparisonOperator, FilterNode, FilterValue } from '../../../shared/filter/grammar.ts'
import { compilePattern } from '../../../shared/filter/pattern.ts'
import { stringBytes } from '../../../shared/filter/tokens.ts'
import { Ternary, ternaryNot } from './columns.ts'
import { lookAtFlow } from './flow-fields.ts'
import { type Literal, type OperandKind, parseBytes, readLiteral, type Written } from './literals.ts'
import { nearestName } from './names.ts'
import type { FilterContext, Operand, Register } from './operands.ts'
import { Asks, FilterProblem, type Step } from './steps.ts'

export const MAX_PAIRS = 1_000_000

type CompareNode = Extract<FilterNode, { kind: 'compare' }>
type SetNode = Extract<FilterNode, { kind: 'in' }>
type Order = (value: Register, other: Literal) => number
type Holds = (order: number) => boolean

const HOLDS: Readonly<Record<Exclude<ComparisonOperator, 'contains' | 'matches'>, Holds>> = {
  eq: (o) => o === 0,
  ne: (o) => o !== 0,
  all_eq: (o) => o === 0,
  any_ne: (o) => o !== 0,
  lt: (o) => o < 0,
  le: (o) => o <= 0,
  gt: (o) => o > 0,
  ge: (o) => o >= 0,
}
/** `5 < x` is `x > 5`. */
const MIRRORED: Partial<Record<ComparisonOperator, ComparisonOperator>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' }

export function compileComparison(
  node: CompareNode,
  operandOf: (value: FilterValue) => Operand,
  isField: (value: FilterValue) => boolean,
): Step {
  let { operator, left, right } = node
  if (!isField(left)) {
    if (!isField(right) || operator === 'contains' || operator === 'matches') return refuseLeft(left, operandOf)
    ;[left, right] = [right, left]
    operator = MIRRORED[operator] ?? operator
  }
  const operand = operandOf(left)
  const all = node.quantifier === null ? operator === 'ne' || operator === 'all_eq' : node.quantifier === 'all'
  if (isPlainGroup(operand))
    throw new FilterProblem(left, 'a field with a value', `${operand.name} has no value to compare; it can only be present.`)
  if (operator === 'contains') return overOccurrences(searched(operand), all, containsTest(operand, right))
  if (operator === 'matches') return overOccurrences(searched(operand), all, matchesTest(operand, right))
  if (isField(right)) return fieldWithField(operand, operandOf(right), HOLDS[operator], all, right)
  const literal = literalOf(operand, right)
  if (operand.number !== undefined)
    return numberStep(operand.number, operator, operand.kind === 'time' ? literal.seconds : wholeOf(literal))
  const text = operand.list === undefined || literal.prefix >= 0 ? null : textOf(literal.bytes)
  if (
    operand.list !== undefined &&
    text !== null &&
    (operator === 'eq' || operator === 'ne' || operator === 'all_eq' || operator === 'any_ne')
  )
    return listStep(operand.list, operator === 'eq' || operator === 'all_eq', all, text)
  const order = orderOf(operand.kind, literal)
  const holds = HOLDS[operator]
  return overOccurrences(operand, all, (value) => {
    const o = order(value, literal)
    return !Number.isNaN(o) && holds(o)
  })
}

/** A word on the left that is no field: the misspelt name is what was wrong, unless it is plainly a value. */
function refuseLeft(left: FilterValue, operandOf: (value: FilterValue) => Operand): never {
  operandOf(left)
  throw new FilterProblem(left, 'the name of a field', 'One side of a comparison must be a field.')
}

/** A subtree that is no protocol's layer has no value. */
function isPlainGroup(operand: Operand): boolean {
  return operand.field !== null && operand.field.type === 'none' && operand.field.name !== operand.field.protocol
}

function overOccurrences(operand: Operand, all: boolean, one: (value: Register) => boolean): Step {
  const test = (context: FilterContext): boolean => {
    let i = operand.next(context, 0)
    if (i < 0) return false
    for (; i >= 0; i = operand.next(context, i + 1)) {
      operand.load(context, i, context.left)
      if (one(context.left) !== all) return !all
    }
    return all
  }
  const step = stepOf(test, operand)
  const { flow } = operand
  return flow === undefined ? step : { ...step, look: (context) => lookAtFlow(context, flow, all, one), asks: Asks.Flow }
}

/** No column holds more than 32 bits, and no literal that is out of its range is taken. */
function wholeOf({ high, low }: Literal): number {
  return high * 0x1_0000_0000 + low
}

/** A column that has one number for each packet, without a register: a million of them are looked at while somebody waits. */
function numberStep(number: NonNullable<Operand['number']>, operator: keyof typeof HOLDS, than: number): Step {
  const test = numberTest(number, operator, than)
  return { test, look: (c) => (test(c) ? Ternary.Yes : Ternary.No), column: true, asks: Asks.Packet, protocols: null }
}

function numberTest(number: NonNullable<Operand['number']>, operator: keyof typeof HOLDS, than: number): Step['test'] {
  switch (operator) {
    case 'lt':
      return (c) => number(c.columns, c.row) < than
    case 'le':
      return (c) => number(c.columns, c.row) <= than
    case 'gt':
      return (c) => number(c.columns, c.row) > than
    case 'ge':
      return (c) => number(c.columns, c.row) >= than
    case 'eq':
    case 'all_eq':
      return (c) => number(c.columns, c.row) === than
    case 'ne':
    case 'any_ne':
      return (c) => number(c.columns, c.row) !== than
  }
}

/** The text that these bytes are; null when they are none, or not as they would be written. */
function textOf(bytes: Uint8Array): string | null {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const again = new TextEncoder().encode(text)
  return compareBytes(again, 0, again.length, bytes, 0, bytes.length) === 0 ? text : null
}

/** A column of texts that are the same as one, or are not: compared as texts, with one look at the list. */
function listStep(list: NonNullable<Operand['list']>, same: boolean, all: boolean, wanted: string): Step {
  const test = (c: FilterContext): boolean => {
    const texts = list(c.columns, c.row)
    if (texts.length === 0) return false
    for (const text of texts) if (((text === wanted) === same) !== all) return !all
    return all
  }
  return { test, look: (c) => (test(c) ? Ternary.Yes : Ternary.No), column: true, asks: Asks.Packet, protocols: null }
}

function stepOf(test: (context: FilterContext) => boolean, operand: Operand, other: Operand | null = null): Step {
  const column = operand.column && (other === null || other.column)
  return {
    test,
    look: column
      ? (context) => (test(context) ? Ternary.Yes : Ternary.No)
      : (context) =>
          operand.presence(context) === Ternary.No || (other !== null && other.presence(context) === Ternary.No)
            ? Ternary.No
            : Ternary.Unknown,
    column,
    asks: operand.column || other?.column === true ? Asks.Packet : Asks.Layers,
    protocols: operand.protocols ?? other?.protocols ?? null,
  }
}

function literalOf(operand: Operand, value: FilterValue): Literal {
  if (value.kind !== 'word' && value.kind !== 'string')
    throw new FilterProblem(value, 'a value', 'A plain value or a field must stand here.')
  const result = readLiteral(operand.kind, value, operand.name, operand.field)
  if ('literal' in result) return result.literal
  throw new FilterProblem(value, result.expected, result.message + suggestField(value).words, suggestField(value).name)
}

/** `ip.src == ip.dts`: the value looks like a field's name that was misspelt. */
function suggestField(value: Written): { name: string | null; words: string } {
  const name = value.kind === 'word' && /^[a-z][a-z0-9_]*\.[a-z]/.test(value.text) ? nearestName(value.text) : null
  return { name, words: name === null ? '' : ` Did you mean the field '${name}'?` }
}

function orderOf(kind: OperandKind, literal: Literal): Order {
  switch (kind) {
    case 'integer':
      return (v, l) => v.high - l.high || v.low - l.low
    case 'time':
      return (v, l) => v.seconds - l.seconds
    default:
      return literal.prefix >= 0 ? orderOfPrefix : orderOfBytes
  }
}

function orderOfBytes(value: Register, literal: Literal): number {
  return compareBytes(value.bytes, value.begin, value.end, literal.bytes, 0, literal.bytes.length)
}

function compareBytes(a: Uint8Array, aBegin: number, aEnd: number, b: Uint8Array, bBegin: number, bEnd: number): number {
  const aLength = aEnd - aBegin
  const bLength = bEnd - bBegin
  const shorter = aLength < bLength ? aLength : bLength
  for (let i = 0; i < shorter; i++) {
    const d = (a[aBegin + i] as number) - (b[bBegin + i] as number)
    if (d !== 0) return d
  }
  return aLength - bLength
}

/** Only the literal's prefix counts, on both sides. */
function orderOfPrefix(value: Register, literal: Literal): number {
  if (value.end - value.begin !== literal.bytes.length) return Number.NaN
  const whole = literal.prefix >> 3
  for (let i = 0; i < whole; i++) {
    const d = (value.bytes[value.begin + i] as number) - (literal.bytes[i] as number)
    if (d !== 0) return d
  }
  const rest = literal.prefix & 7
  if (rest === 0) return 0
  const mask = (0xff << (8 - rest)) & 0xff
  return ((value.bytes[value.begin + whole] as number) & mask) - ((literal.bytes[whole] as number) & mask)
}

/** Address and byte values can be compared with one another byte by byte, numbers with numbers, times with times. */
function classOf(kind: OperandKind): string {
  return kind === 'ether' || kind === 'text' ? 'bytes' : kind
}

const CLASS_WORDS: Readonly<Record<string, string>> = {
  integer: 'a number',
  time: 'a time',
  bytes: 'bytes or text',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
}

function fieldWithField(left: Operand, right: Operand, holds: Holds, all: boolean, at: FilterValue): Step {
  const kind = classOf(left.kind)
  if (kind !== classOf(right.kind) || isPlainGroup(right))
    throw new FilterProblem(
      at,
      `a field that is ${CLASS_WORDS[kind]}`,
      `${left.name} is ${CLASS_WORDS[kind]}, ${right.name} is ${isPlainGroup(right) ? 'only present or absent' : CLASS_WORDS[classOf(right.kind)]}.`,
    )
  const order = (a: Register, b: Register): number => {
    if (kind === 'integer') return a.high - b.high || a.low - b.low
    if (kind === 'time') return a.seconds - b.seconds
    return compareBytes(a.bytes, a.begin, a.end, b.bytes, b.begin, b.end)
  }
  const test = (context: FilterContext): boolean => {
    const first = right.next(context, 0)
    let i = left.next(context, 0)
    if (i < 0 || first < 0) return false
    let pairs = 0
    for (; i >= 0; i = left.next(context, i + 1)) {
      left.load(context, i, context.left)
      for (let j = first; j >= 0; j = right.next(context, j + 1)) {
        right.load(context, j, context.right)
        const o = order(context.left, context.right)
        if ((!Number.isNaN(o) && holds(o)) !== all) return !all
        if (++pairs >= MAX_PAIRS) return all
      }
    }
    return all
  }
  return stepOf(test, left, right)
}

function searched(operand: Operand): Operand {
  return operand.loadRest === undefined ? operand : { ...operand, load: operand.loadRest }
}

function containsTest(operand: Operand, right: FilterValue): (value: Register) => boolean {
  if (operand.kind === 'integer' || operand.kind === 'time')
    throw new FilterProblem(right, 'another operator', `${operand.name} is ${CLASS_WORDS[operand.kind]}; 'contains' needs bytes or text.`)
  if (right.kind !== 'word' && right.kind !== 'string')
    throw new FilterProblem(right, 'bytes or text', "'contains' needs bytes or text on its right.")
  const needle =
    right.kind === 'string' || operand.kind === 'text' ? stringBytes(right.text) : (parseBytes(right.text) ?? notBytes(operand, right))
  if (needle.length === 0) throw new FilterProblem(right, 'bytes or text', "'contains' needs something to look for.")
  const first = needle[0] as number
  return ({ bytes, begin, end }) => {
    const last = end - needle.length
    for (let at = begin; at <= last; at++) {
      if (bytes[at] !== first) continue
      let i = 1
      while (i < needle.length && bytes[at + i] === needle[i]) i++
      if (i === needle.length) return true
    }
    return false
  }
}

function notBytes(operand: Operand, value: Written): never {
  throw new FilterProblem(
    value,
    'bytes such as 02:00:5e, or a quoted text',
    `${operand.name} holds bytes, '${value.text}' is none; write them as 02:00:5e, or a text in quotes.`,
  )
}

function matchesTest(operand: Operand, right: FilterValue): (value: Register) => boolean {
  if (operand.kind !== 'text' && operand.kind !== 'bytes')
    throw new FilterProblem(right, 'another operator', `${operand.name} is no text and no bytes; 'matches' needs one of them.`)
  if (right.kind !== 'word' && right.kind !== 'string')
    throw new FilterProblem(right, 'a pattern', "'matches' needs a pattern in quotes on its right.")
  const source = right.kind === 'string' ? right.raw.replace(/\\"/g, '"') : right.text
  const compiled = compilePattern(source)
  if (!compiled.ok) {
    const at = right.kind === 'string' ? right.position + 1 : right.position
    const position = Math.min(at + compiled.offset, right.end - 1)
    throw new FilterProblem({ position, end: right.end }, 'a regular expression', `The pattern is refused: ${compiled.message}.`)
  }
  const { pattern } = compiled
  return (value) => pattern.test(value.bytes, value.begin, value.end)
}

export function compileSet(node: SetNode, operand: Operand, isField: (value: FilterValue) => boolean): Step {
  if (isPlainGroup(operand))
    throw new FilterProblem(node.value, 'a field with a value', `${operand.name} has no value to compare; it can only be present.`)
  const members = node.members.map(({ low, high }) => {
    for (const value of [low, high])
      if (value !== null && isField(value) && value.kind !== 'string' && !plausible(operand, value))
        throw new FilterProblem(value, 'a value', 'A set holds values, not fields.')
    const from = literalOf(operand, low)
    const to = high === null ? null : literalOf(operand, high)
    return { from, to, fromOrder: orderOf(operand.kind, from), toOrder: to === null ? null : orderOf(operand.kind, to) }
  })
  const within = (value: Register): boolean => {
    for (const { from, to, fromOrder, toOrder } of members) {
      const low = fromOrder(value, from)
      if (Number.isNaN(low)) continue
      if (to === null ? low === 0 : low >= 0 && (toOrder as Order)(value, to) <= 0) return true
    }
    return false
  }
  const step = overOccurrences(operand, false, within)
  if (!node.negated) return step
  return {
    test: (c) => !step.test(c),
    look: (c) => ternaryNot(step.look(c)),
    column: step.column,
    asks: step.asks,
    protocols: null,
  }
}

/** A word that is both a field and a value of the operand's kind is the value. */
function plausible(operand: Operand, value: FilterValue): boolean {
  return value.kind === 'word' && 'literal' in readLiteral(operand.kind, value, operand.name, operand.field) && operand.kind === 'text'
}

/**
 * The display filter language: Wireshark 4's, as an abstract syntax tree with positions. Pure text work: which names are fields and
 * whether a value fits its field is judged by the compiler, which has the registry.
 *
 *   filter  := or ; or := xor { or xor } ; xor := and { xor and } ; and := not { and not }
 *   not     := ('not' | '!') not | test
 *   test    := '(' or ')' | ['any'|'all'] value { comparison value } | value ['not'] 'in' '{' value ['..' value] { ',' ... } '}' | value
 *   value   := word | string | word '(' value { ',' value } ')' , then { '[' slice ']' } and '&' value
 *
 * Refuses: texts over 10,000 characters, nesting over 64, more than 1,000 tests or set members. Recursion is bounded by the nesting limit.
 */
import { type FilterError, filterError, type Token, tokenize } from './tokens.ts'

export type { FilterError } from './tokens.ts'

export const MAX_DEPTH = 64
export const MAX_NODES = 1_000

export type ComparisonOperator = 'eq' | 'ne' | 'all_eq' | 'any_ne' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'matches'

/** One part of a slice: `length` bytes from `start`; from the end when `start` is negative; `length` null: to the end. */
export interface SliceRange {
  readonly start: number
  readonly length: number | null
}

interface Placed {
  readonly position: number
  readonly end: number
}

export type FilterValue =
  | ({ readonly kind: 'word'; readonly text: string } & Placed)
  /** `text` has its escapes resolved (see `stringBytes`), `raw` not */
  | ({ readonly kind: 'string'; readonly text: string; readonly raw: string } & Placed)
  | ({ readonly kind: 'slice'; readonly of: FilterValue; readonly ranges: readonly SliceRange[] } & Placed)
  | ({ readonly kind: 'call'; readonly name: string; readonly parameters: readonly FilterValue[] } & Placed)
  | ({ readonly kind: 'bits'; readonly of: FilterValue; readonly mask: FilterValue } & Placed)

export interface SetMember {
  readonly low: FilterValue
  /** null: a single value */
  readonly high: FilterValue | null
}

export type FilterNode =
  | ({ readonly kind: 'and' | 'or' | 'xor'; readonly left: FilterNode; readonly right: FilterNode } & Placed)
  | ({ readonly kind: 'not'; readonly operand: FilterNode } & Placed)
  | ({ readonly kind: 'test'; readonly value: FilterValue } & Placed)
  | ({
      readonly kind: 'compare'
      readonly operator: ComparisonOperator
      /** written out as `any` or `all`; null: the operator's own (all for `!=`, else any) */
      readonly quantifier: 'any' | 'all' | null
      readonly left: FilterValue
      readonly right: FilterValue
    } & Placed)
  | ({ readonly kind: 'in'; readonly value: FilterValue; readonly members: readonly SetMember[]; readonly negated: boolean } & Placed)

export type ParsedFilter = { readonly ok: true; readonly ast: FilterNode } | FilterError

const COMPARISONS = new Set(['eq', 'ne', 'all_eq', 'any_ne', 'lt', 'le', 'gt', 'ge', 'contains', 'matches'])

export function parseFilter(text: string): ParsedFilter {
  const tokens = tokenize(text)
  if (!Array.isArray(tokens)) return tokens
  const parser = new Parser(tokens)
  const ast = parser.or(0)
  if ('ok' in ast) return ast
  const rest = parser.now()
  if (rest.kind !== 'end') return parser.unexpected("an operator such as '&&' or the end of the filter")
  return { ok: true, ast }
}

type Result<T> = T | FilterError

function failed<T extends object>(result: Result<T>): result is FilterError {
  return 'ok' in result
}

class Parser {
  private at = 0
  private nodes = 0

  constructor(private readonly tokens: readonly Token[]) {}

  now(): Token {
    return this.tokens[this.at] as Token
  }

  private ahead(): Token {
    return this.tokens[Math.min(this.at + 1, this.tokens.length - 1)] as Token
  }

  private isOperator(name: string): boolean {
    return this.now().kind === 'operator' && this.now().text === name
  }

  unexpected(expected: string): FilterError {
    const t = this.now()
    const message =
      t.kind === 'end' ? `The filter ends here, but ${expected} is missing.` : `Expected ${expected} here, not ${describe(t)}.`
    return filterError(t.position, t.end, expected, message)
  }

  private bounded(depth: number): FilterError | null {
    const t = this.now()
    if (depth > MAX_DEPTH)
      return filterError(t.position, t.end, 'fewer parentheses', `The filter is nested deeper than ${MAX_DEPTH} levels.`)
    if (++this.nodes > MAX_NODES) return filterError(t.position, t.end, 'fewer tests', `The filter has more than ${MAX_NODES} parts.`)
    return null
  }

  or(depth: number): Result<FilterNode> {
    return this.chain('or', depth, (d) => this.chain('xor', d, (e) => this.chain('and', e, (f) => this.not(f))))
  }

  private chain(kind: 'and' | 'or' | 'xor', depth: number, next: (depth: number) => Result<FilterNode>): Result<FilterNode> {
    let left = next(depth)
    while (!failed(left) && this.isOperator(kind)) {
      this.at++
      const right = next(depth)
      if (failed(right)) return right
      left = { kind, left, right, position: left.position, end: right.end }
    }
    return left
  }

  private not(depth: number): Result<FilterNode> {
    const limit = this.bounded(depth)
    if (limit !== null) return limit
    if (!this.isOperator('not')) return this.test(depth)
    const position = this.now().position
    this.at++
    const operand = this.not(depth + 1)
    return failed(operand) ? operand : { kind: 'not', operand, position, end: operand.end }
  }

  private test(depth: number): Result<FilterNode> {
    if (this.now().kind === '(') {
      this.at++
      const inner = this.or(depth + 1)
      if (failed(inner)) return inner
      if (this.now().kind !== ')') return this.unexpected("')'")
      this.at++
      return inner
    }
    let quantifier: 'any' | 'all' | null = null
    const begin = this.now().position
    if (this.isOperator('any') || this.isOperator('all')) {
      quantifier = this.now().text as 'any' | 'all'
      this.at++
    }
    const value = this.value(depth)
    if (failed(value)) return value
    if (this.isOperator('in')) return this.set(value, false, depth)
    if (this.isOperator('not') && this.ahead().kind === 'operator' && this.ahead().text === 'in') {
      this.at++
      return this.set(value, true, depth)
    }
    if (!this.comparison()) {
      if (quantifier !== null) return this.unexpected('a comparison such as ==')
      return { kind: 'test', value, position: value.position, end: value.end }
    }
    return this.comparisons(value, quantifier, begin, depth)
  }

  private comparison(): boolean {
    return this.now().kind === 'operator' && COMPARISONS.has(this.now().text)
  }

  /** `a < b < c` means `a < b and b < c`. */
  private comparisons(first: FilterValue, quantifier: 'any' | 'all' | null, position: number, depth: number): Result<FilterNode> {
    let left = first
    let node: FilterNode | null = null
    while (this.comparison()) {
      const limit = this.bounded(depth)
      if (limit !== null) return limit
      const operator = this.now().text as ComparisonOperator
      this.at++
      const right = this.value(depth)
      if (failed(right)) return right
      const one: FilterNode = { kind: 'compare', operator, quantifier, left, right, position: left.position, end: right.end }
      node = node === null ? one : { kind: 'and', left: node, right: one, position, end: right.end }
      left = right
    }
    return node as FilterNode
  }

  private set(value: FilterValue, negated: boolean, depth: number): Result<FilterNode> {
    this.at++
    if (this.now().kind !== '{') return this.unexpected("'{'")
    this.at++
    const members: SetMember[] = []
    while (this.now().kind !== '}') {
      const limit = this.bounded(depth)
      if (limit !== null) return limit
      const low = this.value(depth)
      if (failed(low)) return low
      let high: FilterValue | null = null
      if (this.now().kind === '..') {
        this.at++
        const end = this.value(depth)
        if (failed(end)) return end
        high = end
      }
      members.push({ low, high })
      // Wireshark 3 separated members by blanks, 4 by commas: both are read.
      if (this.now().kind === ',') this.at++
      else if (this.now().kind !== '}' && this.now().kind !== 'word' && this.now().kind !== 'string') return this.unexpected("',' or '}'")
    }
    if (members.length === 0) return this.unexpected('a value')
    const end = this.now().end
    this.at++
    return { kind: 'in', value, members, negated, position: value.position, end }
  }

  private value(depth: number): Result<FilterValue> {
    const limit = this.bounded(depth)
    if (limit !== null) return limit
    const t = this.now()
    if (t.kind !== 'word' && t.kind !== 'string') return this.unexpected('a field or a value')
    this.at++
    let value: FilterValue
    if (t.kind === 'word' && this.now().kind === '(' && this.now().position === t.end) {
      const call = this.call(t, depth)
      if (failed(call)) return call
      value = call
    } else if (t.kind === 'string') value = { kind: 'string', text: t.text, raw: t.raw ?? t.text, position: t.position, end: t.end }
    else value = { kind: 'word', text: t.text, position: t.position, end: t.end }
    while (this.now().kind === 'slice') {
      const slice = this.now()
      const ranges = sliceRanges(slice)
      if (failed(ranges)) return ranges
      this.at++
      value = { kind: 'slice', of: value, ranges, position: value.position, end: slice.end }
    }
    if (this.isOperator('bits')) {
      this.at++
      const mask = this.value(depth + 1)
      if (failed(mask)) return mask
      value = { kind: 'bits', of: value, mask, position: value.position, end: mask.end }
    }
    return value
  }

  private call(name: Token, depth: number): Result<FilterValue> {
    this.at++
    const parameters: FilterValue[] = []
    while (this.now().kind !== ')') {
      const one = this.value(depth + 1)
      if (failed(one)) return one
      parameters.push(one)
      if (this.now().kind === ',') this.at++
      else if (this.now().kind !== ')') return this.unexpected("',' or ')'")
    }
    const end = this.now().end
    this.at++
    return { kind: 'call', name: name.text, parameters, position: name.position, end }
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'string':
      return `the string "${token.text}"`
    case 'slice':
      return `'[${token.text}]'`
    default:
      return `'${token.text}'`
  }
}

const MAX_SLICE = 65_535

/** `[a:b]` offset and length, `[a-b]` first and last, `[a]` one byte, `[:b]` first b, `[a:]` from a on; several joined by commas. */
function sliceRanges(token: Token): Result<readonly SliceRange[]> {
  const ranges: SliceRange[] = []
  const wrong = (): FilterError =>
    filterError(token.position, token.end, '[offset:length]', `'[${token.text}]' is no slice; write [offset:length] or [first-last].`)
  for (const part of token.text.split(',')) {
    const text = part.trim()
    let match: RegExpExecArray | null
    if ((match = /^(-?\d{1,5}):(\d{1,5})$/.exec(text)) !== null) ranges.push({ start: Number(match[1]), length: Number(match[2]) })
    else if ((match = /^:(\d{1,5})$/.exec(text)) !== null) ranges.push({ start: 0, length: Number(match[1]) })
    else if ((match = /^(-?\d{1,5}):$/.exec(text)) !== null) ranges.push({ start: Number(match[1]), length: null })
    else if ((match = /^(\d{1,5})-(\d{1,5})$/.exec(text)) !== null)
      ranges.push({ start: Number(match[1]), length: Number(match[2]) - Number(match[1]) + 1 })
    else if ((match = /^(-?\d{1,5})$/.exec(text)) !== null) ranges.push({ start: Number(match[1]), length: 1 })
    else return wrong()
    const last = ranges[ranges.length - 1] as SliceRange
    if (Math.abs(last.start) > MAX_SLICE || (last.length !== null && (last.length < 1 || last.length > MAX_SLICE))) return wrong()
    if (ranges.length > 16) return wrong()
  }
  return ranges
}

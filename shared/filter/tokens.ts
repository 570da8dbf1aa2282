/**
 * The words of the display filter language: text to tokens, each with its position, so that every error can point at a character.
 * A word takes in everything that a name, number, address, prefix or byte string is made of; what it means is decided where it stands.
 * Refuses texts longer than `MAX_TEXT`. Cost: one pass over the text.
 */

export const MAX_TEXT = 10_000

export type TokenKind = 'word' | 'string' | 'operator' | '(' | ')' | '{' | '}' | ',' | '..' | 'slice' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** the word, the string without quotes and escapes, the operator's canonical name, the inside of a slice */
  readonly text: string
  /** a string as written between its quotes, for patterns, which have escapes of their own */
  readonly raw?: string
  readonly position: number
  readonly end: number
}

/** Why a text is no filter: where, what would have been right there, and words for people. */
export interface FilterError {
  readonly ok: false
  /** character position, from 0 */
  readonly position: number
  /** characters concerned, at least 1 */
  readonly length: number
  readonly expected: string
  readonly message: string
  /** a known name close to what was written, null when there is none */
  readonly suggestion: string | null
}

export function filterError(
  position: number,
  end: number,
  expected: string,
  message: string,
  suggestion: string | null = null,
): FilterError {
  return { ok: false, position, length: Math.max(1, end - position), expected, message, suggestion }
}

/** Operators by their spellings. `~=` is the old spelling of `!==`. */
const SYMBOLS: readonly (readonly [string, string])[] = [
  ['===', 'all_eq'],
  ['!==', 'any_ne'],
  ['==', 'eq'],
  ['!=', 'ne'],
  ['~=', 'any_ne'],
  ['>=', 'ge'],
  ['<=', 'le'],
  ['&&', 'and'],
  ['||', 'or'],
  ['^^', 'xor'],
  ['>', 'gt'],
  ['<', 'lt'],
  ['!', 'not'],
  ['~', 'matches'],
  ['&', 'bits'],
]

const WORDS: Readonly<Record<string, string>> = {
  and: 'and',
  or: 'or',
  xor: 'xor',
  not: 'not',
  eq: 'eq',
  any_eq: 'eq',
  ne: 'ne',
  all_ne: 'ne',
  all_eq: 'all_eq',
  any_ne: 'any_ne',
  lt: 'lt',
  le: 'le',
  gt: 'gt',
  ge: 'ge',
  contains: 'contains',
  matches: 'matches',
  in: 'in',
  bitwise_and: 'bits',
  any: 'any',
  all: 'all',
}

const WORD_CHARACTER = /[A-Za-z0-9_.:+-]/

export function tokenize(text: string): Token[] | FilterError {
  if (text.length > MAX_TEXT)
    return filterError(
      MAX_TEXT,
      text.length,
      'a shorter filter',
      `The filter has ${text.length} characters; at most ${MAX_TEXT} are taken.`,
    )
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const c = text[at] as string
    if (c === ' ' || c === '\t' || c === '\n' || c === '\r') {
      at++
      continue
    }
    if (c === '"' || c === "'") {
      const token = quoted(text, at, c)
      if ('ok' in token) return token
      tokens.push(token)
      at = token.end
      continue
    }
    if ((c === 'r' || c === 'R') && text[at + 1] === '"') {
      const close = text.indexOf('"', at + 2)
      if (close < 0) return filterError(at, text.length, '"', 'This string is not closed.')
      const raw = text.slice(at + 2, close)
      tokens.push({ kind: 'string', text: raw, raw, position: at, end: close + 1 })
      at = close + 1
      continue
    }
    if (c === '[') {
      const close = text.indexOf(']', at)
      if (close < 0) return filterError(at, at + 1, ']', 'This slice is not closed.')
      tokens.push({ kind: 'slice', text: text.slice(at + 1, close), position: at, end: close + 1 })
      at = close + 1
      continue
    }
    if (c === '(' || c === ')' || c === '{' || c === '}' || c === ',') {
      tokens.push({ kind: c, text: c, position: at, end: at + 1 })
      at++
      continue
    }
    if (text.startsWith('..', at)) {
      tokens.push({ kind: '..', text: '..', position: at, end: at + 2 })
      at += 2
      continue
    }
    if (WORD_CHARACTER.test(c)) {
      const end = wordEnd(text, at)
      const word = text.slice(at, end)
      const operator = Object.hasOwn(WORDS, word.toLowerCase()) ? WORDS[word.toLowerCase()] : undefined
      tokens.push(
        operator === undefined ? { kind: 'word', text: word, position: at, end } : { kind: 'operator', text: operator, position: at, end },
      )
      at = end
      continue
    }
    const symbol = SYMBOLS.find(([spelling]) => text.startsWith(spelling, at))
    if (symbol === undefined) {
      const hint = c === '=' ? '==' : c === '|' ? '||' : null
      return filterError(
        at,
        at + 1,
        hint ?? 'a field, a value or an operator',
        hint === null ? `'${c}' has no meaning in a filter.` : `'${c}' alone is no operator; write '${hint}'.`,
        hint,
      )
    }
    tokens.push({ kind: 'operator', text: symbol[1], position: at, end: at + symbol[0].length })
    at += symbol[0].length
  }
  tokens.push({ kind: 'end', text: '', position: text.length, end: text.length })
  return tokens
}

/** A word ends at '..' (a range) and takes a '/' only before digits or a mask (a prefix length). */
function wordEnd(text: string, begin: number): number {
  let at = begin
  while (at < text.length) {
    const c = text[at] as string
    if (c === '.' && text[at + 1] === '.') break
    if (c === '/' && at > begin && /[0-9]/.test(text[at + 1] ?? '')) at++
    else if (WORD_CHARACTER.test(c)) at++
    else break
  }
  return at
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** A byte from 128 that was written as an escape: kept apart from the character of that number until the string becomes bytes. */
const RAW_BYTE = 0xdc00

/** The bytes of a string token's text: UTF-8, but an escaped byte is that byte. */
export function stringBytes(text: string): Uint8Array {
  const parts: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code >= RAW_BYTE && code <= RAW_BYTE + 255) parts.push(code - RAW_BYTE)
    else for (const byte of new TextEncoder().encode(character)) parts.push(byte)
  }
  return Uint8Array.from(parts)
}

/** A quoted string. A backslash that begins no known escape is kept. */
function quoted(text: string, begin: number, quote: string): Token | FilterError {
  let out = ''
  for (let at = begin + 1; at < text.length; at++) {
    const c = text[at] as string
    if (c === quote) return { kind: 'string', text: out, raw: text.slice(begin + 1, at), position: begin, end: at + 1 }
    if (c !== '\\') {
      out += c
      continue
    }
    const next = text[at + 1]
    if (next === undefined) break
    const hex = /^[0-9a-fA-F]{2}/.exec(text.slice(at + 2, at + 4))
    if (next === 'x' && hex !== null) {
      const byte = Number.parseInt(hex[0], 16)
      out += String.fromCharCode(byte < 128 ? byte : RAW_BYTE + byte)
      at += 3
      continue
    }
    const meaning = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined
    out += meaning ?? `\\${next}`
    at++
  }
  return filterError(begin, text.length, quote, 'This string is not closed.')
}

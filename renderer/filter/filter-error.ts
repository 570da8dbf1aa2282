/**
 * Where a filter went wrong and what the person was typing: the piece of text to underline, and the word under the caret to complete.
 * Positions come from the engine and may be outside the text, or absent: then the end is meant. Pure.
 */

export interface ErrorSpan {
  before: string
  /** what is underlined; a no-break space when the fault is that something is missing at the end */
  at: string
  after: string
  column: number
}

const WORD = /[A-Za-z0-9_.:/-]/

export function errorSpan(text: string, position: number | undefined): ErrorSpan {
  const from = Math.min(text.length, Math.max(0, Math.trunc(position ?? text.length)))
  if (from === text.length) return { before: text, at: '\u00a0', after: '', column: from + 1 }
  let to = from + 1
  if (text[from] === '"') {
    const close = text.indexOf('"', from + 1)
    to = close < 0 ? text.length : close + 1
  } else if (WORD.test(text[from]!)) while (to < text.length && WORD.test(text[to]!)) to++
  // an underline must not begin or end inside a surrogate pair
  else if (text.codePointAt(from)! > 0xffff) to = from + 2
  return { before: text.slice(0, from), at: text.slice(from, to), after: text.slice(to), column: from + 1 }
}

/** The engine's words end with the place, for those who see no column. */
export function withoutPosition(message: string): string {
  return message.replace(/ \(position \d+\)$/, '')
}

export interface WordAtCaret {
  word: string
  from: number
  to: number
}

const NAME = /[A-Za-z0-9_.]/
const KEYWORDS = new Set(['and', 'or', 'not', 'xor', 'in', 'contains', 'matches', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'true', 'false'])

/** the field name being typed at the caret, or null: inside quotes, after an operator, or a keyword */
export function wordAtCaret(text: string, caret: number): WordAtCaret | null {
  let quoted = false
  for (let at = 0; at < caret; at++) {
    if (text[at] === '\\' && quoted) at++
    else if (text[at] === '"') quoted = !quoted
  }
  if (quoted) return null
  let from = caret
  while (from > 0 && NAME.test(text[from - 1]!)) from--
  let to = caret
  while (to < text.length && NAME.test(text[to]!)) to++
  const word = text.slice(from, caret)
  if (word === '' || !/^[A-Za-z_]/.test(word) || KEYWORDS.has(word.toLowerCase())) return null
  // what stands right of a comparison is a value
  if (/(==|!=|<=|>=|<|>|\b(?:eq|ne|gt|lt|ge|le|contains|matches))\s*$/.test(text.slice(0, from))) return null
  return { word, from, to }
}

export function complete(text: string, word: WordAtCaret, name: string): { text: string; caret: number } {
  const tail = text.slice(word.to)
  return { text: text.slice(0, word.from) + name + tail, caret: word.from + name.length }
}

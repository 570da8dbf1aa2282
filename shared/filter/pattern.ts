/**
 * Regular expressions for `matches`, by simulating an automaton: time is at most (bytes of the value) x (states of the pattern),
 * whatever the pattern, so no pattern can run away on a hostile packet. Case is ignored, as in Wireshark.
 * Takes: literals, `.`, classes, \d \w \s \xHH, ^ $, \b, groups, `|`, `* + ? {m,n}` (lazy or not: only the answer counts).
 * Refuses: back references, look-around, more than 2,000 states; values are read up to 64 KiB. Works on bytes.
 */

export const MAX_STATES = 2_000
export const MAX_INPUT = 65_536
const MAX_NESTING = 32

const enum Op {
  /** a byte of `sets[x]` */
  Set = 0,
  /** go to x and to y */
  Split = 1,
  Jump = 2,
  Begin = 3,
  End = 4,
  Boundary = 5,
  NotBoundary = 6,
  Match = 7,
}

interface Fragment {
  readonly op: Op
  x: number
  y: number
}

export interface Pattern {
  /** Does it match anywhere in `begin..end` of `bytes`? No allocation. */
  test(bytes: Uint8Array, begin: number, end: number): boolean
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly offset: number; readonly message: string }

class Refused extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message)
  }
}

export function compilePattern(source: string): CompiledPattern {
  try {
    return { ok: true, pattern: new Automaton(new PatternCompiler(source).compile()) }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, offset: error.offset, message: error.message }
    throw error
  }
}

interface Program {
  readonly code: readonly Fragment[]
  /** one 256-entry table a Set */
  readonly sets: readonly Uint8Array[]
}

type Tree =
  | { kind: 'set'; set: Uint8Array }
  | { kind: 'assert'; op: Op.Begin | Op.End | Op.Boundary | Op.NotBoundary }
  | { kind: 'sequence'; parts: Tree[] }
  | { kind: 'choice'; parts: Tree[] }
  | { kind: 'repeat'; part: Tree; low: number; high: number }

class PatternCompiler {
  private at = 0
  private readonly code: Fragment[] = []
  private readonly sets: Uint8Array[] = []
  private readonly bytes: Uint8Array

  constructor(source: string) {
    this.bytes = new TextEncoder().encode(source)
  }

  compile(): Program {
    const tree = this.choice(0)
    if (this.at < this.bytes.length) throw new Refused(this.at, "')' without '('")
    this.generate(tree)
    this.add(Op.Match, 0, 0)
    return { code: this.code, sets: this.sets }
  }

  private peek(): string {
    return this.at < this.bytes.length ? String.fromCharCode(this.bytes[this.at] as number) : ''
  }

  private choice(depth: number): Tree {
    if (depth > MAX_NESTING) throw new Refused(this.at, 'groups are nested too deeply')
    const parts = [this.sequence(depth)]
    while (this.peek() === '|') {
      this.at++
      parts.push(this.sequence(depth))
    }
    return parts.length === 1 ? (parts[0] as Tree) : { kind: 'choice', parts }
  }

  private sequence(depth: number): Tree {
    const parts: Tree[] = []
    while (this.at < this.bytes.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated(depth))
    return { kind: 'sequence', parts }
  }

  private repeated(depth: number): Tree {
    let tree = this.atom(depth)
    for (let times = 0; ; times++) {
      const bounds = this.quantifier()
      if (bounds === null) return tree
      if (times > 0) throw new Refused(this.at, 'a quantifier follows a quantifier')
      tree = { kind: 'repeat', part: tree, low: bounds[0], high: bounds[1] }
      if (this.peek() === '?') this.at++
    }
  }

  private quantifier(): [number, number] | null {
    const c = this.peek()
    if (c === '*' || c === '+' || c === '?') {
      this.at++
      return c === '*' ? [0, Infinity] : c === '+' ? [1, Infinity] : [0, 1]
    }
    if (c !== '{') return null
    const text = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 12))
    const match = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(text)
    if (match === null) return null
    this.at += match[0].length
    const low = Number(match[1])
    const high = match[2] === undefined ? low : match[3] === '' ? Infinity : Number(match[3])
    if (high < low) throw new Refused(this.at, 'the bounds of {m,n} are the wrong way round')
    return [low, high]
  }

  private atom(depth: number): Tree {
    const c = this.peek()
    this.at++
    switch (c) {
      case '(':
        return this.group(depth)
      case '[':
        return { kind: 'set', set: this.characterClass() }
      case '.':
        return { kind: 'set', set: setOf((b) => b !== 10) }
      case '^':
        return { kind: 'assert', op: Op.Begin }
      case '$':
        return { kind: 'assert', op: Op.End }
      case '*':
      case '+':
      case '?':
        throw new Refused(this.at - 1, `'${c}' has nothing to repeat`)
      case '\\':
        return this.escape()
      default:
        return { kind: 'set', set: literal(this.bytes[this.at - 1] as number) }
    }
  }

  private group(depth: number): Tree {
    if (this.peek() === '?') {
      this.at++
      if (this.peek() !== ':') throw new Refused(this.at, 'only groups of the form (...) and (?:...) are taken, no look-around')
      this.at++
    }
    const inner = this.choice(depth + 1)
    if (this.peek() !== ')') throw new Refused(this.at, "')' is missing")
    this.at++
    return inner
  }

  private escape(): Tree {
    const c = this.peek()
    if (c === '') throw new Refused(this.at, 'the pattern ends in a backslash')
    this.at++
    if (c === 'b') return { kind: 'assert', op: Op.Boundary }
    if (c === 'B') return { kind: 'assert', op: Op.NotBoundary }
    if (/[1-9]/.test(c)) throw new Refused(this.at - 1, 'back references are not taken')
    return { kind: 'set', set: this.escaped(c) }
  }

  private escaped(c: string): Uint8Array {
    const named = NAMED[c]
    if (named !== undefined) return setOf(named)
    if (c === 'x') {
      const hex = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 2))
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw new Refused(this.at, '\\x needs two hexadecimal digits')
      this.at += 2
      return literal(Number.parseInt(hex, 16))
    }
    const control = CONTROL[c]
    if (control !== undefined) return literal(control)
    if (/[A-Za-z]/.test(c)) throw new Refused(this.at - 1, `\\${c} is not taken`)
    return literal(this.bytes[this.at - 1] as number)
  }

  private characterClass(): Uint8Array {
    const set = new Uint8Array(256)
    const negated = this.peek() === '^'
    if (negated) this.at++
    let first = true
    for (;;) {
      const c = this.peek()
      if (c === '') throw new Refused(this.at, "']' is missing")
      if (c === ']' && !first) break
      first = false
      const low = this.classMember()
      const range = this.peek() === '-' && this.bytes[this.at + 1] !== 0x5d && typeof low === 'number'
      if (!range) {
        merge(set, typeof low === 'number' ? literal(low) : low)
        continue
      }
      this.at++
      const high = this.classMember()
      if (typeof high !== 'number' || high < (low as number)) throw new Refused(this.at, 'the range in [...] is the wrong way round')
      for (let b = low as number; b <= high; b++) merge(set, literal(b))
    }
    this.at++
    if (negated) for (let b = 0; b < 256; b++) set[b] = set[b] === 0 ? 1 : 0
    return set
  }

  /** A single byte, or the set of an escape such as \d. */
  private classMember(): number | Uint8Array {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new Refused(this.at, "']' is missing")
    this.at++
    if (byte !== 0x5c) return byte
    const c = this.peek()
    if (c === '') throw new Refused(this.at, "']' is missing")
    this.at++
    if (c === 'b') return 8
    const set = this.escaped(c)
    if (NAMED[c] !== undefined) return set
    return c === 'x' ? Number.parseInt(String.fromCharCode(...this.bytes.subarray(this.at - 2, this.at)), 16) : firstOf(set, c)
  }

  private add(op: Op, x: number, y: number): number {
    if (this.code.length >= MAX_STATES) throw new Refused(this.at, `the pattern needs more than ${MAX_STATES} states`)
    this.code.push({ op, x, y })
    return this.code.length - 1
  }

  private generate(tree: Tree): void {
    switch (tree.kind) {
      case 'set':
        this.sets.push(tree.set)
        this.add(Op.Set, this.sets.length - 1, 0)
        return
      case 'assert':
        this.add(tree.op, 0, 0)
        return
      case 'sequence':
        for (const part of tree.parts) this.generate(part)
        return
      case 'choice': {
        const jumps: number[] = []
        tree.parts.forEach((part, i) => {
          if (i === tree.parts.length - 1) {
            this.generate(part)
            return
          }
          const split = this.add(Op.Split, this.code.length + 1, 0)
          this.generate(part)
          jumps.push(this.add(Op.Jump, 0, 0))
          ;(this.code[split] as Fragment).y = this.code.length
        })
        for (const jump of jumps) (this.code[jump] as Fragment).x = this.code.length
        return
      }
      case 'repeat':
        this.repeat(tree.part, tree.low, tree.high)
    }
  }

  private repeat(part: Tree, low: number, high: number): void {
    for (let i = 0; i < low; i++) this.generate(part)
    if (high === Infinity) {
      const split = this.add(Op.Split, this.code.length + 1, 0)
      this.generate(part)
      this.add(Op.Jump, split, 0)
      ;(this.code[split] as Fragment).y = this.code.length
      return
    }
    const splits: number[] = []
    for (let i = low; i < high; i++) {
      splits.push(this.add(Op.Split, this.code.length + 1, 0))
      this.generate(part)
    }
    for (const split of splits) (this.code[split] as Fragment).y = this.code.length
  }
}

const isWord = (b: number): boolean => (b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122) || b === 95
const isDigit = (b: number): boolean => b >= 48 && b <= 57
const isSpace = (b: number): boolean => b === 32 || (b >= 9 && b <= 13)
const NAMED: Readonly<Record<string, (b: number) => boolean>> = {
  d: isDigit,
  D: (b) => !isDigit(b),
  w: isWord,
  W: (b) => !isWord(b),
  s: isSpace,
  S: (b) => !isSpace(b),
}
const CONTROL: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, '0': 0 }

function setOf(has: (byte: number) => boolean): Uint8Array {
  const set = new Uint8Array(256)
  for (let b = 0; b < 256; b++) set[b] = has(b) ? 1 : 0
  return set
}

/** The byte in both cases. */
function literal(byte: number): Uint8Array {
  const set = new Uint8Array(256)
  set[byte] = 1
  if (byte >= 65 && byte <= 90) set[byte + 32] = 1
  if (byte >= 97 && byte <= 122) set[byte - 32] = 1
  return set
}

function merge(into: Uint8Array, from: Uint8Array): void {
  for (let b = 0; b < 256; b++) if (from[b] === 1) into[b] = 1
}

function firstOf(set: Uint8Array, c: string): number {
  const control = CONTROL[c]
  return control ?? set.indexOf(1)
}

class Automaton implements Pattern {
  private now: Int32Array
  private next: Int32Array
  private nowCount = 0
  private nextCount = 0
  /** step at which a state was added last: keeps a state from being added twice */
  private readonly added: Int32Array
  private readonly stack: Int32Array
  private step = 0

  constructor(private readonly program: Program) {
    const n = program.code.length
    this.now = new Int32Array(n)
    this.next = new Int32Array(n)
    this.added = new Int32Array(n)
    this.stack = new Int32Array(n * 2 + 2)
  }

  test(bytes: Uint8Array, begin: number, whole: number): boolean {
    const end = whole - begin > MAX_INPUT ? begin + MAX_INPUT : whole
    const { code, sets } = this.program
    if (this.step > 0x3fffffff) {
      this.step = 0
      this.added.fill(0)
    }
    this.nextCount = 0
    this.step++
    for (let at = begin; ; at++) {
      // A match may begin at every position.
      if (this.reach(0, bytes, begin, end, at)) return true
      const swap = this.now
      this.now = this.next
      this.next = swap
      this.nowCount = this.nextCount
      this.nextCount = 0
      if (at >= end) return false
      this.step++
      const byte = bytes[at] as number
      for (let i = 0; i < this.nowCount; i++) {
        const state = this.now[i] as number
        const set = sets[(code[state] as Fragment).x] as Uint8Array
        if (set[byte] === 1 && this.reach(state + 1, bytes, begin, end, at + 1)) return true
      }
    }
  }

  /** Adds to `next` every Set state that `state` leads to without taking a byte; true when the pattern is complete. */
  private reach(from: number, bytes: Uint8Array, begin: number, end: number, at: number): boolean {
    const { code } = this.program
    let depth = 0
    this.stack[depth++] = from
    while (depth > 0) {
      const state = this.stack[--depth] as number
      if (this.added[state] === this.step) continue
      this.added[state] = this.step
      const { op, x, y } = code[state] as Fragment
      switch (op) {
        case Op.Set:
          this.next[this.nextCount++] = state
          break
        case Op.Split:
          this.stack[depth++] = y
          this.stack[depth++] = x
          break
        case Op.Jump:
          this.stack[depth++] = x
          break
        case Op.Begin:
          if (at === begin) this.stack[depth++] = state + 1
          break
        case Op.End:
          if (at === end) this.stack[depth++] = state + 1
          break
        case Op.Boundary:
        case Op.NotBoundary: {
          const before = at > begin && isWord(bytes[at - 1] as number)
          const after = at < end && isWord(bytes[at] as number)
          if ((before !== after) === (op === Op.Boundary)) this.stack[depth++] = state + 1
          break
        }
        case Op.Match:
          return true
      }
    }
    return false
  }
}

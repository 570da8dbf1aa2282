/**
 * Numbers for pairs of identifiers, and which end of the pair a sender is: `Signal.context` and `Signal.side` of protocols whose sessions
 * are known by two identifiers, whatever the addresses. An identifier is a small integer, given by an address table or by `WordTable`.
 * Bounded: the pair that was made first is forgotten first. Cost per look-up: one map look-up; no allocation for a known pair.
 */
import type { Forgotten } from './forgotten.ts'

const MAX_PAIRS = 65_536
/** ids of either kind stay below this */
const SPAN = 0x400000

export interface IdentifierPair {
  readonly number: number
  /** end 0: the identifier that was first seen sending */
  readonly first: number
  readonly second: number
  /** identifiers mean something only within a realm (a LISP instance) */
  readonly realm: number
}

export class IdentifierPairs<T extends IdentifierPair> {
  private readonly pairs = new Map<number, T[]>()
  private made = 0

  /** `make` completes the pair with what the protocol remembers of it. */
  constructor(
    private readonly make: (pair: IdentifierPair) => T,
    private readonly forgotten: Forgotten,
  ) {}

  find(sender: number, receiver: number, realm = 0): T | undefined {
    const list = this.pairs.get(sender < receiver ? sender * SPAN + receiver : receiver * SPAN + sender)
    if (list === undefined) return undefined
    for (let i = 0; i < list.length; i++) if ((list[i] as T).realm === realm) return list[i]
    return undefined
  }

  /** The pair, made when it is new: then `sender` is its end 0. */
  get(sender: number, receiver: number, realm = 0): T {
    const known = this.find(sender, receiver, realm)
    if (known !== undefined) return known
    this.forgotten.room(this.pairs, MAX_PAIRS, 'pairs of identifiers')
    const pair = this.make({ number: ++this.made, first: sender, second: receiver, realm })
    const key = sender < receiver ? sender * SPAN + receiver : receiver * SPAN + sender
    const list = this.pairs.get(key)
    if (list === undefined) this.pairs.set(key, [pair])
    else {
      // Realms beyond a few hundred under one pair of identifiers are made up by somebody.
      if (list.length >= 256) list.shift()
      list.push(pair)
    }
    return pair
  }

  get size(): number {
    return this.pairs.size
  }
}

export function sideOf(pair: IdentifierPair, sender: number): 0 | 1 {
  return pair.first === sender ? 0 : 1
}

/** Small integers for 64-bit identifiers (node identifiers). Bounded like the pairs: beyond the bound there are no new ones, -1. */
export class WordTable {
  private readonly ids = new Map<number, Map<number, number>>()
  private count = 0

  intern(high: number, low: number): number {
    let lows = this.ids.get(high)
    const known = lows?.get(low)
    if (known !== undefined) return known
    if (this.count >= 2 * MAX_PAIRS) return -1
    if (lows === undefined) {
      lows = new Map()
      this.ids.set(high, lows)
    }
    lows.set(low, this.count)
    return this.count++
  }

  /** -1 for one that was never interned. */
  find(high: number, low: number): number {
    return this.ids.get(high)?.get(low) ?? -1
  }
}

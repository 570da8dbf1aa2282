/**
 * PATH-OPTIMISED (rehoming.md section 3): the encapsulation changes and both locators stay (through a home agent or directly, with or without
 * LISP, another GRE key). No rehoming: the pairs of both ways have the same two ends, so the rule of moves sees one path.
 */
import type { End, Pair } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

/** `pair` carries the data of `sender` in another encapsulation from now on; `text` says in which, as a sentence of the timeline. */
export function noteOptimised(session: MultiSession, pair: Pair, sender: End, time: number, row: number, text: string): void {
  session.optimised++
  session.mark(time, 'other', sender, pair.index, row, text)
}

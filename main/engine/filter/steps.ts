/** One compiled part of a filter, and the way a part that cannot be compiled is given up. */
import type { FilterError } from '../../../shared/filter/grammar.ts'
import { filterError } from '../../../shared/filter/tokens.ts'
import type { Ternary } from './columns.ts'
import type { FilterContext } from './operands.ts'

/** What an answer from the index depends on: packets that are alike in it have the same answer. Each includes those before. */
export const enum Asks {
  /** which layers a packet has */
  Layers = 0,
  /** flow and direction of a packet that is whole */
  Flow = 1,
  /** anything */
  Packet = 2,
}

export interface Step {
  /** on a dissected packet */
  test(context: FilterContext): boolean
  /** from the index alone */
  look(context: FilterContext): Ternary
  /** `look` needs no dissection */
  readonly column: boolean
  /** the most that `look` asks of the columns */
  readonly asks: Asks
  /** a matching packet has one of these layers; null: nothing known */
  readonly protocols: readonly number[] | null
}

/** Thrown and caught inside the compiler only. */
export class FilterProblem extends Error {
  readonly error: FilterError

  constructor(at: { position: number; end: number }, expected: string, message: string, suggestion: string | null = null) {
    super(message)
    this.error = filterError(at.position, at.end, expected, message, suggestion)
  }
}

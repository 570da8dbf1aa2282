/**
 * Addresses that contexts claim and have not verified: who asks what an address said, or whether somebody else has claimed it, finds them here.
 * Bounded: 64 claimants an address, the oldest go, and all that the book has forgotten. Cost: one look-up.
 */
import type { End } from '../../model.ts'
import type { Context, Located } from './book.ts'
import type { Claimant } from './rule.ts'

const MAX_CLAIMANTS = 64
const NONE: readonly Claimant[] = []

export class Claimants {
  private readonly byAddress = new Map<number, Claimant[]>()

  of(address: number): readonly Claimant[] {
    return this.byAddress.get(address) ?? NONE
  }

  watch(context: Context, end: End, located: Located): void {
    const { address } = located
    const list = this.byAddress.get(address)
    const one = { context, end, located }
    if (list === undefined) {
      this.byAddress.set(address, [one])
      return
    }
    if (list.some((other) => other.context === context && other.end === end)) return
    if (list.length >= MAX_CLAIMANTS) list.shift()
    list.push(one)
  }

  /** Nothing more is to be feared of a locator. */
  unwatch(context: Context, address: number): void {
    const list = this.byAddress.get(address)
    if (list === undefined) return
    const rest = list.filter((one) => one.context !== context)
    if (rest.length === 0) this.byAddress.delete(address)
    else this.byAddress.set(address, rest)
  }

  /** The context is in the book no longer. */
  forget(context: Context): void {
    for (const side of context.sides) for (const { address } of side.locators.values()) this.unwatch(context, address)
  }

  /** The address refused what came to it; `context` null: whoever claims it. `own`: it said so itself. */
  rejected(address: number, context: Context | null, time: number, row: number, text: string, own: boolean): void {
    for (const one of this.of(address)) if (context === null || one.context === context) one.located.reject({ time, row, text, own })
  }
}

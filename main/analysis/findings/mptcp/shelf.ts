/**
 * The youngest things of a kind that MPTCP rules keep, in their order and by their session: looked for in one connection, they are never
 * searched among those of all others. Bounded; what is the oldest goes. Cost: one look-up a question, and two short lists a session.
 */
import type { MultiSession } from '../../multi-session.ts'

const NONE: readonly never[] = []

export class Shelf<T extends { readonly session: MultiSession }> {
  private list: T[] = []
  private readonly bySession = new Map<number, T[]>()

  get size(): number {
    return this.list.length
  }

  /** In the order in which they were put in. */
  get all(): readonly T[] {
    return this.list
  }

  /** Those of one session, in the same order. */
  of(session: MultiSession): readonly T[] {
    return this.bySession.get(session.number) ?? NONE
  }

  add(one: T): void {
    this.list.push(one)
    this.enter(one)
  }

  /** The oldest goes, and is given back. */
  shift(): T | undefined {
    const first = this.list.shift()
    if (first === undefined) return undefined
    const { number } = first.session
    const own = this.bySession.get(number) as T[]
    // what is the oldest of all is the oldest of its session
    if (own.length === 1) this.bySession.delete(number)
    else own.shift()
    return first
  }

  /** Only what passes stays. */
  keep(stays: (one: T) => boolean): void {
    this.list = this.list.filter(stays)
    this.bySession.clear()
    for (const one of this.list) this.enter(one)
  }

  private enter(one: T): void {
    const own = this.bySession.get(one.session.number)
    if (own === undefined) this.bySession.set(one.session.number, [one])
    else own.push(one)
  }
}

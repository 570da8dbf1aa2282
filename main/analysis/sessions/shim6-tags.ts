/**
 * Shim6 contexts that are known by the tags of their packets alone, because the capture began after their establishment. A tag is chosen by
 * its receiver; the tag of the other direction is the one that runs between the same two addresses (RFC 5533 section 6).
 * A tag counts once three packets have carried it, so that guessed ones make no sessions. Bounded: 1,024 tags under watch, 65,536 known.
 */
import type { OpenDetail } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { type End, SECOND } from '../model.ts'
import { type Bound, type BoundTable, identify, isOver } from './bound.ts'
import type { Registry } from './registry.ts'

const MAX_WATCHED = 1024
const MAX_KNOWN = 65_536
const MAX_HALF = 64
const NEEDED = 3
const WITHIN = 60 * SECOND

interface Owner {
  bound: Bound
  receiver: End
}

export class TagTable {
  /** by low half of the tag */
  private readonly known = new Map<number, Owner>()
  private readonly watched = new Map<number, { count: number; since: number }>()
  private half: Bound[] = []

  constructor(
    private readonly registry: Registry,
    private readonly table: BoundTable,
  ) {}

  /** The context of a signal that only its token tells. */
  find(signal: Signal): { bound: Bound; sender: End } | null {
    const { token } = signal
    if (token === 0 || signal.flow < 0) return null
    const owner = this.known.get(token)
    if (owner !== undefined && !isOver(owner.bound.session)) return { bound: owner.bound, sender: (1 - owner.receiver) as End }
    if (signal.kind !== SignalKind.Payload || !this.trusted(token, signal.time)) return null
    const { flows } = this.registry
    const from = flows.sender(signal.flow, signal.direction)
    const to = flows.receiver(signal.flow, signal.direction)
    for (let i = this.half.length - 1; i >= 0; i--) {
      const bound = this.half[i] as Bound
      if (isOver(bound.session) || !bound.session.paths.some((p) => p.ends[0] === to && p.ends[1] === from)) continue
      this.half.splice(i, 1)
      this.add(token, bound, 0)
      return { bound, sender: 1 }
    }
    const bound = this.table.make(0, signal.time, signal.row)
    if (bound === null) return null
    bound.session.midCapture = true
    bound.session.mark(signal.time, 'opened', -1, -1, signal.row, 'already running when the capture began')
    this.add(token, bound, 1)
    this.half.push(bound)
    if (this.half.length > MAX_HALF) this.half.shift()
    return { bound, sender: 0 }
  }

  private trusted(token: number, time: number): boolean {
    const seen = this.watched.get(token)
    if (seen === undefined || time - seen.since > WITHIN) {
      this.watched.delete(token)
      if (this.watched.size >= MAX_WATCHED) this.registry.flows.forgotten.drop(this.watched, 'context tags of unknown Shim6 contexts')
      this.watched.set(token, { count: 1, since: time })
      return false
    }
    if (++seen.count < NEEDED) return false
    this.watched.delete(token)
    return true
  }

  private add(token: number, bound: Bound, receiver: End): void {
    if (this.known.size >= MAX_KNOWN) this.registry.flows.forgotten.drop(this.known, 'Shim6 context tags')
    this.known.set(token, { bound, receiver })
    identify(bound.session, receiver, { kind: 'context-tag', value: `0x....${token.toString(16).padStart(8, '0')}` })
  }

  /** The context that had been known by a tag which an establishment names, and which of its ends the establishment's sender is. */
  ofIdentifiers(detail: OpenDetail): { bound: Bound; end: End } | null {
    for (const [list, own] of [
      [detail.sender, true],
      [detail.receiver, false],
    ] as const)
      for (const { kind, value } of list) {
        if (kind !== 'context-tag') continue
        const owner = this.known.get(Number.parseInt(value.slice(-8), 16))
        if (owner === undefined || isOver(owner.bound.session)) continue
        return { bound: owner.bound, end: own ? owner.receiver : ((1 - owner.receiver) as End) }
      }
    return null
  }

  /** An establishment has told the whole tags. */
  bind(bound: Bound): void {
    for (const end of [0, 1] as const) {
      const endpoint = bound.session.endpoints[end]
      endpoint.identifiers = endpoint.identifiers.filter((i) => !i.value.startsWith('0x....'))
    }
    this.half = this.half.filter((b) => b.session !== bound.session)
  }

  sweep(now: number, idle: number): void {
    for (const [token, { bound }] of this.known) {
      const { session } = bound
      if (!isOver(session)) {
        if (now - session.last < idle) continue
        session.state = 'closed'
        session.closed = session.last
        session.closedWhy = 'nothing more was heard of it'
      }
      this.known.delete(token)
    }
    this.half = this.half.filter((b) => !isOver(b.session))
  }
}

/**
 * Which rules look at what, chosen once: lists of functions by protocol and kind, so that a signal meets only the rules that want it. The methods
 * are bound: called as methods, rules of so many shapes would be looked up for each signal.
 */
import { type Signal, type SignalKind, type SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Located } from './book.ts'
import type { ContextRule, Seen } from './rule.ts'

type Look = (seen: Seen) => void
type Next = (signal: Signal) => void
type Payload = (seen: Seen, from: Located, to: Located, fresh: boolean) => void
type Cares = (signal: Signal, session: MultiSession, sender: End) => boolean

const PROTOCOLS = 64
const KINDS = 32

export class Looks {
  /** by protocol * KINDS + kind */
  private readonly atControl: (readonly Look[])[]
  /** the same without those that look at joins only */
  private readonly atFirst: (readonly Look[])[]
  /** by protocol: what waits for what comes next */
  private readonly atNext: (readonly Next[])[]
  /** by protocol */
  private readonly atPayload: (readonly Payload[])[]
  private readonly atStrangers: readonly Look[]
  private readonly atAcknowledged: readonly Look[]
  /** by place in `atAcknowledged` */
  private readonly caring: readonly Cares[]

  constructor(private readonly rules: readonly ContextRule[]) {
    this.atControl = listsOf(rules)
    this.atFirst = listsOf(rules.filter((rule) => rule.onlyJoins !== true))
    this.atNext = byProtocol((protocol) =>
      rules.filter((rule) => rule.protocols?.includes(protocol) === true).flatMap((rule) => rule.next?.bind(rule) ?? []),
    )
    this.atPayload = byProtocol((protocol) =>
      rules.filter((rule) => rule.payloadOf?.includes(protocol) !== false).flatMap((rule) => rule.payload?.bind(rule) ?? []),
    )
    this.atStrangers = rules.flatMap((rule) => rule.stranger?.bind(rule) ?? [])
    const listening = rules.filter((rule) => rule.acknowledged !== undefined)
    this.atAcknowledged = listening.flatMap((rule) => rule.acknowledged?.bind(rule) ?? [])
    this.caring = listening.map((rule) => rule.cares?.bind(rule) ?? always)
  }

  /** Does any rule ask for signals of this protocol? */
  knows(protocol: SignalProtocol): boolean {
    return this.rules.some((rule) => rule.protocols?.includes(protocol))
  }

  wanted(protocol: SignalProtocol, kind: SignalKind): boolean {
    return (this.atControl[protocol * KINDS + kind] as readonly Look[]).length + (this.atNext[protocol] as readonly Next[]).length > 0
  }

  control(seen: Seen): void {
    this.look(this.atControl, seen)
  }

  /** The opening of an MPTCP connection: nothing joins. */
  first(seen: Seen): void {
    this.look(this.atFirst, seen)
  }

  private look(lists: readonly (readonly Look[])[], seen: Seen): void {
    const { signal } = seen
    const nexts = this.atNext[signal.protocol] as readonly Next[]
    for (let i = 0; i < nexts.length; i++) (nexts[i] as Next)(signal)
    const looks = lists[signal.protocol * KINDS + signal.kind] as readonly Look[]
    for (let i = 0; i < looks.length; i++) (looks[i] as Look)(seen)
  }

  payload(seen: Seen, from: Located, to: Located, fresh: boolean): void {
    const atPayload = this.atPayload[seen.signal.protocol] as readonly Payload[]
    for (let i = 0; i < atPayload.length; i++) (atPayload[i] as Payload)(seen, from, to, fresh)
  }

  stranger(seen: Seen): void {
    const { atStrangers } = this
    for (let i = 0; i < atStrangers.length; i++) (atStrangers[i] as Look)(seen)
  }

  /** Bits of the rules that care for an acknowledgement, for `acknowledged`: 0 for nearly all of them. */
  caringFor(signal: Signal, session: MultiSession, sender: End): number {
    const { caring } = this
    let bits = 0
    for (let i = 0; i < caring.length; i++) if ((caring[i] as Cares)(signal, session, sender)) bits |= 1 << i
    return bits
  }

  acknowledged(seen: Seen, bits: number): void {
    const { atAcknowledged } = this
    for (let i = 0; i < atAcknowledged.length; i++) if ((bits & (1 << i)) !== 0) (atAcknowledged[i] as Look)(seen)
  }
}

function byProtocol<T>(make: (protocol: SignalProtocol) => T): T[] {
  return Array.from({ length: PROTOCOLS }, (_, protocol) => make(protocol))
}

function listsOf(rules: readonly ContextRule[]): (readonly Look[])[] {
  return Array.from({ length: PROTOCOLS * KINDS }, (_, at) =>
    rules.filter((rule) => wants(rule, Math.floor(at / KINDS), at % KINDS)).flatMap((rule) => rule.control?.bind(rule) ?? []),
  )
}

function wants(rule: ContextRule, protocol: SignalProtocol, kind: SignalKind): boolean {
  return rule.protocols?.includes(protocol) === true && (rule.kinds === undefined || (rule.kinds & signalBit(kind)) !== 0)
}

const always = (): boolean => true

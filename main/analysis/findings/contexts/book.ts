/**
 * Contexts as the rules need them: who claimed which locator for an end when, from where and how well proven, what verified it, and what was
 * sent to it and heard from it since (threats.md 0.1 to 0.3). Contexts are known by the identifier pair's number that dissectors give
 * (`Signal.context`), or by their session. Sessions of SCTP and the families tell more when they are there; the book does without.
 * Bounded: 20,000 contexts (the oldest go), 64 locators an end.
 */

import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import type { Forgotten } from '../../../../dissectors/core/forgotten.ts'
import type { ClaimAuthentication, Identifier } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { roomFor } from '../places.ts'
import { Located, NEVER } from './located.ts'

export { Located, NEVER, type Rejection } from './located.ts'

const MAX_CONTEXTS = 20_000
const MAX_LOCATORS = 64
const NONE: readonly never[] = []

/** The locators of an end, few: a list that is searched, exactly as long as it has to be. */
export class Locators {
  private list: readonly Located[] = NONE

  get size(): number {
    return this.list.length
  }

  get(address: number): Located | undefined {
    for (const one of this.list) if (one.address === address) return one
    return undefined
  }

  has(address: number): boolean {
    return this.get(address) !== undefined
  }

  set(located: Located): void {
    if (this.list.length === 0) this.list = [located]
    else if (this.has(located.address)) this.list = this.list.map((one) => (one.address === located.address ? located : one))
    else this.list = [...this.list, located]
  }

  values(): readonly Located[] {
    return this.list
  }
}

/** An end of a context: its locators, and what it said of itself. */
export class Side extends Locators {
  identifiers: readonly Identifier[] = NONE
  capabilities: readonly string[] = NONE

  get locators(): Locators {
    return this
  }
}

export class Context {
  established = -1
  closed = -1
  readonly sides: readonly [Side, Side] = [new Side(), new Side()]

  constructor(
    /** from 1, in their order */
    readonly ordinal: number,
    readonly protocol: SignalProtocol,
    /** of the identifier pair, 0: known by its session */
    readonly number: number,
    /** session number, -1: none */
    public session: number,
    readonly midCapture: boolean,
  ) {}

  /** The same for what is the same context, also when it was forgotten meanwhile. */
  get key(): string {
    return this.number > 0 ? `${this.protocol}/${this.number}` : `s${this.session}`
  }

  /** The key as a number. */
  get id(): number {
    return this.number > 0 ? this.number * 64 + this.protocol : -1 - this.session
  }
}

export class ContextBook {
  /** by ordinal, in turn: whoever comes takes the place of the oldest */
  private readonly contexts: (Context | undefined)[] = []
  /** contexts by session number, for those known by one */
  private readonly bySession: (Context | undefined)[] = []
  private readonly byNumber: (Context | undefined)[][] = []
  private made = 0
  /** ordinals of contexts that are in the book and not closed, 0 none: by session, and by protocol and number */
  private openBySession = new Int32Array(4096)
  private readonly openByNumber: Int32Array[] = Array.from({ length: 64 }, () => new Int32Array(0))

  /** `leaving`: told of a context before it is forgotten. */
  constructor(
    private readonly forgotten: Forgotten | null = null,
    private readonly leaving: (context: Context) => void = () => undefined,
    private readonly most = MAX_CONTEXTS,
  ) {}

  /** Its ordinal while it is open, 0 else: what most payload asks for, without a look at the context. */
  openOf(session: number): number {
    return session < this.openBySession.length ? (this.openBySession[session] as number) : 0
  }

  openNumbered(protocol: SignalProtocol, number: number): number {
    const open = this.openByNumber[protocol] as Int32Array
    return number < open.length ? (open[number] as number) : 0
  }

  close(context: Context, time: number): void {
    context.closed = time
    this.open(context, 0)
  }

  private open({ protocol, number, session }: Context, ordinal: number): void {
    if (number > 0) {
      const open = roomFor(this.openByNumber[protocol] as Int32Array, number)
      this.openByNumber[protocol] = open
      open[number] = ordinal
    } else if (session >= 0) {
      this.openBySession = roomFor(this.openBySession, session)
      this.openBySession[session] = ordinal
    }
  }

  /** The context of a numbered identifier pair. */
  numbered(protocol: SignalProtocol, number: number): Context | undefined {
    return this.byNumber[protocol]?.[number]
  }

  ofSession(session: number): Context | undefined {
    return this.bySession[session]
  }

  get(protocol: SignalProtocol, number: number, session: number, midCapture: boolean): Context {
    const known = number > 0 ? this.numbered(protocol, number) : this.bySession[session]
    if (known !== undefined) {
      if (known.session < 0 && session >= 0) known.session = session
      return known
    }
    const context = new Context(++this.made, protocol, number, session, midCapture)
    const place = context.ordinal % this.most
    const oldest = this.contexts[place]
    if (oldest !== undefined) this.forget(oldest)
    this.contexts[place] = context
    if (number > 0) {
      let list = this.byNumber[protocol]
      if (list === undefined) {
        list = []
        this.byNumber[protocol] = list
      }
      list[number] = context
    } else this.bySession[session] = context
    this.open(context, context.ordinal)
    return context
  }

  private forget(oldest: Context): void {
    this.forgotten?.note('contexts that rules watch')
    this.leaving(oldest)
    this.open(oldest, 0)
    if (oldest.number === 0) this.bySession[oldest.session] = undefined
    else {
      const list = this.byNumber[oldest.protocol]
      if (list !== undefined) list[oldest.number] = undefined
    }
  }

  /** The oldest first. */
  *all(): IterableIterator<Context> {
    for (let ordinal = Math.max(1, this.made - this.most + 1); ordinal <= this.made; ordinal++)
      yield this.contexts[ordinal % this.most] as Context
  }
}

/** A locator of an end: made when new, else said again. */
export function locate(
  context: Context,
  end: End,
  address: number,
  how: Located['how'],
  message: string,
  authentication: ClaimAuthentication,
  signal: Signal,
  source: number,
): Located | null {
  if (address < 0) return null
  const side = context.sides[end]
  const known = side.locators.get(address)
  if (known !== undefined && known.withdrawnAt === NEVER) {
    known.refreshedAt = signal.time
    if (known.how === 'observed' && how !== 'observed') {
      known.how = how
      known.message = message
      known.authentication = authentication
      known.claimSource = source
    }
    return known
  }
  if (side.locators.size >= MAX_LOCATORS && known === undefined) return null
  const located = new Located(address, how, message, authentication, source, signal, known)
  side.locators.set(located)
  return located
}

/** Where packets of contexts were seen last: by flow * 2 + direction, -1 never. Inner flows count too, so the flow table's own times do not do. */
export interface Activity {
  flows: FlowTable
  /** any packet of a context */
  lastAt(at: number): number
  payloadAt(at: number): number
}

/** When the last packet came from it; -1: never. */
export function lastFrom(located: Located, activity: Activity): number {
  let last = -1
  for (const at of located.from) last = Math.max(last, activity.lastAt(at))
  return last
}

/** When the peer last sent data to a locator of `end`; -1: never seen. */
export function lastTo(context: Context, end: End, address: number, activity: Activity): number {
  let last = -1
  for (const located of context.sides[(1 - end) as End].locators.values())
    for (const at of located.from) if (activity.flows.receiver(at >> 1, at & 1) === address) last = Math.max(last, activity.payloadAt(at))
  return last
}

/** The locator of `end` that the peer sent data to last; -1: none. */
export function currentTo(context: Context, end: End, activity: Activity): number {
  let when = -1
  let address = -1
  for (const located of context.sides[(1 - end) as End].locators.values())
    for (const at of located.from)
      if (activity.payloadAt(at) > when) {
        when = activity.payloadAt(at)
        address = activity.flows.receiver(at >> 1, at & 1)
      }
  return address
}

/** When an end was last heard, from whatever locator. */
export function lastHeard(side: Side, activity: Activity): number {
  let last = -1
  for (const located of side.locators.values()) last = Math.max(last, lastFrom(located, activity))
  return last
}

/** Did an end use or name a locator before data went to the other one? What appears only afterwards was never left for it. */
export function preceded(one: Located, other: Located): boolean {
  return one.claimedAt <= other.firstTo
}

/** The locator that an end was last heard from or sent to, of those that were there before data went to the one given. */
export function formerLocator(side: Side, not: Located, activity: Activity): Located | null {
  let best: Located | null = null
  let when = -1
  for (const located of side.locators.values()) {
    if (located === not || !preceded(located, not)) continue
    const last = Math.max(lastFrom(located, activity), located.lastTo)
    if (last > when) {
      when = last
      best = located
    }
  }
  return best
}

export function verify(located: Located, how: string, time: number): void {
  if (located.verifiedAt !== NEVER) return
  located.verifiedAt = time
  located.verifiedHow = how
}

const NAMES: Partial<Record<SignalProtocol, string>> = {
  [SignalProtocol.Sctp]: 'SCTP association',
  [SignalProtocol.Mptcp]: 'MPTCP connection',
  [SignalProtocol.Hip]: 'HIP association',
  [SignalProtocol.Shim6]: 'Shim6 context',
  [SignalProtocol.Mip6]: 'Mobile IPv6 binding',
  [SignalProtocol.Ilnp]: 'ILNP session',
  [SignalProtocol.Lisp]: 'LISP traffic',
  [SignalProtocol.Ikev2]: 'IKEv2 security association',
  [SignalProtocol.Quic]: 'QUIC connection',
}

export function contextName(context: Context): string {
  return NAMES[context.protocol] ?? 'session'
}

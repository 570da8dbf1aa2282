/**
 * Contexts as the rules need them: who claimed which locator for an end when, from where and how well proven, what verified it, and what was
 * sent to it and heard from it since (threats.md 0.1 to 0.3). Contexts are known by the identifier pair's number that dissectors give
 * (`Signal.context`), or by their session. Sessions of SCTP and the families tell more when they are there; the book does without.
 * Bounded: 20,000 contexts (the oldest go), 64 locators an end.
 */

import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import type { Forgotten } from '../../../../dissectors/core/forgotten.ts'
import { takeOldest } from '../../../../dissectors/core/oldest.ts'
import type { ClaimAuthentication, Identifier, Signal } from '../../../../shared/signals.ts'
import { SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'

const MAX_CONTEXTS = 20_000
const MAX_LOCATORS = 64
const MAX_ROWS = 20
export const NEVER = Number.POSITIVE_INFINITY

export interface Rejection {
  time: number
  row: number
  text: string
  /** it came from the locator itself, not from a router on the way */
  own: boolean
}

export interface Located {
  /** id of the address table */
  address: number
  how: 'initial' | 'listed' | 'signalled' | 'observed'
  message: string
  authentication: ClaimAuthentication
  /** first claim, and the last that said it again */
  claimedAt: number
  refreshedAt: number
  claimRow: number
  /** address that the claim came from, its hop limit and capture interface */
  claimSource: number
  claimHops: number
  claimInterface: number
  /** seconds that the binding holds; -1: not said */
  lifetime: number
  /** when it runs out, ns */
  expiresAt: number
  verifiedAt: number
  verifiedHow: string
  withdrawnAt: number
  /** payload that the peer sent to it */
  firstTo: number
  lastTo: number
  packetsTo: number
  bytesTo: number
  /** the same while it was not verified */
  packetsUnverified: number
  bytesUnverified: number
  rows: number[]
  /** the threshold of a redirection was reached */
  redirected: boolean
  flooded: boolean
  holed: boolean
  overdue: boolean
  /** the peer said that it took the claim */
  acceptedAt: number
  /** what comes from it: flow * 2 + direction of the flow table, the first 32 */
  from: number[]
  /** it answered with a reset, an abort or an ICMP error of its own */
  rejections: Rejection[]
  /** highest unit sent to it, and how many were sent again */
  lastUnit: number
  resent: number
  /** payload of the last flood window */
  windowFrom: number
  windowBytes: number
  peakRate: number
}

/** The locators of an end, few: a list that is searched. */
export class Locators {
  private readonly list: Located[] = []

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
    const at = this.list.findIndex((one) => one.address === located.address)
    if (at < 0) this.list.push(located)
    else this.list[at] = located
  }

  values(): readonly Located[] {
    return this.list
  }
}

export interface Side {
  readonly locators: Locators
  identifiers: Identifier[]
  capabilities: readonly string[]
}

export interface Context {
  readonly key: string
  /** from 1, in their order */
  readonly ordinal: number
  readonly protocol: SignalProtocol
  /** session number, -1: none */
  session: number
  opened: number
  established: number
  closed: number
  midCapture: boolean
  readonly sides: readonly [Side, Side]
  /** shortest round trip as far as known, ns */
  rtt: number
}

function newSide(): Side {
  return { locators: new Locators(), identifiers: [], capabilities: [] }
}

export class ContextBook {
  private readonly contexts = new Map<string, Context>()
  /** contexts by session number, for those known by one */
  private readonly bySession: (Context | undefined)[] = []
  private readonly byNumber: (Context | undefined)[][] = []
  private made = 0

  constructor(private readonly forgotten: Forgotten | null = null) {}

  /** The context of a numbered identifier pair. */
  numbered(protocol: SignalProtocol, number: number): Context | undefined {
    return this.byNumber[protocol]?.[number]
  }

  ofSession(session: number): Context | undefined {
    return this.bySession[session]
  }

  get(protocol: SignalProtocol, number: number, session: number, time: number, midCapture: boolean): Context {
    const known = number > 0 ? this.numbered(protocol, number) : this.bySession[session]
    if (known !== undefined) {
      if (known.session < 0 && session >= 0) known.session = session
      return known
    }
    const key = number > 0 ? `${protocol}/${number}` : `s${session}`
    const context: Context = {
      key,
      ordinal: ++this.made,
      protocol,
      session,
      opened: time,
      established: -1,
      closed: -1,
      midCapture,
      sides: [newSide(), newSide()],
      rtt: NEVER,
    }
    if (this.contexts.size >= MAX_CONTEXTS) this.forget()
    this.contexts.set(key, context)
    if (number > 0) {
      let list = this.byNumber[protocol]
      if (list === undefined) {
        list = []
        this.byNumber[protocol] = list
      }
      list[number] = context
    } else this.bySession[session] = context
    return context
  }

  private forget(): void {
    const oldest = takeOldest(this.contexts) as Context
    this.forgotten?.note('contexts that rules watch')
    const { key } = oldest
    if (key.startsWith('s')) this.bySession[oldest.session] = undefined
    else {
      const list = this.byNumber[oldest.protocol]
      if (list !== undefined) list[Number(key.slice(key.indexOf('/') + 1))] = undefined
    }
  }

  all(): IterableIterator<Context> {
    return this.contexts.values()
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
  const located: Located = {
    address,
    how,
    message,
    authentication,
    claimedAt: signal.time,
    refreshedAt: signal.time,
    claimRow: signal.row,
    claimSource: source,
    claimHops: signal.hopLimit,
    claimInterface: signal.interface,
    lifetime: -1,
    expiresAt: NEVER,
    verifiedAt: known === undefined ? NEVER : known.verifiedAt,
    verifiedHow: known === undefined ? '' : known.verifiedHow,
    withdrawnAt: NEVER,
    firstTo: -1,
    lastTo: -1,
    packetsTo: 0,
    bytesTo: 0,
    packetsUnverified: 0,
    bytesUnverified: 0,
    rows: [],
    redirected: false,
    flooded: false,
    holed: false,
    overdue: false,
    acceptedAt: -1,
    from: [],
    rejections: [],
    lastUnit: -1,
    resent: 0,
    windowFrom: signal.time,
    windowBytes: 0,
    peakRate: 0,
  }
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

/** The locator that an end was heard from last before a time, other than the one given. */
export function formerLocator(side: Side, not: Located, activity: Activity): Located | null {
  let best: Located | null = null
  let when = -1
  for (const located of side.locators.values()) {
    if (located === not) continue
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

/** Keeps the rows that tell most: the first, and the first few of what followed. */
export function keepRow(rows: number[], row: number): void {
  if (row >= 0 && rows.length < MAX_ROWS && rows[rows.length - 1] !== row) rows.push(row)
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

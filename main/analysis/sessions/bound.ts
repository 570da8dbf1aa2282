/**
 * Sessions of protocols that name a pair of identifiers in their packets (HIP, Shim6, ILNP): found by the number that the dissector gave the
 * pair, whatever the addresses. One pair of the session stands for each locator pair, however many flows (control, ESP, inner ports) run on it.
 * Nothing acknowledges what they carry: a unit counts when it is seen. Bounded: 65,536 contexts, the oldest forgotten first.
 */
import type { Identifier } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { addPair } from '../locators.ts'
import type { End, Pair, SessionProtocol } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Listed } from './locator-claims.ts'
import type { Registry } from './registry.ts'

const MAX_CONTEXTS = 65_536
/** further flows of a pair that its packets are counted from */
const MAX_FLOWS = 16
const MAX_IDENTIFIERS = 32

export interface Bound {
  session: MultiSession
  /** the dissector's side that is the initiator here */
  initiator: 0 | 1
  /** payload packets by path * 2 + sender */
  carried: number[]
  /** what an establishment listed that has not ended yet, or that is not believed */
  listed: Listed[]
  /** address that each end prefers, -1 none said */
  preferred: [number, number]
  /** last payload of each end, and its first since the other was heard */
  sent: [Sent, Sent]
  /** ends that have spoken */
  spoke: [boolean, boolean]
}

export interface Sent {
  /** the last one before the other end was heard last */
  good: number
  goodRow: number
  last: number
  lastRow: number
  /** the first one since then, -1 none */
  first: number
  firstRow: number
}

export class BoundTable {
  private readonly byContext = new Map<number, Bound>()

  constructor(
    private readonly registry: Registry,
    private readonly protocol: SessionProtocol,
  ) {
    registry.canForget(protocol)
  }

  get(context: number): Bound | undefined {
    const bound = context === 0 ? undefined : this.byContext.get(context)
    return bound === undefined || this.registry.gone(bound.session.number) ? undefined : bound
  }

  set(context: number, bound: Bound): void {
    if (context === 0) return
    this.byContext.delete(context)
    if (this.byContext.size >= MAX_CONTEXTS) {
      this.registry.flows.forgotten.drop(this.byContext, 'contexts of HIP, Shim6 or ILNP')
    }
    this.byContext.set(context, bound)
  }

  /** A session of its own; null when there are too many. */
  make(initiator: 0 | 1, time: number, row: number): Bound | null {
    const session = this.registry.addMulti(this.protocol, time, row)
    if (session === null) return null
    session.impliedProof = true
    return boundTo(session, initiator)
  }

  /** Ends what has been silent: `over` says after how many ns, and whether it failed. */
  sweep(now: number, over: (bound: Bound) => { after: number; failed: boolean }): void {
    for (const [context, bound] of this.byContext) {
      const { session } = bound
      if (isOver(session)) {
        // A later establishment begins a session of its own: nothing of this one is needed any more.
        if (now - session.last > over(bound).after) this.byContext.delete(context)
        continue
      }
      const { after, failed } = over(bound)
      if (now - session.last < after) continue
      session.state = failed ? 'failed' : 'closed'
      session.closed = session.last
      if (!failed && session.closedWhy === '') session.closedWhy = 'nothing more was heard of it'
    }
  }
}

export function boundTo(session: MultiSession, initiator: 0 | 1): Bound {
  return { session, initiator, carried: [], listed: [], preferred: [-1, -1], sent: [nothingSent(), nothingSent()], spoke: [false, false] }
}

function nothingSent(): Sent {
  return { good: -1, goodRow: -1, last: -1, lastRow: -1, first: -1, firstRow: -1 }
}

export function isOver(session: MultiSession): boolean {
  return session.state === 'closed' || session.state === 'failed'
}

export function endOf(bound: Bound, side: 0 | 1): End {
  return (side === bound.initiator ? 0 : 1) as End
}

/** 'opportunistic' stands for an identifier that is not known yet. */
export function identify(session: MultiSession, end: End, { kind, value }: Identifier): void {
  const endpoint = session.endpoints[end]
  const list = endpoint.identifiers
  if (kind !== 'opportunistic' && list.length < MAX_IDENTIFIERS && !list.some((i) => i.kind === kind && i.value === value))
    endpoint.identify({ kind, value })
}

/** The pair that stands for the signal's locator pair; null when it has none and `make` is false, or there are too many. */
export function pairFor(registry: Registry, session: MultiSession, signal: Signal, sender: End, make: boolean): Pair | null {
  const { flow, direction } = signal
  if (flow < 0) return null
  const { flows } = registry
  const from = flows.sender(flow, direction)
  const to = flows.receiver(flow, direction)
  for (const pair of session.pairs) {
    const { ends } = pair.way
    if (ends[sender] !== from || ends[1 - sender] !== to) continue
    if (pair.flow !== flow) further(registry, pair, flow)
    return pair
  }
  if (!make) return null
  const pair = addPair(session, flows, flow, (sender === 0) === (direction === 0), sender, signal.time, signal.row)
  if (pair !== null) own(registry, session, flow)
  return pair
}

function further(registry: Registry, pair: Pair, flow: number): void {
  if (pair.further === null) pair.further = []
  else if (pair.further.includes(flow)) return
  if (pair.further.length >= MAX_FLOWS) return
  pair.further.push(flow)
  own(registry, pair.session, flow)
}

/** Flows that are no other session's are this one's, so that lists and ICMP errors find it. */
function own(registry: Registry, session: MultiSession, flow: number): void {
  const number = registry.sessionOfFlow(flow)
  const old = registry.multiOf(number)
  if (number < 0 || registry.gone(number) || (old !== null && old.protocol === session.protocol && isOver(old)))
    registry.assign(flow, session.number)
}

/** Notes for the bounds of an outage which data is known to have had an answer after it. */
export function noteSent(bound: Bound, sender: End, time: number, row: number, payload: boolean): void {
  const theirs = bound.sent[1 - sender] as Sent
  if (theirs.first >= 0 || theirs.good < theirs.last) {
    theirs.good = theirs.last
    theirs.goodRow = theirs.lastRow
    theirs.first = -1
  }
  if (!payload) return
  const own = bound.sent[sender]
  own.last = time
  own.lastRow = row
  if (own.first < 0) {
    own.first = time
    own.firstRow = row
  }
}

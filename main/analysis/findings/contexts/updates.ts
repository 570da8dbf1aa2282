/**
 * What a signal changes in its context, before the rules hear of it: who an end is, its locators, what was claimed, withdrawn, accepted, verified,
 * and that it is over. A function for each kind of signal, chosen once: most kinds never come in a capture, and what is compiled for one is not
 * thrown away when another comes.
 */
import type { ClaimAnswerDetail, ClaimDetail, CloseDetail, OpenDetail, VerifyDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Thresholds } from '../thresholds.ts'
import { type Context, type ContextBook, type Located, locate, NEVER } from './book.ts'
import type { Claimants } from './claimants.ts'
import type { Seen } from './rule.ts'

/** Of these no rule asks how their ends are called. */
const UNNAMED = new Set([SignalProtocol.Sctp, SignalProtocol.Ikev2, SignalProtocol.Quic])

/** What updates are made in: the tracker. */
export interface Ground {
  readonly book: ContextBook
  readonly claimants: Claimants
  readonly limits: Readonly<Thresholds>
  establish(context: Context, time: number): void
  watch(context: Context, end: End, located: Located): void
  proven(context: Context, located: Located, how: string, time: number): void
  fromSession(session: MultiSession, context: Context, end: End, located: Located): void
  /** the binding to an address runs out then */
  expire(address: number, time: number): void
}

/** `side` sent the signal that is `seen`. */
export type Update = (seen: Seen, context: Context, side: End) => void

/** What takes up signals of this kind; null: they change nothing. */
export function updateOf(ground: Ground, protocol: SignalProtocol, kind: SignalKind): Update | null {
  switch (kind) {
    case SignalKind.Opening:
    case SignalKind.Opened: {
      const named = !UNNAMED.has(protocol)
      return (seen, context, side) => opening(ground, seen, context, side, named)
    }
    case SignalKind.Claimed:
      return (seen, context, side) => claimed(ground, seen, context, side, seen.signal.detail as ClaimDetail)
    case SignalKind.Withdrawn:
      return withdrawn
    case SignalKind.ClaimAnswered:
      return (seen, context, side) => claimAnswered(ground, seen.signal, context, side)
    case SignalKind.Verified:
      return (seen, context, side) => verified(ground, seen, context, side, seen.signal.detail as VerifyDetail)
    case SignalKind.ProbeAnswered:
      return ({ session }, context) => probeAnswered(ground, session, context)
    case SignalKind.Closed:
      return (seen, context) => closed(ground, seen, context, seen.signal.detail as CloseDetail)
    case SignalKind.Refused:
      return ({ signal, source }, context) =>
        ground.claimants.rejected(source, context, signal.time, signal.row, (signal.detail as CloseDetail).message, true)
    default:
      return null
  }
}

function opening(ground: Ground, { signal, source }: Seen, context: Context, side: End, named: boolean): void {
  const detail = signal.detail as OpenDetail
  if (detail.joinToken !== null) return
  if (detail.capabilities !== undefined) context.sides[side].capabilities = detail.capabilities
  if (named && detail.sender.length > 0) context.sides[side].identifiers = [...detail.sender]
  if (context.established < 0) locate(context, side, source, 'initial', detail.message, 'A1', signal, source)
  if (signal.kind === SignalKind.Opened) ground.establish(context, signal.time)
}

function claimed(ground: Ground, { signal, source }: Seen, context: Context, side: End, detail: ClaimDetail): void {
  const address = detail.wildcard && detail.address < 0 ? source : detail.address
  if (address < 0) return
  const wrong = detail.authentication === 'AX'
  const mobile = context.protocol === SignalProtocol.Mip6
  const initial = context.established < 0 && address === source && !wrong && !mobile
  const known = context.sides[side].locators.get(address)
  const located = locate(context, side, address, initial ? 'initial' : detail.how, detail.message, detail.authentication, signal, source)
  if (located === null) return
  if (known === located && !wrong && located.verifiedAt === NEVER) located.authentication = detail.authentication
  if (mobile && !wrong) located.message = detail.message
  if (detail.lifetime !== undefined && detail.lifetime > 0 && !wrong) lives(ground, context, located, detail.lifetime, signal.time)
  if (located.how !== 'initial' && located.verifiedAt === NEVER) ground.watch(context, side, located)
}

function withdrawn({ signal }: Seen, context: Context, side: End): void {
  const detail = signal.detail as ClaimDetail
  if (detail.authentication === 'AX' || detail.authentication === 'A0') return
  const located = context.sides[side].locators.get(detail.address)
  if (located !== undefined) located.withdrawnAt = signal.time
}

function claimAnswered(ground: Ground, signal: Signal, context: Context, side: End): void {
  const detail = signal.detail as ClaimAnswerDetail
  const located = context.sides[1 - side]?.locators.get(detail.address)
  if (located === undefined || !detail.accepted) return
  located.acceptedAt = signal.time
  if (detail.lifetime !== undefined && detail.lifetime > 0) lives(ground, context, located, detail.lifetime, signal.time)
}

/** Bindings to correspondents hold 7 minutes at most, whatever they say (RFC 6275 section 5.2.7). */
function lives(ground: Ground, context: Context, located: Located, seconds: number, time: number): void {
  const limited = context.protocol === SignalProtocol.Mip6 && located.message === 'BU'
  located.lifetime = seconds
  located.refreshedAt = time
  located.expiresAt = time + (limited ? Math.min(seconds * 1e9, ground.limits.bindingMost) : seconds * 1e9)
  ground.expire(located.address, located.expiresAt)
}

function verified(ground: Ground, seen: Seen, context: Context, side: End, detail: VerifyDetail): void {
  if (detail.authentication === 'AX') return
  const ends = [detail.source ?? seen.source, detail.destination ?? seen.destination]
  // What a report of a probe proves belongs to the end that sent the probe.
  for (const address of ends)
    for (const end of [side, (1 - side) as End]) {
      const located = context.sides[end].locators.get(address)
      if (located !== undefined && located.verifiedAt === NEVER) ground.proven(context, located, detail.message, seen.signal.time)
    }
}

function probeAnswered(ground: Ground, session: MultiSession | null, context: Context): void {
  if (session === null) return
  for (const end of [0, 1] as const)
    for (const located of context.sides[end].locators.values()) ground.fromSession(session, context, end, located)
}

function closed(ground: Ground, { signal, source }: Seen, context: Context, detail: CloseDetail): void {
  if (detail.authentication === 'AX' || detail.authentication === 'A0') return
  if (detail.abrupt) ground.claimants.rejected(source, context, signal.time, signal.row, detail.message, true)
  if (detail.abrupt || detail.final) ground.book.close(context, signal.time)
}

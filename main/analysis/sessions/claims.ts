/**
 * Claims that wait for their answer: an address is added, taken back or preferred when the peer accepts it. Bounded to 32 a session.
 * An answer is tied to its claim by serial and correlation (RFC 5061 section 4.1), or by address id (RFC 8684 section 3.4.1).
 */
import type { ClaimAnswerDetail } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { addEvidence } from '../evidence.ts'
import { type End, type Pair, type PendingClaim, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

const MAX_CLAIMS = 32

export function noteClaim(
  session: MultiSession,
  by: End,
  pair: Pair,
  signal: Signal,
  claim: Pick<
    PendingClaim,
    'what' | 'address' | 'addressId' | 'serial' | 'correlation' | 'authentication' | 'message' | 'port' | 'wildcard'
  > &
    Partial<Pick<PendingClaim, 'against'>>,
): PendingClaim {
  for (const c of session.claims)
    if (
      c.by === by &&
      c.what === claim.what &&
      c.serial === claim.serial &&
      c.correlation === claim.correlation &&
      c.address === claim.address &&
      c.authentication === claim.authentication &&
      c.answered === null
    )
      return c
  const { what, address, addressId, serial, correlation, authentication, message, port, wildcard, against = false } = claim
  const pending: PendingClaim = {
    what,
    by,
    address,
    addressId,
    serial,
    correlation,
    time: signal.time,
    row: signal.row,
    authentication,
    message,
    port,
    pair: pair.index,
    wildcard,
    against,
    answered: null,
  }
  session.claims = withOne(session.claims, pending, MAX_CLAIMS)
  if (claim.authentication !== 'AX')
    addEvidence(session, {
      class: claim.what === 'prefer' ? 'policy' : 'peer',
      what: claim.what === 'prefer' ? 'preference' : claim.what === 'add' ? 'claim' : 'withdrawal',
      path: pair.path,
      time: signal.time,
      until: signal.time,
      count: 1,
      by,
      rows: [signal.row],
      text: claim.message,
    })
  return pending
}

/** The claim that an answer speaks of; marks it answered. */
export function answerClaim(session: MultiSession, by: End, answer: ClaimAnswerDetail, time: number): PendingClaim | null {
  for (let i = session.claims.length - 1; i >= 0; i--) {
    const c = session.claims[i] as PendingClaim
    if (c.by !== by || c.answered !== null) continue
    const tied =
      answer.correlation !== null
        ? c.correlation === answer.correlation && c.serial === answer.serial
        : c.addressId !== null && c.addressId === answer.addressId && c.what === 'add'
    if (!tied) continue
    c.answered = time
    return c
  }
  return null
}

/**
 * What SCTP endpoints say of their addresses, in the handshake and by ASCONF (RFC 5061): an addition, deletion or preference counts when it is
 * acknowledged (section 5.2). And how associations end: an ABORT with a wrong tag closes nothing (RFC 9260 section 8.5.1).
 */
import type { ClaimAnswerDetail, ClaimDetail, CloseDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { addLocator, findLocator, removeLocator } from '../locators.ts'
import { ADDRESS, NO_ADDRESS } from '../mark-log.ts'
import type { End, Pair } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { answerClaim, noteClaim } from './claims.ts'

export function onClaim(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimDetail): void {
  const { time, row } = signal
  if (d.how === 'listed') {
    const known = findLocator(session, sender, d.address)
    const locator = addLocator(session, sender, d.address, 'listed', d.message, d.authentication, time, row)
    if (known === null && locator !== null)
      session.mark(time, 'claimed', sender, pair.index, row, `${d.message} lists ${ADDRESS}`, d.address)
    return
  }
  const path = session.paths[pair.path] as { ends: [number, number] }
  const adds = signal.kind === SignalKind.Claimed
  const address = d.wildcard && adds ? path.ends[sender] : d.address
  const all = d.wildcard && !adds
  noteClaim(session, sender, pair, signal, {
    what: adds ? 'add' : 'remove',
    address,
    addressId: null,
    serial: d.serial,
    correlation: d.correlation,
    authentication: d.authentication,
    message: d.message,
    port: null,
    wildcard: d.wildcard,
  })
  const text = `${d.message} ${all ? 'all but this address' : ADDRESS}${trust(d.authentication)}`
  session.mark(time, adds ? 'claimed' : 'withdrawn', sender, pair.index, row, text, all ? NO_ADDRESS : address)
}

export function onClaimAnswer(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimAnswerDetail): void {
  const { time, row } = signal
  const claim = answerClaim(session, (1 - sender) as End, d, time)
  if (claim === null) return
  if (!d.accepted) {
    session.mark(
      time,
      'refused',
      sender,
      pair.index,
      row,
      `${d.message} refuses ${ADDRESS}${d.cause === null ? '' : `: ${d.cause}`}`,
      claim.address,
    )
    return
  }
  if (claim.what === 'add') {
    const locator = addLocator(session, claim.by, claim.address, 'signalled', 'ASCONF', claim.authentication, claim.time, claim.row)
    if (locator !== null && locator.rows.length < 10) locator.rows.push(row)
    session.mark(time, 'claimed', sender, pair.index, row, `${d.message} accepts ${ADDRESS}`, claim.address)
  } else if (claim.what === 'remove') {
    const keep = claim.wildcard
      ? ((session.paths[(session.pairs[claim.pair] as Pair).path] as { ends: [number, number] }).ends[claim.by] as number)
      : -1
    for (const locator of [...session.endpoints[claim.by].locators]) {
      if (locator.removed !== null || (claim.wildcard ? locator.address === keep : locator.address !== claim.address)) continue
      removeLocator(session, claim.by, locator.address, claim.time, row)
    }
    session.mark(time, 'withdrawn', sender, pair.index, row, `${d.message} accepts that ${ADDRESS} goes`, claim.address)
  } else
    session.mark(claim.time, 'preferred', claim.by, pair.index, claim.row, `Set Primary IP Address ${ADDRESS}, accepted`, claim.address)
}

export function onClosed(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: CloseDetail): void {
  const { time, row } = signal
  if (session.state === 'closed' || session.state === 'failed') return
  if (d.authentication === 'A0' || d.authentication === 'AX') {
    session.mark(time, 'refused', sender, pair.index, row, `${d.message} with a wrong verification tag, without effect`)
    return
  }
  const why = d.cause === null ? '' : `: ${d.cause}`
  session.mark(time, 'closed', sender, pair.index, row, `${d.message}${why}`)
  if (d.abrupt || d.final) {
    session.state = session.state === 'opening' ? 'failed' : 'closed'
    session.closed = time
    session.closedWhy = `${d.message}${why}`
  } else session.state = 'closing'
}

function trust(level: string): string {
  if (level === 'AX') return ', authentication proven wrong'
  if (level === 'A3v') return ', authenticated'
  if (level === 'A3u') return ', authentication not checkable'
  return level === 'A0' || level === 'A1' ? ', not authenticated' : ''
}

/**
 * What the messages of an IKE SA say of its locators: the handshake's addresses, further ones that MOBIKE lists (RFC 4555 section 3.6), updates
 * (section 3.5), return routability (section 3.7), and exchanges as probes of the pair they are on. Without keys an INFORMATIONAL request of
 * the initiator from another address stands for the update that it hides. Refuses what a wrong checksum says. Cost: IKE messages are rare.
 */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  IdentifyDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { SignalKind } from '../../../../shared/signals.ts'
import { addLocator, findLocator, removeLocator, verifyLocator, verifyPair } from '../../locators.ts'
import { ADDRESS, NO_ADDRESS } from '../../mark-log.ts'
import { BOTH, type End, type Locator, type Pair, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { answerClaim, noteClaim } from '../claims.ts'
import { onProbe, onProbeAnswer } from '../probes.ts'
import { addIdentifiers } from '../sessions-by-id.ts'
import type { Sa } from './sa.ts'

export function take(sa: Sa, pair: Pair, sender: End, signal: Signal): void {
  const { session } = sa
  const { time, row } = signal
  switch (signal.kind) {
    case SignalKind.Opening:
    case SignalKind.Opened:
      handshake(sa, pair, sender, signal, signal.detail as OpenDetail)
      break
    case SignalKind.Identified: {
      const d = signal.detail as IdentifyDetail
      unsealed(sa)
      if (d.authentication !== 'AX') addIdentifiers(session, sender, d.sender)
      break
    }
    case SignalKind.Claimed:
    case SignalKind.Withdrawn:
      claim(sa, pair, sender, signal, signal.detail as ClaimDetail)
      break
    case SignalKind.Preferred:
      update(sa, pair, sender, signal, signal.detail as PreferDetail)
      break
    case SignalKind.ClaimAnswered:
      answer(session, pair, sender, signal, signal.detail as ClaimAnswerDetail)
      break
    case SignalKind.Probed:
      asked(sa, pair, sender, signal, signal.detail as ProbeDetail)
      break
    case SignalKind.ProbeAnswered:
      answered(sa, pair, sender, signal, signal.detail as ProbeDetail)
      break
    case SignalKind.Verified: {
      const d = signal.detail as VerifyDetail
      if (d.authentication === 'AX') break
      verifyPair(session, pair, `${d.message} came back`, time, row)
      // It proves more than an answered request did.
      pair.verifiedHow = `${d.message} came back`
      for (const end of [0, 1] as const) {
        const locator = findLocator(session, end, pair.way.ends[end])
        if (locator !== null) locator.verifiedHow = pair.verifiedHow
      }
      break
    }
    case SignalKind.Refused: {
      const d = signal.detail as CloseDetail
      session.mark(time, 'refused', sender, pair.index, row, `${d.message}: ${d.cause ?? 'refused'}`)
      if (session.state === 'opening') {
        session.state = 'failed'
        session.closed = time
        session.closedWhy = d.cause ?? d.message
      }
      break
    }
    case SignalKind.Closed: {
      const d = signal.detail as CloseDetail
      if (session.state === 'closed') break
      session.mark(time, 'closed', sender, pair.index, row, `${d.message} of the IKE SA`)
      session.state = 'closing'
      session.closedWhy = d.message
      sa.deletion = sa.lastRequest[sender]
      break
    }
    case SignalKind.Noted: {
      const { message } = signal.detail as { message: string }
      session.mark(time, 'other', sender, pair.index, row, message)
      // RFC 5685 section 3: the answer to IKE_SA_INIT names the gateway to try instead
      if (sender === 1 && session.state === 'opening' && message.startsWith(REDIRECTED))
        session.turnedAway = { text: `redirected to ${message.slice(REDIRECTED.length)}`, row }
      break
    }
  }
}

const REDIRECTED = 'REDIRECT to '

/** The keys at hand open its messages. */
function unsealed(sa: Sa): void {
  sa.readable = true
  sa.session.sealed = false
}

function handshake(sa: Sa, pair: Pair, sender: End, signal: Signal, d: OpenDetail): void {
  const { session } = sa
  const { time, row } = signal
  const peer = (1 - sender) as End
  addIdentifiers(session, sender, d.sender)
  addIdentifiers(session, peer, d.receiver)
  session.mark(time, 'opened', sender, pair.index, row, d.message)
  if (d.step <= 2) {
    if (d.step === 1 && session.stepTime(0) >= 0) session.setStepTime(0, -1)
    else if (d.step === 1) session.setStepTime(0, time)
    else if (session.stepTime(1) < 0) {
      session.setStepTime(1, time)
      const first = session.stepTime(0)
      if (first >= 0) session.rtt = Math.max(1e5, time - first)
    }
    addLocator(session, 0, pair.way.ends[0], 'initial', 'IKE_SA_INIT', 'A1', time, row)
    addLocator(session, 1, pair.way.ends[1], 'initial', 'IKE_SA_INIT', d.step === 1 ? 'A0' : 'A1', time, row)
    if (session.state === 'failed' && d.step === 2) session.state = 'opening'
    return
  }
  sa.exchange = time
  session.sealed = !sa.readable
  if (session.stepTime(2) < 0) session.setStepTime(2, time)
  if (d.step === 3) return
  session.state = 'established'
  session.closed = null
  pair.state = 'active'
  // With translation on the way the exchange begins on port 500 and goes on on port 4500 (RFC 7296 section 2.23): a path, not a further trial.
  for (const first of session.pairs) {
    if (first === pair || first.way !== pair.way || first.state !== 'opening') continue
    first.state = 'closed'
    first.closedAt = time
  }
  for (const end of [0, 1] as const) addLocator(session, end, pair.way.ends[end], 'initial', 'IKE_AUTH', 'A1', time, row)
  verifyPair(session, pair, 'IKE_AUTH answered', time, row)
}

function claim(sa: Sa, pair: Pair, sender: End, signal: Signal, d: ClaimDetail): void {
  const { session } = sa
  const { time, row } = signal
  unsealed(sa)
  if (d.authentication === 'AX') return
  const own = pair.way.ends[sender]
  if (signal.kind === SignalKind.Withdrawn) {
    // RFC 4555 section 3.6: the new list stands for all addresses but those in use.
    const gone: Locator[] = []
    for (const locator of session.endpoints[sender].locators)
      if (locator.removed === null && locator.address !== own) {
        locator.removed = time
        if (locator.rows.length < 10) locator.rows.push(row)
        gone.push(locator)
      }
    sa.replaced = { row, locators: gone }
    session.mark(time, 'withdrawn', sender, pair.index, row, `${d.message}: a new list of its further addresses`)
    return
  }
  if (sa.replaced !== null && sa.replaced.row === row) {
    const kept = sa.replaced.locators.find((l) => l.address === d.address)
    if (kept !== undefined) {
      kept.removed = null
      return
    }
  }
  const known = findLocator(session, sender, d.address)
  addLocator(session, sender, d.address, d.how, d.message, d.authentication, time, row)
  if (known !== null) return
  session.mark(time, 'claimed', sender, pair.index, row, `${d.message} ${ADDRESS}${trust(d.authentication)}`, d.address)
  if (d.how === 'signalled') note(session, sender, pair, signal, d.message, d.address, d.serial, d.authentication)
}

function note(
  session: MultiSession,
  by: End,
  pair: Pair,
  signal: Signal,
  message: string,
  address: number,
  serial: number | null,
  authentication: ClaimDetail['authentication'],
): void {
  noteClaim(session, by, pair, signal, {
    what: 'add',
    address,
    addressId: null,
    serial,
    correlation: 0,
    authentication,
    message,
    port: null,
    wildcard: false,
  })
}

/** UPDATE_SA_ADDRESSES: the pair of this request is the new one (RFC 4555 section 3.5). */
function update(sa: Sa, pair: Pair, sender: End, signal: Signal, d: PreferDetail): void {
  const { session } = sa
  const { time, row } = signal
  unsealed(sa)
  if (d.authentication === 'AX') return
  const address = pair.way.ends[sender]
  const peer = (1 - sender) as End
  addLocator(session, sender, address, 'signalled', d.message, d.authentication, time, row)
  addLocator(session, peer, pair.way.ends[peer], 'observed', d.message, 'A1', time, row)
  session.mark(time, 'claimed', sender, pair.index, row, `${d.message}: from now on ${ADDRESS}${trust(d.authentication)}`, address)
  note(session, sender, pair, signal, d.message, address, d.serial, d.authentication)
}

function answer(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimAnswerDetail): void {
  const { time, row } = signal
  const asker = (1 - sender) as End
  // One request may claim several addresses; its response answers them all.
  let answered = false
  while (answerClaim(session, asker, { ...d, correlation: 0 }, time) !== null) answered = true
  if (d.accepted) {
    if (answered) session.mark(time, 'claimed', sender, pair.index, row, `${d.message}: accepted`)
    return
  }
  session.mark(time, 'refused', sender, pair.index, row, `${d.message}: ${d.cause ?? 'refused'}`)
  if (session.lastMark >= 0) removeLocator(session, asker, unaccepted(session, asker, pair), time, row)
}

/** The address that a refused update asked for, unless data ran over it before. */
function unaccepted(session: MultiSession, asker: End, pair: Pair): number {
  return session.pairs.some((p) => p.payloadUnits > 0 && p.way.ends[asker] === pair.way.ends[asker]) ? -1 : pair.way.ends[asker]
}

function asked(sa: Sa, pair: Pair, sender: End, signal: Signal, d: ProbeDetail): void {
  // COOKIE2 comes with a request that is a probe of its own.
  if (d.message === 'COOKIE2' || d.authentication === 'AX') return
  const { session } = sa
  const { time } = signal
  session.sealed = !sa.readable
  if (d.message.startsWith('CREATE_CHILD_SA')) sa.exchange = time
  const known = sa.active[sender] < 0 ? -1 : sa.active[sender]
  const before = sa.lastAsked[sender]
  if (before >= 0 && time - before >= SECOND && (sa.detection === 0 || time - before < sa.detection)) sa.detection = time - before
  sa.lastAsked[sender] = time
  sa.lastRequest[sender] = d.match
  onProbe(session, sender, pair, signal, { ...d, match: `${d.match}@${pair.path}` })
  // Without keys this is all that is seen of UPDATE_SA_ADDRESSES, which only the initiator sends (mobike.md, passive inference).
  const address = pair.way.ends[sender]
  const initiator = sender === (sa.flipped ? 1 : 0)
  if (initiator && !sa.readable && known >= 0 && pair.path !== known && session.paths[known]?.ends[sender] !== address)
    note(session, sender, pair, signal, `${d.message} from another address`, address, serialOf(d.match), 'A1')
}

function answered(sa: Sa, pair: Pair, sender: End, signal: Signal, d: ProbeDetail): void {
  if (d.message === 'COOKIE2' || d.authentication === 'AX') return
  const { session } = sa
  const { time, row } = signal
  if (d.message.startsWith('CREATE_CHILD_SA')) sa.exchange = time
  if (session.state === 'closing' && d.match === sa.deletion) {
    session.state = 'closed'
    session.closed = time
    session.finished = BOTH
    session.mark(time, 'closed', sender, pair.index, row, 'the DELETE was answered')
  }
  const probe = onProbeAnswer(session, sender, signal, { ...d, match: `${d.match}@${pair.path}` })
  if (probe === null) return
  const asker = probe.by
  // Only on the path in use is it dead peer detection; elsewhere a path is tried out for a move.
  if (sa.active[asker] !== probe.path) session.answeredOn = session.answeredOn.slice(0, -1)
  if (!sa.readable) answerClaim(session, asker, answerTo(d, serialOf(d.match)), time)
  const authentication = d.authentication
  for (const end of [0, 1] as const) addLocator(session, end, pair.way.ends[end], 'observed', 'INFORMATIONAL', authentication, time, row)
  verifyLocator(session, sender, pair.way.ends[sender], `${d.message.split(' ')[0]} answered`, time, row)
  if (pair.verifiedAt === null) {
    pair.verifiedAt = time
    pair.verifiedHow = `${d.message.split(' ')[0]} answered`
    session.mark(time, 'verified', asker, pair.index, row, pair.verifiedHow)
  }
  if (pair.state === 'opening') pair.state = 'active'
  if (!sa.proven.some((p) => p.path === pair.path && p.by === asker) && sa.proven.length < 32)
    sa.proven.push({ path: pair.path, by: asker })
}

/** Message id out of 'i7' or 'r7'. */
function serialOf(match: string): number | null {
  const id = Number(match.slice(1))
  return Number.isInteger(id) ? id : null
}

function answerTo(d: ProbeDetail, serial: number | null): ClaimAnswerDetail {
  const { message, authentication } = d
  return { message, accepted: true, serial, correlation: 0, addressId: null, address: NO_ADDRESS, authentication, cause: null }
}

function trust(level: string): string {
  return level === 'A3v' ? ', authenticated' : level === 'A3u' ? ', authentication not checkable' : ''
}

/**
 * How MPTCP connections and their subflows end (RFC 8684 sections 3.3.3, 3.5 and 3.7): DATA_FIN and FASTCLOSE the connection, FIN and RST the
 * subflow; a join that is reset before it was confirmed is refused. What shows a wrong key ends nothing.
 */
import type { CloseDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { addEvidence } from '../evidence.ts'
import { type End, NEITHER, type Pair, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { patience } from '../resent.ts'

/** Of a connection of which only resets were seen; headlines know it by these words. */
export const NOTHING_ELSE = 'nothing else of it was seen'

function onlyReset(pair: Pair): boolean {
  return pair.state === 'reset' && pair.payloadUnits === 0 && pair.verifiedAt === null && pair.answeredAt === null
}

export function onClosed(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: CloseDetail): void {
  const { time, row } = signal
  const why = d.cause === null ? '' : `: ${d.cause}`
  if (d.message === 'DATA_FIN' || d.message === 'MP_FASTCLOSE') {
    if (session.state === 'closed') return
    if (d.authentication === 'AX') {
      session.mark(time, 'refused', sender, pair.index, row, `${d.message} with a wrong key, without effect`)
      return
    }
    session.finish(sender)
    session.mark(time, 'closed', sender, pair.index, row, `${d.message}${why}`)
    if (d.abrupt || (session.finished[0] && session.finished[1])) endConnection(session, time, `${d.message}${why}`)
    else session.state = 'closing'
    return
  }
  const unproven = (pair.state === 'opening' || pair.state === 'confirming') && (session.pairs.length > 1 || pair.opener === 1)
  if (signal.kind === SignalKind.Refused || (d.abrupt && unproven)) {
    if (pair.state === 'refused' || (pair.state === 'reset' && pair.verifiedAt === null)) return
    // A connection that ends takes the joins that wait along: nobody refused them.
    if (unproven && (session.state === 'closing' || session.state === 'closed')) {
      pair.state = 'reset'
      pair.closedAt = time
      session.mark(time, 'closed', sender, pair.index, row, 'join given up: the connection ends')
      return
    }
    const first = pair.index === 0 && session.pairs.length === 1
    pair.state = 'refused'
    pair.closedAt = time
    session.mark(time, 'refused', sender, pair.index, row, `join refused: ${d.message}${why}`)
    session.refusals = withOne(session.refusals, { reason: `${d.message}${why}`, pair: pair.index, rows: [pair.openedRow, row] })
    if (first && session.state === 'opening') {
      session.state = 'failed'
      session.closed = time
    }
    return
  }
  if (d.abrupt) {
    // Each segment that still comes is answered by one more.
    if (pair.state === 'reset') return
    pair.state = 'reset'
    pair.closedAt ??= time
    session.mark(time, 'closed', sender, pair.index, row, `subflow reset${why}`)
    addEvidence(session, {
      class: 'transport',
      what: 'reset',
      path: pair.path,
      time,
      until: time,
      count: 1,
      by: sender,
      rows: [row],
      text: `subflow reset${why}`,
    })
    // Met as it ended: that a connection was there is all that is known, and that it goes on is not.
    if (session.midCapture && !session.tagKnown[0] && !session.tagKnown[1] && session.pairs.every((p) => onlyReset(p)))
      endConnection(session, time, `RST${why}; ${NOTHING_ELSE}`)
  } else if (pair.closedAt === null) {
    pair.closedAt = time
    pair.state = 'closed'
    session.mark(time, 'closed', sender, pair.index, row, 'subflow closed (FIN)')
  }
  if (session.fallback && (d.abrupt || d.final)) endConnection(session, time, d.message)
}

/**
 * New data of a connection. An MP_FASTCLOSE whose key cannot be checked, for the handshake was before the capture, ended nothing when new data
 * is sent long after it was due.
 */
export function outlives(session: MultiSession, time: number, sender: End, pair: number, row: number): void {
  if (session.state !== 'closed' || session.closed === null || !session.midCapture || !session.closedWhy.startsWith('MP_FASTCLOSE')) return
  if (time - session.closed <= patience(session)) return
  session.state = 'established'
  session.closed = null
  session.closedWhy = ''
  session.finished = NEITHER
  session.mark(time, 'refused', sender, pair, row, 'the connection goes on: the MP_FASTCLOSE had no effect')
}

export function endConnection(session: MultiSession, time: number, why: string): void {
  if (session.state === 'closed') return
  session.state = 'closed'
  session.closed = time
  session.closedWhy = why
}

export function fallBack(session: MultiSession, pair: Pair, sender: End, signal: Signal, message: string | null): void {
  if (session.fallback) return
  if (message !== null && (message === 'MP_FAIL' || message === 'infinite mapping')) {
    session.mark(signal.time, 'other', sender, pair.index, signal.row, `fallback to TCP: ${message}`)
    return
  }
  session.fallback = true
  session.mark(signal.time, 'other', sender, pair.index, signal.row, `fallback to TCP${message === null ? '' : `: ${message}`}`)
}

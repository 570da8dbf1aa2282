/**
 * The last data that is known to have got through on the pair a session left, where nothing acknowledges data (HIP, Shim6, ILNP). An end that
 * explores says that it hears nothing (RFC 5534 section 4.3); a peer that had sent regularly and falls silent says the same. What was sent into
 * such a silence does not date the outage: rehoming.md section 5, t_last_good is the last packet received via the old pair.
 */
import type { Candidate } from './candidate.ts'
import { type End, type Path, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'

/** Corrects what the candidate takes for the last good unit on its old pair; true when one end fell silent there before the move. */
export function proveLast(session: MultiSession, sender: End, candidate: Candidate): boolean {
  if (!session.impliedProof || candidate.ack >= 0) return false
  for (const u of session.unproven) {
    if (u.by !== sender || u.path !== candidate.from || u.until > candidate.time || u.good < 0 || u.good >= candidate.lastTime) continue
    if (candidate.lastTime > u.until + 5 * SECOND) continue
    // it speaks of this silence only when the last unit on the old pair was sent in it
    if (u.first < 0 ? candidate.lastTime < u.good : candidate.lastTime < u.first) continue
    cut(candidate, u.good, u.goodRow, u.first, u.firstRow)
    return true
  }
  const silent = silentSince(session, sender, candidate)
  if (silent >= 0) cut(candidate, silent, candidate.lastRow, -1, -1)
  return silent >= 0 || leftAlone(session, sender, candidate)
}

/** The sender itself fell silent on the old pair while its peer went on sending there: what it sent did not get through. */
function leftAlone(session: MultiSession, sender: End, candidate: Candidate): boolean {
  const peer = session.paths[candidate.from]?.lastPayload(1 - sender) ?? -1
  return peer - candidate.lastTime > Math.max(0.25 * SECOND, 3 * session.rtt, 5 * candidate.medianGap)
}

function cut(candidate: Candidate, time: number, row: number, first: number, firstRow: number): void {
  candidate.lastTime = time
  candidate.lastRow = row
  candidate.lastAck = -1
  candidate.silence = candidate.time - time
  if (candidate.firstLostTime >= 0 || first < 0) return
  candidate.firstLostTime = first
  candidate.firstLostRow = firstRow
}

/**
 * When the peer was heard last on the old pair, where it had been sending data regularly, then fell silent and went on with the move;
 * -1: it was not silent, or stays so for reasons of its own.
 */
function silentSince(session: MultiSession, sender: End, candidate: Candidate): number {
  const path = session.paths[candidate.from] as Path
  const peer = session.directions[1 - sender]
  const heard = sender === 0 ? path.heardResponder : path.heardInitiator
  if (peer === undefined || heard < 0 || heard > candidate.lastTime) return -1
  if ((session.paths[candidate.to]?.lastPayload(1 - sender) ?? -1) < candidate.time) return -1
  let units = 0
  for (let i = peer.count - 1; i >= 0; i--) if (peer.path(i) === candidate.from && peer.time(i) > heard - 10 * SECOND) units++
  if (units < 5) return -1
  const usual = peer.medianGap(heard)
  const silence = candidate.lastTime - heard
  return silence > Math.max(0.25 * SECOND, 3 * session.rtt, 5 * usual) ? heard : -1
}

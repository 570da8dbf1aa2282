/**
 * From a confirmed candidate to a rehoming: its judgement, label, and whether it belongs together with the move of the other direction.
 * FAIL-BACK: to a pair that was the primary or that the session had left before. FLAP: the third and later moves within 60 s.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { Candidate } from './candidate.ts'
import type { Direction } from './direction.ts'
import { blames, failedDirection, failedOfBoth } from './failure.ts'
import { claimFor, measureMove, verifiedBefore } from './metrics.ts'
import { type End, type Rehoming, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { isRebinding } from './rebinding.ts'
import { decide, dueTime } from './rehoming.ts'
import type { Move } from './triggers/context.ts'
import { judgeTrigger } from './triggers/judge.ts'
import { proveLast } from './unproven.ts'
import type { World } from './world.ts'

/** score of a trigger that is only assumed */
const UNEXPLAINED = 30

/** Decides what is due; true when a move was found. `number` gives rehomings their numbers over all sessions. */
export function settle(session: MultiSession, flows: FlowTable, world: World, now: number, final: boolean, number: () => number): boolean {
  let found = false
  const whole = session.directions
  for (const lane of session.lanes ?? [whole]) {
    session.directions = lane
    for (const sender of [0, 1] as const) {
      for (const candidate of decide(session, sender, now, final)) {
        record(session, flows, world, sender, candidate, now, number)
        found = true
      }
    }
  }
  session.directions = whole
  return found
}

/** May the other direction, or another inner flow, still turn out to have moved along, and measure the move anew? */
export function maybeJoined(session: MultiSession, move: Rehoming): boolean {
  return (session.lanes ?? [session.directions]).some((lane) =>
    lane.some((direction) =>
      direction.candidates.some((c) => c.from === move.from && c.to === move.to && Math.abs(c.time - move.time) <= c.window),
    ),
  )
}

function record(
  session: MultiSession,
  flows: FlowTable,
  world: World,
  sender: End,
  candidate: Candidate,
  now: number,
  number: () => number,
): void {
  if (isRebinding(session, flows, sender, candidate)) return
  const fellSilent = proveLast(session, sender, candidate)
  if (candidate.began !== null)
    Object.assign(candidate, candidate.began, { isNew: false, silence: candidate.began.time - candidate.began.lastTime })
  const move = describe(session, flows, world, sender, candidate, fellSilent)
  const decidedAt = Math.min(Math.max(now, candidate.time), dueTime(session, candidate))
  // Both directions between the same pairs within H are one move, and so are those of several inner flows.
  const twin = session.rehomings.find(
    (r) =>
      r.from === candidate.from &&
      r.to === candidate.to &&
      (session.lanes !== null || (r.direction !== 2 && r.direction !== sender)) &&
      Math.abs(r.time - candidate.time) <= candidate.window,
  )
  if (twin !== undefined) {
    if (twin.direction !== sender) twin.direction = 2
    const before = twin.report
    const rank = rankOf(session, sender, candidate)
    const other = judge(move)
    const [first, second] = candidate.time < twin.time ? [other, before] : [before, other]
    if (measures(rank, other, twin)) Object.assign(twin, { report: other, rank })
    // Only the end that explored knows when it noticed.
    if (session.impliedProof) twin.report.metrics.detection ??= (twin.report === before ? other : before).metrics.detection
    if (candidate.time < twin.time)
      Object.assign(twin, {
        time: candidate.time,
        row: candidate.row,
        signalled: claimFor(move) !== null,
        verifiedBefore: verifiedBefore(session, candidate),
      })
    twin.report = causedBy(twin.report, first, second, twin.time, twin.row)
    twin.decidedAt = Math.max(twin.decidedAt, decidedAt)
    return
  }
  const report = judge(move)
  // A scheduler that shares the load may leave a pair out for a while: without a word or a failure nothing moved (LOAD-SHARED goes before REHOMED).
  if (candidate.shared && report.trigger.score <= UNEXPLAINED) return
  const back = candidate.to === session.primaryPath || session.rehomings.some((r) => r.from === candidate.to)
  const burst =
    session.rehomings.filter((r) => (r.direction === sender || r.direction === 2) && Math.abs(candidate.time - r.time) <= 60 * SECOND)
      .length >= 2
  const rehoming: Rehoming = {
    number: number(),
    direction: sender,
    from: candidate.from,
    to: candidate.to,
    fromPair: pairOn(session, candidate.from),
    toPair: candidate.pair,
    time: candidate.time,
    row: candidate.row,
    decidedAt,
    label: burst ? 'FLAP' : back && session.rehomings.length > 0 ? 'FAIL-BACK' : 'REHOMED',
    rank: rankOf(session, sender, candidate),
    tentative: candidate.tentative || session.inferred?.includes(candidate.pair) === true,
    signalled: claimFor(move) !== null,
    verifiedBefore: verifiedBefore(session, candidate),
    report,
  }
  session.rehomings = session.rehomings.concat(rehoming).sort((a, b) => a.time - b.time)
}

/**
 * Which direction measures what a move of both cost, the lower the better: one whose data was seen to arrive, or was acknowledged, before one
 * that nothing answers; then the one that sends more often, for the other was silent for want of data.
 */
function rankOf(session: MultiSession, sender: End, candidate: Candidate): number {
  const unproven = candidate.ack < 0 && session.capturedEnd === sender
  return candidate.medianGap + (unproven ? 1e15 : 0)
}

/** Both that send about as often wanted data alike: the move was over when the later of them had arrived. */
function measures(rank: number, report: Rehoming['report'], twin: Rehoming): boolean {
  if (rank > 1.5 * twin.rank || twin.rank > 1.5 * rank) return rank < twin.rank
  return (report.metrics.outage?.value ?? 0) > (twin.report.metrics.outage?.value ?? 0)
}

function describe(session: MultiSession, flows: FlowTable, world: World, sender: End, candidate: Candidate, fellSilent: boolean): Move {
  const path = session.paths[candidate.from]
  // Delivered until just now: within the usual gap of data that flows, within a round trip otherwise. A session that rarely sends proves nothing.
  const usual = Math.max(3 * candidate.medianGap, 1.25 * candidate.longestGap)
  const atWork = candidate.silence <= Math.max(Math.min(usual, SECOND), session.rtt, 0.05 * SECOND)
  const lastGood = Math.max(candidate.lastTime, candidate.lastAck < 0 ? 0 : Math.min(candidate.lastAck, candidate.time))
  return {
    session,
    candidate,
    sender,
    flows,
    world,
    lastGood: path === undefined ? candidate.lastTime : lastGood,
    healthy: atWork && candidate.firstLostTime < 0,
    captured: session.capturedEnd,
    fellSilent,
  }
}

type Judgement = Rehoming['report']

function judge(move: Move): Judgement {
  const { winner, candidates } = judgeTrigger(move)
  const { session, candidate } = move
  const path = session.paths[candidate.from]
  const worked = workedOn(move)
  return {
    trigger: winner,
    candidates,
    metrics: measureMove(move),
    failedDirection: failedDirection(move, winner, worked),
    healthy: move.healthy,
    spurious: worked && blames(winner),
    worked,
    rows: [...new Set([candidate.lastRow, candidate.row, ...(candidate.dataRow >= 0 ? [candidate.dataRow] : [])])],
    lastGood: candidate.lastTime,
    lastOnOld: path === undefined ? null : Math.max(path.heardInitiator, path.heardResponder),
  }
}

/**
 * Both directions moved: what made the first one go was the cause. Of what explains the other only that counts which had happened by then, for
 * the second may follow the first, or a word that was sent after it.
 */
function causedBy(report: Judgement, first: Judgement, second: Judgement, time: number, row: number): Judgement {
  const early = second.candidates.filter((c) => c.time <= time)
  const candidates = first.candidates.concat()
  for (const c of early) {
    const rows = c.rows.filter((r) => r === row || r !== c.moved)
    const told = candidates.findIndex((k) => k.class === c.class && (k.text === c.text || (c.fact !== undefined && k.fact === c.fact)))
    const known = candidates[told]
    if (known === undefined) candidates.push({ ...c, rows })
    else if (c.fact !== undefined) candidates[told] = { ...known, rows: known.rows.concat(rows.filter((r) => !known.rows.includes(r))) }
  }
  candidates.sort((a, b) => b.score - a.score || a.time - b.time)
  const trigger = candidates[0] ?? first.trigger
  const spurious = report.worked && blames(trigger)
  const failed = failedOfBoth(report, report === first ? second : first, trigger)
  return {
    ...report,
    trigger,
    candidates,
    spurious,
    failedDirection: failed,
    rows: report.rows.includes(row) ? report.rows : [...report.rows, row],
  }
}

/**
 * The old pair, taken for dead, delivered a heartbeat's answer or a unit within 3 s after the move. An answer that the captured end sends
 * may be lost yet: only one that comes in counts, where that can be told.
 */
function workedOn(move: Move): boolean {
  const { session, candidate, sender } = move
  const within = (time: number): boolean => time > candidate.time && time <= candidate.time + 3 * SECOND
  const end = session.capturedEnd
  if (within((session.directions[sender] as Direction).lastOn(candidate.from))) return true
  return session.answeredOn.some((a) => a.path === candidate.from && within(a.time) && (end === a.by || (end !== 0 && end !== 1)))
}

function pairOn(session: MultiSession, path: number): number {
  let best = -1
  for (const pair of session.pairs) {
    if (pair.path !== path) continue
    if (best < 0 || pair.lastPayload > (session.pairs[best] as (typeof session.pairs)[number]).lastPayload) best = pair.index
  }
  return best
}

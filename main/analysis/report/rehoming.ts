/** A rehoming as the report shows it. */
import { isPause } from '../../../shared/outage.ts'
import type { RehomingReport, TriggerCandidate } from '../../../shared/report.ts'
import type { Pair, Rehoming } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { goodputOf } from './goodput.ts'
import { pairReport, pathBetween, rehomingId, type Scope, sessionId } from './scope.ts'
import { directionName, frames, metric, milliseconds, seconds } from './text.ts'

export function rehomingReport(scope: Scope, session: MultiSession, r: Rehoming): RehomingReport {
  const { clock } = scope
  const j = r.report
  const from = session.paths[r.from] as { ends: [number, number] }
  const to = session.paths[r.to] as { ends: [number, number] }
  const goodput = goodputOf(session, r, scope.now)
  const initiator = from.ends[0] !== to.ends[0]
  const responder = from.ends[1] !== to.ends[1]
  const candidates: TriggerCandidate[] = j.candidates.map((c) => ({
    class: c.class,
    t: clock.epoch(c.time),
    score: c.score,
    frames: frames(c.rows),
    detail: c.text,
  }))
  return {
    id: rehomingId(r.number),
    session: sessionId(session.number),
    t: clock.epoch(r.time),
    decidedAt: clock.epoch(r.decidedAt),
    direction: directionName(r.direction),
    from: pairReport(scope, session, session.pairs[r.fromPair] as Pair),
    to: pairReport(scope, session, session.pairs[r.toPair] as Pair),
    moved: initiator && responder ? 'both' : initiator ? 'initiator' : 'responder',
    label: r.label,
    trigger: { class: j.trigger.class, score: j.trigger.score, frames: frames(j.trigger.rows), candidates },
    metrics: {
      outage: metric(j.metrics.outage),
      detection: metric(j.metrics.detection),
      signalling: metric(j.metrics.signalling),
      switch: metric(j.metrics.switch),
      lost: count(j.metrics.lost),
      retransmitted: count(j.metrics.retransmitted),
      duplicated: count(j.metrics.duplicated),
      reordered: count(j.metrics.reordered),
      acknowledged: metric(j.metrics.acknowledged),
      goodputRatio: metric(goodput.ratio),
      goodputOf: goodput.basis,
      steady: metric(goodput.steady),
      notObservable: [...j.metrics.hidden, ...goodput.hidden],
      parts: j.metrics.parts,
    },
    signalled: r.signalled,
    verifiedBefore: r.verifiedBefore,
    tentative: r.tentative,
    threats: [],
    frames: frames([...j.rows, ...j.trigger.rows]),
    survived: !brokenAfter(session, r),
    frame: r.row + 1,
    failedDirection: j.failedDirection,
    spurious: j.spurious,
    headline: rehomingHeadline(scope, session, r),
  }
}

/** Was the session over within 30 s, and another one in its place? */
function brokenAfter(session: MultiSession, r: Rehoming): boolean {
  return session.replacedBy >= 0 && session.closed !== null && session.closed - r.time <= 30e9
}

function count(found: { value: number; rows: number[] } | null): { value: number; frames: number[] } | null {
  return found === null ? null : { value: found.value, frames: frames(found.rows) }
}

export function rehomingHeadline(scope: Scope, session: MultiSession, r: Rehoming): string {
  const [from, to] = [pathBetween(scope, session, r.from, r.to), pathBetween(scope, session, r.to, r.from)]
  const verb = r.label === 'FAIL-BACK' ? 'Back' : 'Moved'
  return `${verb} from ${from} to ${to} at ${seconds(r.time)} ${r.report.trigger.clause}${cost(r)}`
}

/** What a move cost, in brackets. Where everything sent was delivered at once, a long outage is the application's own silence. */
export function cost(r: Rehoming): string {
  const { outage, lost } = r.report.metrics
  if (outage === null) return ''
  if (!isPause(r.report)) return ` (${milliseconds(outage.value)} without delivery)`
  // what the capture does not show it does not rule out
  return lost === null
    ? ` (after a pause of ${milliseconds(outage.value)})`
    : ` (nothing lost, ${milliseconds(outage.value)} between deliveries)`
}

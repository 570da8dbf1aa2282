/**
 * Probes (HEARTBEAT, MP_JOIN SYN) and their answers, tied by what the answer repeats and never by address: a HEARTBEAT ACK may come from
 * another address than the one probed (RFC 9260 section 8.3). Keeps the last 128 unanswered probes of a session.
 */
import type { ProbeDetail } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { addEvidence } from '../evidence.ts'
import { type End, type Pair, type Probe, SECOND, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

const MAX_PROBES = 128

export function onProbe(session: MultiSession, by: End, pair: Pair, signal: Signal, detail: ProbeDetail): void {
  const { time, row } = signal
  const probe = { match: detail.match, path: pair.path, pair: pair.index, by, time, row, passed: -1 }
  session.probes = withOne(session.probes, probe, MAX_PROBES)
  markProbe(session, by, pair, time, row, `${detail.message} sent`)
}

/** Tells of a probe on the timeline; of one that is no heartbeat this is all that is kept. */
export function markProbe(session: MultiSession, by: End, pair: Pair, time: number, row: number, text: string): void {
  // Thinned: the first on a pair, and the first after an answer or a gap.
  const { log } = session
  for (let at = session.lastMark, n = 0; at >= 0 && n < 40; at = log.previous(at), n++) {
    if (log.is(at, 'probed') && log.pairOf(at) === pair.index && log.directionOf(at) === by && time - log.timeOf(at) < 10 * SECOND) {
      log.addRow(at, row, 20)
      return
    }
  }
  session.mark(time, 'probed', by, pair.index, row, text)
}

/** The probe that this answers; null when it is unknown or already answered. */
export function onProbeAnswer(session: MultiSession, by: End, signal: Signal, detail: ProbeDetail): Probe | null {
  const prober = (1 - by) as End
  for (let i = session.probes.length - 1; i >= 0; i--) {
    const probe = session.probes[i] as Probe
    if (probe.match !== detail.match || probe.by !== prober) continue
    const target = (path: number): number => (session.paths[path] as { ends: [number, number] }).ends[by] as number
    const older = session.probes.filter(
      (p) => p.by === prober && p.passed < 0 && p.time < probe.time && target(p.path) === target(probe.path),
    )
    session.probes = session.probes.filter((p) => p !== probe)
    const answered = { path: probe.path, by: prober, time: signal.time, rows: [probe.row, signal.row] }
    session.answeredOn = withOne(session.answeredOn, answered, 32)
    const pair = session.pairs[probe.pair]
    if (pair !== undefined) {
      const trip = signal.time - probe.time
      if (trip > 0 && trip < 10 * SECOND) pair.rtt = pair.rtt === null ? trip : pair.rtt * 0.875 + trip * 0.125
    }
    const missed = older.filter((p) => probe.time - p.time < 60 * SECOND)
    if (missed.length > 0) {
      addEvidence(session, {
        class: 'heartbeat',
        what: 'heartbeat-answered-again',
        path: probe.path,
        time: signal.time,
        until: signal.time,
        count: missed.length,
        by: prober,
        rows: [...missed.map((p) => p.row), probe.row, signal.row].slice(-20),
        text: `${detail.message} again after ${missed.length} unanswered`,
      })
      // What came before an answer is no longer a run of unanswered probes.
      for (const p of older) if (p.path === probe.path) p.passed = signal.time
    }
    return probe
  }
  return null
}

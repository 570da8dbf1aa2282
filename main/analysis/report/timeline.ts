/** What happened to a session in time order: its own marks, its moves, and what the link log and routers said of its interfaces meanwhile. */
import type { TimelineEntry } from '../../../shared/report.ts'
import type { Mark } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { interruptedFor, interruptionsOf } from './interruptions.ts'
import { markLabel } from './mark-label.ts'
import { networkMarks } from './network.ts'
import { rehomingHeadline } from './rehoming.ts'
import { pairReport, type Scope } from './scope.ts'
import { directionName, frames } from './text.ts'

const KEPT = 700

export function timeline(scope: Scope, session: MultiSession): TimelineEntry[] {
  const { clock } = scope
  const marks: Mark[] = [...session.marks]
  for (const pair of session.pairs) {
    if (pair.lastPayload === -1) continue
    if (session.closed === null && scope.now - pair.lastPayload < 2e9) continue
    marks.push({
      time: pair.lastPayload,
      kind: 'payload-stopped',
      direction: -1,
      pair: pair.index,
      rows: [pair.lastPayloadRow],
      text: 'last data on this pair',
    })
  }
  for (const r of session.rehomings)
    marks.push({
      time: r.time,
      kind: 'rehomed',
      direction: r.direction,
      pair: r.toPair,
      rows: r.report.rows,
      text: rehomingHeadline(scope, session, r),
    })
  for (const one of interruptionsOf(scope, session))
    marks.push({
      time: one.from,
      kind: 'other',
      direction: one.direction as -1 | 0 | 1 | 2,
      pair: session.pairs.findIndex((p) => p.path === one.path),
      rows: [...one.rows],
      text: interruptedFor(one),
    })
  const end = session.closed ?? scope.now
  const interfaces = session.paths.map((p) => p.interface)
  const ends = session.paths.flatMap((p) => p.ends)
  for (const one of networkMarks(scope, interfaces, ends, session.opened, end)) marks.push({ ...one, direction: -1, pair: -1 })
  marks.sort((a, b) => a.time - b.time)
  const out: TimelineEntry[] = marks.slice(0, KEPT).map((m) => {
    const pair = session.pairs[m.pair]
    return {
      t: clock.epoch(m.time),
      kind: m.kind,
      direction: m.direction < 0 ? null : directionName(m.direction),
      pair: pair === undefined ? null : pairReport(scope, session, pair),
      frames: frames(m.rows),
      detail: m.kind === 'retransmitted' && m.rows.length > 1 ? `${m.text} (${m.rows.length} packets)` : m.text,
      label: markLabel(m.kind, m.text),
    }
  })
  const dropped = session.marksDropped + Math.max(0, marks.length - KEPT)
  const last = out[out.length - 1]
  if (dropped > 0 && last !== undefined)
    out.push({ t: last.t, kind: 'other', direction: null, pair: null, frames: [], detail: `${dropped} further marks were not kept` })
  return out
}

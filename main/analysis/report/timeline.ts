/** What happened to a session in time order: its own marks, its moves, and what the link log and routers said of its interfaces meanwhile. */
import type { TimelineEntry } from '../../../shared/report.ts'
import type { Mark } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { covers } from '../routing-facts.ts'
import { interruptedFor, interruptionsOf } from './interruptions.ts'
import { markLabel } from './mark-label.ts'
import { rehomingHeadline } from './rehoming.ts'
import { pairReport, type Scope } from './scope.ts'
import { directionName, frames } from './text.ts'

const KEPT = 700

export function timeline(scope: Scope, session: MultiSession): TimelineEntry[] {
  const { clock, world } = scope
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
  const names = new Set(session.paths.map((p) => world.interfaceName(p.interface)))
  const end = session.closed ?? scope.now
  for (const event of world.events) {
    if (event.time < session.opened - 1e9 || event.time > end + 1e9) continue
    const { what, interfaceName, message } = event.detail
    if (interfaceName !== null && !names.has(interfaceName)) continue
    const link = what === 'link-down' || what === 'link-up' || what === 'address-removed' || what === 'address-added'
    if (!link && what !== 'route-removed' && what !== 'route-added') continue
    marks.push({ time: event.time, kind: link ? 'link' : 'routing', direction: -1, pair: -1, rows: event.rows, text: message })
  }
  const ends = session.paths.flatMap((p) => p.ends.map((a) => scope.flows.addresses.get(a)))
  for (const fact of world.facts.list) {
    if (fact.time < session.opened || fact.time > end) continue
    if (fact.interface >= 0 && !session.paths.some((p) => p.interface === fact.interface)) continue
    if (fact.interface < 0 && !ends.some((a) => covers(fact, a))) continue
    marks.push({ time: fact.time, kind: 'routing', direction: -1, pair: -1, rows: fact.rows, text: fact.text })
  }
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

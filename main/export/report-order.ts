/**
 * The whole report put in the order that people read it: sessions worst first, each with its rehomings and findings.
 * Refuses nothing; ties keep the order of the report. Cost: one sort.
 */
import { isPause, longestWithout, worstOutage as worstOf } from '../../shared/outage.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import type { FindingReport, RehomingReport, Report } from '../../shared/report.ts'
import type { SessionExport } from './session-export.ts'
import { addressesOf, bytes, count, fateOf, firstOf, metric, milliseconds, plural, seconds, unknown } from './words.ts'

export interface OrderedReport {
  sessions: SessionExport[]
  /** findings that belong to no session of the report */
  findings: FindingReport[]
  headline: string
}

const severityWeight: Record<FindingReport['severity'], number> = { info: 0, low: 1, medium: 10, high: 100, critical: 1000 }

export function orderReport(report: Report): OrderedReport {
  const rehomingsOf = gather(report.rehomings, (one) => one.session)
  const findingsOf = gather(report.findings, (one) => one.session)
  const sessions = report.sessions.map((session) => ({
    session,
    rehomings: rehomingsOf.get(session.id) ?? [],
    findings: findingsOf.get(session.id) ?? [],
    captures: report.captures,
    generator: report.generator,
  }))
  const weights = new Map(sessions.map((one) => [one, badness(one)]))
  sessions.sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
  const known = new Set(report.sessions.map((session) => session.id))
  const names = report.captures.map((capture) => capture.path.split(/[\\/]/).at(-1) ?? capture.path)
  const counts = [
    plural(report.sessions.length, 'session'),
    plural(report.rehomings.length, 'rehoming'),
    plural(report.findings.length, 'finding'),
  ]
  return {
    sessions,
    findings: report.findings.filter((one) => one.session === null || !known.has(one.session)),
    headline: `${counts[0]}, ${counts[1]}, ${counts[2]} in ${names.length <= 2 ? names.join(' and ') : plural(names.length, 'capture')}`,
  }
}

function gather<T>(list: readonly T[], key: (one: T) => string | null): Map<string | null, T[]> {
  const map = new Map<string | null, T[]>()
  for (const one of list) {
    const known = map.get(key(one))
    if (known === undefined) map.set(key(one), [one])
    else known.push(one)
  }
  return map
}

function badness({ session, rehomings, findings }: SessionExport): number {
  let weight = rehomings.length * 100 + (longestWithout(session, rehomings) ?? 0) / 10
  const carried = session.pairs.some((pair) => pair.payloadBytes > 0)
  // what broke comes first; what never came up, datagrams without an answer and resets are daily business
  if (session.replacedBy || (session.state === 'failed' && carried && session.protocol !== 'udp')) weight += 10_000
  else if (session.state === 'failed') weight += 20
  // asked for again, and not up: a connection that is asked for as the capture ends is no news
  else if (session.state === 'opening' && session.protocol !== 'udp' && session.pairs.some((pair) => pair.packets > 1)) weight += 10
  weight += (session.noFailover?.length ?? 0) * 20
  for (const one of findings) weight += severityWeight[one.severity] ?? 0
  // among sessions without events, those with standby paths are what people look for
  return weight + Math.min(5, session.pairs.length - 1)
}

export function worstOutage(rehomings: readonly RehomingReport[]): number | null {
  return worstOf(rehomings)
}

/** Has something to tell beyond its line in the table. */
export function eventful({ session, rehomings, findings }: SessionExport): boolean {
  return (
    rehomings.length > 0 ||
    findings.length > 0 ||
    session.pairs.length > 1 ||
    session.state === 'failed' ||
    Boolean(session.replaces) ||
    Boolean(session.replacedBy) ||
    (session.noFailover?.length ?? 0) > 0
  )
}

/** One line of the table of sessions, in words. */
export function sessionLine({ session, rehomings }: SessionExport): string[] {
  const last = session.pairs.reduce((latest, pair) => Math.max(latest, pair.last), session.closed ?? session.opened)
  return [
    session.id,
    protocolName(session.protocol),
    fateOf(session, 0)[0] ?? session.state,
    firstOf(addressesOf(session.endpoints[0]), 4, 'address', 'addresses').join(', ') || unknown,
    firstOf(addressesOf(session.endpoints[1]), 4, 'address', 'addresses').join(', ') || unknown,
    count(rehomings.length),
    rehomings.length === 0 && !session.interruptions?.length ? unknown : milliseconds(longestWithout(session, rehomings)),
    seconds(last - session.opened),
    bytes(session.pairs.reduce((sum, pair) => sum + pair.bytes, 0)),
  ]
}

/** One line of the table of rehomings, in words, without its time. */
export function rehomingLine(one: RehomingReport): string[] {
  return [
    one.id,
    one.session,
    `${one.trigger.class} (${one.trigger.score})`,
    isPause(one) ? `none (${metric(one.metrics.outage)} of silence)` : metric(one.metrics.outage),
    metric(one.metrics.detection),
    one.metrics.lost === null ? 'not observable' : count(one.metrics.lost.value),
  ]
}

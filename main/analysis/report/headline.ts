/** One sentence that answers: which path, since when, why (and why not the other). */
import type { MultiSession, Path } from '../model.ts'
import { rehomingHeadline } from './rehoming.ts'
import { pathWords, type Scope } from './scope.ts'
import { seconds } from './text.ts'

export function multiHeadline(scope: Scope, session: MultiSession): string {
  const last = session.rehomings[session.rehomings.length - 1]
  const over = session.closed !== null ? ` until it ended (${session.closedWhy}) at ${seconds(session.closed)}` : ''
  if (last !== undefined) {
    const n = session.rehomings.length
    return `${rehomingHeadline(scope, session, last)}${n > 1 ? ` (${n} moves in all)` : ''}${session.closed === null ? '' : `; ended (${session.closedWhy}) at ${seconds(session.closed)}`}`
  }
  const carrying = session.paths.filter((p) => session.pairs.some((pair) => pair.path === p.index && pair.payloadUnits > 0))
  if (carrying.length === 0) {
    if (session.state === 'failed' || session.state === 'opening') {
      const icmp = session.evidence.find((e) => e.class === 'icmp')
      return `Never came up: no answer on ${pathWords(scope, session, 0)} since ${seconds(session.opened)}${icmp === undefined ? '' : `, ${icmp.text}`}`
    }
    return `No data yet; open on ${pathWords(scope, session, 0)} since ${seconds(session.opened)}`
  }
  const refused = session.refusals[0]
  const why = refused === undefined ? others(session) : `; a further pair was refused: ${refused.reason}`
  if (carrying.length === 1) {
    const path = carrying[0] as Path
    const since = Math.min(...session.pairs.filter((p) => p.path === path.index && p.firstPayload >= 0).map((p) => p.firstPayload))
    return `On ${pathWords(scope, session, path.index)} since ${seconds(since)}${over}${session.fallback ? '; MPTCP fell back to TCP' : ''}${why}`
  }
  const labels = new Set(session.directions.flatMap((d) => d.labels.map((l) => l.label)))
  const current = carrying.reduce((a, b) => (Math.max(...a.lastPayload) >= Math.max(...b.lastPayload) ? a : b))
  if (labels.has('BICAST')) return `Sends every unit on ${carrying.length} pairs (bicast)${over}`
  if (labels.has('LOAD-SHARED'))
    return `Shared its data over ${carrying.length} pairs, last on ${pathWords(scope, session, current.index)}${over}`
  return `Used ${carrying.length} pairs without moving for good, last on ${pathWords(scope, session, current.index)}${over}`
}

function others(session: MultiSession): string {
  const ready = session.pairs.filter((p) => p.payloadUnits === 0 && p.verifiedAt !== null && p.closedAt === null)
  if (ready.length > 0) return `; ${ready.length} further pair${ready.length === 1 ? '' : 's'} verified and unused`
  return session.paths.length > 1 ? '' : '; no other pair was known'
}

/**
 * RFC 4177 section 7 answered for a session (rehoming.md section 6): what was observed where the capture shows it, what the specification fixes
 * where nothing speaks against it, and 'not observed' where neither holds. Confidence 0 to 100; every observed answer names its frames.
 * Payload is not read: 7.1.c is answered for identifiers only. Cost: the session's own lists, and those of its host pair for 7.2.b.
 */
import type { QuestionnaireAnswer, SessionReport } from '../../../../shared/report.ts'
import type { Locator, Rehoming } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Scope } from '../scope.ts'
import { frames, milliseconds } from '../text.ts'
import { type Defaults, defaultsOf } from './defaults.ts'
import { fateSharing } from './fate-sharing.ts'

export function questionnaire(scope: Scope, session: MultiSession): NonNullable<SessionReport['questionnaire']> {
  const d = defaultsOf(session.protocol)
  const moves = session.rehomings
  return {
    '7.1.a': token(session, session.capturedEnd === 1 ? 1 : 0, d),
    '7.1.b': token(session, session.capturedEnd === 1 ? 0 : 1, d),
    '7.1.c': { value: 'not observed: payload is not read', confidence: 0, source: 'observed', frames: [] },
    '7.1.d': mapping(session, d),
    '7.1.e': fallback(session, d),
    '7.1.f': discovery(session, d),
    '7.1.g': selection(session, d),
    '7.1.h': exits(scope, session),
    '7.2.a': careful(session),
    '7.2.b': fateSharing(scope, session),
    '7.2.c': triggers(moves, d),
    '7.2.d': notice(moves),
    '7.2.e': direction(moves),
    '7.3.a': parameters(session, 0),
    '7.3.b': parameters(session, 1),
    '7.3.c': exitChange(session),
    '7.3.d': adding(session, d),
    '7.4.a': precondition(moves, d),
    '7.4.b': confirmation(session, d),
    '7.4.c': fixed(d.transport, d),
    '7.5.a': fixed(d.removal, d),
    '7.5.b': fixed(d.cached, d),
  }
}

function fixed(value: string, d: Defaults): QuestionnaireAnswer {
  if (d.source === '') return UNSEEN
  return { value, confidence: 60, source: 'protocol-default', reference: d.source, frames: [] }
}

function seen(value: string, confidence: number, rows: number[]): QuestionnaireAnswer {
  return { value, confidence, source: 'observed', frames: frames(rows).slice(0, 20) }
}

const UNSEEN: QuestionnaireAnswer = { value: 'not observed', confidence: 0, source: 'observed', frames: [] }

function token(session: MultiSession, end: 0 | 1, d: Defaults): QuestionnaireAnswer {
  const ids = session.endpoints[end].identifiers.filter((i) => i.kind !== 'port')
  if (ids.length === 0) return fixed(d.token, d)
  const shown = ids.slice(0, 3).map((i) => `${i.kind} ${i.value}`)
  return seen(shown.join(', ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : ''), 95, [session.openedRow])
}

function mapping(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  const up = session.marks.find((m) => m.kind === 'opened' && m.time >= session.opened)
  const first = session.pairs.reduce((t, p) => (p.firstPayload >= 0 && p.firstPayload < t ? p.firstPayload : t), Number.POSITIVE_INFINITY)
  if (session.midCapture || up === undefined || first === Number.POSITIVE_INFINITY) return fixed(d.mapping, d)
  const before = up.time <= first
  return seen(before ? 'before data' : 'after data: the session ran before its context was there', 90, up.rows)
}

function fallback(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  if (session.fallback) return seen('fell back to plain TCP, silently', 95, [session.openedRow])
  const refused = session.refusals[0]
  if (refused !== undefined) return seen(`a further pair was refused (${refused.reason}); the session stayed as it was`, 90, refused.rows)
  if (session.boundRow >= 0) return seen('the responder forbade the initiator to move (disable_active_migration)', 95, [session.boundRow])
  return fixed(d.fallback, d)
}

const HOW: Readonly<Record<Locator['how'], string>> = {
  initial: 'from the first packet',
  listed: 'listed in the handshake',
  signalled: 'signalled later',
  observed: 'by data that came from them',
}

function discovery(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  const locators = session.endpoints.flatMap((e) => e.locators)
  if (locators.length === 0) return fixed(d.discovery, d)
  const kinds = [...new Set(locators.map((l) => `${HOW[l.how]}${l.signal === null ? '' : ` (${l.signal})`}`))]
  return seen(
    kinds.slice(0, 5).join('; '),
    90,
    locators.flatMap((l) => l.rows.slice(0, 1)),
  )
}

function selection(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  const preference = session.evidence.filter((e) => e.what === 'preference')
  if (preference.length > 0)
    return seen(
      'an end named its preference',
      90,
      preference.flatMap((e) => e.rows),
    )
  const used = session.paths.filter((p) => p.lastData >= 0)
  if (session.directions.some((x) => x.labels.some((l) => l.label === 'LOAD-SHARED')))
    return seen('several pairs at once, by a scheduler', 85, lastOf(session))
  if (used.length === 1 && session.paths.length > 1) return seen('the first pair, kept', 70, [session.openedRow])
  return fixed(d.selection, d)
}

/** Each source address on one exit, or not: by the interfaces where the paths were seen. */
function exits(scope: Scope, session: MultiSession): QuestionnaireAnswer {
  const end = session.capturedEnd
  // An interface is one end's: where both were captured, or it does not show which, nobody knows whose exit it is.
  if (end === 2) return { ...UNSEEN, value: 'not observable: both ends were captured, and whose exit an interface is does not show' }
  if (end !== 0 && end !== 1) return { ...UNSEEN, value: 'not observable: nothing shows at which end this was captured' }
  const exit = new Map<number, Set<number>>()
  for (const path of session.paths) {
    const source = path.ends[end]
    const set = exit.get(source) ?? new Set<number>()
    set.add(path.interface)
    exit.set(source, set)
  }
  const odd = [...exit].filter(([, set]) => set.size > 1).map(([address]) => scope.flows.addresses.text(address))
  if (odd.length > 0) return seen(`no: ${odd.slice(0, 3).join(', ')} was seen on more than one interface`, 80, lastOf(session))
  return seen(exit.size > 1 ? 'yes: each source address left by one interface' : 'one source address, one interface', 75, lastOf(session))
}

/** A packet of each pair: its last data, or its first packet where it carried none. */
function lastOf(session: MultiSession): number[] {
  return session.pairs.map((pair) => (pair.lastPayload === -1 ? pair.openedRow : pair.lastPayloadRow))
}

function careful(session: MultiSession): QuestionnaireAnswer {
  const moves = session.rehomings
  if (moves.length === 0) return UNSEEN
  const detection = moves.map((r) => r.report.metrics.detection?.value).filter((v): v is number => v !== undefined)
  const spurious = moves.filter((r) => r.report.spurious).length
  const flaps = moves.filter((r) => r.label === 'FLAP').length
  const words = [
    detection.length === 0
      ? 'detection time not observable'
      : `noticed after ${milliseconds(median(detection))} (median of ${detection.length})`,
    `${spurious} of ${moves.length} changes left a pair that still worked`,
    ...(flaps > 0 ? [`${flaps} of them flaps`] : []),
  ]
  return seen(
    words.join('; '),
    moves.length >= 5 ? 90 : 60,
    moves.flatMap((r) => r.report.rows),
  )
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}

function triggers(moves: readonly Rehoming[], d: Defaults): QuestionnaireAnswer {
  if (moves.length === 0) return fixed(d.detection, d)
  const count = new Map<string, number>()
  for (const { report } of moves) count.set(report.trigger.class, (count.get(report.trigger.class) ?? 0) + 1)
  const words = [...count].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n}`)
  return seen(
    words.join(', '),
    Math.max(...moves.map((r) => r.report.trigger.score)),
    moves.flatMap((r) => r.report.trigger.rows),
  )
}

function notice(moves: readonly Rehoming[]): QuestionnaireAnswer {
  const known = moves.filter((r) => r.report.trigger.class !== 'unknown')
  if (known.length === 0) return UNSEEN
  const ends = known.filter((r) => ['transport', 'heartbeat'].includes(r.report.trigger.class)).length
  const network = known.filter((r) => ['icmp', 'routing', 'link'].includes(r.report.trigger.class)).length
  const own = known.length - ends - network
  return seen(
    `the ends ${ends}, the network or link ${network}, their own decision ${own}`,
    80,
    known.flatMap((r) => r.report.trigger.rows),
  )
}

function direction(moves: readonly Rehoming[]): QuestionnaireAnswer {
  const failed = moves.map((r) => r.report.failedDirection).filter((x) => x !== null && x !== 'undecided')
  if (failed.length === 0) return UNSEEN
  return seen(
    [...new Set(failed)].join(', '),
    75,
    moves.flatMap((r) => r.report.rows),
  )
}

/** What differed between the pair that was gone to and those that were not. */
function parameters(session: MultiSession, end: 0 | 1): QuestionnaireAnswer {
  const moves = session.rehomings.filter((r) => session.paths[r.from]?.ends[end] !== session.paths[r.to]?.ends[end])
  if (moves.length === 0) return { ...UNSEEN, value: 'not observed: it never changed' }
  const verified = moves.filter((r) => r.verifiedBefore).length
  const signalled = moves.filter((r) => r.signalled).length
  const preferred = moves.filter((r) => r.report.trigger.class === 'policy').length
  const words: string[] = []
  if (verified > 0) words.push(`verified before in ${verified} of ${moves.length}`)
  if (signalled > 0) words.push(`announced before in ${signalled} of ${moves.length}`)
  if (preferred > 0) words.push(`preferred in ${preferred} of ${moves.length}`)
  if (words.length === 0) words.push('nothing that was seen')
  // Fewer than five choices tell nothing for certain (rehoming.md section 6, 7.3.a).
  return seen(
    words.join('; '),
    moves.length >= 5 ? 80 : 40,
    moves.map((r) => r.row),
  )
}

function exitChange(session: MultiSession): QuestionnaireAnswer {
  const end = session.capturedEnd
  if (session.rehomings.length === 0 || (end !== 0 && end !== 1)) return UNSEEN
  let both = 0
  let exitOnly = 0
  let locatorOnly = 0
  for (const { from, to } of session.rehomings) {
    const a = session.paths[from]
    const b = session.paths[to]
    if (a === undefined || b === undefined) continue
    const exit = a.interface !== b.interface
    const locator = a.ends[end] !== b.ends[end]
    if (exit && locator) both++
    else if (exit) exitOnly++
    else if (locator) locatorOnly++
  }
  if (both + exitOnly + locatorOnly === 0)
    return seen(
      'neither changed: only the remote locator did',
      80,
      session.rehomings.map((r) => r.row),
    )
  return seen(
    `exit and locator ${both}, exit alone ${exitOnly}, locator alone ${locatorOnly}`,
    80,
    session.rehomings.map((r) => r.row),
  )
}

function adding(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  const added = session.endpoints.flatMap((e) => e.locators).filter((l) => l.how === 'signalled')
  if (added.length === 0) return fixed(d.adding, d)
  const proof = [...new Set(added.map((l) => l.authentication))].join(', ')
  return seen(
    `yes: ${added.length} by ${[...new Set(added.map((l) => l.signal ?? 'a message'))].join(', ')} (authentication ${proof})`,
    95,
    added.flatMap((l) => l.rows),
  )
}

function precondition(moves: readonly Rehoming[], d: Defaults): QuestionnaireAnswer {
  if (moves.length === 0) return fixed(d.precondition, d)
  const verified = moves.filter((r) => r.verifiedBefore).length
  return seen(
    `the new pair had been verified before data in ${verified} of ${moves.length} changes`,
    85,
    moves.map((r) => r.row),
  )
}

function confirmation(session: MultiSession, d: Defaults): QuestionnaireAnswer {
  if (session.rehomings.length === 0) return fixed(d.confirmation, d)
  const both = session.rehomings.filter((r) => r.direction === 2).length
  const signalled = session.rehomings.filter((r) => r.signalled).length
  return seen(
    `both directions moved in ${both} of ${session.rehomings.length} changes; ${signalled} of them were signalled`,
    80,
    session.rehomings.flatMap((r) => r.report.rows),
  )
}

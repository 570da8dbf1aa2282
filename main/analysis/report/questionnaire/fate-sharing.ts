/**
 * Fate sharing of a host pair (rehoming.md section 9): of all pairs of its sessions alive at a change, how many changed within 2 s of each other.
 * 1 is one common trigger, 0 each session on its own (RFC 4177 section 7.2, question b). Looks at 200 sessions at most.
 */
import type { QuestionnaireAnswer } from '../../../../shared/report.ts'
import { SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Scope } from '../scope.ts'
import { frames } from '../text.ts'

const TOGETHER = 2 * SECOND
const MAX_SESSIONS = 200

export interface FateSharing {
  /** 0 to 1; null: no two sessions were alive at a change */
  index: number | null
  sessions: number
  rows: number[]
}

/** Of these sessions; only their own moves count. */
export function fateOf(scope: Scope, sessions: readonly MultiSession[]): FateSharing {
  let together = 0
  let pairs = 0
  const rows: number[] = []
  for (let i = 0; i < sessions.length; i++)
    for (let j = 0; j < sessions.length; j++) {
      if (i === j) continue
      const one = sessions[i] as MultiSession
      const other = sessions[j] as MultiSession
      for (const move of one.rehomings) {
        if (other.opened > move.time || (other.closed ?? scope.now) < move.time) continue
        pairs++
        const near = other.rehomings.find((r) => Math.abs(r.time - move.time) <= TOGETHER)
        if (near === undefined) continue
        together++
        if (rows.length < 20) rows.push(move.row, near.row)
      }
    }
  return { index: pairs === 0 ? null : together / pairs, sessions: sessions.length, rows }
}

const byAddress = new WeakMap<Scope, Map<number, MultiSession[]>>()

/** Sessions of which one of these addresses is an initiator's locator; looked up once a report. */
function sessionsAt(scope: Scope, addresses: readonly number[]): Set<MultiSession> {
  let table = byAddress.get(scope)
  if (table === undefined) {
    table = new Map()
    for (const session of scope.registry.multi) {
      if (session.mergedInto >= 0) continue
      for (const { address } of session.endpoints[0].locators) {
        const list = table.get(address)
        if (list === undefined) table.set(address, [session])
        else list.push(session)
      }
    }
    byAddress.set(scope, table)
  }
  const found = new Set<MultiSession>()
  for (const address of addresses) for (const session of table.get(address) ?? []) if (found.size < 4 * MAX_SESSIONS) found.add(session)
  return found
}

export function fateSharing(scope: Scope, session: MultiSession): QuestionnaireAnswer {
  if (session.rehomings.length === 0) return { value: 'not observed', confidence: 0, source: 'observed', frames: [] }
  const addresses = session.endpoints.map((e) => new Set(e.locators.map((l) => l.address)))
  const near: MultiSession[] = []
  for (const other of sessionsAt(scope, [...(addresses[0] ?? [])])) {
    if (near.length >= MAX_SESSIONS) break
    const same = [0, 1].every((end) => other.endpoints[end as 0 | 1].locators.some((l) => addresses[end]?.has(l.address)))
    if (same) near.push(other)
  }
  const { index, sessions, rows } = fateOf(scope, near)
  if (index === null) return { value: 'one session only', confidence: 50, source: 'observed', frames: [] }
  return {
    value: `${Math.round(index * 100)} % of the session pairs alive at a change changed within 2 s of each other (${sessions} sessions of these hosts)`,
    confidence: 80,
    source: 'observed',
    frames: frames(rows),
  }
}

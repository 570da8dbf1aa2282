/**
 * Plain TCP that stalled and went on: a side's data was sent again and again until it was acknowledged. The connection cannot move
 * (rehoming.md section 2); that it stood still is what its users noticed. Asked only when an acknowledgement ends a run of repetitions.
 * Bounded: the longest MOST of a connection, for the connections that stalled last.
 */
import { dropOldest } from '../../../dissectors/core/oldest.ts'
import { INTERRUPTED } from '../interruptions.ts'
import { SECOND } from '../model.ts'
import type { Registry } from './registry.ts'

/** repetitions that a lost flight brings at once are one; timers of a sender are further apart than this (ns) */
const TIMERS_APART = 0.4 * SECOND
/** the first timer of a sender has run out within this (RFC 6298 section 2: 1 s where no round trip is known) */
const FIRST_TIMER = 3 * SECOND
const MAX_ANSWERED = 4096
/** what the peer had sent before the path failed may arrive for as long */
const ON_ITS_WAY = 0.5 * SECOND
const MOST = 8
const MAX_CONNECTIONS = 20_000

/** A time in which one side's data did not get through (ns). */
export interface TcpStall {
  from: number
  to: number
  side: 0 | 1
  /** how often data was sent again meanwhile */
  times: number
  rows: readonly number[]
}

/** The peer acknowledges what it had acknowledged before, while `at` sends its data again. */
export function repeatAnswered(registry: Registry, at: number, time: number): void {
  const { repeatsAnswered } = registry
  if (repeatsAnswered.size >= MAX_ANSWERED && !repeatsAnswered.has(at)) dropOldest(repeatsAnswered)
  repeatsAnswered.set(at, time)
}

/** What `side` (at `at` of the columns) sent is acknowledged at last, in packet `row`. `heard`: when its peer was heard before, -1 never. */
export function stallEnded(registry: Registry, index: number, at: number, heard: number, row: number): void {
  const { light, stalls } = registry
  const times = light.streak[at] as number
  const begun = light.streakTime[at] as number
  const last = light.lastPayload[at] as number
  if (times < 2 || last - begun < TIMERS_APART) return
  const answered = registry.repeatsAnswered.get(at) ?? -1
  registry.repeatsAnswered.delete(at)
  // A peer that answers what it is sent again has it, and has no room for more.
  if (answered > begun + ON_ITS_WAY) return
  // before what was lost nothing may have been sent for hours
  const from = heard >= 0 && heard < begun && begun - heard <= FIRST_TIMER ? heard : begun
  if (last - from < INTERRUPTED) return
  const rows = [light.streakRow[at] as number, light.streakLastRow[at] as number, row]
  const stall: TcpStall = { from, to: last, side: (at & 1) as 0 | 1, times, rows }
  const number = light.number[index] as number
  const known = stalls.get(number)
  if (known === undefined) {
    registry.flows.forgotten.room(stalls, MAX_CONNECTIONS, 'connections that stalled')
    stalls.set(number, [stall])
    return
  }
  if (known.length < MOST) known.push(stall)
  else {
    const least = known.reduce((best, one, i) => (one.to - one.from < length(known[best]) ? i : best), 0)
    if (length(known[least]) < stall.to - stall.from) known[least] = stall
  }
}

function length(stall: TcpStall | undefined): number {
  return stall === undefined ? 0 : stall.to - stall.from
}

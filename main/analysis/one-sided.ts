/**
 * Moves of a session of which the capture holds one direction only, taken at its sender (a filter, a tap in one direction): nothing says what got
 * through. What the sender sent again elsewhere it had no acknowledgement of: a failover that began so is dated by the first such unit
 * (rehoming.md section 3: "a failover starts with re-sent data"), not by the first new one, which may come seconds later.
 */
import type { Began } from './candidate.ts'
import type { Alternate, Direction } from './direction.ts'
import { type End, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'

/** longest time between data sent again on its timer: each waits twice as long as the one before */
const APART = 10 * SECOND

/** Is nothing captured but what this end sends, where it sends it? */
export function onlySenderCaptured(session: MultiSession, sender: End): boolean {
  return session.capturedEnd < 0 && !session.direction(sender).acknowledged && session.sendsAlone(sender)
}

/** A new unit is the first on `to` after the carrier `from`: was data sent again there before, and all that `from` was given since then as well? */
export function beganSooner(session: MultiSession, direction: Direction, from: number, to: number, time: number): Began | null {
  const { alternates } = direction
  if (alternates.length === 0 || !onlySenderCaptured(session, direction.sender)) return null
  let first: Alternate | null = null
  let again = 0
  for (let i = alternates.length - 1; i >= 0; i--) {
    const one = alternates[i] as Alternate
    if (one.path !== to || one.to > time || one.from < direction.labelSince) continue
    if ((first?.from ?? time) - one.to > APART) break
    first = one
    again += one.count
  }
  if (first === null) return null
  let since = 0
  for (let i = direction.count - 1; i >= 0 && direction.time(i) >= first.lostTime; i--) if (direction.path(i) === from) since++
  if (since > again) return null
  for (let i = direction.count - 1; i >= 0; i--) {
    if (direction.path(i) !== from || direction.time(i) >= first.lostTime) continue
    const [lastTime, lastRow] = [direction.time(i), direction.row(i)]
    return { time: first.from, row: first.rows[0] as number, lastTime, lastRow, firstLostTime: first.lostTime, firstLostRow: first.lostRow }
  }
  return null
}

/**
 * Data that its sender sent again: what that says of the path that carried it before, and what it does not (rehoming.md sections 3 and 4). Told
 * apart are the sender's timer, a loss that was reported, duplication by intent, and MPTCP's own repairs.
 */
import type { Direction } from './direction.ts'
import { addEvidence } from './evidence.ts'
import { type End, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { onlySenderCaptured } from './one-sided.ts'
import type { Pair } from './pair.ts'

/** True: the first copy seen is the delivered one (the receiver is captured, or nothing else can be known). */
export function seesArrival(session: MultiSession, sender: End): boolean {
  const end = session.capturedEnd
  if (end === 2 || end === 1 - sender) return true
  if (end === sender) return false
  return !session.direction(sender).acknowledged
}

/** How long after a copy its acknowledgement may come to prove that copy delivered. */
export function patience(session: MultiSession): number {
  return Math.max(SECOND, 3 * session.rtt)
}

const LEAST_TIMER = 0.19 * SECOND

/** A timer of the sender, not a fast retransmission: nothing for this long. Stacks set smaller minima than RFC 9260's 1 s. */
export function timerFloor(session: MultiSession): number {
  return Math.max(LEAST_TIMER, 2 * session.rtt * 0.95)
}

/**
 * MPTCP acknowledges data without saying what came behind a hole (RFC 8684 section 3.3.1): what had come is sent again with the data that
 * fills it, and the path that lost it goes on sending its own copy. Neither speaks against the path that repaired it.
 */
export function repairs(direction: Direction, start: number, path: number, time: number): boolean {
  const slot = direction.recall(start)
  if (slot < 0) return false
  if (direction.recentPath(slot) !== path) return direction.cameLate(slot)
  return direction.repairedOn(path) >= time - 0.1 * SECOND
}

/**
 * A copy of a unit that has already arrived. `oneQueue`: what comes on another path speaks against the first. A subflow of MPTCP has a queue of its
 * own and goes on with its own copy until that is acknowledged (RFC 8684 section 3.3.6): one that works again brings what had arrived elsewhere.
 * `arrives`: it was seen to, or is never sent again; what only its sender shows is a loss as soon as that could be known.
 */
export function resentSeen(
  session: MultiSession,
  direction: Direction,
  start: number,
  path: number,
  time: number,
  row: number,
  oneQueue: boolean,
  arrives: boolean,
): boolean {
  const slot = direction.recall(start)
  if (slot < 0) return false
  const first = direction.recentTime(slot)
  const firstPath = direction.recentPath(slot)
  if (firstPath !== path && time - first <= 0.5 * SECOND && markTwin(session, direction, start, path, time, arrives)) return true
  resent(session, direction, firstPath, first, direction.recentRow(slot), path, time, row, oneQueue || firstPath === path)
  return false
}

/** True: this is a copy of the unit on another path, so soon that it may have been sent there on purpose. */
export function markTwin(
  session: MultiSession,
  direction: Direction,
  start: number,
  path: number,
  time: number,
  arrived: boolean,
): boolean {
  const slot = direction.recall(start)
  if (slot < 0 || direction.recentPath(slot) === path) return false
  // Seen from the sender a copy on another path is duplication by intent only when it is sent at once, before a loss could be known.
  const limit = arrived ? 0.5 * SECOND : Math.max(0.02 * SECOND, session.rttKnown ? session.rtt / 2 : 0)
  if (time - direction.recentTime(slot) > limit) return false
  if (!direction.hasTwin(slot)) direction.setTwin(slot)
  return true
}

/**
 * Counts a unit as sent again on its pair; true: it was. A direction that sends its data twice sends nothing again by that: what was counted
 * before its copies were known to be meant is taken back then (`copiesWereMeant`).
 */
export function countAgain(direction: Direction, pair: Pair, time: number, twin: boolean): boolean {
  direction.retransmitted++
  if (twin) {
    if (time <= direction.bicastUntil) return false
    direction.twinCopies ??= new Map()
    direction.twinCopies.set(pair, (direction.twinCopies.get(pair) ?? 0) + 1)
  }
  pair.retransmitted++
  return true
}

/** The direction turned out to send its data twice. */
export function copiesWereMeant(direction: Direction): void {
  const { twinCopies } = direction
  if (twinCopies === null) return
  for (const [pair, count] of twinCopies) pair.retransmitted -= count
  direction.twinCopies = null
}

/** The sender sent a unit on another path too, before it could know of any loss: that blames no path. */
export function copied(
  session: MultiSession,
  direction: Direction,
  oldTime: number,
  oldRow: number,
  path: number,
  time: number,
  row: number,
): void {
  if (time <= direction.bicastUntil) return
  noteAlternate(direction, path, time, row, oldTime, oldRow)
  markAgain(session, direction, path, time, row, 'the same data sent on another pair too')
}

/** The sender sent a unit again: on a timer, or sooner. `blames`: that speaks against the old path. */
export function resent(
  session: MultiSession,
  direction: Direction,
  oldPath: number,
  oldTime: number,
  oldRow: number,
  path: number,
  time: number,
  row: number,
  blames = true,
): void {
  // A receiver that answered and had no room has dropped it: what is sent meanwhile probes its window (RFC 9260 section 6.1 rule A).
  const noRoom = direction.noRoomAt !== null && direction.noRoomAt > oldTime
  if (blames && !noRoom) {
    // Without a round trip to go by it is the least timer of stacks, and the guess of 0.2 s for a trip no reason to wait longer.
    const guessed = !session.rttKnown && onlySenderCaptured(session, direction.sender)
    const timer = time - oldTime >= (guessed ? LEAST_TIMER : timerFloor(session))
    addEvidence(session, {
      class: 'transport',
      what: timer ? 'retransmission-timeout' : 'fast-retransmission',
      path: oldPath,
      time,
      until: time,
      count: 1,
      by: direction.sender,
      rows: [oldRow, row],
      first: oldRow === row ? undefined : { time: oldTime, row: oldRow },
      text: timer ? 'data was sent again after its timer ran out' : 'data was sent again after a loss was reported',
    })
  }
  if (path !== oldPath) noteAlternate(direction, path, time, row, oldTime, oldRow)
  const why = noRoom ? ': its receiver had no room' : ''
  markAgain(session, direction, path, time, row, `data sent again on ${path === oldPath ? 'the same' : 'another'} pair${why}`)
}

function markAgain(session: MultiSession, direction: Direction, path: number, time: number, row: number, text: string): void {
  const { log, lastMark } = session
  if (
    lastMark >= 0 &&
    log.is(lastMark, 'retransmitted') &&
    log.directionOf(lastMark) === direction.sender &&
    time - log.timeOf(lastMark) < 2 * SECOND
  ) {
    log.addRow(lastMark, row, 20)
    return
  }
  const pair = session.pairs.find((p) => p.path === path)
  session.mark(time, 'retransmitted', direction.sender, pair?.index ?? -1, row, text)
}

/** New data that fills a hole: it was lost elsewhere, the receiver sees its second copy only. */
export function noteRefill(session: MultiSession, direction: Direction, path: number, time: number, row: number): void {
  const other = direction.otherPath(path)
  if (other < 0) return
  const silent = time - (session.paths[other] as (typeof session.paths)[number]).lastPayload(direction.sender)
  if (silent < timerFloor(session) || !seesArrival(session, direction.sender)) return
  addEvidence(session, {
    class: 'transport',
    what: 'retransmission-timeout',
    path: other,
    time,
    until: time,
    count: 1,
    by: direction.sender,
    rows: [row],
    text: 'data lost on the old pair came on another one after its timer had run out',
  })
}

function noteAlternate(direction: Direction, path: number, time: number, row: number, lostTime: number, lostRow: number): void {
  const last = direction.alternates[direction.alternates.length - 1]
  if (last !== undefined && last.path === path && time - last.to < 2 * SECOND) {
    last.to = time
    last.count++
    if (last.rows.length < 20) last.rows.push(row)
  } else if (direction.alternates.length < 64)
    direction.alternates = [...direction.alternates, { from: time, to: time, path, count: 1, rows: [row], lostTime, lostRow }]
}

/**
 * The rule of rehoming.md section 3: REHOMED(P->Q) by delivered units, with its window D before and its confirmation window H after,
 * and the labels that go before it (BICAST, LOAD-SHARED). A direction that carries no units never moves.
 * A candidate opens with the first delivered unit on Q; a delivered unit that was sent on P after it (and is no straggler) ends it.
 */
import type { Candidate } from './candidate.ts'
import type { Direction } from './direction.ts'
import { INTERRUPTED, resumed } from './interruptions.ts'
import { type End, MAX_PAIRS, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { beganSooner } from './one-sided.ts'
import { copiesWereMeant } from './resent.ts'
import type { WaitingUnit } from './unit-store.ts'

export interface Delivered {
  /** when the copy that got through was sent (or arrived, when the receiver is captured) */
  time: number
  path: number
  pair: number
  start: number
  row: number
  bytes: number
  /** when its acknowledgement was seen; -1: its arrival itself was seen */
  ack: number
  isNew: boolean
  /** a unit with a higher number came before it */
  late: boolean
  first: WaitingUnit | null
}

/** Window W of activity. */
export function activityWindow(session: MultiSession): number {
  return Math.max(2 * SECOND, 3 * session.rtt)
}

/** Retransmission timeout as estimated from the round trip. */
export function timeout(session: MultiSession): number {
  return Math.max(SECOND, 3 * session.rtt)
}

/** Confirmation window H, longer for sessions that send less than a unit in 5 s. */
export function confirmationWindow(session: MultiSession, medianGap: number): { window: number; lowRate: boolean } {
  const base = Math.max(2 * SECOND, 2 * timeout(session))
  if (medianGap <= 5 * SECOND) return { window: base, lowRate: false }
  return { window: Math.min(60 * SECOND, Math.max(base, 3 * medianGap)), lowRate: true }
}

/** longest that a move waits for the third unit on Q while P delivers nothing */
const LONGEST_WAIT = 60 * SECOND

/** When a candidate can be decided: its window ends with t1 + H included, and acknowledgements of units sent in it must have had their time. */
export function dueTime(session: MultiSession, candidate: Candidate): number {
  return candidate.time + candidate.window + candidate.wait + 1 + (candidate.ack >= 0 ? timeout(session) : 0)
}

/** (iv) is open yet: fewer than three units got through on Q, of more that were sent. Timers that double bring the next ones after H only. */
function lacksUnits(c: Candidate): boolean {
  return c.delivered < 3 && c.sent >= 3
}

export function deliver(session: MultiSession, direction: Direction, unit: Delivered): void {
  const { time, path } = unit
  if (direction.firstDelivered < 0) {
    direction.firstDelivered = time
    direction.setLabel('SINGLE', time)
    if (session.primaryPath < 0) session.primaryPath = path
  }
  for (let i = direction.candidates.length - 1; i >= 0; i--) {
    const c = direction.candidates[i] as Candidate
    const inWindow = time <= c.time + c.window
    if (path === c.from && !inWindow && !c.waiting && unit.start >= c.unit && lacksUnits(c)) {
      direction.candidates.splice(i, 1)
      continue
    }
    if (path === c.from && time > c.time && inWindow && unit.start >= c.unit) {
      // Reopened with the next unit on Q while the two overlap shortly; longer, and both are in use.
      if (time - c.opened > activityWindow(session) / 2) {
        direction.candidates.splice(i, 1)
        continue
      }
      c.waiting = true
      c.lastTime = time
      c.lastRow = unit.row
      c.lastAck = unit.ack
      continue
    }
    if (c.waiting) {
      if (path === c.to && time > c.lastTime) {
        // A short overlap of the two is part of the move; more than a third of W is a shared load.
        if (time - c.opened > activityWindow(session) / 3) c.shared ||= time <= direction.shareUntil
        rearm(direction, c, unit)
        session.noteCandidate()
      }
      continue
    }
    if (path === c.to && time >= c.time && (inWindow || lacksUnits(c))) {
      c.delivered++
      if (unit.isNew && c.dataTime < 0) {
        c.dataTime = time
        c.dataRow = unit.row
      }
      noteLost(c, unit)
    }
  }
  const before = direction.lastOn(path)
  if (time - before > INTERRUPTED && before >= 0) resumed(session, direction, unit, before)
  direction.push(time, path, unit.start, unit.row, unit.ack)
  relabel(session, direction, unit)
  if (direction.currentLabel === 'BICAST') {
    direction.candidates.length = 0
    return
  }
  if (!direction.onlyOn(path) && mayOpen(direction, path)) open(session, direction, unit)
  direction.noteLast(path, time)
}

/** May a unit on the path be the first after a move? The path of all of window D is its carrier: nothing has moved there. */
function mayOpen(direction: Direction, path: number): boolean {
  const { candidates } = direction
  if (candidates.length === 0) return direction.onOnePath <= DEPTH
  return candidates.length < 4 && !candidates.some((c) => c.to === path)
}

function rearm(direction: Direction, c: Candidate, unit: Delivered): void {
  Object.assign(c, {
    waiting: false,
    again: 0,
    late: unit.late ? 1 : 0,
    time: unit.time,
    row: unit.row,
    pair: unit.pair,
    unit: unit.start,
    isNew: unit.isNew,
    delivered: 1,
    sent: 1,
    ack: unit.ack,
    dataTime: unit.isNew ? unit.time : -1,
    dataRow: unit.isNew ? unit.row : -1,
    silence: unit.time - c.lastTime,
    skipped: direction.seen.holes > 0,
  })
  noteLost(c, unit)
}

function noteLost(c: Candidate, unit: Delivered): void {
  const first = unit.first
  if (first === null || first.firstPath !== c.from || first.copies < 2) return
  c.lost++
  c.resent++
  c.spare += first.copies - 2
  if (c.lostRows.length < 50) c.lostRows.push(first.firstRow)
  if (first.firstTime < c.time && c.lostBeforeRows.length < 20) c.lostBeforeRows.push(first.firstRow)
  if (c.resentRows.length < 50) c.resentRows.push(unit.row)
  if (c.firstLostTime < 0 || first.firstTime < c.firstLostTime) {
    c.firstLostTime = first.firstTime
    c.firstLostRow = first.firstRow
  }
  if (unit.time > c.lastResentTime && unit.time <= c.time) c.lastResentTime = unit.time
}

/** how many units back window D goes */
const DEPTH = 20
/** by path; all 0 between two uses */
const counts = new Uint8Array(MAX_PAIRS)

/**
 * Window D: which path carried the units before `unit`, back to the label change at `since`? The last of them on it by its place in the history;
 * -1 when none had 90 % of them.
 */
function carrier(direction: Direction, unit: Delivered, since: number): number {
  let taken = 0
  let newest = -1
  let best = -1
  let most = 0
  let i = direction.count - 1
  // With three on other paths no one can have 90 % of twenty any more.
  for (; i >= 0 && taken < DEPTH && taken - most <= DEPTH / 10; i--) {
    const t = direction.time(i)
    if (t > unit.time || (t === unit.time && direction.row(i) === unit.row)) continue
    if (t < since) break
    // 10 s back, but never fewer than three units: a slow session has none within 10 s.
    if (taken >= 3 && t < unit.time - 10 * SECOND) break
    if (newest < 0) newest = i
    const path = direction.path(i)
    const count = (counts[path] as number) + 1
    counts[path] = count
    if (count > most) {
      most = count
      best = path
    }
    taken++
  }
  for (let seen = newest; seen > i; seen--) counts[direction.path(seen)] = 0
  if (newest < 0 || most < 0.9 * taken) return -1
  let last = newest
  while (direction.path(last) !== best) last--
  return last
}

/** A session may move on before its last move is decided: then that one's new pair is the carrier, if it is confirmed. */
function carrierAfter(direction: Direction, unit: Delivered): { after: Candidate; lastIndex: number } | null {
  for (const after of direction.candidates) {
    if (after.waiting || after.time >= unit.time || after.to === unit.path) continue
    const lastIndex = carrier(direction, unit, after.time)
    if (lastIndex >= 0 && direction.path(lastIndex) === after.to) return { after, lastIndex }
  }
  return null
}

function open(session: MultiSession, direction: Direction, unit: Delivered): void {
  let lastIndex = carrier(direction, unit, direction.labelSince)
  let from = lastIndex < 0 ? -1 : direction.path(lastIndex)
  let after: Candidate | null = null
  if (from < 0 || from === unit.path) {
    const next = carrierAfter(direction, unit)
    if (next === null) return
    ;({ after, lastIndex } = next)
    from = after.to
  }
  // Known already: something sent on P after this unit got through.
  for (let i = direction.count - 1; i >= 0; i--) {
    if (direction.time(i) <= unit.time) break
    if (direction.path(i) === from && direction.start(i) >= unit.start) return
  }
  const lastTime = direction.time(lastIndex)
  const { median: medianGap, longest: longestGap } = direction.gaps(unit.time)
  // P still at work has to have carried the data alone for a while: a burst that ends on one pair re-homes nothing.
  const atWork = unit.time - lastTime <= Math.max(3 * medianGap, 2 * session.rtt, 0.05 * SECOND)
  const alone = unit.time - Math.max(direction.firstDelivered, direction.lastElsewhere(from))
  if (atWork && alone < activityWindow(session) / 4 && !session.oneAtATime && !preferred(session, unit)) return
  const { window, lowRate } = confirmationWindow(session, medianGap)
  const candidate: Candidate = {
    from,
    to: unit.path,
    time: unit.time,
    row: unit.row,
    pair: unit.pair,
    unit: unit.start,
    isNew: unit.isNew,
    window,
    wait: 0,
    tentative: lowRate && window >= 60 * SECOND,
    delivered: 1,
    sent: 1,
    lastTime,
    lastRow: direction.row(lastIndex),
    lastAck: direction.ack(lastIndex),
    ack: unit.ack,
    dataTime: unit.isNew ? unit.time : -1,
    dataRow: unit.isNew ? unit.row : -1,
    lost: 0,
    lostRows: [],
    lostBeforeRows: [],
    firstLostTime: -1,
    firstLostRow: -1,
    lastResentTime: -1,
    resent: 0,
    spare: 0,
    resentRows: [],
    silence: unit.time - lastTime,
    medianGap,
    longestGap,
    skipped: direction.seen.holes > 0,
    opened: unit.time,
    shared: shares(direction, from, unit.time, activityWindow(session)),
    again: 0,
    late: unit.late ? 1 : 0,
    waiting: false,
    began: unit.isNew ? beganSooner(session, direction, from, unit.path, unit.time) : null,
    after,
  }
  // Units sent since then, known from the history only when acknowledgements come in bunches.
  for (let i = direction.count - 1; i >= 0 && direction.time(i) > unit.time; i--) {
    candidate.sent++
    if (direction.path(i) === unit.path) candidate.delivered++
  }
  noteLost(candidate, unit)
  direction.candidates.push(candidate)
  session.noteCandidate()
}

/**
 * Does the direction share its load, or did it until P could carry a window D (10 s, 20 units) alone? The label outlasts the sharing by W: P
 * that has carried 20 units alone for W/4, longer than a turn of a shared load, is the carrier again, as after a burst at start-up.
 */
function shares(direction: Direction, from: number, time: number, window: number): boolean {
  const until = direction.shareUntil
  if (until < 0 || time > until + 10 * SECOND) return false
  let since = 0
  let alone = 0
  let begin = 0
  let end = 0
  let only = true
  for (let i = direction.count - 1; i >= 0; i--) {
    const at = direction.time(i)
    if (at >= time) continue
    if (at > until) since++
    else if (!only) break
    only &&= direction.path(i) === from
    if (!only) continue
    if (alone === 0) end = at
    alone++
    begin = at
  }
  return since < 20 && (alone < 20 || end - begin < window / 4)
}

/** Did an endpoint prefer the new pair just before? Then even a session that has hardly begun moves on purpose. */
function preferred(session: MultiSession, unit: Delivered): boolean {
  return session.evidence.some((e) => e.what === 'preference' && e.time <= unit.time && e.time >= unit.time - 5 * SECOND)
}

function relabel(session: MultiSession, direction: Direction, unit: Delivered): void {
  const window = activityWindow(session)
  if (direction.twinned()) {
    direction.bicastUntil = unit.time + window
    copiesWereMeant(direction)
  }
  if (direction.countShare(unit.time, unit.path, unit.bytes, window)) direction.shareUntil = unit.time + window
  const label = unit.time <= direction.bicastUntil ? 'BICAST' : unit.time <= direction.shareUntil ? 'LOAD-SHARED' : 'SINGLE'
  if (label !== direction.currentLabel) direction.setLabel(label, unit.time)
}

/**
 * Decides candidates whose time has come. `final`: no more units will come (closed, or the end of the capture): what is confirmed by
 * three units stands, one unit alone does not. Returns the moves that hold, oldest first.
 */
export function decide(session: MultiSession, sender: End, now: number, final: boolean): Candidate[] {
  const direction = session.directions[sender] as Direction
  const held: Candidate[] = []
  for (;;) {
    let best: Candidate | null = null
    let pending = false
    for (let i = direction.candidates.length - 1; i >= 0; i--) {
      const c = direction.candidates[i] as Candidate
      const over = now >= dueTime(session, c)
      if (c.waiting) {
        if (over || final) direction.candidates.splice(i, 1)
      } else if (over || final) {
        const enough = over ? !lacksUnits(c) : c.delivered >= 3 && convincing(session, c, now)
        if (enough) continue
        c.wait += c.window + c.wait
        if (final && !over && c.time >= (session.undecided?.time ?? 0)) session.undecided = { from: c.from, to: c.to, time: c.time }
        if (final || c.wait > LONGEST_WAIT) direction.candidates.splice(i, 1)
      } else if (c.wait === 0) pending = true
    }
    // what would have followed a move that was none
    for (let i = 0; i < direction.candidates.length; i++) {
      const { after } = direction.candidates[i] as Candidate
      if (after !== null && !direction.candidates.includes(after)) direction.candidates.splice(i--, 1)
    }
    for (let i = direction.candidates.length - 1; i >= 0; i--) {
      const c = direction.candidates[i] as Candidate
      if (c.waiting || c.after !== null || !(final || now >= dueTime(session, c))) continue
      if (best === null || c.delivered > 4 * best.delivered || (c.time < best.time && c.delivered * 4 >= best.delivered)) best = c
    }
    if (best === null || (pending && direction.candidates.some((c) => c.wait === 0 && c.time < (best as Candidate).time))) return held
    if (now < dueTime(session, best)) best.tentative = true
    else if (best.tentative) best.tentative = false
    direction.labelSince = best.time
    direction.cutLabel(best.time)
    direction.candidates = direction.candidates.filter((c) => c.time > (best as Candidate).time && c.from === (best as Candidate).to)
    for (const c of direction.candidates) if (c.after === best) c.after = null
    held.push(best)
  }
}

/**
 * At the end of the data, before the window has passed: P had failed, or Q had just answered again, or P has been left alone for a while,
 * shorter when the last 20 units show Q as the carrier just as (i) asks it of P.
 */
function convincing(session: MultiSession, c: Candidate, now: number): boolean {
  if (session.oneAtATime) return true
  const alone = now - c.time
  if (alone >= activityWindow(session) / 2 || (c.delivered >= 20 && alone >= activityWindow(session) / 4)) return true
  if (c.time !== c.opened) return false
  if (askedFor(session, c)) return true
  return c.silence > Math.max(3 * c.medianGap, 2 * session.rtt, 0.05 * SECOND) || answeredAgain(session, c)
}

/** Was the sender asked to use the new pair, and did it agree, just before? (RFC 5061 section 4.2.4) */
function askedFor(session: MultiSession, c: Candidate): boolean {
  return session.claims.some(({ what, by, address, answered }) => {
    if (what !== 'prefer' || answered === null || answered > c.time || c.time - answered > 5 * SECOND) return false
    return session.paths[c.to]?.ends[by] === address && session.paths[c.from]?.ends[by] !== address
  })
}

/** Did a heartbeat on Q go through again, after some that did not, less than a second before the data followed it there? */
function answeredAgain(session: MultiSession, c: Candidate): boolean {
  return session.evidence.some(
    (e) => e.what === 'heartbeat-answered-again' && e.path === c.to && e.time <= c.time && e.time > c.time - SECOND,
  )
}

/** Earliest time at which a candidate of the session can be decided; Infinity when there is none. One that holds only after another has its turn then. */
export function nextDue(session: MultiSession): number {
  let due = Number.POSITIVE_INFINITY
  for (const lane of session.lanes ?? [session.directions])
    for (const direction of lane) for (const c of direction.candidates) if (c.after === null) due = Math.min(due, dueTime(session, c))
  return due
}

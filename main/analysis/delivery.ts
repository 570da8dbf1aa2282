/**
 * Which copy of a unit got through (rehoming.md section 3). Data that arrives at the captured end: the copy that is seen first. Data that
 * the captured end sends: the last copy sent before its acknowledgement, when that came within max(1 s, 3 RTT). Where the captured end is
 * not known, acknowledgements decide if there are any. Later copies are duplicates and count for nothing.
 */

import { type Signal, UnitSpace } from '../../shared/signals.ts'
import type { Candidate } from './candidate.ts'
import type { Direction } from './direction.ts'
import { runsOver } from './locators.ts'
import { type End, type Pair, SECOND, withOne } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { onlySenderCaptured } from './one-sided.ts'
import { provenByArrival, provenByData } from './proven-by-data.ts'
import { type Delivered, deliver } from './rehoming.ts'
import { copied, countAgain, markTwin, noteRefill, patience, repairs, resent, resentSeen, seesArrival, timerFloor } from './resent.ts'
import { emptyUnit, type UnitStore } from './unit-store.ts'
import { SubflowQueue } from './units.ts'

/** No sender sends data again that soon after itself on the same pair. */
const SAME_FRAME = 1e5
/** Equal words of a host on one path are that far apart at least; copies of a frame are microseconds. */
const CAPTURED_TWICE = 1e6

/** One object for all: the rule copies what it keeps. */
const delivered: Delivered = { time: 0, path: 0, pair: 0, start: 0, row: 0, bytes: 0, ack: 0, isNew: false, late: false, first: null }

/** Takes a payload signal in; true when the data had been sent before. */
export function onPayload(session: MultiSession, sender: End, pair: Pair, signal: Signal): boolean {
  const direction = session.direction(sender)
  const pairIndex = pair.index
  const path = pair.way
  const { time, row, bytes } = signal
  const datagram = signal.space === UnitSpace.Datagram
  // Nothing acknowledges these, and nothing of them is sent again: a copy is on another path, or is none.
  const unanswered = datagram || signal.space === UnitSpace.IpsecSequence
  const span = Math.max(1, signal.span)
  const start = datagram ? signal.unit : direction.place(signal.unit)
  const end = start + span
  let isNew: boolean
  let late = false
  if (unanswered) {
    // On the only path nothing is a copy: most sessions need no search among the recent ones.
    const slot = session.paths.length === 1 ? -1 : direction.recall(start)
    const age = slot < 0 ? Number.POSITIVE_INFINITY : time - direction.recentTime(slot)
    const here = slot >= 0 && direction.recentPath(slot) === pair.path
    // The same frame, captured twice: the recent units would be full of it, and half of them without a twin on the other path.
    if (here && age < CAPTURED_TWICE) return true
    isNew = here || age > 0.5 * SECOND
  } else if (direction.follows(start, end)) isNew = true
  else {
    isNew = !direction.seen.covers(start, end)
    if (!isNew && again(direction, start, pair.path, pairIndex, time)) return true
    // A segment that begins with what was seen and goes on beyond everything fills no hole: it was cut anew.
    late = isNew && direction.seen.top > start && (direction.seen.top >= end || !direction.seen.covers(start, start + 1))
    // Numbers of QUIC's packets are used once (RFC 9000 section 12.3): what fills a hole came late.
    if (late && bytes > 0 && signal.space !== UnitSpace.PacketNumber) noteRefill(session, direction, pair.path, time, row)
    direction.seen.add(start, end)
  }
  pair.carry(bytes)
  // -1 is never; what another interface saw before the first packet of the file has a negative time
  if (pair.firstPayload === -1) pair.firstPayload = time
  // what a peer that missed the end still repeats begins nothing
  const over = session.closed !== null && !isNew
  if (!over && (pair.lastPayload === -1 || time - pair.lastPayload > 2 * SECOND)) {
    if (pair.lastPayload !== -1)
      session.mark(pair.lastPayload, 'payload-stopped', sender, pairIndex, pair.lastPayloadRow, 'last data before a pause')
    session.mark(
      time,
      'payload-started',
      sender,
      pairIndex,
      row,
      pair.lastPayload === -1 ? 'first data on this pair' : 'data again on this pair',
    )
  }
  if (!over) {
    pair.lastPayload = time
    pair.lastPayloadRow = row
  }
  pair.activity.add(time, bytes)
  if (isNew) runsOver(path, signal.interface, time)
  const before = path.lastPayload(sender)
  path.notePayload(sender, time)
  for (const c of direction.candidates) {
    if (time < c.time || time > c.time + c.window) continue
    if (!isNew) c.again++
    else if (late) c.late++
    // a unit that was sent into the dead pair and then again is one unit
    if (isNew || !sentSince(direction, start, c)) c.sent++
  }
  const arrival = unanswered || seesArrival(session, sender)
  if (isNew) {
    direction.remember(start, time, pair.path, row, late)
    direction.units++
    direction.bytes += bytes
  }
  if (arrival) {
    if (isNew) {
      delivered.time = time
      delivered.path = pair.path
      delivered.pair = pairIndex
      // a hash has no order: datagrams count as they come
      delivered.start = datagram ? direction.units : start
      delivered.row = row
      delivered.bytes = bytes
      delivered.ack = -1
      delivered.isNew = true
      delivered.late = late
      delivered.first = null
      session.gotThrough(time, bytes)
      deliver(session, direction, delivered)
      return false
    }
    const oneQueue = signal.space !== UnitSpace.Dsn
    const arrives = unanswered || !onlySenderCaptured(session, sender)
    const twin =
      (oneQueue || !repairs(direction, start, pair.path, time)) &&
      resentSeen(session, direction, start, pair.path, time, row, oneQueue, arrives)
    // A datagram on another path is a copy: nothing that has no acknowledgement is sent again.
    return !unanswered && countAgain(direction, pair, time, twin)
  }
  if (isNew) {
    const unit = direction.waiting.store.add(start, end, bytes, pair.path, pairIndex, time, row)
    direction.waiting.add(unit)
    trackSubflow(direction, pairIndex, unit, signal)
    return false
  }
  const twin = markTwin(session, direction, start, pair.path, time, false)
  const { waiting } = direction
  const { store } = waiting
  let noted = false
  for (let i = waiting.search(start); i < waiting.size; i++) {
    const unit = waiting.at(i)
    if (store.start(unit) >= end) break
    if (store.done(unit)) continue
    if (!noted) {
      noted = true
      if (twin) copied(session, direction, store.time(unit), store.row(unit), pair.path, time, row)
      else resent(session, direction, store.path(unit), store.time(unit), store.row(unit), pair.path, time, row)
    }
    store.sentAgain(unit, pair.path, pairIndex, time, row)
    trackSubflow(direction, pairIndex, unit, signal)
  }
  // Already acknowledged over another pair, yet sent again here: this pair's own timer ran out, for nothing came back on it.
  const heard = sender === 0 ? path.heardResponder : path.heardInitiator
  if (
    !noted &&
    before >= 0 &&
    heard < before + patience(session) &&
    time - before >= timerFloor(session) &&
    time - heard >= timerFloor(session)
  ) {
    const slot = direction.recall(start)
    resent(session, direction, pair.path, before, slot < 0 ? row : direction.recentRow(slot), pair.path, time, row)
  }
  return countAgain(direction, pair, time, twin)
}

/** Is it the same frame, captured twice? It would be a loss that was none, and hide how long a round trip takes. */
function again(direction: Direction, start: number, path: number, pairIndex: number, time: number): boolean {
  const slot = direction.recall(start)
  if (slot >= 0 && direction.recentPath(slot) === path && time - direction.recentTime(slot) < SAME_FRAME) return true
  const { waiting } = direction
  const at = waiting.search(start)
  if (at >= waiting.size) return false
  const unit = waiting.at(at)
  const { store } = waiting
  return store.start(unit) === start && store.pair(unit) === pairIndex && time - store.time(unit) < SAME_FRAME
}

/** Is a unit that is sent again one that was counted already, when it was sent into the old pair within the window of `candidate`? */
function sentSince(direction: Direction, start: number, candidate: Candidate): boolean {
  const slot = direction.recall(start)
  return slot >= 0 && direction.recentTime(slot) >= candidate.time && direction.recentPath(slot) === candidate.from
}

function trackSubflow(direction: Direction, pairIndex: number, unit: number, signal: Signal): void {
  if (signal.space !== UnitSpace.Dsn || signal.subSpan === 0) return
  const { store } = direction.waiting
  direction.subflows ??= []
  let flow = direction.subflows[pairIndex]
  if (flow === undefined) {
    flow = new SubflowQueue(store)
    direction.subflows[pairIndex] = flow
  }
  const end = flow.serial.place((signal.sub + signal.subSpan) >>> 0)
  store.setSubEnd(unit, end)
  flow.add(unit, end)
}

/** Acknowledgement sent by the other end: `unit` and gaps in `signal.space`. */
export function onAcknowledged(session: MultiSession, acknowledger: End, pair: Pair, signal: Signal): void {
  const direction = session.direction((1 - acknowledger) as End)
  const { time } = signal
  if (signal.space === UnitSpace.Seq && session.protocol === 'mptcp' && !session.fallback) {
    const pairIndex = pair.index
    const flow = direction.subflows?.[pairIndex]
    if (flow === undefined || flow.empty) return
    const place = flow.serial.look(signal.unit)
    const { store } = direction.waiting
    while (!flow.empty && flow.end <= place) {
      const { unit, end } = flow
      if (!store.done(unit) && store.pair(unit) === pairIndex && store.subEnd(unit) === end) {
        acknowledge(session, direction, unit, time)
        if (store.copies(unit) === 1) sampleRoundTrip(session, store.pair(unit), store.time(unit), time)
      }
      flow.shift()
    }
    return
  }
  direction.acknowledged = true
  if (signal.noRoom) direction.noRoomAt = time
  if (signal.duplicates > 0) {
    session.duplicateReports = withOne(session.duplicateReports, { time, count: signal.duplicates, sender: (1 - acknowledger) as End }, 32)
  }
  // Where arrivals are seen nothing waits for an acknowledgement.
  const { waiting } = direction
  const proves = session.protocol === 'sctp'
  if (waiting.size === 0) {
    if (proves && session.pairs.length > 1) provenByArrival(session, acknowledger, signal)
    return
  }
  const { store } = waiting
  const place = direction.serial.look(signal.unit)
  let taken = 0
  let shifted = 0
  while (waiting.size > 0 && store.end(waiting.first) <= place) {
    const unit = waiting.shift()
    if (store.done(unit)) store.drop(unit)
    else batch[taken++] = unit
  }
  shifted = taken
  for (let g = 0; g < signal.gapCount; g++) {
    const from = direction.serial.look(signal.gapStart[g] as number)
    const to = direction.serial.look(signal.gapEnd[g] as number)
    for (let i = waiting.search(from); i < waiting.size; i++) {
      const unit = waiting.at(i)
      if (store.end(unit) > to) break
      if (!store.done(unit) && store.start(unit) >= from) batch[taken++] = unit
    }
  }
  if (taken === 0) return
  // what left the queue is let go once it has been looked at, in whatever order
  for (let i = shifted; i < taken; i++) store.hold(batch[i] as number)
  sortBatch(store, taken)
  let twice = false
  for (let i = 0; i < taken; i++) {
    const unit = batch[i] as number
    if (store.copies(unit) > 1) twice = true
    if (store.done(unit)) continue
    const pair = acknowledge(session, direction, unit, time)
    if (proves && pair >= 0) provenByData(session, acknowledger, session.pairs[pair], signal)
  }
  // Nothing is learned from a batch with something sent twice: it waited for the repair.
  const youngest = batch[taken - 1] as number
  if (!twice) sampleRoundTrip(session, store.pair(youngest), store.time(youngest), time)
  for (let i = 0; i < taken; i++) store.drop(batch[i] as number)
}

/** Numbers of the units that an acknowledgement covers; used again by the next one. */
const batch: number[] = []

/** By the time they were sent, then by number. They are in that order but for what was sent again. */
function sortBatch(store: UnitStore, taken: number): void {
  for (let i = 1; i < taken; i++) {
    if (inOrder(store, batch[i - 1] as number, batch[i] as number)) continue
    const units = batch.slice(0, taken).sort((x, y) => store.time(x) - store.time(y) || store.start(x) - store.start(y))
    for (let j = 0; j < taken; j++) batch[j] = units[j] as number
    return
  }
}

function inOrder(store: UnitStore, a: number, b: number): boolean {
  const first = store.time(a)
  const second = store.time(b)
  return first < second || (first === second && store.start(a) <= store.start(b))
}

/** A round trip from the youngest unit that an acknowledgement covers: sent on a pair at a time. */
function sampleRoundTrip(session: MultiSession, pairIndex: number, sent: number, time: number): void {
  const age = time - sent
  if (age <= 0 || age > 10 * SECOND) return
  session.rtt = session.rttKnown ? session.rtt * 0.875 + age * 0.125 : age
  session.rttKnown = true
  if (age < session.rttLeast) session.rttLeast = age
  const pair = session.pairs[pairIndex] as (typeof session.pairs)[number]
  pair.noteTrip(age)
  if (pair.trips < FIRST_TRIPS) {
    pair.trips++
    if (age < pair.leastTrip) pair.leastTrip = age
    return
  }
  const early = age < pair.leastTrip / 2 && pair.leastTrip >= LONG_TRIP
  pair.earlyTrips = ((pair.earlyTrips << 1) | (early ? 1 : 0)) & LAST_TRIPS
  if (early && session.hurried === null && ones(pair.earlyTrips) >= MANY_EARLY) session.hurried = { time, pair: pairIndex }
}

/** Round trips that show how long a path is, and the last ten after them (threats.md, T-ACKSPOOF). Below 5 ms a path is too short to tell. */
const FIRST_TRIPS = 16
const LAST_TRIPS = 0x3ff
const MANY_EARLY = 8
const LONG_TRIP = 5e6

function ones(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

/** One object for all: what is asked about a unit that got through is copied. */
const through = emptyUnit()

/** Takes in that a unit got through; the pair that it was sent on when it was sent once, -1 when it is not known which copy arrived. */
function acknowledge(session: MultiSession, direction: Direction, number: number, time: number): number {
  const { store } = direction.waiting
  store.setDone(number)
  session.gotThrough(time, store.bytes(number))
  if (time - store.time(number) > patience(session)) return -1
  const unit = store.read(number, through)
  const age = time - unit.time
  // An acknowledgement sooner than half the shortest round trip after the last copy speaks for the first one.
  const early =
    unit.copies > 1 && Number.isFinite(session.rttLeast) && age < session.rttLeast / 2 && time - unit.firstTime <= patience(session)
  delivered.time = early ? unit.firstTime : unit.time
  delivered.path = early ? unit.firstPath : unit.path
  delivered.pair = early && unit.path !== unit.firstPath ? pairOn(session, unit.firstPath) : unit.pair
  delivered.start = unit.start
  delivered.row = early ? unit.firstRow : unit.row
  delivered.bytes = unit.bytes
  delivered.ack = time
  delivered.isNew = unit.copies === 1
  delivered.late = false
  delivered.first = unit
  deliver(session, direction, delivered)
  delivered.first = null
  return unit.copies === 1 ? unit.pair : -1
}

/** The pair of a path that was heard last. */
function pairOn(session: MultiSession, path: number): number {
  let found = -1
  for (const pair of session.pairs)
    if (pair.path === path && (found < 0 || pair.lastPayload > (session.pairs[found] as (typeof session.pairs)[number]).lastPayload))
      found = pair.index
  return found
}

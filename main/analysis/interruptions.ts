/**
 * Interruptions: a session's data did not get through for a while, and then did again where it had been. No rehoming, and what its users noticed
 * all the same. Taken in here is what only the moment shows: the last unit before, the first one after, and what speaks for a loss between them
 * (its sender's timer, an ICMP error, an answer that stopped). A silence for which nothing speaks is kept as a pause when it breaks a regular
 * stream: the link log may tell later that the link was gone. Cost: one comparison a delivered unit; at most MAX_INTERRUPTIONS a session.
 */
import type { Direction } from './direction.ts'
import { type End, type Evidence, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import type { Delivered } from './rehoming.ts'

/** shorter ones are a loss that was repaired */
export const INTERRUPTED = SECOND
/** one timer that ran out is enough when the silence lasted that long */
const LONG = 3 * SECOND
const MAX_INTERRUPTIONS = 16
/** a stream is regular when the silence is that many of its mean gaps */
const REGULAR = 10

export interface Interruption {
  /** when the last unit before and the first one after were sent, or arrived where the receiver is captured (ns) */
  from: number
  to: number
  path: number
  sender: End
  /** null: nothing but the silence */
  cause: 'transport' | 'icmp' | 'silence' | null
  text: string
  rows: readonly number[]
}

export const NO_INTERRUPTIONS: readonly Interruption[] = []

/** `unit` is delivered on its path again, where nothing was since `last` (ns). */
export function resumed(session: MultiSession, direction: Direction, unit: Delivered, last: number): void {
  // what is sent twice notes no last time by path
  const youngest = direction.count === 0 ? -1 : direction.time(direction.count - 1)
  const before = Math.max(last, direction.lastElsewhere(unit.path), youngest)
  if (unit.time - before <= INTERRUPTED) return
  const found = lossWithin(session, direction, unit, before) ?? silenceWithin(session, direction, unit, before)
  if (found !== null) keep(session, found)
}

function lossWithin(session: MultiSession, direction: Direction, unit: Delivered, before: number): Interruption | null {
  const { sender } = direction
  let timers = 0
  let icmp: Evidence | null = null
  let lost = Number.POSITIVE_INFINITY
  const rows: number[] = []
  for (const e of session.evidence) {
    if (e.path !== unit.path || e.by !== sender || e.until <= before || e.time > unit.time) continue
    if (e.what === 'retransmission-timeout') {
      timers += e.count
      lost = Math.min(lost, e.first?.time ?? e.time)
    } else if ((e.what === 'icmp-unreachable' || e.what === 'icmp-prohibited') && e.portClosed !== true) icmp ??= e
    else continue
    for (const row of e.rows) if (rows.length < 20) rows.push(row)
  }
  if (!rows.includes(unit.row)) rows.push(unit.row)
  // Where nothing was to be sent for a while before it, the wait began with what was lost.
  const from = Number.isFinite(lost) && lost - before > SECOND ? lost : before
  if (unit.time - from <= INTERRUPTED) return null
  const base = { from, to: unit.time, path: unit.path, sender, rows }
  // alone it shows no loss: a host whose application is not listening yet says so too
  if (icmp !== null && timers > 0) return { ...base, cause: 'icmp', text: icmp.text }
  if (timers < 2 && (timers === 0 || unit.time - from < LONG)) return null
  return { ...base, cause: 'transport', text: `its data was sent again ${timers === 1 ? 'once' : `${timers} times`}` }
}

/** A regular stream that paused. Where its receiver is captured and went on sending regularly, it is the stream's way that failed. */
function silenceWithin(session: MultiSession, direction: Direction, unit: Delivered, before: number): Interruption | null {
  const silence = unit.time - before
  if (!regular(direction, silence)) return null
  const { sender } = direction
  const base = { from: before, to: unit.time, path: unit.path, sender, rows: [unit.row] }
  const receiver = (1 - sender) as End
  const asking = session.directions[receiver] as Direction
  // What is acknowledged shows by its acknowledgements that the way works, or by its repetitions that it does not.
  const asked = session.capturedEnd === receiver && !asking.acknowledged && wentOn(asking, unit.path, before, unit.time)
  if (silence < 2 * SECOND || !asked) return { ...base, cause: null, text: '' }
  return { ...base, cause: 'silence', text: `nothing came from the ${sender === 0 ? 'initiator' : 'responder'} and data went to it` }
}

/** Were its last units so close together that this silence stands out? */
function regular(direction: Direction, silence: number): boolean {
  const n = Math.min(20, direction.count)
  if (n < REGULAR) return false
  const span = direction.time(direction.count - 1) - direction.time(direction.count - n)
  return (span / (n - 1)) * REGULAR <= silence
}

/** Did units go the other way on the path all through the time? Of many only the youngest are known. */
function wentOn(direction: Direction, path: number, from: number, to: number): boolean {
  const third = (to - from) / 3
  let n = 0
  let thirds = 0
  for (let i = direction.count - 1; i >= 0 && direction.time(i) > from; i--) {
    if (direction.path(i) !== path || direction.time(i) > to) continue
    n++
    thirds |= 1 << Math.min(2, Math.floor((direction.time(i) - from) / third))
  }
  return n >= REGULAR && (thirds === 7 || ((thirds & 4) !== 0 && n >= 60))
}

/** Keeps the longest; of the two directions' the one that something speaks for. */
function keep(session: MultiSession, one: Interruption): void {
  const list = session.interruptions.slice()
  const same = list.findIndex((i) => i.path === one.path && i.sender !== one.sender && i.from < one.to && i.to > one.from)
  if (same >= 0) {
    if (weight(list[same] as Interruption) >= weight(one)) return
    list[same] = one
  } else if (list.length < MAX_INTERRUPTIONS) list.push(one)
  else {
    const least = list.reduce((at, i, n) => (weight(i) < weight(list[at] as Interruption) ? n : at), 0)
    if (weight(list[least] as Interruption) >= weight(one)) return
    list[least] = one
  }
  session.interruptions = list
}

/** Pauses last; else by length. */
function weight({ cause, from, to }: Interruption): number {
  return (cause === null ? 0 : 1e15) + (to - from)
}

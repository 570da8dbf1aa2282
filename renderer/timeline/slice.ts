/**
 * A slice as the canvas wants it: times relative to the capture's start, marks and moves with plain numbers,
 * and the tallest bin so that heights compare across lanes. Made once a slice, not once a frame.
 */

import type { TimelineSlice } from '../../shared/contract.ts'
import type { SessionPairReport } from '../../shared/report.ts'
import type { Severity } from '../../shared/severity.ts'
import { moveWords } from '../text/session-words.ts'
import { visible } from '../text/visible.ts'
import type { Mark } from './mark-labels.ts'

export interface SliceMark extends Mark {
  detail: string
  frame: number | null
  /** of a finding */
  severity?: Severity
}

export interface SliceMove {
  id: string
  time: number
  lastOld: number | null
  fromLane: number
  toLane: number
  label: string
  trigger: string
  outageMs: number | null
}

/** a time without delivery after which the session went on where it was */
export interface SliceStay {
  from: number
  to: number
  lane: number
  ms: number
}

export interface Slice {
  from: number
  to: number
  binSeconds: number
  lanes: TimelineSlice['lanes']
  marks: SliceMark[]
  moves: SliceMove[]
  stays: SliceStay[]
  thinned: number
  /** bytes a second of the fullest bin, over all lanes and both directions */
  peak: number
  /** share of the lane's height for what goes to the responder */
  split: number
  /** path of the session by lane */
  paths: number[]
}

type Pair = Pick<SessionPairReport, 'initiator' | 'responder' | 'interface'>

export function readSlice(slice: TimelineSlice, origin: number, pairs: readonly Pair[]): Slice {
  let peak = 0
  let toResponder = 0
  let toInitiator = 0
  for (const lane of slice.lanes) {
    for (const bytes of lane.toResponder) {
      toResponder += bytes
      if (bytes > peak) peak = bytes
    }
    for (const bytes of lane.toInitiator) {
      toInitiator += bytes
      if (bytes > peak) peak = bytes
    }
  }
  const sum = toResponder + toInitiator
  return {
    from: slice.from - origin,
    to: slice.to - origin,
    binSeconds: slice.binSeconds,
    lanes: slice.lanes.map((lane) => ({
      ...lane,
      initiator: visible(lane.initiator),
      responder: visible(lane.responder),
      interface: lane.interface === null ? null : visible(lane.interface),
      prefix: lane.prefix === null ? null : visible(lane.prefix),
      linkDown: lane.linkDown.map(([start, end]): [number, number] => [start - origin, end - origin]),
    })),
    marks: slice.marks.map((mark) => ({
      time: mark.t - origin,
      lane: mark.lane,
      kind: mark.kind,
      label: visible(mark.label),
      detail: visible(mark.detail),
      frame: mark.frame,
      ...(mark.severity === undefined ? {} : { severity: mark.severity }),
    })),
    moves: slice.rehomings.map((move) => ({
      id: move.id,
      time: move.t - origin,
      lastOld: move.lastOld === null ? null : move.lastOld - origin,
      fromLane: move.fromLane,
      toLane: move.toLane,
      label: visible(moveWords(move.label)),
      trigger: visible(move.trigger),
      outageMs: move.outageMs,
    })),
    stays: slice.interruptions.map((one) => ({ ...one, from: one.from - origin, to: one.to - origin })),
    thinned: slice.thinned,
    peak: slice.binSeconds > 0 ? peak / slice.binSeconds : 0,
    split: sum === 0 ? 0.5 : Math.min(0.76, Math.max(0.24, toResponder / sum)),
    paths: pathsOfLanes(slice.lanes, pairs),
  }
}

/** Numbers of the pairs' paths, in the order of the session: pairs of the same addresses on one interface, as subflows may be, are one path. */
export function pathNumbers(pairs: readonly Pair[]): number[] {
  const known = new Map<string, number>()
  return pairs.map(({ initiator, responder, interface: name }) => {
    const key = `${initiator}|${responder}|${name ?? ''}`
    const number = known.get(key) ?? known.size
    known.set(key, number)
    return number
  })
}

/** which path of the session a lane is: by addresses and interface, by addresses alone, else its own number */
export function pathsOfLanes(
  lanes: readonly { initiator: string; responder: string; interface: string | null }[],
  pairs: readonly Pair[],
): number[] {
  const used = new Set<number>()
  const numbers = pathNumbers(pairs)
  const count = new Set(numbers).size
  return lanes.map((lane, at) => {
    const free = (pair: Pair, index: number) =>
      !used.has(numbers[index]!) && pair.initiator === lane.initiator && pair.responder === lane.responder
    let found = pairs.findIndex((pair, index) => free(pair, index) && (pair.interface ?? null) === lane.interface)
    if (found < 0) found = pairs.findIndex(free)
    const number = numbers[found]
    if (number === undefined) return count + at
    used.add(number)
    return number
  })
}

/** bytes in the bin that a moment falls into, per lane; null outside the slice */
export function binAt(slice: Slice, time: number): number | null {
  if (time < slice.from || time > slice.to || slice.binSeconds <= 0) return null
  return Math.floor((time - slice.from) / slice.binSeconds)
}

/** A later slice with its lanes in the order of the first one, whatever order the engine gave: lanes must not jump. */
export function alignLanes(slice: TimelineSlice, model: TimelineSlice): TimelineSlice {
  const key = (lane: TimelineSlice['lanes'][number]) => `${lane.initiator}|${lane.responder}|${lane.interface ?? ''}`
  const keys = model.lanes.map(key)
  if (slice.lanes.length === keys.length && slice.lanes.every((lane, at) => key(lane) === keys[at])) return slice
  const to = slice.lanes.map((lane) => keys.indexOf(key(lane)))
  const bins = slice.lanes[0]?.toResponder.length ?? 0
  const lanes = model.lanes.map((lane, at) => {
    const from = to.indexOf(at)
    const nothing = () => new Array<number>(bins).fill(0)
    return from >= 0 ? slice.lanes[from]! : { ...lane, toResponder: nothing(), toInitiator: nothing(), retransmitted: nothing() }
  })
  return {
    ...slice,
    lanes,
    marks: slice.marks.map((mark) => ({ ...mark, lane: to[mark.lane] ?? -1 })),
    rehomings: slice.rehomings.map((move) => ({ ...move, fromLane: to[move.fromLane] ?? -1, toLane: to[move.toLane] ?? -1 })),
    interruptions: slice.interruptions.map((one) => ({ ...one, lane: to[one.lane] ?? -1 })),
  }
}

/**
 * Where everything stands vertically: lanes grouped by interface, each with its heading, link bar, resent strip, traffic and signals,
 * and between two lanes the row that moves need. Depends on the lanes and moves only, never on the zoom: nothing jumps while panning.
 */
import type { TimelineSlice } from '../../shared/contract.ts'

export const AXIS = 24
export const TRAFFIC = 52
/** a path that carried nothing needs a line, not a lane */
export const IDLE = 14
const GROUP = 22
const LABEL = 17
const LINK = 5
const RESENT = 5
const MARKS = 34
const MOVES = 28
const TOP = 6

export interface LaneBox {
  lane: number
  path: number
  /** top of the group's heading when this lane opens a group, else null */
  groupTop: number | null
  labelTop: number
  linkTop: number
  linkHeight: number
  resentTop: number
  resentHeight: number
  trafficTop: number
  trafficHeight: number
  marksTop: number
  marksHeight: number
  /** row for the moves that cross the lower edge of this lane, null when none does */
  movesTop: number | null
  movesHeight: number
  bottom: number
}

export interface Layout {
  boxes: LaneBox[]
  /** index into boxes by lane */
  boxOf: number[]
  height: number
}

/** the order of lanes: by the letters of their paths, lanes of one interface together */
export function laneOrder(lanes: readonly { interface: string | null }[], pathOf: (lane: number) => number = (lane) => lane): number[] {
  const groups = new Map<string, number[]>()
  const byPath = lanes.map((_, at) => at).sort((a, b) => pathOf(a) - pathOf(b) || a - b)
  for (const at of byPath) {
    const name = lanes[at]!.interface ?? ''
    const group = groups.get(name)
    if (group) group.push(at)
    else groups.set(name, [at])
  }
  return [...groups.values()].flat()
}

/** by lane: the moments of the moves whose arrows run through its signals, which are those of all lanes from the upper end to above the lower one */
export function arrowsByLane(
  { boxes, boxOf }: Layout,
  moves: readonly { time: number; fromLane: number; toLane: number }[],
): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const { time, fromLane, toLane } of moves) {
    const ends = [boxOf[fromLane] ?? -1, boxOf[toLane] ?? -1].sort((a, b) => a - b) as [number, number]
    if (ends[0] < 0) continue
    for (const { lane } of boxes.slice(ends[0], Math.max(ends[0] + 1, ends[1]))) {
      const times = found.get(lane)
      if (times) times.push(time)
      else found.set(lane, [time])
    }
  }
  return found
}

/** as many lanes are shown whatever they carried */
const FEW = 8
/** what happened on a path that carried nothing, and why it did not: such a path is never folded away */
const TELLING: ReadonlySet<string> = new Set(['finding', 'refused', 'icmp', 'withdrawn', 'link'])

/** Lanes that may be left out where there are many: nothing went over them, no move touches them, and nothing says why. */
export function foldable(
  lanes: number,
  idle: ReadonlySet<number>,
  moves: readonly { fromLane: number; toLane: number }[],
  marks: readonly { lane: number; kind: string }[],
): ReadonlySet<number> {
  if (lanes <= FEW) return new Set()
  const kept = new Set([
    ...moves.flatMap((move) => [move.fromLane, move.toLane]),
    ...marks.filter(({ kind }) => TELLING.has(kind)).map(({ lane }) => lane),
  ])
  return new Set([...idle].filter((lane) => !kept.has(lane)))
}

export function layoutLanes(
  lanes: TimelineSlice['lanes'],
  moves: readonly { fromLane: number; toLane: number }[],
  marked: ReadonlySet<number>,
  idle: ReadonlySet<number>,
  pathOf: (lane: number) => number,
  folded: ReadonlySet<number> = new Set(),
): Layout {
  const order = laneOrder(lanes, pathOf).filter((lane) => !folded.has(lane))
  const place: number[] = []
  order.forEach((lane, at) => {
    place[lane] = at
  })
  const crossed = new Set<number>()
  for (const move of moves) {
    const from = place[move.fromLane]
    const to = place[move.toLane]
    if (from === undefined || to === undefined) continue
    // the row just below the upper lane carries the label
    crossed.add(from === to ? from : Math.min(from, to))
  }
  const boxes: LaneBox[] = []
  const boxOf: number[] = []
  let y = TOP
  order.forEach((lane, at) => {
    const previous = at > 0 ? lanes[order[at - 1]!] : undefined
    const opens = previous === undefined || (previous.interface ?? '') !== (lanes[lane]!.interface ?? '')
    const groupTop = opens ? y : null
    if (opens) y += GROUP
    const linkTop = y
    const linkHeight = opens ? LINK : 0
    y += linkHeight + (opens ? 3 : 0)
    const labelTop = y
    y += LABEL
    const resentTop = y
    y += RESENT
    const trafficTop = y
    const trafficHeight = idle.has(lane) ? IDLE : TRAFFIC
    y += trafficHeight
    const marksTop = y
    const marksHeight = marked.has(lane) ? MARKS : 6
    y += marksHeight
    const movesTop = crossed.has(at) ? y : null
    if (movesTop !== null) y += MOVES
    y += 4
    boxOf[lane] = at
    boxes.push({
      lane,
      path: pathOf(lane),
      groupTop,
      labelTop,
      linkTop,
      linkHeight,
      resentTop,
      resentHeight: RESENT,
      trafficTop,
      trafficHeight,
      marksTop,
      marksHeight,
      movesTop,
      movesHeight: MOVES,
      bottom: y,
    })
  })
  return { boxes, boxOf, height: y + AXIS }
}

export function boxAt(layout: Layout, y: number): LaneBox | null {
  for (const box of layout.boxes) if (y >= (box.groupTop ?? box.labelTop) && y < box.bottom) return box
  return null
}

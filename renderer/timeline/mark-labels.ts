/**
 * Signals as diamonds with words that do not cover each other. Marks closer than a diamond become one with a count;
 * words go right of the diamond when there is room before the next one, else into the row below, else they wait for a closer zoom.
 * Everything is placed in whole-slice pixels at one zoom, so that panning moves the picture and never rearranges it.
 */

export interface Mark {
  /** seconds since the capture's start */
  time: number
  lane: number
  kind: string
  label: string
}

export interface Cluster<M extends Mark> {
  marks: M[]
  /** the mark that speaks for the others */
  speaker: M
  time: number
  label: string
  /** 0: beside the diamond, 1: in the row below, -1: no room */
  row: number
  /** pixels from the diamond to where its words begin */
  offset: number
}

/** higher speaks first: what changes a session before what repeats */
const WEIGHT: Record<string, number> = {
  finding: 90,
  refused: 80,
  link: 75,
  closed: 70,
  opened: 68,
  withdrawn: 65,
  claimed: 60,
  preferred: 58,
  verified: 55,
  icmp: 50,
  routing: 40,
  probed: 20,
  retransmitted: 15,
  'payload-started': 12,
  'payload-stopped': 12,
  other: 10,
}

export function weightOf(kind: string): number {
  return WEIGHT[kind] ?? 10
}

const GAP = 11
const BESIDE = 8
/** a flag's cloth hangs to the right of its pole */
const BESIDE_FLAG = 12
/** words keep that far from the frame */
const EDGE = 5
/** pixels that an arrow stands before its moment: the data that decided the move is seen beside it, not under it */
export const ASIDE = 5
/** half of an arrow's width with its edge, and a little */
const ARROW = 4
/** the same words are not said again within so many pixels */
const AGAIN = 280

/**
 * `measure` gives a word's width in pixels; `secondsPerPixel` is the zoom; words do not run over `end`, the picture's last moment, nor over
 * `arrows`, the moments of the moves that cross a lane's signals.
 */
export function clusterMarks<M extends Mark>(
  marks: readonly M[],
  secondsPerPixel: number,
  measure: (text: string) => number,
  end = Number.POSITIVE_INFINITY,
  arrows: ReadonlyMap<number, readonly number[]> = new Map(),
): Cluster<M>[] {
  const byLane = new Map<number, M[]>()
  for (const mark of marks) {
    const list = byLane.get(mark.lane)
    if (list) list.push(mark)
    else byLane.set(mark.lane, [mark])
  }
  const all: Cluster<M>[] = []
  for (const [lane, list] of byLane) {
    list.sort((a, b) => a.time - b.time)
    const clusters: Cluster<M>[] = []
    for (const mark of list) {
      const open = clusters[clusters.length - 1]
      if (open && (mark.time - open.time) / secondsPerPixel < GAP) {
        open.marks.push(mark)
        if (weightOf(mark.kind) > weightOf(open.speaker.kind)) open.speaker = mark
      } else clusters.push({ marks: [mark], speaker: mark, time: mark.time, label: '', row: -1, offset: 0 })
    }
    for (const cluster of clusters) cluster.label = labelOf(cluster)
    const crossed = (arrows.get(lane) ?? []).map((time) => time / secondsPerPixel - ASIDE)
    place(clusters, secondsPerPixel, measure, end / secondsPerPixel - EDGE, crossed)
    all.push(...clusters)
  }
  return all
}

function labelOf(cluster: Cluster<Mark>): string {
  const same = cluster.marks.filter((mark) => mark.label === cluster.speaker.label).length
  const others = cluster.marks.length - same
  return cluster.speaker.label + (same > 1 ? ` \u00d7${same}` : '') + (others > 0 ? ` +${others}` : '')
}

/** the weightier get their words first; a place once given is kept */
function place(
  clusters: Cluster<Mark>[],
  secondsPerPixel: number,
  measure: (text: string) => number,
  edge: number,
  arrows: readonly number[],
): void {
  const crossed = (from: number, to: number): boolean => arrows.some((x) => from < x + ARROW && to > x - ARROW)
  const taken: [number, number][][] = [[], []]
  // diamonds themselves stand in the way of words beside them
  const diamonds = clusters.map((cluster) => cluster.time / secondsPerPixel)
  // a heartbeat every few seconds is named once in a while, not each time
  const named = new Map<string, number[]>()
  const order = clusters
    .map((_, at) => at)
    .sort((a, b) => weightOf(clusters[b]!.speaker.kind) - weightOf(clusters[a]!.speaker.kind) || a - b)
  for (const at of order) {
    const cluster = clusters[at]!
    const x = diamonds[at]!
    if (named.get(cluster.label)?.some((other) => Math.abs(other - x) < AGAIN)) continue
    const length = measure(cluster.label)
    const beside = cluster.speaker.kind === 'finding' ? BESIDE_FLAG : cluster.marks.length > 1 ? BESIDE + 4 : BESIDE
    const noRoom = x + beside + length > edge || crossed(x + beside, x + beside + length)
    const spots: [number, number, boolean][] = [
      [0, beside, x + beside + length + 8 < (diamonds[at + 1] ?? Number.POSITIVE_INFINITY)],
      [0, -BESIDE - length, noRoom && x - BESIDE - length - 8 > (diamonds[at - 1] ?? Number.NEGATIVE_INFINITY)],
      [1, Math.min(-4, edge - x - length), true],
      // on the other side of an arrow that runs through the row below
      [1, BESIDE, x + BESIDE + length <= edge],
      [1, -BESIDE - ASIDE - length, true],
    ]
    for (const [row, offset, clear] of spots) {
      if (
        !clear ||
        (row === 0 && x + offset + length > edge) ||
        !free(taken[row]!, x + offset, x + offset + length) ||
        crossed(x + offset, x + offset + length)
      )
        continue
      cluster.row = row
      cluster.offset = offset
      taken[row]!.push([x + offset, x + offset + length])
      named.set(cluster.label, [...(named.get(cluster.label) ?? []), x])
      break
    }
  }
}

const AIR = 8

function free(taken: [number, number][], from: number, to: number): boolean {
  for (const [start, end] of taken) if (from < end + AIR && to > start - AIR) return false
  return true
}

export interface Pill {
  x: number
  /** left edge of the words, null: only the arrow shows */
  left: number | null
  text: string
}

/** words beside the arrows of one row: right of the arrow, left of it, the short form, or none */
export function placePills(
  arrows: readonly { x: number; long: string; short: string; first: boolean }[],
  measure: (text: string) => number,
  padding = 18,
  right = Number.POSITIVE_INFINITY,
): Pill[] {
  const pillSpans: [number, number][] = []
  const pills: Pill[] = arrows.map((arrow) => ({ x: arrow.x, left: null, text: '' }))
  const order = arrows.map((_, at) => at).sort((a, b) => Number(arrows[b]!.first) - Number(arrows[a]!.first) || arrows[a]!.x - arrows[b]!.x)
  for (const at of order) {
    const arrow = arrows[at]!
    for (const text of [arrow.long, arrow.short]) {
      const length = measure(text) + padding
      const spots = [arrow.x + 6, arrow.x - 6 - length]
      // the chosen one may stand before other arrows, the rest must not
      const clear = (spot: number) =>
        (arrow.x > right || spot + length <= right) &&
        (arrow.x < 0 || spot >= 0) &&
        pillSpans.every(([start, end]) => spot > end + 2 || spot + length < start - 2) &&
        (arrow.first || arrows.every((other, place) => place === at || other.x < spot - 2 || other.x > spot + length + 2))
      const left = spots.find(clear)
      if (left === undefined) continue
      pills[at] = { x: arrow.x, left, text }
      pillSpans.push([left, left + length])
      break
    }
  }
  return pills
}

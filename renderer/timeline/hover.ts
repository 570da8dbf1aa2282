/**
 * What lies under the pointer: a move, signals, or the traffic of a lane at a moment. Returns words for the read-out and,
 * for a click, where to go. A search over what is on screen; no state.
 */
import { bytes, milliseconds, moment, rate } from '../text/format.ts'
import type { PlacedMove } from './draw.ts'
import { boxAt, type Layout } from './lane-layout.ts'
import type { Cluster } from './mark-labels.ts'
import { pathLetter } from './palette.ts'
import { binAt, type Slice, type SliceMark } from './slice.ts'
import { type Span, timeToX, width, xToTime } from './time-scale.ts'

export interface Hover {
  x: number
  y: number
  title: string
  lines: string[]
  /** packet that a click goes to */
  frame: number | null
  /** rehoming that a click chooses */
  rehoming: string | null
}

/** enough decimals to tell neighbouring pixels apart */
export function decimalsFor(view: Span, pixels: number): number {
  return Math.max(1, Math.min(6, Math.ceil(-Math.log10(width(view) / Math.max(1, pixels)))))
}

export function hoverAt(
  point: { x: number; y: number },
  view: Span,
  pixels: number,
  layout: Layout,
  slice: Slice | null,
  clusters: readonly Cluster<SliceMark>[],
  moves: readonly PlacedMove[],
): Hover | null {
  const box = boxAt(layout, point.y)
  if (!box || !slice) return null
  const time = xToTime(view, pixels, point.x)
  const decimals = decimalsFor(view, pixels)
  for (const placed of moves) {
    const { pill } = placed
    const onPill =
      pill.left !== null &&
      point.y >= placed.pillTop &&
      point.y <= placed.pillTop + 20 &&
      point.x >= pill.left &&
      point.x <= pill.left + 8 * pill.text.length + 18
    const onArrow = Math.abs(point.x - placed.x) < 5 && point.y >= placed.top && point.y <= placed.bottom
    if (!onPill && !onArrow) continue
    const { move } = placed
    const from = slice.paths[move.fromLane]
    const to = slice.paths[move.toLane]
    const lines = [
      `path ${from === undefined ? '?' : pathLetter(from)} \u2192 ${to === undefined ? '?' : pathLetter(to)}, trigger: ${move.trigger || 'unknown'}`,
    ]
    if (move.outageMs !== null) lines.push(`outage ${milliseconds(move.outageMs)}`)
    lines.push('click for the reasons')
    return { ...point, title: `${move.label} at ${moment(move.time, 3)}`, lines, frame: null, rehoming: move.id }
  }
  if (point.y >= box.marksTop - 2 && point.y <= box.marksTop + box.marksHeight) {
    let nearest: Cluster<SliceMark> | null = null
    let distance = 9
    for (const cluster of clusters) {
      if (cluster.speaker.lane !== box.lane) continue
      const away = Math.abs(timeToX(view, pixels, cluster.time) - point.x)
      if (away < distance) {
        distance = away
        nearest = cluster
      }
    }
    if (nearest) return marksHover(point, nearest, decimals)
  }
  const lane = slice.lanes[box.lane]
  const bin = binAt(slice, time)
  if (!lane || bin === null) return null
  const lines = [`path ${pathLetter(box.path)}: ${lane.initiator} \u21c4 ${lane.responder}`]
  const out = lane.toResponder[bin] ?? 0
  const back = lane.toInitiator[bin] ?? 0
  const resent = lane.retransmitted[bin] ?? 0
  lines.push(`to responder ${rate(out / slice.binSeconds)} \u00b7 to initiator ${rate(back / slice.binSeconds)}`)
  lines.push(`${bytes(out + back)} in ${milliseconds(slice.binSeconds * 1000)}${resent ? ` \u00b7 resent ${bytes(resent)}` : ''}`)
  const stay = slice.stays.find((one) => one.lane === box.lane && time >= one.from && time <= one.to)
  if (stay) lines.push(`nothing got through for ${milliseconds(stay.ms)}`)
  const down = lane.linkDown.find(([start, end]) => time >= start && time <= end)
  if (down) lines.push(`link down since ${moment(down[0], 3)}`)
  return { ...point, title: moment(time, decimals), lines, frame: null, rehoming: null }
}

function marksHover(point: { x: number; y: number }, cluster: Cluster<SliceMark>, decimals: number): Hover {
  const shown = cluster.marks.slice(0, 5)
  const lines = shown.map((mark) => {
    const when = cluster.marks.length > 1 ? `${moment(mark.time, Math.max(3, decimals))}  ` : ''
    return `${when}${mark.label}${mark.detail && mark.detail !== mark.label ? `: ${mark.detail}` : ''}${mark.frame === null ? '' : `  #${mark.frame}`}`
  })
  if (cluster.marks.length > shown.length) lines.push(`and ${cluster.marks.length - shown.length} more; zoom in to tell them apart`)
  else if (cluster.speaker.frame !== null) lines.push(`click for frame ${cluster.speaker.frame}`)
  return { ...point, title: moment(cluster.time, Math.max(3, decimals)), lines, frame: cluster.speaker.frame, rehoming: null }
}

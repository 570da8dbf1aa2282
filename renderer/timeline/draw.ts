/**
 * Paints the path timeline: one call a frame, from slices and layout that are already made. Only bins in view are touched and each
 * colour is one path of rectangles, so a frame of four lanes over 2,000 pixels stays well under the 16 ms that panning has.
 * Heights are the square root of the rate: a keepalive beside a burst still shows. Nothing is allocated a bin.
 */
import { milliseconds } from '../text/format.ts'
import { drawMarks, halo } from './draw-marks.ts'
import { AXIS, type LaneBox, type Layout } from './lane-layout.ts'
import { ASIDE, type Cluster, type Pill, placePills } from './mark-labels.ts'
import { type Palette, pathColour, pathLetter } from './palette.ts'
import type { Slice, SliceMark, SliceMove, SliceStay } from './slice.ts'
import { type Span, ticks, timeToX } from './time-scale.ts'

export interface Scene {
  width: number
  height: number
  view: Span
  layout: Layout
  overview: Slice | null
  detail: Slice | null
  clusters: Cluster<SliceMark>[]
  moves: SliceMove[]
  stays: SliceStay[]
  chosen: string | null
  /** pointer in CSS pixels, null when it is elsewhere */
  pointer: { x: number; y: number } | null
  selecting: { from: number; to: number } | null
  palette: Palette
  ratio: number
}

export interface PlacedMove {
  move: SliceMove
  x: number
  pill: Pill
  pillTop: number
  top: number
  bottom: number
}

const FONT = 11
/** where the words of an outage stand in its lane: the middle, else above or below */
const OUTAGE_ROWS = [0.5, 0.2, 0.8]

export function drawScene(context: CanvasRenderingContext2D, scene: Scene): PlacedMove[] {
  const { palette, width, height, ratio } = scene
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.textBaseline = 'middle'
  const plotBottom = height - AXIS
  drawGrid(context, scene, plotBottom)
  const lanes = (scene.overview ?? scene.detail)?.lanes ?? []
  for (const box of scene.layout.boxes) drawFrame(context, scene, box, lanes)
  if (scene.overview) drawTraffic(context, scene, scene.overview, scene.detail)
  if (scene.detail) drawTraffic(context, scene, scene.detail, null)
  drawOutages(context, scene)
  const moves = drawMoves(context, scene)
  // after the arrows: what a lane is called must be readable where one crosses it
  for (const box of scene.layout.boxes) drawNames(context, scene, box, lanes)
  drawMarks(context, scene)
  if (scene.selecting) {
    const { from, to } = scene.selecting
    context.fillStyle = palette.accent
    context.globalAlpha = 0.14
    context.fillRect(Math.min(from, to), 0, Math.abs(to - from), plotBottom)
    context.globalAlpha = 1
  } else if (scene.pointer && scene.pointer.y < plotBottom) {
    context.fillStyle = palette.muted
    context.fillRect(snap(scene.pointer.x, ratio), 0, 1 / ratio, plotBottom)
  }
  return moves
}

function snap(x: number, ratio: number): number {
  return Math.round(x * ratio) / ratio
}

function drawGrid(context: CanvasRenderingContext2D, scene: Scene, plotBottom: number): void {
  const { palette, width, height, view, ratio } = scene
  context.font = `${FONT}px ${palette.sans}`
  context.textAlign = 'center'
  for (const tick of ticks(view, width)) {
    const x = snap(timeToX(view, width, tick.time), ratio)
    context.fillStyle = palette.grid
    context.fillRect(x, 0, 1 / ratio, plotBottom)
    context.fillStyle = palette.muted
    const half = context.measureText(tick.label).width / 2
    const inside = Math.min(width - half - 4, Math.max(half + 4, x))
    if (Math.abs(inside - x) < 24) context.fillText(tick.label, inside, height - AXIS / 2 + 1)
  }
  context.fillStyle = palette.line
  context.fillRect(0, plotBottom, width, 1 / ratio)
}

/** heading bar of the interface's link, frame of the lane */
function drawFrame(context: CanvasRenderingContext2D, scene: Scene, box: LaneBox, lanes: Slice['lanes']): void {
  const { palette, width, view, ratio } = scene
  const lane = lanes[box.lane]
  if (!lane) return
  if (box.linkHeight > 0) {
    const known = lane.linkDown.length > 0
    context.fillStyle = known ? palette.ok : palette.line
    context.fillRect(0, box.linkTop, width, known ? box.linkHeight : 1)
    for (const [start, end] of lane.linkDown) {
      const from = timeToX(view, width, start)
      const to = timeToX(view, width, end)
      if (to < 0 || from > width) continue
      context.fillStyle = palette.bad
      context.fillRect(Math.max(0, from), box.linkTop - 1, Math.max(2, Math.min(width, to) - Math.max(0, from)), box.linkHeight + 2)
    }
  }
  context.fillStyle = palette.grid
  const baseline = baselineOf(scene, box)
  context.fillRect(0, snap(box.trafficTop, ratio), width, 1 / ratio)
  context.fillRect(0, snap(box.trafficTop + box.trafficHeight, ratio), width, 1 / ratio)
  context.fillStyle = palette.line
  context.fillRect(0, snap(baseline, ratio), width, 1 / ratio)
}

function baselineOf(scene: Scene, box: LaneBox): number {
  const split = (scene.overview ?? scene.detail)?.split ?? 0.5
  return Math.round(box.trafficTop + box.trafficHeight * split)
}

/** bars up for what goes to the responder, down for what comes back; `hole` is left free for a finer slice */
function drawTraffic(context: CanvasRenderingContext2D, scene: Scene, slice: Slice, hole: Slice | null): void {
  const { palette, width, view, ratio } = scene
  const peak = (scene.detail ?? scene.overview)?.peak ?? 0
  if (peak <= 0 || slice.binSeconds <= 0) return
  const scaleOf = 1 / (peak * slice.binSeconds)
  const perBin = (slice.binSeconds / (view.to - view.from)) * width
  const first = Math.max(0, Math.floor((view.from - slice.from) / slice.binSeconds) - 1)
  const origin = timeToX(view, width, slice.from)
  const pixel = 1 / ratio
  for (const box of scene.layout.boxes) {
    const lane = slice.lanes[box.lane]
    if (!lane) continue
    const baseline = baselineOf(scene, box)
    const up = baseline - box.trafficTop - 1
    const down = box.trafficTop + box.trafficHeight - baseline - 1
    const last = Math.min(lane.toResponder.length, Math.ceil((view.to - slice.from) / slice.binSeconds) + 1)
    context.fillStyle = pathColour(palette, box.path)
    context.beginPath()
    for (let bin = first; bin < last; bin++) {
      const toResponder = lane.toResponder[bin]!
      const toInitiator = lane.toInitiator[bin]!
      if (toResponder === 0 && toInitiator === 0) continue
      const time = slice.from + bin * slice.binSeconds
      if (hole && time >= hole.from && time < hole.to) continue
      const x = Math.round((origin + bin * perBin) * ratio) / ratio
      const next = Math.round((origin + (bin + 1) * perBin) * ratio) / ratio
      const wide = Math.max(pixel, next - x)
      if (toResponder > 0) {
        const tall = Math.max(1, Math.min(1, Math.sqrt(toResponder * scaleOf)) * up)
        context.rect(x, baseline - tall, wide, tall)
      }
      if (toInitiator > 0) {
        const tall = Math.max(1, Math.min(1, Math.sqrt(toInitiator * scaleOf)) * down)
        context.rect(x, baseline + pixel, wide, tall)
      }
    }
    context.fill()
    context.fillStyle = palette.bad
    context.beginPath()
    for (let bin = first; bin < last; bin++) {
      const bytes = lane.retransmitted[bin] ?? 0
      if (bytes === 0) continue
      const time = slice.from + bin * slice.binSeconds
      if (hole && time >= hole.from && time < hole.to) continue
      const x = origin + bin * perBin
      const wide = Math.max(2, perBin)
      // a row of small wedges above the traffic: told from payload by place and shape, not by colour alone
      context.moveTo(x, box.resentTop)
      context.lineTo(x + wide, box.resentTop)
      context.lineTo(x + wide / 2, box.resentTop + box.resentHeight)
      context.closePath()
    }
    context.fill()
  }
}

function drawNames(context: CanvasRenderingContext2D, scene: Scene, box: LaneBox, lanes: Slice['lanes']): void {
  const { palette, width, view } = scene
  const lane = lanes[box.lane]
  if (!lane) return
  context.textAlign = 'left'
  if (box.groupTop !== null) {
    const y = box.groupTop + 11
    const name = lane.interface ?? 'interface not known'
    context.font = `600 12px ${palette.sans}`
    context.fillStyle = palette.ink
    halo(context, palette, name, 8, y)
    let edge = 8 + context.measureText(name).width + 8
    if (lane.prefix) {
      context.font = `${FONT}px ${palette.sans}`
      context.fillStyle = palette.muted
      halo(context, palette, lane.prefix, edge, y)
      edge += context.measureText(lane.prefix).width + 12
    }
    context.font = `${FONT}px ${palette.sans}`
    context.fillStyle = palette.badText
    for (const [start, end] of lane.linkDown) {
      const from = Math.max(edge, timeToX(view, width, start))
      const to = Math.min(width, timeToX(view, width, end))
      const words = `link down ${milliseconds((end - start) * 1000)}`
      const long = context.measureText(words).width
      if (to - from > long + 8) halo(context, palette, words, (from + to) / 2 - long / 2, y)
    }
  }
  const y = box.labelTop + 8
  const letter = pathLetter(box.path)
  context.font = `700 10px ${palette.sans}`
  const badge = Math.max(15, context.measureText(letter).width + 8)
  context.fillStyle = palette.panel
  context.fillRect(7, box.labelTop, badge + 2, 15)
  context.lineWidth = 2
  context.strokeStyle = pathColour(palette, box.path)
  context.strokeRect(8, box.labelTop + 1, badge, 13)
  context.fillStyle = palette.ink
  context.textAlign = 'center'
  context.fillText(letter, 8 + badge / 2, y)
  context.textAlign = 'left'
  context.font = `${FONT}px ${palette.sans}`
  const caption = `${lane.initiator} \u21c4 ${lane.responder}`
  const left = 8 + badge + 7
  // an edge round the letters leaves an arrow standing in the gaps between them, like one letter more: it passes behind a plate
  context.fillStyle = palette.panel
  context.fillRect(left - 3, box.labelTop, context.measureText(caption).width + 6, 15)
  context.fillStyle = palette.ink
  context.fillText(caption, left, y)
}

function drawOutages(context: CanvasRenderingContext2D, scene: Scene): void {
  const { palette, width, view, layout } = scene
  /** words that stand already: outages of one lane may overlap */
  const taken: { box: LaneBox; row: number; from: number; to: number }[] = []
  const moved = scene.moves.map(({ fromLane, lastOld, time, outageMs }) => ({
    lane: fromLane,
    from: lastOld ?? time,
    to: time,
    ms: outageMs,
  }))
  for (const outage of [...moved, ...scene.stays]) {
    if (outage.to <= outage.from) continue
    const box = layout.boxes[layout.boxOf[outage.lane] ?? -1]
    if (!box) continue
    const from = timeToX(view, width, outage.from)
    const to = timeToX(view, width, outage.to)
    if (to < 0 || from > width || to - from < 1.5) continue
    const top = box.trafficTop
    const tall = box.trafficHeight
    context.fillStyle = palette.outage
    context.fillRect(from, top, to - from, tall)
    // a bracket: what counts is where it begins and ends
    context.strokeStyle = palette.bad
    context.lineWidth = 1.5
    context.beginPath()
    const foot = Math.min(5, (to - from) / 3)
    context.moveTo(from + foot, top + 1)
    context.lineTo(from, top + 1)
    context.lineTo(from, top + tall - 1)
    context.lineTo(from + foot, top + tall - 1)
    context.moveTo(to - foot, top + 1)
    context.lineTo(to, top + 1)
    context.lineTo(to, top + tall - 1)
    context.lineTo(to - foot, top + tall - 1)
    context.stroke()
    const words = `${milliseconds(outage.ms)} without delivery`
    context.font = `${FONT}px ${palette.sans}`
    context.textAlign = 'center'
    const visibleFrom = Math.max(0, from)
    const visibleTo = Math.min(width, to)
    const long = context.measureText(words).width
    if (visibleTo - visibleFrom > long + 14) {
      const middle = (visibleFrom + visibleTo) / 2
      const overlaps = (row: number): boolean =>
        taken.some((one) => one.box === box && one.row === row && one.from < middle + long / 2 + 8 && one.to > middle - long / 2 - 8)
      const row = OUTAGE_ROWS.findIndex((_, at) => !overlaps(at))
      if (row < 0) continue
      taken.push({ box, row, from: middle - long / 2, to: middle + long / 2 })
      context.fillStyle = palette.badText
      halo(context, palette, words, middle, top + tall * (OUTAGE_ROWS[row] as number))
    }
  }
}

function drawMoves(context: CanvasRenderingContext2D, scene: Scene): PlacedMove[] {
  const { palette, width, view, layout } = scene
  const rows = new Map<number, { move: SliceMove; from: LaneBox; to: LaneBox; x: number }[]>()
  for (const move of scene.moves) {
    const from = layout.boxes[layout.boxOf[move.fromLane] ?? -1]
    const to = layout.boxes[layout.boxOf[move.toLane] ?? -1]
    if (!from || !to) continue
    const x = timeToX(view, width, move.time) - ASIDE
    if (x < -400 || x > width + 400) continue
    const upper = from.trafficTop <= to.trafficTop ? from : to
    const top = upper.movesTop ?? upper.bottom
    const list = rows.get(top)
    if (list) list.push({ move, from, to, x })
    else rows.set(top, [{ move, from, to, x }])
  }
  const placed: PlacedMove[] = []
  context.font = `600 ${FONT}px ${palette.sans}`
  for (const [top, list] of rows) {
    list.sort((a, b) => a.x - b.x)
    const pills = placePills(
      list.map(({ move, x }) => ({ x, long: longLabel(move), short: milliseconds(move.outageMs), first: move.id === scene.chosen })),
      (text) => context.measureText(text).width,
      18,
      width - 4,
    )
    list.forEach(({ move, from, to, x }, at) => {
      // from the old lane's zero line to the new one's: the words and diamonds between stay clear of its ends
      const start = baselineOf(scene, from)
      const end = baselineOf(scene, to)
      drawArrow(context, palette, x, from === to ? end + 40 : start, end, move.id === scene.chosen)
      const pill = pills[at]!
      placed.push({ move, x, pill, pillTop: top + 4, top: Math.min(start, end), bottom: Math.max(start, end) })
    })
  }
  for (const { move, pill, pillTop } of placed) drawPill(context, scene, pill, pillTop, move.id === scene.chosen)
  return placed
}

function longLabel(move: SliceMove): string {
  const parts = [move.label]
  if (move.outageMs !== null) parts.push(milliseconds(move.outageMs))
  if (move.trigger) parts.push(move.trigger)
  return parts.join(' \u00b7 ')
}

function drawArrow(context: CanvasRenderingContext2D, palette: Palette, x: number, from: number, to: number, chosen: boolean): void {
  const sign = to > from ? 1 : -1
  // an edge of the background's colour keeps it readable over traffic
  context.strokeStyle = palette.panel
  context.lineWidth = chosen ? 6 : 5
  context.beginPath()
  context.moveTo(x, from)
  context.lineTo(x, to)
  context.stroke()
  context.strokeStyle = palette.accent
  context.lineWidth = chosen ? 3 : 2
  context.beginPath()
  context.moveTo(x, from)
  context.lineTo(x, to - sign * 8)
  context.stroke()
  context.fillStyle = palette.accent
  context.beginPath()
  context.moveTo(x, to)
  context.lineTo(x - 5.5, to - sign * 10)
  context.lineTo(x + 5.5, to - sign * 10)
  context.closePath()
  context.fill()
  context.beginPath()
  context.arc(x, from, 3, 0, Math.PI * 2)
  context.fill()
}

function drawPill(context: CanvasRenderingContext2D, scene: Scene, pill: Pill, top: number, chosen: boolean): void {
  if (pill.left === null) return
  const { palette } = scene
  context.font = `600 ${FONT}px ${palette.sans}`
  context.textAlign = 'left'
  const wide = context.measureText(pill.text).width + 18
  context.fillStyle = chosen ? palette.accent : palette.panel
  context.strokeStyle = palette.accent
  context.lineWidth = 1.5
  context.beginPath()
  context.roundRect(pill.left, top, wide, 20, 10)
  context.fill()
  context.stroke()
  context.fillStyle = chosen ? palette.onAccent : palette.accent
  context.fillText(pill.text, pill.left + 9, top + 10.5)
}

/**
 * Time to pixels and back, zoom, pan and axis ticks. Times here are seconds since the capture's first packet:
 * differences of epoch seconds would lose the microseconds. Pure arithmetic; no state.
 */

import { tickLabel } from '../../shared/numbers.ts'

export interface Span {
  from: number
  to: number
}

/** closest zoom: 20 microseconds across the window */
export const SHORTEST = 2e-5

export function width(span: Span): number {
  return span.to - span.from
}

export function timeToX(view: Span, pixels: number, time: number): number {
  return ((time - view.from) / (view.to - view.from)) * pixels
}

export function xToTime(view: Span, pixels: number, x: number): number {
  return view.from + (x / pixels) * (view.to - view.from)
}

/** keeps the length when it can, moves the span inside the bounds */
export function within(bounds: Span, view: Span): Span {
  const length = Math.min(Math.max(SHORTEST, width(view)), Math.max(SHORTEST, width(bounds)))
  const from = Math.min(Math.max(view.from, bounds.from), Math.max(bounds.from, bounds.to - length))
  return { from, to: from + length }
}

/** `factor` below 1 zooms in; `anchor` stays where it is on screen */
export function zoom(bounds: Span, view: Span, factor: number, anchor: number): Span {
  const length = Math.min(width(bounds), Math.max(SHORTEST, width(view) * factor))
  const share = (anchor - view.from) / width(view)
  const from = anchor - share * length
  return within(bounds, { from, to: from + length })
}

export function pan(bounds: Span, view: Span, bySeconds: number): Span {
  return within(bounds, { from: view.from + bySeconds, to: view.to + bySeconds })
}

export function isWhole(bounds: Span, view: Span): boolean {
  return width(view) >= width(bounds) * 0.9999
}

/** what is asked of the engine: half a window more on each side, so that panning has something to show */
export function sliceSpan(bounds: Span, view: Span): Span {
  const margin = width(view) / 2
  return { from: Math.max(bounds.from, view.from - margin), to: Math.min(bounds.to, view.to + margin) }
}

export interface Tick {
  time: number
  label: string
}

const STEPS = [1, 2, 5]
const LONG_STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]

/** smallest round step that leaves at least `gap` pixels between ticks */
export function tickStep(view: Span, pixels: number, gap: number): number {
  const least = (width(view) / Math.max(1, pixels)) * gap
  if (least > 5) {
    for (const step of LONG_STEPS) if (step >= least) return step
    return Math.ceil(least / 86_400) * 86_400
  }
  const power = 10 ** Math.floor(Math.log10(least))
  for (const step of STEPS) if (step * power >= least) return step * power
  return 10 * power
}

/** pixels of a digit in a label, and what stands between two labels */
const DIGIT = 6.6
const BETWEEN = 14

/** round moments with their labels, none closer than `gap` pixels, nor than the longest label is wide */
export function ticks(view: Span, pixels: number, gap = 90): Tick[] {
  const step = tickStep(view, pixels, gap)
  const list: Tick[] = []
  for (let number = Math.ceil(view.from / step - 1e-9); number * step <= view.to + step * 1e-9 && list.length < 500; number++) {
    const time = number * step
    list.push({ time, label: tickLabel(Math.abs(time) < step / 1e6 ? 0 : time, step) })
  }
  // a capture of days has labels of days, hours, minutes and seconds
  const widest = list.reduce((most, { label }) => Math.max(most, label.length * DIGIT + BETWEEN), 0)
  return widest > gap && list.length > 1 ? ticks(view, pixels, widest) : list
}

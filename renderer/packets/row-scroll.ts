/**
 * Maps a scroll container onto a list that may be far taller than a browser allows (Chromium clamps at about 33.5 million pixels).
 * Up to LIMIT the mapping is one to one. Beyond it the thumb is scaled, and wheel and keys move real pixels:
 * every row stays reachable one by one. Pure arithmetic.
 */

/** tallest spacer that is asked of the browser; well below every engine's clamp, also at device pixel ratios of 4 */
export const LIMIT = 8_000_000

export interface ScrollScale {
  rowHeight: number
  rows: number
  viewport: number
}

export function realHeight(scale: ScrollScale): number {
  return scale.rows * scale.rowHeight
}

export function spacerHeight(scale: ScrollScale): number {
  return Math.min(LIMIT, realHeight(scale))
}

export function isScaled(scale: ScrollScale): boolean {
  return realHeight(scale) > LIMIT
}

export function maximumTop(scale: ScrollScale): number {
  return Math.max(0, realHeight(scale) - scale.viewport)
}

export function clampTop(scale: ScrollScale, top: number): number {
  return Math.min(maximumTop(scale), Math.max(0, top))
}

/** within a row of it: what is scrolled by hand seldom ends at the very pixel */
export function isAtEnd(scale: ScrollScale, top: number): boolean {
  return top >= maximumTop(scale) - scale.rowHeight
}

/** real pixel at the top of the window, from the container's scrollTop */
export function topFromScroll(scale: ScrollScale, scrollTop: number): number {
  if (!isScaled(scale)) return clampTop(scale, scrollTop)
  const room = spacerHeight(scale) - scale.viewport
  // browsers round scrollTop to device pixels: the last pixel means the end
  if (scrollTop >= room - 1) return maximumTop(scale)
  return clampTop(scale, (scrollTop / room) * maximumTop(scale))
}

export function scrollFromTop(scale: ScrollScale, top: number): number {
  if (!isScaled(scale)) return clampTop(scale, top)
  const room = spacerHeight(scale) - scale.viewport
  const at = (clampTop(scale, top) / maximumTop(scale)) * room
  // only the very end may land on the pixel that means the end
  return top >= maximumTop(scale) ? room : Math.min(at, room - 2)
}

export interface RowWindow {
  first: number
  /** one past the last row that shows */
  last: number
}

export function visibleRows(scale: ScrollScale, top: number, overscan: number): RowWindow {
  const first = Math.max(0, Math.floor(top / scale.rowHeight) - overscan)
  const last = Math.min(scale.rows, Math.ceil((top + scale.viewport) / scale.rowHeight) + overscan)
  return { first, last: Math.max(first, last) }
}

/** the nearest top at which the row is wholly inside; `centre` puts it in the middle when it was outside */
export function topToShow(scale: ScrollScale, top: number, index: number, centre: boolean): number {
  const from = index * scale.rowHeight
  const to = from + scale.rowHeight
  if (from >= top && to <= top + scale.viewport) return clampTop(scale, top)
  if (centre) return clampTop(scale, from - (scale.viewport - scale.rowHeight) / 2)
  return clampTop(scale, from < top ? from : to - scale.viewport)
}

/**
 * Frames as people write them, and Wireshark too: `1-100, 250, 400-`. Pure.
 */

/** [from, to], both inside; `to` may be Infinity */
export type FrameRange = readonly [number, number]

const MOST_RANGES = 1_000

/** Ranges in order, overlaps joined; a text says what is wrong. */
export function frameRanges(text: string): FrameRange[] | string {
  const parts = text
    .replace(/\s*(?:-|\u2013|\u2014)\s*/g, '-')
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
  if (parts.length === 0) return 'no frame is named'
  if (parts.length > MOST_RANGES) return `more than ${MOST_RANGES} ranges of frames`
  const found: [number, number][] = []
  for (const part of parts) {
    const match = /^(\d{1,10})?(-)?(\d{1,10})?$/.exec(part)
    const [, first, dash, last] = match ?? []
    if (match === null || (first === undefined && last === undefined)) return `'${part.slice(0, 40)}' is no frame and no range of frames`
    const from = first === undefined ? 1 : Number(first)
    const to = dash === undefined ? from : last === undefined ? Number.POSITIVE_INFINITY : Number(last)
    if (from < 1 || to < 1) return 'frames are counted from 1'
    if (to < from) return `the range ${part} ends before it begins`
    found.push([from, to])
  }
  found.sort((a, b) => a[0] - b[0])
  const joined: [number, number][] = []
  for (const [from, to] of found) {
    const before = joined.at(-1)
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to)
    else joined.push([from, to])
  }
  return joined
}

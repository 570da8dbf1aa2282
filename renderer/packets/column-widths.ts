/**
 * How wide the columns of frame number, time and interface have to be for this capture: as wide as their longest text, so that no time loses
 * its digits and what is left goes to the info. In `ch`, the width of a digit: digits have one width. Pure.
 */

export interface ListFacts {
  packets: number
  /** seconds from the packet that times are counted from to the first and last of the capture */
  earliest: number
  latest: number
  interfaces: readonly (string | null)[]
}

export interface ColumnWidths {
  number: number
  time: number
  interface: number
}

/** six decimals and their point */
const DECIMALS = 7
/** a list that grows does not shift with each digit it gains */
const FEWEST_DIGITS = 5
const FEWEST_SECONDS = 3
/** the head of the column, and what a long name is cut to; all of it is under the pointer */
const NARROWEST = 2
const WIDEST = 14

const digits = (value: number): number => String(Math.trunc(Math.abs(value))).length

export function columnWidths({ packets, earliest, latest, interfaces }: ListFacts): ColumnWidths {
  const sign = earliest < 0 ? 1 : 0
  const longest = interfaces.reduce((most, name) => Math.max(most, name === null || name === '' ? 0 : name.length + 1), NARROWEST)
  return {
    number: Math.max(FEWEST_DIGITS, digits(packets)),
    time: Math.max(FEWEST_SECONDS, digits(latest), digits(earliest) + sign) + DECIMALS,
    interface: Math.min(WIDEST, longest),
  }
}

/**
 * How far the heap may grow between two collections, and that what is left of it is put together. By itself the runtime waits until two to four times
 * what was alive is in use and leaves the holes between, which suits programs that are small or short. A capture of millions of packets fills its
 * tables, which are bounded, and then drops as much as it takes up: what waits to be collected, and the holes where it was, would be more than all
 * tables together. Cost: one call a process; collections take some hundredths of the time. A runtime that knows no such setting stays as it was.
 */
import { setFlagsFromString } from 'node:v8'

/** packets from which on a capture is long: below, tables are not full and collections would only cost */
export const LONG_CAPTURE = 500_000
/** the heap may grow by two fifths of what is alive; pages that are mostly holes are emptied */
const SETTINGS = ['--heap-growing-percent=40', '--optimize-for-size']

let held = false

/** To be called as packets come in; `rows`: how many there are. True once the heap is held. */
export function holdHeap(rows: number, set: (flag: string) => void = setFlagsFromString): boolean {
  if (held || rows < LONG_CAPTURE) return held
  held = true
  for (const setting of SETTINGS) set(setting)
  return held
}

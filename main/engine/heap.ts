/**
 * How far the heap may grow between two collections. By itself the runtime waits until two to four times what was alive is in use, which suits
 * programs that are small or short. A capture of millions of packets fills its tables, which are bounded, and then drops as much as it takes up: what
 * waits to be collected would be more than all tables together. Held to half of what is alive, collections take a few percent of the time.
 * Cost: one call a process. Where the runtime knows no such setting, all stays as it was.
 */
import { setFlagsFromString } from 'node:v8'

/** packets from which on a capture is long: below, tables are not full and collections would only cost */
export const LONG_CAPTURE = 1_000_000
const MOST_GROWTH = 50

let held = false

/** To be called as packets come in; `rows`: how many there are. True once growth is held. */
export function holdHeap(rows: number, set: (flag: string) => void = setFlagsFromString): boolean {
  if (held || rows < LONG_CAPTURE) return held
  held = true
  set(`--heap-growing-percent=${MOST_GROWTH}`)
  return held
}

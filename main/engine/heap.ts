/**
 * How much memory the heap takes beside what is alive in it. By itself the runtime collects when two to four times what was alive is in use, and
 * leaves the holes where they are, which suits programs that are small or short. A capture of millions of packets fills its tables, which are
 * bounded, and then drops as much as it takes up: what waits to be collected, and the holes between what stays, would be more than all tables
 * together. So the growth of a heap that has become large is held while a capture is read, and collections put the heap together for as long as it is mostly holes.
 * Cost: a look at some numbers every `LOOK` packets. A runtime that knows no such settings stays as it was.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** bytes from which on the heap is large: below, what waits to be collected is little and collections would only cost */
export const LARGE_HEAP = 600e6
/** packets from one look to the next */
const LOOK = 50_000
/** looks of which the least in use stands for what is alive: some collections lie between them */
const LOOKS = 10
/** the heap may grow by this much of what is alive, in percent */
const GROWTH = 30
/** of what is alive: with more than this it is put together, until it is less than that */
const TOO_MUCH = 1.7
const ENOUGH = 1.5

export class HeapHold {
  private looked = 0
  private held = false
  private together = false
  private used: number[] = []

  /** `set` and `look` stand for the runtime's. */
  constructor(
    private readonly set: (setting: string) => void = setFlagsFromString,
    private readonly look: () => { total_heap_size: number; used_heap_size: number } = getHeapStatistics,
  ) {}

  /** To be called as packets come in; `rows`: how many there are. */
  seen(rows: number): void {
    if (rows - this.looked < LOOK) return
    this.looked = rows
    const { total_heap_size: total, used_heap_size: used } = this.look()
    if (!this.held && total < LARGE_HEAP) return
    if (!this.held) this.set(`--heap-growing-percent=${GROWTH}`)
    this.held = true
    this.used = [...this.used.slice(1 - LOOKS), used]
    const alive = Math.min(...this.used)
    if (this.together ? total < alive * ENOUGH : total > alive * TOO_MUCH) this.putTogether(!this.together)
  }

  /** All is read: as it was. */
  release(): void {
    if (this.held) this.set('--heap-growing-percent=0')
    if (this.together) this.putTogether(false)
    this.held = false
  }

  private putTogether(on: boolean): void {
    this.together = on
    this.set(on ? '--optimize-for-size' : '--no-optimize-for-size')
  }
}

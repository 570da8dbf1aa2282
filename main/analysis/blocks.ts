/**
 * Small runs of numbers cut out of shared blocks: what would be an array of its own for each direction of each session. A run is a block and
 * the place in it where it begins; its holder keeps both, so that a block lives as long as one of its runs is held.
 * Sizes are powers of two from 8 numbers on, up to a block's half; longer runs have a block of their own. Runs given back are lent again
 * to the same analysis and go with it. Cost: no object a run. Numbers of a new run are what was there before: holders write before they read.
 */
export type Block = Float64Array<ArrayBuffer>

const BLOCK = 4096
const SMALLEST = 3
const LARGEST = 11
export const NO_BLOCK: Block = new Float64Array(0)

export class Runs {
  /** of the run that was cut last */
  at = 0
  private block: Block = NO_BLOCK
  private used = BLOCK
  private readonly freeBlocks: Block[][] = Array.from({ length: LARGEST + 1 }, () => [])
  private readonly freePlaces: number[][] = Array.from({ length: LARGEST + 1 }, () => [])

  /** Block of a run of at least `size` numbers, whose beginning is in `at` then. */
  take(size: number): Block {
    const order = orderOf(size)
    if (order > LARGEST) {
      this.at = 0
      return new Float64Array(1 << order)
    }
    const block = (this.freeBlocks[order] as Block[]).pop()
    if (block !== undefined) {
      this.at = (this.freePlaces[order] as number[]).pop() as number
      return block
    }
    const length = 1 << order
    if (this.used + length > BLOCK) {
      this.block = new Float64Array(BLOCK)
      this.used = 0
    }
    this.at = this.used
    this.used += length
    return this.block
  }

  give(block: Block, at: number, size: number): void {
    const order = orderOf(size)
    if (block.length === 0 || order > LARGEST) return
    ;(this.freeBlocks[order] as Block[]).push(block)
    ;(this.freePlaces[order] as number[]).push(at)
  }
}

function orderOf(size: number): number {
  return Math.max(SMALLEST, 32 - Math.clz32(size - 1))
}

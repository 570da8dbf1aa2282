/** Every watch of the catalogue. One line a file. */
import type { WatchMaker } from './watch.ts'

export const WATCHES: readonly WatchMaker[] = []

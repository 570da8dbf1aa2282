/** Every watch of the catalogue. One line a file. */
import { INGRESS_WATCH } from './ingress/watch.ts'
import type { WatchMaker } from './watch.ts'

export const WATCHES: readonly WatchMaker[] = [
  INGRESS_WATCH,
]

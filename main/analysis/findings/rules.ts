/** Every watch of the catalogue. One line a file. */
import { contextsWatch } from './contexts/watch.ts'
import { INGRESS_WATCH } from './ingress/watch.ts'
import { NAME_WATCH } from './names/watch.ts'
import { NEIGHBOUR_WATCH } from './neighbour/watch.ts'
import type { WatchMaker } from './watch.ts'

export const WATCHES: readonly WatchMaker[] = [contextsWatch(), INGRESS_WATCH, NEIGHBOUR_WATCH, NAME_WATCH]

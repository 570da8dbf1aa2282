/** Every watch of the catalogue. One line a file. */
import { RECOGNISER_WATCH } from '../recognisers/watch.ts'
import { contextsWatch } from './contexts/watch.ts'
import { INGRESS_WATCH } from './ingress/watch.ts'
import { NAME_WATCH } from './names/watch.ts'
import { LEASE_WATCH } from './neighbour/leases.ts'
import { NEIGHBOUR_WATCH } from './neighbour/watch.ts'
import { HANDSHAKE_WATCH } from './reflection/watch.ts'
import { ROUTE_WATCH } from './routing/watch.ts'
import { SELECTION_WATCH } from './selection/watch.ts'
import type { WatchMaker } from './watch.ts'

export const WATCHES: readonly WatchMaker[] = [
  contextsWatch(),
  INGRESS_WATCH,
  NEIGHBOUR_WATCH,
  NAME_WATCH,
  LEASE_WATCH,
  HANDSHAKE_WATCH,
  ROUTE_WATCH,
  SELECTION_WATCH,
  RECOGNISER_WATCH,
]

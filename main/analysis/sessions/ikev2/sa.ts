/** One IKE SA, or the ESP of one address pair whose IKE SA was not seen, as its messages and packets are followed. */
import type { End, Locator, Pair } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'

export interface Sa {
  session: MultiSession
  /** end 0 of the session is side 1 of the SA: the session was made of ESP before the first IKE message was seen */
  flipped: boolean
  /** last IKE_AUTH or CREATE_CHILD_SA message */
  exchange: number
  /** shortest time between two requests of dead peer detection, ns; 0 none seen */
  detection: number
  lastAsked: [number, number]
  /** path and pair that carried the last data of each end */
  active: [number, number]
  lastPair: [Pair | null, Pair | null]
  /** highest unit number by sender */
  top: [number, number]
  /** paths on which the request of an end was answered, and nothing of that end was seen since */
  proven: { path: number; by: End }[]
  /** what a new list of addresses took away, until the rest of its message is read */
  replaced: { row: number; locators: Locator[] } | null
  /** the payloads of its messages can be read */
  readable: boolean
  /** last request of each end, and the one that deletes the SA, as probes name them */
  lastRequest: [string, string]
  deletion: string
}

export function newSa(session: MultiSession): Sa {
  return {
    session,
    flipped: false,
    exchange: Number.NEGATIVE_INFINITY,
    detection: 0,
    lastAsked: [-1, -1],
    active: [-1, -1],
    lastPair: [null, null],
    top: [0, 0],
    proven: [],
    replaced: null,
    readable: false,
    lastRequest: ['', ''],
    deletion: '',
  }
}

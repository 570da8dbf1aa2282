/**
 * What the OPEN messages of a BGP connection agreed on, without which UPDATEs cannot be read: the size of AS numbers and additional paths.
 * By flow, two sides; 16,384 connections, the oldest goes first.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'

const MAX_SESSIONS = 16_384
/** Additional paths are kept for this many families a side. */
const MAX_FAMILIES = 64

export class Peering {
  /** OPEN seen, by direction */
  readonly open: [boolean, boolean] = [false, false]
  readonly fourByteAs: [boolean, boolean] = [false, false]
  readonly keepalive: [boolean, boolean] = [false, false]
  /** (AFI << 8 | SAFI) to bits: 1 receives, 2 sends */
  readonly paths: [Map<number, number>, Map<number, number>] = [new Map(), new Map()]
  opened = false

  get known(): boolean {
    return this.open[0] && this.open[1]
  }

  /** A new OPEN of this side forgets what an earlier one said. */
  renew(side: 0 | 1): void {
    this.open[side] = true
    this.fourByteAs[side] = false
    this.keepalive[side] = false
    this.paths[side].clear()
    this.opened = false
  }

  addPath(side: 0 | 1, family: number, bits: number): void {
    if (this.paths[side].size < MAX_FAMILIES) this.paths[side].set(family, bits)
  }

  /** Do UPDATEs of this side carry path identifiers for the family (RFC 7911 section 4)? */
  carriesPaths(side: 0 | 1, family: number): boolean {
    const mine = this.paths[side].get(family) ?? 0
    const peers = this.paths[side === 0 ? 1 : 0].get(family) ?? 0
    return (mine & 2) !== 0 && (peers & 1) !== 0
  }
}

export class Peerings {
  private readonly byFlow = new Map<number, Peering>()

  constructor(private readonly forgotten: Forgotten) {}

  get(flow: number): Peering | undefined {
    return this.byFlow.get(flow)
  }

  make(flow: number): Peering {
    let peering = this.byFlow.get(flow)
    if (peering === undefined) {
      this.forgotten.room(this.byFlow, MAX_SESSIONS, 'BGP sessions')
      peering = new Peering()
      this.byFlow.set(flow, peering)
    }
    return peering
  }
}

export const peerings = new StateKey<Peerings>('bgp', (state) => new Peerings(state.flows.forgotten))

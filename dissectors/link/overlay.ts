/**
 * What an overlay (VXLAN, Geneve) carries: frames of a network of its own, or, where a cloud mirrors an interface's traffic in it, frames as they
 * were captured there. A mirror tells itself by what it carries: both directions between two machines, in packets that all go one way. Two ends
 * of an overlay have a machine each on their side, so that its answers come the other way.
 * Cost: a look-up a packet; the first frames of each carrier are looked at. Bounded: MAX_CARRIERS, MAX_FLOWS, MAX_PAIRS a carrier.
 */
import { hexOf } from '../core/hex.ts'
import { StateKey, type StreamState } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { MIRRORS, OVERLAYS } from './wire.ts'

const MAX_CARRIERS = 4096
const MAX_FLOWS = 65_536
const MAX_PAIRS = 256
/** frames of a carrier that are looked at until it is taken for an overlay */
const MAX_LOOKS = 4096
/** frames each way between two machines: one may be a frame to a machine that was not known yet, sent to everybody */
const BOTH_WAYS = 2

/** All packets of one network from one address to another. */
interface Carrier {
  kind: 'open' | 'overlay' | 'mirror'
  looks: number
  /** by two link-layer addresses in order: frames from the lower one, and from the higher */
  readonly pairs: Map<string, [number, number]>
}

class Carriers {
  /** by flow, direction and network */
  private readonly byFlow = new Map<number, Carrier>()
  private readonly byEnds = new Map<string, Carrier>()

  constructor(private readonly state: StreamState) {}

  of(flow: number, direction: number, network: number): Carrier | null {
    const key = (flow * 2 + direction) * 0x1_000_000 + network
    const known = this.byFlow.get(key)
    if (known !== undefined) return known
    return this.state.frozen ? null : this.enter(key, flow, direction, network)
  }

  private enter(key: number, flow: number, direction: number, network: number): Carrier {
    const { flows } = this.state
    const [from, to] = [flows.sender(flow, direction), flows.receiver(flow, direction)]
    let carrier = this.byEnds.get(`${from}>${to}/${network}`)
    if (carrier === undefined) {
      flows.forgotten.room(this.byEnds, MAX_CARRIERS, 'pairs of ends of an overlay')
      carrier = { kind: 'open', looks: 0, pairs: new Map() }
      this.byEnds.set(`${from}>${to}/${network}`, carrier)
    }
    // Who sends back is the other end of an overlay.
    const back = this.byEnds.get(`${to}>${from}/${network}`)
    if (back !== undefined) for (const one of [carrier, back]) decide(one, 'overlay')
    flows.forgotten.room(this.byFlow, MAX_FLOWS, 'flows of overlays')
    this.byFlow.set(key, carrier)
    return carrier
  }
}

const carriers = new StateKey<Carriers>('link.overlays', (state) => new Carriers(state))

function decide(carrier: Carrier, kind: 'overlay' | 'mirror'): void {
  carrier.kind = kind
  carrier.pairs.clear()
}

/** Looks at the link-layer addresses of a frame at `offset`. */
function look(walk: Walk, carrier: Carrier, offset: number): void {
  if (walk.limit - offset < 12 || ((walk.u8(offset) | walk.u8(offset + 6)) & 1) !== 0) return
  if (++carrier.looks > MAX_LOOKS) {
    decide(carrier, 'overlay')
    return
  }
  const to = hexOf(walk.bytes, offset, offset + 6)
  const from = hexOf(walk.bytes, offset + 6, offset + 12)
  const lower = from < to
  const key = lower ? from + to : to + from
  let seen = carrier.pairs.get(key)
  if (seen === undefined) {
    if (carrier.pairs.size >= MAX_PAIRS) return
    seen = [0, 0]
    carrier.pairs.set(key, seen)
  }
  seen[lower ? 0 : 1]++
  if (seen[0] >= BOTH_WAYS && seen[1] >= BOTH_WAYS) decide(carrier, 'mirror')
}

/** Says on which link what stands at `offset` is: that of the overlay network, or the one that was mirrored. `frame`: it is an Ethernet frame. */
export function enterOverlay(walk: Walk, network: number, offset: number, frame: boolean): void {
  const carrier = frame && walk.flow >= 0 ? walk.state.of(carriers).of(walk.flow, walk.direction, network) : null
  if (carrier !== null && carrier.kind === 'open' && !walk.state.frozen) look(walk, carrier, offset)
  if (carrier !== null && carrier.kind === 'mirror') walk.mirrored(MIRRORS + network)
  else walk.segment = OVERLAYS + network
}

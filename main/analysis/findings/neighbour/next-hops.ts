/**
 * Who handed a host's packets to whom on a link, by link-layer addresses: of flows the hop table knows it, of echoes, which are no flows, this
 * remembers it. Cost: one look-up an echo; for a question, a look at the latest 20,000 hops of flows. Bounded: 1,000 pairs of hosts that send
 * each other echoes, four hops each; the oldest go.
 */
import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import type { Signal } from '../../../../shared/signals.ts'
import type { Link } from './link.ts'

const MAX_PAIRS = 1_000
const MAX_HOPS = 4
const MAX_LOOKED_AT = 20_000
/** more than there are addresses: two of them make one exact number */
const ADDRESSES = 2 ** 26

/** `sender` and `receiver` are link-layer addresses, `time` is that of the last packet. */
export interface Handing {
  readonly sender: number
  readonly receiver: number
  readonly link: Link
  time: number
}

export class NextHops {
  private readonly echoes = new Map<number, Handing[]>()

  constructor(private readonly flows: FlowTable) {}

  echoed(link: Link, { sub, subSpan, sourceMac, destinationMac, time }: Signal): void {
    if (sub < 0 || subSpan < 0 || sourceMac < 0 || destinationMac < 0) return
    const key = sub * ADDRESSES + subSpan
    let list = this.echoes.get(key)
    if (list === undefined) {
      if (this.echoes.size >= MAX_PAIRS) for (const oldest of this.echoes.keys()) if (this.echoes.delete(oldest)) break
      list = []
      this.echoes.set(key, list)
    }
    const known = list.find((one) => one.sender === sourceMac && one.receiver === destinationMac && one.link === link)
    if (known !== undefined) known.time = time
    else if (list.push({ sender: sourceMac, receiver: destinationMac, link, time }) > MAX_HOPS) list.shift()
  }

  /** On this link, packets of `host` to `destination`, latest first. */
  of(link: Link, host: number, destination: number): Handing[] {
    const { flows } = this
    const { hops } = flows
    const out = (this.echoes.get(host * ADDRESSES + destination) ?? []).filter((one) => one.link === link)
    for (let record = hops.count - 1, n = 0; record >= 0 && n < MAX_LOOKED_AT; record--, n++) {
      const at = hops.at[record] as number
      if (flows.sender(at >> 1, at & 1) !== host || flows.receiver(at >> 1, at & 1) !== destination) continue
      const hop = hops.hop[record] as number
      if (hops.interface[hop] !== link.iface || hops.segment[hop] !== link.segment) continue
      out.push({ sender: hops.sender[hop] as number, receiver: hops.receiver[hop] as number, link, time: hops.lastTime[record] as number })
    }
    return out.sort((a, b) => b.time - a.time)
  }

  /** Whom the host itself handed them to last, not those that passed them on; -1 when none was seen. */
  first(link: Link, host: number, destination: number): number {
    const list = this.of(link, host, destination)
    const own = list.find(({ sender }) => sender < 0 || !list.some((other) => other.receiver === sender))
    return (own ?? list[0])?.receiver ?? -1
  }
}

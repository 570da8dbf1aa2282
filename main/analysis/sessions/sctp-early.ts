/**
 * HEARTBEATs of associations of which nothing else was seen yet: an association that runs when the capture begins may first, or only, show how
 * its peers look after their paths (RFC 9260 section 8.3). Who asks proves nothing; the peer's answer with the same information does. So they
 * are kept until it comes, or until data shows whose they were, and then taken in each at its time. Keeps the last 256.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { ProbeDetail } from '../../../shared/signal-details.ts'
import { Signal } from '../../../shared/signals.ts'
import { SECOND } from '../model.ts'

const KEPT = 256
/** an answer that comes later than this is of another probe */
const LATEST = 60 * SECOND

/** What there is to keep of a signal that told of a HEARTBEAT. */
type Early = Pick<Signal, 'kind' | 'protocol' | 'row' | 'time' | 'interface' | 'flow' | 'direction' | 'hopLimit' | 'token' | 'detail'>

export class EarlyHeartbeats {
  private kept: Early[] = []
  /** one for all that are taken in again */
  private readonly again = new Signal()

  constructor(private readonly flows: FlowTable) {}

  keep({ kind, protocol, row, time, interface: iface, flow, direction, hopLimit, token, detail }: Signal): void {
    this.kept.push({ kind, protocol, row, time, interface: iface, flow, direction, hopLimit, token, detail })
    if (this.kept.length > KEPT) this.kept.shift()
  }

  /** The HEARTBEAT that this answers: same information, and the ports turned round. */
  answeredBy(signal: Signal): Early | null {
    const { match } = signal.detail as ProbeDetail
    for (let i = this.kept.length - 1; i >= 0; i--) {
      const early = this.kept[i] as Early
      if ((early.detail as ProbeDetail).match !== match || signal.time - early.time > LATEST) continue
      if (this.port(early, true) === this.port(signal, false) && this.port(early, false) === this.port(signal, true)) return early
    }
    return null
  }

  /** The first of those with the tag between the ports; null when there is none. */
  firstOf(token: number, senderPort: number, receiverPort: number): Early | null {
    return this.kept.find((early) => this.belongs(early, token, senderPort, receiverPort)) ?? null
  }

  /** Takes out those with the tag between the ports, oldest first: `take` may not keep the signal. */
  release(token: number, senderPort: number, receiverPort: number, take: (signal: Signal) => void): void {
    if (this.kept.length === 0) return
    const own = this.kept.filter((early) => this.belongs(early, token, senderPort, receiverPort))
    if (own.length === 0) return
    this.kept = this.kept.filter((early) => !own.includes(early))
    for (const early of own) take(Object.assign(this.again, early))
  }

  private belongs(early: Early, token: number, senderPort: number, receiverPort: number): boolean {
    return early.token === token && this.port(early, true) === senderPort && this.port(early, false) === receiverPort
  }

  /** The sender's port, or the receiver's. */
  private port({ flow, direction }: Early | Signal, sender: boolean): number {
    return ((direction === 0) === sender ? this.flows.portA[flow] : this.flows.portB[flow]) as number
  }
}

/**
 * T-REWRITE by what messages say of their own addresses (threats.md 5): IKEv2's NAT_DETECTION hashes that do not fit (RFC 7296 section 2.23), and
 * an SCTP INIT or INIT ACK that lists private addresses only, while its packet comes from a public one (RFC 9260 section 5.1.2, RFC 3022).
 * A Shim6 probe whose report names other addresses than its packet has (RFC 5534 section 5.2), a HIP LOCATOR_SET without its packet's source (RFC
 * 8046 section 4). Properties of the path, never more than information. Cost: one comparison a claim or note.
 */
import type { ClaimDetail, NoteDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

export class MessageRewrites {
  /** a message whose listed addresses were private so far */
  private pending: { time: number; row: number; flow: number; source: number; own: number; message: string } | null = null
  private row = -1
  /** a HIP message whose locators do not name its source so far */
  private without: { time: number; row: number; flow: number; source: number; message: string } | null = null

  constructor(private readonly around: Surroundings) {}

  noted(signal: Signal, detail: NoteDetail): void {
    if (signal.flow < 0) return
    const { flows } = this.around
    if (signal.protocol === SignalProtocol.Shim6 && detail.message.endsWith('names other addresses than the packet has')) {
      const source = flows.sender(signal.flow, signal.direction)
      const text = flows.addresses.text(source)
      this.add(
        signal,
        source,
        60,
        `A translator stands in front of ${text}`,
        `${detail.message}: its addresses were rewritten on the way.`,
        [possible('a host that reports wrongly')],
      )
    }
    if (signal.protocol !== SignalProtocol.Ikev2 || !detail.message.startsWith('NAT_DETECTION_')) return
    const ofSender = detail.message.startsWith('NAT_DETECTION_SOURCE_IP')
    const host = ofSender ? flows.sender(signal.flow, signal.direction) : flows.receiver(signal.flow, signal.direction)
    const text = flows.addresses.text(host)
    this.add(
      signal,
      host,
      80,
      // RFC 7296 section 2.23: a sender makes its own hash misfit to get UDP encapsulation; it cannot do so with its peer's address
      ofSender ? `${text} is behind a translator, or asks for UDP encapsulation` : `A translator stands in front of ${text}`,
      ofSender
        ? `${detail.message}: the message cannot tell which.`
        : `${detail.message}: what IKEv2 knows as ${text} has another address of its own.`,
      [check('the peer asks for UDP encapsulation without a translator', ofSender)],
    )
  }

  /** The dissector tells the listed addresses of one message one after the other: a public one among them explains the rest. */
  claimed(signal: Signal, detail: ClaimDetail): void {
    if (signal.protocol === SignalProtocol.Hip) this.set(signal, detail)
    if (signal.protocol !== SignalProtocol.Sctp || detail.how !== 'listed' || signal.flow < 0 || detail.address < 0) return
    const { flows } = this.around
    const { time, row, flow } = signal
    const first = this.row !== row
    if (first) this.flush()
    this.row = row
    if (!isPrivate(flows.addresses.get(detail.address))) this.pending = null
    else if (first) {
      const source = flows.sender(flow, signal.direction)
      if (isPrivate(flows.addresses.get(source))) return
      this.pending = { time, row, flow, source, own: detail.address, message: detail.message }
    }
  }

  /** The locators of one message come one after the other. */
  private set(signal: Signal, detail: ClaimDetail): void {
    if (!detail.message.endsWith('LOCATOR_SET') || signal.flow < 0 || detail.address < 0) return
    const { flows } = this.around
    const source = flows.sender(signal.flow, signal.direction)
    if (this.without !== null && this.without.row !== signal.row) this.flush()
    if (this.setRow !== signal.row) {
      this.setRow = signal.row
      this.without = { time: signal.time, row: signal.row, flow: signal.flow, source, message: detail.message }
    }
    if (detail.address === source) this.without = null
  }
  private setRow = -1

  flush(): void {
    const { pending, without } = this
    this.without = null
    if (without !== null) {
      const text = this.around.flows.addresses.text(without.source)
      this.add(
        without,
        without.source,
        60,
        `${text} sends ${without.message} that does not name it`,
        `${without.message} from ${text} lists other addresses only: its packet's source was rewritten on the way, or the address is about to go.`,
        [possible('the host is leaving that address'), check('a translator', null)],
      )
    }
    if (pending === null) return
    this.pending = null
    const { addresses } = this.around.flows
    const [text, own] = [addresses.text(pending.source), addresses.text(pending.own)]
    this.add(
      pending,
      pending.source,
      60,
      `A translator stands in front of ${text}`,
      `${pending.message} from ${text} lists ${own} and no public address: the packet's source was rewritten on the way.`,
      [
        ruledOut('a host that names all its addresses', 'a host with a public source would list it, too'),
        possible('a host that has private networks besides'),
      ],
    )
  }

  private add(
    signal: { time: number; row: number; flow: number },
    host: number,
    sure: number,
    title: string,
    detail: string,
    checks: ReturnType<typeof possible>[],
  ): void {
    this.around.ledger.add({
      rule: 'T-REWRITE',
      severity: 'info',
      confidence: sure,
      time: signal.time,
      session: this.around.registry.sessionOfFlow(signal.flow),
      title,
      detail,
      claimant: host,
      victim: -1,
      rows: [signal.row],
      checks,
      reference: referenceOf('T-REWRITE'),
      about: `message|${host}`,
    })
  }
}

/** RFC 1918, RFC 6598, RFC 4193. */
function isPrivate(address: Uint8Array): boolean {
  const [a, b] = [address[0] as number, address[1] as number]
  if (address.length === 16) return (a & 0xfe) === 0xfc
  return a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) || (a === 100 && (b & 0xc0) === 64)
}

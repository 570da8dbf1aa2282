/** Two ends that talk over one flow: keeps addresses, ports and sequence numbers, so that a test says only what matters. */
import { ACK, type TcpSegment } from '../../../dissectors/tcp/emit.ts'
import { type Bench, packet } from './bench.ts'

type Sent = Partial<Pick<TcpSegment, 'flags' | 'options' | 'window' | 'sequence' | 'acknowledgment'>> & { data?: number }

export class Talk {
  /** next sequence numbers of the opener and of the other end */
  readonly next: [number, number]

  constructor(
    private readonly bench: Bench,
    readonly client: Uint8Array,
    readonly server: Uint8Array,
    readonly ports: [number, number] = [40000, 443],
    initial: [number, number] = [1000, 5000],
  ) {
    this.next = [...initial]
  }

  /** The opener sends; sequence and acknowledgment numbers go on by themselves unless they are given. */
  up(sent: Sent = {}): string[] {
    return this.send(0, sent)
  }

  down(sent: Sent = {}): string[] {
    return this.send(1, sent)
  }

  bytes(side: 0 | 1, sent: Sent): Uint8Array {
    const flags = sent.flags ?? ACK
    const data = sent.data ?? 0
    return packet({
      source: side === 0 ? this.client : this.server,
      destination: side === 0 ? this.server : this.client,
      sourcePort: this.ports[side],
      destinationPort: this.ports[1 - side] as number,
      sequence: sent.sequence ?? this.next[side],
      acknowledgment: sent.acknowledgment ?? ((flags & 0x10) !== 0 ? (this.next[1 - side] as number) : 0),
      flags,
      window: sent.window,
      options: sent.options,
      payload: new Uint8Array(data).fill(0x78),
    })
  }

  private send(side: 0 | 1, sent: Sent): string[] {
    const { signals, stop } = this.bench.send(this.bytes(side, sent))
    const flags = sent.flags ?? ACK
    if (sent.sequence === undefined) this.next[side] = (this.next[side] + (sent.data ?? 0) + (flags & 1) + ((flags >> 1) & 1)) >>> 0
    return stop === '' ? signals : [...signals, stop]
  }
}

export const v4 = (last: number): Uint8Array => Uint8Array.of(192, 0, 2, last)
export const v6 = (prefix: number, last: number): Uint8Array =>
  Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, prefix, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)

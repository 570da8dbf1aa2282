/** A TCP connection for tests of rules about acknowledgements: hand-made signals, numbers counted from 0. */
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { opening, Stage } from '../stage.ts'

export const [S, R] = ['192.0.2.10', '203.0.113.80'] as [string, string]
export const FULL = 1448

/** A connection of S with R, over a path of 40 ms, of which S sends data. Numbers count from 0. */
export class Tcp {
  readonly stage: Stage
  constructor(
    readonly whole = true,
    dropped = 0,
    /** what comes back comes on the second interface */
    private readonly apart = false,
  ) {
    this.stage = new Stage({ interfaces: ['upA', 'upB'].map((name, id) => ({ id, name, addresses: [], dropped })) })
    if (!whole) return
    this.packet(0, 0).emit(SignalKind.Opening, { detail: opening('SYN', 1, { initialUnit: 999 }) })
    this.packet(0.04, 1).emit(SignalKind.Opening, { token: 999, detail: opening('SYN/ACK', 2, { initialUnit: 5000 }) })
    this.packet(0.041, 0).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
  }
  private packet(t: number, sender: 0 | 1): Stage {
    const [from, to] = sender === 0 ? [S, R] : [R, S]
    const ports = sender === 0 ? [40_000, 443] : [443, 40_000]
    const wire = { protocol: SignalProtocol.Tcp, from, to, fromPort: ports[0] as number, toPort: ports[1] as number }
    return this.stage.packet(t, { ...wire, hops: sender === 0 ? 64 : 57, interface: this.apart ? sender : 0 })
  }
  send(t: number, at: number, length = FULL): this {
    this.packet(t, 0).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1000 + at, span: length, bytes: length })
    return this
  }
  ack(t: number, to: number, gaps: [number, number][] = []): this {
    const wire = gaps.map(([a, b]) => [1000 + a, 1000 + b] as [number, number])
    this.packet(t, 1).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1000 + to }, wire)
    return this
  }
  /** `count` segments from `at`, a millisecond apart. */
  bulk(t: number, at: number, count: number, length = FULL): this {
    for (let i = 0; i < count; i++) this.send(t + i * 0.001, at + i * length, length)
    return this
  }
}

/** WireGuard tunnels out of signals: one session for two peers, by receiver index whatever the addresses. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { opening, Stage, type Wire } from './stage.ts'

const A = ['192.0.2.10', '198.51.100.10'] as const
const B = '203.0.113.10'

class Tunnel {
  constructor(readonly stage = new Stage()) {}

  wire(side: 0 | 1, a: number, port = 51999): Wire {
    const own = A[a] as string
    const [from, to] = side === 0 ? [own, B] : [B, own]
    const ports: [number, number] = side === 0 ? [port, 51820] : [51820, port]
    return { protocol: SignalProtocol.Udp, from, to, fromPort: ports[0], toPort: ports[1], hops: side === 0 ? 64 : 60, interface: a }
  }

  /** Initiation by `side` and its response: each names the index that its sender is reached by. */
  handshake(t: number, side: 0 | 1, a: number, asker: number, answerer: number): this {
    const index = (value: number) => [{ kind: 'receiver-index', value: `0x${value.toString(16).padStart(8, '0')}` }]
    const facts = { protocol: SignalProtocol.Wireguard }
    const ask = opening('Handshake Initiation', 1, { sender: index(asker), senderToken: asker, receiverToken: 0 })
    const answer = opening('Handshake Response', 2, {
      sender: index(answerer),
      receiver: index(asker),
      senderToken: answerer,
      receiverToken: asker,
    })
    this.stage.packet(t, this.wire(side, a)).emit(SignalKind.Opening, { ...facts, detail: ask })
    this.stage.packet(t + 0.02, this.wire((1 - side) as 0 | 1, a)).emit(SignalKind.Opened, { ...facts, token: asker, detail: answer })
    return this
  }

  /** Data both ways, 20 packets a second: to `indices` [of the responder, of the initiator]. */
  data(from: number, to: number, a: number, indices: readonly [number, number], first = 0, port?: number): this {
    const facts = { protocol: SignalProtocol.Wireguard, space: UnitSpace.IpsecSequence, span: 1, bytes: 100 }
    for (let i = 0; i < Math.round((to - from) * 20); i++) {
      const unit = first + i
      this.stage.packet(from + i / 20, this.wire(0, a, port)).emit(SignalKind.Payload, { ...facts, token: indices[0], unit })
      this.stage.packet(from + i / 20 + 0.01, this.wire(1, a, port)).emit(SignalKind.Payload, { ...facts, token: indices[1], unit })
    }
    return this
  }

  end() {
    this.stage.finish()
    const session = this.stage.analyzer.session('s1')
    if (session === null) throw new Error('no session')
    const moves = this.stage.analyzer.rehomings().map((r) => [r.from.initiator, r.to.initiator, r.direction])
    return { session, moves, count: this.stage.analyzer.sessionCount }
  }
}

describe('a tunnel', () => {
  test('is one session over all its handshakes, also those that the other peer begins', () => {
    const { session, moves, count } = new Tunnel()
      .handshake(0, 0, 0, 0x11, 0x22)
      .data(1, 3, 0, [0x22, 0x11])
      .handshake(3, 1, 0, 0x44, 0x33)
      .data(3.1, 5, 0, [0x44, 0x33])
      .end()
    expect([count, moves, session.state, session.protocol, session.class]).toEqual([1, [], 'established', 'wireguard', 'modified-element'])
    expect(session.endpoints.map((e) => e.identifiers.filter((i) => i.kind === 'receiver-index').map((i) => i.value))).toEqual([
      ['0x00000011', '0x00000033'],
      ['0x00000022', '0x00000044'],
    ])
    expect([session.pairs[0]?.payloadBytes, session.pairs[0]?.retransmitted]).toEqual([78 * 2 * 100, 0])
  })

  test('moves with data to a known index from another address', () => {
    const { moves, count, session } = new Tunnel()
      .handshake(0, 0, 0, 0x11, 0x22)
      .data(1, 4, 0, [0x22, 0x11])
      .data(4.5, 8, 1, [0x22, 0x11], 60)
      .handshake(8, 0, 1, 0x55, 0x66)
      .data(8.1, 9, 1, [0x66, 0x55])
      .end()
    expect([moves, count]).toEqual([[[A[0], A[1], 'both']], 1])
    expect(session.endpoints[0].locators.map((l) => [l.address, l.how, l.verifiedHow])).toEqual([
      [A[0], 'initial', 'handshake'],
      [A[1], 'observed', 'handshake'],
    ])
  })

  test('another port is a NAT rebinding', () => {
    const { moves, session } = new Tunnel()
      .handshake(0, 0, 0, 0x11, 0x22)
      .data(1, 4, 0, [0x22, 0x11])
      .data(4, 8, 0, [0x22, 0x11], 60, 40777)
      .end()
    expect([moves, session.labels.includes('NAT-REBIND')]).toEqual([[], true])
  })

  test('keepalives from elsewhere are no payload and no move', () => {
    const tunnel = new Tunnel().handshake(0, 0, 0, 0x11, 0x22).data(1, 4, 0, [0x22, 0x11])
    for (let t = 4; t < 8; t++)
      tunnel.stage.packet(t, tunnel.wire(0, 1)).emit(SignalKind.Probed, {
        protocol: SignalProtocol.Wireguard,
        token: 0x22,
        detail: { message: 'Keepalive', match: String(t), authentication: 'A1' },
      })
    const { moves, session } = tunnel.end()
    expect([moves, session.pairs.map((p) => p.payloadBytes > 0)]).toEqual([[], [true, false]])
  })

  test('one that ran before the capture is known by its indices all the same', () => {
    const { moves, count, session } = new Tunnel().data(0, 4, 0, [0x22, 0x11], 900).data(4.5, 8, 1, [0x22, 0x11], 980).end()
    expect([moves.length, count, session.midCapture]).toEqual([1, 1, true])
  })

  test('a handshake that nobody answers fails; handshakes between others are their own', () => {
    const stage = new Stage()
    const tunnel = new Tunnel(stage).handshake(0, 0, 0, 0x11, 0x22)
    stage
      .packet(1, tunnel.wire(0, 1))
      .emit(SignalKind.Opening, { protocol: SignalProtocol.Wireguard, detail: opening('Handshake Initiation', 1, { senderToken: 0x99 }) })
    stage.finish(400)
    expect([stage.analyzer.session('s1')?.state, stage.analyzer.session('s2')?.state]).toEqual(['closed', 'failed'])
  })
})

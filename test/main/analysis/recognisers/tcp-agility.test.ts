/** TCP that goes on from another address without a SYN: what is one connection with two pairs, and what only looks like it. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { opening, Stage, type Wire } from '../stage.ts'
import { after } from '../wire-stage.ts'

type Side = 0 | 1
const SERVER = { v4: '203.0.113.80', v6: '2001:db8:f::80' }
const CLIENT = { v4: ['192.0.2.10', '198.51.100.20'], v6: ['2001:db8:a::10', '2001:db8:b::10'] }

/** A connection of a captured client: data of one side, acknowledgements of the other. */
class Talk {
  readonly stage = new Stage()
  readonly sequence: [number, number] = [0xfffff000, 5000]
  hops: [number, number] = [64, 57]
  ports: [number, number] = [40000, 443]

  constructor(
    readonly family: 'v4' | 'v6' = 'v6',
    syn = true,
  ) {
    if (!syn) return
    this.at(0, 0, 0).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    this.at(0.02, 1, 0).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    this.at(0.021, 0, 0).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
  }

  /** A packet of `side` with the client at its address number `path`. */
  at(t: number, side: Side, path: number, more: Partial<Wire> = {}): Stage {
    const client = CLIENT[this.family][path] as string
    const server = SERVER[this.family]
    return this.stage.packet(t, {
      protocol: SignalProtocol.Tcp,
      from: side === 0 ? client : server,
      to: side === 0 ? server : client,
      fromPort: this.ports[side],
      toPort: this.ports[1 - side] as number,
      hops: this.hops[side],
      interface: path,
      ...more,
    })
  }

  /** A segment with data, `unit` left out: the next. Its acknowledgment number comes first, as on the wire. */
  data(t: number, side: Side, path: number, unit?: number, more: Partial<Wire> = {}): this {
    const from = unit ?? this.sequence[side]
    this.at(t, side, path, more).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: this.sequence[1 - side] as number })
    this.stage.emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: from, span: 1000, bytes: 1000 })
    if (unit === undefined) this.sequence[side] = (from + 1000) >>> 0
    return this
  }

  ack(t: number, side: Side, path: number, unit = this.sequence[1 - side] as number, more: Partial<Wire> = {}): this {
    this.at(t, side, path, more).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit })
    return this
  }

  /** `count` segments of `side` from `t` on, 50 ms apart, each acknowledged after 20 ms. */
  run(t: number, side: Side, path: number, count: number): this {
    for (let i = 0; i < count; i++) this.data(t + i * 0.05, side, path).ack(t + i * 0.05 + 0.02, (1 - side) as Side, path)
    return this
  }

  /** [sessions, 'time label from > to' of moves, findings above info] */
  result(): [number, string[], string[]] {
    this.stage.finish()
    const { sessions, rehomings, findings } = this.stage.analyzer.report([], '0')
    const moves = rehomings.map((r) => `${after(r.t)} ${r.label} ${r.direction} ${r.from.initiator} > ${r.to.initiator}`)
    return [sessions.length, moves, findings.filter((f) => f.severity !== 'info' && !f.rule.startsWith('ING')).map((f) => f.rule)]
  }
}

describe('goes on from another address', () => {
  test.each(['v4', 'v6'] as const)('a client that sends, %s', (family) => {
    const [a, b] = CLIENT[family]
    const talk = new Talk(family).run(1, 0, 0, 60).run(4.5, 0, 1, 120)
    expect(talk.result()).toEqual([1, [`4.5 REHOMED initiator-to-responder ${a} > ${b}`], []])
    const session = talk.stage.analyzer.session('s1')
    expect(session?.pairs.length).toBe(2)
    expect(session?.timeline.map((m) => m.detail)).toContain(
      `goes on with ${b} and no SYN: same ports, and its sequence and acknowledgment numbers continue`,
    )
  })

  test('a client that receives: it only acknowledges from its new address', () => {
    const talk = new Talk().run(1, 1, 0, 60).ack(4.4, 0, 1).run(4.5, 1, 1, 120)
    const [a, b] = CLIENT.v6
    expect(talk.result()).toEqual([1, [`4.5 REHOMED responder-to-initiator ${a} > ${b}`], []])
  })

  test('after loss: what was lost on the old pair comes again on the new one', () => {
    const talk = new Talk().run(1, 0, 0, 60)
    const lost = talk.sequence[0]
    talk.data(4, 0, 0)
    for (const t of [4.3, 4.9]) talk.data(t, 0, 0, lost)
    talk.data(6, 0, 1, lost).ack(6.02, 1, 1).run(6.05, 0, 1, 100)
    const [a, b] = CLIENT.v6
    const [sessions, moves] = talk.result()
    expect([sessions, moves]).toEqual([1, [`6 REHOMED initiator-to-responder ${a} > ${b}`]])
    const [move] = talk.stage.analyzer.rehomings()
    expect(move?.trigger.class).toBe('transport')
    expect(move?.metrics.outage?.value).toBeGreaterThan(1900)
    expect(move?.metrics.outage?.value).toBeLessThan(2200)
  })

  test('and back again', () => {
    const talk = new Talk().run(1, 0, 0, 60).run(4.5, 0, 1, 120).run(11, 0, 0, 120)
    const [a, b] = CLIENT.v6
    expect(talk.result()).toEqual([
      1,
      [`4.5 REHOMED initiator-to-responder ${a} > ${b}`, `11 FAIL-BACK initiator-to-responder ${b} > ${a}`],
      [],
    ])
  })

  test('a connection that was there before the capture', () => {
    const talk = new Talk('v6', false).run(1, 0, 0, 60).run(4.5, 0, 1, 120)
    expect(talk.result()[0]).toBe(1)
  })
})

describe('is left alone', () => {
  const quiet: [string, (talk: Talk) => void][] = [
    [
      'a translator captured on both sides, inside first',
      (talk) => {
        for (let i = 0; i < 60; i++) {
          const t = 1 + i * 0.05
          const unit = talk.sequence[0]
          talk.data(t, 0, 0)
          talk
            .data(t + 0.001, 0, 1, unit, { hops: 63 })
            .ack(t + 0.02, 1, 1)
            .ack(t + 0.021, 1, 0)
        }
      },
    ],
    [
      'a translator captured on both sides, data from outside first',
      (talk) => {
        talk.run(0.5, 1, 0, 3)
        for (let i = 0; i < 60; i++) {
          const t = 1 + i * 0.05
          const unit = talk.sequence[1]
          talk.data(t, 1, 1)
          talk
            .data(t + 0.001, 1, 0, unit, { hops: 56 })
            .ack(t + 0.02, 0, 0)
            .ack(t + 0.021, 0, 1)
        }
      },
    ],
    [
      'another connection with the same ports: its numbers are elsewhere',
      (talk) => {
        talk.run(1, 0, 0, 60)
        talk.sequence[0] = 0x40000000
        talk.sequence[1] = 0x50000000
        talk.run(4.5, 0, 1, 60)
      },
    ],
    [
      'other ports',
      (talk) => {
        talk.run(1, 0, 0, 60)
        talk.ports = [40001, 443]
        talk.run(4.5, 0, 1, 60)
      },
    ],
    [
      'the server rejects what comes from the new address',
      (talk) => {
        talk.run(1, 0, 0, 60)
        for (let i = 0; i < 4; i++) {
          talk.data(4.5 + i * 0.3, 0, 1)
          talk.at(4.52 + i * 0.3, 1, 1).emit(SignalKind.Refused, {
            detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' },
          })
        }
      },
    ],
    [
      'nobody answers there',
      (talk) => {
        talk.run(1, 0, 0, 60)
        for (let i = 0; i < 20; i++) talk.data(4.5 + i * 0.3, 0, 1)
      },
    ],
    [
      'only what had been acknowledged comes from there',
      (talk) => {
        talk.run(1, 0, 0, 60)
        for (let i = 0; i < 4; i++) talk.data(4.5 + i * 0.3, 0, 1, talk.sequence[0] - 1000).ack(4.52 + i * 0.3, 1, 1)
      },
    ],
  ]
  test.each(quiet)('%s', (_name, act) => {
    const talk = new Talk()
    act(talk)
    expect(talk.result()).toEqual([2, [], []])
  })

  test('it begins with a SYN, whatever its numbers', () => {
    const talk = new Talk().run(1, 0, 0, 60)
    talk.at(4.4, 0, 1).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    talk.at(4.42, 1, 1).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    talk.run(4.5, 0, 1, 60)
    expect(talk.result().slice(0, 2)).toEqual([2, []])
  })
})

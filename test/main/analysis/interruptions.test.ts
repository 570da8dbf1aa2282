/** Times without delivery after which a session went on where it was: what speaks for them, and silences that are none. */
import { describe, expect, test } from 'vitest'
import type { InterruptionReport } from '../../../shared/report.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, opening, Stage, type Wire } from './stage.ts'

type Told = [from: number, to: number, cause: InterruptionReport['cause'], text: string]

function told(stage: Stage): Told[] {
  const list = stage.analyzer.session('s1')?.interruptions ?? []
  return list.map(({ from, to, cause, text }) => [round(from - BASE), round(to - BASE), cause, text])
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** Answered data ten times a second; TSNs go on from `first`. */
function flow(association: Association, from: number, to: number, first: number, path: 0 | 1 = 0): number {
  let tsn = first
  for (let i = 0; i < Math.round((to - from) * 10); i++, tsn++) {
    const t = from + i / 10
    association.data(t, 0, path, tsn).sack(t + 0.02, 1, path, tsn)
  }
  return tsn
}

const carrier = (what: 'link-down' | 'link-up', seconds: number, name = 'upA') => ({
  time: seconds * 1e9,
  line: 1,
  detail: { message: `${name}: carrier ${what === 'link-down' ? 'lost' : 'back'}`, what, interfaceName: name, subject: null },
})

const INTERFACES = [
  { id: 0, name: 'upA', addresses: [] },
  { id: 1, name: 'upB', addresses: [] },
]

describe('an association', () => {
  test('whose data was sent again until it got through', () => {
    const association = new Association().open()
    const next = flow(association, 1, 5, 1)
    association.data(5, 0, 0, next).data(6, 0, 0, next).data(8, 0, 0, next).sack(8.02, 1, 0, next)
    flow(association, 8.1, 12, next + 1)
    association.stage.finish(12)
    expect(told(association.stage)).toEqual([[4.9, 8, 'transport', 'while its data was sent again 2 times']])
    expect(association.stage.analyzer.session('s1')?.headline).toBe(
      'Stayed on upA, interrupted for 3.10 s at 4.900 s while its data was sent again 2 times; 2 further addresses were named and not seen in use',
    )
  })

  test('that had nothing to send for long before the loss waited from the loss on', () => {
    const association = new Association().open()
    const next = flow(association, 1, 5, 1)
    association.data(500, 0, 0, next).data(501, 0, 0, next).data(503, 0, 0, next).sack(503.02, 1, 0, next)
    // one that was repaired within a second did not wait
    association
      .data(900, 0, 0, next + 1)
      .data(900.3, 0, 0, next + 1)
      .data(900.9, 0, 0, next + 1)
      .sack(900.92, 1, 0, next + 1)
    association.stage.finish(903)
    expect(told(association.stage)).toEqual([[500, 503, 'transport', 'while its data was sent again 2 times']])
  })

  test("that moved: the time without delivery is the move's", () => {
    const association = new Association().open()
    association.heartbeat(0.5, 0, 1, 'h').heartbeat(0.52, 1, 1, 'h', true)
    const next = flow(association, 1, 5, 1)
    association.data(5, 0, 0, next).data(6, 0, 0, next).data(8, 0, 1, next).sack(8.02, 1, 1, next)
    flow(association, 8.1, 12, next + 1, 1)
    association.stage.finish(30)
    expect(association.stage.analyzer.rehomings()).toHaveLength(1)
    expect(told(association.stage)).toEqual([])
  })

  test('whose peer had nothing to say for a while and acknowledged all the time', () => {
    const association = new Association().open()
    for (let i = 0; i < 200; i++) {
      const t = 1 + i / 20
      association.data(t, 0, 0, i).sack(t + 0.02, 1, 0, i)
      if (t < 4 || t >= 8) association.data(t + 0.03, 1, 0, i < 60 ? i : i - 80).sack(t + 0.031, 0, 0, i < 60 ? i : i - 80)
    }
    association.stage.finish(12)
    expect(told(association.stage)).toEqual([])
  })

  test('whose application paused', () => {
    const association = new Association().open()
    const next = flow(association, 1, 5, 1)
    flow(association, 9, 12, next)
    association.stage.finish(12)
    expect(told(association.stage)).toEqual([])
  })

  test('that paused while its link was down', () => {
    const stage = new Stage({ interfaces: INTERFACES, linkEvents: [carrier('link-down', 5.2), carrier('link-up', 8.8)] })
    const association = new Association(stage).open()
    const next = flow(association, 1, 5, 1)
    flow(association, 9, 12, next)
    stage.finish(12)
    expect(told(stage)).toEqual([[4.9, 9, 'link', 'when upA lost carrier']])
    expect(stage.analyzer.session('s1')?.noFailover?.[0]?.reason).toContain('nothing got through for 4.10 s when upA lost carrier')
  })

  test('that paused while another link was down', () => {
    const stage = new Stage({ interfaces: INTERFACES, linkEvents: [carrier('link-down', 5.2, 'upB'), carrier('link-up', 8.8, 'upB')] })
    const association = new Association(stage).open()
    flow(association, 9, 12, flow(association, 1, 5, 1))
    stage.finish(12)
    expect(told(stage)).toEqual([])
  })

  test('to which nothing gets through now says so as long as that lasts', () => {
    const association = new Association().open()
    const next = flow(association, 1, 5, 1)
    association.data(5, 0, 0, next).data(6, 0, 0, next).data(8, 0, 0, next)
    const brief = () => association.stage.analyzer.brief(0)
    expect(brief().trouble).toEqual({
      since: BASE + 6,
      interface: 'upA',
      text: 'data was sent again 2 times without an answer',
    })
    association.sack(8.02, 1, 0, next)
    flow(association, 8.1, 12, next + 1)
    expect(brief().trouble).toBeUndefined()
    association.stage.finish(12)
  })

  test.each([
    ['had no room: what is sent meanwhile probes its window', true, [], 'data sent again on the same pair: its receiver had no room'],
    ['had room', false, [[4.9, 12, 'transport', 'while its data was sent again 3 times']], 'data sent again on the same pair'],
  ] as const)('whose receiver answered and %s', (_what, noRoom, interruptions, mark) => {
    const association = new Association().open()
    const next = flow(association, 1, 5, 1)
    for (const t of [5, 6, 8, 12]) {
      association.data(t, 0, 0, next)
      if (t < 12) association.sack(t + 0.02, 1, 0, next - 1, [], 0, noRoom)
    }
    association.sack(12.02, 1, 0, next)
    flow(association, 12.1, 14, next + 1)
    association.stage.finish(14)
    expect(told(association.stage)).toEqual(interruptions)
    const resent = association.stage.analyzer.session('s1')?.timeline.filter(({ kind }) => kind === 'retransmitted')
    expect(resent?.map(({ detail }) => detail)).toContain(mark)
  })

  test('of many interruptions keeps the longest sixteen', () => {
    const association = new Association().open()
    let next = flow(association, 1, 3, 1)
    for (let k = 0; k < 20; k++) {
      const t = 3 + k * 10
      association.data(t, 0, 0, next).data(t + 1, 0, 0, next)
      const end = t + 3 + k / 10
      association.data(end, 0, 0, next).sack(end + 0.02, 1, 0, next)
      next = flow(association, end + 0.1, t + 10, next + 1)
    }
    association.stage.finish(210)
    const list = told(association.stage)
    expect(list).toHaveLength(16)
    expect(list[0]?.[0]).toBeCloseTo(42.9, 1)
  })
})

describe('a tunnel whose data nothing acknowledges', () => {
  const wire = (side: 0 | 1): Wire => ({
    protocol: SignalProtocol.Udp,
    from: side === 0 ? '192.0.2.10' : '203.0.113.10',
    to: side === 0 ? '203.0.113.10' : '192.0.2.10',
    fromPort: side === 0 ? 51999 : 51820,
    toPort: side === 0 ? 51820 : 51999,
    hops: side === 0 ? 64 : 60,
    interface: 0,
  })

  /** Twenty packets a second each way, `heard` says when those of the responder arrive. */
  function tunnel(heard: (t: number) => boolean, sent: (t: number) => boolean = () => true): Stage {
    const stage = new Stage()
    const index = (value: number) => [{ kind: 'receiver-index', value: `0x${value.toString(16).padStart(8, '0')}` }]
    const own = { protocol: SignalProtocol.Wireguard }
    const ask = opening('Handshake Initiation', 1, { sender: index(17), senderToken: 17, receiverToken: 0 })
    const answer = opening('Handshake Response', 2, { sender: index(34), receiver: index(17), senderToken: 34, receiverToken: 17 })
    stage.packet(0, wire(0)).emit(SignalKind.Opening, { ...own, detail: ask })
    stage.packet(0.02, wire(1)).emit(SignalKind.Opened, { ...own, token: 17, detail: answer })
    const data = { ...own, space: UnitSpace.IpsecSequence, span: 1, bytes: 100 }
    for (let i = 0; i < 400; i++) {
      const t = 1 + i / 20
      if (sent(t)) stage.packet(t, wire(0)).emit(SignalKind.Payload, { ...data, token: 34, unit: i })
      if (heard(t)) stage.packet(t + 0.01, wire(1)).emit(SignalKind.Payload, { ...data, token: 17, unit: i })
    }
    stage.finish()
    return stage
  }

  test('is interrupted when nothing comes back though data goes on', () => {
    const stage = tunnel((t) => t < 5 || t >= 9)
    expect(told(stage)).toEqual([[4.96, 9.01, 'silence', 'while nothing came from the responder and data went to it']])
  })

  test('is not when both sides are silent, or the captured side is', () => {
    expect(
      told(
        tunnel(
          (t) => t < 5 || t >= 9,
          (t) => t < 5 || t >= 9,
        ),
      ),
    ).toEqual([])
    expect(
      told(
        tunnel(
          () => true,
          (t) => t < 5 || t >= 9,
        ),
      ),
    ).toEqual([])
  })
})

describe('plain TCP', () => {
  const wire = (side: 0 | 1): Wire => ({
    protocol: SignalProtocol.Tcp,
    from: side === 0 ? '192.0.2.10' : '203.0.113.10',
    to: side === 0 ? '203.0.113.10' : '192.0.2.10',
    fromPort: side === 0 ? 40000 : 80,
    toPort: side === 0 ? 80 : 40000,
    hops: side === 0 ? 64 : 60,
    interface: 0,
  })

  class Plain {
    constructor(readonly stage = new Stage()) {
      stage.packet(0, wire(0)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
      stage.packet(0.02, wire(1)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
      stage.packet(0.021, wire(0)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
    }

    data(t: number, sequence: number, side: 0 | 1 = 0): this {
      this.stage.packet(t, wire(side)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: sequence, span: 100, bytes: 100 })
      return this
    }

    ack(t: number, sequence: number, side: 0 | 1 = 1): this {
      this.stage.packet(t, wire(side)).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: sequence })
      return this
    }

    flow(from: number, to: number, first: number): number {
      let sequence = first
      for (let i = 0; i < Math.round((to - from) * 10); i++, sequence += 100)
        this.data(from + i / 10, sequence).ack(from + i / 10 + 0.02, sequence + 100)
      return sequence
    }
  }

  test('that stood still', () => {
    const plain = new Plain()
    const next = plain.flow(1, 5, 1)
    plain
      .data(5, next)
      .data(5.3, next)
      .data(5.9, next)
      .data(7.1, next)
      .ack(7.12, next + 100)
    plain.flow(7.2, 9, next + 100)
    plain.stage.finish(9)
    expect(told(plain.stage)).toEqual([[4.92, 7.1, 'transport', 'while its data was sent again 3 times']])
    const session = plain.stage.analyzer.session('s1')
    expect(session?.noFailover?.map((r) => r.reason)).toEqual([
      'plain TCP is bound to one address pair (interrupted for 2.18 s at 4.920 s while its data was sent again 3 times)',
    ])
    expect(session?.headline).toContain(', interrupted for 2.18 s at 4.920 s while')
    expect(session?.timeline.filter((entry) => entry.label === 'interrupted')).toHaveLength(1)
  })

  test('that had nothing to send for long before the loss', () => {
    const plain = new Plain()
    const next = plain.flow(1, 5, 1)
    plain
      .data(500, next)
      .data(500.3, next)
      .data(500.9, next)
      .data(502.1, next)
      .ack(502.12, next + 100)
    plain.stage.finish(503)
    // when the first copy was sent is not remembered: from the first repetition on
    expect(told(plain.stage)).toEqual([[500.3, 502.1, 'transport', 'while its data was sent again 3 times']])
  })

  test('whose peer answered what it was sent again, but had no room for it', () => {
    const plain = new Plain()
    const next = plain.flow(1, 5, 1)
    // a probe of the window every 75 s, and the same acknowledgement
    for (let i = 1; i <= 50; i++) plain.data(i * 75, next - 100).ack(i * 75 + 0.02, next)
    plain.data(4000, next).ack(4000.02, next + 100)
    plain.stage.finish(4001)
    expect(told(plain.stage)).toEqual([])
  })

  test('that repaired a loss at once, and a burst that was lost together', () => {
    const plain = new Plain()
    let next = plain.flow(1, 5, 1)
    plain
      .data(5, next)
      .data(5.3, next)
      .ack(5.32, next + 100)
    next = plain.flow(5.4, 8, next + 100)
    plain.data(8, next).data(8.01, next + 100)
    plain
      .data(9.3, next)
      .data(9.31, next + 100)
      .ack(9.33, next + 200)
    plain.stage.finish(10)
    expect(told(plain.stage)).toEqual([])
  })

  test("of both sides' waits the longer one is told", () => {
    const plain = new Plain()
    const next = plain.flow(1, 5, 1)
    plain.data(5, next).data(5.05, 1, 1)
    plain.data(5.3, next).data(5.4, 1, 1).data(5.9, next).data(6.2, 1, 1).data(7.1, next)
    plain.ack(7.12, next + 100).ack(7.14, 101, 0)
    plain.stage.finish(9)
    expect(told(plain.stage)).toHaveLength(1)
  })

  test('whose link was down for a while', () => {
    const links = [carrier('link-down', 5.2), carrier('link-up', 8.8)]
    const regular = new Plain(new Stage({ interfaces: INTERFACES, linkEvents: links }))
    regular.flow(9, 12, regular.flow(1, 5, 1))
    regular.stage.finish(12)
    expect(told(regular.stage)).toEqual([[5.2, 8.8, 'link', 'when upA lost carrier']])
    // one that says a word a minute missed nothing that the capture could show
    const rare = new Plain(new Stage({ interfaces: INTERFACES, linkEvents: links }))
    for (let i = 0; i < 20; i++) rare.data(1 + i * 60, 1 + i * 100).ack(1.02 + i * 60, 101 + i * 100)
    rare.stage.finish(1300)
    expect(told(rare.stage)).toEqual([])
  })
})

/** IKE SAs with MOBIKE and their ESP, out of signals: which packets are whose, which addresses are whose, what moves and what only looks like it. */
import { describe, expect, test } from 'vitest'
import type { SignalDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { BASE, opening, Stage, type Wire } from './stage.ts'

const H = ['192.0.2.10', '198.51.100.10', '2001:db8:b::10', '192.0.2.77'] as const
const R = ['203.0.113.10', '203.0.113.74', '2001:db8:f::80'] as const
type Auth = 'A1' | 'A3v' | 'AX'

/** An SA of host H (captured) with R; path n is Hn to Rm. ESP in UDP unless `native`. */
class Sa {
  constructor(
    readonly stage = new Stage(),
    readonly context = 1,
    readonly auth: Auth = 'A1',
    readonly native = false,
  ) {}

  wire(side: 0 | 1, h: number, r = 0, ports: readonly [number, number] = [4500, 4500], esp = false): Wire {
    const [a, b] = [H[h] as string, R[r] as string]
    const [p, q] = esp && this.native ? [0, 0] : ports
    return {
      protocol: esp && this.native ? SignalProtocol.Esp : SignalProtocol.Udp,
      from: side === 0 ? a : b,
      to: side === 0 ? b : a,
      fromPort: side === 0 ? p : q,
      toPort: side === 0 ? q : p,
      hops: side === 0 ? 64 : 60,
      interface: h,
    }
  }

  say(t: number, side: 0 | 1, h: number, kind: SignalKind, detail: SignalDetail, r = 0, ports?: readonly [number, number]): this {
    this.stage
      .packet(t, this.wire(side, h, r, ports))
      .emit(kind, { protocol: SignalProtocol.Ikev2, context: this.context, side, token: 7, detail })
    return this
  }

  more(side: 0 | 1, kind: SignalKind, detail: SignalDetail): this {
    this.stage.emit(kind, { protocol: SignalProtocol.Ikev2, context: this.context, side, token: 7, detail })
    return this
  }

  open(t = 0): this {
    const spi = (value: string) => [{ kind: 'ike-spi', value: `${value}${this.context}` }]
    const step = (message: string, n: number, side: 0 | 1) =>
      opening(message, n, { sender: spi(side === 0 ? 'aa' : 'bb'), receiver: n === 1 ? [] : spi(side === 0 ? 'bb' : 'aa') })
    const initial = [500, 500] as const
    this.say(t, 0, 0, SignalKind.Opening, step('IKE_SA_INIT request', 1, 0), 0, initial)
    this.say(t + 0.02, 1, 0, SignalKind.Opening, step('IKE_SA_INIT response', 2, 1), 0, initial)
    this.say(t + 0.03, 0, 0, SignalKind.Opening, step('IKE_AUTH request', 3, 0))
    this.say(t + 0.05, 1, 0, SignalKind.Opened, step('IKE_AUTH response', 4, 1))
    return this
  }

  /** A request of `side` and, unless `answer` is false, its response 20 ms later. */
  exchange(t: number, side: 0 | 1, h: number, id: number, r = 0, answer = true, name = 'INFORMATIONAL'): this {
    const match = `${side === 0 ? 'i' : 'r'}${id}`
    this.say(t, side, h, SignalKind.Probed, { message: `${name} request`, match, authentication: this.auth }, r)
    if (!answer) return this
    return this.say(
      t + 0.02,
      (1 - side) as 0 | 1,
      h,
      SignalKind.ProbeAnswered,
      { message: `${name} response`, match, authentication: this.auth },
      r,
    )
  }

  esp(
    t: number,
    side: 0 | 1,
    h: number,
    spi: number,
    sequence: number,
    options: { r?: number; bytes?: number; ports?: [number, number] } = {},
  ): this {
    const { r = 0, bytes = 120, ports } = options
    const facts = { token: spi, space: UnitSpace.IpsecSequence, unit: sequence, span: 1, bytes }
    this.stage
      .packet(t, this.wire(side, h, r, ports, true))
      .emit(SignalKind.Payload, { protocol: SignalProtocol.Esp, context: 0, side: -1, ...facts })
    return this
  }

  /** ESP both ways, 20 packets a second. */
  traffic(from: number, to: number, h: number, spis: readonly [number, number], first = 1, r = 0): this {
    for (let i = 0; i < Math.round((to - from) * 20); i++) {
      const [t, n] = [from + i / 20, first + i]
      this.esp(t, 0, h, spis[0], n, { r }).esp(t + 0.01, 1, h, spis[1], n, { r })
    }
    return this
  }

  list(t: number, side: 0 | 1, h: number, addresses: readonly string[], how: 'listed' | 'signalled', auth: Auth = 'A3v'): this {
    this.stage.packet(t, this.wire(side, h))
    const claim = (address: number): SignalDetail => ({
      message: address < 0 ? 'ADDITIONAL_ADDRESS list' : 'ADDITIONAL_IP4_ADDRESS',
      address,
      port: null,
      addressId: null,
      how,
      authentication: auth,
      serial: 9,
      correlation: null,
      wildcard: address < 0,
    })
    if (how === 'signalled') this.more(side, SignalKind.Withdrawn, claim(-1))
    for (const address of addresses) this.more(side, SignalKind.Claimed, claim(this.stage.address(address)))
    return this
  }

  session(id = 's1') {
    const session = this.stage.analyzer.session(id)
    if (session === null) throw new Error(`no session ${id}`)
    return session
  }

  locators(end: 0 | 1, id = 's1'): [string, string, boolean][] {
    return this.session(id).endpoints[end].locators.map((l) => [l.address, l.how, l.removed === null])
  }

  moves() {
    return this.stage.analyzer.rehomings().map(({ from, to, direction, label, trigger, signalled, t }) => ({
      from: `${from.initiator} ${from.responder}`,
      to: `${to.initiator} ${to.responder}`,
      direction,
      label,
      trigger: trigger.class,
      signalled,
      at: Math.round((t - BASE) * 100) / 100,
    }))
  }
}

const SPIS = [0x1001, 0x2002] as const
const LATER = [0x3003, 0x4004] as const

describe('without keys', () => {
  test('ESP in UDP of unknown SPIs is the payload of the IKE SA on its ports; empty ESP is none', () => {
    const sa = new Sa().open().traffic(1, 2, 0, SPIS).esp(2, 0, 0, SPIS[0], 100, { bytes: 40 })
    const session = sa.session()
    expect([sa.stage.analyzer.sessionCount, session.protocol, session.class, session.identity, session.state]).toEqual([
      1,
      'ikev2',
      'modified-element',
      'persistent',
      'established',
    ])
    expect(session.endpoints.map((e) => e.identifiers.filter((i) => i.kind !== 'port').map((i) => i.value))).toEqual([
      ['aa1', '0x00002002'],
      ['bb1', '0x00001001'],
    ])
    expect(session.pairs.map((p) => p.payloadBytes)).toEqual([0, 40 * 120])
  })

  test('an exchange from another address and ESP that follows it are a move, also with new SPIs', () => {
    const sa = new Sa().open().traffic(1, 5, 0, SPIS)
    sa.exchange(5.5, 0, 1, 2).exchange(5.52, 0, 1, 2, 1).exchange(5.55, 0, 1, 3).exchange(5.6, 1, 1, 0, 0, true, 'CREATE_CHILD_SA')
    sa.traffic(5.7, 9, 1, LATER)
    sa.stage.finish()
    expect(sa.moves()).toEqual([
      {
        from: `${H[0]} ${R[0]}`,
        to: `${H[1]} ${R[0]}`,
        direction: 'both',
        label: 'REHOMED',
        trigger: 'transport',
        signalled: true,
        at: 5.7,
      },
    ])
    expect(sa.stage.analyzer.rehomings()[0]?.metrics.outage?.value).toBeCloseTo(750, 0)
    expect(sa.locators(0)).toEqual([
      [H[0], 'initial', true],
      [H[1], 'observed', true],
    ])
    expect(sa.locators(1)).toEqual([
      [R[0], 'initial', true],
      [R[1], 'observed', true],
    ])
    expect(sa.session().labels).toContain('BACKUP-READY')
  })

  test('probes of other pairs that nobody answers are neither locators nor a move', () => {
    const sa = new Sa().open().traffic(1, 5, 0, SPIS).exchange(3, 0, 1, 2, 1, false).exchange(3.1, 0, 2, 2, 2, false)
    sa.stage.finish()
    expect([sa.moves(), sa.locators(0), sa.locators(1)]).toEqual([[], [[H[0], 'initial', true]], [[R[0], 'initial', true]]])
    expect(sa.session().labels).toContain('PROBING')
  })

  test('the exchange that goes on on port 4500 tried no further path', () => {
    const sa = new Sa().open()
    sa.stage.finish(2)
    const { labels, pairs } = sa.session()
    expect([labels, pairs.map((p) => [p.initiatorPort, p.state])]).toEqual([
      [],
      [
        [500, 'closed'],
        [4500, 'ready'],
      ],
    ])
  })

  test('another port of the same address is a NAT rebinding, not a move', () => {
    const sa = new Sa().open().traffic(1, 4, 0, SPIS)
    for (let t = 4, n = 100; t < 8; t += 0.05, n++)
      sa.esp(t, 0, 0, SPIS[0], n, { ports: [61000, 4500] }).esp(t + 0.01, 1, 0, SPIS[1], n, { ports: [61000, 4500] })
    sa.stage.finish()
    expect([sa.moves(), sa.session().labels.includes('NAT-REBIND'), sa.stage.analyzer.sessionCount]).toEqual([[], true, 1])
    expect(sa.session().timeline.map((e) => e.detail)).toContain('NAT rebinding: port 4500 is 61000 now, the addresses stay')
  })

  test('unanswered dead peer detection on the old pair is the trigger', () => {
    const sa = new Sa().open().traffic(1, 5, 0, SPIS)
    for (let n = 0; n < 4; n++) sa.exchange(5 + n, 0, 0, 7, 0, false)
    sa.exchange(9, 0, 1, 7).traffic(9.1, 13, 1, SPIS, 300)
    sa.stage.finish()
    expect(sa.moves().map((m) => m.trigger)).toEqual(['heartbeat'])
    expect(sa.stage.analyzer.rehomings()[0]?.trigger.score).toBe(70)
  })

  test('a rekey on the same pair is one session that goes on; the last packets of the old SPI are no repetitions', () => {
    const sa = new Sa().open().traffic(1, 3, 0, SPIS).exchange(3, 0, 0, 5, 0, true, 'CREATE_CHILD_SA').traffic(3.1, 6, 0, LATER)
    sa.esp(6.1, 0, 0, SPIS[0], 41)
    sa.stage.finish()
    const [, pair] = sa.session().pairs
    expect([sa.stage.analyzer.sessionCount, sa.moves(), pair?.retransmitted]).toEqual([1, [], 0])
  })

  test('native ESP between the addresses of the SA is its payload, also where it moves', () => {
    const sa = new Sa(new Stage(), 1, 'A1', true).open().traffic(0.5, 4, 0, SPIS).exchange(4.5, 0, 1, 2).traffic(4.6, 8, 1, SPIS, 100)
    sa.stage.finish()
    expect([sa.stage.analyzer.sessionCount, sa.moves().length, sa.session().protocol]).toEqual([1, 1, 'ikev2'])
  })

  test('two SAs on one pair keep their ESP apart by the exchange that came just before', () => {
    const stage = new Stage()
    const one = new Sa(stage, 1).open(0).traffic(0.1, 2, 0, SPIS)
    const two = new Sa(stage, 2).open(3).traffic(3.1, 5, 0, LATER)
    one.traffic(5, 6, 0, SPIS, 200)
    expect([one.session('s1'), two.session('s2')].map((s) => s.pairs.reduce((sum, p) => sum + p.payloadBytes, 0))).toEqual([
      58 * 2 * 120,
      38 * 2 * 120,
    ])
  })
})

describe('with keys', () => {
  test('lists of further addresses replace each other, but for the address in use', () => {
    const sa = new Sa(new Stage(), 1, 'A3v').open().list(0.1, 0, 0, [H[1], H[2]], 'listed')
    expect(sa.locators(0)).toEqual([
      [H[0], 'initial', true],
      [H[1], 'listed', true],
      [H[2], 'listed', true],
    ])
    sa.list(1, 0, 0, [H[2]], 'signalled')
    expect(sa.locators(0)).toEqual([
      [H[0], 'initial', true],
      [H[1], 'listed', false],
      [H[2], 'listed', true],
    ])
    expect(sa.session().endpoints[0].locators.map((l) => l.claimAuthentication)).toEqual(['A1', 'A3v', 'A3v'])
  })

  test('a list with a wrong checksum changes nothing', () => {
    const sa = new Sa(new Stage(), 1, 'A3v').open().list(0.1, 0, 0, [H[1]], 'listed').list(1, 0, 0, [H[2]], 'signalled', 'AX')
    expect(sa.locators(0).map(([address, , there]) => [address, there])).toEqual([
      [H[0], true],
      [H[1], true],
    ])
  })

  test('UPDATE_SA_ADDRESSES claims the pair it comes from, COOKIE2 verifies it, refusal takes it back', () => {
    const update: SignalDetail = {
      message: 'UPDATE_SA_ADDRESSES',
      address: -1,
      addressId: null,
      backup: false,
      serial: 3,
      correlation: null,
      authentication: 'A3v',
    }
    const answer = (accepted: boolean): SignalDetail => ({
      message: 'UPDATE_SA_ADDRESSES response',
      accepted,
      serial: 3,
      correlation: null,
      addressId: null,
      address: -1,
      authentication: 'A3v',
      cause: accepted ? null : 'UNACCEPTABLE_ADDRESSES',
    })
    const sa = new Sa(new Stage(), 1, 'A3v').open().traffic(1, 4, 0, SPIS)
    sa.exchange(4.5, 0, 1, 3, 0, false).more(0, SignalKind.Preferred, update)
    sa.say(4.52, 1, 1, SignalKind.ClaimAnswered, answer(true)).more(1, SignalKind.Verified, { message: 'COOKIE2', authentication: 'A3v' })
    sa.traffic(4.6, 8, 1, LATER)
    sa.stage.finish()
    const moved = sa.session().endpoints[0].locators[1]
    expect([moved?.address, moved?.how, moved?.signal, moved?.verifiedHow]).toEqual([
      H[1],
      'signalled',
      'UPDATE_SA_ADDRESSES',
      'COOKIE2 came back',
    ])
    expect(sa.stage.analyzer.rehomings().map((r) => [r.signalled, r.verifiedBefore, r.metrics.signalling?.value])).toEqual([
      [true, true, 20],
    ])

    const refused = new Sa(new Stage(), 1, 'A3v').open().exchange(4.5, 0, 1, 3, 0, false).more(0, SignalKind.Preferred, update)
    refused.say(4.52, 1, 1, SignalKind.ClaimAnswered, answer(false))
    expect(refused.locators(0)).toEqual([
      [H[0], 'initial', true],
      [H[1], 'signalled', false],
    ])
  })

  test('DELETE closes with its answer', () => {
    const sa = new Sa(new Stage(), 1, 'A3v').open().traffic(1, 2, 0, SPIS).exchange(3, 0, 0, 9, 0, false)
    sa.more(0, SignalKind.Closed, { message: 'DELETE', abrupt: false, final: false, cause: null, authentication: 'A3v' })
    expect(sa.session().state).toBe('closing')
    sa.say(3.02, 1, 0, SignalKind.ProbeAnswered, { message: 'INFORMATIONAL response', match: 'i9', authentication: 'A3v' })
    expect([sa.session().state, sa.session().closed]).toEqual(['closed', BASE + 3.02])
  })
})

describe('the ends of it', () => {
  test('what nobody could read is said to be inferred; what was read is not', () => {
    const lines = (sa: Sa) => sa.stage.analyzer.limits().notObservable.filter((line) => line.includes('encrypted'))
    const sealed = new Sa().open().traffic(1, 2, 0, SPIS)
    expect(lines(sealed)).toEqual([
      expect.stringMatching(/^what an IKE SA said after IKE_SA_INIT: it is encrypted, and no keys for it were given/),
    ])
    expect(lines(new Sa().open().list(1, 0, 0, [H[1]], 'signalled').exchange(2, 0, 0, 3))).toEqual([])
    expect(lines(new Sa().traffic(0, 2, 0, SPIS))).toEqual([])
  })

  test('a handshake that the end of the capture cuts short is not told to have failed; after a second without an end it is', () => {
    const spi = [{ kind: 'ike-spi', value: 'aa1' }]
    const asks = () => new Sa().say(0, 0, 0, SignalKind.Opening, opening('IKE_SA_INIT request', 1, { sender: spi }), 0, [500, 500])
    const answers = (sa: Sa) => sa.say(0.02, 1, 0, SignalKind.Opening, opening('IKE_SA_INIT response', 2), 0, [500, 500])
    expect(answers(asks()).session().headline).toBe('Still coming up on upA when the capture ended: tried since 0.000 s')
    const late = answers(asks()).say(1.5, 0, 0, SignalKind.Opening, opening('IKE_SA_INIT request', 1, { sender: spi }), 0, [500, 500])
    expect(late.session().headline).toBe('Never came up on upA: tried since 0.000 s, answered but never completed')
  })

  test.each([true, false])('who authenticates was answered, whether or not the answer was captured (IKE_SA_INIT seen: %s)', (first) => {
    const sa = new Sa()
    const spi = [{ kind: 'ike-spi', value: 'aa1' }]
    if (first) sa.say(0, 0, 0, SignalKind.Opening, opening('IKE_SA_INIT request', 1, { sender: spi }), 0, [500, 500])
    for (const t of [first ? 0.03 : 0, 2]) sa.say(t, 0, 0, SignalKind.Opening, opening('IKE_AUTH request', 3, { sender: spi }))
    sa.stage.finish()
    const why = 'answered, but what was answered is not in the capture'
    expect(sa.session().headline).toBe(`Not seen to come up on upA: tried since 0.000 s, ${why}`)
  })

  test('a move to another address of the interface that it had left is not told as a way back', () => {
    class Readdressed extends Sa {
      override wire(...facts: Parameters<Sa['wire']>): Wire {
        return { ...super.wire(...facts), interface: facts[1] === 3 ? 0 : facts[1] }
      }
    }
    const sa = new Readdressed().open().traffic(1, 4, 0, SPIS).exchange(4.5, 0, 1, 2).traffic(4.6, 8, 1, SPIS, 100)
    sa.exchange(8.5, 0, 3, 3).traffic(8.6, 12, 3, SPIS, 300)
    sa.stage.finish()
    expect(sa.session().headline).toMatch(/^Moved from upA to upB at 4\.600 s .*, then to upA \(192\.0\.2\.77\) at 8\.600 s /)
  })

  test('ESP without any IKE is a session of its own, one an address pair, and moves by its SPI', () => {
    const sa = new Sa(new Stage(), 1, 'A1', true).traffic(0, 4, 0, SPIS, 500).traffic(4.6, 8, 1, SPIS, 600)
    sa.stage.finish()
    const session = sa.session()
    expect([sa.stage.analyzer.sessionCount, session.protocol, session.midCapture, sa.moves().length]).toEqual([1, 'esp', true, 1])
  })

  test('an IKE SA seen after its ESP takes the session over', () => {
    const sa = new Sa().traffic(0, 2, 0, SPIS, 500).exchange(2, 0, 0, 5).traffic(2.1, 4, 0, SPIS, 600)
    expect([sa.stage.analyzer.sessionCount, sa.session().protocol, sa.session().midCapture]).toEqual([1, 'ikev2', true])
  })

  describe('an IKE SA first seen when its host has moved already', () => {
    const seen = (sa: Sa) => [sa.stage.analyzer.sessionCount, sa.session().protocol, sa.moves().length]
    test('takes over the ESP that the host has left', () => {
      const sa = new Sa().traffic(0, 2, 0, SPIS, 500).exchange(2.5, 0, 1, 5).traffic(2.6, 5, 1, [0xe1, 0xe2])
      sa.stage.finish()
      expect(seen(sa)).toEqual([1, 'ikev2', 1])
      expect(sa.locators(0).map(([address]) => address)).toEqual([H[0], H[1]])
    })
    test.each([
      ['ESP that goes on', 2, () => new Sa().traffic(0, 2.5, 0, SPIS, 500)],
      ['ESP that ended long ago', 2, () => new Sa().traffic(-70, -60, 0, SPIS, 500)],
      ['ESP to another peer', 2, () => new Sa().traffic(0, 2, 0, SPIS, 500, 1)],
      ['two that ended', 3, () => new Sa().traffic(0, 1, 0, SPIS, 500).traffic(1, 2, 3, [0xd1, 0xd2], 700)],
    ])('and none of %s', (_, sessions, before) => {
      const sa = before().exchange(2.5, 0, 1, 5).traffic(2.6, 5, 1, [0xe1, 0xe2])
      sa.stage.finish()
      expect([sa.stage.analyzer.sessionCount, sa.session().protocol]).toEqual([sessions, 'esp'])
    })
  })

  test('a new SA over another address, the old one silent: re-established, no move', () => {
    const stage = new Stage()
    const old = new Sa(stage, 1).open().traffic(1, 4, 0, SPIS).exchange(4.5, 0, 0, 2, 0, false)
    const spi = [{ kind: 'ike-spi', value: 'cc' }]
    const next = new Sa(stage, 2)
    for (const [i, message] of ['IKE_SA_INIT request', 'IKE_SA_INIT response', 'IKE_AUTH request', 'IKE_AUTH response'].entries())
      next.say(9 + i / 50, (i % 2) as 0 | 1, 1, i === 3 ? SignalKind.Opened : SignalKind.Opening, opening(message, i + 1, { sender: spi }))
    next.traffic(9.2, 12, 1, LATER)
    stage.finish()
    expect([old.session('s1').replacedBy, next.session('s2').replaces, old.moves()]).toEqual(['s2', 's1', []])
    expect(next.session('s2').labels).toContain('RE-ESTABLISHED')
  })

  test('silence beyond three times its dead peer detection ends it; a packet later takes it up again', () => {
    const sa = new Sa().open().traffic(1, 2, 0, SPIS).exchange(30, 0, 0, 2).exchange(60, 0, 0, 3)
    sa.stage.packet(200, { protocol: SignalProtocol.Udp, from: '192.0.2.99', to: '192.0.2.98', fromPort: 9, toPort: 9 })
    sa.stage.emit(SignalKind.Payload, { protocol: SignalProtocol.Udp, space: UnitSpace.Datagram, unit: 1, span: 1, bytes: 9 })
    expect(sa.session().state).toBe('closed')
    sa.esp(201, 0, 0, SPIS[0], 400)
    expect([sa.session().state, sa.session().closed]).toEqual(['established', null])
  })
})

test('an answer that names another gateway is an answer: redirected (RFC 5685)', () => {
  const sa = new Sa()
  sa.say(0, 0, 0, SignalKind.Opening, opening('IKE_SA_INIT request', 1, { sender: [{ kind: 'ike-spi', value: 'aa1' }] }), 0, [500, 500])
  sa.say(0.02, 1, 0, SignalKind.Noted, { message: 'REDIRECT to 203.0.113.74' }, 0, [500, 500])
  sa.stage.finish()
  expect(sa.stage.analyzer.session('s1')?.headline).toBe('Never came up on upA: tried since 0.000 s, redirected to 203.0.113.74')
})

/** Rules of handshakes, reflections and errors: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import type { SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { Association, opening } from '../../stage.ts'
import { LinkScene } from '../link-scene.ts'

const C = '2001:db8:a::10'
const S = '2001:db8:f1::80'
const P: [number, number] = [40000, 443]
const BACK: [number, number] = [443, 40000]

describe('T-INITIAL-MITM', () => {
  const syn = (times = 1): LinkScene => {
    const scene = new LinkScene()
    for (let i = 0; i < times; i++) scene.step(1 + i, C, S, P, 1, 1000)
    return scene
  }
  const answered = (
    scene: LinkScene,
    at: number,
    unit: number,
    more: { hops?: number; answers?: number; iface?: number } = {},
  ): LinkScene => scene.step(at, S, C, BACK, 2, unit, { hops: 57, answers: 1000, ...more })
  test.each([
    ['two sequence numbers 20 ms apart', answered(answered(syn(), 1.1, 7), 1.12, 8), ['T-INITIAL-MITM high 55']],
    ['over paths of different length', answered(answered(syn(), 1.1, 7), 1.12, 8, { hops: 60 }), ['T-INITIAL-MITM high 70']],
    ['so late that the request may have been sent again', answered(answered(syn(), 1.25, 7), 1.301, 8), ['T-INITIAL-MITM low 55']],
    ['just in time', answered(answered(syn(), 1.25, 7), 1.299, 8), ['T-INITIAL-MITM high 55']],
    ['late, over paths of different length', answered(answered(syn(), 1.25, 7), 1.5, 8, { hops: 60 }), ['T-INITIAL-MITM high 70']],
    ['the request was sent twice', answered(answered(syn(2), 2.1, 7), 2.12, 8), []],
    ['the answer was sent again', answered(answered(syn(), 1.1, 7), 1.12, 7), []],
    ['more than 3 s later', answered(answered(syn(), 1.1, 7), 4.2, 8), []],
    ['a firewall, captured on its inside', answered(answered(syn(), 1.1, 7, { answers: 555 }), 1.1, 8), []],
    ['on another interface', answered(answered(syn(), 1.1, 7), 1.12, 8, { iface: 1 }), []],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(60, 'T-INITIAL-MITM')).toEqual(expected)
  })
  test('SCTP: two tags for one INIT', () => {
    const { stage } = new Association()
    const association = new Association(stage)
    stage.packet(1, association.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 1 }) })
    for (const [t, tag] of [
      [1.1, 5],
      [1.2, 6],
    ] as const)
      stage.packet(t, association.wire(1, 0)).emit(SignalKind.Opening, { token: 1, detail: opening('INIT ACK', 2, { initiateTag: tag }) })
    stage.finish(60)
    expect(stage.analyzer.findings().map((one) => one.rule)).toContain('T-INITIAL-MITM')
  })
})

describe('T-REWRITE', () => {
  test.each([
    ['NPTv6', '2001:db8:f0:1::10', P, 1000, ['T-REWRITE info 95']],
    ['NAPT', '2001:db8:f0:1::10', [50000, 443] as [number, number], 1000, ['T-REWRITE info 95']],
    ['another connection', '2001:db8:f0:1::10', P, 1001, []],
    ['the same addresses', C, P, 1000, []],
  ])('%s', (_name, source, ports, unit, expected) => {
    const scene = new LinkScene().step(1, C, S, P, 1, 1000).step(1.001, source, S, ports, 1, unit, { iface: 1 })
    expect(scene.told(60, 'T-REWRITE')).toEqual(expected)
  })
})

describe('T-EXHAUST', () => {
  /** `n` INIT over `seconds` from different sources, each answered `answered` times in 1, `done` of them completed. */
  const inits = (n: number, seconds: number, done: number, answers = true): string[] => {
    const scene = new LinkScene()
    const { stage } = scene
    const say = (t: number, from: string, to: string, ports: [number, number], kind: SignalKind, detail: SignalDetail): void => {
      stage.packet(t, { protocol: SignalProtocol.Sctp, from, to, fromPort: ports[0], toPort: ports[1] }).emit(kind, { detail })
    }
    for (let i = 0; i < n; i++) {
      const t = 1 + (i * seconds) / n
      const from = `2001:db8:c::${(i + 1).toString(16)}`
      say(t, from, S, [5000, 5060], SignalKind.Opening, opening('INIT', 1, { initiateTag: i + 1 }))
      if (answers) say(t + 0.001, S, from, [5060, 5000], SignalKind.Opening, opening('INIT ACK', 2, { initiateTag: 100_000 + i }))
      if (i < done) say(t + 0.002, from, S, [5000, 5060], SignalKind.Opening, opening('COOKIE ECHO', 3))
    }
    return scene.told(100, 'T-EXHAUST')
  }
  test.each([
    [500, 5, 2, true, ['T-EXHAUST medium 60']],
    [500, 25, 450, true, []],
    [500, 5, 2, false, []],
    [100, 4, 0, true, []],
    [101, 4, 0, true, ['T-EXHAUST medium 60']],
    [190, 10, 0, true, []],
    [1_200, 10, 0, true, ['T-EXHAUST high 60']],
  ])('%i starts in %i s, %i completed, answered %s: %j', (n, seconds, done, answers, expected) => {
    expect(inits(n, seconds, done, answers)).toEqual(expected)
  })
})

describe('T-EXHAUST: distress and wasted work', () => {
  const host = (
    scene: LinkScene,
    t: number,
    from: string,
    to: string,
    kind: SignalKind,
    detail: SignalDetail,
    protocol: SignalProtocol,
  ): void => {
    scene.stage.packet(t, { protocol, from, to, fromPort: 0, toPort: 0 }).emit(kind, { detail })
  }
  const flood = (distress: (scene: LinkScene) => void): string[] => {
    const scene = new LinkScene()
    distress(scene)
    for (let i = 0; i < 150; i++) {
      const from = `2001:db8:c::${(i + 1).toString(16)}`
      const hit = { sender: [{ kind: 'hit', value: `2001:20::${i + 1}` }] }
      host(scene, 60 + i / 30, from, S, SignalKind.Opening, opening('I1', 1, hit), SignalProtocol.Hip)
      host(scene, 60 + i / 30 + 0.001, S, from, SignalKind.Opening, opening('R1', 2), SignalProtocol.Hip)
    }
    return scene.told(100, 'T-EXHAUST')
  }
  const said = (t: number, message: string) => (scene: LinkScene) =>
    host(scene, t, S, '2001:db8:c::1', SignalKind.Noted, { message }, SignalProtocol.Hip)
  const closed = (cause: string): SignalDetail => ({ message: 'ABORT', abrupt: true, final: true, cause, authentication: 'A1' })
  test.each([
    ['no sign', () => undefined, 'medium'],
    ['a harder puzzle', said(55, 'R1: puzzle difficulty rises from 1 to 8'), 'high'],
    ['cookies', said(55, 'COOKIE'), 'high'],
    ['a retry', said(55, 'Retry'), 'high'],
    ['more than a minute before', said(0.5, 'COOKIE'), 'medium'],
    ['another note', said(55, 'R1: HOST_ID differs'), 'medium'],
    [
      'no resources left',
      (scene: LinkScene) => host(scene, 55, S, C, SignalKind.Closed, closed('out of resource'), SignalProtocol.Sctp),
      'high',
    ],
    [
      'distress of another host',
      (scene: LinkScene) => host(scene, 55, C, S, SignalKind.Noted, { message: 'COOKIE' }, SignalProtocol.Ikev2),
      'medium',
    ],
  ])('%s: %s', (_name, distress, severity) => {
    expect(flood(distress)).toEqual([`T-EXHAUST ${severity} 60`])
  })

  const busy = (
    n: number,
    seconds: number,
    kind: SignalKind,
    detail: SignalDetail,
    protocol: SignalProtocol,
    byVictim: boolean,
  ): string[] => {
    const scene = new LinkScene()
    for (let i = 0; i < n; i++) {
      const other = `2001:db8:c::${(i + 1).toString(16)}`
      host(scene, 1 + (i * seconds) / n, byVictim ? S : other, byVictim ? other : S, kind, detail, protocol)
    }
    return scene.told(60, 'T-EXHAUST')
  }
  const wrong = { message: 'I2: the solution does not solve the puzzle' }
  test.each([
    [9, 0.9, []],
    [10, 0.9, ['T-EXHAUST medium 60']],
    [11, 0.9, ['T-EXHAUST medium 60']],
    [20, 3, []],
  ])('%i wrong solutions within %f s: %j', (n, seconds, expected) => {
    expect(busy(n, seconds, SignalKind.Noted, wrong, SignalProtocol.Hip, false)).toEqual(expected)
  })
  test.each([
    [9, []],
    [10, ['T-EXHAUST medium 60']],
  ])('%i wrong signatures of a known key: %j', (n, expected) => {
    const bad = { message: 'UPDATE: the signature is not of the key that signed before' }
    expect(busy(n, 0.9, SignalKind.Noted, bad, SignalProtocol.Hip, false)).toEqual(expected)
  })
  test.each([
    [19, []],
    [20, ['T-EXHAUST medium 60']],
    [21, ['T-EXHAUST medium 60']],
  ])('%i Binding Errors: %j', (n, expected) => {
    const error = { ...closed('no binding'), message: 'BE' } as SignalDetail
    expect(busy(n, 0.9, SignalKind.Refused, error, SignalProtocol.Mip6, true)).toEqual(expected)
  })
})

describe('T-TAG: sequence numbers of a connection', () => {
  /** A connection with data of S; then `n` resets in its name whose numbers are `step` apart, and at last one that fits. */
  const guessed = (
    n: number,
    more: { start?: number; step?: number; fits?: boolean; fitHops?: number; seconds?: number } = {},
  ): string[] => {
    const { start = 20, step = 0x40_0000, fits = false, fitHops = 50, seconds = 5 } = more
    const scene = new LinkScene()
    const back = { protocol: SignalProtocol.Tcp, from: S, to: C, fromPort: 443, toPort: 40000, hops: 57 }
    scene.step(1, C, S, P, 1, 1000).step(1.02, S, C, BACK, 2, 9000, { hops: 57, answers: 1000 }).step(1.03, C, S, P, 3, 0)
    scene.stage.packet(1.1, back).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 9001, span: 1000, bytes: 1000 })
    const reset = (t: number, unit: number, hops: number): void => {
      const detail: SignalDetail = { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' }
      scene.stage.packet(t, { ...back, hops }).emit(SignalKind.Closed, { space: UnitSpace.Seq, unit: unit >>> 0, detail })
    }
    for (let i = 0; i < n; i++) reset(start + (i * seconds) / n, 0x2000_0000 + i * step, 50)
    if (fits) reset(start + seconds + 0.1, 10_001, fitHops)
    return scene.told(60, 'T-TAG')
  }
  test.each([
    [63, {}, []],
    [64, {}, ['T-TAG medium 70']],
    [65, {}, ['T-TAG medium 70']],
    [100, { seconds: 30 }, []],
    [100, { start: 2, seconds: 5 }, []],
    [100, { step: 0 }, []],
    [64, { fits: true }, ['T-TAG critical 70']],
    [64, { fits: true, fitHops: 57 }, ['T-TAG medium 70']],
    [3, { fits: true }, []],
  ])('%i resets, %j: %j', (n, more, expected) => {
    expect(guessed(n, more)).toEqual(expected)
  })
})

describe('T-REWRITE: what messages say of their own addresses', () => {
  const about = (message: string): LinkScene => {
    const scene = new LinkScene()
    scene.stage
      .packet(1, { protocol: SignalProtocol.Ikev2, from: C, to: S, fromPort: 500, toPort: 500 })
      .emit(SignalKind.Noted, { detail: { message } })
    return scene
  }
  const said = (message: string): string[] => about(message).told(60, 'T-REWRITE')
  test('IKEv2: a sender may make its own address misfit to get UDP encapsulation; that of its peer it cannot', () => {
    const titles = (message: string): string[] => {
      const scene = about(message)
      scene.told(60, 'T-REWRITE')
      return scene.stage.analyzer.findings().map((finding) => finding.title)
    }
    expect(titles('NAT_DETECTION_SOURCE_IP does not fit')).toEqual([`${C} is behind a translator, or asks for UDP encapsulation`])
    expect(titles('NAT_DETECTION_DESTINATION_IP does not fit')).toEqual([`A translator stands in front of ${S}`])
  })
  test.each([
    ['NAT_DETECTION_SOURCE_IP does not fit: the sender is behind a translator', ['T-REWRITE info 80']],
    ['NAT_DETECTION_DESTINATION_IP does not fit: the receiver is behind a translator', ['T-REWRITE info 80']],
    ['COOKIE', []],
  ])('IKEv2: %s', (message, expected) => {
    expect(said(message)).toEqual(expected)
  })

  const listed = (source: string, addresses: string[]): string[] => {
    const scene = new LinkScene()
    const { stage } = scene
    stage.packet(1, { protocol: SignalProtocol.Sctp, from: source, to: '203.0.113.9', fromPort: 5000, toPort: 5060 })
    stage.emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 1 }) })
    for (const text of addresses) {
      const facts = { address: stage.address(text), port: null, addressId: null, how: 'listed', authentication: 'A1' } as const
      stage.emit(SignalKind.Claimed, { detail: { message: 'INIT', ...facts, serial: null, correlation: null, wildcard: false } })
    }
    return scene.told(60, 'T-REWRITE')
  }
  test.each([
    ['198.51.100.7', ['10.0.0.5'], ['T-REWRITE info 60']],
    ['198.51.100.7', ['10.0.0.5', '192.168.1.5'], ['T-REWRITE info 60']],
    ['198.51.100.7', ['10.0.0.5', '198.51.100.7'], []],
    ['198.51.100.7', ['198.51.100.7', '10.0.0.5'], []],
    ['10.0.0.5', ['10.0.0.5'], []],
    ['198.51.100.7', [], []],
  ])('INIT from %s lists %j: %j', (source, addresses, expected) => {
    expect(listed(source, addresses)).toEqual(expected)
  })
})

describe('T-REFLECT', () => {
  const V = '2001:db8:7::7'
  /** `n` requests in the name of V with a hop limit, after some of V's own. */
  const asked = (n: number, hops: number, more: { followed?: number; answer?: number; ask?: number; copies?: number } = {}): LinkScene => {
    const scene = new LinkScene()
    for (let i = 0; i < 10; i++)
      scene.step(1 + i * 20, V, S, [30_000 + i, 80], 1, i + 1, { hops: 61 }).step(1.1 + i * 20, V, S, [30_000 + i, 80], 3, 0, { hops: 61 })
    for (let i = 0; i < n; i++) {
      const t = 300 + i * 0.2
      for (let copy = 0; copy < (more.copies ?? 1); copy++)
        scene.step(t + copy * 0.0029, V, S, [41_000 + i, 80], 1, 5000 + i, { hops: hops - copy, iface: copy })
      if (i < (more.followed ?? 0)) scene.step(t + 0.02, V, S, [41_000 + i, 80], 3, 0, { hops })
      scene.stage.packet(
        t + 0.01,
        { protocol: SignalProtocol.Tcp, from: S, to: V, fromPort: 80, toPort: 41_000 + i, hops: 64 },
        more.answer ?? 100,
      )
    }
    return scene
  }
  test.each([
    ['20 with a foreign hop limit', asked(20, 50), ['T-REFLECT medium 60']],
    ['10, each captured twice', asked(10, 50, { copies: 2 }), []],
    ['20, each captured twice', asked(20, 50, { copies: 2 }), ['T-REFLECT medium 60']],
    ['19', asked(19, 50), []],
    ['hop limit 2 off', asked(20, 59), []],
    ['a scanner with its own hop limit', asked(40, 61), []],
    ['handshakes that are completed', asked(40, 50, { followed: 40 }), []],
    ['amplified', asked(40, 50, { answer: 3000 }), ['T-REFLECT-AMP high 60']],
  ])('%s', (_name, scene, expected) => {
    const told = scene.told(400, 'T-REFLECT', 'T-REFLECT-AMP')
    expect(told.slice(-1)).toEqual(expected)
  })
})

describe('T-ICMPERR', () => {
  /** A connection that has sent 3000 bytes from sequence number 1001. */
  const connection = (): LinkScene => {
    const scene = new LinkScene()
      .step(1, C, S, P, 1, 1000)
      .step(1.02, S, C, BACK, 2, 9000, { hops: 57, answers: 1000 })
      .step(1.03, C, S, P, 3, 0)
    for (let i = 0; i < 3; i++)
      scene.stage
        .packet(1.1 + i / 10, { protocol: SignalProtocol.Tcp, from: C, to: S, fromPort: P[0], toPort: P[1] })
        .emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1001 + i * 1000, span: 1000, bytes: 1000 })
    return scene
  }
  const error = (token: number | null, mtu: number | null = null): string[] => {
    const scene = connection()
    const { flow } = scene
    return scene
      .icmp(2, '2001:db8:dead::1', { flow, from: C, to: S }, { quotedToken: token, mtu, code: 0, quotedProtocol: 6 })
      .told(60, 'T-ICMPERR')
  }
  test.each([
    ['data that were sent', 2001, []],
    ['old data: a late error', 1001, []],
    ['the next byte', 4001, []],
    ['a FIN', 4002, []],
    ['data that were never sent', 4003, ['T-ICMPERR medium 50']],
    ['a million bytes ahead', 1_004_001, ['T-ICMPERR medium 50']],
    ['a quote that was cut', null, []],
  ])('%s', (_name, token, expected) => {
    expect(error(token)).toEqual(expected)
  })
  test.each([
    [1279, ['T-ICMPERR low 50']],
    [1280, []],
  ])('MTU %i: %j', (mtu, expected) => {
    expect(error(2001, mtu)).toEqual(expected)
  })
  test.each([
    [30, []],
    [70, ['T-ICMPERR low 45']],
  ])('a connection nobody saw, %i s into the capture: %j', (t, expected) => {
    const scene = connection().icmp(1.5, '2001:db8:dead::1', { flow: -1, from: '2001:db8:99::1', to: S }, { quotedProtocol: 17 })
    expect(scene.icmp(t, '2001:db8:dead::1', { flow: -1, from: C, to: S }, { quotedProtocol: 6 }).told(200, 'T-ICMPERR')).toEqual(expected)
  })
})

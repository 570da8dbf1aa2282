/** Handshakes of the protocols with identifiers: two answers, floods of starts, options that are taken out, forged errors, rewritten lists. */
import { describe, expect, test } from 'vitest'
import { address } from '../../../../../dissectors/ip/emit.ts'
import { mptcpOption } from '../../../../../dissectors/mptcp/emit.ts'
import { SYN } from '../../../../../dissectors/tcp/emit.ts'
import type { OpenDetail, SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { packet } from '../../../../dissectors/tcp/bench.ts'
import { Association, opening } from '../../stage.ts'
import { WireStage } from '../../wire-stage.ts'
import { LinkScene } from '../link-scene.ts'
import { E1, E2, P, Scene, X } from '../scene.ts'

const C = '2001:db8:a::10'
const S = '2001:db8:f1::80'
const say = (
  one: LinkScene,
  t: number,
  [from, to]: [string, string],
  protocol: SignalProtocol,
  kind: SignalKind,
  detail: SignalDetail,
  hops = 64,
): void => {
  one.stage.packet(t, { protocol, from, to, fromPort: 0, toPort: 0, hops }).emit(kind, { detail })
}

describe('T-INITIAL-MITM of HIP, Shim6 and IKEv2', () => {
  const answers = (protocol: SignalProtocol, kind: string, values: string[], requests = 1, gap = 0.02): string[] => {
    const one = new LinkScene()
    for (let i = 0; i < requests; i++) say(one, 1 + i, [C, S], protocol, SignalKind.Opening, opening('I1', 1))
    values.forEach((value, i) => {
      const detail = opening('R1', 2, { sender: [{ kind, value }] })
      say(one, requests + 0.1 + i * gap, [S, C], protocol, SignalKind.Opening, detail, 57)
    })
    return one.told(60, 'T-INITIAL-MITM')
  }
  const fires = ['T-INITIAL-MITM high 55']
  test.each<[string, string[], string[]]>([
    ['one I1, two R1 of different hosts 20 ms apart', answers(SignalProtocol.Hip, 'hit', ['2001:20::1', '2001:20::2']), fires],
    ['two equal R1 for two I1', answers(SignalProtocol.Hip, 'hit', ['2001:20::1', '2001:20::1'], 2), []],
    ['two different ones for two I1', answers(SignalProtocol.Hip, 'hit', ['2001:20::1', '2001:20::2'], 2), []],
    ['Shim6: two tags', answers(SignalProtocol.Shim6, 'context-tag', ['1', '2']), fires],
    ['IKEv2: two SPIs', answers(SignalProtocol.Ikev2, 'ike-spi', ['aa', 'bb']), fires],
    ['IKEv2: one SPI twice', answers(SignalProtocol.Ikev2, 'ike-spi', ['aa', 'aa']), []],
    ['more than 3 s apart', answers(SignalProtocol.Ikev2, 'ike-spi', ['aa', 'bb'], 1, 3.1), []],
  ])('%s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('T-EXHAUST: tests of Mobile IPv6, cookies, repetitions', () => {
  /** `n` tests in 5 s, answered, of which `bound` end in an update. */
  const tests = (n: number, bound: number, message: 'HoTI' | 'CoTI', cookies = n): string[] => {
    const one = new LinkScene()
    for (let i = 0; i < n; i++) {
      const t = 1 + i / (n / 5)
      const node = `2001:db8:c::${((cookies === n ? i : 0) + 1).toString(16)}`
      const probe = { message, match: `c${i % cookies}`, authentication: 'A0' } as const
      say(one, t, [node, S], SignalProtocol.Mip6, SignalKind.Probed, probe)
      const answer = { ...probe, message: message === 'HoTI' ? 'HoT' : 'CoT' }
      say(one, t + 0.001, [S, node], SignalProtocol.Mip6, SignalKind.ProbeAnswered, answer)
      if (i >= bound) continue
      const claim = { message: 'BU', address: one.stage.address(node), port: null, addressId: null, how: 'signalled' } as const
      const detail = { ...claim, authentication: 'A3u', serial: 1, correlation: null, wildcard: false } as const
      say(one, t + 0.002, [node, S], SignalProtocol.Mip6, SignalKind.Claimed, detail)
    }
    return one.told(100, 'T-EXHAUST')
  }
  test.each<[string, string[], string[]]>([
    ['500 HoTI, 2 bindings', tests(500, 2, 'HoTI'), ['T-EXHAUST medium 60']],
    ['500 CoTI, 2 bindings', tests(500, 2, 'CoTI'), ['T-EXHAUST medium 60']],
    ['a crowd of mobile nodes', tests(500, 450, 'CoTI'), []],
    ['100 tests', tests(100, 0, 'CoTI'), []],
    ['one node that repeats its test', tests(500, 0, 'CoTI', 1), []],
  ])('%s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })

  /** S asks for cookies; then `n` first messages within a second, of which those with `cookie(i)` bring one. */
  const cookies = (n: number, cookie: (i: number) => boolean, asks = true): string[] => {
    const one = new LinkScene()
    if (asks) say(one, 1, [S, C], SignalProtocol.Ikev2, SignalKind.Noted, { message: 'COOKIE' })
    for (let i = 0; i < n; i++) {
      const more: Partial<OpenDetail> = { initiateTag: i, ...(cookie(i) ? { capabilities: ['cookie'] } : {}) }
      const detail = opening('IKE_SA_INIT request', 1, more)
      say(one, 2 + (i * 0.9) / n, [`2001:db8:c::${(i + 1).toString(16)}`, S], SignalProtocol.Ikev2, SignalKind.Opening, detail)
    }
    return one.told(60, 'T-EXHAUST')
  }
  test.each<[string, string[], string[]]>([
    ['ten without', cookies(10, () => false), ['T-EXHAUST medium 60']],
    ['nine without', cookies(9, () => false), []],
    ['clients that come back with it', cookies(40, (i) => i % 2 === 1), []],
    ['no cookie was asked for', cookies(40, () => false, false), []],
  ])('IKEv2: %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })

  test('look-alike: one client repeats its INIT with one tag', () => {
    const one = new LinkScene()
    for (let i = 0; i < 500; i++) {
      say(one, 1 + i / 100, [C, S], SignalProtocol.Sctp, SignalKind.Opening, opening('INIT', 1, { initiateTag: 7 }))
      say(one, 1.001 + i / 100, [S, C], SignalProtocol.Sctp, SignalKind.Opening, opening('INIT ACK', 2, { initiateTag: 9 }))
    }
    expect(one.told(60, 'T-EXHAUST')).toEqual([])
  })
})

describe('T-DOWNGRADE on the way', () => {
  /** The same SYN on both interfaces; with the option on those that `options` says. */
  const twice = (options: [boolean, boolean], more: { sequence?: number; iface?: number; gap?: number } = {}): string[] => {
    const stage = new WireStage()
    options.forEach((with_, i) => {
      const sequence = i === 0 ? 1000 : (more.sequence ?? 1000)
      const segment = { source: address(C), destination: address(S), sourcePort: 40_000, destinationPort: 443, sequence, acknowledgment: 0 }
      const bytes = packet({ ...segment, flags: SYN, options: with_ ? [mptcpOption.capable(1, [])] : [], payload: new Uint8Array(0) })
      stage.packet(1 + i * (more.gap ?? 0.001), bytes, { interface: i === 0 ? 0 : (more.iface ?? 1), hops: 64 - i })
    })
    return stage
      .finish(60)
      .analyzer.findings()
      .filter((f) => f.rule === 'T-DOWNGRADE')
      .map((f) => `${f.severity} ${f.confidence} ${f.victim}`)
  }
  test.each<[string, string[], string[]]>([
    ['outside with it, inside without', twice([true, false]), [`low 50 ${C}`]],
    ['both with it', twice([true, true]), []],
    ['both without', twice([false, false]), []],
    ['another connection', twice([true, false], { sequence: 2000 }), []],
    ['on one interface: sent again without, after a timeout', twice([true, false], { iface: 0 }), []],
    ['more than a second later', twice([true, false], { gap: 1.1 }), []],
  ])('MP_CAPABLE: %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })

  const error = (code: number, protocol: number, t = 70, sent = false, type = 4): string[] => {
    const one = new LinkScene().udp(t - 10, C, S)
    if (sent) say(one, t - 1, [C, S], SignalProtocol.Shim6, SignalKind.Opening, opening('I1', 1))
    const flow = sent ? one.flow : -1
    return one.icmp(t, S, { flow, from: C, to: S }, { type, code, quotedProtocol: protocol }).told(100, 'T-DOWNGRADE')
  }
  test.each<[string, string[], string[]]>([
    ['Shim6 that was never sent', error(1, 140), ['T-DOWNGRADE low 50']],
    ['an option that was never sent', error(2, 60), ['T-DOWNGRADE low 50']],
    ['Shim6 that was sent', error(1, 140, 70, true), []],
    ['in the first minute', error(1, 140, 59), []],
    ['a header field', error(0, 140), []],
    ['another protocol', error(1, 47), []],
    ['another error', error(1, 140, 70, false, 1), []],
  ])('ICMPv6 about %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('T-REFLECT by HIP', () => {
  const V = '2001:db8:7::7'
  /** V's own exchanges, then `n` I1 in its name over another path; V rejects `reactions` of the answers. */
  const asked = (n: number, hops: number, reactions: number, completed = 0): string[] => {
    const one = new LinkScene()
    for (let i = 0; i < 5; i++) {
      say(one, 1 + i, [V, S], SignalProtocol.Hip, SignalKind.Opening, opening('I1', 1), 61)
      say(one, 1.05 + i, [V, S], SignalProtocol.Hip, SignalKind.Opening, opening('I2', 3), 61)
    }
    for (let i = 0; i < n; i++) {
      const t = 100 + i * 0.05
      say(one, t, [V, S], SignalProtocol.Hip, SignalKind.Opening, opening('I1', 1), hops)
      say(one, t + 0.01, [S, V], SignalProtocol.Hip, SignalKind.Opening, opening('R1', 2))
      if (i < completed) say(one, t + 0.02, [V, S], SignalProtocol.Hip, SignalKind.Opening, opening('I2', 3), hops)
      const { flow } = one
      if (i >= n - reactions - 1 && i < n - 1)
        one.icmp(t + 0.03, V, { flow, direction: 1, from: S, to: V }, { type: 4, code: 1, quotedProtocol: 139 })
    }
    return one.told(200, 'T-REFLECT', 'T-REFLECT-AMP')
  }
  test.each<[string, string[], string[]]>([
    ['100 in its name over another path, 5 rejected', asked(100, 50, 5), ['T-REFLECT medium 70']],
    ['100 exchanges that complete', asked(100, 50, 0, 100), []],
    ['a client that crashed: its own path, nothing rejected', asked(100, 61, 0), []],
    ['a client behind a broken way back', asked(40, 61, 0), []],
  ])('%s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('T-ICMPERR about an association', () => {
  const [A1] = Association.A as [string]
  /** An error about A's data that quotes `token`; then A goes on over the other path, or where it was. */
  const error = (token: number, moves: boolean, whole = true): string[] => {
    const a = whole ? new Association().open() : new Association()
    const step = (t: number, path: number, i: number): void => {
      a.data(t, 0, path, i).sack(t + 0.04, 1, path, i)
    }
    for (let i = 0; i < 20; i++) step(1 + i * 0.1, 0, i)
    a.stage.packet(3, a.wire(0, 0)).emit(SignalKind.IcmpError, {
      protocol: SignalProtocol.Icmp,
      detail: {
        version: 4,
        type: 3,
        code: 1,
        message: 'host unreachable',
        reporter: a.stage.address('198.18.0.66'),
        quotedToken: token,
        mtu: null,
      },
    })
    a.stage.signal.protocol = SignalProtocol.Sctp
    for (let i = 20; i < 60; i++) step(3.1 + (i - 20) * 0.1, moves ? 1 : 0, i)
    a.stage.finish(60)
    return a.stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-ICMPERR')
      .map((f) => `${f.severity} ${f.confidence} ${f.claimant} > ${f.victim}`)
  }
  test.each<[string, string[], string[]]>([
    ['a tag of neither end', error(0x1234, false), [`medium 50 198.18.0.66 > ${A1}`]],
    ['and the association moves right afterwards', error(0x1234, true), [`high 50 198.18.0.66 > ${A1}`]],
    ['the tag of the association', error(Association.TAG[1], true), []],
    ['a quote that was cut', error(0, true), []],
    ['an association from before the capture', error(0x1234, true, false), []],
  ])('%s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('T-REWRITE: lists and reports', () => {
  const hip = (from: string, named: string[]): string[] => {
    const one = new Scene(SignalProtocol.Hip).open().talk(1)
    one.claim(3, from, named[0] as string, { message: 'UPDATE: LOCATOR_SET' })
    for (const other of named.slice(1)) one.also(SignalKind.Claimed, 1, one.detail(other, { message: 'UPDATE: LOCATOR_SET' }))
    return one
      .findings(60)
      .filter((f) => f.rule === 'T-REWRITE')
      .map((f) => `${f.severity} ${f.confidence} ${f.claimant}`)
  }
  test.each<[string, string[], string[]]>([
    ['a LOCATOR_SET without its source', hip(X, [E1, E2]), [`info 60 ${X}`]],
    ['with it, first', hip(E1, [E1, E2]), []],
    ['with it, last', hip(E2, [E1, E2]), []],
  ])('HIP: %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
  test('Shim6: a probe that reports other addresses', () => {
    const one = new Scene(SignalProtocol.Shim6).open().talk(1)
    const message = 'Probe: the report of this probe names other addresses than the packet has'
    one.say(3, SignalKind.Noted, E1, P, 1, { message })
    expect(
      one
        .findings(60)
        .filter((f) => f.rule === 'T-REWRITE')
        .map((f) => `${f.severity} ${f.confidence}`),
    ).toEqual(['info 60'])
  })
  test('NAT64: the same first step in the other family', () => {
    const one = new LinkScene().step(1, C, '64:ff9b::cb00:7150', [40000, 443], 1, 1000)
    one.step(1.001, '192.0.2.1', '203.0.113.80', [40000, 443], 1, 1000, { iface: 1 })
    expect(one.told(60, 'T-REWRITE')).toEqual(['T-REWRITE info 95'])
  })
  test('quiet: two hosts', () => {
    const one = new LinkScene().step(1, C, S, [40000, 443], 1, 1000)
    one.step(1.001, '2001:db8:f0:1::10', S, [40000, 443], 1, 2000, { iface: 1 })
    expect(one.told(60, 'T-REWRITE')).toEqual([])
  })
})

/** Scenes of rules about first steps, their answers, errors about them, and how hosts choose and show addresses. */
import { createHash } from 'node:crypto'
import { emitIpv4 } from '../../../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../../../dissectors/ipv6/emit.ts'
import { emitUdp } from '../../../../../dissectors/udp/emit.ts'
import type { FindingReport } from '../../../../../shared/report.ts'
import type { SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { WireStage } from '../../wire-stage.ts'
import { LinkScene, siteOf } from '../link-scene.ts'
import { E1, E2, P, Scene, X } from '../scene.ts'
import type { RuleScenes } from './scenes.ts'

const [C, S, V] = ['2001:db8:a::10', '2001:db8:f1::80', '2001:db8:7::7'] as [string, string, string]
const [THERE, BACK] = [
  [40_000, 443],
  [443, 40_000],
] as [[number, number], [number, number]]

const say = (
  one: LinkScene,
  t: number,
  [from, to]: [string, string],
  protocol: SignalProtocol,
  kind: SignalKind,
  detail: SignalDetail,
): void => {
  one.stage.packet(t, { protocol, from, to, fromPort: 5000, toPort: 5060 }).emit(kind, { detail })
}

/** `requests` SYN of one connection, then answers with these numbers; `answers`: the number that they acknowledge. */
const syns = (requests: number, units: number[], answers = [1000, 1000], after = 0.1): FindingReport[] => {
  const one = new LinkScene()
  for (let i = 0; i < requests; i++) one.step(1 + i, C, S, THERE, 1, 1000)
  units.forEach((unit, i) => {
    one.step(requests + after + i * 0.02, S, C, BACK, 2, unit, { hops: 57, answers: answers[i] as number })
  })
  return one.end(60)
}
/** INIT within some seconds, answered or not, of which some are completed; of one client, or each of its own. */
const inits = (n: number, seconds: number, more: { done?: number; answered?: boolean; single?: boolean } = {}): FindingReport[] => {
  const { done = 0, answered = true, single = false } = more
  const one = new LinkScene()
  for (let i = 0; i < n; i++) {
    const t = 1 + (i * seconds) / n
    const from = `2001:db8:c::${((single ? 0 : i) + 1).toString(16)}`
    say(one, t, [from, S], SignalProtocol.Sctp, SignalKind.Opening, opening('INIT', 1, { initiateTag: single ? 7 : i + 1 }))
    const wire = { protocol: SignalProtocol.Sctp, from: S, to: from, fromPort: 5060, toPort: 5000 }
    const ack = opening('INIT ACK', 2, { initiateTag: single ? 9 : 100_000 + i })
    if (answered) one.stage.packet(t + 0.001, wire).emit(SignalKind.Opening, { detail: ack })
    if (i < done) say(one, t + 0.002, [from, S], SignalProtocol.Sctp, SignalKind.Opening, opening('COOKIE ECHO', 3))
  }
  return one.end(100)
}
/** S asks for cookies; first messages of IKEv2 come, of which every second brings one, or none. */
const cookies = (brought: boolean): FindingReport[] => {
  const one = new LinkScene()
  const ike = (t: number, from: string, to: string, kind: SignalKind, detail: SignalDetail): void => {
    one.stage.packet(t, { protocol: SignalProtocol.Ikev2, from, to, fromPort: 0, toPort: 0 }).emit(kind, { detail })
  }
  ike(1, S, C, SignalKind.Noted, { message: 'COOKIE' })
  for (let i = 0; i < 40; i++) {
    const facts = { initiateTag: i, ...(brought && i % 2 === 1 ? { capabilities: ['cookie'] } : {}) }
    ike(2 + i * 0.02, `2001:db8:c::${(i + 1).toString(16)}`, S, SignalKind.Opening, opening('IKE_SA_INIT request', 1, facts))
  }
  return one.end(60)
}
/** First steps in the name of V, after some of its own that were completed. */
const reflected = (hops: number, answer: number, followed = 0): FindingReport[] => {
  const one = new LinkScene()
  for (let i = 0; i < 10; i++)
    one.step(1 + i * 20, V, S, [30_000 + i, 80], 1, i + 1, { hops: 61 }).step(1.1 + i * 20, V, S, [30_000 + i, 80], 3, 0, { hops: 61 })
  for (let i = 0; i < 40; i++) {
    one.step(300 + i * 0.2, V, S, [41_000 + i, 80], 1, 5000 + i, { hops })
    if (i < followed) one.step(300.02 + i * 0.2, V, S, [41_000 + i, 80], 3, 0, { hops })
    const wire = { protocol: SignalProtocol.Tcp, from: S, to: V, fromPort: 80, toPort: 41_000 + i, hops: 64 }
    one.stage.packet(300.01 + i * 0.2, wire, answer)
  }
  return one.end(400)
}
/** A connection that has sent 3000 bytes from 1001 on, from its first step or not; then an error that quotes a number. */
const quoted = (token: number, more: { whole?: boolean; dropped?: number; known?: boolean } = {}): FindingReport[] => {
  const { whole = true, dropped = 0, known = true } = more
  const one = new LinkScene({ interfaces: [{ id: 0, name: 'upA', addresses: [], dropped }] })
  if (whole) one.step(1, C, S, THERE, 1, 1000).step(1.02, S, C, BACK, 2, 9000, { hops: 57, answers: 1000 }).step(1.03, C, S, THERE, 3, 0)
  for (let i = 0; i < 3; i++)
    one.stage
      .packet(1.1 + i / 10, { protocol: SignalProtocol.Tcp, from: C, to: S, fromPort: THERE[0], toPort: THERE[1] })
      .emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1001 + i * 1000, span: 1000, bytes: 1000 })
  const facts = { quotedToken: token, mtu: null, code: 0, quotedProtocol: 6 }
  const from = known ? C : '2001:db8:f0::10'
  return one.icmp(known ? 2 : 70, '2001:db8:dead::1', { flow: known ? one.flow : -1, from, to: S }, facts).end(100)
}
const rewritten = (source: string, unit: number): FindingReport[] =>
  new LinkScene().step(1, C, S, THERE, 1, 1000).step(1.001, source, S, THERE, 1, unit, { iface: 1 }).end(60)
const locatorSet = (from: string): FindingReport[] => {
  const one = new Scene(SignalProtocol.Hip).open().talk(1).claim(3, from, E1, { message: 'UPDATE: LOCATOR_SET' })
  return one.also(SignalKind.Claimed, 1, one.detail(E2, { message: 'UPDATE: LOCATOR_SET' })).findings(60)
}

// ------------------------------------------------------------------ choice and show of addresses

const HOSTED = [
  { id: 0, name: 'upA', addresses: ['2001:db8:a:1::10', '192.0.2.10'] },
  { id: 1, name: 'upB', addresses: ['2001:db8:b:1::10'] },
]
const chosen = (source: string, to = S, interfaces = HOSTED): FindingReport[] => new LinkScene({ interfaces }).udp(1, source, to).end(60)
const tried = (source: string, to: string): FindingReport[] => {
  const server = source.includes(':') ? '2001:db8:53::53' : '203.0.113.53'
  const one = new LinkScene({ interfaces: HOSTED }).lookup(1, 'service.example', [S, '203.0.113.9'], { client: source, server })
  return one.udp(2, source, to).end(60)
}
/** A question to one address, an answer from another. */
const replied = (to: string, from: string, ports: [number, number] = [40_000, 53]): FindingReport[] =>
  new LinkScene()
    .udp(1, '192.0.2.10', to, { ports })
    .udp(1.1, from, '192.0.2.10', { ports: [ports[1], ports[0]], hops: 57 })
    .end(60)
const shown = (one: string, two: string, site = false): FindingReport[] =>
  new LinkScene(site ? { site: siteOf(['upA', ['2001:db8:a::/48']], ['upB', ['2001:db8:c::/48']]) } : {})
    .udp(1, S, one, { ports: [7000, 5000] })
    .udp(2, S, two, { ports: [7000, 5001] })
    .end(60)
const EUI = (prefix: string, host = 1): string => `${prefix}:250:56ff:fe00:${host}`
/** So many hosts, each in both networks. */
const shownOf = (hosts: number): FindingReport[] => {
  const scene = new LinkScene()
  for (let host = 1; host <= hosts; host++)
    for (const [at, prefix] of ['2001:db8:a:1', '2001:db8:c:1'].entries())
      scene.udp(host + at / 10, S, EUI(prefix, host), { ports: [7000, 5000] })
  return scene.end(60)
}
/** A connection on a second path, whose identifier is the same there. */
const moved = (protocol: SignalProtocol, to: string): FindingReport[] => {
  const one = new Scene(protocol).open().talk(1).data(3, to, P, 1)
  if (protocol === SignalProtocol.Quic)
    one.also(SignalKind.Noted, 1, { message: 'the connection ID of this packet was used on another path' })
  one.stage.finish(60)
  return one.stage.analyzer.findings()
}

// ------------------------------------------------------------------ what is recognised by bytes

const [A, B, FAR] = ['2001:db8:a::10', '2001:db8:b::10', '2001:db8:f::80'] as [string, string, string]
/** Datagrams from A, then from B with the same ports, whose checksum covers what `summed` says. */
const summed = (what: 'earlier' | 'wire' | 'card' | 'broken', more: { fits?: number; shim?: boolean } = {}): FindingReport[] => {
  const datagram = (source: string, covered: string, n: number): Uint8Array => {
    const ends = { sourcePort: 6000, destinationPort: 7001, source: covered, destination: FAR }
    const bytes = emitUdp(new TextEncoder().encode(`message number ${n}`), ends)
    if (what === 'broken' && source === B && n > 10 + (more.fits ?? 0)) bytes[6] = (bytes[6] as number) ^ 0x5a
    if (what === 'card' && source === B) bytes.set([0, 0], 6)
    return bytes
  }
  const stage = new WireStage()
  for (let i = 0; i < 5; i++) stage.packet(i / 10, emitIpv6(datagram(A, A, i), { source: A, destination: FAR, nextHeader: 17 }))
  for (let i = 0; i < 6; i++) {
    const bytes = datagram(B, what === 'wire' ? B : A, 11 + i)
    const header = more.shim === true ? Uint8Array.of(17, 0, 0x80, 0, 0, 0, 0x12, 0x34) : new Uint8Array(0)
    const payload = new Uint8Array(header.length + bytes.length)
    payload.set(header)
    payload.set(bytes, header.length)
    stage.packet(1 + i / 10, emitIpv6(payload, { source: B, destination: FAR, nextHeader: header.length > 0 ? 140 : 17 }))
  }
  return stage.finish(60).analyzer.findings()
}
const chained = (forward: boolean): FindingReport[] => {
  const value = Uint8Array.from({ length: 20 }, (_, i) => i * 7 + 1)
  const hash = Uint8Array.from(createHash('sha1').update(value).digest())
  const stage = new WireStage()
  for (const [i, bytes] of (forward ? [hash, value] : [value, hash]).entries()) {
    const payload = new Uint8Array(32).fill(7)
    payload.set(bytes, 8)
    stage.packet(1 + i, emitIpv4(payload, { source: '192.0.2.1', destination: '192.0.2.2', protocol: 253 }))
  }
  return stage.finish(60).analyzer.findings()
}

export const HANDSHAKE_SCENES: Record<string, RuleScenes> = {
  'T-INITIAL-MITM': {
    quiet: () => syns(1, [7, 7]),
    lookAlikes: {
      'sent-again': (benign) => syns(benign ? 2 : 1, [7, 8]),
      'sent-again-unseen': (benign) => syns(1, [7, 8], [1000, 1000], benign ? 0.5 : 0.1),
      'renumbering-firewall': (benign) => syns(1, [7, 8], [benign ? 555 : 1000, 1000]),
      'load-balancer': (benign) => syns(benign ? 3 : 1, [7, 8]),
    },
  },
  'T-REWRITE': {
    fires: () => rewritten('2001:db8:f0:1::10', 1000),
    quiet: () => rewritten(C, 1000),
    lookAlikes: { 'two-hosts': (benign) => rewritten('2001:db8:f0:1::10', benign ? 2000 : 1000) },
    more: [() => locatorSet(X)],
  },
  'T-EXHAUST': {
    quiet: () => inits(100, 4),
    lookAlikes: {
      crowd: (benign) => inits(500, 5, { done: benign ? 450 : 2 }),
      'one-client': (benign) => inits(500, 5, { single: benign }),
      'server-down': (benign) => inits(500, 5, { answered: !benign }),
      cookies: (benign) => cookies(benign),
    },
  },
  'T-REFLECT': {
    quiet: () => reflected(50, 100, 40),
    lookAlikes: { scanner: (benign) => reflected(benign ? 61 : 50, 100) },
  },
  'T-REFLECT-AMP': {
    quiet: () => reflected(50, 3000, 40),
    lookAlikes: { 'own-question': (benign) => reflected(benign ? 61 : 50, 3000) },
  },
  'T-ICMPERR': {
    quiet: () => quoted(2001),
    lookAlikes: {
      late: (benign) => quoted(benign ? 1001 : 4003),
      translator: (benign) => quoted(4003, { known: !benign }),
      losses: (benign) => quoted(4003, { dropped: benign ? 3 : 0 }),
      'mid-capture': (benign) => quoted(4003, { whole: !benign }),
    },
  },
  'SEL-SOURCE': {
    fires: () => chosen('2001:db8:b:1::10'),
    quiet: () => chosen('2001:db8:a:1::10'),
    lookAlikes: {
      'late-rules': (benign) => {
        const addresses = ['2001:db8:a:1::10', '2001:db8:f1:1::10']
        const own = [{ id: 0, name: 'upA', addresses: benign ? addresses : ['2001:db8:a:1::10'] }, ...HOSTED.slice(1)]
        return chosen(benign ? '2001:db8:a:1::10' : '2001:db8:b:1::10', S, own)
      },
    },
  },
  'SEL-DESTINATION': { fires: () => tried('192.0.2.10', '203.0.113.9'), quiet: () => tried('2001:db8:a:1::10', S), lookAlikes: {} },
  'SEL-REPLY': {
    fires: () => replied('203.0.113.10', '203.0.113.74'),
    quiet: () => replied('203.0.113.10', '203.0.113.10'),
    lookAlikes: {
      multicast: (benign) => replied(benign ? '224.0.0.251' : '203.0.113.10', '203.0.113.74'),
      'one-port': (benign) => replied('203.0.113.10', '203.0.113.74', benign ? [5060, 5060] : [40_000, 5060]),
      teredo: (benign) => replied('203.0.113.10', '203.0.113.74', [40_000, benign ? 3544 : 53]),
    },
  },
  'T-PRIV': {
    fires: () => shown(EUI('2001:db8:a:1'), EUI('2001:db8:c:1')),
    quiet: () => shown(EUI('2001:db8:a:1'), EUI('2001:db8:a:2')),
    lookAlikes: {
      'one-site': (benign) => shown(EUI('2001:db8:a:1'), EUI('2001:db8:c:1'), benign),
      'many-hosts': (benign) => shownOf(benign ? 3 : 2),
      'common-identifier': (benign) =>
        benign ? shown('2001:db8:a:1::10', '2001:db8:c:1::10') : shown(EUI('2001:db8:a:1'), EUI('2001:db8:c:1')),
      translator: (benign) => moved(SignalProtocol.Quic, benign ? '2001:db8:f1::99' : E2),
      'by-design': (benign) => moved(benign ? SignalProtocol.Hip : SignalProtocol.Quic, E2),
    },
  },
  'T-HIDDEN-ID': {
    fires: () => summed('earlier'),
    quiet: () => summed('wire'),
    lookAlikes: {
      'network-card': (benign) => summed(benign ? 'card' : 'earlier'),
      damaged: (benign) => summed(benign ? 'broken' : 'earlier', { fits: 1 }),
      'said-so': (benign) => summed('earlier', { shim: benign }),
    },
  },
  'T-HASH-CHAIN': { fires: () => chained(true), quiet: () => chained(false), lookAlikes: {} },
}

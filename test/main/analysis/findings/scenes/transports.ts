/** Scenes of rules about SCTP, MPTCP and QUIC. */
import { address } from '../../../../../dissectors/ip/emit.ts'
import { mptcpOption } from '../../../../../dissectors/mptcp/emit.ts'
import { RST, SYN } from '../../../../../dissectors/tcp/emit.ts'
import type { FindingReport } from '../../../../../shared/report.ts'
import type { ClaimAnswerDetail, ClaimAuthentication, ClaimDetail, SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { packet } from '../../../../dissectors/tcp/bench.ts'
import { Association, Connection, opening, Stage, type Wire } from '../../stage.ts'
import { WireStage } from '../../wire-stage.ts'
import { LinkScene } from '../link-scene.ts'
import { H1 as FIRST, Pair, H2 as SECOND } from '../mptcp-wire.ts'
import { X } from '../scene.ts'
import { over, type RuleScenes } from './scenes.ts'

const [A1] = Association.A as [string, string]
const [B1, B2] = Association.B as [string, string]
const [H1, H2] = Connection.H as [string, string]
const { R } = Connection
const [, TOKEN] = Connection.TOKEN
const [STRANGER, ADDED, V] = ['198.18.0.66', '198.18.0.9', '2001:db8:dead::99'] as [string, string, string]

// ------------------------------------------------------------------ SCTP

const claim = (stage: Stage, address: string, more: Partial<ClaimDetail> = {}): ClaimDetail => ({
  message: 'INIT',
  address: stage.address(address),
  port: null,
  addressId: null,
  how: 'listed',
  authentication: 'A1',
  serial: null,
  correlation: null,
  wildcard: false,
  ...more,
})
const abrupt = (message: string, cause: string | null = null, authentication: ClaimAuthentication = 'A1'): SignalDetail => ({
  message,
  abrupt: true,
  final: true,
  cause,
  authentication,
})
const sctp = (from: string, to: string, ports: [number, number], hops: number): Wire => ({
  protocol: SignalProtocol.Sctp,
  from,
  to,
  fromPort: ports[0],
  toPort: ports[1],
  hops,
})
const busy = (whole = true): Association => {
  const a = whole ? new Association().open() : new Association()
  for (let i = 0; i < 5; i++) a.data(1 + i * 0.1, 1, 0, i).sack(1.01 + i * 0.1, 0, 0, i)
  for (let i = 0; i < 5; i++) a.heartbeat(1.6 + i * 0.1, 1, 0, `x${i}`)
  return a
}
/** A handshake with the association's ports, from `from`, which lists `listed`; it completes. */
const restarted = (a: Association, from: string, listed: string[]): FindingReport[] => {
  const { stage } = a
  const [there, back] = [sctp(from, A1, [5060, 40_000], 50), sctp(A1, from, [40_000, 5060], 64)]
  stage.packet(5, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xdddd }) })
  for (const one of listed) stage.emit(SignalKind.Claimed, { detail: claim(stage, one) })
  stage.packet(5.02, back).emit(SignalKind.Opening, { token: 0xdddd, detail: opening('INIT ACK', 2, { initiateTag: 0xeeee }) })
  stage.packet(5.03, there).emit(SignalKind.Opening, { token: 0xeeee, detail: opening('COOKIE ECHO', 3) })
  stage.packet(5.05, back).emit(SignalKind.Opened, { token: 0xdddd, detail: opening('COOKIE ACK', 4) })
  return over(stage)
}
/** B asks A to add an address, in an association whose ends can do `capabilities`; A does. */
const added = (authentication: ClaimAuthentication, capabilities: string[], whole = true): FindingReport[] => {
  const stage = new Stage()
  const a = new Association(stage)
  if (whole)
    for (const n of [1, 2, 3, 4]) {
      const sender = n % 2 === 1 ? 0 : 1
      const own = n < 3 ? { capabilities, initiateTag: Association.TAG[sender] as number } : {}
      const kind = n === 4 ? SignalKind.Opened : SignalKind.Opening
      stage.packet(n / 100, a.wire(sender, 0)).emit(kind, { token: n === 1 ? 0 : a.token(sender), detail: opening(`step ${n}`, n, own) })
    }
  for (let i = 0; i < 5; i++) a.data(1 + i * 0.1, 1, 0, i).sack(1.02 + i * 0.1, 0, 0, i)
  const facts = { message: 'ASCONF: Add IP Address', how: 'signalled', serial: 5, correlation: 1, authentication } as const
  const detail = claim(stage, ADDED, facts)
  stage.packet(3, a.wire(1, 0)).emit(SignalKind.Claimed, { token: a.token(1), detail })
  const answer: ClaimAnswerDetail = {
    message: 'ASCONF-ACK',
    accepted: true,
    serial: 5,
    correlation: 1,
    addressId: null,
    address: detail.address,
    authentication: 'A1',
    cause: null,
  }
  stage.packet(3.1, a.wire(0, 0)).emit(SignalKind.ClaimAnswered, { token: a.token(0), detail: answer })
  return over(stage, 30)
}
const MUST = ['asconf', 'auth', 'asconf-must-be-authenticated']
const aborted = (a: Association, after: (a: Association) => unknown, token: number = a.token(1)): FindingReport[] => {
  const authentication = token === a.token(1) ? 'A1' : 'A0'
  a.stage.packet(3, a.wire(1, 0)).emit(SignalKind.Closed, { token, detail: abrupt('ABORT', null, authentication) })
  after(a)
  return over(a.stage)
}
const duplicates = (a: Association, times: number, count: number, sent = 1): FindingReport[] => {
  for (let n = 0; n < sent; n++) for (let i = 0; i < 48; i++) a.data(2.3 + n * 0.2 + i * 0.001, 0, 0, i)
  for (let i = 0; i < times; i++) a.sack(3 + i, 1, 0, 47, [], count)
  return over(a.stage)
}

// ------------------------------------------------------------------ MPTCP

const tcp = (from: string, to: string, ports: [number, number], hops: number, iface = 0): Wire => ({
  protocol: SignalProtocol.Mptcp,
  from,
  to,
  fromPort: ports[0],
  toPort: ports[1],
  hops,
  interface: iface,
})
const connection = (): Connection => {
  const c = new Connection().open()
  for (let i = 0; i < 5; i++) c.data(0.5 + i * 0.1, 0, 0, 1 + i * 1000).ack(0.52 + i * 0.1, 1, 0, 1001 + i * 1000)
  return c
}
const syn = (stage: Stage, t: number, wire: Wire, id: number, token: number = TOKEN): Stage =>
  stage
    .packet(t, wire)
    .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { joinToken: token, receiverToken: token, addressId: id }) })
/** Second and third step of a join, with what its HMAC is worth. */
const joined = (stage: Stage, t: number, there: Wire, back: Wire, id: number, worth: ClaimAuthentication): void => {
  const answer = opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN, senderToken: TOKEN, addressId: 0 })
  stage.packet(t + 0.02, back).emit(SignalKind.Opening, { detail: answer })
  const facts = { joinToken: TOKEN, receiverToken: TOKEN, addressId: id }
  stage.packet(t + 0.03, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
  stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication: worth } })
}
const strangerJoins = (worth: ClaimAuthentication, data: boolean): FindingReport[] => {
  const { stage } = connection()
  const [there, back] = [tcp(X, R, [45_000, 443], 60), tcp(R, X, [443, 45_000], 62)]
  syn(stage, 20, there, 9)
  joined(stage, 20, there, back, 9, worth)
  const unit = { space: UnitSpace.Dsn, unit: 9000, span: 100, bytes: 100, sub: 1, subSpan: 100 }
  if (data) stage.packet(20.2, there).emit(SignalKind.Payload, unit)
  return over(stage)
}
/** Joins for tokens that nobody holds, each reset; the reset says why, or not. */
const unknownTokens = (first: number, said: boolean): FindingReport[] => {
  const { stage } = connection()
  for (let i = 0; i < 3; i++) {
    const t = first + i
    syn(stage, t, tcp(X, R, [45_000 + i, 443], 60), 9, 0x9000 + i)
    const reset = abrupt('RST', said ? 'MPTCP-specific error' : null)
    stage.packet(t + 0.02, tcp(R, X, [443, 45_000 + i], 62)).emit(SignalKind.Refused, { detail: reset })
  }
  return over(stage)
}
const twice = (nonce: string, second: Wire): FindingReport[] => {
  const { stage } = connection()
  const probe = (match: string) => ({ detail: { message: 'MP_JOIN SYN', match, authentication: 'A1' } as const })
  syn(stage, 5, tcp(H1, X, [31_000, 443], 64), 1).emit(SignalKind.Probed, probe('1111'))
  syn(stage, 5.1, second, 1).emit(SignalKind.Probed, probe(nonce))
  return over(stage)
}
const announced = (address: string, worth: ClaimAuthentication, end: 'reset' | 'accepted' | 'none', rightly = false): FindingReport[] => {
  const c = connection()
  const { stage } = c
  if (address === H2) c.join(2, 1)
  const facts = { message: 'ADD_ADDR', how: 'signalled', addressId: 9, serial: 9, authentication: worth } as const
  const end_ = address === H2 ? 0 : 1
  stage.packet(3, c.wire(end_, 0)).emit(SignalKind.Claimed, { detail: claim(stage, address, facts) })
  if (rightly)
    stage.packet(3.01, c.wire(1, 0)).emit(SignalKind.Claimed, { detail: claim(stage, address, { ...facts, authentication: 'A3v' }) })
  const [from, to] = address === H2 ? [R, H2] : [H1, address]
  const [there, back] = [tcp(from, to, [31_000, 443], 64), tcp(to, from, [443, 31_000], 60)]
  if (end !== 'none') syn(stage, 3.1, there, 1)
  if (end === 'reset') stage.packet(3.12, back).emit(SignalKind.Refused, { detail: abrupt('RST') })
  if (end === 'accepted') {
    const answer = opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN, senderToken: TOKEN, addressId: 9 })
    stage.packet(3.12, back).emit(SignalKind.Opening, { detail: answer })
  }
  return over(stage)
}
const fastclosed = (worth: ClaimAuthentication): FindingReport[] => {
  const c = connection()
  c.stage.packet(3, c.wire(1, 0)).emit(SignalKind.Closed, { detail: abrupt('MP_FASTCLOSE', null, worth) })
  c.stage.packet(3.02, c.wire(0, 0)).emit(SignalKind.Closed, { detail: abrupt('RST') })
  return over(c.stage)
}
const resets = (established: boolean, cause = 'MPTCP-specific error'): FindingReport[] => {
  const { stage } = connection()
  for (let i = 0; i < 3; i++) {
    const [there, back] = [tcp(H2, R, [41_000 + i, 443], 64), tcp(R, H2, [443, 41_000 + i], 62)]
    syn(stage, 2 + i, there, 2)
    if (!established) continue
    joined(stage, 2 + i, there, back, 2, 'A3v')
    stage.packet(2.05 + i, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1 })
  }
  for (let i = 0; i < 3; i++)
    stage.packet(8 + i, tcp(R, H2, [443, 41_000 + i], 62)).emit(SignalKind.Closed, { detail: abrupt('RST MP_TCPRST', cause) })
  return over(stage)
}
interface Keyed {
  from?: string
  id?: number
  hops?: number
  until?: number
}
/** A join with a right HMAC under an address id of H, while the address behind that id goes on until some time. */
const keyed = ({ from = X, id = 2, hops = 44, until = 12 }: Keyed): FindingReport[] => {
  const c = connection()
  const { stage } = c
  c.join(2, 1)
  for (let t = 2.2, dsn = 6000; t < until; t += 0.2, dsn += 100) c.data(t, 0, 1, dsn, 100)
  const [there, back] = [tcp(from, R, [45_000, 443], hops, 1), tcp(R, from, [443, 45_000], 62, 1)]
  syn(stage, 12, there, id)
  joined(stage, 12, there, back, id, 'A3v')
  const unit = { space: UnitSpace.Dsn, unit: 90_000, span: 100, bytes: 100, sub: 1, subSpan: 100 }
  stage.packet(12.1, there).emit(SignalKind.Payload, unit)
  if (until >= 12) for (let i = 0; i < 10; i++) c.data(12.5 + i * 0.2, 0, 1, 91_000 + i * 100, 100)
  return over(stage)
}
const downgraded = (spoke: boolean, asks = true): FindingReport[] => {
  const { stage } = spoke ? connection() : new Connection()
  for (let i = 0; i < 3; i++) {
    const there = tcp(H2, R, [33_000 + i, 443], 64)
    const asked = opening(asks ? 'MP_CAPABLE SYN' : 'SYN', 1, asks ? { addressId: 0 } : {})
    stage.packet(10 + i, asks ? there : { ...there, protocol: SignalProtocol.Tcp }).emit(SignalKind.Opening, { detail: asked })
    const back = tcp(R, H2, [443, 33_000 + i], 62)
    if (asks) stage.packet(10.02 + i, back).emit(SignalKind.Fallback, { detail: { message: 'SYN/ACK without MP_CAPABLE' } })
    else
      stage
        .packet(10.02 + i, { ...back, protocol: SignalProtocol.Tcp })
        .emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2, { initialUnit: 5 }) })
  }
  return over(stage)
}
/** An error that Shim6 is not known about a packet that was sent a second before, or never. */
const unknownHeader = (sent: boolean): FindingReport[] => {
  const [c, s] = ['2001:db8:a::10', '2001:db8:f1::80']
  const one = new LinkScene().udp(60, c, s)
  const wire = { protocol: SignalProtocol.Shim6, from: c, to: s, fromPort: 0, toPort: 0 }
  if (sent) one.stage.packet(69, wire).emit(SignalKind.Opening, { detail: opening('I1', 1) })
  return one.icmp(70, s, { flow: sent ? one.flow : -1, from: c, to: s }, { type: 4, code: 1, quotedProtocol: 140 }).end(100)
}
/** One SYN on two interfaces, or sent again on one; the second has no MP_CAPABLE. */
const stripped = (iface: number): FindingReport[] => {
  const stage = new WireStage()
  for (const [i, options] of [[mptcpOption.capable(1, [])], []].entries()) {
    const ends = { source: address('2001:db8:a::10'), destination: address('2001:db8:f1::80'), sourcePort: 40_000, destinationPort: 443 }
    const bytes = packet({ ...ends, sequence: 1000, acknowledgment: 0, flags: SYN, options, payload: new Uint8Array(0) })
    stage.packet(1 + i * 0.001, bytes, { interface: i === 0 ? 0 : iface, hops: 64 - i })
  }
  return stage.finish(60).analyzer.findings()
}
/** The address of a subflow is taken back on a segment so far from where the connection is; the subflow is closed. */
const removed = (away: number): FindingReport[] => {
  const pair = new Pair().open().join()
  pair.say(3, true, FIRST, 30_000, { sequence: (1001 + away) >>> 0, options: [mptcpOption.removeAddress(2)] })
  pair.say(3.05, false, SECOND, 31_000, { flags: RST })
  return pair.stage.finish(60).analyzer.findings()
}
const amplified = (answers: number, more: { validated?: boolean; begun?: boolean; dropped?: number } = {}): FindingReport[] => {
  const { validated = false, begun = true, dropped = 0 } = more
  const stage = new Stage({ interfaces: [{ id: 0, name: 'upA', addresses: [], dropped }] })
  const wire = { protocol: SignalProtocol.Quic, fromPort: 5000, toPort: 443, from: X, to: V, hops: 55 }
  const back = { ...wire, from: V, to: X, fromPort: 443, toPort: 5000, hops: 64 }
  if (begun) stage.packet(1, wire, 1200).emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('Initial', 1) })
  else
    stage.packet(1, wire, 1200).emit(SignalKind.Payload, { context: 1, side: 0, space: UnitSpace.Datagram, unit: 1, span: 1, bytes: 100 })
  for (let i = 0; i < answers; i++)
    stage.packet(1.01 + i * 0.001, back, 1200).emit(SignalKind.Opening, { context: 1, side: 1, detail: opening('Initial', 2) })
  if (validated) stage.packet(1.1, wire, 100).emit(SignalKind.Noted, { context: 1, side: 0, detail: { message: 'Handshake' } })
  return over(stage, 60)
}

export const TRANSPORT_SCENES: Record<string, RuleScenes> = {
  'T-SCTP-RESTART': {
    quiet: () => restarted(busy(), B1, [B1, B2]),
    lookAlikes: {
      'own-addresses': (benign) => (benign ? restarted(busy(), B2, [B1, B2]) : restarted(busy(), STRANGER, [STRANGER, B1])),
      'closed-before': (benign) => {
        const a = busy()
        if (benign) {
          const end = { message: 'SHUTDOWN COMPLETE', abrupt: false, final: true, cause: null, authentication: 'A1' } as const
          a.stage.packet(3, a.wire(1, 0)).emit(SignalKind.Closed, { token: a.token(1), detail: end })
        }
        return restarted(a, STRANGER, [STRANGER, B1])
      },
      'same-port': (benign) => restarted(busy(), STRANGER, benign ? [STRANGER] : [STRANGER, B1]),
    },
  },
  'T-SCTP-NOAUTH': {
    quiet: () => added('A3v', MUST),
    lookAlikes: {
      'no-auth': (benign) => added('A1', benign ? ['asconf'] : MUST),
      'other-packet': (benign) => added(benign ? 'A3u' : 'A1', MUST),
      'mid-capture': (benign) => added('A1', MUST, !benign),
    },
  },
  'T-SCTP-ABORT': {
    quiet: () => aborted(busy(), () => undefined),
    lookAlikes: {
      'on-their-way': (benign) => aborted(busy(), (a) => a.data(benign ? 3.1 : 4, 1, 1, 9)),
      'new-association': (benign) =>
        aborted(busy(), (a) => {
          if (!benign) return a.data(5, 1, 1, 9)
          return a.stage.packet(5, a.wire(1, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0x7777 }) })
        }),
      'mid-capture': (benign) => aborted(busy(!benign), () => undefined, 0x1234),
    },
    more: [() => aborted(busy(), () => undefined, 0x1234)],
  },
  'T-SCTP-DUP': {
    quiet: () => duplicates(busy(), 2, 16),
    lookAlikes: {
      'sent-twice': (benign) => duplicates(busy(), 3, 16, benign ? 2 : 1),
      'one-spurious': (benign) => duplicates(busy(), benign ? 1 : 3, benign ? 2 : 16),
      'mid-capture': (benign) => {
        const a = benign ? new Association() : new Association().open()
        return duplicates(a, 3, 16)
      },
    },
  },
  'T-MPTCP-JOIN': {
    quiet: () => over(connection().join(2, 1).stage),
    lookAlikes: { 'mid-capture': (benign) => unknownTokens(benign ? 3 : 20, false) },
    more: [
      () => {
        const c = connection()
        const facts = { message: 'ADD_ADDR', how: 'signalled', addressId: 9, serial: 9, authentication: 'A3v' } as const
        c.stage.packet(3, c.wire(0, 0)).emit(SignalKind.Claimed, { detail: claim(c.stage, X, facts) })
        const [there, back] = [tcp(X, R, [45_000, 443], 60), tcp(R, X, [443, 45_000], 62)]
        syn(c.stage, 20, there, 9)
        joined(c.stage, 20, there, back, 9, 'AX')
        c.stage.packet(20.05, back).emit(SignalKind.Refused, { detail: abrupt('RST') })
        return over(c.stage)
      },
    ],
  },
  'T-MPTCP-HMAC': {
    quiet: () => strangerJoins('A3v', true),
    lookAlikes: {
      'other-keys': (benign) => strangerJoins(benign ? 'A3u' : 'AX', true),
      'also-announced': (benign) => announced(V, 'AX', 'accepted', benign),
    },
  },
  'T-MPTCP-ADDMITM': {
    quiet: () => twice('2222', tcp(X, R, [31_001, 443], 60)),
    lookAlikes: {
      translator: (benign) => twice('1111', benign ? tcp('2001:db8:c::1', X, [31_001, 443], 60) : tcp(X, R, [31_001, 443], 60)),
      'two-joins': (benign) => twice(benign ? '2222' : '1111', tcp(X, R, [31_001, 443], 60)),
    },
  },
  'T-MPTCP-ANNOUNCE': {
    quiet: () => announced(V, 'A3v', 'accepted'),
    lookAlikes: { 'working-subflow': (benign) => announced(benign ? H2 : V, 'A3v', 'reset') },
    more: [() => announced(V, 'AX', 'none')],
  },
  'T-MPTCP-CLOSE': {
    quiet: () => fastclosed('A3v'),
    lookAlikes: {
      'other-keys': (benign) => fastclosed(benign ? 'A3u' : 'AX'),
      middlebox: (benign) => resets(true, benign ? 'middlebox interference' : 'MPTCP-specific error'),
      'refused-joins': (benign) => resets(!benign),
      'near-window': (benign) => removed(benign ? -1448 : 0x2000_0000),
    },
  },
  'T-MPTCP-KEY': {
    quiet: () => over(connection().join(2, 1).stage),
    lookAlikes: {
      'second-uplink': (benign) => keyed({ id: benign ? 3 : 2 }),
      'changed-address': (benign) => keyed({ until: benign ? 11 : 12 }),
      translator: (benign) => keyed(benign ? { from: '2001:db8:b:1::99' } : {}),
      'at-the-host': (benign) => keyed({ hops: benign ? 64 : 44 }),
    },
  },
  'T-DOWNGRADE': {
    quiet: () => over(connection().stage),
    lookAlikes: {
      'never-spoke': (benign) => downgraded(!benign),
      'other-clients': (benign) => downgraded(true, !benign),
      'sent-again': (benign) => stripped(benign ? 0 : 1),
      'sent-packet': (benign) => unknownHeader(benign),
    },
  },
  'T-QUIC-AMP': {
    quiet: () => amplified(3),
    lookAlikes: {
      answers: (benign) => amplified(10, { validated: benign }),
      'mid-capture': (benign) => amplified(10, { begun: !benign }),
      losses: (benign) => amplified(10, { dropped: benign ? 3 : 0 }),
    },
  },
}

/**
 * One play a rule about sessions and handshakes: the shortest scene that fires it. `variants.test.ts` shows each of them in other ways. A play is
 * built anew each time it is called, for the stage takes the way it is seen when it is made.
 */
import type { FindingReport } from '../../../../shared/report.ts'
import type { ClaimDetail, SignalDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { Association, Connection, opening, Stage, type Wire } from '../stage.ts'
import { C, E1, E2, P, Scene, X } from './scene.ts'

export interface Play {
  play: () => FindingReport[]
  /** when a late capture begins; left out: the rule knows no sessions */
  late?: number
  /** the rule rests on what was not seen */
  absence?: true
  /** what is captured twice is sent twice: the rule counts requests and keeps quiet then */
  once?: true
}

const [A1] = Association.A as [string, string]
const [B1, B2] = Association.B as [string, string]
const [H1, H2] = Connection.H as [string, string]
const { R } = Connection
const [, TOKEN] = Connection.TOKEN
const STRANGER = '198.18.0.66'

const end = (stage: Stage, seconds = 90): FindingReport[] => {
  stage.finish(seconds)
  return stage.analyzer.findings()
}
const locator = (stage: Stage, address: string, more: Partial<ClaimDetail>): ClaimDetail => ({
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
const sctp = (from: string, to: string, hops: number, ports: [number, number]): Wire => ({
  protocol: SignalProtocol.Sctp,
  from,
  to,
  fromPort: ports[0],
  toPort: ports[1],
  hops,
})
const tcp = (from: string, to: string, ports: [number, number], hops: number, iface = 0): Wire => ({
  protocol: SignalProtocol.Mptcp,
  from,
  to,
  fromPort: ports[0],
  toPort: ports[1],
  hops,
  interface: iface,
})
const abrupt = (message: string, cause: string | null, authentication: 'A0' | 'A1' | 'AX' = 'A1'): SignalDetail => ({
  message,
  abrupt: true,
  final: true,
  cause,
  authentication,
})
const busy = (): Association => {
  const a = new Association().open()
  for (let i = 0; i < 5; i++) a.data(1 + i * 0.1, 1, 0, i).sack(1.01 + i * 0.1, 0, 0, i)
  for (let i = 0; i < 5; i++) a.heartbeat(1.6 + i * 0.1, 1, 0, `x${i}`)
  return a
}
const connection = (): Connection => {
  const c = new Connection().open()
  for (let i = 0; i < 5; i++) c.data(0.5 + i * 0.1, 0, 0, 1 + i * 1000).ack(0.52 + i * 0.1, 1, 0, 1001 + i * 1000)
  return c
}
const joins = (stage: Stage, t: number, wire: Wire, id: number): Stage =>
  stage
    .packet(t, wire)
    .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { joinToken: TOKEN, receiverToken: TOKEN, addressId: id }) })
const ilnp = (): Scene => new Scene(SignalProtocol.Ilnp).open().talk(1).claim(3, E1, C).answer(3.01, E1, C)
const alternating = (protocol: SignalProtocol): FindingReport[] => {
  const stage = new Stage()
  for (let i = 0; i < 28; i++)
    stage
      .packet(1 + i * 0.1, { protocol, from: i % 2 === 0 ? E1 : E2, to: P, fromPort: 0, toPort: 0 })
      .emit(SignalKind.Payload, { token: 0xabcd, space: UnitSpace.IpsecSequence, unit: i, span: 1, bytes: 100 })
  return end(stage, 60)
}

export const SESSION_PLAYS: Record<string, Play> = {
  'T-REDIR-PRE': {
    play: () => {
      const stage = new Stage()
      const [there, back] = [sctp(STRANGER, A1, 55, [45_001, 5071]), sctp(A1, STRANGER, 64, [5071, 45_001])]
      stage.packet(1, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xaaaa }) })
      for (const one of [STRANGER, B2]) stage.emit(SignalKind.Claimed, { detail: locator(stage, one, {}) })
      stage.packet(1.02, back).emit(SignalKind.Opening, { token: 0xaaaa, detail: opening('INIT ACK', 2, { initiateTag: 0xbbbb }) })
      stage.packet(1.03, there).emit(SignalKind.Opening, { token: 0xbbbb, detail: opening('COOKIE ECHO', 3) })
      stage.packet(1.05, back).emit(SignalKind.Opened, { token: 0xaaaa, detail: opening('COOKIE ACK', 4) })
      const probe = { message: 'HEARTBEAT', match: 'ab', authentication: 'A1' } as const
      stage.packet(1.1, sctp(A1, B2, 64, [5071, 45_001])).emit(SignalKind.Probed, { token: 0xaaaa, detail: probe })
      const owner = sctp(B2, A1, 60, [45_001, 5071])
      stage.packet(1.12, owner).emit(SignalKind.Closed, { token: 0xaaaa, detail: abrupt('ABORT', null) })
      stage.packet(5, owner).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xcccc }) })
      stage.packet(5.02, sctp(A1, B2, 64, [5071, 45_001])).emit(SignalKind.Closed, { token: 0xcccc, detail: abrupt('ABORT', null) })
      return end(stage)
    },
    late: 1.06,
  },
  'T-REPLAY': {
    play: () => {
      const one = new Scene(SignalProtocol.Hip).open().talk(0.5)
      const [seven, eight] = [7, 8].map(
        (serial) => ({ message: 'UPDATE: LOCATOR_SET', serial, authentication: 'A4u', proof: `m${serial}` }) as const,
      )
      one.claim(1, E2, E2, seven).answer(1.02, E2, E2, { serial: 7 }).test(1.1, E2)
      one.claim(20, C, C, eight).answer(20.02, C, C, { serial: 8 }).test(20.1, C).talk(21, C)
      return one.claim(120, X, E2, seven).send(120.5, E2, 3).findings(200)
    },
    late: 0.3,
  },
  'T-BLACKHOLE': {
    play: () => ilnp().send(3.1, C, 36, 0.1).data(5, E1, P, 1).findings(60),
    late: 0.3,
    absence: true,
  },
  'T-FLOOD3': {
    play: () => ilnp().send(3.1, C, 5, 0.02, 1000).icmp(3.2, C, 1, 4).send(3.21, C, 95, 0.02, 1000).findings(60),
    late: 0.3,
    absence: true,
  },
  'T-ESP-LOC': { play: () => alternating(SignalProtocol.Esp) },
  'T-WG-ROAM': { play: () => alternating(SignalProtocol.Wireguard) },
  'T-SCTP-RESTART': {
    play: () => {
      const { stage } = busy()
      const [there, back] = [sctp(STRANGER, A1, 50, [5060, 40_000]), sctp(A1, STRANGER, 64, [40_000, 5060])]
      stage.packet(5, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xdddd }) })
      for (const one of [STRANGER, B1]) stage.emit(SignalKind.Claimed, { detail: locator(stage, one, {}) })
      stage.packet(5.02, back).emit(SignalKind.Opening, { token: 0xdddd, detail: opening('INIT ACK', 2, { initiateTag: 0xeeee }) })
      stage.packet(5.03, there).emit(SignalKind.Opening, { token: 0xeeee, detail: opening('COOKIE ECHO', 3) })
      stage.packet(5.05, back).emit(SignalKind.Opened, { token: 0xdddd, detail: opening('COOKIE ACK', 4) })
      return end(stage)
    },
    late: 0.5,
  },
  'T-SCTP-NOAUTH': {
    play: () => {
      const stage = new Stage()
      const a = new Association(stage)
      const facts = { capabilities: ['asconf', 'auth', 'asconf-must-be-authenticated'] }
      const step = (t: number, sender: 0 | 1, message: string, n: number): Stage => {
        const own = n < 3 ? { ...facts, initiateTag: Association.TAG[sender] } : {}
        const kind = n === 4 ? SignalKind.Opened : SignalKind.Opening
        return stage.packet(t, a.wire(sender, 0)).emit(kind, { token: n === 1 ? 0 : a.token(sender), detail: opening(message, n, own) })
      }
      step(0, 0, 'INIT', 1)
      step(0.02, 1, 'INIT ACK', 2)
      step(0.03, 0, 'COOKIE ECHO', 3)
      step(0.04, 1, 'COOKIE ACK', 4)
      const added = { message: 'ASCONF: Add IP Address', how: 'signalled', serial: 5, correlation: 1 } as const
      stage.packet(3, a.wire(1, 0)).emit(SignalKind.Claimed, { token: a.token(1), detail: locator(stage, STRANGER, added) })
      const answer = { message: 'ASCONF-ACK', accepted: true, serial: 5, correlation: 1, addressId: null, authentication: 'A1' } as const
      const detail = { ...answer, address: stage.address(STRANGER), cause: null }
      stage.packet(3.1, a.wire(0, 0)).emit(SignalKind.ClaimAnswered, { token: a.token(0), detail })
      return end(stage)
    },
  },
  'T-SCTP-ABORT': {
    play: () => {
      const a = busy()
      a.stage.packet(3, a.wire(1, 0)).emit(SignalKind.Closed, { token: a.token(1), detail: abrupt('ABORT', null) })
      return end(a.data(4, 1, 1, 9).stage)
    },
    late: 0.5,
  },
  'T-SCTP-DUP': {
    play: () => {
      const a = busy()
      for (let i = 0; i < 5; i++) a.data(2.5 + i * 0.01, 0, 0, i)
      for (const t of [3, 4, 5]) a.sack(t, 1, 0, 3, [], 16)
      return end(a.stage)
    },
    late: 0.5,
  },
  'T-MPTCP-JOIN': {
    play: () => {
      const { stage } = connection()
      for (const t of [20, 25, 30]) {
        const facts = { joinToken: 0x9000 + t, receiverToken: 0x9000 + t, addressId: 9 }
        stage.packet(t, tcp(X, R, [45_000 + t, 443], 60)).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, facts) })
        const reset = abrupt('RST MP_TCPRST', 'MPTCP-specific error')
        stage.packet(t + 0.02, tcp(R, X, [443, 45_000 + t], 62)).emit(SignalKind.Refused, { detail: reset })
      }
      return end(stage)
    },
  },
  'T-MPTCP-HMAC': {
    play: () => {
      const { stage } = connection()
      const [there, back] = [tcp(X, R, [45_000, 443], 60), tcp(R, X, [443, 45_000], 62)]
      joins(stage, 20, there, 9)
      const answer = opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN, senderToken: TOKEN, addressId: 0 })
      stage.packet(20.02, back).emit(SignalKind.Opening, { detail: answer })
      const facts = { joinToken: TOKEN, receiverToken: TOKEN, addressId: 9 }
      stage.packet(20.03, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
      stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication: 'AX' } })
      const unit = { space: UnitSpace.Dsn, unit: 9000, span: 100, bytes: 100, sub: 1, subSpan: 100 }
      stage.packet(20.2, there).emit(SignalKind.Payload, unit)
      return end(stage)
    },
  },
  'T-MPTCP-ADDMITM': {
    play: () => {
      const { stage } = connection()
      const probe = { message: 'MP_JOIN SYN', match: '1111', authentication: 'A1' } as const
      joins(stage, 5, tcp(H1, X, [31_000, 443], 64), 1).emit(SignalKind.Probed, { detail: probe })
      joins(stage, 5.1, tcp(X, R, [31_001, 443], 60), 1).emit(SignalKind.Probed, { detail: probe })
      return end(stage)
    },
  },
  'T-MPTCP-ANNOUNCE': {
    play: () => {
      const c = connection()
      const { stage } = c
      const facts = { message: 'ADD_ADDR', how: 'signalled', addressId: 9, serial: 9, authentication: 'A3v' } as const
      stage.packet(3, c.wire(1, 0)).emit(SignalKind.Claimed, { detail: locator(stage, C, facts) })
      joins(stage, 3.1, tcp(H1, C, [31_000, 443], 64), 1)
      stage.packet(3.12, tcp(C, H1, [443, 31_000], 60)).emit(SignalKind.Refused, { detail: abrupt('RST', null) })
      return end(stage)
    },
  },
  'T-MPTCP-CLOSE': {
    play: () => {
      const c = connection()
      c.stage.packet(3, c.wire(1, 0)).emit(SignalKind.Closed, { detail: abrupt('MP_FASTCLOSE', null, 'AX') })
      c.stage.packet(3.02, c.wire(0, 0)).emit(SignalKind.Closed, { detail: abrupt('RST', null) })
      return end(c.stage)
    },
  },
  'T-MPTCP-KEY': {
    play: () => {
      const c = connection()
      const { stage } = c
      c.join(2, 1)
      for (let t = 2.2, dsn = 6000; t < 16; t += 0.2, dsn += 100) {
        c.data(t, 0, 1, dsn, 100)
        if (t < 12 || t > 12.2) continue
        const [there, back] = [tcp(X, R, [45_000, 443], 44, 1), tcp(R, X, [443, 45_000], 62, 1)]
        joins(stage, t + 0.01, there, 2)
        const answer = opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN, senderToken: TOKEN, addressId: 0 })
        stage.packet(t + 0.03, back).emit(SignalKind.Opening, { detail: answer })
        const facts = { joinToken: TOKEN, receiverToken: TOKEN, addressId: 2 }
        stage.packet(t + 0.04, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
        stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication: 'A3v' } })
        const unit = { space: UnitSpace.Dsn, unit: 90_000, span: 100, bytes: 100, sub: 1, subSpan: 100 }
        stage.packet(t + 0.1, there).emit(SignalKind.Payload, unit)
      }
      return end(stage)
    },
    late: 0.3,
  },
  'T-DOWNGRADE': {
    play: () => {
      const { stage } = connection()
      for (let i = 0; i < 3; i++) {
        const asked = opening('MP_CAPABLE SYN', 1, { addressId: 0 })
        stage.packet(10 + i, tcp(H2, R, [33_000 + i, 443], 64)).emit(SignalKind.Opening, { detail: asked })
        const told = { detail: { message: 'SYN/ACK without MP_CAPABLE' } }
        stage.packet(10.02 + i, tcp(R, H2, [443, 33_000 + i], 62)).emit(SignalKind.Fallback, told)
      }
      return end(stage)
    },
    once: true,
  },
  'T-HIP-HIT': {
    play: () => {
      const hit = (value: string) => ({ kind: 'hit', value })
      const [one, two] = [hit('2001:20::1'), hit('2001:20::2')]
      return new Scene(SignalProtocol.Hip)
        .say(1, SignalKind.Opening, P, E1, 0, opening('I1', 1, { sender: [one], receiver: [two] }))
        .say(1.02, SignalKind.Opening, X, P, 1, opening('R1', 2, { sender: [two], receiver: [one] }))
        .also(SignalKind.Noted, 1, { message: "R1: HOST_ID does not hash to the sender's HIT" })
        .findings(60)
    },
  },
  'T-SHIM-CGA': {
    play: () =>
      new Scene(SignalProtocol.Shim6)
        .open()
        .talk(0.5)
        .claim(3, E1, C, { message: 'Update Request: Locator List', serial: 3, proof: 'aa', correlation: 170, authentication: 'AX' })
        .send(3.1, C, 2)
        .findings(60),
  },
  'T-ILNP-NONCE': {
    play: () =>
      new Scene(SignalProtocol.Ilnp)
        .open()
        .talk(0.5)
        .claim(3, X, C, { message: 'Locator Update', authentication: 'AX', proof: 'beef' })
        .answer(3.1, X, C)
        .findings(60),
  },
  'T-MIP-RR': {
    play: () =>
      new Scene(SignalProtocol.Mip6)
        .open()
        .claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' })
        .talk(1)
        .claim(3, C, C, { message: 'BU', serial: 2, authentication: 'AX' })
        .answer(3.02, C, C, { serial: 2, code: 0 })
        .findings(60),
  },
  'T-MIP-HAO': {
    play: () =>
      new Scene(SignalProtocol.Mip6)
        .open()
        .claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' })
        .talk(1)
        .data(5, X, P, 1)
        .send(5.2, X, 2)
        .findings(60),
    late: 0.7,
  },
  'T-MIP-PREFIX': {
    play: () =>
      new Scene(SignalProtocol.Mip6)
        .open()
        .claim(3, E1, E1, { message: 'BU to home agent', serial: 2, prefixes: ['2001:db8:40:200::/64'] })
        .answer(3.02, E1, E1, { serial: 2, accepted: false, code: 141, cause: 'Invalid prefix' })
        .findings(60),
  },
  'T-LISP-OVER': {
    play: () => {
      const one = new Scene(SignalProtocol.Lisp)
      const map = (t: number, from: string, prefix: string, asked: string): void => {
        const detail = one.detail(from, { message: 'Map-Reply', how: 'listed', prefixes: [prefix], asked })
        one.say(t, SignalKind.Claimed, from, P, -1, detail)
      }
      map(0.1, E1, 'fd00:2::/64', 'fd00:2::1/128')
      map(3, X, 'fd00:4::/32', 'fd00:4::/64')
      one.say(3.1, SignalKind.Payload, P, X, 0, null, { context: 2, unit: 1, bytes: 100 })
      return one.findings(60)
    },
  },
  'T-LISP-AUTH': {
    play: () => {
      const one = new Scene(SignalProtocol.Lisp)
      for (let i = 0; i < 3; i++) {
        const prefixes = [`fd00:${i + 7}::/64`]
        const detail = one.detail(X, { message: 'Map-Reply', how: 'listed', prefixes, authentication: 'A0' })
        one.say(12 + i, SignalKind.Claimed, X, P, -1, detail)
      }
      return one.findings(60)
    },
  },
  'T-QUIC-AMP': {
    play: () => {
      const { stage } = new Scene(SignalProtocol.Quic)
      const wire = { protocol: SignalProtocol.Quic, fromPort: 5000, toPort: 443, from: X, to: P, hops: 55 }
      const back = { ...wire, from: P, to: X, fromPort: 443, toPort: 5000, hops: 64 }
      stage.packet(1, wire, 1200).emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('Initial', 1) })
      for (let i = 0; i < 5; i++)
        stage.packet(1.01 + i * 0.001, back, 1200).emit(SignalKind.Opening, { context: 1, side: 1, detail: opening('Initial', 2) })
      return end(stage)
    },
    late: 1.005,
  },
}

/** Scenes of rules about locators that data is led to: T-REDIR-EST, T-REDIR-PRE, T-REPLAY, T-BLACKHOLE, T-FLOOD3. */
import type { FindingReport } from '../../../../../shared/report.ts'
import type { ClaimDetail, NeighbourDetail, SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { Association, opening, Stage, type Wire } from '../../stage.ts'
import { C, E1, E2, P, Scene, X } from '../scene.ts'
import { over, type RuleScenes } from './scenes.ts'

const up = (protocol: SignalProtocol = SignalProtocol.Ilnp): Scene => new Scene(protocol).open().talk(1)
const claimed = (to = C, protocol: SignalProtocol = SignalProtocol.Ilnp): Scene => up(protocol).claim(3, E1, to).answer(3.01, E1, to)

/** M opens an association with V and lists an address; V tests it; then its owner speaks. */
const [M, OWNER, V] = ['203.0.113.66', '203.0.113.99', '192.0.2.10'] as [string, string, string]
class Listing {
  readonly stage: Stage
  /** `owns`: an address that the site model gives to an interface of the site */
  constructor(owns?: string) {
    const interfaces = [{ id: 0, name: 'upA', addresses: owns === undefined ? [] : [owns] }]
    this.stage = new Stage({ interfaces })
  }
  wire(from: string, to: string, hops = 64): Wire {
    const own = from === V
    return { protocol: SignalProtocol.Sctp, from, to, fromPort: own ? 5071 : 45_001, toPort: own ? 45_001 : 5071, hops }
  }
  say(t: number, from: string, to: string, kind: SignalKind, token: number, detail: SignalDetail, hops = from === V ? 64 : 55): this {
    this.stage.packet(t, this.wire(from, to, hops)).emit(kind, { token, detail })
    return this
  }
  open(listed = OWNER, accepted = true): this {
    this.say(1, M, V, SignalKind.Opening, 0, opening('INIT', 1, { initiateTag: 0xaaaa }))
    for (const one of [M, listed]) {
      const facts = { message: 'INIT', address: this.stage.address(one), how: 'listed', authentication: 'A1' } as const
      const rest = { port: null, addressId: null, serial: null, correlation: null, wildcard: false }
      this.stage.emit(SignalKind.Claimed, { detail: { ...facts, ...rest } })
    }
    if (!accepted) return this.abort(1.02, V, M, 0xaaaa)
    this.say(1.02, V, M, SignalKind.Opening, 0xaaaa, opening('INIT ACK', 2, { initiateTag: 0xbbbb }))
    this.say(1.03, M, V, SignalKind.Opening, 0xbbbb, opening('COOKIE ECHO', 3))
    return this.say(1.05, V, M, SignalKind.Opened, 0xaaaa, opening('COOKIE ACK', 4))
  }
  abort(t: number, from: string, to: string, token: number): this {
    return this.say(t, from, to, SignalKind.Closed, token, {
      message: 'ABORT',
      abrupt: true,
      final: true,
      cause: null,
      authentication: 'A1',
    })
  }
  probe(t: number, to = OWNER, answered = false): this {
    const probe = { message: 'HEARTBEAT', match: 'ab', authentication: 'A1' } as const
    this.say(t, V, to, SignalKind.Probed, 0xaaaa, probe)
    return answered ? this.say(t + 0.02, to, V, SignalKind.ProbeAnswered, 0xbbbb, { ...probe, message: 'HEARTBEAT ACK' }) : this
  }
  /** The address itself says that it does not speak SCTP (code 2), or that the port is closed (3). */
  icmp(t: number, code: number, from = OWNER): this {
    const facts = { version: 4, type: 3, code, message: 'unreachable', reporter: this.stage.address(from) } as const
    this.stage.packet(t, this.wire(V, from)).emit(SignalKind.IcmpError, {
      protocol: SignalProtocol.Icmp,
      detail: { ...facts, quotedToken: 0xaaaa, mtu: null },
    })
    this.stage.signal.protocol = SignalProtocol.Sctp
    return this
  }
  /** The owner opens an association of its own and is turned away. */
  owner(t: number): this {
    this.say(t, OWNER, V, SignalKind.Opening, 0, opening('INIT', 1, { initiateTag: 0xcccc }), 60)
    return this.abort(t + 0.02, V, OWNER, 0xcccc)
  }
  end = (): FindingReport[] => over(this.stage, 600)
}

const bu = (serial: number): Partial<ClaimDetail> => ({ message: 'BU', serial, authentication: 'A3v', proof: `p${serial}` })
/** A mobile node is bound to E1, then to E2; then `serial` comes, at `t` from `from`, and is believed. */
const bound = (t: number, from: string, to: string, serial: number, at = 10): FindingReport[] => {
  const one = new Scene(SignalProtocol.Mip6).open().claim(1, E1, E1, bu(65_535)).answer(1.02, E1, E1, { serial: 65_535 })
  one.claim(at, E2, E2, bu(2)).answer(at + 0.02, E2, E2, { serial: 2 })
  return one
    .claim(t, from, to, bu(serial))
    .answer(t + 0.02, from, to, { serial })
    .findings(200)
}
const hole = (seconds: number, alive: boolean, named = true, at = 3): FindingReport[] => {
  const one = up()
  if (named) one.claim(at, E1, C).answer(at + 0.01, E1, C)
  one.send(at + 0.1, C, Math.floor(seconds / 0.1) + 1, 0.1)
  if (alive) one.data(at + 2, E1, P, 1)
  return one.findings(90)
}

interface Help {
  /** who acknowledges: the former address, or the new one itself */
  by?: string
  tested?: boolean
  acks?: number
  rejected?: boolean
  how?: 'signalled' | 'listed'
}
/** B adds an address without AUTH; A's data goes there, and another address acknowledges it. */
export const helped = ({ by, tested = false, acks = 20, rejected = false, how = 'signalled' }: Help): FindingReport[] => {
  const a = new Association().open()
  const { stage } = a
  const added = '198.18.0.9'
  for (let i = 0; i < 5; i++)
    a.data(1 + i * 0.1, 0, 0, i)
      .sack(1.04 + i * 0.1, 1, 0, i)
      .data(1.05 + i * 0.1, 1, 0, i)
  const facts = {
    message: 'ASCONF: Add IP Address',
    address: stage.address(added),
    serial: 7,
    correlation: 1,
    authentication: 'A1',
  } as const
  const detail: ClaimDetail = { ...facts, how, port: null, addressId: null, wildcard: false }
  stage.packet(2, a.wire(1, 0)).emit(SignalKind.Claimed, { token: a.token(1), detail })
  const answer = { message: 'ASCONF-ACK', accepted: true, serial: 7, correlation: 1, addressId: null, cause: null } as const
  const accepted = { ...answer, address: detail.address, authentication: 'A1' } as const
  stage.packet(2.05, a.wire(0, 0)).emit(SignalKind.ClaimAnswered, { token: a.token(0), detail: accepted })
  const [there, back] = [
    { ...a.wire(0, 0), to: added },
    { ...a.wire(1, 0), from: added },
  ]
  const probe = { message: 'HEARTBEAT', match: 'aa', authentication: 'A1' } as const
  if (tested) {
    stage.packet(2.2, there).emit(SignalKind.Probed, { token: a.token(0), detail: probe })
    stage.packet(2.25, back).emit(SignalKind.ProbeAnswered, { token: a.token(1), detail: { ...probe, message: 'HEARTBEAT ACK' } })
  }
  for (let i = 0; i < acks; i++) {
    const unit = { space: UnitSpace.Tsn, unit: 5 + i, span: 1, bytes: 1400 }
    stage.packet(3 + i * 0.1, there, 1450).emit(SignalKind.Payload, { token: a.token(0), ...unit })
    const from = by ?? a.wire(1, 0).from
    stage
      .packet(3.04 + i * 0.1, { ...a.wire(1, 0), from })
      .emit(SignalKind.Acknowledged, { token: a.token(1), space: UnitSpace.Tsn, unit: 6 + i })
  }
  if (rejected) {
    const said = { version: 4, type: 3, code: 2, message: 'protocol unreachable', quotedToken: null, mtu: null } as const
    stage
      .packet(6, there)
      .emit(SignalKind.IcmpError, { protocol: SignalProtocol.Icmp, detail: { ...said, reporter: stage.address(added) } })
  }
  return over(stage, 60)
}

export const REDIRECTION_SCENES: Record<string, RuleScenes> = {
  'T-REDIR-EST': {
    quiet: () => up().claim(3, E1, E2).answer(3.01, E1, E2).test(3.02, E2).send(3.1, E2, 20).findings(20),
    lookAlikes: {
      'unseen-test': (benign) =>
        up()
          .claim(3, E1, C)
          .send(benign ? 400 : 3.1, C, 20)
          .findings(450),
      'late-test': (benign) => {
        const one = claimed(E2).send(3.1, E2, 5)
        return (benign ? one.test(6, E2) : one).findings(20)
      },
      'encrypted-test': (benign) =>
        up(benign ? SignalProtocol.Quic : SignalProtocol.Ilnp)
          .claim(3, E1, C)
          .send(3.1, C, 20)
          .findings(20),
      'mid-capture': (benign) => {
        const one = new Scene(SignalProtocol.Ilnp)
        if (!benign) one.open()
        return one.talk(1).claim(3, E1, C).send(3.1, C, 10).findings(20)
      },
      'sent-again': (benign) =>
        claimed()
          .send(3.1, C, benign ? 1 : 3)
          .findings(20),
    },
  },
  'T-REDIR-PRE': {
    quiet: () => new Listing().open().probe(1.1, OWNER, true).end(),
    lookAlikes: {
      'own-interface': (benign) => new Listing().open().probe(1.1, OWNER, benign).probe(9).icmp(9.1, 2).end(),
      translator: (benign) => {
        const listed = benign ? '10.0.0.9' : OWNER
        return new Listing().open(listed).probe(1.1, listed).icmp(1.12, 2, listed).end()
      },
      lease: (benign) => {
        const one = new Listing().open().probe(1.1)
        return (benign ? one.abort(20, M, V, 0xbbbb).owner(400) : one.owner(20)).end()
      },
      'two-cards': (benign) => {
        const one = new Listing(benign ? undefined : OWNER)
        const heard: NeighbourDetail = { message: 'arp-reply', address: one.stage.address(OWNER), mac: '02:00:00:00:01:10', hopLimit: null }
        one.stage.frame(0.5).emit(SignalKind.Neighbour, { detail: heard })
        return one.open().probe(1.1).end()
      },
      'refused-claim': (benign) => new Listing().open(OWNER, !benign).owner(5).end(),
      'closed-port': (benign) =>
        new Listing()
          .open()
          .probe(1.1)
          .icmp(1.12, benign ? 3 : 2)
          .end(),
    },
  },
  'T-REPLAY': {
    quiet: () => {
      const one = new Scene(SignalProtocol.Hip).open().talk(0.5)
      for (const t of [1, 2]) one.claim(t, E2, E2, { message: 'UPDATE: LOCATOR_SET', serial: 7, proof: 'm7' })
      return one.answer(2.02, E2, E2, { serial: 7 }).findings(200)
    },
    lookAlikes: {
      retransmission: (benign) => (benign ? bound(13, E2, E2, 2) : bound(60, X, E1, 65_535)),
      'double-capture': (benign) => (benign ? bound(10.003, E2, E2, 2) : bound(60, X, E1, 65_535)),
      reordered: (benign) => (benign ? bound(3.5, E1, E1, 65_535, 2) : bound(60, E1, E1, 65_535)),
      restart: (benign) => {
        const seven: Partial<ClaimDetail> = { message: 'UPDATE: LOCATOR_SET', serial: 7, authentication: 'A4u', proof: 'm7' }
        const one = new Scene(SignalProtocol.Hip).open().talk(0.5).claim(1, E2, E2, seven).answer(1.02, E2, E2, { serial: 7 }).test(1.1, E2)
        one
          .claim(20, C, C, { ...seven, serial: 8, proof: 'm8' })
          .answer(20.02, C, C, { serial: 8 })
          .test(20.1, C)
          .talk(21, C)
        const context = { context: benign ? 2 : 1 }
        if (benign) {
          one.say(100, SignalKind.Opening, P, E2, 0, opening('I2', 1), context)
          one.say(100.02, SignalKind.Opened, E2, P, 1, opening('R2', 4), context)
        }
        return one.say(120, SignalKind.Claimed, X, P, 1, one.detail(E2, seven), context, 55).findings(200)
      },
      wrap: (benign) => (benign ? bound(60, E2, E2, 3) : bound(60, X, E1, 65_535)),
    },
  },
  'T-BLACKHOLE': {
    quiet: () => claimed(E2).send(3.1, E2, 50, 0.1).data(3.9, E2, P, 1).findings(60),
    lookAlikes: {
      'real-failure': (benign) => hole(3.9, !benign, true, 30),
      'short-gap': (benign) => hole(benign ? 2.9 : 3.5, true),
      'never-claimed': (benign) => hole(3.9, true, !benign),
    },
  },
  'T-FLOOD3': {
    quiet: () =>
      new Scene(SignalProtocol.Hip)
        .open()
        .talk(1)
        .claim(3, E2, E2, { message: 'UPDATE: LOCATOR_SET', serial: 7 })
        .test(3.1, E2)
        .send(3.2, E2, 100, 0.01, 1400)
        .findings(20),
    lookAlikes: {
      'unseen-return': (benign) =>
        up()
          .claim(3, E1, C)
          .send(benign ? 400 : 3.1, C, 100, 0.01, 1400)
          .findings(450),
      'late-test': (benign) => {
        const one = claimed(E2).send(3.1, E2, 100, 0.01, 1400)
        return (benign ? one.test(6, E2) : one).findings(20)
      },
      'encrypted-test': (benign) =>
        up(benign ? SignalProtocol.Quic : SignalProtocol.Ilnp)
          .claim(3, E1, C)
          .send(3.1, C, 100, 0.01, 1400)
          .findings(20),
      'other-path': (benign) => helped({ tested: benign }),
    },
  },
}

/** Scenes of rules about time, load and sources: T-FLOODDIR, T-ACKSPOOF, T-TIMESHIFT, T-UNKLOC, T-TAG, T-ESP-LOC, T-WG-ROAM. */
import type { FindingReport } from '../../../../../shared/report.ts'
import type { ClaimDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { Association, Stage } from '../../stage.ts'
import { LinkScene } from '../link-scene.ts'
import { C, E1, E2, P, Scene, X } from '../scene.ts'
import { FULL, Tcp } from '../tcp-scene.ts'
import { over, type RuleScenes } from './scenes.ts'

/** Datagrams to one host, of which every `answered`th is answered. */
const flood = (perSecond: number, seconds: number, answered: number, start = 12): FindingReport[] => {
  const stage = new Stage()
  const out = { protocol: SignalProtocol.Udp, from: '198.18.0.1', to: '192.0.2.1', fromPort: 5000, toPort: 6000 }
  const back = { protocol: SignalProtocol.Udp, from: '192.0.2.1', to: '198.18.0.1', fromPort: 6000, toPort: 5000 }
  for (let s = 0; s < seconds; s++)
    for (let i = 0; i < perSecond; i++) {
      const t = start + s + i / (perSecond + 1)
      const unit = { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 10 }
      stage.packet(t, out).emit(SignalKind.Payload, unit)
      if (answered > 0 && i % answered === 0) stage.packet(t, back).emit(SignalKind.Payload, unit)
    }
  return over(stage, 40)
}

/** S has sent 1000 bytes; R acknowledges 4000 more, twice, and these follow `later`; `missing`: the capture does not have them. */
const lies = (one: Tcp, later = 0.1, missing = false): FindingReport[] => {
  one.send(1, 0, 1000).ack(1.04, 1000)
  for (let i = 0, at = 1000; i < 2; i++, at += 4000) {
    one.ack(2 + i, at + 4000)
    if (!missing) for (let n = 0; n < 4000; n += 500) one.send(2 + i + later + n / 1e7, at + n, 500)
  }
  return over(one.stage, 60)
}
const split = (count: number, length: number): FindingReport[] => {
  const one = new Tcp().bulk(1, 0, 20, length).ack(1.06, 20 * length)
  for (let i = 0; i < count; i++) {
    const at = (20 + i) * length
    one.send(2 + i * 0.02, at, length)
    for (let n = 1; n <= 12; n++) one.ack(2.005 + i * 0.02 + n * 0.0005, at + Math.round((n * length) / 12))
  }
  return over(one.stage, 60)
}
const repeated = (gap: number, away: number): FindingReport[] => {
  const one = new Tcp()
    .bulk(1, 0, 20)
    .ack(1.06, 20 * FULL)
    .bulk(2, 20 * FULL, away)
  for (let i = 0; i < 100; i++) one.ack(2.05 + i * gap, 20 * FULL)
  return over(one.stage, 900)
}
const hurried = (trip: number, usual: number): FindingReport[] => {
  const a = new Association().open()
  for (let i = 0; i < 20; i++) a.data(1 + i * 0.1, 0, 0, i).sack(1 + i * 0.1 + usual, 1, 0, i)
  for (let i = 20; i < 40; i++) a.data(1 + i * 0.1, 0, 0, i).sack(1 + i * 0.1 + trip, 1, 0, i)
  return over(a.stage, 60)
}

const binding = (lifetime: number, message = 'BU', lost = 0): Scene =>
  new Scene(SignalProtocol.Mip6, 1, undefined, lost)
    .open()
    .claim(1, E2, E2, { message, serial: 1, lifetime, authentication: 'A3v', proofAge: 1 })
    .also(SignalKind.Verified, 1, { message: 'CoT used by BU', authentication: 'A3v' })
    .answer(1.02, E2, E2, { serial: 1, lifetime, code: 0 })

/** A name gives up an address; then its client sends to that address, in a new session or in one from before. */
export const outdated = (
  more: { open?: boolean; again?: boolean; packets?: number; answered?: boolean; ttl?: number } = {},
): FindingReport[] => {
  const { open = false, again = false, packets = 3, answered = false, ttl = 60 } = more
  const [name, client, old, other] = ['service.example', '2001:db8:a:1::10', '2001:db8:f1::80', '2001:db8:f2::80'] as const
  const one = new LinkScene().lookup(1, name, [old], { ttl })
  if (open) one.udp(2, client, old).udp(2.1, old, client, { ports: [7000, 40_000], hops: 57 })
  one.lookup(100, name, [other], { ttl })
  if (again) one.lookup(150, name, [old], { ttl })
  for (let i = 0; i < packets; i++) one.udp(200 + i, client, old, { ports: [open ? 40_000 : 41_000, 7000] })
  if (answered) one.udp(200.5, old, client, { ports: [7000, 41_000], hops: 57 })
  return one.end(300)
}

const foreign = (from: string, protocol = SignalProtocol.Hip as SignalProtocol): Scene =>
  new Scene(protocol).open().talk(1).data(3, from, P, 1).send(3.1, from, 1)

const guesses = (more: { start?: number; same?: boolean; sources?: number }): FindingReport[] => {
  const { start = 12, same = false, sources = 1 } = more
  const one = new Scene(SignalProtocol.Shim6)
  for (let i = 0; i < 200; i++) {
    const token = same ? 77 : 1000 + Math.imul(i + 1, 0x9e3779b1)
    const facts = { token, space: UnitSpace.Datagram, unit: i, bytes: 10 }
    one.say(start + i * 0.025, SignalKind.Payload, `2001:db8:bad::${(i % sources) + 1}`, P, -1, null, facts)
  }
  return one.findings(60)
}

/** Packets of one SPI or receiver index from the sources in turn; `both`: each number comes from two of them. */
const packets = (protocol: SignalProtocol, order: string[], both = false): FindingReport[] => {
  const stage = new Stage()
  order.forEach((from, i) => {
    const unit = { token: 0xabcd, space: UnitSpace.IpsecSequence, unit: both ? i >> 1 : i, span: 1, bytes: 100 }
    stage.packet(1 + i * 0.1, { protocol, from, to: P, fromPort: 0, toPort: 0 }).emit(SignalKind.Payload, unit)
  })
  return over(stage, 60)
}
const turns = (n: number): string[] => Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? E1 : E2))
const once = [...Array<string>(20).fill(E1), ...Array<string>(20).fill(E2)]

export const SOURCE_SCENES: Record<string, RuleScenes> = {
  'T-FLOODDIR': {
    fires: () => flood(1500, 5, 0),
    quiet: () => flood(1500, 2, 0),
    lookAlikes: {
      bulk: (benign) => flood(1500, 5, benign ? 2 : 0),
      media: (benign) => flood(1500, 5, benign ? 15 : 0),
      collector: (benign) => flood(1500, benign ? 20 : 5, 0, benign ? 1 : 12),
    },
  },
  'T-ACKSPOOF': {
    quiet: () => {
      const one = new Tcp().send(1, 0, 1000).ack(1.04, 1000).ack(2, 5000)
      for (let n = 0; n < 4000; n += 500) one.send(2.1 + n / 1e7, 1000 + n, 500)
      return over(one.stage, 60)
    },
    lookAlikes: {
      'lost-by-capture': (benign) => lies(new Tcp(), 0.1, benign),
      'two-clocks': (benign) => lies(new Tcp(), benign ? 0.019 : 0.1),
      'mid-capture': (benign) => lies(new Tcp(!benign)),
      'near-receiver': (benign) => (benign ? hurried(0.001, 0.004) : hurried(0.015, 0.04)),
      loss: (benign) => repeated(0.001, benign ? 100 : 0),
      'keep-alive': (benign) => repeated(benign ? 5 : 0.001, 0),
      offload: (benign) => split(60, benign ? 12 * FULL : FULL),
      'small-messages': (benign) => (benign ? split(200, 200) : split(60, FULL)),
    },
  },
  'T-TIMESHIFT': {
    quiet: () => {
      const one = binding(420).talk(2, E2)
      one.claim(300, E2, E2, { message: 'BU', serial: 2, lifetime: 420, authentication: 'A3v', proofAge: 1 })
      return one.send(501, E2, 5).findings(530)
    },
    lookAlikes: {
      'home-agent': (benign) => binding(3600, benign ? 'BU to home agent' : 'BU').findings(20),
      'unseen-refresh': (benign) =>
        binding(420, 'BU', benign ? 3 : 0)
          .talk(2, E2)
          .send(501, E2, 5)
          .findings(530),
      'open-session': (benign) => outdated({ open: benign }),
      rotation: (benign) => outdated({ again: benign }),
      'silent-but-stable': (benign) => {
        const one = binding(420).talk(2, E2)
        const probe = { message: 'HoTI', match: 'a', authentication: 'A0' } as const
        return (benign ? one.say(501, SignalKind.Probed, P, E2, 0, probe) : one.send(501, E2, 5)).findings(530)
      },
    },
    more: [() => outdated(), () => binding(420).talk(2, E2).send(501, E2, 5).findings(530)],
  },
  'T-UNKLOC': {
    quiet: () => foreign(E1).findings(60),
    lookAlikes: {
      translator: (benign) => foreign(benign ? '2001:db8:f1::99' : X).findings(60),
      anywhere: (benign) => foreign(X, benign ? SignalProtocol.Mip6 : SignalProtocol.Hip).findings(60),
      'named-later': (benign) => {
        const one = foreign(X)
        return (benign ? one.claim(5, E1, X, { authentication: 'A4v' }) : one).findings(60)
      },
      'mid-capture': (benign) => {
        const one = new Scene(SignalProtocol.Ilnp)
        if (!benign) one.open()
        return one.talk(1).data(3, X, P, 1).send(3.1, X, 1).findings(60)
      },
      'lisp-site': (benign) => {
        if (!benign) return foreign(X).findings(60)
        const one = new Scene(SignalProtocol.Lisp)
        const facts: Partial<ClaimDetail> = {
          message: 'Map-Reply',
          how: 'listed',
          prefixes: ['fd00:2::/64'],
          lifetime: 86_400,
          asked: 'fd00:2::1/128',
        }
        one.say(0.1, SignalKind.Claimed, E1, P, -1, one.detail(E1, facts))
        return one.open(0.5).talk(1).data(5, X, P, 1).send(5.1, X, 3).findings(60)
      },
      'cut-off': (benign) => {
        const one = foreign(X)
        if (benign) one.stage.flows.unread.note(SignalProtocol.Hip, 2e9, 1)
        return one.findings(60)
      },
    },
  },
  'T-TAG': {
    quiet: () => guesses({ same: true }),
    lookAlikes: {
      restart: (benign) => guesses({ same: benign }),
      'capture-start': (benign) => guesses({ start: benign ? 0 : 12 }),
      backscatter: (benign) => guesses({ sources: benign ? 9 : 8 }),
      'two-gateways': (benign) => {
        const stage = new Stage()
        const esp = (t: number, from: string, to: string, token: number): void => {
          const unit = { token, space: UnitSpace.IpsecSequence, unit: 1, span: 1, bytes: 100 }
          stage.packet(t, { protocol: SignalProtocol.Esp, from, to, fromPort: 0, toPort: 0 }).emit(SignalKind.Payload, unit)
        }
        if (benign) esp(11, P, X, 7)
        for (let i = 0; i < 80; i++) esp(12 + i * 0.05, X, P, 1000 + Math.imul(i + 1, 0x9e3779b1))
        return over(stage, 60)
      },
    },
  },
  'T-ESP-LOC': {
    quiet: () => packets(SignalProtocol.Esp, turns(9)),
    lookAlikes: {
      'one-change': (benign) => packets(SignalProtocol.Esp, benign ? once : turns(20)),
      bicast: (benign) => packets(SignalProtocol.Esp, turns(20), benign),
      'key-exchange': (benign) => {
        if (!benign) return packets(SignalProtocol.Esp, turns(14))
        const one = new Scene(SignalProtocol.Hip).open().talk(0.5)
        one.claim(0.8, E2, E2, { message: 'UPDATE: LOCATOR_SET', serial: 7 }).test(0.9, E2)
        turns(14).forEach((from, i) => {
          one.data(1.2 + i * 0.1, from, P, 1)
        })
        return one.findings(60)
      },
    },
  },
  'T-WG-ROAM': {
    quiet: () => packets(SignalProtocol.Wireguard, [...Array<string>(20).fill(E1), C, C]),
    lookAlikes: {
      'one-change': (benign) => packets(SignalProtocol.Wireguard, benign ? once : turns(20)),
      bicast: (benign) => packets(SignalProtocol.Wireguard, turns(20), benign),
    },
  },
}

/** Scenes of rules about identifiers with changing locators: HIP, Shim6, ILNP, Mobile IPv6, LISP. */
import { hipPacket, hostId, withChecksum } from '../../../../../dissectors/hip/emit.ts'
import { Packet } from '../../../../../dissectors/hip/wire.ts'
import { emitIpv6 } from '../../../../../dissectors/ipv6/emit.ts'
import type { FindingReport } from '../../../../../shared/report.ts'
import type { ClaimAuthentication, ClaimDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { WireStage } from '../../wire-stage.ts'
import { C, E1, E2, P, Scene, X } from '../scene.ts'
import type { RuleScenes } from './scenes.ts'

// ------------------------------------------------------------------ HIP, Shim6, ILNP

/** R1 with a HOST_ID, on the wire: whole or cut short, for a HIT of a known suite or of none. */
const hostIdentity = (more: { cut?: boolean; hit?: string }): FindingReport[] => {
  const { cut = false, hit = '2001:21::2' } = more
  const stage = new WireStage()
  const wire = (t: number, from: string, to: string, bytes: Uint8Array): void => {
    stage.packet(t, emitIpv6(withChecksum(bytes, from, to), { source: from, destination: to, nextHeader: 139 }))
  }
  const identity = hostId(5, Uint8Array.of(1, 3, ...Array.from({ length: 64 }, (_, i) => i + 1)))
  // A host identity that says to be longer than the parameter that holds it.
  if (cut) identity.set([0x0f, 0xff], 4)
  wire(1, P, E1, hipPacket({ type: Packet.I1, sender: '2001:21::1', receiver: hit }))
  wire(1.02, E1, P, hipPacket({ type: Packet.R1, sender: hit, receiver: '2001:21::1', parameters: [identity] }))
  return stage.finish(60).analyzer.findings()
}
/** E1 is asked, for a HIT or for none; `from` answers, under a name that another HIT has shown, or not. */
const answered = (from: string, opportunistic: boolean, known: boolean): FindingReport[] => {
  const one = new Scene(SignalProtocol.Hip, 2)
  const [name, hit] = [{ kind: 'domain', value: 'r.example' }, (value: string) => ({ kind: 'hit', value })]
  const mine = [hit('2001:20::1')]
  if (known) {
    const detail = opening('R1', 2, { sender: [hit('2001:20::2'), name], receiver: mine })
    one.say(0.5, SignalKind.Opening, E2, P, 1, detail, { context: 5 })
  }
  const receiver = opportunistic ? [{ kind: 'opportunistic', value: '::' }] : [hit('2001:20::bad')]
  one.say(1, SignalKind.Opening, P, E1, 0, opening('I1', 1, { sender: mine, receiver }))
  const sender = known ? [hit('2001:20::bad'), name] : [hit('2001:20::bad')]
  return one.say(1.02, SignalKind.Opening, from, P, 1, opening('R1', 2, { sender, receiver: mine })).findings(60)
}
const owned = (authentication: ClaimAuthentication): FindingReport[] =>
  new Scene(SignalProtocol.Shim6)
    .open()
    .talk(0.5)
    .claim(3, E1, C, { message: 'Update Request: Locator List', serial: 3, proof: 'aa', correlation: 170, authentication })
    .send(3.1, C, 2)
    .findings(60)
const updated = (authentication: ClaimAuthentication, proof: string, whole = true): FindingReport[] => {
  const one = new Scene(SignalProtocol.Ilnp)
  if (whole) one.open()
  return one.talk(0.5).claim(3, X, C, { message: 'Locator Update', authentication, proof }).answer(3.1, X, C).findings(60)
}

// ------------------------------------------------------------------ Mobile IPv6

const careOfTest = (one: Scene, t: number, node: string): Scene => {
  one.say(t, SignalKind.Probed, node, P, 1, { message: 'CoTI', match: `c${t}`, authentication: 'A0' })
  return one.say(t + 0.01, SignalKind.ProbeAnswered, P, node, 0, { message: 'CoT', match: `c${t}`, authentication: 'A1' })
}
const bind = (
  authentication: ClaimAuthentication,
  more: { message?: string; first?: boolean; dropped?: number; proof?: string } = {},
): FindingReport[] => {
  const { message = 'BU', first = true, dropped = 0, proof = '00010002:aa' } = more
  const one = new Scene(SignalProtocol.Mip6, 1, undefined, dropped).open()
  if (first) careOfTest(one, 0.5, E1).claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' }).talk(1)
  return one.claim(3, C, C, { message, serial: 2, authentication, proof }).answer(3.02, C, C, { serial: 2, code: 0 }).findings(60)
}
const homeAddress = (more: { whole?: boolean; refused?: boolean; answered?: boolean; bound?: boolean }): FindingReport[] => {
  const { whole = true, refused = false, answered: back = true, bound = false } = more
  const one = new Scene(SignalProtocol.Mip6)
  if (whole) one.open()
  one.claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' }).talk(1).data(5, X, P, 1)
  const error = { message: 'BE', abrupt: true, final: false, cause: 'unknown binding', authentication: 'A0' } as const
  if (refused) one.say(5.1, SignalKind.Refused, P, X, 0, error)
  if (back) one.send(5.2, X, 2)
  if (bound) one.claim(7, X, X, { message: 'BU', serial: 2, authentication: 'A3v' })
  return one.findings(60)
}
interface Second {
  at?: number
  name?: string
  givenBack?: boolean
  prefix?: string
}
/** Two routers are granted one prefix, the second ten seconds after the first. */
const granted = ({ at = 10, name = 'fd00:3::1', givenBack = false, prefix = '2001:db8:40:200::/64' }: Second = {}): FindingReport[] => {
  const one = new Scene(SignalProtocol.Mip6).open()
  const grant = { accepted: true, code: 0, lifetime: 60 }
  one
    .claim(3, E1, E1, { message: 'BU to home agent', serial: 2, prefixes: ['2001:db8:40:200::/64'], lifetime: 60 })
    .answer(3.02, E1, E1, { serial: 2, ...grant })
  const gone = one.detail(E1, { message: 'BU to home agent, lifetime 0', authentication: 'A3u' })
  if (givenBack) one.say(6, SignalKind.Withdrawn, E1, P, 1, gone)
  const other = { context: 2 }
  one.say(at - 0.1, SignalKind.Opening, C, P, 1, opening('BU', 1, { sender: [{ kind: 'home-address', value: name }] }), other)
  one.say(at, SignalKind.Claimed, C, P, 1, one.detail(C, { message: 'BU to home agent', serial: 7, prefixes: [prefix] }), other)
  const answer = { message: 'BA', serial: 7, correlation: null, addressId: null, address: one.stage.address(C), cause: null } as const
  one.say(at + 0.02, SignalKind.ClaimAnswered, P, C, 0, { ...answer, authentication: 'A1', ...grant }, other)
  return one.findings(200)
}

// ------------------------------------------------------------------ LISP

const map = (one: Scene, t: number, from: string, prefix: string, rloc: string, more: Partial<ClaimDetail> = {}): Scene =>
  one.say(t, SignalKind.Claimed, from, P, -1, one.detail(rloc, { message: 'Map-Reply', how: 'listed', prefixes: [prefix], ...more }))
const site = (): Scene => map(new Scene(SignalProtocol.Lisp), 0.1, E1, 'fd00:2::/64', E1, { asked: 'fd00:2::1/128' }).open(0.5).talk(1)
const over = (prefix: string, asked: string, from = X): FindingReport[] => map(site(), 3, from, prefix, from, { asked }).findings(60)
const unasked = (t: number, prefix: string): FindingReport[] => {
  const one = site()
  for (let i = 0; i < 3; i++) map(one, t + i, X, prefix.replace('#', String(i)), X, { authentication: 'A0' })
  return one.findings(60)
}
/** A registration is confirmed, or nothing of the server was ever seen; the next is not, unless it is repeated. */
const registered = (more: { again?: boolean; before?: boolean }): FindingReport[] => {
  const one = new Scene(SignalProtocol.Lisp)
  const ask = (t: number, serial: number, rloc: string): void => {
    const facts = { message: 'Map-Register, wants Map-Notify', how: 'listed', authentication: 'A3u', serial } as const
    one.say(t, SignalKind.Claimed, P, E2, -1, one.detail(rloc, { ...facts, prefixes: ['fd00:2::/64'] }))
  }
  const notify = (t: number, serial: number, rloc: string): void => {
    const facts = { message: 'Map-Notify', accepted: true, serial, correlation: null, addressId: null, cause: null } as const
    const detail = { ...facts, address: one.stage.address(rloc), authentication: 'A3u', prefixes: ['fd00:2::/64'] } as const
    one.say(t, SignalKind.ClaimAnswered, E2, P, -1, { ...detail, prefixes: [...detail.prefixes] })
  }
  ask(1, 11, P)
  if (more.before !== false) notify(1.02, 11, P)
  ask(5, 12, X)
  if (more.again === true) {
    ask(8, 13, X)
    notify(8.02, 13, X)
  }
  return one.findings(60)
}
const solicited = (everybody: boolean): FindingReport[] => {
  const one = new Scene(SignalProtocol.Lisp)
  for (let i = 0; i < 21; i++)
    one.say(12 + i / 42, SignalKind.Noted, X, everybody ? `2001:db8:9::${i + 1}` : P, -1, { message: 'SMR for 2001:db8:5::/48' })
  return one.findings(60)
}

export const MOBILITY_SCENES: Record<string, RuleScenes> = {
  'T-HIP-HIT': {
    quiet: () => new Scene(SignalProtocol.Hip).open().talk(1).findings(60),
    lookAlikes: {
      damaged: (benign) => hostIdentity({ cut: benign }),
      'unknown-hash': (benign) => hostIdentity(benign ? { hit: '2001:2f::2' } : {}),
      rendezvous: (benign) => answered(X, !benign, true),
      'several-addresses': (benign) => answered(X, true, !benign),
    },
  },
  'T-SHIM-CGA': {
    quiet: () => owned('A4v'),
    lookAlikes: {
      'unseen-parameters': (benign) => owned(benign ? 'A1' : 'AX'),
      'other-prefix': (benign) => owned(benign ? 'A4v' : 'AX'),
      signed: (benign) => owned(benign ? 'A4u' : 'AX'),
    },
  },
  'T-ILNP-NONCE': {
    quiet: () => updated('A1', 'cafe'),
    lookAlikes: {
      'unseen-nonce': (benign) => updated(benign ? 'A0' : 'AX', 'beef'),
      'mid-capture': (benign) => updated('AX', 'beef', !benign),
    },
  },
  'T-MIP-RR': {
    quiet: () => bind('A3v'),
    lookAlikes: {
      'home-agent': (benign) => bind('A3u', benign ? { message: 'BU to home agent' } : {}),
      'static-keys': (benign) => bind('A3u', benign ? { proof: ':aa' } : {}),
      'unseen-test': (benign) => bind('A3u', benign ? { first: false } : {}),
    },
    more: [() => bind('A3u')],
  },
  'T-MIP-HAO': {
    quiet: () => homeAddress({ answered: false, refused: true }),
    lookAlikes: {
      'mid-capture': (benign) => homeAddress({ whole: !benign }),
      refused: (benign) => homeAddress({ refused: benign }),
      ignored: (benign) => homeAddress({ answered: !benign }),
      overtaken: (benign) => homeAddress({ bound: benign }),
    },
  },
  'T-MIP-PREFIX': {
    quiet: () => granted({ prefix: '2001:db8:40:300::/64' }),
    lookAlikes: {
      'moved-router': (benign) => granted(benign ? { name: 'fd00:2::1' } : {}),
      'given-back': (benign) => granted({ givenBack: benign }),
    },
  },
  'T-LISP-OVER': {
    quiet: () => over('fd00:4::/65', 'fd00:4::/64'),
    lookAlikes: {
      'changed-site': (benign) => solicited(benign),
      'site-prefix': (benign) => over(benign ? 'fd00:3::/64' : 'fd00::/16', 'fd00:3::9/128'),
      'same-site': (benign) => over('fd00:2::/48', 'fd00:2::9/128', benign ? E1 : X),
    },
    more: [() => over('::/0', 'fd00:3::/64')],
  },
  'T-LISP-AUTH': {
    quiet: () => over('fd00:3::/64', 'fd00:3::9/128'),
    lookAlikes: {
      'mid-capture': (benign) => unasked(benign ? 3 : 12, 'fd00:#9::/64'),
      'lost-registration': (benign) => registered({ again: benign }),
      'unseen-answers': (benign) => registered({ before: !benign }),
    },
  },
}

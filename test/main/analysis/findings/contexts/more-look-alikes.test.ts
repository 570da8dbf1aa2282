/** What else the catalogue lists of rules about contexts: further ways to fire, and benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import type { ClaimAnswerDetail, ClaimDetail, SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { Association, Connection, opening, Stage, type Wire } from '../../stage.ts'
import { E1, E2, line, P, Scene, X } from '../scene.ts'

const [, A2] = Association.A as [string, string]
const [B1, B2] = Association.B as [string, string]
const ADDED = '198.18.0.9'
const told = (stage: Stage, rule: RegExp, seconds = 60): string[] => {
  stage.finish(seconds)
  return stage.analyzer
    .findings()
    .filter((f) => rule.test(f.rule))
    .map(line)
}
const claim = (stage: Stage, address: string, more: Partial<ClaimDetail> = {}): ClaimDetail => ({
  message: 'ASCONF: Add IP Address',
  address: stage.address(address),
  port: null,
  addressId: null,
  how: 'signalled',
  authentication: 'A1',
  serial: 7,
  correlation: 1,
  wildcard: false,
  ...more,
})
const answer = (detail: ClaimDetail, accepted = true): ClaimAnswerDetail => ({
  message: 'ASCONF-ACK',
  accepted,
  serial: detail.serial,
  correlation: detail.correlation,
  addressId: null,
  address: detail.address,
  authentication: 'A1',
  cause: null,
})
const busy = (): Association => {
  const a = new Association().open()
  for (let i = 0; i < 5; i++)
    a.data(1 + i * 0.1, 0, 0, i)
      .sack(1.04 + i * 0.1, 1, 0, i)
      .data(1.05 + i * 0.1, 1, 0, i)
  return a
}

describe('SCTP: ASCONF', () => {
  /** B asks A to add an address with one serial number, then with others; A answers or not. */
  const asconf = (
    requests: { t: number; serial: number; from?: string; address?: string; answered?: boolean; proof?: 'A1' | 'A3v' }[],
  ): Association => {
    const a = busy()
    const { stage } = a
    for (const { t, serial, from = B1, address = ADDED, answered = true, proof = 'A3v' } of requests) {
      const detail = claim(stage, address, { serial, authentication: proof })
      stage.packet(t, { ...a.wire(1, 0), from }).emit(SignalKind.Claimed, { token: a.token(1), detail })
      if (answered) stage.packet(t + 0.05, a.wire(0, 0)).emit(SignalKind.ClaimAnswered, { token: a.token(0), detail: answer(detail) })
    }
    return a
  }
  const send = (a: Association, t: number, to: string, count: number, first = 5): Association => {
    for (let i = 0; i < count; i++)
      a.stage
        .packet(t + i * 0.02, { ...a.wire(0, 0), to })
        .emit(SignalKind.Payload, { token: a.token(0), space: 1, unit: first + i, span: 1, bytes: 300 })
    return a
  }

  test('T-REDIR-EST fires: an address without AUTH, three packets; quiet: with AUTH, an answered heartbeat, then data', () => {
    const moved = send(asconf([{ t: 2, serial: 7, proof: 'A1' }]), 2.1, ADDED, 3)
    expect(told(moved.stage, /^T-REDIR-EST/)).toEqual([`T-REDIR-EST high 60 @2.14 ${B1} > ${ADDED}`])
    const tested = asconf([{ t: 2, serial: 7 }])
    const probe = { message: 'HEARTBEAT', match: 'aa', authentication: 'A1' } as const
    tested.stage.packet(2.2, { ...tested.wire(0, 0), to: ADDED }).emit(SignalKind.Probed, { token: tested.token(0), detail: probe })
    const back = { ...probe, message: 'HEARTBEAT ACK' }
    tested.stage
      .packet(2.25, { ...tested.wire(1, 0), from: ADDED })
      .emit(SignalKind.ProbeAnswered, { token: tested.token(1), detail: back })
    expect(told(send(tested, 2.3, ADDED, 30).stage, /^T-REDIR-EST|^T-FLOOD/)).toEqual([])
  })
  test('look-alike: one unit is sent again to an address that is not confirmed yet', () => {
    const once = send(asconf([{ t: 2, serial: 7 }]), 2.1, ADDED, 1, 4)
    expect(told(once.stage, /^T-REDIR-EST/)).toEqual([])
  })

  test('T-REPLAY fires: an old serial number from elsewhere; quiet: it wraps, it is sent again, the peer began anew', () => {
    const run = (list: Parameters<typeof asconf>[0]) => told(asconf(list).stage, /^T-REPLAY/, 200)
    const two = [
      { t: 2, serial: 7 },
      { t: 10, serial: 8, address: A2 },
    ]
    expect(run([...two, { t: 60, serial: 7, from: ADDED, answered: false }])).toEqual([`T-REPLAY low 60 @60 ${ADDED} > ${B1}`])
    expect(run([...two, { t: 60, serial: 7, from: ADDED }])).toEqual([`T-REPLAY high 75 @60 ${ADDED} > ${B1}`])
    expect(
      run([
        { t: 2, serial: 0xffffffff },
        { t: 10, serial: 0, address: A2 },
      ]),
    ).toEqual([])
    expect(run([...two, { t: 10.5, serial: 8, address: A2 }])).toEqual([])
    expect(
      run([
        { t: 2, serial: 7, answered: false },
        { t: 5, serial: 7, from: B2, answered: false },
      ]),
    ).toEqual([])
  })

  /** Requests without AUTH of an association that agreed on it, none answered. */
  const attempts = (serials: number[], gap = 5): string[] => {
    const stage = new Stage()
    const a = new Association(stage)
    const capabilities = ['asconf', 'auth', 'asconf-must-be-authenticated']
    const step = (t: number, sender: 0 | 1, n: number): void => {
      const own = n < 3 ? { capabilities, initiateTag: Association.TAG[sender] } : {}
      const kind = n === 4 ? SignalKind.Opened : SignalKind.Opening
      stage.packet(t, a.wire(sender, 0)).emit(kind, { token: n === 1 ? 0 : a.token(sender), detail: opening(`step ${n}`, n, own) })
    }
    for (let n = 1; n <= 4; n++) step(n / 100, n % 2 === 1 ? 0 : 1, n)
    serials.forEach((serial, i) => {
      stage.packet(3 + i * gap, a.wire(1, 0)).emit(SignalKind.Claimed, { token: a.token(1), detail: claim(stage, ADDED, { serial }) })
    })
    return told(stage, /^T-SCTP-NOAUTH/, 400).map((one) => one.split(' @')[0] as string)
  }
  test.each<[string, number[], number, string[]]>([
    ['two', [5, 6], 5, ['T-SCTP-NOAUTH low 75', 'T-SCTP-NOAUTH low 75']],
    ['three within a minute', [5, 6, 7], 5, ['T-SCTP-NOAUTH low 75', 'T-SCTP-NOAUTH low 75', 'T-SCTP-NOAUTH medium 75']],
    ['one that is sent again and again', [5, 5, 5, 5], 5, ['T-SCTP-NOAUTH low 75']],
    ['three over more than a minute', [5, 6, 7], 31, Array(3).fill('T-SCTP-NOAUTH low 75')],
  ])('attempts: %s', (_name, serials, gap, expected) => {
    expect(attempts(serials, gap)).toEqual(expected)
  })
})

describe('MPTCP: attempts that come again', () => {
  const { R } = Connection
  const [, TOKEN] = Connection.TOKEN
  const again = (count: number, what: 'announce' | 'join', gap = 5): string[] => {
    const c = new Connection().open()
    const { stage } = c
    for (let i = 0; i < 5; i++) c.data(0.5 + i * 0.1, 0, 0, 1 + i * 1000).ack(0.52 + i * 0.1, 1, 0, 1001 + i * 1000)
    for (let i = 0; i < count; i++) {
      const t = 15 + i * gap
      if (what === 'announce') {
        const facts = { message: 'ADD_ADDR', addressId: 9 + i, serial: 9 + i, authentication: 'AX' } as const
        stage.packet(t, c.wire(1, 0)).emit(SignalKind.Claimed, { detail: claim(stage, `2001:db8:dead::${i + 1}`, facts) })
        continue
      }
      const there: Wire = { protocol: SignalProtocol.Mptcp, from: X, to: R, fromPort: 45_000 + i, toPort: 443, hops: 60 }
      const back = { ...there, from: R, to: X, fromPort: 443, toPort: 45_000 + i }
      const facts = { joinToken: TOKEN, receiverToken: TOKEN, addressId: 9 }
      stage.packet(t, there).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, facts) })
      const second = { joinToken: TOKEN, senderToken: TOKEN, addressId: 0 }
      stage.packet(t + 0.02, back).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, second) })
      stage.packet(t + 0.03, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
      stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication: 'AX' } })
      const reset: SignalDetail = { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' }
      stage.packet(t + 0.05, back).emit(SignalKind.Refused, { detail: reset })
    }
    return told(stage, /^T-MPTCP/, 200).map((one) => one.split(' ').slice(0, 2).join(' '))
  }
  test('wrong HMACs: the third within a minute is medium', () => {
    expect([again(2, 'join'), again(3, 'join'), again(3, 'join', 31)]).toEqual([
      ['T-MPTCP-JOIN low'],
      ['T-MPTCP-JOIN medium'],
      ['T-MPTCP-JOIN low'],
    ])
    const announced = again(3, 'announce')
    expect([announced.length, announced.at(-1), again(2, 'announce').at(-1)]).toEqual([
      3,
      'T-MPTCP-ANNOUNCE medium',
      'T-MPTCP-ANNOUNCE low',
    ])
  })
})

describe('T-REPLAY of LISP', () => {
  const SITE = 'fd00:2::/64'
  interface Copy {
    nonce?: string
    rloc?: string
    from?: string
    t?: number
    data?: boolean
    moved?: boolean
  }
  /** The site is at E1, later at E2; then the first answer comes again. */
  const again = ({ nonce = 'n1', rloc = E1, from = X, t = 30, data = false, moved = true }: Copy = {}): string[] => {
    const one = new Scene(SignalProtocol.Lisp)
    const map = (at: number, source: string, locator: string, proof: string): void => {
      const more: Partial<ClaimDetail> = { message: 'Map-Reply', how: 'listed', prefixes: [SITE], asked: 'fd00:2::1/128', proof }
      one.say(at, SignalKind.Claimed, source, P, -1, one.detail(locator, more))
    }
    map(1, E1, E1, 'n1')
    one.open(1.5).talk(2)
    if (moved) map(10, E2, E2, 'n2')
    map(t, from, rloc, nonce)
    if (data) one.data(t + 0.1, P, rloc, 0)
    return one.found(60).filter((f) => f.startsWith('T-REPLAY'))
  }
  test.each<[string, string[], string[]]>([
    ['an answered nonce, what is over', again(), [`T-REPLAY low 60 @30 ${X} > ${E1}`]],
    ['and data goes there', again({ data: true }), [`T-REPLAY high 75 @30 ${X} > ${E1}`]],
    ['another router of the site says what holds now', again({ rloc: E2, from: E2 }), []],
    ['a new answer: the site goes back', again({ nonce: 'n3', from: E1 }), []],
    ['nothing has changed since', again({ moved: false }), []],
    ['out of order', again({ t: 12 }), []],
  ])('%s', (_name, found, expected) => {
    expect(found).toEqual(expected)
  })
})

describe('T-BLACKHOLE: many, and nowhere', () => {
  /** One router of three contexts names an address from where it can be reached, as it seems; data dies there. */
  const holes = (count: number, gap: number, proof: 'A2' | 'A4v' = 'A2'): string[] => {
    const scene = new Scene(SignalProtocol.Hip)
    const contexts = Array.from({ length: count }, (_, i) => ({ context: i + 1 }))
    contexts.forEach((one, i) => {
      scene.say(0.1 + i / 100, SignalKind.Opening, P, E1, 0, opening('I2', 1), one)
      scene.say(0.2 + i / 100, SignalKind.Opened, E1, P, 1, opening('R2', 4), one)
    })
    let unit = 1000
    const data = (t: number, from: string, to: string, side: 0 | 1, one: object): void => {
      scene.say(t, SignalKind.Payload, from, to, side, null, { space: 4, unit: unit++, span: 1, bytes: 100, ...one })
    }
    contexts.forEach((one, i) => {
      const t = 3 + i * gap
      data(t - 1, P, E1, 0, one)
      data(t - 0.9, E1, P, 1, one)
      scene.say(t, SignalKind.Claimed, E1, P, 1, scene.detail(`2001:db8:dead::${i + 1}`, { authentication: proof }), one)
      for (let n = 0; n < 40; n++) {
        data(t + 0.1 + n * 0.1, P, `2001:db8:dead::${i + 1}`, 0, one)
        if (n === 20) data(t + 2.15, E1, P, 1, one)
      }
    })
    return scene
      .findings(400)
      .filter((f) => f.rule === 'T-BLACKHOLE')
      .map((f) => f.severity)
  }
  test('two contexts are medium, three within a minute high; further apart, or with a right proof, they are not', () => {
    expect([holes(2, 10), holes(3, 10), holes(3, 40), holes(3, 10, 'A4v')]).toEqual([
      ['medium', 'medium'],
      ['high', 'high', 'high'],
      ['medium', 'medium', 'medium'],
      ['low', 'low', 'low'],
    ])
  })
  test('an address that nobody has needs no other sign', () => {
    const hole = (address: string) =>
      new Scene(SignalProtocol.Ilnp)
        .open()
        .talk(1)
        .claim(30, E1, address)
        .send(30.1, address, 40, 0.1)
        .findings(60)
        .filter((f) => f.rule === 'T-BLACKHOLE')
        .map((f) => f.severity)
    expect([hole('::2'), hole('2001:db8:77::1')]).toEqual([['high'], []])
  })
})

describe('T-REDIR-PRE: the owner gets no answer', () => {
  const M = '203.0.113.66'
  const OWNER = '203.0.113.99'
  const V = '192.0.2.10'
  const silence = (hops: number, answered = false, active = true): string[] => {
    const stage = new Stage()
    const wire = (from: string, to: string, h = 64): Wire => {
      const own = from === V
      return { protocol: SignalProtocol.Sctp, from, to, fromPort: own ? 5071 : 45_001, toPort: own ? 45_001 : 5071, hops: h }
    }
    stage.packet(1, wire(M, V, 55)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xaaaa }) })
    const listed = { message: 'INIT', how: 'listed', serial: null, correlation: null } as const
    for (const one of [M, OWNER]) stage.emit(SignalKind.Claimed, { detail: claim(stage, one, listed) })
    stage.packet(1.02, wire(V, M)).emit(SignalKind.Opening, { token: 0xaaaa, detail: opening('INIT ACK', 2, { initiateTag: 0xbbbb }) })
    stage.packet(1.03, wire(M, V, 55)).emit(SignalKind.Opening, { token: 0xbbbb, detail: opening('COOKIE ECHO', 3) })
    stage.packet(1.05, wire(V, M)).emit(SignalKind.Opened, { token: 0xaaaa, detail: opening('COOKIE ACK', 4) })
    const t = active ? 20 : 400
    stage.packet(t, wire(OWNER, V, hops)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xcccc }) })
    if (answered)
      stage
        .packet(t + 0.02, wire(V, OWNER))
        .emit(SignalKind.Opening, { token: 0xcccc, detail: opening('INIT ACK', 2, { initiateTag: 0xdddd }) })
    return told(stage, /^T-REDIR-PRE/, t + 60).map((one) => one.split(' @')[0] as string)
  }
  test('fires when the owner is another machine; quiet when it is answered, may be the claimant itself, or the peer was not captured', () => {
    expect([silence(60), silence(60, true), silence(55), silence(60, false, false)]).toEqual([['T-REDIR-PRE high 70'], [], [], []])
  })
})

describe('T-UNKLOC: look-alikes', () => {
  test('IKEv2 with MOBIKE, QUIC and Mobile IPv6: their packets may come from anywhere', () => {
    for (const protocol of [SignalProtocol.Ikev2, SignalProtocol.Quic, SignalProtocol.Mip6]) {
      const found = new Scene(protocol).open().talk(1).data(3, X, P, 1).send(3.1, X, 2).found(60)
      expect(found.filter((f) => f.startsWith('T-UNKLOC'))).toEqual([])
    }
  })
  test('Shim6 between forked pairs: the locators of both are in the lists', () => {
    const one = new Scene(SignalProtocol.Shim6).open()
    for (const address of [E1, E2]) one.claim(0.5, E1, address, { message: 'I2: Locator List', how: 'listed' })
    expect(
      one
        .talk(1)
        .data(3, E2, P, 1)
        .send(3.1, E2, 2)
        .found(60)
        .filter((f) => f.startsWith('T-UNKLOC')),
    ).toEqual([])
  })
  test('the end of an association in use from its second address', () => {
    const a = busy()
    a.data(3, 1, 1, 5).sack(3.05, 0, 1, 5)
    expect(told(a.stage, /^T-UNKLOC/)).toEqual([])
  })
})

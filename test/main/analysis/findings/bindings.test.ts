/** Rules of Mobile IPv6 with its family, of LISP and of QUIC. */
import { describe, expect, test } from 'vitest'
import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { opening } from '../stage.ts'
import { C, E1, E2, P, Scene, X } from './scene.ts'

const mip = (scene: Scene, rule = 'T-MIP') => scene.found(600).filter((f) => f.startsWith(rule))

/** A test of the care-of address `node` by P, answered. */
function careOfTest(scene: Scene, t: number, node: string): Scene {
  scene.say(t, SignalKind.Probed, node, P, 1, { message: 'CoTI', match: `c${t}`, authentication: 'A0' })
  return scene.say(t + 0.01, SignalKind.ProbeAnswered, P, node, 0, { message: 'CoT', match: `c${t}`, authentication: 'A1' })
}

describe('T-MIP-RR', () => {
  const base = () =>
    careOfTest(new Scene(SignalProtocol.Mip6).open(), 0.5, E1)
      .claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' })
      .talk(1)
  const bind = (authentication: ClaimAuthentication, tested: boolean, effect: 'none' | 'ack' | 'data' | 'refused', message = 'BU') => {
    const scene = base()
    if (tested) careOfTest(scene, 2, C)
    scene.claim(3, C, C, { message, serial: 2, authentication })
    if (effect === 'ack' || effect === 'refused')
      scene.answer(3.02, C, C, {
        serial: 2,
        accepted: effect === 'ack',
        code: effect === 'ack' ? 0 : 136,
        cause: effect === 'ack' ? null : 'expired home nonce',
      })
    if (effect === 'data') scene.send(3.1, C, 3)
    return mip(scene)
  }

  test('fires: a wrong authenticator, a care-of address without a test; high when accepted or used', () => {
    expect(bind('AX', true, 'ack')).toEqual([`T-MIP-RR high 85 @3 ${C} > ${C}`])
    expect(bind('AX', true, 'none')).toEqual([`T-MIP-RR low 85 @3 ${C} > ${C}`])
    expect(bind('A3u', false, 'data')).toEqual([`T-MIP-RR high 60 @3 ${C} > ${C}`])
    expect(bind('A3u', false, 'refused')).toEqual([`T-MIP-RR low 60 @3 ${C} > ${C}`])
  })

  test('quiet: tested, and proven right; a registration at the home agent', () => {
    expect(bind('A3v', true, 'ack')).toEqual([])
    expect(bind('A3u', true, 'ack')).toEqual([])
    expect(bind('A3u', false, 'ack', 'BU to home agent')).toEqual([])
  })

  test('quiet: its own question was captured, and the answer is among what the capture lost', () => {
    const asked = (node: string): string[] => {
      const scene = base().say(2, SignalKind.Probed, node, P, 1, { message: 'CoTI', match: 'c2', authentication: 'A0' })
      return mip(scene.claim(3, C, C, { message: 'BU', serial: 2, authentication: 'A3u' }).send(3.1, C, 3))
    }
    expect(asked(C)).toEqual([])
    expect(asked(E1)).toEqual([`T-MIP-RR high 60 @3 ${C} > ${C}`])
  })

  test('mid: the tests may have been before the capture', () => {
    expect(
      mip(new Scene(SignalProtocol.Mip6).talk(0.5).claim(3, C, C, { message: 'BU', serial: 2, authentication: 'A3u' }).send(3.1, C, 3)),
    ).toEqual([])
    expect(
      mip(
        new Scene(SignalProtocol.Mip6)
          .open()
          .claim(3, E1, E1, { message: 'BU', serial: 2, authentication: 'A3u' })
          .answer(3.1, E1, E1, { serial: 2 }),
      ),
    ).toEqual([])
  })
})

describe('T-MIP-PREFIX', () => {
  const register = (code: number) =>
    mip(
      new Scene(SignalProtocol.Mip6)
        .open()
        .claim(3, E1, E1, { message: 'BU to home agent', serial: 2, prefixes: ['2001:db8:40:200::/64'] })
        .answer(3.02, E1, E1, { serial: 2, accepted: code < 128, code, cause: code < 128 ? null : 'Invalid prefix' }),
    )

  test('fires on 141 and 142; quiet when granted or refused for something else', () => {
    expect(register(141)).toEqual([`T-MIP-PREFIX low 70 @3 ${E1} > ${P}`])
    expect(register(142)).toHaveLength(1)
    expect(register(0)).toEqual([])
    expect(register(135)).toEqual([])
  })
})

test('T-MIP-PREFIX: three different prefixes refused within a minute are medium, one three times is low', () => {
  const tried = (prefixes: string[], gap = 5) => {
    const one = new Scene(SignalProtocol.Mip6).open()
    prefixes.forEach((prefix, i) => {
      const t = 3 + i * gap
      one.claim(t, E1, E1, { message: 'BU to home agent', serial: 2 + i, prefixes: [prefix] })
      one.answer(t + 0.02, E1, E1, { serial: 2 + i, accepted: false, code: 141, cause: 'Invalid prefix' })
    })
    return mip(one).map((found) => found.split(' ')[1])
  }
  const [a, b, c] = ['2001:db8:1::/64', '2001:db8:2::/64', '2001:db8:3::/64'] as [string, string, string]
  expect([tried([a, b, c]), tried([a, a, a]), tried([a, b, c], 31)]).toEqual([
    ['low', 'low', 'medium'],
    ['low', 'low', 'low'],
    ['low', 'low', 'low'],
  ])
})

describe('T-MIP-PREFIX, two holders', () => {
  const PREFIX = '2001:db8:40:200::/64'
  interface Second {
    at?: number
    name?: string
    prefix?: string
    accepted?: boolean
    server?: string
    givenBack?: number
  }
  /** E1 is granted a prefix for 60 s; then C, bound under another home address, is granted it too. */
  const second = ({ at = 10, name = 'fd00:3::1', prefix = PREFIX, accepted = true, server = P, givenBack }: Second = {}) => {
    const scene = new Scene(SignalProtocol.Mip6).open()
    const grant = { accepted: true, code: 0, lifetime: 60 }
    scene
      .claim(3, E1, E1, { message: 'BU to home agent', serial: 2, prefixes: [PREFIX], lifetime: 60 })
      .answer(3.02, E1, E1, { serial: 2, ...grant })
    if (givenBack !== undefined)
      scene.say(
        givenBack,
        SignalKind.Withdrawn,
        E1,
        P,
        1,
        scene.detail(E1, { message: 'BU to home agent, lifetime 0', authentication: 'A3u' }),
      )
    const other = { context: 2 }
    scene.say(at - 0.1, SignalKind.Opening, C, server, 1, opening('BU', 1, { sender: [{ kind: 'home-address', value: name }] }), other)
    scene.say(at, SignalKind.Claimed, C, server, 1, scene.detail(C, { message: 'BU to home agent', serial: 7, prefixes: [prefix] }), other)
    scene.say(
      at + 0.02,
      SignalKind.ClaimAnswered,
      server,
      C,
      0,
      {
        message: 'BA',
        accepted,
        serial: 7,
        correlation: null,
        addressId: null,
        address: scene.stage.address(C),
        authentication: 'A1',
        cause: null,
        code: accepted ? 0 : 130,
        lifetime: 60,
      },
      other,
    )
    return mip(scene, 'T-MIP-PREFIX')
  }

  test('fires: both hold it at a time', () => {
    expect(second()).toEqual([`T-MIP-PREFIX medium 70 @10 ${C} > ${E1}`])
    expect(second({ at: 62 })).toHaveLength(1)
  })
  test.each<[string, Second]>([
    ['the router itself at another care-of address', { name: 'fd00:2::1' }],
    ['the first binding has run out', { at: 64 }],
    ['it was given back', { givenBack: 6 }],
    ['another prefix', { prefix: '2001:db8:40:300::/64' }],
    ['it was not granted', { accepted: false }],
    ['another server', { server: X }],
  ])('quiet: %s', (_name, facts) => {
    expect(second(facts)).toEqual([])
  })
})

describe('T-MIP-HAO', () => {
  const run = (answered: boolean, error: boolean) => {
    const scene = careOfTest(new Scene(SignalProtocol.Mip6).open(), 0.5, E1)
      .claim(0.6, E1, E1, { message: 'BU', serial: 1, authentication: 'A3v' })
      .talk(1)
      .data(5, X, P, 1)
    if (error)
      scene.say(5.1, SignalKind.Refused, P, X, 0, {
        message: 'BE',
        abrupt: true,
        final: false,
        cause: 'unknown binding',
        authentication: 'A0',
      })
    if (answered) scene.send(5.2, X, 2)
    return mip(scene, 'T-MIP-HAO')
  }

  test('fires: data from where no binding is, answered there; quiet with a Binding Error or no answer', () => {
    expect(run(true, false)).toEqual([`T-MIP-HAO medium 55 @5 ${X} > ${P}`])
    expect(run(false, true)).toEqual([])
    expect(run(false, false)).toEqual([])
  })
})

describe('LISP', () => {
  const SITE = 'fd00:2::/64'
  const map = (scene: Scene, t: number, from: string, prefix: string, rloc: string, more: object = {}) =>
    scene.say(t, SignalKind.Claimed, from, P, -1, {
      ...scene.detail(rloc, { message: 'Map-Reply', how: 'listed', prefixes: [prefix], lifetime: 86_400, ...more }),
    })
  const probe = (scene: Scene, t: number, to: string, answered: boolean) => {
    scene.say(t, SignalKind.Probed, P, to, -1, { message: 'RLOC-probe', match: `p${t}`, authentication: 'A0' })
    if (answered) {
      scene.say(t + 0.01, SignalKind.ProbeAnswered, to, P, -1, { message: 'Map-Reply to RLOC-probe', match: `p${t}`, authentication: 'A1' })
      scene.say(t + 0.01, SignalKind.Verified, to, P, -1, { message: 'Map-Reply to RLOC-probe', authentication: 'A1' })
    }
    return scene
  }
  const site = (probing = true) => {
    const scene = map(new Scene(SignalProtocol.Lisp), 0.1, E1, SITE, E1, { asked: 'fd00:2::1/128' })
    if (probing) probe(scene, 0.2, E1, true)
    return scene.open(0.5).talk(1)
  }
  const found = (scene: Scene, rule = 'T-') => scene.found(60).filter((f) => f.startsWith(rule))

  test('T-REDIR-EST: the mapping lists a locator that answers no probe', () => {
    expect(found(map(site(), 3, E1, SITE, C, { asked: 'fd00:2::1/128' }).send(3.1, C, 5))).toEqual([
      `T-REDIR-EST high 60 @3.14 ${E1} > ${C}`,
    ])
  })

  test('quiet: it answers the probe; look-alike: this router probes nobody', () => {
    expect(found(probe(map(site(), 3, E1, SITE, E2, { asked: 'fd00:2::1/128' }), 3.05, E2, true).send(3.1, E2, 50))).toEqual([])
    expect(found(map(site(false), 3, E1, SITE, E2, { asked: 'fd00:2::1/128' }).send(3.1, E2, 50))).toEqual([])
  })

  test("T-LISP-OVER: an answer that swallows others' mappings; high when data follows", () => {
    const claims = (prefix: string, data: boolean) => {
      const scene = map(site(), 3, X, prefix, X, { asked: 'fd00:3::9/128' })
      if (data) scene.say(3.1, SignalKind.Payload, P, X, 0, null, { context: 2, unit: 1, bytes: 100 })
      return found(scene, 'T-LISP-OVER')
    }
    expect(claims('fd00::/16', false)).toEqual([`T-LISP-OVER medium 60 @3 ${X} > ${P}`])
    expect(claims('fd00::/16', true)).toEqual([`T-LISP-OVER high 60 @3 ${X} > ${P}`])
    // quiet: the site's own prefix for a host, exact or longer
    expect(claims('fd00:3::/64', true)).toEqual([])
    expect(claims('fd00:3::9/128', true)).toEqual([])
  })

  test('T-LISP-OVER: shorter than the prefix that was asked for', () => {
    const over = (prefix: string) => found(map(site(), 3, X, prefix, X, { asked: 'fd00:4::/64' }), 'T-LISP-OVER').length
    expect(['fd00:4::/32', 'fd00:4::/63', 'fd00:4::/64', 'fd00:4::/65'].map(over)).toEqual([1, 1, 0, 0])
  })

  test('T-LISP-AUTH: an answer to no question; quiet when it is no news or may answer one from before the capture', () => {
    expect(found(map(site(), 3, X, SITE, X, { authentication: 'A0' }), 'T-LISP-AUTH')).toEqual([`T-LISP-AUTH low 55 @3 ${X} > ${P}`])
    expect(found(map(site(), 3, E1, SITE, E1, { authentication: 'A0' }), 'T-LISP-AUTH')).toEqual([])
    expect(found(map(site(), 3, X, 'fd00:9::/64', X, { authentication: 'A0' }), 'T-LISP-AUTH')).toEqual([])
    expect(found(map(site(), 11, X, 'fd00:9::/64', X, { authentication: 'A0' }), 'T-LISP-AUTH')).toHaveLength(1)
  })

  test('T-LISP-AUTH: a registration that the server does not confirm', () => {
    const register = (second: 'confirmed' | 'not' | 'again') => {
      const scene = new Scene(SignalProtocol.Lisp)
      const ask = (t: number, serial: number, rloc: string) =>
        scene.say(
          t,
          SignalKind.Claimed,
          P,
          E2,
          -1,
          scene.detail(rloc, { message: 'Map-Register, wants Map-Notify', how: 'listed', authentication: 'A3u', serial, prefixes: [SITE] }),
        )
      const notify = (t: number, serial: number, rloc: string) =>
        scene.say(t, SignalKind.ClaimAnswered, E2, P, -1, {
          message: 'Map-Notify',
          accepted: true,
          serial,
          correlation: null,
          addressId: null,
          address: scene.stage.address(rloc),
          authentication: 'A3u',
          cause: null,
          prefixes: [SITE],
        })
      ask(1, 11, P)
      notify(1.02, 11, P)
      ask(5, 12, X)
      if (second === 'confirmed') notify(5.02, 12, X)
      if (second === 'again') {
        ask(8, 13, X)
        notify(8.02, 13, X)
      }
      return found(scene, 'T-LISP-AUTH')
    }
    expect(register('not')).toEqual([`T-LISP-AUTH low 55 @5 ${P} > ${E2}`])
    expect(register('confirmed')).toEqual([])
    expect(register('again')).toEqual([])
  })

  test('T-UNKLOC: data for an EID from a locator that its mapping does not have; unknown mappings say nothing', () => {
    expect(found(site().data(5, X, P, 1), 'T-UNKLOC')).toEqual([`T-UNKLOC low 55 @5 ${X} > ${E1}`])
    expect(found(new Scene(SignalProtocol.Lisp).open(0.5).talk(1).data(5, X, P, 1), 'T-UNKLOC')).toEqual([])
  })
})

describe('T-LISP-OVER, solicitations', () => {
  const solicit = (count: number, seconds: number) => {
    const scene = new Scene(SignalProtocol.Lisp)
    for (let i = 0; i < count; i++)
      scene.say(12 + (i * seconds) / count, SignalKind.Noted, X, P, -1, { message: 'SMR for 2001:db8:5::/48' })
    return scene.found(60).filter((f) => f.startsWith('T-LISP'))
  }

  test('fires on the 21st in a second; quiet at 20, or over two seconds', () => {
    expect(solicit(21, 0.5)).toEqual([`T-LISP-OVER medium 60 @12.476 ${X} > ${P}`])
    expect(solicit(20, 0.5)).toEqual([])
    expect(solicit(40, 2)).toEqual([])
  })
})

describe('T-QUIC-AMP', () => {
  const handshake = (answers: number, validated: boolean, read = true, clock = (t: number) => t) => {
    const scene = new Scene(SignalProtocol.Quic)
    const wire = { protocol: SignalProtocol.Quic, fromPort: 5000, toPort: 443, from: X, to: P }
    const back = { ...wire, from: P, to: X, fromPort: 443, toPort: 5000 }
    const { stage } = scene
    stage.packet(clock(1), wire, 1200).emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('Initial', 1) })
    for (let i = 0; i < answers; i++) {
      stage.packet(clock(1.01 + i * 0.001), back, 1200)
      if (read) stage.emit(SignalKind.Opening, { context: 1, side: 1, detail: opening('Initial', 2) })
    }
    if (validated) stage.packet(clock(1.1), wire, 100).emit(SignalKind.Noted, { context: 1, side: 0, detail: { message: 'Handshake' } })
    return scene.found(60).filter((f) => f.startsWith('T-QUIC'))
  }

  test('fires above three times; quiet at three times, or once the client has answered', () => {
    expect(handshake(4, false)).toEqual([`T-QUIC-AMP medium 80 @1 ${P} > ${X}`])
    expect(handshake(3, false)).toEqual([])
    expect(handshake(10, true)).toEqual([])
    // the capture cut all answers
    expect(handshake(10, true, false)).toEqual([])
    expect(handshake(10, false, false)).toEqual([`T-QUIC-AMP medium 80 @1 ${P} > ${X}`])
  })

  test.each([
    ['whole seconds only', Math.floor],
    ['before the first packet of the file', (t: number) => t - 3],
  ])('clocks: %s', (_, clock) => {
    expect(handshake(10, true, true, clock)).toEqual([])
    expect(handshake(10, false, true, clock)).toHaveLength(1)
  })
})

/** T-TIMESHIFT, T-ACKSPOOF, T-FLOODDIR, and the thresholds themselves. */
import { describe, expect, test } from 'vitest'
import { THRESHOLDS, thresholds } from '../../../../../main/analysis/findings/thresholds.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { Association, Stage } from '../../stage.ts'
import { C, E1, E2, line, P, Scene } from '../scene.ts'

const shifts = (scene: Scene, seconds: number) => scene.found(seconds).filter((f) => f.startsWith('T-TIMESHIFT'))

describe('T-TIMESHIFT', () => {
  const bound = (lifetime: number, message = 'BU') =>
    new Scene(SignalProtocol.Mip6)
      .open()
      .claim(1, E2, E2, { message, serial: 1, lifetime, authentication: 'A3v', proofAge: 1 })
      .also(SignalKind.Verified, 1, { message: 'CoT used by BU', authentication: 'A3v' })

  test('(a) a correspondent grants more than 420 s', () => {
    const granted = (lifetime: number, message = 'BU') =>
      shifts(bound(lifetime, message).answer(1.02, E2, E2, { serial: 1, lifetime, code: 0 }), 20)
    expect(granted(424)).toEqual([`T-TIMESHIFT medium 90 @1.02 ${E2} > ${P}`])
    expect(granted(420)).toEqual([])
    // look-alike: a registration at the home agent
    expect(granted(3600, 'BU to home agent')).toEqual([])
  })

  test('(a) look-alikes: just 420 s, or a home agent', () => {
    const granted = (lifetime: number, message: string) => shifts(bound(lifetime, message).answer(1.1, E2, E2, { serial: 1, lifetime }), 20)
    expect(granted(424, 'BU')).toHaveLength(1)
    expect(granted(420, 'BU')).toEqual([])
    expect(granted(4000, 'BU to home agent')).toEqual([])
  })

  test('(b) data goes on after the binding has run out and its node has fallen silent', () => {
    const used = (at: number, refreshed: boolean) => {
      const scene = bound(420).answer(1.02, E2, E2, { serial: 1, lifetime: 420, code: 0 }).talk(2, E2)
      if (refreshed) scene.claim(300, E2, E2, { message: 'BU', serial: 2, lifetime: 420, authentication: 'A3v', proofAge: 1 })
      return shifts(scene.send(at, E2, 5), at + 20)
    }
    expect(used(501, false)).toEqual([`T-TIMESHIFT high 55 @501 ${E2} > ${E2}`])
    expect(used(415, false)).toEqual([])
    // quiet: refreshed in between
    expect(used(501, true)).toEqual([])
  })

  test('(b) look-alike: the node is still heard there', () => {
    const scene = bound(420).answer(1.02, E2, E2, { serial: 1, lifetime: 420, code: 0 }).talk(2, E2).data(480, E2, P, 1)
    expect(shifts(scene.send(501, E2, 5), 530)).toEqual([])
  })

  test('(c) tokens older than 240 s: an attempt, medium when accepted', () => {
    const old = (proofAge: number) =>
      new Scene(SignalProtocol.Mip6).open().claim(400, E2, E2, { message: 'BU', serial: 1, lifetime: 420, authentication: 'A3v', proofAge })
    expect(shifts(old(300), 450)).toEqual([`T-TIMESHIFT low 60 @400 ${E2} > ${P}`])
    expect(shifts(old(300).answer(400.1, E2, E2, { serial: 1, lifetime: 420, code: 0 }), 450)).toEqual([
      `T-TIMESHIFT medium 60 @400 ${E2} > ${P}`,
    ])
    expect(shifts(old(240), 450)).toEqual([])
  })
})

describe('T-ACKSPOOF', () => {
  const spoofs = (steps: (a: Association) => void) => {
    const a = new Association().open()
    for (let i = 0; i < 10; i++) a.data(1 + i * 0.05, 0, 0, i).sack(1.02 + i * 0.05, 1, 0, i)
    steps(a)
    a.stage.finish(60)
    return a.stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-ACKSPOOF')
      .map(line)
  }

  /** Two acknowledgements over a path for what is sent over the first one only afterwards. */
  const twiceEarly = (path: 0 | 1) => (a: Association) => {
    for (const [t, top] of [
      [2, 10],
      [3, 40],
    ] as const) {
      a.sack(t, 1, path, top + 29)
      for (let i = 0; i < 30; i++) a.data(t + 0.1 + i * 0.01, 0, 0, top + i)
      a.sack(t + 0.5, 1, 0, top + 29)
    }
    a.heartbeat(8, 0, 0, 'aa').heartbeat(20, 0, 0, 'bb')
  }

  test('fires: twice acknowledged before it was sent', () => {
    expect(spoofs(twiceEarly(0)).map((f) => f.split(' @')[0])).toEqual(['T-ACKSPOOF medium 85'])
  })

  test('quiet: it came on another interface than the data, and their clocks may differ', () => {
    const found = spoofs((a) => {
      a.heartbeat(1.8, 0, 1, 'a').heartbeat(1.82, 1, 1, 'a', true)
      twiceEarly(1)(a)
    })
    expect(found).toEqual([])
  })

  test('quiet: once is an accident', () => {
    const found = spoofs((a) => {
      a.sack(2, 1, 0, 39)
      for (let i = 0; i < 30; i++) a.data(2.1 + i * 0.01, 0, 0, 10 + i)
      a.sack(2.5, 1, 0, 39).heartbeat(8, 0, 0, 'aa').heartbeat(20, 0, 0, 'bb')
    })
    expect(found).toEqual([])
  })

  test('quiet: the capture lost the data; look-alike: it was seen a moment late', () => {
    expect(spoofs((a) => a.sack(2, 1, 0, 39).data(2.1, 0, 0, 40).sack(3, 1, 0, 80).data(3.1, 0, 0, 81).heartbeat(20, 0, 0, 'aa'))).toEqual(
      [],
    )
    expect(
      spoofs((a) => {
        for (const [t, top] of [
          [2, 10],
          [3, 40],
        ] as const) {
          a.sack(t, 1, 0, top + 29)
          for (let i = 0; i < 30; i++) a.data(t + 0.0001 * i, 0, 0, top + i)
          a.sack(t + 0.5, 1, 0, top + 29)
        }
        a.heartbeat(20, 0, 0, 'aa')
      }),
    ).toEqual([])
  })
})

describe('T-FLOODDIR', () => {
  const flood = (perSecond: number, seconds: number, answered: boolean, start = 12) => {
    const stage = new Stage()
    const out = { protocol: SignalProtocol.Udp, from: '198.18.0.1', to: '192.0.2.1', fromPort: 5000, toPort: 6000 }
    const back = { protocol: SignalProtocol.Udp, from: '192.0.2.1', to: '198.18.0.1', fromPort: 6000, toPort: 5000 }
    for (let s = 0; s < seconds; s++)
      for (let i = 0; i < perSecond; i++) {
        const t = start + s + i / (perSecond + 1)
        stage.packet(t, out).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 10 })
        if (answered && i % 10 === 0)
          stage.packet(t, back).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 10 })
      }
    stage.finish(40)
    return stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-FLOODDIR')
      .map((f) => `${f.severity} ${f.confidence} ${f.victim}`)
  }

  test('fires on a lasting unanswered rate; quiet when answered, short or slow', () => {
    expect(flood(1500, 5, false)).toEqual(['low 50 192.0.2.1'])
    expect(flood(1500, 5, true)).toEqual([])
    expect(flood(1500, 2, false)).toEqual([])
    expect(flood(1000, 5, false)).toEqual([])
  })

  test('look-alike: a collector that is always busy and never answers', () => {
    expect(flood(1200, 20, false, 1)).toEqual([])
  })
})

describe('thresholds', () => {
  test("defaults are the catalogue's", () => {
    expect(thresholds()).toEqual(THRESHOLDS)
    expect([THRESHOLDS.redirectPackets, THRESHOLDS.floodBytes, THRESHOLDS.bindingMost, THRESHOLDS.guessDistinct]).toEqual([
      3, 65_536, 420e9, 64,
    ])
  })

  test('of a site file decide: a redirection of five packets is none when six are asked for', () => {
    const redirected = (thresholds: Record<string, number>) =>
      new Scene(SignalProtocol.Ilnp, 1, { interfaces: [], thresholds })
        .open()
        .talk(1)
        .claim(3, E1, C)
        .answer(3.01, E1, C)
        .send(3.1, C, 5)
        .found(20).length
    expect([redirected({}), redirected({ redirectPackets: 5 }), redirected({ redirectPackets: 6 })]).toEqual([1, 1, 0])
  })

  test("a user's values are checked", () => {
    expect(thresholds({ redirectPackets: 5 }).redirectPackets).toBe(5)
    for (const wrong of [
      { redirectPackets: -1 },
      { floodRate: Number.NaN },
      { verifyGrace: 2e9 },
      { amplification: 0.5 },
      { unknown: 1 } as never,
    ])
      expect(() => thresholds(wrong)).toThrow(RangeError)
  })
})

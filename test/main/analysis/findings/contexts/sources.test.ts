/** T-UNKLOC, T-TAG, T-ESP-LOC, T-WG-ROAM: packets from where nobody expected them, and tokens that are tried out. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { Association, opening, Stage } from '../../stage.ts'
import { E1, E2, line, P, P2, Scene, X } from '../scene.ts'

describe('T-UNKLOC', () => {
  const association = () => {
    const a = new Association().open()
    for (let i = 0; i < 5; i++)
      a.data(1 + i * 0.1, 1, 0, i)
        .sack(1.01 + i * 0.1, 0, 0, i)
        .data(1.02 + i * 0.1, 0, 0, i)
    return a
  }
  const stranger = (a: Association, t: number, from: string, tsn: number) =>
    a.stage
      .packet(t, { ...a.wire(1, 0), from, hops: 50 })
      .emit(SignalKind.Payload, { token: a.token(1), space: UnitSpace.Tsn, unit: tsn, span: 1, bytes: 300 })
  const found = (a: Association) => {
    a.stage.finish(60)
    return a.stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-UNKLOC')
      .map(line)
  }

  test('fires: data from an unlisted address, acknowledged: medium; not: an attempt', () => {
    const taken = association()
    stranger(taken, 3, '198.18.0.66', 5)
    taken.sack(3.1, 0, 0, 5)
    expect(found(taken)).toEqual(['T-UNKLOC medium 55 @3 198.18.0.66 > 203.0.113.10'])
    const dropped = association()
    stranger(dropped, 3, '198.18.0.66', 5)
    expect(found(dropped)).toEqual(['T-UNKLOC low 55 @3 198.18.0.66 > 203.0.113.10'])
  })

  test('quiet: the second address of the INIT ACK sends', () => {
    expect(found(association().data(3, 1, 1, 5).sack(3.1, 0, 1, 5))).toEqual([])
  })

  test('look-alikes: a translator in the same prefix, a claim that comes behind', () => {
    const nat = association()
    stranger(nat, 3, '203.0.113.200', 5)
    expect(found(nat)).toEqual([])
    const late = association()
    stranger(late, 3, '198.18.0.66', 5)
    const { stage } = late
    const detail = {
      message: 'ASCONF: Add IP Address',
      address: stage.address('198.18.0.66'),
      port: null,
      addressId: null,
      how: 'signalled',
      authentication: 'A3v',
      serial: 1,
      correlation: 1,
      wildcard: false,
    } as const
    stage.packet(5, late.wire(1, 0)).emit(SignalKind.Claimed, { token: late.token(1), detail })
    expect(found(late)).toEqual([])
  })

  test('look-alikes: protocols whose packets may come from anywhere; contexts from before the capture', () => {
    expect(new Scene(SignalProtocol.Quic).open().talk(1).data(3, X, P, 1).send(3.1, X, 5).found(60)).toEqual([])
    expect(new Scene(SignalProtocol.Ilnp).talk(1).data(3, X, P, 1).found(60)).toEqual([])
  })

  test('HIP data from an unknown address that is answered there', () => {
    const found = new Scene(SignalProtocol.Hip).open().talk(1).data(3, X, P, 1).send(3.1, X, 1).found(60)
    expect(found.filter((f) => f.startsWith('T-UNKLOC'))).toEqual([`T-UNKLOC medium 55 @3 ${X} > ${E1}`])
  })
})

describe('T-TAG', () => {
  const guesses = (start: number, tags: number, same: boolean, sources = 1) => {
    const scene = new Scene(SignalProtocol.Shim6)
    for (let i = 0; i < tags; i++)
      scene.say(start + i * 0.025, SignalKind.Payload, `2001:db8:bad::${(i % sources) + 1}`, P, -1, null, {
        token: same ? 77 : 1000 + Math.imul(i + 1, 0x9e3779b1),
        space: UnitSpace.Datagram,
        unit: i,
        bytes: 10,
      })
    return scene.found(60)
  }

  test('fires at the 64th tag, not at the 63rd', () => {
    expect([63, 64, 65].map((n) => guesses(12, n, false).length)).toEqual([0, 1, 1])
    expect(guesses(12, 200, false)).toEqual(['T-TAG medium 60 @13.575 2001:db8:bad::1 > 2001:db8:1::10'])
  })

  test('look-alikes: one old tag again and again, the start of a capture, many sources', () => {
    expect(guesses(12, 200, true)).toEqual([])
    expect(guesses(0, 200, false)).toEqual([])
    expect(guesses(12, 200, false, 20)).toEqual([])
    expect([8, 9].map((sources) => guesses(12, 200, false, sources).length)).toEqual([1, 0])
  })
})

describe('one association, two sources', () => {
  const packets = (protocol: SignalProtocol, order: string[], same = false) => {
    const stage = new Stage()
    order.forEach((from, i) => {
      stage
        .packet(1 + i * 0.1, { protocol, from, to: P, fromPort: protocol === SignalProtocol.Wireguard ? 51_820 : 0, toPort: 0 })
        .emit(SignalKind.Payload, { token: 0xabcd, space: UnitSpace.IpsecSequence, unit: same ? i >> 1 : i, span: 1, bytes: 100 })
    })
    stage.finish(60)
    return stage.analyzer
      .findings()
      .filter((f) => /ESP|WG/.test(f.rule))
      .map(line)
  }
  const alternate = (n: number) => Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? E1 : E2))

  test('ESP: fires on sources in turn, ten of each; nine are too few', () => {
    expect(packets(SignalProtocol.Esp, alternate(14))).toHaveLength(1)
    expect(packets(SignalProtocol.Esp, alternate(9))).toEqual([])
  })

  test('quiet: one switch, or every packet on both paths', () => {
    expect(packets(SignalProtocol.Esp, [...Array(20).fill(E1), ...Array(20).fill(E2)])).toEqual([])
    expect(packets(SignalProtocol.Esp, alternate(20), true)).toEqual([])
  })

  test('WireGuard: a single move is a remark, alternation is medium', () => {
    expect(packets(SignalProtocol.Wireguard, [...Array(20).fill(E1), ...Array(20).fill(P2)])).toEqual([
      `T-WG-ROAM info 60 @3.2 ${P2} > ${E1}`,
    ])
    expect(packets(SignalProtocol.Wireguard, alternate(14)).map((f) => f.split(' ')[1])).toContain('medium')
  })
})

describe('T-TAG: more of it', () => {
  test('SPIs: fires when each comes once; quiet when they are used', () => {
    const spis = (repeats: number, interleaved: boolean, answered = false) => {
      const stage = new Stage()
      if (answered)
        stage
          .packet(11, { protocol: SignalProtocol.Esp, from: P, to: X, fromPort: 0, toPort: 0 })
          .emit(SignalKind.Payload, { token: 7, space: UnitSpace.IpsecSequence, unit: 1, span: 1, bytes: 100 })
      const say = (t: number, token: number): void => {
        stage
          .packet(t, { protocol: SignalProtocol.Esp, from: X, to: P, fromPort: 0, toPort: 0 })
          .emit(SignalKind.Payload, { token, space: UnitSpace.IpsecSequence, unit: 1, span: 1, bytes: 100 })
      }
      const order = Array.from({ length: 80 * repeats }, (_, i) => (interleaved ? i % 80 : Math.floor(i / repeats)))
      order.forEach((n, i) => {
        say(12 + (i * 4) / order.length, 1000 + Math.imul(n + 1, 0x9e3779b1))
      })
      stage.finish(60)
      return stage.analyzer
        .findings()
        .filter((f) => f.rule === 'T-TAG')
        .map((f) => `${f.severity} ${f.confidence} ${f.claimant} > ${f.victim}`)
    }
    const told = [`medium 60 ${X} > ${P}`]
    expect([spis(1, false), spis(2, false), spis(2, true), spis(1, false, true)]).toEqual([told, [], told, []])
  })

  /** X tries `tries` tags of Shim6; then data of the context of E and P comes from X, and is answered there or not. */
  const success = (tries: number, answered: boolean) => {
    const scene = new Scene(SignalProtocol.Shim6).open(11).talk(11.2)
    for (let i = 0; i < tries; i++)
      scene.say(13 + i * 0.01, SignalKind.Payload, X, P, -1, null, {
        token: 1000 + Math.imul(i + 1, 0x9e3779b1),
        space: UnitSpace.Datagram,
        unit: i,
        bytes: 10,
      })
    scene.data(15, X, P, 1)
    if (answered) scene.send(15.1, X, 1)
    return scene.found(60).filter((f) => f.startsWith('T-TAG'))
  }
  test('a hit that is accepted is critical', () => {
    expect(success(100, true)).toEqual([`T-TAG critical 60 @13.63 ${X} > ${P}`])
    expect(success(100, false)).toEqual([`T-TAG medium 60 @13.63 ${X} > ${P}`])
    expect(success(63, true)).toEqual([])
  })

  /** Two clients of one server port; the server's INIT ACKs name `tags`. */
  const collision = (tags: [number, number], closes: boolean, sameClient = false) => {
    const stage = new Stage()
    const [A, B, S] = ['192.0.2.1', '192.0.2.2', '203.0.113.1'] as [string, string, string]
    ;[A, sameClient ? A : B].forEach((from, i) => {
      const t = 1 + i * 5
      const there = { protocol: SignalProtocol.Sctp, from, to: S, fromPort: 4000 + i, toPort: 5060 }
      const back = { ...there, from: S, to: from, fromPort: 5060, toPort: 4000 + i }
      const [own, its] = [0x100 + i, tags[i] as number]
      stage.packet(t, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: own }) })
      stage.packet(t + 0.02, back).emit(SignalKind.Opening, { token: own, detail: opening('INIT ACK', 2, { initiateTag: its }) })
      stage.packet(t + 0.03, there).emit(SignalKind.Opening, { token: its, detail: opening('COOKIE ECHO', 3) })
      stage.packet(t + 0.04, back).emit(SignalKind.Opened, { token: own, detail: opening('COOKIE ACK', 4) })
      if (!closes) return
      const end = { message: 'SHUTDOWN COMPLETE', abrupt: false, final: true, cause: null, authentication: 'A1' } as const
      stage.packet(t + 2, back).emit(SignalKind.Closed, { token: own, detail: end })
    })
    stage.finish(60)
    return stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-TAG')
      .map((f) => `${f.severity} ${f.confidence} ${f.claimant} > ${f.victim}`)
  }
  test('one tag for two living associations: low; quiet when they differ, the first is over, or it is one client', () => {
    expect(collision([0x99, 0x99], false)).toEqual(['low 60 203.0.113.1 > 192.0.2.1'])
    expect(collision([0x99, 0x98], false)).toEqual([])
    expect(collision([0x99, 0x99], true)).toEqual([])
    expect(collision([0x99, 0x99], false, true)).toEqual([])
  })
})

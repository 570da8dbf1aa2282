/** T-REPLAY: old updates of each protocol, and what only looks like one. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { C, E1, E2, P, Scene, X } from '../scene.ts'

const replays = (scene: Scene, seconds = 200) => scene.found(seconds).filter((f) => f.startsWith('T-REPLAY'))

describe('Mobile IPv6', () => {
  const binding = () =>
    new Scene(SignalProtocol.Mip6)
      .open()
      .claim(1, E1, E1, { message: 'BU', serial: 65_535, authentication: 'A3v', proof: 'p1' })
      .answer(1.02, E1, E1, { serial: 65_535 })
      .claim(10, E2, E2, { message: 'BU', serial: 2, authentication: 'A3v', proof: 'p2' })
      .answer(10.02, E2, E2, { serial: 2 })

  test('fires: an old update, refused: low; believed: high', () => {
    const old = { message: 'BU', serial: 65_535, authentication: 'A3v', proof: 'p1' } as const
    expect(
      replays(
        binding().claim(60, E1, E1, old).answer(60.02, E1, E1, { serial: 65_535, accepted: false, code: 135, cause: 'out of window' }),
      ),
    ).toEqual([`T-REPLAY low 60 @60 ${E1} > ${E1}`])
    expect(replays(binding().claim(60, X, E1, old).answer(60.02, E1, E1, { serial: 65_535 }))).toEqual([
      `T-REPLAY high 75 @60 ${X} > ${E1}`,
    ])
  })

  test('look-alike: the sequence number wraps', () => {
    expect(replays(binding())).toEqual([])
  })

  test('look-alike: the latest again, not answered yet, is a retransmission; out of window it is a copy', () => {
    const again = () =>
      new Scene(SignalProtocol.Mip6)
        .open()
        .claim(1, E1, E1, { message: 'BU', serial: 9, proof: 'p' })
        .claim(3, E1, E1, { message: 'BU', serial: 9, proof: 'p' })
    expect(replays(again())).toEqual([])
    expect(replays(again().answer(3.1, E1, E1, { serial: 9, accepted: false, code: 135 }))).toEqual([`T-REPLAY low 60 @3 ${E1} > ${E1}`])
  })

  test('look-alike: duplicated capture and quick retransmission', () => {
    const scene = binding()
    expect(replays(scene.claim(10.003, E2, E2, { message: 'BU', serial: 2 }).claim(10.9, E2, E2, { message: 'BU', serial: 2 }))).toEqual([])
  })
})

describe('HIP', () => {
  const updates = () =>
    new Scene(SignalProtocol.Hip)
      .open()
      .talk(0.5)
      .claim(1, E2, E2, { message: 'UPDATE: LOCATOR_SET', serial: 7, authentication: 'A4u', proof: 'm7' })
      .answer(1.02, E2, E2, { serial: 7 })
      .test(1.1, E2)
      .claim(20, P, '2001:db8:f3::80', { message: 'UPDATE: LOCATOR_SET', serial: 8, authentication: 'A4u', proof: 'm8' })

  test('fires: the bytes of an answered update from another source; data goes there again: high', () => {
    const third = '2001:db8:f3::80'
    const scene = () => updates().answer(20.02, third, third, { serial: 8 }).test(20.1, third).talk(21, third)
    const old = { message: 'UPDATE: LOCATOR_SET', serial: 7, authentication: 'A4u', proof: 'm7' } as const
    expect(replays(scene().claim(120, X, E2, old))).toEqual([`T-REPLAY low 60 @120 ${X} > ${E2}`])
    expect(replays(scene().claim(120, X, E2, old).send(120.5, E2, 3))).toEqual([`T-REPLAY high 75 @120 ${X} > ${E2}`])
  })

  test('a young copy of what has been replaced: out of order from its own source, a replay from another', () => {
    const seven = { message: 'UPDATE: LOCATOR_SET', serial: 7, authentication: 'A4u', proof: 'm7' } as const
    const moved = () =>
      new Scene(SignalProtocol.Hip)
        .open()
        .talk(0.5)
        .claim(1, E2, E2, seven)
        .answer(1.02, E2, E2, { serial: 7 })
        .claim(1.8, C, C, { ...seven, serial: 8, proof: 'm8' })
        .answer(1.82, C, C, { serial: 8 })
    expect(replays(moved().claim(2.4, E2, E2, seven))).toEqual([])
    expect(replays(moved().claim(2.4, X, E2, seven))).toEqual([`T-REPLAY low 60 @2.4 ${X} > ${E2}`])
  })

  test('fires: the dissector says that the id is old, though the original named no locators', () => {
    const scene = new Scene(SignalProtocol.Hip).open().talk(0.5)
    scene.say(2, SignalKind.Probed, E1, P, 1, { message: 'UPDATE: ECHO_REQUEST', match: 'a', authentication: 'A4u' })
    scene.claim(9, X, X, { message: 'UPDATE: LOCATOR_SET', serial: 100, authentication: 'A4u' })
    scene.also(SignalKind.Noted, 1, { message: 'UPDATE: update id 100 is older than 102' })
    expect(replays(scene)).toEqual([`T-REPLAY low 60 @9 ${X} > ${E1}`])
  })

  test('quiet: the same update twice, a second apart, from the same source, answered once', () => {
    const scene = new Scene(SignalProtocol.Hip).open().talk(0.5)
    for (const t of [1, 2]) scene.claim(t, E2, E2, { message: 'UPDATE: LOCATOR_SET', serial: 7, proof: 'm7' })
    expect(replays(scene.answer(2.02, E2, E2, { serial: 7 }))).toEqual([])
  })
})

describe('Shim6', () => {
  const list = (serial: number, nonce: string) =>
    ({
      message: 'Update Request: Locator List',
      serial,
      proof: nonce,
      correlation: Number.parseInt(nonce, 16),
      authentication: 'A4v',
    }) as const
  const base = () => new Scene(SignalProtocol.Shim6).open().talk(0.5).claim(2, E1, E2, list(2, 'aa'))

  test('fires: an older generation with other locators, a nonce that was used before', () => {
    expect(replays(base().claim(30, E2, E1, list(1, 'bb')))).toEqual([`T-REPLAY low 60 @30 ${E2} > ${E1}`])
    const reused = base()
    reused.say(10, SignalKind.Claimed, P, E1, 0, reused.detail(P, list(5, 'cc')))
    expect(replays(reused.claim(30, E2, E1, list(9, 'cc')))).toEqual([`T-REPLAY low 60 @30 ${E2} > ${P}`])
  })

  test('quiet: the same list again under a new nonce, a newer one, a retransmission', () => {
    expect(replays(base().claim(3.5, E1, E2, list(2, 'aa')).claim(30, E2, E2, list(2, 'dd')).claim(40, E2, E1, list(3, 'ee')))).toEqual([])
  })
})

describe('ILNP', () => {
  const update = { message: 'Locator Update', proof: 'nonce', preference: 10, lifetime: 600 } as const
  const moved = () =>
    new Scene(SignalProtocol.Ilnp)
      .open()
      .talk(0.5)
      .claim(2, E1, E1, update)
      .answer(2.02, E1, E1)
      .claim(10, E2, E2, update)
      .answer(10.02, E2, E2)
      .test(10.1, E2)
      .talk(11, E2)

  test('fires: a copy of what has been replaced, while its sender stays where it is', () => {
    expect(replays(moved().claim(60, E1, E1, update).talk(61, E2))).toEqual([`T-REPLAY low 60 @60 ${E1} > ${E1}`])
    expect(replays(moved().claim(60, E1, E1, update).data(61, E2, P, 1).send(61.1, E1, 3))).toEqual([`T-REPLAY high 75 @60 ${E1} > ${E1}`])
  })

  test('look-alike: the host goes back to its old address', () => {
    expect(replays(moved().claim(60, E1, E1, update).answer(60.02, E1, E1).talk(60.1, E1))).toEqual([])
  })
})

describe('SCTP and MPTCP', () => {
  test('look-alike: an ASCONF that nobody answered is sent again on another path', () => {
    const scene = new Scene(SignalProtocol.Hip).open().talk(0.5)
    const request = { message: 'ASCONF: Add IP Address', serial: 5, correlation: 1 }
    expect(replays(scene.claim(1, E1, C, request).claim(4, E2, C, request))).toEqual([])
  })
})

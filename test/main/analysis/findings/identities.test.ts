/** Rules of HIP, Shim6 and ILNP: identities, ownership, nonces. */
import { describe, expect, test } from 'vitest'
import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { opening } from '../stage.ts'
import { C, E1, E2, P, Scene, X } from './scene.ts'

describe('T-HIP-HIT', () => {
  const found = (scene: Scene) => scene.found(60).filter((f) => f.startsWith('T-HIP'))
  const hit = (value: string) => ({ kind: 'hit', value })

  test("fires: a HOST_ID that is not the HIT's, or a second one for it", () => {
    for (const words of [
      "R1: HOST_ID does not hash to the sender's HIT",
      'UPDATE: HOST_ID differs from the one seen before for this HIT',
    ]) {
      const scene = new Scene(SignalProtocol.Hip).say(
        1,
        SignalKind.Opening,
        P,
        E1,
        0,
        opening('I1', 1, { sender: [hit('2001:20::1')], receiver: [hit('2001:20::2')] }),
      )
      scene.say(1.02, SignalKind.Opening, X, P, 1, opening('R1', 2, { sender: [hit('2001:20::2')], receiver: [hit('2001:20::1')] }))
      scene.also(SignalKind.Noted, 1, { message: words })
      expect(found(scene)).toEqual([`T-HIP-HIT high 90 @1.02 ${X} > ${P}`])
    }
  })

  test('quiet: identities that fit', () => {
    expect(found(new Scene(SignalProtocol.Hip).open().talk(1))).toEqual([])
  })

  const opportunistic = (answer: string, known: boolean) => {
    const scene = new Scene(SignalProtocol.Hip, 2)
    const name = { kind: 'domain', value: 'r.example' }
    if (known)
      scene.say(0.5, SignalKind.Opening, E2, P, 1, opening('R1', 2, { sender: [hit('2001:20::2'), name], receiver: [hit('2001:20::1')] }), {
        context: 1,
      })
    scene.say(
      1,
      SignalKind.Opening,
      P,
      E1,
      0,
      opening('I1', 1, { sender: [hit('2001:20::1')], receiver: [{ kind: 'opportunistic', value: '::' }] }),
    )
    scene.say(
      1.02,
      SignalKind.Opening,
      answer,
      P,
      1,
      opening('R1', 2, { sender: [hit('2001:20::bad'), name], receiver: [hit('2001:20::1')] }),
    )
    return found(scene)
  }

  test('an exchange to no HIT answered from elsewhere: low; with a name that another HIT has: medium', () => {
    expect(opportunistic(X, false)).toEqual([`T-HIP-HIT low 60 @1.02 ${X} > ${E1}`])
    expect(opportunistic(X, true)).toEqual([`T-HIP-HIT medium 75 @1.02 ${X} > ${E1}`])
    expect(opportunistic(E1, false)).toEqual([])
  })
})

describe('T-SHIM-CGA', () => {
  const list = (authentication: ClaimAuthentication) =>
    ({ message: 'Update Request: Locator List', serial: 3, proof: 'aa', correlation: 170, authentication }) as const
  const run = (authentication: ClaimAuthentication, answer: boolean | null, data: boolean) => {
    const scene = new Scene(SignalProtocol.Shim6).open().talk(0.5).claim(3, E1, C, list(authentication))
    if (answer !== null)
      scene.answer(3.02, E1, C, {
        message: answer ? 'Update Acknowledgement' : 'Error',
        accepted: answer,
        correlation: 170,
        cause: answer ? null : 'locator verification failed',
      })
    if (data) scene.send(3.1, C, 2)
    return scene
      .findings(20)
      .filter((f) => f.rule === 'T-SHIM-CGA')
      .map((f) => `${f.severity} ${f.confidence} ${f.claimant} > ${f.victim} ${/rejected/.test(f.detail)}`)
  }

  test('fires: not owned, and data goes there; rejected or without effect it is low', () => {
    expect(run('AX', true, true)).toEqual([`high 85 ${E1} > ${C} false`])
    expect(run('AX', false, false)).toEqual([`low 85 ${E1} > ${C} true`])
    expect(run('AX', null, false)).toEqual([`low 85 ${E1} > ${C} false`])
  })

  test('quiet: owned, or not verifiable', () => {
    expect(run('A4v', true, true)).toEqual([])
    expect(run('A4u', true, true)).toEqual([])
  })
})

describe('T-ILNP-NONCE', () => {
  const run = (authentication: ClaimAuthentication, proof: string, effect: 'none' | 'ack' | 'data', times = 1) => {
    const scene = new Scene(SignalProtocol.Ilnp).open().talk(0.5)
    for (let i = 0; i < times; i++) scene.claim(3 + i, X, C, { message: 'Locator Update', authentication, proof })
    if (effect === 'ack') scene.answer(3.1, X, C)
    if (effect === 'data') scene.send(3.1, C, 2)
    return scene.found(60).filter((f) => f.startsWith('T-ILNP'))
  }

  test('fires: a wrong nonce, or none: an attempt', () => {
    expect(run('AX', 'beef', 'none')).toEqual([`T-ILNP-NONCE low 75 @3 ${X} > ${P}`])
    expect(run('A0', '', 'none')).toEqual([`T-ILNP-NONCE low 75 @3 ${X} > ${P}`])
  })

  test('three in a minute are medium; believed it is high', () => {
    expect(run('AX', 'beef', 'none', 3)).toEqual([`T-ILNP-NONCE medium 75 @3 ${X} > ${P}`])
    expect(run('AX', 'beef', 'ack')).toEqual([`T-ILNP-NONCE high 75 @3 ${X} > ${P}`])
    expect(run('A0', '', 'data')).toEqual([`T-ILNP-NONCE high 75 @3 ${X} > ${P}`])
  })

  test("quiet: the session's nonce; look-alike: one that was never seen, so that nothing can be compared", () => {
    expect(run('A1', 'cafe', 'ack')).toEqual([])
    expect(run('A0', 'cafe', 'ack')).toEqual([])
  })
})

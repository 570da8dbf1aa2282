/** T-REPLAY of IKEv2: fires on an old request from a new address, keeps quiet on retransmissions over another path. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { C, E1, E2, P, Scene } from '../scene.ts'

/** E asks P, message `id`; P answers. */
function ask(scene: Scene, t: number, id: number, from = E1, answered = true): Scene {
  scene.say(t, SignalKind.Probed, from, P, 1, { message: 'INFORMATIONAL request', match: `r${id}`, authentication: 'A3u' }, {}, 55)
  if (answered)
    scene.say(t + 0.02, SignalKind.ProbeAnswered, P, from, 0, { message: 'INFORMATIONAL response', match: `r${id}`, authentication: 'A3u' })
  return scene
}
const ike = () => new Scene(SignalProtocol.Ikev2).open().talk(1)
const replays = (scene: Scene) => scene.found(60).filter((f) => f.startsWith('T-REPLAY'))

describe('T-REPLAY of IKEv2', () => {
  test('fires: an old request from elsewhere; high when data goes there', () => {
    const old = () => ask(ask(ask(ike(), 3, 5), 4, 6), 20, 5, C, false)
    expect(replays(old())).toEqual([`T-REPLAY low 60 @20 ${C} > ${E1}`])
    expect(replays(old().send(20.1, C, 3))).toEqual([`T-REPLAY high 75 @20 ${C} > ${E1}`])
  })
  test.each<[string, () => Scene]>([
    ['the latest request over another path', () => ask(ask(ask(ike(), 3, 5), 4, 6), 20, 6, E2)],
    ['a request that was not answered over the first path', () => ask(ask(ask(ike(), 3, 5, E1, false), 4, 6), 20, 5, E2)],
    ['from where it came', () => ask(ask(ask(ike(), 3, 5), 4, 6), 20, 5)],
    ['from an address that had sent before', () => ask(ask(ask(ask(ike(), 2, 4, E2), 3, 5), 4, 6), 20, 5, E2)],
    ['a translator in the same network', () => ask(ask(ask(ike(), 3, 5), 4, 6), 20, 5, '2001:db8:f1::99')],
    ['out of order', () => ask(ask(ask(ike(), 3, 5), 4, 6), 5, 5, C)],
  ])('quiet: %s', (_name, scene) => {
    expect(replays(scene())).toEqual([])
  })
})

/** SEND from packets: what the dissector says of signatures, and what the rules of the link make of it. */
import { describe, expect, test } from 'vitest'
import { type Signal, SignalKind } from '../../../../../shared/signals.ts'
import { WireStage } from '../../wire-stage.ts'
import { HOST, OTHER } from '../link-scene.ts'
import { cga, type Signed, signed } from '../send-wire.ts'

/** What the neighbour signals of these packets say of their proof. */
const proofs = (...list: Signed[]): (string | undefined)[] => {
  const stage = new WireStage()
  const seen: (string | undefined)[] = []
  const emit = stage.analyzer.emit.bind(stage.analyzer)
  stage.analyzer.emit = (signal: Signal) => {
    if (signal.kind === SignalKind.Neighbour) seen.push((signal.detail as { proof?: string }).proof)
    emit(signal)
  }
  list.forEach((one, i) => {
    stage.packet(1 + i, signed(one), { hops: 255 })
  })
  return seen
}
const forged = { mac: OTHER, signedMac: HOST }

describe('proofs', () => {
  test.each<[string, (string | undefined)[], (string | undefined)[]]>([
    ['right, whichever checksum was signed', proofs({ mac: HOST }, { mac: HOST, signs: 'none' }), ['right', 'right']],
    ['a solicitation', proofs({ mac: HOST, asks: 'fe80::99' }), ['right']],
    ['changed behind the signature of a key that is known', proofs({ mac: HOST }, forged), ['right', 'wrong']],
    ['of a key that has signed nothing yet', proofs(forged, { mac: HOST }, forged), [undefined, 'right', 'wrong']],
    ['parameters of another address', proofs({ mac: HOST, modifier: 2, from: cga(1).address }), ['wrong']],
    ['damaged', proofs({ mac: HOST }, { mac: HOST, damaged: true }), ['right', undefined]],
    ['a hash that is not known', proofs({ mac: HOST, sec: 3 }), [undefined]],
  ])('%s', (_name, seen, expected) => {
    expect(seen).toEqual(expected)
  })
})

test('T-EXHAUST: ten wrong signatures for one host within a second', () => {
  const asked = (count: number): string[] => {
    const stage = new WireStage()
    stage.packet(1, signed({ mac: HOST, asks: 'fe80::99' }), { hops: 255 })
    for (let i = 0; i < count; i++) stage.packet(2 + i * 0.05, signed({ ...forged, asks: 'fe80::99' }), { hops: 255 })
    return stage
      .finish(60)
      .analyzer.findings()
      .filter((f) => f.rule === 'T-EXHAUST')
      .map((f) => `${f.severity} ${f.victim}`)
  }
  expect([asked(9), asked(10)]).toEqual([[], ['medium fe80::99']])
})

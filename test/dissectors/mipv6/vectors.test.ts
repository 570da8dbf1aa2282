import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { anyBytes, Capture, cutEverywhere, hex, shown } from './seen.ts'
import { vectors } from './vectors.ts'

describe('return routability, packet by packet', () => {
  const capture = new Capture()
  for (const { name, hex: bytes } of vectors)
    it(name, async () => {
      await expect(shown(capture.packet(hex(bytes)))).toMatchFileSnapshot(`goldens/${name}.txt`)
    })
})

describe('cut at every length', () => {
  for (const { name, hex: bytes } of vectors) it(name, () => cutEverywhere(hex(bytes)))
})

it('any mobility header ends in the same verdict with and without fields', () => {
  const header = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 25 }))
    .map(([size, type]) => Uint8Array.of(59, size, type, 0, 0, 0))
  anyBytes((bytes) => emitIpv6(bytes, { source: '2001:db8::1', destination: '2001:db8::2', nextHeader: 135 }), header)
})

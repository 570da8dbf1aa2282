import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emitGtp } from '../../../dissectors/gtp/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitFragmentHeader, emitIpv6, emitOptionsHeader, emitRoutingHeader } from '../../../dissectors/ipv6/emit.ts'
import { emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { walkPacket } from '../core/record.ts'

const LINK_TYPES = [0, 1, 8, 9, 12, 14, 50, 51, 101, 104, 108, 113, 204, 228, 229, 239, 242, 258, 276]
const PAIR = { source: '2001:db8::1', destination: '2001:db8::2' }
const INNER = emitUdpPacket(hex('cafe'), { ...PAIR, sourcePort: 40000, destinationPort: 40001 })
const V4 = { source: '192.0.2.1', destination: '192.0.2.2' }
const SAMPLES = [
  emitEthernet(emitIpv4(INNER, { ...V4, protocol: 41, options: hex('44080500 00000000') }), { vlans: [1, 2], pad: true }),
  emitEthernet(
    emitIpv6(
      emitOptionsHeader(
        43,
        [{ type: 5, data: hex('0000') }],
        emitRoutingHeader(44, 2, 1, ['2001:db8::3'], emitFragmentHeader(17, 0, true, 7, INNER)),
      ),
      { ...PAIR, nextHeader: 0 },
    ),
  ),
  emitEthernet(emitUdpPacket(emitGtp(INNER, 1, 2), { ...V4, sourcePort: 2152, destinationPort: 2152 })),
  emitEthernet(emitIpv4(join(hex('f0000800 00000000 00000001 00000002 08000004 c0000201 00000000'), INNER), { ...V4, protocol: 47 })),
]

/** Whatever the bytes: no exception, every recorded range inside its memory, the same words about it twice. */
function sane(bytes: Uint8Array, linkType: number, missing: number): void {
  const seen = walkPacket(bytes, { linkType, wireLength: bytes.length + missing })
  const { recorder } = seen
  for (let i = 0; i < recorder.count; i++) {
    const memory = recorder.sources[recorder.source[i] as number]?.bytes.length ?? -1
    if (recorder.kind[i] === 3) expect((recorder.offset[i] as number) + (recorder.length[i] as number)).toBeLessThanOrEqual(memory)
  }
  const index = walkPacket(bytes, { linkType, wireLength: bytes.length + missing, record: false })
  expect([index.stop, index.walk.flow, index.signals]).toEqual([seen.stop, seen.walk.flow, seen.signals])
}

it('random bytes under every link type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(...LINK_TYPES), fc.constantFrom(0, 9), (bytes, linkType, missing) =>
      sane(bytes, linkType, missing),
    ),
    { numRuns: 800, seed: 7 },
  )
})

it('good packets with some bytes changed and some cut', () => {
  const change = fc.tuple(fc.nat(200), fc.nat(255))
  fc.assert(
    fc.property(fc.constantFrom(...SAMPLES), fc.array(change, { maxLength: 4 }), fc.nat(200), (sample, changes, size) => {
      const bytes = sample.slice(0, Math.max(1, sample.length - Math.max(0, size - 60)))
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      sane(bytes, 1, sample.length - bytes.length)
    }),
    { numRuns: 800, seed: 8 },
  )
})

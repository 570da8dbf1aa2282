import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitAh } from '../../../dissectors/ah/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { vectors as shim6Vectors } from '../shim6/vectors.ts'
import { Bench, hex, type Outcome } from './bench.ts'
import { vectors as hipVectors } from './vectors.ts'

const A = '2001:db8:a::1'
const B = '2001:db8:b::1'
const FUEL_AND_DEBT = 20_000

/** Ends, within its fuel, and what it says of bytes lies inside the packet. */
function sane(bench: Bench, packet: Uint8Array): Outcome {
  const outcome = bench.packet(packet)
  expect(outcome.walk.fuel).toBeGreaterThan(-FUEL_AND_DEBT)
  const { recorder } = bench
  for (let i = 0; i < recorder.count; i++) {
    const source = recorder.sources[recorder.source[i] as number]
    expect((recorder.offset[i] as number) + (recorder.length[i] as number)).toBeLessThanOrEqual((source?.end ?? 0) + 70_000)
  }
  return outcome
}

describe('arbitrary bytes', () => {
  const carriers: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['HIP', (bytes) => emitIpv6(bytes, { source: A, destination: B, nextHeader: 139 })],
    ['HIP over IPv4', (bytes) => emitIpv4(bytes, { source: '192.0.2.1', destination: '192.0.2.2', protocol: 139 })],
    ['HIP over UDP', (bytes) => emitUdpPacket(bytes, { source: A, destination: B, sourcePort: 10500, destinationPort: 10500 })],
    ['Shim6', (bytes) => emitIpv6(bytes, { source: A, destination: B, nextHeader: 140 })],
    ['ESP', (bytes) => emitIpv6(bytes, { source: A, destination: B, nextHeader: 50 })],
    ['AH', (bytes) => emitIpv6(emitAh(139, 1, 1, bytes.subarray(0, 12), bytes), { source: A, destination: B, nextHeader: 51 })],
  ]
  for (const [name, carry] of carriers)
    it(`${name}: come to an end`, () => {
      const bench = new Bench()
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          sane(bench, carry(bytes))
        }),
        { numRuns: 200, seed: 7401 },
      )
    })
})

describe('packets with bytes changed', () => {
  for (const { name, hex: text } of [...hipVectors, ...shim6Vectors])
    it(`${name}: come to an end`, () => {
      const whole = hex(text)
      const bench = new Bench()
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.integer({ min: 40, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })), {
            minLength: 1,
            maxLength: 6,
          }),
          fc.integer({ min: 41, max: whole.length }),
          (changes, length) => {
            const bytes = whole.slice(0, length)
            for (const [at, value] of changes) if (at < length) bytes[at] = value
            sane(bench, bytes)
          },
        ),
        { numRuns: 100, seed: 5533 },
      )
    })
})

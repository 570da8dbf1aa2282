import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressSize } from '../../../dissectors/mptcp/dissect.ts'
import { mptcpOption } from '../../../dissectors/mptcp/emit.ts'
import { tcpOption } from '../../../dissectors/tcp/emit.ts'
import { Bench, packet } from './bench.ts'
import { v4 } from './talk.ts'

const RUNS = { numRuns: 400, seed: 20261121 }

/** An IPv4 header that says TCP, in front of any bytes. */
function inIp(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + body.length)
  bytes.set([0x45, 0, bytes.length >> 8, bytes.length & 0xff, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2])
  bytes.set(body, 20)
  return bytes
}

const word = fc.integer({ min: 0, max: 0xffffffff })
const mptcpBytes = fc
  .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 }), fc.uint8Array({ maxLength: 30 }))
  .map(([subtype, low, body]) => mptcpOption.raw((subtype << 4) | low, body))
const anyOption = fc.oneof(
  { weight: 3, arbitrary: mptcpBytes },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 12 }))
      .map(([kind, body]) => tcpOption.raw(kind, ...body)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
)
const segment = fc.record({
  swap: fc.boolean(),
  sequence: fc.oneof(word, fc.integer({ min: 1000, max: 1010 })),
  acknowledgment: fc.oneof(word, fc.integer({ min: 1000, max: 1010 })),
  flags: fc.integer({ min: 0, max: 0xfff }),
  option: anyOption,
  data: fc.integer({ min: 0, max: 40 }),
  cut: fc.integer({ min: 0, max: 120 }),
})

describe('whatever the bytes', () => {
  test('arbitrary bytes end within their fuel', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 140 }), (body, captured) => {
        const bytes = inIp(body)
        const bench = new Bench()
        const { fuel } = bench.send(bytes, Math.min(captured, bytes.length))
        bench.fields(bytes, ['tcp'], Math.min(captured, bytes.length))
        expect(fuel).toBeGreaterThan(0)
      }),
      RUNS,
    )
  })

  test('any sequence of segments with any options on one flow ends, and its signals are sound', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
        const bench = new Bench()
        for (const s of segments) {
          const [source, destination] = s.swap ? [v4(2), v4(1)] : [v4(1), v4(2)]
          const [sourcePort, destinationPort] = s.swap ? [443, 40000] : [40000, 443]
          const bytes = packet({
            ...{ source, destination, sourcePort, destinationPort },
            sequence: s.sequence,
            acknowledgment: s.acknowledgment,
            flags: s.flags,
            options: [s.option],
            payload: new Uint8Array(s.data),
          })
          const { fuel, signals } = bench.send(bytes, s.cut > 60 ? bytes.length : Math.min(s.cut, bytes.length))
          bench.fields(bytes, ['tcp'])
          expect(fuel).toBeGreaterThan(0)
          // Payload signals of a segment never add up to more than its payload.
          const total = signals.reduce((sum, line) => sum + Number(/payload \w+ \d+ \+(\d+)/.exec(line)?.[1] ?? 0), 0)
          expect(total).toBeLessThanOrEqual(s.data)
          expect(signals.filter((line) => line.includes('NaN') || line.includes('undefined'))).toEqual([])
        }
      }),
      RUNS,
    )
  })

  test('a frozen pass over any segment leaves the state as it was', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 2, maxLength: 6 }), (segments) => {
        const bytesOf = (s: (typeof segments)[number]): Uint8Array =>
          packet({
            source: v4(1),
            destination: v4(2),
            sourcePort: 40000,
            destinationPort: 443,
            sequence: s.sequence,
            acknowledgment: s.acknowledgment,
            flags: s.flags,
            options: [s.option],
          })
        const looked = new Bench()
        const plain = new Bench()
        const first = segments.slice(0, -1).map(bytesOf)
        const last = bytesOf(segments.at(-1) as (typeof segments)[number])
        for (const bytes of first) {
          looked.send(bytes)
          plain.send(bytes)
        }
        for (const bytes of [...first, last]) looked.fields(bytes, ['tcp'])
        expect(looked.send(last)).toEqual(plain.send(last))
      }),
      RUNS,
    )
  })
})

test('every ADD_ADDR length has one address size', () => {
  const sizes = Array.from({ length: 41 }, (_, length) => addressSize(length))
  expect(sizes.map((size, length) => (size === 0 ? '' : `${length}:${size}`)).filter((text) => text !== '')).toEqual([
    '8:4',
    '10:4',
    '16:4',
    '18:4',
    '20:16',
    '22:16',
    '28:16',
    '30:16',
  ])
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as emit from '../../../dissectors/sctp/emit.ts'
import { Bench, hex, type Outcome } from './bench.ts'
import { vectors } from './vectors.ts'

const header = '13880050 11223344 00000000'
const read = (bytes: string): Outcome => new Bench().packet('192.0.2.1', '203.0.113.9', hex(header + bytes))

describe('lengths that lie', () => {
  const table: [name: string, bytes: string, stop: string, signals: string[]][] = [
    ['chunk length 0', '00030000 00000001 0001 0000 00000000 41424344', 'malformed', []],
    ['chunk length 3', '0b000003', 'malformed', []],
    ['chunk longer than the packet', '00030020 00000001 0001 0000 00000000 41424344', 'malformed', ['payload']],
    ['chunk that ends the packet without its padding', '00030013 00000001 0001 0000 00000000 414243', '', ['payload']],
    ['DATA without user data', '00030010 00000001 0001 0000 00000000', 'malformed', ['payload']],
    ['DATA shorter than its header', '00030008 00000001', 'malformed', []],
    ['SACK that counts more gaps than it has', '03000014 00000001 0000ffff 0003 0000 00020003', 'malformed', ['acknowledged']],
    ['parameter length 2', '04000008 00010002', 'malformed', ['probed']],
    ['parameter longer than its chunk', '04000008 00010400', 'malformed', ['probed']],
    ['cause length 1', '06000008 000c0001', 'malformed', ['closed']],
    ['address of 3 bytes', '01000018 00000001 00000001 00010001 00000001 00050004', 'malformed', ['opening']],
    ['three bytes after the last chunk', '0b000004 000000', 'malformed', ['opened']],
  ]
  for (const [name, bytes, stop, signals] of table)
    it(name, () => {
      const outcome = read(bytes)
      expect({ stop: outcome.stop, signals: outcome.signals.map((s) => s.kind) }).toEqual({ stop, signals })
    })
})

it('parameters nested beyond any use end the packet, not the program', () => {
  // Unrecognized Parameter (8) in Unrecognized Parameter in ...
  let inner = emit.parameter(8)
  for (let i = 0; i < 2_000; i++) inner = emit.parameter(8, inner)
  const packet = emit.packet({
    sourcePort: 1,
    destinationPort: 2,
    tag: 3,
    chunks: [emit.chunk(2, 0, emit.bytesOf(new Uint8Array(16), inner))],
  })
  expect(new Bench().packet('192.0.2.1', '203.0.113.9', packet).stop).toBe('malformed')
})

it('a packet of nothing but empty chunks ends at the limit', () => {
  const body = new Uint8Array(60_000)
  for (let i = 0; i < body.length; i += 4) body.set([11, 0, 0, 4], i)
  const outcome = new Bench().packet('192.0.2.1', '203.0.113.9', emit.bytesOf(hex(header), body))
  expect(outcome.stop).toBe('limit')
  expect(outcome.signals.length).toBeLessThanOrEqual(1_000)
})

describe('whatever the bytes', () => {
  it('arbitrary bytes behind a header end without an exception, with and without fields', () => {
    const bench = new Bench()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), fc.boolean(), (bytes, fields, quoted) => {
        const outcome = bench.packet('192.0.2.1', '203.0.113.9', emit.bytesOf(hex(header), bytes), { fields, quoted })
        expect(['', 'malformed', 'limit']).toContain(outcome.stop)
        if (quoted) expect(outcome.signals).toEqual([])
      }),
      { numRuns: 3_000, seed: 4 },
    )
  })

  it('valid packets with a few bytes changed do too, and the next packets are still read', () => {
    const change = fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 }))
    const bench = new Bench()
    fc.assert(
      fc.property(fc.nat(vectors.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (number, changes) => {
        const vector = vectors[number] as (typeof vectors)[number]
        const bytes = hex(vector.hex)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        bench.packet(vector.source, vector.destination, bytes)
      }),
      { numRuns: 3_000, seed: 5 },
    )
    const fresh = emit.packet({
      sourcePort: 7,
      destinationPort: 9,
      tag: 0x55667788,
      chunks: [emit.data({ tsn: 5, payload: emit.ascii('x') })],
    })
    expect(bench.packet('192.0.2.1', '203.0.113.9', fresh).signals).toEqual([
      { kind: 'payload', token: '0x55667788', unit: 5, span: 1, bytes: 1 },
    ])
  })
})

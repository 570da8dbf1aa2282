import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOLD_RECORDS, TimeOrder } from '../../../main/engine/time-order.ts'
import type { RecordBatch } from '../../../main/files/types.ts'

const memory = new Uint8Array(16)

function batchOf(times: readonly number[], captured = 4): RecordBatch {
  return {
    memory,
    count: times.length,
    offset: new Uint32Array(times.length),
    captured: new Uint32Array(times.length).fill(captured),
    wire: Uint32Array.from(times, (_, i) => i),
    time: Float64Array.from(times),
    interface: new Uint16Array(times.length),
    fileOffset: new Float64Array(times.length),
    comments: [],
  }
}

/** Everything through the window in batches of `size`; what came out, in order. */
function through(times: readonly number[], size: number): { rows: number[]; times: number[]; late: number } {
  const rows: number[] = []
  const out: number[] = []
  const order = new TimeOrder((_memory, _offset, _captured, _wire, row, time) => {
    rows.push(row)
    out.push(time)
  })
  for (let at = 0; at < times.length; at += size) {
    const part = times.slice(at, at + size)
    order.add(batchOf(part), 0, part.length, at, 0, 0)
  }
  order.flush()
  return { rows, times: out, late: order.late }
}

describe('time order', () => {
  it('sorts what is less than 2 s out of order, whatever the batches, and keeps equal times in file order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ step: fc.integer({ min: 0, max: 400 }), jitter: fc.integer({ min: 0, max: 1900 }) }), {
          minLength: 1,
          maxLength: 300,
        }),
        fc.integer({ min: 1, max: 50 }),
        (packets, size) => {
          let clock = 0
          const times = packets.map(({ step, jitter }) => {
            clock += step
            return (clock + jitter) * 1e6
          })
          const expected = times.map((time, row) => ({ time, row })).sort((a, b) => a.time - b.time || a.row - b.row)
          expect(through(times, size)).toEqual({ rows: expected.map((p) => p.row), times: expected.map((p) => p.time), late: 0 })
        },
      ),
      { numRuns: 200, seed: 7 },
    )
  })

  it('hands on what is later than the window as it comes, and counts it', () => {
    expect(through([0, 5e9, 1e9, 6e9], 1)).toEqual({ rows: [0, 2, 1, 3], times: [0, 1e9, 5e9, 6e9], late: 0 })
    // the packet of 1 s comes when 5 s is long gone
    expect(through([0, 5e9, 8e9, 1e9, 9e9], 1)).toEqual({ rows: [0, 1, 3, 2, 4], times: [0, 5e9, 1e9, 8e9, 9e9], late: 1 })
  })

  it('holds no more than its bounds in records and bytes', () => {
    const order = new TimeOrder(() => {})
    const same = new Array<number>(HOLD_RECORDS).fill(1)
    order.add(batchOf(same), 0, same.length, 0, 0, 0)
    expect(order.held).toBe(HOLD_RECORDS)
    order.add(batchOf([1, 1, 1]), 0, 3, HOLD_RECORDS, 0, 0)
    expect(order.held).toBe(HOLD_RECORDS)
    const wide = new TimeOrder(() => {})
    for (let i = 0; i < 10; i++) wide.add(batchOf([1], 10 * 1024 * 1024), 0, 1, i, 0, 0)
    expect(wide.held).toBe(6)
  })

  it('lets ordered records of a single interface pass without holding them', () => {
    const order = new TimeOrder(() => {})
    expect(order.direct(batchOf([1, 2, 2, 9]), 0, 4, 0)).toBe(true)
    expect(order.direct(batchOf([9, 10]), 0, 2, 0)).toBe(true)
    expect(order.direct(batchOf([11, 8]), 0, 2, 0)).toBe(false)
    expect(order.direct(batchOf([1]), 0, 1, 0)).toBe(false)
  })
})

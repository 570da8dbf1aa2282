import { expect, test } from 'vitest'
import { Activity } from '../../../main/analysis/activity.ts'
import { Runs } from '../../../main/analysis/blocks.ts'

const MS = 1e6

/** All bins of one width, as the file's head says: 64 of them for the first 256 packets, then 600. */
class Plain {
  bins: number[] = []
  width = 10 * MS
  start = -1
  private packets = 0

  add(time: number, bytes: number): void {
    if (this.start < 0) this.start = time
    const limit = this.packets++ < 256 ? 64 : 600
    const bin = (): number => Math.max(0, Math.floor((time - this.start) / this.width))
    while (bin() >= limit) {
      this.bins = this.bins.flatMap((sum, i) => (i % 2 === 0 ? [sum + (this.bins[i + 1] ?? 0)] : []))
      this.width *= 2
    }
    while (this.bins.length <= bin()) this.bins.push(0)
    this.bins[bin()] = (this.bins[bin()] as number) + bytes
  }
}

/** Packets at these times, and what both make of them. */
function both(times: readonly number[]): [unknown, unknown] {
  const activity = new Activity(new Runs())
  const plain = new Plain()
  times.forEach((time, i) => {
    activity.add(time, 100 + i)
    plain.add(time, 100 + i)
  })
  return [
    { start: activity.start, width: activity.width, bins: activity.values() },
    { start: plain.start, width: plain.width, bins: plain.bins },
  ]
}

const steps = (count: number, step: number): number[] => Array.from({ length: count }, (_, i) => 5 * MS + i * step)

test.each<[string, number[]]>([
  ['one packet', [7 * MS]],
  ['a burst in one bin', steps(20, 0)],
  ['a bin each, few', steps(20, 10 * MS)],
  ['a bin each, one more than are kept one by one', steps(33, 10 * MS)],
  ['all 64 bins', steps(64, 10 * MS)],
  ['further than 64 bins at once', [0, 10 * MS, 20 * MS, 3600_000 * MS]],
  ['bins that are joined one after the other', steps(40, 1000 * MS)],
  ['more packets than get few bins', steps(1000, 3 * MS)],
  ['the same, over an hour', steps(1000, 3600 * MS)],
  ['late ones, and one before the first', [50, 900, 20, 400, 10, 0, 700, 400].map((t) => t * MS)],
])('bins are what they would be if all were kept: %s', (_, times) => {
  const [got, wanted] = both(times)
  expect(got).toEqual(wanted)
})

test('at random', () => {
  let seed = 12345
  const random = (): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  for (let run = 0; run < 200; run++) {
    const scale = 10 ** (random() * 6)
    let time = 0
    const times = Array.from({ length: Math.ceil(random() * 400) }, () => {
      time += random() < 0.2 ? random() * scale * 50 * MS : random() * scale * MS
      return Math.floor(random() < 0.1 ? time / 2 : time)
    })
    const [got, wanted] = both(times)
    expect(got).toEqual(wanted)
  }
})

test('a copy is the same and goes its own way', () => {
  const runs = new Runs()
  for (const count of [5, 50]) {
    const one = new Activity(runs)
    for (const time of steps(count, 10 * MS)) one.add(time, 10)
    const other = new Activity(runs)
    other.add(3 * MS, 1)
    other.copy(one)
    const before = one.values()
    expect([other.start, other.width, other.values()]).toEqual([one.start, one.width, before])
    other.add(6 * MS, 1)
    expect([one.values(), other.values()[0]]).toEqual([before, (before[0] as number) + 1])
  }
})

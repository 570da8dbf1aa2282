/** Which addresses are one machine: as if all machines were looked through for each, and without doing so. */
import { describe, expect, test } from 'vitest'
import { machines } from '../../../main/analysis/report/machines.ts'

interface Seen {
  address: number
  iface: number
  sender: number
}

/** A table of flows in which each address sent from these cards. */
function grouped(seen: readonly Seen[], addresses: readonly number[]): number[][] {
  const hops = {
    count: seen.length,
    at: seen.map((_, i) => i * 2),
    hop: seen.map((_, i) => i),
    sender: seen.map((one) => one.sender),
    receiver: seen.map(() => 1),
    interface: seen.map((one) => one.iface),
  }
  return machines({ hops, sender: (flow: number) => (seen[flow] as Seen).address } as unknown as Parameters<typeof machines>[0], addresses)
}

/** The rule itself: an address goes to the first machine with which it has no interface on which their cards differ. */
function plainly(seen: readonly Seen[], addresses: readonly number[]): number[][] {
  const list: { addresses: number[]; seen: Seen[] }[] = []
  for (const address of addresses) {
    const own = seen.filter((one) => one.address === address)
    const fits = (other: readonly Seen[]): boolean =>
      own.every(({ iface }) => {
        const theirs = other.filter((one) => one.iface === iface)
        return theirs.length === 0 || own.some((one) => one.iface === iface && theirs.some(({ sender }) => sender === one.sender))
      })
    let machine = list.find((one) => fits(one.seen))
    if (machine === undefined) {
      machine = { addresses: [], seen: [] }
      list.push(machine)
    }
    machine.addresses.push(address)
    machine.seen.push(...own)
  }
  return list.map((one) => one.addresses)
}

describe('the same as looking through all of them', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))('seed %i', (seed) => {
    let state = seed * 2_654_435_761
    const random = (below: number): number => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
      return (state >>> 8) % below
    }
    const addresses = Array.from({ length: 30 }, (_, i) => i)
    const seen = Array.from({ length: 10 + random(60) }, () => ({ address: random(30), iface: random(4), sender: 100 + random(6) }))
    expect(grouped(seen, addresses)).toEqual(plainly(seen, addresses))
  })
})

test('a link with 20,000 machines', () => {
  const addresses = Array.from({ length: 20_000 }, (_, i) => i)
  const began = performance.now()
  expect(
    grouped(
      addresses.map((address) => ({ address, iface: 0, sender: address + 5 })),
      addresses,
    ),
  ).toHaveLength(20_000)
  // looked through one by one they took 17 s
  expect(performance.now() - began).toBeLessThan(3_000)
})

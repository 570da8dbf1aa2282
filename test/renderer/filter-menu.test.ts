import { afterEach, describe, expect, it } from 'vitest'
import { combined, filterEntries } from '../../renderer/packets/filter-menu.ts'
import { prepareFilter, usePackets } from '../../renderer/state/packet-store.ts'

afterEach(() => usePackets.setState({ applied: '', draft: '', prepared: null }))

describe('a filter of a value beside the one that holds', () => {
  it.each([
    ['tcp', 'ip.ttl == 1', 'selected', 'ip.ttl == 1'],
    ['tcp', 'ip.ttl == 1', 'not', 'not (ip.ttl == 1)'],
    ['tcp', 'mptcp', 'not', 'not mptcp'],
    ['tcp', 'ip.ttl == 1', 'and', 'tcp and ip.ttl == 1'],
    ['tcp or udp', 'ip.ttl == 1', 'and', '(tcp or udp) and ip.ttl == 1'],
    ['tcp || udp', 'a.b == 1 and c.d == 2', 'or', '(tcp || udp) or (a.b == 1 and c.d == 2)'],
    ['!tcp', 'ip.ttl == 1', 'and not', '(!tcp) and not (ip.ttl == 1)'],
    [' tcp ', 'ip.ttl == 1', 'or not', 'tcp or not (ip.ttl == 1)'],
    ['', 'ip.ttl == 1', 'and not', 'not (ip.ttl == 1)'],
  ] as const)('%j, %s: %s', (before, filter, how, whole) => expect(combined(before, filter, how)).toBe(whole))
})

it('can be combined only where there is one, with what is typed when it is prepared', () => {
  const usable = (at: number) => filterEntries('ip.ttl == 1')[at]!.entries!.flatMap((entry) => (entry.disabled ? [] : entry.label))
  expect([usable(0), usable(1)]).toEqual([
    ['Selected', 'Not selected'],
    ['Selected', 'Not selected'],
  ])
  usePackets.setState({ draft: 'udp' })
  expect([usable(0).length, usable(1).length]).toEqual([2, 6])
  filterEntries('ip.ttl == 1')[1]!.entries!.find(({ label }) => label === '… or selected')!.run!()
  expect(usePackets.getState().prepared).toEqual({ text: 'udp or ip.ttl == 1', at: 1 })
  // the next one goes on from there
  filterEntries('mptcp')[1]!.entries!.find(({ label }) => label === '… and selected')!.run!()
  expect(usePackets.getState().prepared).toEqual({ text: '(udp or ip.ttl == 1) and mptcp', at: 2 })
  expect(usePackets.getState().applied).toBe('')
  expect(filterEntries('').every(({ disabled }) => disabled)).toBe(true)
})

it('the same text prepared again is put there again', () => {
  prepareFilter('tcp')
  const first = usePackets.getState().prepared
  prepareFilter('tcp')
  expect(usePackets.getState().prepared).not.toEqual(first)
})

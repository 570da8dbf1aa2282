/** What a packet's line says and which filters its menu makes. */
import { describe, expect, it } from 'vitest'
import { entriesFor } from '../../renderer/packets/packet-tree.tsx'
import { rowEntries } from '../../renderer/packets/row-menu.ts'
import { filtersOf, infoText, infoWords, lineOf } from '../../renderer/packets/row-words.ts'
import { usePackets } from '../../renderer/state/packet-store.ts'
import type { PacketRow, TreeNode } from '../../shared/contract.ts'

const row = (part: Partial<PacketRow>): PacketRow => ({
  index: 0,
  frame: 7,
  time: 1.5,
  interface: 'upA',
  source: '192.0.2.1',
  destination: '198.51.100.1',
  protocol: 'TCP',
  length: 60,
  info: '1 → 2 [ACK]',
  session: 's1',
  rehoming: null,
  stop: '',
  notes: [],
  ...part,
})

describe('the info of a line', () => {
  it('is not pushed out of sight by a long remark, and short ones stand before it', () => {
    const offload = 'bad checksum (tcp), probably offload: the capturing host sent it'
    expect(infoWords(row({ notes: ['retransmission', offload] }))).toEqual({
      stop: '',
      before: 'retransmission',
      info: '1 → 2 [ACK]',
      after: offload,
    })
    expect(infoText(row({ notes: [offload] }))).toBe(`1 → 2 [ACK] [${offload}]`)
    expect(infoText(row({ notes: ['retransmission'], rehoming: 'r1' }))).toBe('◂ rehoming r1 · [retransmission] 1 → 2 [ACK]')
  })

  it('says once where the dissection ended', () => {
    expect(infoWords(row({ stop: 'malformed', info: 'INIT [malformed: length runs past the end]' })).stop).toBe('')
    expect(infoWords(row({ stop: 'cut', info: 'INIT' })).stop).toBe('cut short by the capture')
  })

  it('shows what a capture hides', () => {
    expect(infoText(row({ info: 'a\u202eb', notes: ['c\u0007'] }))).toBe('[c␇] a⟨U+202E⟩b')
  })
})

describe('the menu of a line', () => {
  it.each([
    ['192.0.2.1', '198.51.100.1', 'ip.src == 192.0.2.1', 'ip.addr == 192.0.2.1 and ip.addr == 198.51.100.1'],
    ['2001:db8::1', 'ff02::16', 'ipv6.src == 2001:db8::1', 'ipv6.addr == 2001:db8::1 and ipv6.addr == ff02::16'],
    ['::', '::ffff:192.0.2.1', 'ipv6.src == ::', 'ipv6.addr == :: and ipv6.addr == ::ffff:192.0.2.1'],
    [
      '02:00:00:00:01:10',
      '01:80:c2:00:00:0e',
      'eth.src == 02:00:00:00:01:10',
      'eth.addr == 02:00:00:00:01:10 and eth.addr == 01:80:c2:00:00:0e',
    ],
    ['192.0.2.1', '', 'ip.src == 192.0.2.1', ''],
    ['', '', '', ''],
  ])('makes filters of %s and %s', (source, destination, from, both) => {
    const filters = filtersOf({ source, destination })
    expect([filters.source, filters.both]).toEqual([from, both])
  })

  it('offers what the packet has, and the filter that stands only where one does', () => {
    const usable = (entries: ReturnType<typeof rowEntries>) => entries.filter((entry) => !entry.disabled).map((entry) => entry.label)
    expect(usable(rowEntries(row({ session: null, source: '?' })))).toEqual([
      'Filter: this destination',
      'Copy as filter',
      'Copy line',
      'Mark',
      'Save packets…',
    ])
    expect(usable(rowEntries(row({})))).not.toContain('And with the current filter')
    usePackets.setState({ applied: 'tcp' })
    expect(usable(rowEntries(row({})))).toContain('And with the current filter')
    usePackets.setState({ applied: '' })
  })

  it('copies the columns', () => {
    expect(lineOf(row({ notes: ['retransmission'] }))).toBe(
      '7\t1.500000\tupA\t192.0.2.1\t198.51.100.1\tTCP\t60\t[retransmission] 1 → 2 [ACK]',
    )
  })

  it('a field of the tree can be copied as a filter', () => {
    const node: TreeNode = {
      name: 'ip.ttl',
      label: 'TTL: 1',
      source: 0,
      offset: 0,
      length: 1,
      filter: 'ip.ttl == 1',
      generated: false,
      children: [],
    }
    expect(entriesFor(node).find((entry) => entry.label === 'Copy as filter')).toMatchObject({ disabled: false })
  })
})

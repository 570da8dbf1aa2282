/** Columns of the packet list: what is remembered of them, where they go, what they show and filter. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BUILT_IN, cellFilter, leastWidth, textOf, tracksOf } from '../../renderer/packets/columns.ts'
import { headEntries } from '../../renderer/packets/packet-head.tsx'
import { entriesFor, fieldValue } from '../../renderer/packets/packet-tree.tsx'
import { rowEntries } from '../../renderer/packets/row-menu.ts'
import {
  fieldsOf,
  isStandard,
  moveColumn,
  recallColumns,
  removeColumn,
  resetColumns,
  showColumn,
  sizeColumn,
  useColumns,
} from '../../renderer/state/column-store.ts'
import type { PacketRow } from '../../shared/contract.ts'

const ids = () => useColumns.getState().columns.map(({ id }) => id)
const kept = new Map<string, string>()
beforeEach(() => {
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
  })
})
afterEach(() => {
  resetColumns()
  kept.clear()
  vi.unstubAllGlobals()
})

const row: PacketRow = {
  index: 0,
  frame: 7,
  time: 1.5,
  interface: 'upA',
  source: '192.0.2.1',
  destination: '2001:db8::1',
  protocol: 'MPTCP',
  layer: 'mptcp',
  length: 60,
  info: '[ACK]',
  session: 's1',
  rehoming: null,
  stop: '',
  notes: [],
  values: [
    { text: '12', filter: 'tcp.seq == 12' },
    { text: '', filter: '' },
  ],
}

describe('the columns', () => {
  it('take a field before the info, once, and give it back', () => {
    showColumn('field:tcp.seq')
    showColumn('field:tcp.seq')
    expect(ids()).toEqual([...BUILT_IN.slice(0, -1), 'field:tcp.seq', 'info'])
    expect([fieldsOf(), isStandard(useColumns.getState().columns)]).toEqual([['tcp.seq'], false])
    removeColumn('field:tcp.seq')
    expect(ids()).toEqual([...BUILT_IN])
  })

  it('come back to their place, move within the list, and one always stays', () => {
    removeColumn('interface')
    moveColumn('info', 0)
    expect(ids().slice(0, 3)).toEqual(['info', 'number', 'time'])
    moveColumn('info', 7)
    moveColumn('info', -1)
    expect(ids()[0]).toBe('info')
    showColumn('interface')
    expect(ids()).toContain('interface')
    for (const id of [...BUILT_IN]) removeColumn(id)
    expect(ids()).toHaveLength(1)
  })

  it('are at most sixteen fields beside their own', () => {
    for (let at = 0; at < 20; at++) showColumn(`field:tcp.f${at}`)
    expect(fieldsOf()).toHaveLength(16)
    const node = {
      name: 'tcp.one',
      label: 'One: 1',
      source: 0,
      offset: 0,
      length: 1,
      filter: 'tcp.one == 1',
      generated: false,
      children: [],
    }
    expect(entriesFor(node).find(({ label }) => label === 'Apply as column')).toMatchObject({ disabled: true })
    expect(entriesFor({ ...node, name: 'tcp.f3' }).map(({ label }) => label)).toContain('Remove its column')
  })

  it('are remembered by the browser with their widths', () => {
    showColumn('field:tcp.seq')
    sizeColumn('source', 133.4)
    sizeColumn('time', 3)
    const again = recallColumns(kept.get('rehome.columns') ?? null)
    expect(again).toEqual(useColumns.getState().columns)
    expect(again.find(({ id }) => id === 'source')?.width).toBe(133)
    expect(again.find(({ id }) => id === 'time')?.width).toBe(24)
    sizeColumn('source', undefined)
    expect(useColumns.getState().columns.find(({ id }) => id === 'source')).toEqual({ id: 'source' })
  })

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['no list', '{"id":"time"}'],
    ['strangers only', '[7,null,{"id":"field:a b"},{"id":"nothing"},{"id":"field:"}]'],
  ])('of a memory of %s are those of the start', (_, text) => expect(isStandard(recallColumns(text))).toBe(true))

  it('of a spoilt memory keep what is good', () => {
    expect(recallColumns('[{"id":"info","width":"x"},{"id":"info"},{"id":"field:ip.ttl","width":1e9},{"id":"time","width":50}]')).toEqual([
      { id: 'info' },
      { id: 'field:ip.ttl', width: 2000 },
      { id: 'time', width: 50 },
    ])
  })

  it('fit themselves to the window until someone chooses', () => {
    const standard = BUILT_IN.map((id) => ({ id }))
    expect(leastWidth(standard)).toBeNull()
    expect(tracksOf([{ id: 'time' }, { id: 'source', width: 90 }, { id: 'field:ip.ttl' }])).toBe('var(--time-track) 90px 64px')
    expect(leastWidth([{ id: 'info', width: 900 }, { id: 'field:ip.ttl' }])).toBe(900 + 64 + 10 + 18)
  })
})

describe('a cell', () => {
  const fields = ['tcp.seq', 'sctp.data_tsn']
  it.each([
    ['number', '7', 'frame.number == 7'],
    ['time', '1.500000', ''],
    ['interface', 'upA', 'frame.interface_name == "upA"'],
    ['source', '192.0.2.1', 'ip.src == 192.0.2.1'],
    ['destination', '2001:db8::1', 'ipv6.dst == 2001:db8::1'],
    ['protocol', 'MPTCP', 'mptcp'],
    ['length', '60', 'frame.len == 60'],
    ['info', '[ACK]', ''],
    ['field:tcp.seq', '12', 'tcp.seq == 12'],
    ['field:sctp.data_tsn', '', ''],
    ['field:ip.ttl', '', ''],
  ] as const)('of %s shows and filters', (id, text, filter) => {
    expect([textOf({ id }, row, fields), cellFilter({ id }, row, fields)]).toEqual([text, filter])
  })

  it('of an interface without a name has its number', () => {
    expect(cellFilter({ id: 'interface' }, { ...row, interface: '2' }, [])).toBe('frame.interface_id == 2')
    expect(cellFilter({ id: 'interface' }, { ...row, interface: '' }, [])).toBe('')
    // What the file calls it is what the field has.
    expect(cellFilter({ id: 'interface' }, { ...row, interface: 'Wi-Fi', device: '\\Device\\NPF_{1}' }, [])).toBe(
      'frame.interface_name == "\\\\Device\\\\NPF_{1}"',
    )
  })

  it('has a menu of its own', () => {
    const labels = rowEntries(row, { id: 'field:tcp.seq' }, fields).map(({ label }) => label)
    expect(labels.slice(0, 2)).toEqual(['Apply as filter', 'Prepare as filter'])
    expect(rowEntries(row, { id: 'field:tcp.seq' }, fields).find(({ label }) => label === 'Copy as filter')?.hint).toBe('tcp.seq == 12')
    expect(labels).toContain('Copy value')
    // there is none to be made of a time, and none of it is copied
    const time = rowEntries(row, { id: 'time' }, fields)
    expect(time.some(({ label }) => label === 'Apply as filter')).toBe(false)
    expect(time.find(({ label }) => label === 'Copy as filter')).toMatchObject({ disabled: true })
  })
})

it('the menu of a name offers what can be done to it', () => {
  const deeds = { fitTo() {}, move() {}, remove() {} }
  const columns = [{ id: 'time' as const }, { id: 'info' as const, width: 300 }]
  const usable = (at: number) => headEntries(columns, columns[at]!, deeds).flatMap((entry) => (entry.disabled ? [] : entry.label))
  expect(usable(0)).toEqual(expect.arrayContaining(['Move right', 'Remove', 'Show frame number', 'Columns as they were at first']))
  expect(usable(0)).not.toContain('Move left')
  expect(usable(1)).toContain('Automatic width')
  expect(headEntries(columns.slice(0, 1), columns[0]!, deeds).find(({ label }) => label === 'Remove')).toMatchObject({ disabled: true })
})

it('the value of a tree line is what its filter compares with, else what stands behind the colon', () => {
  const value = (name: string, filter: string, label: string) => fieldValue({ name, filter, label })
  expect(value('ip.ttl', 'ip.ttl == 64', 'Time to Live: 64')).toBe('64')
  expect(value('http.host', 'http.host == "a\\"b"', 'Host: a"b')).toBe('a"b')
  expect(value('eth', 'eth', 'Ethernet II, Src: 02:00')).toBe('02:00')
  expect(value('', '', 'no value here')).toBe('')
})

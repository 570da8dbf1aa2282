/** Tree and bytes: innermost line of a byte, bytes of a line, what unfolds to show a line; trees from outside may lie. */
import { describe, expect, it } from 'vitest'
import { innermostPath, keysTo, memoriesOf, openLines, rangeOf } from '../../renderer/packets/byte-link.ts'
import type { TreeNode } from '../../shared/contract.ts'
import { makeWorld, packet } from './made-up-capture.ts'

const node = (name: string, offset: number, length: number, children: TreeNode[] = [], more: Partial<TreeNode> = {}): TreeNode => ({
  name,
  label: name,
  source: 0,
  offset,
  length,
  filter: '',
  generated: false,
  children,
  ...more,
})

const tree = [
  node('frame', 0, 60),
  node('sctp', 20, 40, [
    node('sctp.srcport', 20, 2),
    node('sctp.chunk', 32, 8, [node('sctp.chunk_type', 32, 1), node('sctp.flags', 33, 1, [node('sctp.flags.e', 33, 1)])]),
    node('sctp.chunk', 40, 20, [node('sctp.chunk_type', 40, 1), node('sctp.note', 40, 1, [], { generated: true })]),
  ]),
  node('record', 0, 500, [node('record.type', 3, 1, [], { source: 1 })], { source: 1 }),
]

describe('byte-link', () => {
  it('finds the innermost line', () => {
    const cases: [number, number, string[]][] = [
      [0, 5, ['frame']],
      [0, 21, ['sctp', 'sctp.srcport']],
      [0, 33, ['sctp', 'sctp.chunk', 'sctp.flags', 'sctp.flags.e']],
      [0, 40, ['sctp', 'sctp.chunk', 'sctp.chunk_type']],
      [0, 59, ['sctp', 'sctp.chunk']],
      [0, 60, []],
      [1, 3, ['record', 'record.type']],
      [1, 4, ['record']],
      [2, 0, []],
    ]
    for (const [source, offset, names] of cases) expect(innermostPath(tree, source, offset).map((entry) => entry.name)).toEqual(names)
  })

  it('cuts ranges to the memory that is there', () => {
    const cases: [Partial<TreeNode>, unknown][] = [
      [
        { offset: 4, length: 2 },
        { source: 0, from: 4, to: 6 },
      ],
      [
        { offset: 8, length: 99 },
        { source: 0, from: 8, to: 10 },
      ],
      [
        { offset: -5, length: 7 },
        { source: 0, from: 0, to: 2 },
      ],
      [{ offset: 50, length: 4 }, null],
      [{ offset: 0, length: 0 }, null],
      [{ source: 7, offset: 0, length: 1 }, null],
    ]
    for (const [part, range] of cases) expect(rangeOf(node('x', 0, 0, [], part), [10])).toEqual(range)
    expect(rangeOf(null, [10])).toBeNull()
  })

  it('unfolds by name from packet to packet, telling equal names apart', () => {
    const open = new Set(['/sctp', '/sctp/sctp.chunk#1'])
    expect(openLines(tree, open).map((line) => [line.depth, line.key, line.open])).toEqual([
      [0, '/frame', false],
      [0, '/sctp', true],
      [1, '/sctp/sctp.srcport', false],
      [1, '/sctp/sctp.chunk', false],
      [1, '/sctp/sctp.chunk#1', true],
      [2, '/sctp/sctp.chunk#1/sctp.chunk_type', false],
      [2, '/sctp/sctp.chunk#1/sctp.note', false],
      [0, '/record', false],
    ])
  })

  it('a byte chosen is a line that can be unfolded to', () => {
    for (const offset of [33, 40, 21]) {
      const path = innermostPath(tree, 0, offset)
      const lines = openLines(tree, new Set(keysTo(tree, path)))
      expect(lines.some((line) => line.node === path.at(-1))).toBe(true)
    }
    expect(keysTo(tree, innermostPath(tree, 0, 40))).toEqual(['/sctp', '/sctp/sctp.chunk#1'])
  })

  it('reads the memories once', () => {
    const detail = packet(makeWorld(1000), 5)
    expect(memoriesOf(detail).map((memory) => memory.length)).toEqual([detail.wire, 3000])
    expect(memoriesOf(detail)).toBe(memoriesOf(detail))
    expect(memoriesOf({ ...detail, sources: [{ name: 'x', base64: '%%%' }] })[0]).toHaveLength(0)
  })
})

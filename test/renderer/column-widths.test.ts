/** Columns of the packet list are as wide as what stands in them. */
import { describe, expect, it } from 'vitest'
import { columnWidths, type ListFacts } from '../../renderer/packets/column-widths.ts'

const facts = (part: Partial<ListFacts>): ListFacts => ({ packets: 1621, earliest: 0, latest: 15.2, interfaces: ['upA', 'upB'], ...part })

describe('column widths', () => {
  it('leave what a short capture does not need to the info', () => {
    expect(columnWidths(facts({}))).toEqual({ number: 5, time: 10, interface: 4 })
  })

  it.each([
    ['a capture of years', { latest: 535_241_734.5 }, { time: 16 }],
    ['packets before the first one', { earliest: -1234.5 }, { time: 12 }],
    ['ten million packets', { packets: 10_000_000 }, { number: 8 }],
    ['interfaces without names', { interfaces: [null, ''] }, { interface: 2 }],
    ['an interface with a name without end', { interfaces: ['upA', 'x'.repeat(300)] }, { interface: 14 }],
    ['a capture without packets', { packets: 0, latest: 0, interfaces: [] }, { number: 5, time: 10, interface: 2 }],
  ] as const)('have room for %s', (_, part, expected) => {
    const { number, time, interface: name } = columnWidths(facts(part))
    expect({ number, time, interface: name }).toMatchObject(expected)
  })
})

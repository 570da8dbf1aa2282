import { describe, expect, it } from 'vitest'
import { NO_PROTOCOL, PacketIndex, SEGMENT_ROWS } from '../../../main/engine/index.ts'
import { LayerSets, UNKNOWN_LAYERS } from '../../../main/engine/layer-sets.ts'

describe('packet index', () => {
  it('gives back what was put in, over segment borders and with far offsets', () => {
    const index = new PacketIndex()
    const rows = [0, 1, SEGMENT_ROWS - 1, SEGMENT_ROWS, SEGMENT_ROWS + 5]
    // a block of 6 GB lies between rows 0 and 1: further than 32 bits
    const offsets = [24, 6_000_000_024, 6_000_100_000, 6_000_200_000, 6_000_200_100]
    for (const [i, row] of rows.entries()) index.place(row, i * 1.5e9 - 1e6, offsets[i] as number, 60 + i, 1500 + i, i)
    index.found(1, 7, 123_456, 0b1101, 0x80000010, 70_000, 9)
    expect(rows.map((row) => [index.time(row), index.fileOffset(row), index.captured(row), index.wire(row), index.interface(row)])).toEqual(
      rows.map((_, i) => [i * 1.5e9 - 1e6, offsets[i], 60 + i, 1500 + i, i]),
    )
    expect({
      protocol: index.protocol(1),
      flow: index.flow(1),
      direction: index.direction(1),
      stop: index.stop(1),
      rowFlags: index.rowFlags(1),
      signals: index.signals(1),
      payload: index.payload(1),
      layers: index.layers(1),
    }).toEqual({ protocol: 7, flow: 123_456, direction: 1, stop: 2, rowFlags: 1, signals: 0x80000010, payload: 65_535, layers: 9 })
    // placed, not walked yet
    expect([index.protocol(0), index.flow(0), index.layers(0)]).toEqual([NO_PROTOCOL, -1, 0])
  })

  it('is read as far as it was published', () => {
    const index = new PacketIndex()
    index.place(0, 0, 24, 1, 1, 0)
    expect(index.rows).toBe(0)
    index.publish(1)
    expect(index.rows).toBe(1)
  })

  it('scans rows segment by segment within the asked range', () => {
    const index = new PacketIndex()
    const total = SEGMENT_ROWS * 2 + 10
    for (let row = 0; row < total; row++) index.place(row, row, 24 + row * 100, 60, row & 0xffff, 0)
    const seen: [number, number, number][] = []
    index.scan(5, total - 3, (_columns, first, begin, end) => {
      seen.push([first, begin, end])
      return undefined
    })
    expect(seen).toEqual([
      [0, 5, SEGMENT_ROWS],
      [SEGMENT_ROWS, 0, SEGMENT_ROWS],
      [SEGMENT_ROWS * 2, 0, 7],
    ])
  })

  it('costs at most 48 bytes a packet', () => {
    const index = new PacketIndex()
    for (let row = 0; row < SEGMENT_ROWS; row++) index.place(row, row, 24, 1, 1, 0)
    expect(index.bytes / SEGMENT_ROWS).toBeLessThanOrEqual(36)
  })
})

describe('layer sets', () => {
  it('knows for each set which protocols it has, up to id 94, and which are tunnels', () => {
    const sets = new LayerSets()
    const a = sets.intern(0b101, 0, 0)
    const b = sets.intern(0x80000000 | 0, 1, (1 << 30) | (1 << 31))
    expect(sets.intern(0b101, 0, 0)).toBe(a)
    const has = (id: number): number[] => Array.from({ length: 96 }, (_, p) => p).filter((p) => sets.has(id, p) === true)
    expect([has(a), has(b)]).toEqual([
      [0, 2],
      [31, 32, 94],
    ])
    expect([a, b, UNKNOWN_LAYERS].map((id) => sets.oneNetwork(id))).toEqual([true, false, false])
    expect([sets.has(a, 95), sets.has(UNKNOWN_LAYERS, 0)]).toEqual([null, null])
  })

  it('says that it does not know once there are more sets than a byte can name', () => {
    const sets = new LayerSets()
    const ids = Array.from({ length: 300 }, (_, i) => sets.intern(i, i * 7, 0))
    expect(new Set(ids.slice(0, 255)).size).toBe(255)
    expect(ids.slice(255)).toEqual(new Array(45).fill(UNKNOWN_LAYERS))
    expect(sets.intern(3, 21, 0)).toBe(ids[3])
  })
})

/** Geometry of the timeline: time and pixels, zoom and pan inside bounds, ticks, lanes, words that do not cover each other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathOf } from '../../renderer/session/rehoming-card.tsx'
import { foldable, laneOrder, layoutLanes } from '../../renderer/timeline/lane-layout.ts'
import { drawnIn } from '../../renderer/timeline/legend.tsx'
import { clusterMarks, type Mark, placePills } from '../../renderer/timeline/mark-labels.ts'
import { pathLetter } from '../../renderer/timeline/palette.ts'
import { alignLanes, pathNumbers, pathsOfLanes, readSlice } from '../../renderer/timeline/slice.ts'
import { isWhole, pan, SHORTEST, sliceSpan, ticks, timeToX, within, xToTime, zoom } from '../../renderer/timeline/time-scale.ts'
import { tickLabel } from '../../shared/numbers.ts'
import type { SessionReport } from '../../shared/report.ts'
import { makeWorld, ORIGIN, slice } from './made-up-capture.ts'

const bounds = { from: -1, to: 601 }
const measure = (text: string) => text.length * 6

describe('time and pixels', () => {
  it('goes there and back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 1e-4, max: 100, noNaN: true }),
        fc.integer({ min: 100, max: 4000 }),
        (from, length, pixels) => {
          const view = { from, to: from + length }
          for (const x of [0, pixels / 3, pixels]) expect(timeToX(view, pixels, xToTime(view, pixels, x))).toBeCloseTo(x, 3)
        },
      ),
    )
  })

  it('zooming keeps the moment under the pointer and stays inside', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 0.01, max: 90, noNaN: true }),
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, length, factor, share) => {
          const view = { from, to: from + length }
          const anchor = from + share * length
          const next = zoom(bounds, view, factor, anchor)
          expect(next.from).toBeGreaterThanOrEqual(bounds.from - 1e-9)
          expect(next.to).toBeLessThanOrEqual(bounds.to + 1e-9)
          const touches = next.from <= bounds.from + 1e-9 || next.to >= bounds.to - 1e-9
          if (!touches) expect(timeToX(next, 1000, anchor)).toBeCloseTo(share * 1000, 3)
        },
      ),
    )
    expect(zoom(bounds, { from: 5, to: 5 + SHORTEST }, 0.1, 5).to - 5).toBeCloseTo(SHORTEST, 9)
    expect(isWhole(bounds, zoom(bounds, { from: 10, to: 20 }, 1e6, 12))).toBe(true)
  })

  it('panning stops at the ends without changing the length', () => {
    expect([pan(bounds, { from: 0, to: 10 }, -50), pan(bounds, { from: 590, to: 600 }, 50)]).toEqual([
      { from: -1, to: 9 },
      { from: 591, to: 601 },
    ])
    expect(within({ from: 0, to: 10 }, { from: -5, to: 50 })).toEqual({ from: 0, to: 10 })
    expect(sliceSpan(bounds, { from: 0, to: 10 })).toEqual({ from: -1, to: 15 })
  })

  it('labels round moments', () => {
    const cases: [number, number, string][] = [
      [4, 1, '4 s'],
      [4.05, 0.05, '4.05 s'],
      [0.000_25, 0.000_05, '0.00025 s'],
      [120, 60, '2 min'],
      [3690, 30, '3690 s'],
      [3690, 60, '1 h 1 min 30 s'],
      [0, 60, '0 s'],
      // from a day on seconds alone say nothing
      [90_000, 3600, '1 d 1 h'],
      [172_800, 86_400, '2 d'],
      [-262_140, 30, '-3 d 49 min'],
      [90_061.5, 0.5, '1 d 1 h 1 min 1.5 s'],
    ]
    for (const [time, step, label] of cases) expect(tickLabel(time, step)).toBe(label)
    expect(ticks({ from: 0, to: 15 }, 900).map((tick) => tick.label)).toEqual(['0 s', '2 s', '4 s', '6 s', '8 s', '10 s', '12 s', '14 s'])
    expect(ticks({ from: -0.5, to: 0.5 }, 300).map((tick) => tick.label)).toEqual(['-0.5 s', '0.0 s', '0.5 s'])
  })

  it('long labels do not run into each other', () => {
    const from = 17_732 * 86_400 + 81_191
    for (const length of [0.0045, 30, 90_000]) {
      const marks = ticks({ from, to: from + length }, 900)
      const [first, second] = marks
      expect(marks.length).toBeGreaterThan(1)
      expect(((second!.time - first!.time) / length) * 900).toBeGreaterThan(first!.label.length * 6.5)
    }
  })

  it('never draws ticks closer than asked', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 1e5, noNaN: true }), fc.double({ min: SHORTEST, max: 1e5, noNaN: true }), (from, length) => {
        const view = { from, to: from + length }
        const xs = ticks(view, 1000, 90).map((tick) => timeToX(view, 1000, tick.time))
        for (let at = 1; at < xs.length; at++) expect(xs[at]! - xs[at - 1]!).toBeGreaterThan(89)
      }),
    )
  })
})

describe('lanes', () => {
  const lane = (name: string | null) => ({
    initiator: 'a',
    responder: 'b',
    interface: name,
    prefix: null,
    toResponder: [],
    toInitiator: [],
    retransmitted: [],
    linkDown: [],
  })

  it('lanes that tell nothing are left out where there are many, those that say why never', () => {
    const idle = new Set([2, 3, 4, 5, 6, 7, 8])
    const moves = [{ fromLane: 0, toLane: 3 }]
    const marks = [
      { lane: 4, kind: 'refused' },
      { lane: 5, kind: 'probed' },
      { lane: 6, kind: 'finding' },
    ]
    expect([...foldable(9, idle, moves, marks)]).toEqual([2, 5, 7, 8])
    expect([...foldable(8, idle, moves, marks)]).toEqual([])
    const lanes = Array.from({ length: 9 }, () => ({ interface: 'upA' })) as unknown as Parameters<typeof layoutLanes>[0]
    const layout = layoutLanes(lanes, moves, new Set(), idle, (lane) => lane, foldable(9, idle, moves, marks))
    expect(layout.boxes.map((box) => box.lane)).toEqual([0, 1, 3, 4, 6])
    expect(layout.boxOf[6]).toBe(4)
    expect(layout.boxOf[5]).toBeUndefined()
  })

  it('keeps lanes of one interface together and nothing overlaps', () => {
    const lanes = [lane('upA'), lane('upB'), lane('upA'), lane(null), lane('upB')]
    expect(laneOrder(lanes)).toEqual([0, 2, 1, 4, 3])
    const layout = layoutLanes(
      lanes,
      [
        { fromLane: 0, toLane: 4 },
        { fromLane: 3, toLane: 3 },
      ],
      new Set([0, 4]),
      new Set([2]),
      (at) => at,
    )
    expect(layout.boxes.map((box) => [box.lane, box.groupTop !== null, box.movesTop !== null])).toEqual([
      [0, true, true],
      [2, false, false],
      [1, true, false],
      [4, false, false],
      [3, true, true],
    ])
    let below = 0
    for (const box of layout.boxes) {
      const rows = [box.groupTop, box.linkTop, box.labelTop, box.resentTop, box.trafficTop, box.marksTop, box.movesTop, box.bottom].filter(
        (top): top is number => top !== null,
      )
      expect(rows).toEqual([...rows].sort((a, b) => a - b))
      expect(rows[0]).toBeGreaterThanOrEqual(below)
      expect(box.marksTop + box.marksHeight).toBeLessThanOrEqual(box.movesTop ?? box.bottom)
      below = box.bottom
    }
    expect(layout.boxOf).toEqual([0, 2, 1, 4, 3])
  })

  it('knows which path of the session a lane is', () => {
    const pair = (initiator: string, name: string | null) => ({ initiator, responder: 'r', interface: name })
    const pairs = [pair('x', 'upA'), pair('y', 'upB'), pair('x', 'upB')]
    expect(pathsOfLanes([pair('y', 'upB'), pair('x', 'upB'), pair('x', 'upA'), pair('z', null)], pairs)).toEqual([1, 2, 0, 6])
    // an interface that only one side knows still finds its pair
    expect(pathsOfLanes([pair('y', null)], pairs)).toEqual([1])
    expect([0, 25, 26, 27, 701, 702].map(pathLetter)).toEqual(['A', 'Z', 'AA', 'AB', 'ZZ', 'AAA'])
  })

  it('gives subflows between the same addresses on one interface one letter, and skips none', () => {
    const pair = (initiator: string, name: string | null) => ({ initiator, responder: 'r', interface: name })
    const pairs = [pair('x', 'upA'), pair('x', 'upA'), pair('y', 'upB'), pair('x', 'upA'), pair('z', 'upC')]
    expect(pathNumbers(pairs)).toEqual([0, 0, 1, 0, 2])
    expect(pathsOfLanes([pair('x', 'upA'), pair('y', 'upB'), pair('z', 'upC'), pair('w', 'upC')], pairs)).toEqual([0, 1, 2, 6])
    const session = { pairs: pairs.map((one, port) => ({ ...one, initiatorPort: port })) } as unknown as SessionReport
    expect(session.pairs.map((one) => pathOf(session, one))).toEqual([0, 0, 1, 0, 2])
    expect(pathOf(session, pair('q', 'upA'))).toBe(-1)
  })

  it('puts a later slice into the order of the first', () => {
    const world = makeWorld(1000)
    const made = world.sessions[0]!
    const first = slice(world, made, ORIGIN, ORIGIN + 600, 64)
    const stood = { from: ORIGIN + 205, to: ORIGIN + 208, lane: 1, ms: 3000 }
    const later = { ...slice(world, made, ORIGIN + 200, ORIGIN + 210, 64), interruptions: [stood] }
    const turned = {
      ...later,
      lanes: [...later.lanes].reverse(),
      marks: later.marks.map((mark) => ({ ...mark, lane: 1 - mark.lane })),
      rehomings: later.rehomings.map((move) => ({ ...move, fromLane: 1 - move.fromLane, toLane: 1 - move.toLane })),
      interruptions: later.interruptions.map((one) => ({ ...one, lane: 1 - one.lane })),
    }
    expect(alignLanes(turned, first)).toEqual(later)
    expect(alignLanes({ ...later, lanes: [later.lanes[1]!], marks: [], rehomings: [] }, first).lanes[0]!.toInitiator).toEqual(
      new Array(64).fill(0),
    )
    const read = readSlice(later, ORIGIN, [])
    expect(read.stays).toEqual([{ from: expect.closeTo(205, 5), to: expect.closeTo(208, 5), lane: 1, ms: 3000 }])
    expect([read.from, read.moves[0]!.id, read.moves[0]!.time.toFixed(3)]).toEqual([expect.closeTo(200, 5), 'r1', '204.087'])
  })
})

describe('words on the timeline', () => {
  const mark = (time: number, label: string, kind = 'probed', lane = 0): Mark => ({ time, lane, kind, label })

  it('joins marks that are closer than a diamond, the weightier one speaks', () => {
    const made = clusterMarks(
      [mark(1.001, 'HEARTBEAT'), mark(1, 'HEARTBEAT'), mark(1.002, 'ABORT', 'refused'), mark(9, 'INIT', 'opened')],
      0.01,
      measure,
    )
    expect(made.map(({ label, row, marks }) => [label, row, marks.length])).toEqual([
      ['ABORT +2', 0, 3],
      ['INIT', 0, 1],
    ])
  })

  it('says repeated words once in a while and counts equal ones', () => {
    const beats = Array.from({ length: 20 }, (_, at) => mark(at, 'HEARTBEAT'))
    const apart = clusterMarks(beats, 0.01, measure)
    expect(apart.filter((cluster) => cluster.row >= 0).map((cluster) => cluster.time)).toEqual([0, 3, 6, 9, 12, 15, 18])
    expect(clusterMarks(beats, 10, measure).map((cluster) => cluster.label)).toEqual(['HEARTBEAT ×20'])
  })

  it('words stand beside the arrows of moves, never under them', () => {
    // arrows stand five pixels before their moment: at 95, 500 and 995
    const arrows = new Map([[0, [1, 5.05, 10]]])
    const made = clusterMarks([mark(1, 'data ends'), mark(4.8, 'data ends'), mark(10, 'data begins')], 0.01, measure, 20, arrows)
    expect(made.map(({ time, row, offset }) => [time, row, offset])).toEqual([
      [1, 0, 8],
      [4.8, 0, -8 - 54],
      [10, 0, 8],
    ])
    // below its diamond, where those beside leave no room: right of the arrow
    const tight = clusterMarks([mark(0.8, 'a', 'opened'), mark(1, 'data begins'), mark(1.2, 'b', 'opened')], 0.01, measure, 20, arrows)
    expect(tight[1]).toMatchObject({ label: 'data begins', row: 1, offset: 8 })
    // of another lane's moves it knows nothing
    expect(clusterMarks([mark(4.8, 'data ends', 'other', 1)], 0.01, measure, 20, arrows)[0]).toMatchObject({ row: 0, offset: 8 })
  })

  it('no word covers a word or a diamond of its row, nor runs over the end', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            time: fc.double({ min: 0, max: 100, noNaN: true }),
            size: fc.integer({ min: 1, max: 24 }),
            lane: fc.integer({ min: 0, max: 2 }),
          }),
          { maxLength: 60 },
        ),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (list, zoomed) => {
          const made = clusterMarks(
            list.map(({ time, size, lane }, at) => mark(time, String(at).padEnd(size, 'x'), 'probed', lane)),
            zoomed,
            measure,
            101,
          )
          for (const lane of [0, 1, 2]) {
            const mine = made.filter((cluster) => cluster.speaker.lane === lane)
            const spans = mine
              .filter((cluster) => cluster.row >= 0)
              .map((cluster) => {
                const left = cluster.time / zoomed + cluster.offset
                return { row: cluster.row, left, right: left + measure(cluster.label), own: cluster }
              })
            for (const one of spans) {
              expect(one.right).toBeLessThanOrEqual(101 / zoomed + 1e-6)
              for (const two of spans)
                if (one !== two && one.row === two.row) expect(one.right <= two.left || two.right <= one.left).toBe(true)
              if (one.row === 0)
                for (const other of mine)
                  if (other !== one.own) expect(other.time / zoomed <= one.left || other.time / zoomed >= one.right).toBe(true)
            }
          }
        },
      ),
    )
  })

  it('gives pills a side, a short form, or none; the chosen one first', () => {
    const arrow = (x: number, first = false) => ({ x, long: 'rehomed · 37 ms · link', short: '37 ms', first })
    const long = measure('rehomed · 37 ms · link') + 18
    expect(placePills([arrow(100)], measure)).toEqual([{ x: 100, left: 106, text: 'rehomed · 37 ms · link' }])
    const two = placePills([arrow(300), arrow(360, true)], measure)
    expect(two.map((pill) => pill.text)).toEqual(['rehomed · 37 ms · link', 'rehomed · 37 ms · link'])
    expect(two[0]!.left).toBe(300 - 6 - long)
    const many = placePills(
      Array.from({ length: 30 }, (_, at) => arrow(100 + at * 9, at === 12)),
      measure,
    )
    expect(many[12]!.text).not.toBe('')
    expect(many.filter((pill) => pill.left === null).length).toBeGreaterThan(20)
  })
})

describe('the legend', () => {
  const lane = (retransmitted: number[]) => ({ retransmitted }) as never
  const mark = (kind: string) => ({ kind }) as never

  it('tells of what occurs, since its line has not room for all', () => {
    expect(drawnIn({ lanes: [lane([0, 0])], marks: [mark('finding')] })).toEqual({ resent: false, signal: false, finding: true })
    expect(drawnIn({ lanes: [lane([0, 0]), lane([0, 9])], marks: [mark('opened')] })).toEqual({
      resent: true,
      signal: true,
      finding: false,
    })
    expect(drawnIn(null)).toEqual({ resent: false, signal: false, finding: false })
  })
})

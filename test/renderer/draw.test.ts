/** The lane picture, by what it paints in which order: an arrow that crosses a lane's caption passes behind it. */
import { expect, it } from 'vitest'
import { drawScene, type Scene } from '../../renderer/timeline/draw.ts'
import { layoutLanes } from '../../renderer/timeline/lane-layout.ts'
import type { Palette } from '../../renderer/timeline/palette.ts'

const WIDE = 6

/** a canvas that notes filled rectangles, words and arrows */
function notingContext() {
  const done: { what: string; style?: unknown; at: unknown[] }[] = []
  const own: Record<string, unknown> = { measureText: (text: string) => ({ width: text.length * WIDE }) }
  const context = new Proxy(own, {
    get: (_, name: string) => own[name] ?? ((...at: unknown[]) => void done.push({ what: name, style: own.fillStyle, at })),
    set: (_, name: string, value) => {
      own[name] = value
      return true
    },
  })
  return { done, context: context as unknown as CanvasRenderingContext2D }
}

it('an arrow passes behind the caption of the lane that it ends in', () => {
  const lanes = ['192.0.2.1', '198.51.100.1'].map((initiator, at) => ({
    initiator,
    responder: '203.0.113.1',
    interface: `up${at}`,
    prefix: null,
    linkDown: [],
    toResponder: [],
    toInitiator: [],
    retransmitted: [],
  }))
  const move = { id: 'r1', time: 1.5, fromLane: 0, toLane: 1, lastOld: null, outageMs: null, trigger: null, label: 'moved' }
  const layout = layoutLanes(lanes as never, [move], new Set(), new Set(), (lane) => lane)
  const { done, context } = notingContext()
  const palette = new Proxy({}, { get: (_, name) => (name === 'paths' ? ['a', 'b'] : name) }) as Palette
  const slice = { from: 0, to: 10, binSeconds: 0, peak: 0, split: 0.5, lanes, marks: [] }
  drawScene(context, {
    width: 1000,
    height: layout.height,
    view: { from: 0, to: 10 },
    layout,
    overview: slice,
    detail: null,
    clusters: [],
    moves: [move],
    stays: [],
    chosen: null,
    pointer: null,
    selecting: null,
    palette,
    ratio: 1,
  } as unknown as Scene)
  const caption = '198.51.100.1 \u21c4 203.0.113.1'
  const words = done.findIndex(({ what, at }) => what === 'fillText' && at[0] === caption)
  const [, left, y] = done[words]!.at as [string, number, number]
  const plate = done.findLastIndex(
    ({ what, style, at }, place) =>
      place < words &&
      what === 'fillRect' &&
      style === 'panel' &&
      (at[0] as number) <= left &&
      (at[0] as number) + (at[2] as number) >= left + caption.length * WIDE &&
      (at[1] as number) < y &&
      (at[1] as number) + (at[3] as number) > y,
  )
  const arrowEnd = done.findLastIndex(({ what }) => what === 'arc')
  expect(plate).toBeGreaterThan(arrowEnd)
})

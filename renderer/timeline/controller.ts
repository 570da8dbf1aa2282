/**
 * Drives the path timeline outside React: view, slices, pointer and keys, one paint a frame and only when something changed.
 * A slice is asked for by range and pixel width when the view rests; until it comes the one at hand is stretched.
 * One question is under way at a time. React hears of hover, of clicks and of the view, not of frames.
 */
import type { TimelineSlice } from '../../shared/contract.ts'
import type { SessionPairReport } from '../../shared/report.ts'
import { drawScene, type PlacedMove } from './draw.ts'
import { type Hover, hoverAt } from './hover.ts'
import { AXIS, arrowsByLane, foldable, type Layout, layoutLanes } from './lane-layout.ts'
import { type Cluster, clusterMarks } from './mark-labels.ts'
import { type Palette, readPalette } from './palette.ts'
import { alignLanes, readSlice, type Slice, type SliceMark } from './slice.ts'
import { isWhole, pan, SHORTEST, type Span, sliceSpan, width, within, xToTime, zoom } from './time-scale.ts'

export interface TimelineEvents {
  onHover(hover: Hover | null): void
  onView(view: Span, whole: boolean): void
  /** `quiet`: lanes that tell nothing and may be left out */
  onOverview(slice: Slice, quiet: number): void
  onFrame(frame: number): void
  onRehoming(id: string): void
  /** bins of [from, to], seconds since the capture's start */
  fetch(from: number, to: number, pixels: number): Promise<TimelineSlice | null>
}

export interface Timeline {
  zoomBy(factor: number): void
  panBy(share: number): void
  whole(): void
  /** the session has grown: a view of the whole of it, or of its end, goes along */
  grow(bounds: Span, pairs: readonly SessionPairReport[]): void
  choose(id: string | null, show: boolean): void
  /** shows the lanes that tell nothing, or leaves them out again */
  unfold(every: boolean): void
  theme(): void
  view(): Span
  destroy(): void
}

const REST = 70
const EMPTY: Layout = { boxes: [], boxOf: [], height: AXIS }

export function createTimeline(
  canvas: HTMLCanvasElement,
  subject: { bounds: Span; origin: number; pairs: readonly SessionPairReport[]; chosen: string | null },
  events: TimelineEvents,
): Timeline {
  const context = canvas.getContext('2d', { alpha: true })!
  const { origin } = subject
  let { bounds, pairs } = subject
  let view: Span = { ...bounds }
  let pixels = 0
  let ratio = 1
  let palette: Palette = readPalette(canvas)
  let overview: Slice | null = null
  let model: TimelineSlice | null = null
  let detail: Slice | null = null
  let layout = EMPTY
  let clusters: Cluster<SliceMark>[] = []
  let clustersFor: { slice: Slice; scale: number } | null = null
  let placed: PlacedMove[] = []
  let chosen = subject.chosen
  let pointer: { x: number; y: number } | null = null
  let selecting: { from: number; to: number } | null = null
  let frame = 0
  let rest: ReturnType<typeof setTimeout> | null = null
  let asking = false
  let again = false
  let gone = false
  /** an overview is under way; what it was asked for has changed since */
  let loading = false
  let outdated = false
  /** lanes that tell nothing are shown too */
  let everyLane = false
  const words = new Map<string, number>()

  const measure = (text: string): number => {
    const known = words.get(text)
    if (known !== undefined) return known
    context.font = `11px ${palette.sans}`
    const made = context.measureText(text).width
    if (words.size > 5000) words.clear()
    words.set(text, made)
    return made
  }

  const covers = (slice: Slice | null): slice is Slice => slice !== null && slice.from <= view.from + 1e-9 && slice.to >= view.to - 1e-9
  const source = (): Slice | null => (covers(detail) ? detail : overview)

  function paint(): void {
    frame = 0
    if (gone || pixels === 0) return
    const slice = source()
    const scale = width(view) / pixels
    if (slice && (clustersFor?.slice !== slice || Math.abs(clustersFor.scale / scale - 1) > 1e-6)) {
      clusters = clusterMarks(slice.marks, scale, measure, bounds.to, arrowsByLane(layout, overview?.moves ?? []))
      clustersFor = { slice, scale }
    }
    placed = drawScene(context, {
      width: pixels,
      height: layout.height,
      view,
      layout,
      overview,
      detail,
      clusters: slice ? clusters : [],
      moves: overview ? overview.moves : [],
      stays: overview ? overview.stays : [],
      chosen,
      pointer,
      selecting,
      palette,
      ratio,
    })
  }

  function redraw(): void {
    if (frame === 0 && !gone) frame = requestAnimationFrame(paint)
  }

  function hover(): void {
    events.onHover(pointer && !selecting ? hoverAt(pointer, view, pixels, layout, source(), clusters, placed) : null)
  }

  function look(next: Span): void {
    if (next.from === view.from && next.to === view.to) return
    view = next
    redraw()
    events.onView(view, isWhole(bounds, view))
    if (rest) clearTimeout(rest)
    rest = setTimeout(() => void refine(), REST)
  }

  async function refine(): Promise<void> {
    if (gone || pixels === 0) return
    if (asking) {
      again = true
      return
    }
    if (isWhole(bounds, view) && overview) {
      detail = null
      redraw()
      return
    }
    const wanted = sliceSpan(bounds, view)
    const finest = width(view) / pixels
    if (covers(detail) && detail.binSeconds < finest * 1.25 && detail.binSeconds > finest * 0.2) return
    asking = true
    const answer = await events.fetch(
      wanted.from,
      wanted.to,
      Math.min(8192, Math.max(16, Math.round((width(wanted) / width(view)) * pixels))),
    )
    asking = false
    if (gone) return
    if (answer) {
      detail = readSlice(model ? alignLanes(answer, model) : answer, origin, pairs)
      redraw()
      hover()
    }
    if (again) {
      again = false
      void refine()
    }
  }

  async function loadOverview(): Promise<void> {
    if (loading) {
      outdated = true
      return
    }
    loading = true
    const asked = pixels
    const answer = await events.fetch(bounds.from, bounds.to, Math.min(8192, Math.max(16, Math.round(pixels))))
    loading = false
    if (gone) return
    if (outdated) {
      outdated = false
      void loadOverview()
    }
    if (!answer) return
    model = answer
    overview = readSlice(answer, origin, pairs)
    arrange(overview)
    redraw()
    if (Math.abs(asked - pixels) > 200) void loadOverview()
  }

  /** where the lanes stand, and how many are left out */
  function arrange({ lanes, moves, marks, paths }: Slice): void {
    const idle = new Set(lanes.flatMap((lane, at) => (lane.toResponder.some(Boolean) || lane.toInitiator.some(Boolean) ? [] : [at])))
    const quiet = foldable(lanes.length, idle, moves, marks)
    const marked = new Set(marks.map((mark) => mark.lane))
    layout = layoutLanes(lanes, moves, marked, idle, (lane) => paths[lane] ?? lane, everyLane ? undefined : quiet)
    resize()
    events.onOverview(overview!, quiet.size)
  }

  function resize(): void {
    const wide = Math.floor(canvas.parentElement!.clientWidth)
    ratio = window.devicePixelRatio || 1
    const first = pixels === 0 && wide > 0
    pixels = wide
    canvas.style.height = `${layout.height}px`
    canvas.width = Math.max(1, Math.round(wide * ratio))
    canvas.height = Math.max(1, Math.round(layout.height * ratio))
    if (frame) cancelAnimationFrame(frame)
    paint()
    if (first) void loadOverview()
    else if (!isWhole(bounds, view)) void refine()
  }

  const observer = new ResizeObserver(() => {
    if (Math.floor(canvas.parentElement!.clientWidth) !== pixels || window.devicePixelRatio !== ratio) resize()
  })
  observer.observe(canvas.parentElement!)
  const input = listen()

  function place(event: PointerEvent | WheelEvent): { x: number; y: number } {
    const box = canvas.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  function listen(): () => void {
    const stop = new AbortController()
    const { signal } = stop
    const fingers = new Map<number, { x: number; y: number }>()
    let press: { x: number; from: Span; moved: boolean; select: boolean } | null = null
    let outside = 0
    let zoomed = 0
    // a page that is being scrolled must not turn into a zoom because the picture came under the pointer
    window.addEventListener('wheel', (event) => !canvas.contains(event.target as Node) && (outside = event.timeStamp), {
      passive: true,
      capture: true,
      signal,
    })
    canvas.addEventListener(
      'wheel',
      (event) => {
        const pinch = event.ctrlKey || event.metaKey
        if (!pinch && event.timeStamp - outside < 300) {
          outside = event.timeStamp
          return
        }
        const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1
        const sideways = !pinch && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        const delta = (sideways && event.deltaX !== 0 ? event.deltaX : event.deltaY) * unit
        // zoomed out all the way: the wheel scrolls the page as it does elsewhere
        if (!sideways && delta > 0 && isWhole(bounds, view)) {
          // the rest of a turn that zoomed out is no scrolling
          if (pinch || event.timeStamp - zoomed < 400) {
            zoomed = event.timeStamp
            event.preventDefault()
          }
          return
        }
        event.preventDefault()
        zoomed = event.timeStamp
        const at = place(event)
        if (sideways) look(pan(bounds, view, (delta / pixels) * width(view)))
        else look(zoom(bounds, view, Math.exp(Math.max(-300, Math.min(300, delta)) * (pinch ? 0.01 : 0.002)), xToTime(view, pixels, at.x)))
        pointer = at
        hover()
      },
      { passive: false, signal },
    )
    canvas.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return
        const at = place(event)
        fingers.set(event.pointerId, at)
        canvas.setPointerCapture(event.pointerId)
        press = { x: at.x, from: { ...view }, moved: false, select: event.shiftKey || at.y > layout.height - AXIS }
      },
      { signal },
    )
    canvas.addEventListener(
      'pointermove',
      (event) => {
        const at = place(event)
        if (fingers.size === 2 && fingers.has(event.pointerId)) {
          const before = [...fingers.values()]
          fingers.set(event.pointerId, at)
          const after = [...fingers.values()]
          const apart = (list: { x: number }[]) => Math.max(20, Math.abs(list[0]!.x - list[1]!.x))
          look(zoom(bounds, view, apart(before) / apart(after), xToTime(view, pixels, (after[0]!.x + after[1]!.x) / 2)))
          press = null
          return
        }
        pointer = at
        if (press && fingers.has(event.pointerId)) {
          if (Math.abs(at.x - press.x) > 3) press.moved = true
          if (press.moved && press.select) selecting = { from: press.x, to: at.x }
          else if (press.moved)
            look(
              within(bounds, {
                from: press.from.from - ((at.x - press.x) / pixels) * width(press.from),
                to: press.from.to - ((at.x - press.x) / pixels) * width(press.from),
              }),
            )
        }
        canvas.style.cursor = press?.moved && !press.select ? 'grabbing' : cursorAt(at)
        redraw()
        hover()
      },
      { signal },
    )
    const lift = (event: PointerEvent) => {
      if (!fingers.delete(event.pointerId)) return
      const done = press
      press = null
      if (selecting && done) {
        const from = xToTime(view, pixels, Math.min(selecting.from, selecting.to))
        const to = xToTime(view, pixels, Math.max(selecting.from, selecting.to))
        selecting = null
        if (to - from > SHORTEST) look(within(bounds, { from, to }))
        redraw()
      } else if (done && !done.moved && event.type === 'pointerup') click(place(event))
    }
    canvas.addEventListener('pointerup', lift, { signal })
    canvas.addEventListener('pointercancel', lift, { signal })
    canvas.addEventListener(
      'pointerleave',
      () => {
        pointer = null
        redraw()
        hover()
      },
      { signal },
    )
    canvas.addEventListener('dblclick', (event) => look(zoom(bounds, view, 0.4, xToTime(view, pixels, event.offsetX))), { signal })
    return () => stop.abort()
  }

  function cursorAt(at: { x: number; y: number }): string {
    if (at.y > layout.height - AXIS) return 'col-resize'
    const under = hoverAt(at, view, pixels, layout, source(), clusters, placed)
    if (under && (under.frame !== null || under.rehoming !== null)) return 'pointer'
    return isWhole(bounds, view) ? 'crosshair' : 'grab'
  }

  function click(at: { x: number; y: number }): void {
    const under = hoverAt(at, view, pixels, layout, source(), clusters, placed)
    if (under?.rehoming) events.onRehoming(under.rehoming)
    else if (under && under.frame !== null) events.onFrame(under.frame)
  }

  return {
    zoomBy: (factor) => look(zoom(bounds, view, factor, pointer ? xToTime(view, pixels, pointer.x) : (view.from + view.to) / 2)),
    panBy: (share) => look(pan(bounds, view, share * width(view))),
    whole: () => look({ ...bounds }),
    grow(next, nextPairs) {
      const whole = isWhole(bounds, view)
      const atEnd = view.to >= bounds.to - 1e-9
      const by = next.to - bounds.to
      bounds = next
      pairs = nextPairs
      if (pixels === 0) return
      if (whole) view = { ...next }
      else if (atEnd) view = within(next, { from: view.from + by, to: view.to + by })
      events.onView(view, isWhole(bounds, view))
      void loadOverview()
      if (!whole) void refine()
    },
    choose(id, show) {
      chosen = id
      const move = overview?.moves.find((entry) => entry.id === id)
      if (show && move) {
        const outage = move.lastOld === null ? 0 : move.time - move.lastOld
        // close enough to read the outage, never farther out than now
        const length = Math.min(width(view), Math.max(outage * 5, width(bounds) / 400, 0.05))
        const middle = move.time - outage / 2
        look(within(bounds, { from: middle - length / 2, to: middle + length / 2 }))
      }
      redraw()
    },
    unfold(every) {
      everyLane = every
      if (overview) arrange(overview)
      redraw()
    },
    theme() {
      palette = readPalette(canvas)
      words.clear()
      redraw()
    },
    view: () => view,
    destroy() {
      gone = true
      if (frame) cancelAnimationFrame(frame)
      if (rest) clearTimeout(rest)
      observer.disconnect()
      input()
    },
  }
}

/**
 * The packet list: every row of any capture reachable, only what is on screen in the document. Rows are slots that keep their
 * element while the text changes; the layer moves by a transform. Beyond the browser's height limit the thumb is scaled (row-scroll)
 * and wheel and keys move by rows as they are. Keys as in Wireshark.
 */

// biome-ignore-all lint/a11y/useSemanticElements: a virtual list is no table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus, its rows are pointed at
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore } from 'react'
import type { PacketRow } from '../../shared/contract.ts'
import { Menu } from '../frame/menu.tsx'
import { useCapture } from '../state/capture-store.ts'
import { useColumns } from '../state/column-store.ts'
import { useMarks } from '../state/mark-store.ts'
import { applyFilter, rowPages, selectIndex, usePackets } from '../state/packet-store.ts'
import { useSession } from '../state/session-store.ts'
import { count } from '../text/format.ts'
import { columnWidths } from './column-widths.ts'
import { type Column, fieldOf, leastWidth, tracksOf } from './columns.ts'
import { copySelectedFilter, copySelectedLines } from './copy.ts'
import { PacketHead } from './packet-head.tsx'
import { Row } from './packet-row.tsx'
import { rowEntries } from './row-menu.ts'
import {
  clampTop,
  isAtEnd,
  isScaled,
  maximumTop,
  type RowWindow,
  type ScrollScale,
  scrollFromTop,
  spacerHeight,
  topFromScroll,
  topToShow,
  visibleRows,
} from './row-scroll.ts'

export const ROW = 20
/** height of the line of column names, which stays on top */
const COLUMNS = 22
const OVERSCAN = 4
/** rows that are loaded before they are scrolled to */
const AROUND = 24
const BLOCK = 4096

/** out of an empty list: neither the filter nor 'only this session' holds any longer, and the keys go on in the list */
function showAll(): void {
  document.getElementById('packet-list')?.focus()
  void applyFilter('', false)
}

export function PacketList() {
  const scroller = useRef<HTMLDivElement>(null)
  const top = useRef(0)
  const expected = useRef(-1)
  /** as in Wireshark, a live list that is at its end stays there, until someone scrolls up or looks into a packet further up */
  const following = useRef(true)
  const [viewport, setViewport] = useState(200)
  const [menu, setMenu] = useState<{ x: number; y: number; row: PacketRow; column: Column | null } | null>(null)
  const [, redraw] = useReducer((tick: number) => tick + 1, 0)
  const version = useSyncExternalStore(rowPages.subscribe, rowPages.version)
  const total = rowPages.total()
  const selected = usePackets((state) => state.selected)
  const frame = usePackets((state) => state.frame)
  const anchor = usePackets((state) => state.anchor)
  const reveal = usePackets((state) => state.reveal)
  const look = usePackets((state) => state.look)
  const marked = useMarks((state) => state.marked)
  const filterId = usePackets((state) => state.filterId)
  const fresh = usePackets((state) => state.fresh)
  const session = useSession((state) => (state.overview ? null : state.id))
  const live = useCapture((state) => state.status?.state === 'live')
  const columns = useColumns((state) => state.columns)
  const fields = useMemo(() => columns.flatMap((column) => fieldOf(column) ?? []), [columns])
  const tracks = useMemo(() => tracksOf(columns), [columns])
  const least = useMemo(() => leastWidth(columns), [columns])
  const widths = useWidths()
  const scale: ScrollScale = { rowHeight: ROW, rows: total, viewport }
  const current = useRef(scale)
  current.current = scale

  const moveTo = useCallback((next: number) => {
    const element = scroller.current
    if (!element) return
    const scaleNow = current.current
    top.current = clampTop(scaleNow, next)
    following.current = isAtEnd(scaleNow, top.current)
    const target = scrollFromTop(scaleNow, top.current)
    if (Math.abs(element.scrollTop - target) >= 0.5) {
      element.scrollTop = target
      expected.current = element.scrollTop
    }
    redraw()
  }, [])

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setViewport(Math.max(ROW, element.clientHeight - COLUMNS))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    const onScroll = () => {
      // our own writes come back as events: real pixels are known better than the scaled ones
      if (Math.abs(element.scrollTop - expected.current) < 1) return
      expected.current = -1
      top.current = topFromScroll(current.current, element.scrollTop)
      following.current = isAtEnd(current.current, top.current)
      redraw()
    }
    const onWheel = (event: WheelEvent) => {
      if (!isScaled(current.current) || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return
      event.preventDefault()
      const unit = event.deltaMode === 1 ? ROW * 1.5 : event.deltaMode === 2 ? current.current.viewport : 1
      moveTo(top.current + event.deltaY * unit)
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
      element.removeEventListener('wheel', onWheel)
    }
  }, [moveTo])

  // a pane that is made smaller must not push out of sight what is looked at
  const inside = useRef(viewport)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another height may do that, not the choice of another row
  useLayoutEffect(() => {
    const before = { ...current.current, viewport: inside.current }
    inside.current = viewport
    if (selected === null || topToShow(before, top.current, selected, false) !== clampTop(before, top.current)) return
    moveTo(topToShow(current.current, top.current, selected, false))
  }, [viewport, moveTo])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a lower pane has another end, too
  useLayoutEffect(() => {
    if (total === 0) following.current = true
    else if (live && following.current) moveTo(maximumTop(current.current))
  }, [total, viewport, live, moveTo])

  // a new list begins at its top
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is what makes it new
  useEffect(() => moveTo(0), [fresh])

  // biome-ignore lint/correctness/useExhaustiveDependencies: raised on purpose to scroll again to the same row
  useEffect(() => {
    if (selected === null) return
    moveTo(topToShow(current.current, top.current, selected, true))
    following.current = selected === current.current.rows - 1
  }, [reveal])
  useEffect(() => {
    if (look !== null) moveTo(topToShow(current.current, top.current, look.index, true))
  }, [look, moveTo])

  const at = clampTop(scale, top.current)
  const window = visibleRows(scale, at, OVERSCAN)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version may have forgotten what is looked at
  useEffect(() => rowPages.want(window.first, window.last, AROUND), [window.first, window.last, version, filterId])

  const openMenu = useCallback((row: PacketRow, column: Column | null, x: number, y: number) => setMenu({ row, column, x, y }), [])
  const keys = (event: React.KeyboardEvent) => {
    if (event.altKey || total === 0) return
    const chosen = selected === null ? undefined : rowPages.get(selected)
    if (chosen && (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
      const place = document.getElementById(`packet-row-${selected}`)?.getBoundingClientRect()
      if (place) setMenu({ row: chosen, column: null, x: place.left + 60, y: place.bottom })
      event.preventDefault()
      return
    }
    const page = Math.max(1, Math.floor(viewport / ROW) - 1)
    const from = selected ?? -1
    const control = event.ctrlKey || event.metaKey
    if (control && event.key.toLowerCase() === 'c' && selected !== null) {
      // what is selected as text is copied as text
      if (!event.shiftKey && !getSelection()?.isCollapsed) return
      event.preventDefault()
      void (event.shiftKey ? copySelectedFilter() : copySelectedLines())
      return
    }
    let next: number | null = null
    if (event.key === 'ArrowDown') next = from + 1
    else if (event.key === 'ArrowUp') next = Math.max(0, from - 1)
    else if (event.key === 'PageDown' || event.key === ' ') next = from + page
    else if (event.key === 'PageUp') next = from - page
    else if (event.key === 'Home') next = 0
    else if (event.key === 'End') next = total - 1
    else if (event.key === 'Enter' && selected !== null && !control) document.getElementById('packet-tree')?.focus()
    if (next === null) return
    event.preventDefault()
    const index = Math.min(total - 1, Math.max(0, next))
    moveTo(topToShow(current.current, top.current, index, false))
    void selectIndex(index, event.shiftKey && event.key !== ' ')
  }

  const block = Math.floor(window.first / BLOCK) * BLOCK
  const pool = Math.ceil(viewport / ROW) + 2 * OVERSCAN + 2
  const rows: React.ReactNode[] = new Array(pool)
  for (let index = window.first; index < window.last; index++) {
    const row = rowPages.get(index)
    rows[index % pool] = (
      <Row
        key={index % pool}
        index={index}
        y={(index - block) * ROW}
        row={row}
        chosen={index === selected}
        exact={row === undefined || frame === null || row.frame === frame}
        inSession={session !== null && row?.session === session}
        inRange={anchor !== null && frame !== null && row !== undefined && between(row.frame, anchor, frame)}
        marked={row !== undefined && marked.has(row.frame)}
        columns={columns}
        fields={fields}
        tracks={tracks}
        onMenu={openMenu}
      />
    )
  }

  return (
    <div
      className={least === null ? 'packet-list' : 'packet-list sized'}
      role="grid"
      aria-multiselectable="true"
      aria-label={`Packets, ${count(total)} rows`}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={selected !== null && selected >= window.first && selected < window.last ? `packet-row-${selected}` : undefined}
      tabIndex={0}
      onKeyDown={keys}
      id="packet-list"
      ref={scroller}
      style={least === null ? widths : ({ ...widths, '--least': `${least}px` } as React.CSSProperties)}
    >
      <PacketHead columns={columns} tracks={tracks} fields={fields} rows={() => shownRows(window)} />
      <div style={{ height: Math.max(spacerHeight(scale), viewport) }} role="presentation">
        <div className="packet-layer" style={{ height: viewport }} role="presentation">
          {total === 0 && (
            <div className="packet-note muted" role="row">
              <span role="gridcell">
                {filterId === null ? 'No packets.' : 'No packet matches the filter. '}
                {filterId !== null && (
                  <button type="button" className="link" onClick={showAll}>
                    Show all packets
                  </button>
                )}
              </span>
            </div>
          )}
          <div role="presentation" style={{ transform: `translateY(${block * ROW - at}px)` }}>
            {rows}
          </div>
        </div>
      </div>
      {menu && (
        <Menu x={menu.x} y={menu.y} label="Packet" entries={rowEntries(menu.row, menu.column, fields)} onClose={() => setMenu(null)} />
      )}
    </div>
  )
}

const between = (frame: number, one: number, other: number): boolean => frame >= Math.min(one, other) && frame <= Math.max(one, other)

/** those on screen that are here already */
function shownRows({ first, last }: RowWindow): PacketRow[] {
  const rows: PacketRow[] = []
  for (let index = first; index < last; index++) {
    const row = rowPages.get(index)
    if (row) rows.push(row)
  }
  return rows
}

/** the columns that have to be as wide as this capture's longest number, time and name */
function useWidths(): React.CSSProperties {
  const packets = useCapture((state) => state.status?.packets ?? 0)
  const zero = useCapture((state) => state.status?.zero ?? state.status?.start ?? 0)
  const start = useCapture((state) => state.status?.start ?? zero)
  const end = useCapture((state) => state.status?.end ?? zero)
  const interfaces = useCapture((state) => state.status?.capture?.interfaces)
  const {
    number,
    time,
    interface: name,
  } = columnWidths({
    packets,
    earliest: start - zero,
    latest: end - zero,
    interfaces: interfaces?.slice(0, 200).map((entry) => entry.name) ?? [],
  })
  return { '--number-width': `${number}ch`, '--time-width': `${time}ch`, '--interface-width': `${name}ch` } as React.CSSProperties
}

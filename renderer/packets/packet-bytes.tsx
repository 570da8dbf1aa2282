/**
 * The bytes of one memory of a packet (the frame, or what was reassembled), sixteen a row, virtual rows.
 * Bytes under the chosen and the hovered line light up; a byte chosen here chooses the innermost line that covers it.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import type { PacketDetail } from '../../shared/contract.ts'
import { chooseNode, usePackets } from '../state/packet-store.ts'
import { visible } from '../text/visible.ts'
import { type ByteRange, innermostPath, memoriesOf, rangeOf } from './byte-link.ts'

const LINE = 18
const WIDE = 16

export function PacketBytes({ detail }: { detail: PacketDetail }) {
  const source = usePackets((state) => state.source)
  const node = usePackets((state) => state.node)
  const hovered = usePackets((state) => state.hovered)
  const memories = useMemo(() => memoriesOf(detail), [detail])
  const sizes = useMemo(() => memories.map((memory) => memory.length), [memories])
  const bytes = memories[source] ?? new Uint8Array(0)
  const box = useRef<HTMLDivElement>(null)
  const chosenRange = rangeOf(node, sizes)
  const hoverRange = rangeOf(hovered, sizes)
  const virtual = useVirtualizer({
    count: Math.ceil(bytes.length / WIDE),
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 6,
  })
  const from = chosenRange?.source === source ? chosenRange.from : -1

  useEffect(() => {
    if (from >= 0) virtual.scrollToIndex(Math.floor(from / WIDE), { align: 'auto' })
  }, [from, virtual])

  const offsetOf = (event: { target: EventTarget }): number | null => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-at]')
    return cell ? Number(cell.dataset.at) : null
  }
  const lineOf = (offset: number | null) => (offset === null ? null : (innermostPath(detail.tree, source, offset).at(-1) ?? null))

  const keys = (event: React.KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WIDE, ArrowDown: WIDE }
    const step = steps[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    // from the chosen field on to the next byte that belongs to another
    const start = chosenRange?.source === source ? (step > 0 ? chosenRange.to - 1 : chosenRange.from) : -1
    const next = Math.min(bytes.length - 1, Math.max(0, start + step))
    chooseNode(lineOf(next))
  }

  return (
    <div className="bytes-pane">
      {detail.sources.length > 1 && (
        <div className="tabs" role="tablist" aria-label="Bytes of">
          {detail.sources.map((entry, at) => (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a source is known by its place
              key={at}
              type="button"
              role="tab"
              aria-selected={at === source}
              aria-controls="packet-bytes"
              onClick={() => usePackets.setState({ source: at })}
            >
              {visible(entry.name)} <span className="muted">{sizes[at]} B</span>
            </button>
          ))}
        </div>
      )}
      <div
        className="packet-bytes"
        id="packet-bytes"
        ref={box}
        role="application"
        aria-label={`Bytes of frame ${detail.frame}; arrows step from field to field`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows step through the fields
        tabIndex={0}
        onKeyDown={keys}
        onClick={(event) => {
          const offset = offsetOf(event)
          if (offset !== null) chooseNode(lineOf(offset))
        }}
        onPointerOver={(event) => usePackets.setState({ hovered: lineOf(offsetOf(event)) })}
        onPointerLeave={() => usePackets.setState({ hovered: null })}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => (
            <BytesLine
              key={item.key}
              bytes={bytes}
              at={item.index * WIDE}
              y={item.start}
              chosen={chosenRange?.source === source ? chosenRange : null}
              hovered={hoverRange?.source === source ? hoverRange : null}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

const inside = (range: ByteRange | null, offset: number) => range !== null && offset >= range.from && offset < range.to

function BytesLine({
  bytes,
  at,
  y,
  chosen,
  hovered,
}: {
  bytes: Uint8Array
  at: number
  y: number
  chosen: ByteRange | null
  hovered: ByteRange | null
}) {
  const hex: React.ReactNode[] = []
  const text: React.ReactNode[] = []
  for (let offset = at; offset < Math.min(bytes.length, at + WIDE); offset++) {
    const value = bytes[offset]!
    const name = `${inside(chosen, offset) ? 'lit' : ''}${inside(hovered, offset) ? ' near' : ''}${offset % 8 === 7 && offset % WIDE !== 15 ? ' half' : ''}`
    hex.push(
      <span key={offset} data-at={offset} className={name}>
        {value.toString(16).padStart(2, '0')}
      </span>,
    )
    text.push(
      <span key={offset} data-at={offset} className={name}>
        {value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : '·'}
      </span>,
    )
  }
  return (
    <div className="bytes-line" style={{ transform: `translateY(${y}px)` }}>
      <span className="bytes-offset">{at.toString(16).padStart(4, '0')}</span>
      <span className="bytes-hex">{hex}</span>
      <span className="bytes-text">{text}</span>
    </div>
  )
}

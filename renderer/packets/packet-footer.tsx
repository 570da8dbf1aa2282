/**
 * The evidence: filter, packet list, tree and bytes, with panes that can be resized, put beside or below, or closed.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { FilterBar } from '../filter/filter-bar.tsx'
import { Splitter } from '../frame/splitter.tsx'
import { useCapture } from '../state/capture-store.ts'
import { goToTyped, rowPages, usePackets } from '../state/packet-store.ts'
import { change, useView } from '../state/view-store.ts'
import { count } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { PacketBytes } from './packet-bytes.tsx'
import { PacketList } from './packet-list.tsx'
import { PacketTree } from './packet-tree.tsx'

/** `children`: the bar that makes it taller */
export function PacketFooter({ children }: { children: React.ReactNode }) {
  const footer = useView((state) => state.footer)
  const details = useView((state) => state.details)
  const share = useView((state) => state.detailsShare)
  const packets = useCapture((state) => state.status?.packets ?? 0)
  const filterId = usePackets((state) => state.filterId)
  const frame = usePackets((state) => state.frame)
  const room = useRef<HTMLDivElement>(null)

  // the list grows while a capture is being read
  useEffect(() => {
    if (filterId === null) rowPages.grow(packets)
  }, [packets, filterId])

  const next = { beside: 'below', below: 'hidden', hidden: 'beside' } as const
  const words = { beside: 'Details beside', below: 'Details below', hidden: 'Details hidden' } as const
  const open = details !== 'hidden' && frame !== null
  const size = `${Math.round(share * 1000) / 10}%`
  return (
    // over the whole window it is the page
    <section className={`footer ${footer}`} aria-label="Packets" role={footer === 'full' ? 'main' : undefined}>
      {footer === 'full' && <h1 className="hidden">Packets</h1>}
      {children}
      <div className="footer-bar">
        <FilterBar />
        <GoTo />
        <button type="button" onClick={() => change({ details: next[details] })} title="Where tree and bytes stand">
          {words[details]}
        </button>
        <button
          type="button"
          onClick={() => change({ footer: footer === 'full' ? 'normal' : 'full' })}
          aria-pressed={footer === 'full'}
          title="Packets over the whole window ( f )"
          aria-label="Packets over the whole window"
        >
          {footer === 'full' ? '▾' : '▴'}
        </button>
      </div>
      <div
        className="footer-panes"
        ref={room}
        style={
          open
            ? details === 'beside'
              ? { gridTemplateColumns: `minmax(0, 1fr) 5px ${size}` }
              : { gridTemplateRows: `minmax(0, 1fr) 5px ${size}` }
            : undefined
        }
      >
        <PacketList />
        {open && (
          <>
            <Splitter
              orientation={details === 'beside' ? 'vertical' : 'horizontal'}
              label="Size of the packet's details"
              value={share}
              low={0.15}
              high={0.85}
              step={0.03}
              perPixel={() => -1 / Math.max(1, details === 'beside' ? room.current!.clientWidth : room.current!.clientHeight)}
              onChange={(detailsShare) => change({ detailsShare })}
              onReset={() => change({ detailsShare: 0.42 })}
            />
            <Details />
          </>
        )}
      </div>
    </section>
  )
}

/** what is looked into is not in the list: the filter hides it */
function useHidden(): boolean {
  const frame = usePackets((state) => state.frame)
  const selected = usePackets((state) => state.selected)
  const filterId = usePackets((state) => state.filterId)
  useSyncExternalStore(rowPages.subscribe, rowPages.version)
  if (filterId === null || selected === null) return false
  const row = rowPages.get(selected)
  return row === undefined ? rowPages.total() === 0 : row.frame !== frame
}

function Details() {
  const hidden = useHidden()
  const detail = usePackets((state) => state.detail)
  const error = usePackets((state) => state.detailError)
  const layout = useView((state) => state.details)
  const share = useView((state) => state.treeShare)
  const box = useRef<HTMLDivElement>(null)
  if (error) {
    return (
      <div className="details-note" role="alert">
        <p>{visible(error.message)}</p>
        <p className="muted">{visible(error.hint)}</p>
      </div>
    )
  }
  if (!detail) return <div className="details-note muted">Loading the packet…</div>
  // stacked when the details stand beside the list, else next to each other
  const stacked = layout === 'beside'
  const size = `${Math.round((1 - share) * 1000) / 10}%`
  return (
    <div
      className="details"
      ref={box}
      style={
        stacked
          ? { gridTemplateRows: `auto minmax(0, 1fr) 5px ${size}` }
          : { gridTemplateColumns: `minmax(0, 1fr) 5px ${size}`, gridTemplateRows: 'auto minmax(0, 1fr)' }
      }
    >
      <div className="details-head">
        <b>Frame {count(detail.frame)}</b>
        <span className="muted">
          {count(detail.captured)} B captured{detail.captured === detail.wire ? '' : ` of ${count(detail.wire)} B on the wire`}
        </span>
        {hidden && <span className="warn-text">not in the list: the filter hides it</span>}
        {detail.stop && (
          <span className="stop-mark">
            {visible(detail.stop.kind)}: {visible(detail.stop.reason)} at byte {detail.stop.offset}
          </span>
        )}
      </div>
      <PacketTree detail={detail} />
      <Splitter
        orientation={stacked ? 'horizontal' : 'vertical'}
        label="Size of the tree"
        value={share}
        low={0.15}
        high={0.85}
        step={0.03}
        perPixel={() => 1 / Math.max(1, stacked ? box.current!.clientHeight : box.current!.clientWidth)}
        onChange={(treeShare) => change({ treeShare })}
        onReset={() => change({ treeShare: 0.55 })}
      />
      <PacketBytes detail={detail} />
    </div>
  )
}

/** Ctrl+G, as in Wireshark */
function GoTo() {
  const [text, setText] = useState('')
  const packets = useCapture((state) => state.status?.packets ?? 0)
  return (
    <form
      className="goto"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() === '') return
        void goToTyped(text, packets)?.then(() => {
          setText('')
          document.getElementById('packet-list')?.focus()
        })
      }}
    >
      <label className="hidden" htmlFor="goto">
        Go to frame
      </label>
      <input
        id="goto"
        inputMode="numeric"
        placeholder="frame…"
        title="Go to frame (Ctrl+G)"
        value={text}
        // as Wireshark's, it takes what a frame number is written with
        onChange={(event) => setText(event.target.value.replace(/[^\d\s,.#]/g, ''))}
        onKeyDown={(event) => {
          if (event.key === 'Escape') document.getElementById('packet-list')?.focus()
        }}
      />
    </form>
  )
}

/**
 * The window: title bar, strips for what needs saying, sessions left, page, packets below. Keys that work everywhere are here.
 */
import { useEffect, useRef, useState } from 'react'
import { showFindings } from '../findings/show.ts'
import { LiveBar } from '../live/live-bar.tsx'
import { LivePicker } from '../live/picker.tsx'
import { PacketFooter } from '../packets/packet-footer.tsx'
import { SessionPage } from '../session/session-page.tsx'
import { SessionList } from '../sessions/session-list.tsx'
import { useCapture } from '../state/capture-store.ts'
import { isLive, stopCapturing, useLive } from '../state/live-store.ts'
import { markSelected, stepMark } from '../state/mark-store.ts'
import { usePackets } from '../state/packet-store.ts'
import { stepRehoming, useSession } from '../state/session-store.ts'
import { change, useView } from '../state/view-store.ts'
import { CapturePage } from './capture-page.tsx'
import { commands, openSaving } from './commands.ts'
import { dropTarget, EmptyState, OpenDialog } from './empty-state.tsx'
import { Help } from './help.tsx'
import { SaveDialog } from './save-dialog.tsx'
import { Splitter } from './splitter.tsx'
import { Strips } from './strips.tsx'
import { TitleBar } from './title-bar.tsx'

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (/^(input|textarea|select)$/i.test(target.tagName) || target.isContentEditable)

function focusOn(id: string): void {
  const element = document.getElementById(id)
  element?.focus()
  if (element instanceof HTMLInputElement) element.select()
}

export function globalKeys(event: KeyboardEvent): void {
  const control = event.ctrlKey || event.metaKey
  const { help, opening, saving, picking, footer } = useView.getState()
  const capturing = isLive(useLive.getState().status)
  if (control && event.key.toLowerCase() === 'g') focusOn('goto')
  else if (control && event.key.toLowerCase() === 'o') change({ opening: true })
  // not the browser's own: it would save the page
  else if (control && event.key.toLowerCase() === 's') openSaving()
  else if (control && event.key.toLowerCase() === 'k') {
    if (!event.shiftKey) change({ picking: !capturing })
    else if (capturing) void stopCapturing()
  }
  // not the browser's own search: it would look through the few rows that are in the document
  else if (control && (event.key === '/' || (event.key.toLowerCase() === 'f' && !event.shiftKey))) focusOn('filter-input')
  else if (control && event.key.toLowerCase() === 'm') void markSelected()
  // Wireshark's; browsers keep the first for themselves, so that there is a key without Ctrl, too
  else if (control && event.shiftKey && event.key.toLowerCase() === 'n') void stepMark(1)
  else if (control && event.shiftKey && event.key.toLowerCase() === 'b') void stepMark(-1)
  else if (event.key === 'Escape' && (help || opening)) change({ help: false, opening: false })
  else if (event.key === 'Escape' && picking) change({ picking: false })
  else if (typing(event.target) || control || event.altKey || help || opening || saving) return
  else if (event.key === '?') change({ help: true })
  else if (event.key === 'c' && !capturing) change({ picking: true })
  else if (picking) return
  else if (event.key === '/') focusOn('filter-input')
  else if (event.key === '[') stepRehoming(-1)
  else if (event.key === ']') stepRehoming(1)
  else if (event.key === 'n') void stepMark(1)
  else if (event.key === 'N') void stepMark(-1)
  else if (event.key === '!') showFindings()
  else if (event.key === 's') focusOn('session-list')
  else if (event.key === 'p') focusOn('packet-list')
  else if (event.key === 'f') change({ footer: footer === 'full' ? 'normal' : 'full' })
  else return
  event.preventDefault()
}

export function App() {
  const state = useCapture((store) => store.status?.state ?? 'empty')
  const packets = useCapture((store) => store.status?.packets ?? 0)
  const name = useCapture((store) => store.status?.name ?? null)
  const rereading = useCapture((store) => store.rereading)
  const opening = useView((view) => view.opening)
  const saving = useView((view) => view.saving)
  const help = useView((view) => view.help)
  const picking = useView((view) => view.picking)
  const generation = useCapture((store) => store.generation)
  const listed = useCapture((store) => store.listed && store.sessionsTotal !== null)
  const [over, setOver] = useState(false)

  useEffect(() => {
    window.addEventListener('keydown', globalKeys)
    return () => window.removeEventListener('keydown', globalKeys)
  }, [])
  useEffect(() => dropTarget(setOver), [])
  useEffect(() => window.rehome?.onCommand?.((command) => commands[command]?.()), [])
  useEffect(() => {
    document.title = name ? `${name} – Rehome` : 'Rehome'
  }, [name])

  // What had the focus may be gone with the capture before: the keys go on in the list of sessions.
  const opened = useRef(generation)
  useEffect(() => {
    if (!listed || opened.current === generation) return
    opened.current = generation
    if (document.activeElement === document.body) focusOn('session-list')
  }, [listed, generation])

  // a capture that is being read shows its packets as soon as there are any; one that failed with none goes back to the start
  const workspace =
    rereading ||
    state === 'ready' ||
    state === 'live' ||
    (packets > 0 && (state === 'opening' || state === 'cancelled' || state === 'failed'))
  return (
    <div className="app">
      <TitleBar />
      <div className="strips">
        <Strips />
        <LiveBar />
      </div>
      {picking ? <LivePicker /> : workspace ? <Workspace /> : <EmptyState />}
      {opening && <OpenDialog />}
      {saving && <SaveDialog />}
      {help && <Help />}
      {over && (
        <div className="drop-over" role="presentation">
          <b>Drop to open</b>
        </div>
      )}
    </div>
  )
}

function Workspace() {
  const chosenWidth = useView((view) => view.sidebarWidth)
  const height = useView((view) => view.footerHeight)
  const footer = useView((view) => view.footer)
  const details = useView((view) => view.details)
  const inspecting = usePackets((state) => state.frame !== null)
  const overview = useSession((state) => state.overview || state.id === null)
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(800)
  const [across, setAcross] = useState(1280)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      setRoom(element.clientHeight)
      setAcross(element.clientWidth)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  // until someone drags them, the list takes a quarter, and the footer a third, half when a packet is looked into below its list and
  // somewhat less beside it, where tree and bytes share the height; the page always keeps room for its headline
  const width = Math.min(chosenWidth || Math.min(340, Math.max(230, across * 0.235)), across * 0.6)
  const share = !inspecting || details === 'hidden' ? 0.34 : details === 'below' ? 0.5 : 0.44
  const tall = footer === 'full' ? room : Math.min(Math.max(150, room - 150), height || Math.round(room * share))
  return (
    <div
      className={`workspace footer-is-${footer}`}
      ref={box}
      style={{ gridTemplateRows: footer === 'full' ? '0 minmax(0, 1fr)' : `minmax(0, 1fr) ${tall + 5}px` }}
    >
      <div className="upper" style={{ gridTemplateColumns: `${width + 5}px minmax(0, 1fr)` }}>
        <SessionList>
          <Splitter
            orientation="vertical"
            label="Width of the session list"
            value={width}
            low={200}
            high={640}
            step={16}
            perPixel={() => 1}
            onChange={(sidebarWidth) => change({ sidebarWidth })}
            onReset={() => change({ sidebarWidth: 0 })}
          />
        </SessionList>
        {overview ? <CapturePage /> : <SessionPage />}
      </div>
      <PacketFooter>
        <Splitter
          orientation="horizontal"
          label="Height of the packet list"
          value={tall}
          low={120}
          high={Math.max(150, room - 150)}
          step={20}
          perPixel={() => -1}
          onChange={(footerHeight) => change({ footerHeight, footer: 'normal' })}
          onReset={() => change({ footerHeight: 0 })}
        />
      </PacketFooter>
    </div>
  )
}

/**
 * Mounts the screens on an element with a client of one's choice; used by the entry and by tests with a client in memory.
 */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './frame/app.tsx'
import { startCapture } from './state/capture-store.ts'
import { setClient } from './state/engine.ts'
import { startLive } from './state/live-store.ts'
import { followPlaces } from './state/places.ts'
import { applyTheme, useView } from './state/view-store.ts'
import type { ScreenClient } from './transport/client.ts'
import './styles/tokens.css'
import './styles/middle.css'
import './styles/frame.css'
import './styles/sessions.css'
import './styles/start.css'
import './styles/dialogs.css'
import './styles/page.css'
import './styles/timeline.css'
import './styles/rehoming.css'
import './styles/findings.css'
import './styles/session.css'
import './styles/capture.css'
import './styles/packets.css'
import './styles/filter.css'
import './styles/packet.css'
import './styles/live.css'
import { followTimeline } from './timeline/slice-ahead.ts'

export function mount(element: HTMLElement, client: ScreenClient): () => void {
  setClient(client)
  applyTheme(useView.getState().theme)
  const stop = [startCapture(), startLive(), followTimeline(), followPlaces()]
  const root = createRoot(element)
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
  return () => {
    root.unmount()
    for (const undo of stop) undo()
  }
}

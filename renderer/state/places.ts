/**
 * Where a person is in the window (the whole capture, a session, one of its rehomings, a filter, a packet) as the part of the address behind '#':
 * Back and Forward go from page to page, a reload comes back to where it was, and an address can be sent to a colleague who has the same capture
 * open. A page is a step of the history; what changes on it (packet, filter, rehoming) changes the step. Captures are told apart by their names: a step
 * of another one leads nowhere.
 */
import { useCapture } from './capture-store.ts'
import { isLive, useLive } from './live-store.ts'
import { applyFilter, goToFrame, prepareFilter, usePackets } from './packet-store.ts'
import { chooseOverview, chooseRehoming, chooseSession, useSession } from './session-store.ts'
import { change, useView } from './view-store.ts'

export interface Place {
  /** name of the capture; '' for the picker of interfaces, which needs none */
  capture: string
  /** a session's id, the whole capture, or the picker */
  page: string | 'whole' | 'live'
  rehoming: string | null
  filter: string
  /** only packets of the session */
  only: boolean
  frame: number | null
}

/** browsers refuse more than some hundred changes in half a minute: a key that is held down makes one */
const PAUSE = 250

export function placeText({ capture, page, rehoming, filter, only, frame }: Place): string {
  if (page === 'live') return '#page=live'
  const parts = new URLSearchParams()
  if (page === 'whole') parts.set('page', 'whole')
  else parts.set('session', page)
  if (rehoming !== null) parts.set('rehoming', rehoming)
  if (filter !== '') parts.set('filter', filter)
  if (only) parts.set('only', 'session')
  if (frame !== null) parts.set('frame', String(frame))
  parts.set('capture', capture)
  return `#${parts}`
}

/** What an address says; null when it says none. It comes from outside: nothing in it is believed before the engine has looked. */
export function readPlace(hash: string): Place | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ''))
  const page = parts.get('session') ?? parts.get('page')
  if (page === null || (parts.get('session') === null && page !== 'whole' && page !== 'live')) return null
  const frame = Number(parts.get('frame') ?? Number.NaN)
  return {
    capture: parts.get('capture') ?? '',
    page: page.slice(0, 64),
    rehoming: parts.get('rehoming')?.slice(0, 64) ?? null,
    filter: parts.get('filter')?.slice(0, 5000) ?? '',
    only: parts.get('only') === 'session',
    frame: Number.isInteger(frame) && frame > 0 ? frame : null,
  }
}

/** null: nowhere that could be come back to */
export function placeNow(): Place | null {
  const { status, sessionsTotal, rereading } = useCapture.getState()
  const { id, overview, data, rehoming } = useSession.getState()
  const { applied, onlySession, frame } = usePackets.getState()
  const capture = status?.name ?? ''
  const none = { rehoming: null, filter: '', only: false, frame: null }
  if (useView.getState().picking) return { capture: '', page: 'live', ...none }
  const readable = status?.state === 'ready' || status?.state === 'cancelled' || status?.state === 'live'
  if (!readable || rereading || sessionsTotal === null || (id === null && !overview && sessionsTotal > 0)) return null
  const page = overview || id === null ? 'whole' : id
  const first = data?.rehomings[0]?.id ?? null
  return {
    capture,
    page,
    rehoming: page === 'whole' || rehoming === first ? null : rehoming,
    filter: applied,
    only: onlySession,
    frame,
  }
}

async function goTo(place: Place): Promise<void> {
  // while one is captured there is nothing to be picked
  change({ picking: place.page === 'live' && !isLive(useLive.getState().status) })
  if (place.page === 'live') return
  if (place.page === 'whole') chooseOverview()
  else await chooseSession(place.page)
  const { data } = useSession.getState()
  if (place.rehoming !== null && data?.rehomings.some(({ id }) => id === place.rehoming)) chooseRehoming(place.rehoming, true)
  const { applied, onlySession } = usePackets.getState()
  if (place.filter !== applied || place.only !== onlySession) {
    // one that the engine refuses stands in the bar all the same, where its error is shown
    if (!(await applyFilter(place.filter, place.only))) prepareFilter(place.filter)
  }
  if (place.frame !== null && place.frame !== usePackets.getState().frame) await goToFrame(place.frame)
}

/** Keeps the address and the window together; returns what undoes it. */
export function followPlaces(): () => void {
  let wanted = readPlace(location.hash)
  let going = false
  /** the page that the step of the history at hand is */
  let written: Pick<Place, 'page' | 'capture'> | null = null
  let timer: ReturnType<typeof setTimeout> | null = null

  const write = (step: boolean) => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const place = placeNow()
    if (place === null) return
    written = place
    const text = placeText(place)
    if (step) history.pushState(null, '', text)
    else if (text !== location.hash) history.replaceState(null, '', text)
  }

  const look = () => {
    if (going) return
    const place = placeNow()
    if (place === null) return
    if (wanted !== null && place.page !== 'live') {
      // the address that the window was opened with
      const first = wanted
      wanted = null
      // whoever was quicker than the lists has chosen since
      const untouched = place.filter === '' && place.frame === null
      if (first.page !== 'live' && first.capture === place.capture && untouched) return go(first)
    }
    if (written === null) write(false)
    else if (written.page !== place.page || written.capture !== place.capture) write(true)
    else timer ??= setTimeout(() => write(false), PAUSE)
  }

  const go = (place: Place) => {
    going = true
    void goTo(place).finally(() => {
      going = false
      write(false)
    })
  }

  const back = () => {
    const place = readPlace(location.hash)
    if (place !== null && (place.page === 'live' || place.capture === (useCapture.getState().status?.name ?? ''))) go(place)
    else write(false)
  }
  addEventListener('popstate', back)
  const undo = [useCapture.subscribe(look), useSession.subscribe(look), usePackets.subscribe(look), useView.subscribe(look)]
  look()
  return () => {
    removeEventListener('popstate', back)
    if (timer !== null) clearTimeout(timer)
    for (const stop of undo) stop()
  }
}

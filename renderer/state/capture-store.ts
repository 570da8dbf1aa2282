/**
 * The capture that is open: its status as the engine pushes it, what went wrong with opening, and the list of sessions.
 * Keeps pages of summaries, never all of them. A new capture makes a new `generation`: everything that was asked for the old one is void.
 */

import { create } from 'zustand'
import type { ContractError, SessionSummary, Status } from '../../shared/contract.ts'
import { worseFirst } from '../../shared/severity.ts'
import type { SiteFile } from '../../shared/site.ts'
import { hasStory } from '../text/session-words.ts'
import type { ConnectionState } from '../transport/client.ts'
import { uploadFile } from '../transport/upload.ts'
import { ask, client } from './engine.ts'
import { resetMarks } from './mark-store.ts'
import { followRehoming, followSession, growFilter, resetPackets } from './packet-store.ts'
import { createPageCache } from './page-cache.ts'
import { chooseOverview, chooseSession, refreshSession, resetSession, useSession } from './session-store.ts'

export interface CaptureState {
  status: Status | null
  connection: ConnectionState
  upload: { name: string; sent: number; total: number } | null
  problem: ContractError | null
  generation: number
  search: string
  sessionsTotal: number | null
  listed: boolean
  /** the same capture is read again: what is on the screen stays until it is ready */
  rereading: boolean
}

export const useCapture = create<CaptureState>(() => ({
  status: null,
  connection: 'connecting',
  upload: null,
  problem: null,
  generation: 0,
  search: '',
  sessionsTotal: null,
  listed: false,
  rereading: false,
}))

export const sessionPages = createPageCache<SessionSummary>({
  pageSize: 60,
  maximumPages: 100,
  parallel: 2,
  async fetch(offset, limit) {
    const answer = await ask('sessions', { offset, limit, grouped: true, ...wished(useCapture.getState().search) })
    return answer.ok ? { total: answer.value.total, items: answer.value.sessions } : null
  },
})

/** what the list is searched for, as a call says it */
function wished(search: string): { text?: string } {
  const text = search.trim().slice(0, 500)
  return text === '' ? {} : { text }
}

let stopUpload = false
/** what was looked at when the capture began to be read again */
let returnTo: { id: string | null; overview: boolean } | null = null

/** `again`: of the same packets, so that marks stay with theirs */
function begin(again = false): void {
  began = performance.now()
  if (!again) resetMarks()
  resetSession()
  resetPackets()
  sessionPages.drop(0)
  returnTo = null
  useCapture.setState((state) => ({
    // whatever comes next is of another opening
    status: state.status === null ? null : { ...state.status, run: undefined },
    generation: state.generation + 1,
    problem: null,
    sessionsTotal: null,
    listed: false,
    rereading: false,
    search: '',
  }))
}

/** The engine reads the same capture anew, with another site: everything is void, but a person stays where they were. */
function beginAgain(): void {
  const { id, overview } = useSession.getState()
  begin(true)
  returnTo = { id, overview }
  useSession.setState({ overview })
  useCapture.setState({ rereading: true })
}

function receive(status: Status): void {
  const before = useCapture.getState().status
  // a capture that another window of the same engine opened shows here too
  if (before && status.state === 'opening' && before.state !== 'opening' && before.path !== status.path) begin()
  const again = before?.run !== undefined && status.run !== undefined && before.run !== status.run && before.path === status.path
  if (again && status.state !== 'live') beginAgain()
  if (status.state !== 'opening') useCapture.setState({ rereading: false })
  // a live capture begins: the whole of it is looked at first
  const began = status.state === 'live' && (before?.state !== 'live' || before.path !== status.path)
  if (began) {
    begin()
    chooseOverview()
  }
  useCapture.setState({ status, problem: status.state === 'failed' ? status.error : useCapture.getState().problem })
  if (status.state === 'live') follow(LIVE)
  else if (before?.state === 'live') follow(LAST)
  if (grows(status)) growFilter()
  else if (before !== null && grows(before)) growFilter(true)
  // what is read again keeps the screen it had until it is ready
  if (status.state === 'opening' && status.packets > 0 && !useCapture.getState().rereading) follow(READING)
  if (status.state === 'failed') {
    sessionPages.drop(0)
    useCapture.setState({ sessionsTotal: null })
  }
  // given up: what was read until then is a capture of its own
  const over = status.state === 'ready' || status.state === 'cancelled'
  if (over && !useCapture.getState().listed) void listSessions()
}

const grows = ({ state }: Status): boolean => state === 'live' || state === 'opening'

/** ms between two looks at a capture that grows, and how many times as long as a look took that is at least */
interface Pace {
  every: number
  times: number
}
const LIVE: Pace = { every: 1_000, times: 5 }
/** what is asked for takes time from the reading */
const READING: Pace = { every: 1_500, times: 20 }
const LAST: Pace = { every: 0, times: 0 }
let looking: ReturnType<typeof setTimeout> | null = null
/** when a capture began to be opened here: most are read before a first look at them would be worth it */
let began = 0
let lookedAt = 0
let lookTook = 0

/** The lists and the session on the page grow in place. */
function follow(pace: Pace): void {
  if (looking !== null && pace !== LAST) return
  if (looking !== null) clearTimeout(looking)
  const wait = Math.max(
    0,
    Math.max(lookedAt, pace === READING ? began : 0) + Math.max(pace.every, pace.times * lookTook) - performance.now(),
  )
  looking = setTimeout(async () => {
    const { generation, search } = useCapture.getState()
    lookedAt = performance.now()
    const answer = await ask('sessions', { offset: 0, limit: 1, ...wished(search) })
    const now = useCapture.getState()
    // an answer that was under way when the reading ended is of a moment before
    const late = pace === READING && now.status?.state !== 'opening'
    if (answer.ok && !late && generation === now.generation) {
      useCapture.setState({ sessionsTotal: answer.value.total, listed: pace !== READING })
      sessionPages.grow(answer.value.total)
      sessionPages.renew()
      if (!useSession.getState().overview) await refreshSession()
    }
    lookTook = performance.now() - lookedAt
    looking = null
  }, wait)
}

async function listSessions(): Promise<void> {
  const { generation, listed, search } = useCapture.getState()
  if (listed) return
  useCapture.setState({ listed: true })
  const answer = await ask('sessions', { offset: 0, limit: 1, ...wished(search) })
  if (generation !== useCapture.getState().generation) return
  if (!answer.ok) {
    useCapture.setState({ problem: answer.error, listed: false })
    return
  }
  // lines that were there while it was read stay until those of the whole capture come
  if (useCapture.getState().sessionsTotal === null) {
    sessionPages.drop(answer.value.total)
    sessionPages.want(0, 50)
  } else {
    sessionPages.grow(answer.value.total)
    sessionPages.renew()
  }
  useCapture.setState({ sessionsTotal: answer.value.total })
  // one that was looked at while it was read may have become part of another since
  if (!(await refreshSession()) && generation === useCapture.getState().generation) resetSession()
  const kept = returnTo
  returnTo = null
  if (kept?.id != null) {
    void chooseSession(kept.id)
    if (kept.overview) chooseOverview()
    return
  }
  const worst = answer.value.sessions[0]
  if (worst && useSession.getState().id === null) {
    // Whoever looks at the whole capture (it was captured live until now) goes on looking at it.
    const stay = useSession.getState().overview || kept?.overview === true
    void chooseSession(worst.id)
    // What concerns no session (a router that somebody else takes over) is seen on the page of the whole capture only.
    const serious = (useCapture.getState().status?.findings ?? []).filter((finding) => worseFirst(finding.severity, 'low') < 0)
    const elsewhere = serious.length > 0 && serious.every((finding) => finding.session === null) && worst.rehomings === 0
    // Many sessions of which even the worst has nothing to tell: the whole says more than any of them.
    const quiet = answer.value.total > 1 && !hasStory(worst)
    if (stay || elsewhere || quiet) chooseOverview()
  }
}

/** A changed site makes other verdicts: the capture is judged again. Answers what was wrong, null when nothing was. */
export async function judgeWith(site: SiteFile | null): Promise<ContractError | null> {
  const answer = await ask('setSite', { site })
  if (!answer.ok) return answer.error
  receive(answer.value)
  return null
}

export async function searchSessions(text: string): Promise<void> {
  const { generation } = useCapture.getState()
  useCapture.setState({ search: text })
  const answer = await ask('sessions', { offset: 0, limit: 1, ...wished(text) })
  const now = useCapture.getState()
  if (generation !== now.generation || now.search !== text || !answer.ok) return
  sessionPages.drop(answer.value.total)
  sessionPages.want(0, 50)
  useCapture.setState({ sessionsTotal: answer.value.total })
}

export interface SideFiles {
  netlink?: string
  keys?: string[]
  site?: string
  profiles?: string[]
}

export async function openPath(path: string, extra: SideFiles = {}): Promise<void> {
  begin()
  const { generation } = useCapture.getState()
  const answer = await ask('open', { path, ...extra })
  if (generation !== useCapture.getState().generation) return
  if (!answer.ok) await refused(answer.error)
  else receive(answer.value)
}

/** What was open before still is, unless it had gone before the new one failed. */
async function refused(problem: ContractError): Promise<void> {
  const { generation } = useCapture.getState()
  useCapture.setState({ problem })
  const answer = await ask('status', {})
  if (answer.ok && answer.value.state !== 'failed' && generation === useCapture.getState().generation) receive(answer.value)
}

export async function openFile(file: File): Promise<void> {
  const host = client()
  const path = host.pathForFile?.(file)
  if (path) return openPath(path)
  begin()
  const { generation } = useCapture.getState()
  stopUpload = false
  useCapture.setState({ upload: { name: file.name, sent: 0, total: file.size } })
  const result = await uploadFile(
    host,
    file,
    (sent) => useCapture.setState({ upload: { name: file.name, sent, total: file.size } }),
    () => stopUpload || generation !== useCapture.getState().generation,
  )
  if (generation !== useCapture.getState().generation) return
  useCapture.setState({ upload: null })
  if (!result.ok) await refused(result.error)
  else if (result.status) receive(result.status)
}

export async function askForFile(): Promise<boolean> {
  const dialog = client().openDialog
  if (!dialog) return false
  const path = await dialog()
  if (path) await openPath(path)
  return true
}

export async function cancelOpening(): Promise<void> {
  stopUpload = true
  const answer = await ask('cancel', {})
  if (answer.ok) receive(answer.value)
}

export function dismissProblem(): void {
  useCapture.setState({ problem: null })
}

/** Connects the stores with the engine; returns what undoes it. */
export function startCapture(): () => void {
  const host = client()
  const refresh = async () => {
    const answer = await ask('status', {})
    if (answer.ok) receive(answer.value)
  }
  const follow = () => {
    const connection = host.connection.state()
    useCapture.setState({ connection })
    if (connection === 'open') void refresh()
  }
  const undo = [
    host.on('progress', receive),
    host.on('ready', receive),
    host.connection.subscribe(follow),
    followSession(),
    followRehoming(),
  ]
  follow()
  return () => {
    for (const stop of undo) stop()
  }
}

/**
 * The packet list: which filter holds, which packet is looked at, what its tree and bytes are.
 * Rows live in a page cache; one packet's detail is kept. While a key is held down only the last packet asked for is loaded.
 */
import { create } from 'zustand'
import type { ContractError, PacketDetail, PacketRow, TreeNode } from '../../shared/contract.ts'
import { ask } from './engine.ts'
import { createPageCache } from './page-cache.ts'
import { useSession } from './session-store.ts'

export interface PacketState {
  /** text that holds, '' for none */
  applied: string
  onlySession: boolean
  filterId: string | null
  /** raised with each filter that a person applies; the same filter over a capture that has grown has another id only */
  fresh: number
  matched: number | null
  milliseconds: number | null
  filtering: boolean
  filterError: ContractError | null
  /** position in the list, null: none */
  selected: number | null
  frame: number | null
  /** frame at the other end of what is selected, when that is more than one packet */
  anchor: number | null
  detail: PacketDetail | null
  detailError: ContractError | null
  node: TreeNode | null
  hovered: TreeNode | null
  source: number
  /** raised to scroll the list to `selected` */
  reveal: number
  /** position to bring into view without choosing it: the packet that decided the rehoming looked at */
  look: { index: number } | null
  notice: string
  /** what stands in the filter bar, applied or not */
  draft: string
  /** a text that is put into the filter bar and waits there; `at` tells two of the same apart */
  prepared: { text: string; at: number } | null
}

const EMPTY: PacketState = {
  applied: '',
  onlySession: false,
  filterId: null,
  fresh: 0,
  matched: null,
  milliseconds: null,
  filtering: false,
  filterError: null,
  selected: null,
  frame: null,
  anchor: null,
  detail: null,
  detailError: null,
  node: null,
  hovered: null,
  source: 0,
  reveal: 0,
  look: null,
  notice: '',
  draft: '',
  prepared: null,
}

export const usePackets = create<PacketState>(() => EMPTY)

/** fields whose values come with the rows; said by who knows the columns */
let columnsWanted: () => string[] = () => []
export function wantColumns(wanted: () => string[]): void {
  columnsWanted = wanted
}

export const rowPages = createPageCache<PacketRow>({
  pageSize: 64,
  maximumPages: 128,
  parallel: 2,
  async fetch(from, count) {
    const columns = columnsWanted()
    const answer = await ask('rows', { filter: usePackets.getState().filterId, from, count, ...(columns.length > 0 ? { columns } : {}) })
    return answer.ok ? { total: answer.value.total, items: answer.value.rows } : null
  },
})

export function resetPackets(): void {
  if (growing !== null) clearTimeout(growing)
  growing = null
  // what is under way is of the capture before
  applying++
  const { reveal, fresh } = usePackets.getState()
  usePackets.setState({ ...EMPTY, reveal: reveal + 1, fresh: fresh + 1 })
  rowPages.drop(0)
}

/** the text that the engine gets: the person's, and the session when only it is wanted */
export function composeFilter(text: string, session: string | null): string {
  const own = text.trim()
  const only = session === null ? '' : `mh.session == "${session}"`
  if (own && only) return `(${own}) and ${only}`
  return own || only
}

let applying = 0

/** while only one session's packets are wanted, another session brings its own; returns what undoes it */
export function followSession(): () => void {
  return useSession.subscribe((now, before) => {
    const { onlySession, applied } = usePackets.getState()
    if (onlySession && now.id !== null && now.id !== before.id) void applyFilter(applied, true)
  })
}

/** who steps to another rehoming sees the packets around it, too; the packet that is looked into stays chosen. Returns what undoes it */
export function followRehoming(): () => void {
  return useSession.subscribe((now, before) => {
    const stepped = now.rehoming !== before.rehoming || now.showRehoming !== before.showRehoming
    if (!stepped || now.data !== before.data) return
    const frames = now.data?.rehomings.find((entry) => entry.id === now.rehoming)?.frames ?? []
    // the last one on the old path stands before the first one on the new
    const frame = frames[1] ?? frames[0]
    if (frame !== undefined) void lookAt(frame)
  })
}

async function lookAt(frame: number): Promise<void> {
  const { filterId } = usePackets.getState()
  const answer = await ask('find', { filter: filterId, frame })
  if (answer.ok && usePackets.getState().filterId === filterId) usePackets.setState({ look: { index: answer.value.index } })
}

export async function applyFilter(text: string, onlySession = usePackets.getState().onlySession): Promise<boolean> {
  const mine = ++applying
  const session = onlySession ? useSession.getState().id : null
  const whole = composeFilter(text, session)
  usePackets.setState({ filtering: true, filterError: null })
  if (whole === '') return newList(mine, { applied: '', onlySession, filterId: null, matched: null, milliseconds: null })
  const answer = await ask('filter', { text: whole })
  if (mine !== applying) return false
  if (!answer.ok) {
    const shift = session !== null && text.trim() ? 1 : 0
    const { position } = answer.error
    usePackets.setState({
      filtering: false,
      filterError: { ...answer.error, ...(position === undefined ? {} : { position: Math.max(0, position - shift) }) },
    })
    return false
  }
  const { id, count, milliseconds } = answer.value
  return newList(mine, { applied: text.trim(), onlySession, filterId: id, matched: count, milliseconds })
}

type NewList = Pick<PacketState, 'applied' | 'onlySession' | 'filterId' | 'matched' | 'milliseconds'>

/**
 * Shows another list, and the chosen frame's place in it, or the next one's, both at once: a place that came later would move the
 * rows from under a pointer that is about to click. A frame chosen while the place of another is looked up is looked up, too.
 */
async function newList(mine: number, list: NewList): Promise<boolean> {
  let place: number | null = null
  let total = list.matched
  let asked: number | null
  do {
    asked = usePackets.getState().frame
    const [found, first] = await Promise.all([
      asked === null ? null : ask('find', { filter: list.filterId, frame: asked }),
      total === null ? ask('rows', { filter: list.filterId, from: 0, count: 1 }) : null,
    ])
    if (mine !== applying) return false
    place = found?.ok ? found.value.index : null
    if (first?.ok) total = first.value.total
  } while (usePackets.getState().frame !== asked)
  usePackets.setState(({ fresh, reveal }) => ({
    ...list,
    selected: place,
    fresh: fresh + 1,
    reveal: reveal + 1,
    filtering: false,
    filterError: null,
    notice: '',
  }))
  rowPages.drop(total ?? 0)
  rowPages.want(place ?? 0, (place ?? 0) + 64)
  return true
}

/** ms between two runs of a filter over a capture that grows, and how many times as long as the last run took that is at least */
const EVERY = 1_000
const TIMES = 10
let growing: ReturnType<typeof setTimeout> | null = null
let turns = 0

/** The capture has grown: what the filter lets through grows with it, in a while, or at once when nothing more will come. */
export function growFilter(ended = false): void {
  const { filterId, filtering, milliseconds } = usePackets.getState()
  if (growing !== null) {
    if (!ended) return
    clearTimeout(growing)
    growing = null
  }
  if (filterId === null && !filtering) return
  growing = setTimeout(() => void filterAgain(), ended ? 0 : Math.max(EVERY, TIMES * (milliseconds ?? 0)))
}

async function filterAgain(): Promise<void> {
  growing = null
  const { filterId, filtering, applied, onlySession, frame } = usePackets.getState()
  // one that is being applied began before the end: it goes first, and then once more
  if (filtering) growing = setTimeout(() => void filterAgain(), EVERY)
  if (filtering || filterId === null) return
  const mine = applying
  const turn = ++turns
  const answer = await ask('filter', { text: composeFilter(applied, onlySession ? useSession.getState().id : null) })
  if (mine !== applying || turn !== turns) return
  // another window's filter took the turn
  if (!answer.ok && answer.error.code === 'cancelled') growing ??= setTimeout(() => void filterAgain(), EVERY)
  if (!answer.ok) return
  const { id, count, milliseconds } = answer.value
  usePackets.setState({ filterId: id, matched: count, milliseconds })
  rowPages.grow(count)
  rowPages.renew()
  // a verdict that came later may have let in packets before it
  if (frame === null) return
  const place = await ask('find', { filter: id, frame })
  const now = usePackets.getState()
  if (place.ok && now.filterId === id && now.frame === frame) usePackets.setState({ selected: place.value.index })
}

/** a filter that is only written down, to be looked at and changed before it is applied */
export function prepareFilter(text: string): void {
  usePackets.setState((state) => ({ prepared: { text, at: (state.prepared?.at ?? 0) + 1 }, draft: text }))
}

let loading = false
let wish: number | null = null

async function loadDetail(frame: number): Promise<void> {
  wish = frame
  if (loading) return
  loading = true
  while (wish !== null) {
    const now: number = wish
    wish = null
    const answer = await ask('packet', { frame: now })
    if (usePackets.getState().frame !== now) continue
    if (answer.ok) usePackets.setState({ detail: answer.value, detailError: null, node: null, hovered: null, source: 0 })
    else usePackets.setState({ detail: null, detailError: answer.error, node: null, hovered: null })
  }
  loading = false
}

/** chooses a row whose frame is known (it is in the cache); `extend`: up to it, from the one that was chosen before */
export function selectRow(index: number, row: PacketRow, extend = false): void {
  usePackets.setState((state) => ({
    selected: index,
    frame: row.frame,
    anchor: extend ? (state.anchor ?? state.frame) : null,
    reveal: state.reveal + 1,
    notice: '',
  }))
  if (usePackets.getState().detail?.frame !== row.frame) void loadDetail(row.frame)
}

/** moves to a position whose row may not be loaded yet */
export async function selectIndex(index: number, extend = false): Promise<void> {
  const at = Math.max(0, index)
  const known = rowPages.get(at)
  if (known) return selectRow(at, known, extend)
  const { filterId } = usePackets.getState()
  usePackets.setState((state) => ({ selected: at, reveal: state.reveal + 1, notice: '' }))
  const answer = await ask('rows', { filter: filterId, from: at, count: 1 })
  const row = answer.ok ? answer.value.rows[0] : undefined
  const now = usePackets.getState()
  if (row && now.selected === at && now.filterId === filterId) selectRow(at, row, extend)
}

/** what a person typed: a number that no frame has moves nothing, and is answered with those that there are */
export function goToTyped(text: string, frames: number): Promise<void> | null {
  const frame = Number(text.replace(/[\s,.#]/g, ''))
  if (Number.isInteger(frame) && frame >= 1 && frame <= frames) return goToFrame(frame)
  usePackets.setState({ notice: frames === 0 ? 'There are no frames yet.' : `Frames are numbers from 1 to ${frames}.` })
  return null
}

/** goes to a frame; a filter that hides it is taken away, and that is said */
export async function goToFrame(frame: number): Promise<void> {
  const { filterId } = usePackets.getState()
  let answer = await ask('find', { filter: filterId, frame })
  let notice = ''
  if (filterId !== null) {
    const row = answer.ok ? await ask('rows', { filter: filterId, from: answer.value.index, count: 1 }) : null
    if (!row?.ok || row.value.rows[0]?.frame !== frame) {
      await applyFilter('', false)
      notice = `Filter cleared: it hid frame ${frame}.`
      answer = await ask('find', { filter: null, frame })
    }
  }
  if (!answer.ok) {
    usePackets.setState({ notice: answer.error.message })
    return
  }
  const index = answer.value.index
  usePackets.setState((state) => ({ selected: index, frame, anchor: null, reveal: state.reveal + 1, notice }))
  void loadDetail(frame)
}

export function chooseNode(node: TreeNode | null): void {
  usePackets.setState((state) => ({ node, source: node && node.length > 0 ? node.source : state.source }))
}

/**
 * Packets that a person has marked, as in Wireshark: by frame, for as long as the capture is open; nothing of it reaches the capture. They can be
 * stepped through, filtered by and saved. At most `MOST_MARKS`, so that a filter or a wish to save can name them all.
 */
import { create } from 'zustand'
import type { PacketRow } from '../../shared/contract.ts'
import { ask } from './engine.ts'
import { goToFrame, rowPages, usePackets } from './packet-store.ts'

export const MOST_MARKS = 800
/** rows that one call answers */
const PIECE = 500
/** marked packets that a filter hides are asked after one by one: so many */
const MOST_ASKED = 100

export const useMarks = create<{ marked: ReadonlySet<number> }>(() => ({ marked: new Set() }))

export function resetMarks(): void {
  if (useMarks.getState().marked.size > 0) useMarks.setState({ marked: new Set() })
}

/** Marks all of them, or none when all of them were marked. What is beyond the limit is said, not marked. */
export function toggleMarks(frames: readonly number[]): void {
  const marked = new Set(useMarks.getState().marked)
  if (frames.length > 0 && frames.every((frame) => marked.has(frame))) for (const frame of frames) marked.delete(frame)
  else for (const frame of frames) if (marked.size < MOST_MARKS) marked.add(frame)
  const left = frames.filter((frame) => !marked.has(frame)).length
  if (left > 0 && marked.size >= MOST_MARKS)
    usePackets.setState({ notice: `At most ${MOST_MARKS.toLocaleString('en')} packets can be marked.` })
  useMarks.setState({ marked })
}

/** Rows of the list that are selected, in its order, at most `most`; none without a choice, or when the list changes meanwhile. */
export async function selectedRows(most: number): Promise<PacketRow[]> {
  const { selected, frame, anchor, filterId } = usePackets.getState()
  if (selected === null || frame === null) return []
  const own = rowPages.get(selected)
  // nearly always one packet that is on the screen
  if (own?.frame === frame && (anchor === null || anchor === frame)) return [own]
  const place = await ask('find', { filter: filterId, frame: anchor ?? frame })
  if (!place.ok) return []
  const [from, to] = place.value.index < selected ? [place.value.index, selected] : [selected, place.value.index]
  const rows: PacketRow[] = []
  for (let at = from; at <= to && rows.length < most; ) {
    const answer = await ask('rows', { filter: filterId, from: at, count: Math.min(PIECE, to - at + 1, most - rows.length) })
    if (!answer.ok || answer.value.rows.length === 0 || usePackets.getState().filterId !== filterId) break
    rows.push(...answer.value.rows)
    at += answer.value.rows.length
  }
  // a packet that the filter hides is looked at, but none of the list
  return anchor === null || anchor === frame ? rows.filter((row) => row.frame === frame) : rows
}

export async function markSelected(): Promise<void> {
  toggleMarks((await selectedRows(MOST_MARKS + 1)).map((row) => row.frame))
}

/** To the next marked packet of the list, or the one before; goes round at the ends. */
export async function stepMark(step: 1 | -1): Promise<void> {
  const { frame, filterId } = usePackets.getState()
  const inOrder = [...useMarks.getState().marked].sort((one, other) => (one - other) * step)
  const here = frame ?? (step > 0 ? 0 : Number.POSITIVE_INFINITY)
  const ahead = inOrder.filter((other) => (other - here) * step > 0)
  const round = [...ahead, ...inOrder.slice(0, inOrder.length - ahead.length)]
  for (const one of round.slice(0, MOST_ASKED)) {
    if (filterId === null || (await isListed(filterId, one))) return goToFrame(one)
  }
  usePackets.setState({ notice: inOrder.length === 0 ? 'No packet is marked; Ctrl+M marks one.' : 'The filter hides all marked packets.' })
}

async function isListed(filter: string, frame: number): Promise<boolean> {
  const place = await ask('find', { filter, frame })
  const row = place.ok ? await ask('rows', { filter, from: place.value.index, count: 1 }) : null
  return row?.ok === true && row.value.rows[0]?.frame === frame
}

/** '3, 7-12': stretches of frames in a row */
export function framesText(frames: Iterable<number>, between = '-'): string {
  const stretches: [number, number][] = []
  for (const frame of [...frames].sort((one, other) => one - other)) {
    const last = stretches.at(-1)
    if (last !== undefined && frame === last[1] + 1) last[1] = frame
    else stretches.push([frame, frame])
  }
  return stretches.map(([from, to]) => (from === to ? String(from) : `${from}${between}${to}`)).join(', ')
}

export function markFilter(frames: Iterable<number>): string {
  return `frame.number in {${framesText(frames, ' .. ')}}`
}

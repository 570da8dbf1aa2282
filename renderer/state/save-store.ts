/**
 * Packets saved as a file of their own: which ones are wanted, and how far it is. The engine makes the file a piece a call; where the host has a
 * dialog for it the pieces go to the path that was chosen there, else the page gathers them and hands them out as a download.
 */
import { create } from 'zustand'
import type { Answers, ContractError, Parameters_ } from '../../shared/contract.ts'
import { decodeBase64 } from '../text/base64.ts'
import { ask, client } from './engine.ts'
import { framesText, useMarks } from './mark-store.ts'
import { usePackets } from './packet-store.ts'
import { useSession } from './session-store.ts'

export type Which = 'all' | 'displayed' | 'selected' | 'marked' | 'session' | 'frames'

export interface Wish {
  which: Which
  /** as typed, for `frames` */
  frames: string
  format: 'pcapng' | 'pcap'
  remarks: boolean
  secrets: boolean
}

export interface SaveState {
  /** how many it would be */
  found: Answers['saveBegin'] | null
  problem: ContractError | null
  /** packets written of all, while it goes on */
  progress: { written: number; packets: number } | null
  /** what was done, in words */
  done: string
}

const EMPTY: SaveState = { found: null, problem: null, progress: null, done: '' }

export const useSave = create<SaveState>(() => EMPTY)

/** Frames between the two ends of what is selected, both inside; null unless it is more than one packet. */
export function selectedFrames({ anchor, frame } = usePackets.getState()): [number, number] | null {
  if (anchor === null || frame === null || anchor === frame) return null
  return anchor < frame ? [anchor, frame] : [frame, anchor]
}

/** What the engine is asked for. */
export function parametersOf({ which, frames, format, remarks, secrets }: Wish): Parameters_<'saveBegin'> {
  const { filterId } = usePackets.getState()
  const { id: session } = useSession.getState()
  const range = selectedFrames()
  return {
    format,
    filter: which === 'displayed' || which === 'selected' ? filterId : null,
    ...(which === 'session' && session !== null ? { session } : {}),
    ...(which === 'frames' ? { frames } : {}),
    ...(which === 'marked' ? { frames: framesText(useMarks.getState().marked) } : {}),
    ...(which === 'selected' && range !== null ? { frames: `${range[0]}-${range[1]}` } : {}),
    ...(format === 'pcapng' ? { remarks, secrets } : {}),
  }
}

let looking = 0

/** Says how many packets it would be, or what is wrong with the wish. */
export async function look(wish: Wish): Promise<void> {
  const mine = ++looking
  if (wish.which === 'frames' && wish.frames.trim() === '') {
    useSave.setState({ found: null, problem: null })
    return
  }
  const answer = await ask('saveBegin', { ...parametersOf(wish), check: true })
  if (mine !== looking) return
  useSave.setState(answer.ok ? { found: answer.value, problem: null } : { found: null, problem: answer.error })
}

let stopped = false

export async function save(wish: Wish): Promise<void> {
  if (useSave.getState().progress !== null) return
  const { saveDialog } = client()
  let path: string | null = null
  useSave.setState({ problem: null, done: '' })
  if (saveDialog !== undefined) {
    path = await saveDialog(useSave.getState().found?.fileName ?? `packets.${wish.format}`)
    if (path === null) return
  }
  // the system's dialog has asked whether a file may be replaced
  const answer = await ask('saveBegin', { ...parametersOf(wish), ...(path === null ? {} : { path, replace: true }) })
  if (!answer.ok) {
    useSave.setState({ problem: answer.error })
    return
  }
  stopped = false
  const { id, packets, fileName } = answer.value
  useSave.setState({ progress: { written: 0, packets } })
  // blobs lie with the browser, which puts large ones on the disk
  const pieces: Blob[] = []
  for (;;) {
    if (stopped) {
      await ask('saveCancel', { id })
      useSave.setState({ progress: null, done: 'Stopped: nothing was saved.' })
      return
    }
    const part = await ask('savePart', { id })
    if (!part.ok) {
      useSave.setState({ progress: null, problem: part.error })
      return
    }
    const { written, unreadable, done, base64 } = part.value
    if (base64 !== '') pieces.push(new Blob([decodeBase64(base64) as BlobPart]))
    useSave.setState({ progress: { written: written + unreadable, packets } })
    if (!done) continue
    if (path === null) download(new Blob(pieces, { type: 'application/vnd.tcpdump.pcap' }), fileName)
    const lost = unreadable === 0 ? '' : ` ${unreadable.toLocaleString('en')} could not be read any more and were left out.`
    useSave.setState({
      progress: null,
      done: `${written.toLocaleString('en')} packet${written === 1 ? '' : 's'} saved ${path === null ? `as ${fileName}` : `to ${path}`}.${lost}`,
    })
    return
  }
}

export function stopSaving(): void {
  stopped = true
}

export function resetSaving(): void {
  looking++
  if (useSave.getState().progress === null) useSave.setState(EMPTY)
}

/** Hands a file out as browsers do. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

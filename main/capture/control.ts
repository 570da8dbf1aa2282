/**
 * How a host and its capture process speak: lines of JSON over a socket that only this user can reach, and a note beside it that says what
 * is captured where. The process outlives its host: a host that starts finds the note, and goes on. A line is at most 8 MiB.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { LiveCounts, LiveFeedEntry, LivePoint, LiveProblem, LiveSummary } from '../../shared/live.ts'
import type { AnalysisAnswer, AnalysisOrder } from './live-analysis.ts'

/** What is asked of a capture process. */
export interface CaptureSpec {
  interfaces: string[]
  filter: string | null
  backend: 'dumpcap' | 'tcpdump' | 'cap' | 'ssh' | 'follow' | null
  elevate: boolean
  remote: string | null
  remoteProgram: 'dumpcap' | 'tcpdump'
  file: string
  /** in a folder of its own, which goes away with it */
  temporary: boolean
  ring: { bytes?: number; seconds?: number; files?: number } | null
}

/** The note of a capture that runs, or that ended without its host. */
export interface CaptureNote {
  id: string
  pid: number
  socket: string
  /** epoch seconds */
  started: number
  spec: CaptureSpec
  summary: LiveSummary | null
}

export type FromCapture =
  /** said first: how far it is */
  | { kind: 'hello'; note: CaptureNote; state: 'waiting' | 'running' | 'ended'; events: LiveFeedEntry[]; points: LivePoint[] }
  | { kind: 'started' }
  | { kind: 'failed'; problem: LiveProblem }
  | { kind: 'event'; entry: LiveFeedEntry }
  | { kind: 'second'; counts: LiveCounts; point: LivePoint; analysis: 'running' | 'restarting' | 'off' }
  | { kind: 'order'; order: AnalysisOrder }
  /** the analysis gets everything from the begin */
  | { kind: 'analyze'; path: string }
  | { kind: 'ended'; summary: LiveSummary }
  /** another host has it */
  | { kind: 'taken' }

export type ToCapture =
  | { kind: 'start' }
  | { kind: 'stop' }
  | { kind: 'answer'; answer: AnalysisAnswer }
  | { kind: 'analysis-lost'; why: string }
  /** the host knows how it ended, and has taken the note: it goes */
  | { kind: 'bye' }

const MAX_LINE = 8 << 20

/** Bytes that may wait for the other side: one that does not read is taken for gone. */
const MAX_WAITING = 64 << 20

export function sendLine(socket: Socket, message: FromCapture | ToCapture): void {
  if (socket.destroyed || !socket.writable) return
  if (socket.writableLength > MAX_WAITING) socket.destroy()
  else socket.write(`${JSON.stringify(message)}\n`)
}

/** Hands on whole lines; one that is too long, or no JSON, ends the connection. */
export function onLines<T>(socket: Socket, take: (message: T) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    rest += text
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 1)
      let message: T
      try {
        message = JSON.parse(line) as T
      } catch {
        socket.destroy()
        return
      }
      take(message)
    }
    if (rest.length > MAX_LINE) socket.destroy()
  })
}

/** The folder of this user's notes and sockets; made when it is not there. */
export function notesFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment.REHOME_RUNTIME
  const runtime = environment.XDG_RUNTIME_DIR
  let name = 'rehome'
  if (runtime === undefined || runtime === '') {
    try {
      name = `rehome-${userInfo().uid >= 0 ? userInfo().uid : userInfo().username}`
    } catch {
      // a user without a name: the folder of the process
    }
  }
  const folder = own ?? join(runtime === undefined || runtime === '' ? tmpdir() : runtime, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Where the capture process with this id listens. */
export function socketPath(folder: string, id: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\rehome-${id}` : join(folder, `${id}.sock`)
}

const notePath = (folder: string, id: string): string => join(folder, `${id}.json`)

export function writeNote(folder: string, note: CaptureNote): void {
  writeFileSync(notePath(folder, note.id), JSON.stringify(note), { mode: 0o600 })
}

export function removeNote(folder: string, id: string): void {
  rmSync(notePath(folder, id), { force: true })
  if (process.platform !== 'win32') rmSync(socketPath(folder, id), { force: true })
}

export function readNotes(folder: string): CaptureNote[] {
  const notes: CaptureNote[] = []
  for (const name of readdirSync(folder)) {
    if (!/^c[0-9a-f]{16}\.json$/.test(name)) continue
    try {
      const note = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CaptureNote
      if (`${note.id}.json` === name && typeof note.spec?.file === 'string' && typeof note.pid === 'number') notes.push(note)
    } catch {
      // cut while it was written: it says nothing
    }
  }
  return notes
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * What the desk of live captures has apart from its state: the request as a specification, files that go away, what is left over, words for
 * what went wrong. Removes nothing but folders that it made itself.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { ContractError, Parameters_ } from '../../shared/contract.ts'
import type { LiveCounts, LiveProblem, LiveStatus, LiveSummary } from '../../shared/live.ts'
import { ContractFailure } from '../engine/failure.ts'
import { type CaptureNote, type CaptureSpec, isRunning } from './control.ts'

/** name of a folder whose capture goes away unless it is saved */
const TEMPORARY = 'rehome-live-'

/** The request as the capture process gets it. */
export function specOf(asked: Parameters_<'liveStart'>): CaptureSpec {
  const { interfaces, filter, backend, elevate, remote, remoteProgram, file, ring } = asked
  if (ring !== undefined && ring.files !== undefined && ring.megabytes === undefined && ring.seconds === undefined)
    throw new ContractFailure('bad-request', 'how many files to keep says not when the next one begins', 'Give a size or a time, too.')
  let path: string
  if (file === undefined) {
    path = join(mkdtempSync(join(tmpdir(), TEMPORARY)), `capture-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}.pcapng`)
  } else path = resolve(file)
  const cut = ring === undefined || (ring.megabytes === undefined && ring.seconds === undefined) ? null : ring
  return {
    interfaces: [...new Set(interfaces)],
    filter: filter === undefined || filter.trim() === '' ? null : filter.trim(),
    backend: backend ?? null,
    elevate: elevate === true,
    remote: remote ?? null,
    remoteProgram: remoteProgram ?? 'dumpcap',
    file: path,
    temporary: file === undefined,
    ring:
      cut === null
        ? null
        : { bytes: cut.megabytes === undefined ? undefined : cut.megabytes * 1_000_000, seconds: cut.seconds, files: cut.files },
  }
}

/** Only what `specOf` made: a folder of this program's, with the capture in it. */
export function removeTemporary(spec: CaptureSpec): void {
  if (spec.temporary && basename(dirname(spec.file)).startsWith(TEMPORARY)) rmSync(dirname(spec.file), { recursive: true, force: true })
}

/** What is known at the end: backends tell their drops then. */
export function finalCounts({ packets, bytes, late, interfaces }: LiveSummary, before: LiveCounts | null): LiveCounts {
  return {
    t: Date.now() / 1000,
    packets,
    bytes,
    late,
    reorder: { milliseconds: before?.reorder.milliseconds ?? 0, held: 0 },
    unwritten: 0,
    lag: { seconds: 0, bytes: 0 },
    lanes: interfaces.map(({ name, packets: seen, drops }, at) => {
      return { name, state: 'through', packets: seen, bytes: before?.lanes[at]?.bytes ?? 0, drops }
    }),
  }
}

/** Has the process ended, or does it within 3 s? One that no longer listens is about to. */
export async function ends(pid: number): Promise<boolean> {
  for (let wait = 0; isRunning(pid); wait += 50) {
    if (wait >= 3000 || pid === process.pid) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

export function leftover(note: CaptureNote): LiveStatus['leftovers'][number] {
  const files = note.summary?.files ?? [note.spec.file]
  return { file: files.find((file) => existsSync(file)) ?? note.spec.file, started: note.started }
}

export function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
    socket.once('error', () => resolve(null))
  })
}

/** capture.pcapng, capture-2.pcapng, ...: the next that is free. */
export function nextName(path: string): string {
  const ending = extname(path)
  const stem = path.slice(0, path.length - ending.length).replace(/-\d+$/, '')
  for (let number = 2; ; number++) {
    const next = `${stem}-${number}${ending}`
    if (statSync(next, { throwIfNoEntry: false }) === undefined) return next
  }
}

const CODES: Record<LiveProblem['kind'], ContractError['code']> = {
  permission: 'no-permission',
  'not-installed': 'no-permission',
  'no-device': 'not-found',
  'bad-filter': 'bad-filter',
  ended: 'unreadable',
  damaged: 'unreadable',
  other: 'unreadable',
}

export function asFailure({ kind, message, hint }: LiveProblem): ContractFailure {
  return new ContractFailure(CODES[kind], message, hint)
}

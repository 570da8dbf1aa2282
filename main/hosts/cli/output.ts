/**
 * stdout and files: buffered lines, back-pressure, and a reader that has gone away (EPIPE) ends the program quietly.
 * Colours only where a terminal shows them and NO_COLOR does not forbid them.
 */
import { closeSync, openSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cannotWrite, Exit, Failure, printFailure, systemWords } from './failure.ts'

const FLUSH_AT = 64 * 1024

export interface Output {
  write(text: string): void
  /** resolves when what was written so far may be followed by more */
  room(): Promise<void>
  end(): Promise<void>
}

/** The reader of our stdout has gone (`| head`): nothing is left to be done, and that is no error. */
export function exitOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(Exit.Done)
    const failure = new Failure(Exit.Usage, `stdout: cannot be written: ${systemWords(error)}`, 'Send it to a place that has room.')
    printFailure(failure)
    process.exit(failure.exit)
  })
  process.stderr.on('error', () => {})
}

export function toStdout(): Output {
  let buffer = ''
  let full = false
  const flush = (): void => {
    if (buffer === '') return
    full = !process.stdout.write(buffer)
    buffer = ''
  }
  return {
    write(text) {
      buffer += text
      if (buffer.length >= FLUSH_AT) flush()
    },
    async room() {
      if (full) await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
      full = false
    },
    end: () =>
      new Promise<void>((resolve) => {
        process.stdout.write(buffer, () => resolve())
        buffer = ''
      }),
  }
}

/**
 * Writes `pieces` to `path` through a temporary file beside it: readers see the old file or the whole new one.
 * A link is followed to its file. A device or a pipe is written as it stands: renaming over it would put a file in its place.
 * Refused: a target that is one of `inputs`, since that would destroy the capture.
 */
export function writeWholeFile(path: string, pieces: Iterable<string | Uint8Array>, inputs: readonly string[]): void {
  const there = statOrNone(path)
  if (there !== undefined && inputs.some((input) => sameFile(there, input)))
    throw new Failure(Exit.Usage, `${path}: is the capture that is read, and would be overwritten`, 'Name another file.')
  const inPlace = there !== undefined && !there.isFile() && !there.isDirectory()
  const target = there?.isFile() ? realpathSync(path) : path
  const temporary = inPlace ? null : join(dirname(target), `.rehome-${process.pid}-${Date.now()}.part`)
  let begun = false
  try {
    const file = openSync(temporary ?? target, temporary === null ? 'w' : 'wx', 0o644)
    begun = true
    try {
      for (const piece of pieces) {
        const data = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece
        for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at)
      }
    } finally {
      closeSync(file)
    }
    if (temporary !== null) renameSync(temporary, target)
  } catch (error) {
    if (begun && temporary !== null) rmSync(temporary, { force: true })
    throw cannotWrite(path, error)
  }
}

/** What stands at a path; undefined also where one may not look (the opening that follows says why). */
export function statOrNone(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function sameFile(there: Stats, input: string): boolean {
  const other = statOrNone(input)
  return other !== undefined && other.dev === there.dev && other.ino === there.ino
}

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  green(text: string): string
  cyan(text: string): string
}

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const on = stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const style = (open: number, close: number) => (text: string) => (on ? `\u001b[${open}m${text}\u001b[${close}m` : text)
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), yellow: style(33, 39), green: style(32, 39), cyan: style(36, 39) }
}

/** A progress line on stderr, only where a terminal shows it; redrawn at most ten times a second. */
export function progressLine(): { show(words: string): void; clear(): void } {
  const on = process.stderr.isTTY === true
  let last = 0
  let shown = false
  return {
    show(words) {
      if (!on || Date.now() - last < 100) return
      last = Date.now()
      shown = true
      process.stderr.write(`\r\u001b[2K${words}`)
    },
    clear() {
      if (shown) process.stderr.write('\r\u001b[2K')
      shown = false
    },
  }
}

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
 * A file that is written through a temporary one beside it: readers see the old file or the whole new one.
 * A link is followed to its file. A device or a pipe is written as it stands: renaming over it would put a file in its place.
 * Refused: a target that is one of `inputs`, since that would destroy the capture.
 */
export class WholeFile {
  private readonly target: string
  private readonly temporary: string | null
  private file: number | null

  constructor(
    private readonly path: string,
    inputs: readonly string[],
  ) {
    const there = statOrNone(path)
    if (there !== undefined && inputs.some((input) => sameFile(there, input)))
      throw new Failure(Exit.Usage, `${path}: is the capture that is read, and would be overwritten`, 'Name another file.')
    const inPlace = there !== undefined && !there.isFile() && !there.isDirectory()
    this.target = there?.isFile() ? realpathSync(path) : path
    this.temporary = inPlace ? null : join(dirname(this.target), `.rehome-${process.pid}-${Date.now()}.part`)
    try {
      this.file = openSync(this.temporary ?? this.target, inPlace ? 'w' : 'wx', 0o644)
    } catch (error) {
      throw cannotWrite(path, error)
    }
  }

  write(piece: string | Uint8Array): void {
    if (this.file === null) return
    const data = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece
    try {
      for (let at = 0; at < data.length; ) at += writeSync(this.file, data, at, data.length - at)
    } catch (error) {
      this.giveUp()
      throw cannotWrite(this.path, error)
    }
  }

  /** The file is whole: it gets its name. */
  finish(): void {
    if (this.file === null) return
    try {
      closeSync(this.file)
      this.file = null
      if (this.temporary !== null) renameSync(this.temporary, this.target)
    } catch (error) {
      if (this.temporary !== null) rmSync(this.temporary, { force: true })
      throw cannotWrite(this.path, error)
    }
  }

  giveUp(): void {
    if (this.file === null) return
    closeSync(this.file)
    this.file = null
    if (this.temporary !== null) rmSync(this.temporary, { force: true })
  }
}

/** Writes `pieces` to `path` as a whole file. */
export function writeWholeFile(path: string, pieces: Iterable<string | Uint8Array>, inputs: readonly string[]): void {
  const file = new WholeFile(path, inputs)
  try {
    for (const piece of pieces) file.write(piece)
  } catch (error) {
    file.giveUp()
    throw error instanceof Failure ? error : cannotWrite(path, error)
  }
  file.finish()
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

/**
 * stdout and files: buffered lines, back-pressure, and a reader that has gone away (EPIPE) ends the program quietly.
 * Colours only where a terminal shows them and NO_COLOR does not forbid them.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cannotWrite, Exit } from './failure.ts'

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
    process.stderr.write(`rehome: stdout: ${error.message}\n`)
    process.exit(Exit.Input)
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

/** Writes `bytes` to `path` through a temporary file beside it: readers see the old file or the whole new one. */
export function writeWholeFile(path: string, bytes: string | Uint8Array): void {
  const temporary = join(dirname(path), `.rehome-${process.pid}-${Date.now()}.part`)
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
  let file: number
  try {
    file = openSync(temporary, 'wx', 0o644)
  } catch (error) {
    throw cannotWrite(path, error)
  }
  try {
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at)
    closeSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw cannotWrite(path, error)
  }
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

/**
 * A file that is written in pieces and is there under its name only when it is whole. A file of that name is never overwritten unless a
 * person has said so, and one that is being read not even then. Given up, nothing of it stays.
 */
import { closeSync, linkSync, openSync, renameSync, rmSync, type Stats, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ContractFailure } from './failure.ts'

let number = 0

export class NewFile {
  private readonly path: string
  private readonly temporary: string
  private file: number | null

  /** Refuses at once what cannot be written. `inputs`: files that are being read. */
  constructor(
    path: string,
    private readonly replace: boolean,
    inputs: readonly string[],
  ) {
    this.path = resolve(path)
    const there = statOrNone(this.path)
    if (there?.isDirectory()) throw refused(this.path, 'is a folder', 'Name a file.')
    if (there !== undefined && inputs.some((input) => sameFile(there, statOrNone(input))))
      throw refused(this.path, 'is the capture that is open, and would be overwritten', 'Choose another name.')
    if (there !== undefined && !replace) throw exists(this.path)
    this.temporary = join(dirname(this.path), `.rehome-${process.pid}-${Date.now()}-${++number}.part`)
    try {
      this.file = openSync(this.temporary, 'wx', 0o600)
    } catch (error) {
      throw this.words(error)
    }
  }

  write(bytes: Uint8Array): void {
    if (this.file === null) return
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at, bytes.length - at)
    } catch (error) {
      this.giveUp()
      throw this.words(error)
    }
  }

  /** The file is whole: it gets its name. */
  finish(): void {
    if (this.file === null) return
    try {
      closeSync(this.file)
      this.file = null
      if (this.replace) renameSync(this.temporary, this.path)
      else {
        // a link refuses to take the place of a file that has come meanwhile; where there are no links a look must do
        try {
          linkSync(this.temporary, this.path)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST' || statOrNone(this.path) !== undefined) throw exists(this.path)
          renameSync(this.temporary, this.path)
        }
        rmSync(this.temporary, { force: true })
      }
    } catch (error) {
      rmSync(this.temporary, { force: true })
      throw this.words(error)
    }
  }

  giveUp(): void {
    if (this.file === null) return
    closeSync(this.file)
    this.file = null
    rmSync(this.temporary, { force: true })
  }

  private words(error: unknown): ContractFailure {
    if (error instanceof ContractFailure) return error
    const { code, message } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      EACCES: 'you may not write there',
      EPERM: 'you may not write there',
      EROFS: 'the file system is read-only',
      ENOENT: 'its folder does not exist',
      ENOTDIR: 'a part of its path is no folder',
      ENOSPC: 'the disk is full',
    }
    return refused(this.path, reasons[String(code)] ?? message, 'Choose another place.', code === 'EACCES' || code === 'EPERM')
  }
}

const refused = (path: string, words: string, hint: string, rights = false): ContractFailure =>
  new ContractFailure(rights ? 'no-permission' : 'bad-request', `${path}: ${words}`, hint)

const exists = (path: string): ContractFailure => refused(path, 'exists already', 'Choose another name: nothing is overwritten.')

function statOrNone(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function sameFile(one: Stats, other: Stats | undefined): boolean {
  return other !== undefined && one.dev === other.dev && one.ino === other.ino
}

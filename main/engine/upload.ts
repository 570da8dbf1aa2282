/**
 * A capture that arrives in parts, from a window that cannot name a path: spooled to a file that only this user can read, in a
 * folder of its own that goes away with the capture. Refuses parts out of order and more than 16 GiB.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Parameters_ } from '../../shared/contract.ts'
import { ContractFailure } from './failure.ts'

const MAX_BYTES = 16 * 1024 ** 3
const folders = new Set<string>()
const removeAll = (): void => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

export class Upload {
  private id = ''
  /** of the file that comes in, or has come and is not open yet */
  private folder: string | null = null
  /** of the one that is open */
  private used: string | null = null
  private file = -1
  private received = 0

  /** Takes one part; answers the bytes received so far. */
  take(part: Parameters_<'upload'>): number {
    if (part.id !== this.id || part.offset === 0) this.begin(part.id)
    if (part.offset !== this.received || this.file < 0)
      throw new ContractFailure(
        'bad-request',
        `part at offset ${part.offset}, but ${this.received} bytes have arrived`,
        'Send the parts in order, the first at offset 0.',
      )
    const bytes = Buffer.from(part.base64, 'base64')
    if (this.received + bytes.length > MAX_BYTES) {
      this.refused()
      throw new ContractFailure('bad-request', 'the upload is larger than 16 GiB', 'Open it by its path on the machine that holds it.')
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at, bytes.length - at)
    this.received += bytes.length
    return this.received
  }

  private begin(id: string): void {
    this.refused()
    this.folder = mkdtempSync(join(tmpdir(), 'rehome-upload-'))
    if (folders.size === 0) process.once('exit', removeAll)
    folders.add(this.folder)
    this.file = openSync(join(this.folder, 'capture'), 'wx', 0o600)
    this.id = id
  }

  /** The last part has arrived: path of the whole file. It stays until another one is open in its place. */
  finish(): string {
    if (this.file >= 0) closeSync(this.file)
    this.file = -1
    this.id = ''
    return join(this.folder ?? '', 'capture')
  }

  /** What came last is open now: what was open before goes. */
  opened(): void {
    if (this.folder === null) return
    this.remove(this.used)
    this.used = this.folder
    this.folder = null
  }

  /** What comes in, or came last, is not wanted. */
  refused(): void {
    if (this.file >= 0) closeSync(this.file)
    this.file = -1
    this.id = ''
    this.received = 0
    this.remove(this.folder)
    this.folder = null
  }

  /** Nothing that came is open any longer. */
  forget(): void {
    this.refused()
    this.remove(this.used)
    this.used = null
  }

  private remove(folder: string | null): void {
    if (folder === null) return
    rmSync(folder, { recursive: true, force: true })
    folders.delete(folder)
  }
}

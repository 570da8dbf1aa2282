/**
 * Reads single packets of a capture again, by their offset in the uncompressed stream. A gzip file is unpacked once into a spool
 * file that only this user can read: mode 0600 in a directory of its own. It loses its name at once where the system allows
 * that, so that nothing stays behind however the process ends; else it is removed at close and at exit.
 * Refuses what `readCapture` refuses. Cost: one positioned read a packet; a gzip is unpacked as far as the reader got.
 */
import { readSync, rmSync } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainText } from '../export/escape.ts'
import { gzipSource } from './byte-source.ts'
import { asFileError, openCaptureFile } from './open-file.ts'
import { CaptureFileError, type FileFacts, type RandomAccess } from './types.ts'

export async function openRandomAccess(path: string, facts: FileFacts): Promise<RandomAccess> {
  const { handle } = await openCaptureFile(path)
  if (!facts.gzip) return access(handle, null)
  try {
    return await spool(path, handle, facts.streamBytes ?? Number.POSITIVE_INFINITY)
  } finally {
    await handle.close()
  }
}

/** Directories of spools that still have a name; removed when the process ends. */
const named = new Set<string>()
function removeNamed(): void {
  for (const directory of named) rmSync(directory, { recursive: true, force: true })
}

async function spool(path: string, packed: FileHandle, wanted: number): Promise<RandomAccess> {
  let directory: string | null = null
  let unpacked: FileHandle | null = null
  const source = gzipSource(packed)
  try {
    directory = await mkdtemp(join(tmpdir(), 'rehome-spool-'))
    if (named.size === 0) process.once('exit', removeNamed)
    named.add(directory)
    unpacked = await open(join(directory, 'stream'), 'wx+', 0o600)
    // a file without a name lives until its last handle is closed; Windows may refuse, then the name goes at close
    const nameless = await rm(directory, { recursive: true }).then(
      () => true,
      () => false,
    )
    if (nameless) forget(directory)
    let written = 0
    while (written < wanted) {
      const chunk = await source.next()
      if (chunk === null) break
      for (let from = chunk.begin; from < chunk.end; ) {
        const { bytesWritten } = await unpacked.write(chunk.memory, from, chunk.end - from, written)
        from += bytesWritten
        written += bytesWritten
      }
    }
    return access(unpacked, nameless ? null : directory)
  } catch (error) {
    await unpacked?.close()
    if (directory !== null) discard(directory)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new CaptureFileError(
        'unreadable',
        `${plainText(path)}: no room in ${plainText(tmpdir())} for its unpacked copy`,
        'Set TMPDIR to a directory with more room, or unpack the file first: gunzip -k FILE',
      )
    }
    throw asFileError(path, error)
  } finally {
    await source.close()
  }
}

function forget(directory: string): void {
  named.delete(directory)
  if (named.size === 0) process.removeListener('exit', removeNamed)
}

function discard(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  forget(directory)
}

function access(handle: FileHandle, directory: string | null): RandomAccess {
  let open = true
  return {
    async readAt(offset, length) {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled === length ? bytes : bytes.subarray(0, filled)
    },
    readAtSync(offset, length) {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const bytesRead = readSync(handle.fd, bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled === length ? bytes : bytes.subarray(0, filled)
    },
    close() {
      if (!open) return
      open = false
      const done = handle.close()
      if (directory !== null) void done.then(() => discard(directory))
      else done.catch(() => undefined)
    },
  }
}

/**
 * Opens a capture file, and puts every way in which that fails into words: what, where, what next.
 * Refuses directories, pipes and devices. Cost: once a file.
 */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { plainText } from '../export/escape.ts'
import { CaptureFileError } from './types.ts'

/** Opens a regular file for reading; every way to fail is a CaptureFileError. */
export async function openCaptureFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  try {
    // looked at before it is opened: opening a pipe would wait for its other end
    const facts = await stat(path)
    if (facts.isDirectory()) throw new CaptureFileError('unreadable', `${plainText(path)} is a directory`, 'Name a capture file in it.')
    if (!facts.isFile())
      throw new CaptureFileError(
        'unreadable',
        `${plainText(path)} is no regular file (a pipe or a device)`,
        'Save the capture to a file first.',
      )
    return { handle: await open(path, 'r'), size: facts.size }
  } catch (error) {
    throw asFileError(path, error)
  }
}

/** System errors become CaptureFileErrors; everything else stays what it is. */
export function asFileError(path: string, error: unknown): unknown {
  if (error instanceof CaptureFileError || !(error instanceof Error)) return error
  const { code } = error as NodeJS.ErrnoException
  const shown = plainText(path)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CaptureFileError('not-found', `${shown}: no such file`, 'Check the name and the directory.')
  if (code === 'EACCES' || code === 'EPERM')
    return new CaptureFileError(
      'unreadable',
      `${shown}: no permission to read it`,
      'Ask its owner for read permission, or copy it with the rights of its owner.',
    )
  if (code === 'EISDIR') return new CaptureFileError('unreadable', `${shown} is a directory`, 'Name a capture file in it.')
  if (code === 'ERR_INVALID_ARG_VALUE') return new CaptureFileError('not-found', `${shown}: not a file name`, 'Check the name.')
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) && 'syscall' in error)
    return new CaptureFileError('unreadable', `${shown}: could not be read (${code})`, 'Copy the file to a local disk and open it there.')
  return error
}

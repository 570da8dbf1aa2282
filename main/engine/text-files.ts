/** Side files of a capture (link logs, key logs): read whole, bounded, with words for people when they cannot be read. */
import { readFile, stat } from 'node:fs/promises'
import { ContractFailure } from './failure.ts'

const MAX_BYTES = 64 * 1024 * 1024

export async function readTextFile(path: string, what: string): Promise<{ path: string; text: string }> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES)
      throw new ContractFailure('unreadable', `${path}: the ${what} is larger than 64 MiB`, 'Cut it to the time of the capture.')
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    if (error instanceof ContractFailure) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new ContractFailure('not-found', `${path}: there is no such file (${what})`, 'Check the path.')
    const why = code === 'EACCES' ? 'permission denied' : code === 'EISDIR' ? 'is a folder' : String(code)
    throw new ContractFailure('unreadable', `${path}: the ${what} cannot be read (${why})`, 'Check the path and its permissions.')
  }
}

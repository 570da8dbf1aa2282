/**
 * How a command ends when it cannot do what was asked: one line on stderr (what, where, what to do) and an exit code.
 * Codes of the command line contract: 1 a check asked for failed, 2 bad usage, 3 the input could not be read, 4 no permission.
 */
import { escapeText } from '../../../dissectors/core/values.ts'

export const enum Exit {
  Done = 0,
  CheckFailed = 1,
  Usage = 2,
  Input = 3,
  Permission = 4,
}

export class Failure extends Error {
  constructor(
    readonly exit: Exit,
    message: string,
    readonly hint = '',
  ) {
    super(message)
  }
}

/** Words and exit code of anything that was thrown. Errors of the reader and the filter carry `code` and `hint`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, message, hint } = (error ?? {}) as { code?: unknown; message?: unknown; hint?: unknown }
  const words = typeof message === 'string' ? message : String(error)
  const next = typeof hint === 'string' ? hint : ''
  switch (code) {
    case 'not-found':
    case 'unreadable':
    case 'not-a-capture':
      return new Failure(Exit.Input, words, next)
    case 'bad-filter':
    case 'bad-request':
      return new Failure(Exit.Usage, words, next)
    case 'EACCES':
    case 'ENOENT':
    case 'EISDIR':
    case 'ENOTDIR':
      return new Failure(
        Exit.Input,
        `${(error as NodeJS.ErrnoException).path ?? 'file'}: ${systemWords(error)}`,
        'Check the path and its permissions.',
      )
    default:
      return new Failure(Exit.CheckFailed, `internal error: ${words}`, 'Run again with REHOME_DEBUG=1 and report what it prints.')
  }
}

/** What the system refused, in words. */
export function systemWords(error: unknown): string {
  const reasons: Record<string, string> = {
    EACCES: 'permission denied',
    ENOENT: 'no such file or folder',
    EISDIR: 'it is a folder',
    ENOSPC: 'no space is left',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is no folder',
  }
  const { code, message } = error as NodeJS.ErrnoException
  return reasons[String(code)] ?? message
}

export function cannotWrite(path: string, error: unknown): Failure {
  return new Failure(Exit.Usage, `${path}: cannot be written: ${systemWords(error)}`, 'Name a file in a folder that you may write to.')
}

export function printFailure(failure: Failure): void {
  const words = failure.message.replace(/\s*\n\s*/g, ' ').trimEnd()
  const hint = failure.hint === '' ? '' : `${/[.!?:;]$/.test(words) ? '' : '.'} ${failure.hint}`
  process.stderr.write(`rehome: ${escapeText(words + hint)}\n`)
}

export function warn(words: string): void {
  process.stderr.write(`rehome: warning: ${escapeText(words.replace(/\s*\n\s*/g, ' '))}\n`)
}

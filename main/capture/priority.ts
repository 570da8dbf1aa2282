/**
 * Who goes first when there is not enough processor for all: capture programs, then the thread that records, then everything else, and the
 * analysis last, which can wait. Anybody may step back; going first needs rights, and is only tried. Linux counts threads, others processes.
 */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

export const enum Niceness {
  Capture = -10,
  Recording = -5,
  Analysis = 5,
}

/** `process`: another process's number; absent: the calling thread. */
export function prioritise(niceness: Niceness, process?: number): void {
  try {
    setPriority(process ?? thisThread(), niceness)
  } catch {
    // not allowed, or gone already
  }
}

/** Throws where threads have no number of their own: a whole process is not meant. */
function thisThread(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
}

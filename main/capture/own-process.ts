/**
 * How this program starts a process of its own: node with the built entry; inside Electron, whose binary does not run scripts (its fuse is
 * off), the application itself with the name of the entry, which it then is instead of a window.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type OwnEntry = 'capture-process' | 'cap-helper'

/** The argument that makes the application one of its own processes. */
export const ROLE = '--rehome-process='

/** Beside the built hosts, or in dist/ when this runs from source. */
export function builtEntry(name: OwnEntry | 'capture-worker'): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const built = join(here, '..', 'main', `${name}.js`)
  return existsSync(built) ? built : join(here, '..', '..', 'dist', 'main', `${name}.js`)
}

export function ownProcess(name: OwnEntry, electron: string | undefined = process.versions.electron): { command: string; args: string[] } {
  if (electron === undefined) return { command: process.execPath, args: [builtEntry(name)] }
  // a development copy is told which folder is the application; a packaged one knows
  const app = (process as { defaultApp?: boolean }).defaultApp === true ? [process.argv[1] as string] : []
  return { command: process.execPath, args: [...app, `${ROLE}${name}`] }
}

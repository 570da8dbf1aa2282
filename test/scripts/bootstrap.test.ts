/** What counts as installed: whoever ran npm, all that the lock file names must be there, and nothing else will do. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

interface Entry {
  version: string
  integrity?: string
  optional?: boolean
  dev?: boolean
}
type Packages = Record<string, Entry>

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const LOCK: Packages = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/build': { version: '2.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/native-mac': { version: '3.0.0', integrity: 'sha512-c', optional: true },
}
const without = (...names: string[]): Packages => Object.fromEntries(Object.entries(LOCK).filter(([path]) => !names.includes(path)))
const installed = without('', 'node_modules/native-mac')

function folderWith(hidden: Packages | null, present: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-installed-'))
  folders.push(folder)
  for (const path of ['node_modules', ...present]) mkdirSync(join(folder, path), { recursive: true })
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: LOCK }))
  if (hidden !== null) writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: hidden }))
  return folder
}

const both = ['node_modules/a', 'node_modules/build']
const changed = (entry: Partial<Entry>): Packages => ({
  ...installed,
  'node_modules/a': { ...(LOCK['node_modules/a'] as Entry), ...entry },
})
it.each<[string, Packages | null, string[], boolean]>([
  ['npm ci, on a platform without one optional package', installed, both, true],
  ['npm ci cut off before its end', null, both, false],
  ['npm ci --omit=dev', without('', 'node_modules/build', 'node_modules/native-mac'), ['node_modules/a'], false],
  ['an older version', changed({ version: '0.9.0' }), both, false],
  ['other contents', changed({ integrity: 'sha512-x' }), both, false],
  ['a folder that somebody removed', installed, ['node_modules/a'], false],
])('%s', async (_name, hidden, present, expected) => {
  const { installedAsLocked } = (await import('../../scripts/bootstrap.mjs' as string)) as { installedAsLocked(folder: string): boolean }
  expect(installedAsLocked(folderWith(hidden, present))).toBe(expected)
})

it('holds for this very tree', async () => {
  const { installedAsLocked, root } = (await import('../../scripts/bootstrap.mjs' as string)) as {
    installedAsLocked(folder: string): boolean
    root: string
  }
  expect(installedAsLocked(root)).toBe(true)
})

it('looks for every package of the testbed', async () => {
  const { ensureSystem, root, testbedPackages } = (await import('../../scripts/bootstrap.mjs' as string)) as {
    ensureSystem(names: string[]): string[]
    root: string
    testbedPackages: string[]
  }
  const listed = readFileSync(join(root, 'test', 'testbed', 'apt-packages.txt'), 'utf8')
    .trim()
    .split(' ')
  expect([...testbedPackages, 'tshark'].sort()).toEqual(listed.sort())
  expect(() => ensureSystem(['no-such-package'])).toThrow()
})

/** Opening captures for a command: side files, progress on a terminal, warnings on stderr. */
import type { Profile } from '../../../../shared/profile.ts'
import { IndexColumns } from '../../../engine/index-columns.ts'
import { type Capture, openCapture } from '../../../engine/open.ts'
import { readSite } from '../../../engine/site.ts'
import { readTextFile } from '../../../engine/text-files.ts'
import { KeyStore } from '../../../keys/store.ts'
import { loadProfiles } from '../../../profiles/load.ts'
import { warn } from '../failure.ts'
import { progressLine, statOrNone } from '../output.ts'

export interface OpeningOptions {
  netlink?: string
  keys?: string[]
  site?: string
  profile?: string[]
}

export async function openForCommand(files: string[], options: OpeningOptions): Promise<{ capture: Capture; columns: IndexColumns }> {
  const netlink = options.netlink === undefined ? undefined : await readTextFile(options.netlink, 'link log')
  const keys = await Promise.all((options.keys ?? []).map((path) => readTextFile(path, 'key log')))
  const site = options.site === undefined ? undefined : await readSite(options.site)
  const profiles = await profilesForCommand(options.profile)
  for (const path of namedTwice(files)) warn(`${path}: is named more than once, so each of its packets is there twice`)
  const progress = progressLine()
  const capture = await openCapture(files, {
    netlink,
    keys,
    site,
    profiles,
    onProgress: (read, total, packets) =>
      progress.show(`${total > 0 ? Math.floor((100 * read) / total) : 0} % read, ${packets.toLocaleString('en')} packets`),
  })
  progress.clear()
  // Words about a side file name it themselves.
  const sides = [files[0] as string, ...(netlink === undefined ? [] : [netlink.path]), ...keys.map(({ path }) => path)]
  const named = (words: string): boolean => sides.some((path) => words.startsWith(`${path}: `))
  for (const words of capture.warnings) warn(files.length === 1 && !named(words) ? `${files[0]}: ${words}` : words)
  return { capture, columns: new IndexColumns(capture) }
}

/** Files that were met before under this or another name. */
function namedTwice(files: string[]): string[] {
  const met = new Set<string>()
  return files.filter((path) => {
    const there = statOrNone(path)
    const key = there === undefined ? path : `${there.dev}:${there.ino}`
    const twice = met.has(key)
    met.add(key)
    return twice
  })
}

/** The key logs that were named, for commands that walk packets without opening the capture as a whole. */
export async function keysForCommand(paths: readonly string[] | undefined): Promise<KeyStore> {
  return new KeyStore(await Promise.all((paths ?? []).map((path) => readTextFile(path, 'key log'))))
}

/** Profiles in force; says on stderr which are not. */
export async function profilesForCommand(names: readonly string[] | undefined): Promise<Profile[]> {
  const { profiles, warnings } = await loadProfiles(names ?? [])
  for (const words of warnings) warn(words)
  return profiles
}

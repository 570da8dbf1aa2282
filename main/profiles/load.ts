/**
 * Profiles as the user names them: the id of a preset (which is then in force), a JSON file, or a folder of JSON files. What a file says is wrong is
 * told with its place, all at once; nothing is half loaded. A file that says `enabled: false` is read, told of and not used.
 */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Profile, parseProfile } from '../../shared/profile.ts'
import { ContractFailure } from '../engine/failure.ts'
import { readTextFile } from '../engine/text-files.ts'
import { PRESETS } from './presets.ts'

const MAX_FILES = 200

export interface LoadedProfiles {
  profiles: Profile[]
  warnings: string[]
}

/** Throws ContractFailure when one cannot be read or is not understood. */
export async function loadProfiles(names: readonly string[]): Promise<LoadedProfiles> {
  const profiles: Profile[] = []
  const warnings: string[] = []
  const problems: string[] = []
  const take = (text: string, name: string, force: boolean): void => {
    const parsed = parseProfile(text, name)
    if (!parsed.ok) problems.push(...parsed.problems)
    else if (force || parsed.profile.enabled) profiles.push({ ...parsed.profile, enabled: true })
    else warnings.push(`${name}: profile '${parsed.profile.id}' says enabled: false, so it is not used`)
  }
  for (const name of names) {
    const preset = PRESETS.find((p) => p.id === name)
    if (preset !== undefined) {
      take(JSON.stringify(preset.profile), `preset ${name}`, true)
      continue
    }
    for (const path of await filesOf(name)) take((await readTextFile(path, 'profile')).text, path, false)
  }
  if (problems.length > 0)
    throw new ContractFailure(
      'unreadable',
      problems.slice(0, 10).join('; '),
      `A profile has id, title, bind, guard, fields, msgTypes: see docs/PROFILES.md. Presets: ${PRESETS.map((p) => p.id).join(', ')}.`,
    )
  const twice = profiles.find((profile, i) => profiles.findIndex((p) => p.id === profile.id) !== i)
  if (twice !== undefined)
    throw new ContractFailure('unreadable', `two profiles have the id '${twice.id}'`, 'Sessions are named by it: give one of them another.')
  return { profiles, warnings }
}

/** A name as it means the same from any folder: that of a preset stays, a path becomes whole. */
export function resolveProfile(name: string, folder = '.'): string {
  return PRESETS.some((preset) => preset.id === name) ? name : resolve(folder, name)
}

async function filesOf(name: string): Promise<string[]> {
  const facts = await stat(name).catch(() => null)
  if (facts === null || !facts.isDirectory()) return [name]
  const files = (await readdir(name)).filter((file) => file.endsWith('.json')).sort()
  if (files.length === 0) throw new ContractFailure('not-found', `${name}: the folder holds no profile (*.json)`, 'Check the path.')
  return files.slice(0, MAX_FILES).map((file) => join(name, file))
}

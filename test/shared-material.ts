/** Where the material beside the repository lies: captures, recordings, contract. Missing material fails loudly: a test that saw nothing has shown nothing. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const sharedFolder = join(import.meta.dirname, '..', '..', 'shared')

/** A path below `../shared`; throws with words when it is not there. */
export function shared(...parts: string[]): string {
  const path = join(sharedFolder, ...parts)
  if (!existsSync(path))
    throw new Error(`${path} is missing: these tests read the captures and recordings that lie beside the repository in ../shared`)
  return path
}

/** Capture files below a folder of `../shared`, sorted. */
export function capturesIn(...parts: string[]): string[] {
  const walk = (path: string): string[] =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .flatMap((name) => walk(join(path, name)))
      : [path]
  return walk(shared(...parts)).filter((file) => /\.(pcap|pcapng|cap|dmp|trace)(\.gz)?$/i.test(file))
}

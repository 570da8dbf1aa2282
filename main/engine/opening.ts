/** How a capture is opened, the status before anything is, and a promise that others settle: what the engine begins with. */
import { basename } from 'node:path'
import type { Status } from '../../shared/contract.ts'
import type { FindingReport } from '../../shared/report.ts'
import { findingsWorstFirst } from '../../shared/severity.ts'
import type { SiteFile } from '../analysis/site-file.ts'
import { checkCapture } from '../files/reader.ts'
import { loadProfiles } from '../profiles/load.ts'
import { VERSION } from '../version.ts'
import { ContractFailure, contractError } from './failure.ts'
import { readSite } from './site.ts'
import { readTextFile } from './text-files.ts'

/** How a capture was opened: enough to read it again. */
export interface Opening {
  path: string
  name: string
  netlink?: string
  keys: string[]
  profiles: string[]
  site: SiteFile | null
  /** path of the site model when it still has to be read */
  sitePath?: string
  /** it came in parts, and is where they were put */
  uploaded?: boolean
}

/** Refuses what cannot be opened, while what is open still stands: a wrong letter in a name costs nobody the capture they look at. */
export async function tryOut({ path, name, netlink, keys, profiles, sitePath }: Opening): Promise<void> {
  try {
    await checkCapture(path)
    if (netlink !== undefined) await readTextFile(netlink, 'link log')
    for (const key of keys) await readTextFile(key, 'key log')
    if (sitePath !== undefined) await readSite(sitePath)
    await loadProfiles(profiles)
  } catch (error) {
    const { code, message, hint, position } = contractError(error)
    throw new ContractFailure(code, asGiven(message, path, name), hint, position)
  }
}

/** An uploaded file goes by the name its person knows, not by that of its spool. */
export function asGiven(text: string, path: string | null, name: string | null): string {
  return path === null || name === null || basename(path) === name ? text : text.replaceAll(path, name)
}

export function emptyStatus(): Status {
  return {
    state: 'empty',
    path: null,
    name: null,
    bytesRead: 0,
    bytesTotal: 0,
    packets: 0,
    error: null,
    warnings: [],
    capture: null,
    start: null,
    end: null,
    sessions: 0,
    rehomings: 0,
    findings: [],
    version: VERSION,
  }
}

export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** how many findings a status carries while its capture is read, the worst of them */
const MOST_SO_FAR = 200
/** ms between two looks at them, and at least as long as twenty times what a look took */
const LOOK_EVERY = 2_000

/** The findings of a capture that is being read: looked at so seldom that reading hardly takes longer for it. */
export class FindingsSoFar {
  private found: FindingReport[] = []
  private next = performance.now() + LOOK_EVERY

  constructor(private readonly ask: () => FindingReport[]) {}

  look(): FindingReport[] {
    const from = performance.now()
    if (from < this.next) return this.found
    this.found = findingsWorstFirst(this.ask()).slice(0, MOST_SO_FAR)
    const now = performance.now()
    this.next = now + Math.max(LOOK_EVERY, 20 * (now - from))
    return this.found
  }
}

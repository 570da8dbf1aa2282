/** How a capture is opened, the status before anything is, and a promise that others settle: what the engine begins with. */
import type { Status } from '../../shared/contract.ts'
import type { SiteFile } from '../analysis/site-file.ts'
import { VERSION } from '../version.ts'

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

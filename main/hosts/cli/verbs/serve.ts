/** `rehome serve`: the app in a browser on loopback, until Ctrl+C. */
import { resolve } from 'node:path'
import { readTextFile } from '../../../engine/text-files.ts'
import { openCaptureFile } from '../../../files/open-file.ts'
import { resolveProfile } from '../../../profiles/load.ts'
import { serve } from '../../browser/serve.ts'

export interface ServeWords {
  port: number
  netlink?: string
  keys?: string[]
  site?: string
  profile?: string[]
}

export async function serveApp(file: string | undefined, options: ServeWords): Promise<void> {
  // what cannot be read is said here, as by every other verb, and not in a page that is opened later
  if (file !== undefined) await (await openCaptureFile(file)).handle.close()
  if (options.netlink !== undefined) await readTextFile(options.netlink, 'link log')
  for (const path of options.keys ?? []) await readTextFile(path, 'key log')
  const served = await serve({
    file: file === undefined ? undefined : resolve(file),
    port: options.port,
    netlink: options.netlink === undefined ? undefined : resolve(options.netlink),
    keys: (options.keys ?? []).map((path) => resolve(path)),
    site: options.site === undefined ? undefined : resolve(options.site),
    profiles: (options.profile ?? []).map((name) => resolveProfile(name)),
  })
  process.stdout.write(`Rehome is at ${served.url}\n`)
  process.stderr.write('rehome: open that address in a browser on this machine; Ctrl+C ends\n')
  // A closed terminal ends it as Ctrl+C does: what was uploaded goes away with the host.
  await new Promise<void>((done) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => done())
  })
  await served.close()
}

/** Opening captures for a command: side files, progress on a terminal, warnings on stderr. */
import { ContractFailure } from '../../../engine/failure.ts'
import { IndexColumns } from '../../../engine/index-columns.ts'
import { type Capture, openCapture } from '../../../engine/open.ts'
import { readTextFile } from '../../../engine/text-files.ts'
import { warn } from '../failure.ts'
import { progressLine } from '../output.ts'

export interface OpeningOptions {
  netlink?: string
  keys?: string[]
  site?: string
  profile?: string[]
}

export async function openForCommand(files: string[], options: OpeningOptions): Promise<{ capture: Capture; columns: IndexColumns }> {
  const netlink = options.netlink === undefined ? undefined : await readTextFile(options.netlink, 'link log')
  const keys = await Promise.all((options.keys ?? []).map((path) => readTextFile(path, 'key log')))
  for (const { path, text } of keys) checkKeys(path, text)
  if (options.site !== undefined) await readJson(options.site, 'site model')
  for (const path of options.profile ?? []) await readJson(path, 'profile')
  if (options.site !== undefined)
    warn(`${options.site}: no check of this version uses a given site model; what the capture itself tells is used`)
  for (const path of options.profile ?? []) warn(`${path}: no check of this version uses rules of a profile`)
  const progress = progressLine()
  const capture = await openCapture(files, {
    netlink,
    keys,
    onProgress: (read, total, packets) =>
      progress.show(`${total > 0 ? Math.floor((100 * read) / total) : 0} % read, ${packets.toLocaleString('en')} packets`),
  })
  progress.clear()
  for (const words of capture.warnings) warn(files.length === 1 && !words.startsWith(files[0] as string) ? `${files[0]}: ${words}` : words)
  return { capture, columns: new IndexColumns(capture) }
}

const KEY_LINE = /^\s*(#.*)?$|^[A-Z0-9_]+ [0-9a-fA-F]+ [0-9a-fA-F]+\s*$|^[0-9a-fA-F]{16},[0-9a-fA-F]{16},/

/** Keys are read and checked; what is encrypted is named in the report's limits when nothing can use them. */
function checkKeys(path: string, text: string): void {
  const lines = text.split('\n')
  const bad = lines.findIndex((line) => !KEY_LINE.test(line.replace(/\r$/, '')))
  if (bad >= 0) warn(`${path}: line ${bad + 1} is neither an SSLKEYLOGFILE nor an IKEv2 table line; it is passed over`)
}

async function readJson(path: string, what: string): Promise<unknown> {
  const { text } = await readTextFile(path, what)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ContractFailure('unreadable', `${path}: the ${what} is not JSON (${(error as Error).message})`, 'Correct the file.')
  }
}

/** The capture that is measured, made anew by the shared generator: the same options give the same bytes. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env.REHOME_ROOT ?? process.cwd()

export function generate(folder: string, packets: number, options: readonly string[] = []): string {
  const generator = join(root, '..', 'shared', 'bench', 'gen-capture.mjs')
  if (!existsSync(generator))
    throw new Error(`${generator} is missing: the capture generator makes the file that is measured; or name one with --file`)
  const path = join(folder, 'bench.pcap')
  const flows = String(Math.max(100, Math.round(packets / 20)))
  const made = spawnSync(process.execPath, [generator, '-o', path, '-n', String(packets), '-f', flows, '-q', ...options], {
    stdio: ['ignore', 2, 2],
  })
  if (made.status !== 0) throw new Error('the capture generator failed')
  return path
}

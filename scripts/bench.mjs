/**
 * `npm run bench [-- --packets N]`: bundles the benchmark as the product is bundled, and runs it in a process of its own.
 * Its options are those of test/bench/bench.ts; `--cpu-prof` writes a profile into the current folder.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureReady, root } from './bootstrap.mjs'

await ensureReady({ build: false })
const folder = mkdtempSync(join(tmpdir(), 'rehome-bench-build-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const vite = await import('vite')
await vite.build({
  configFile: join(root, 'vite.node.config.ts'),
  logLevel: 'error',
  build: { outDir: folder, emptyOutDir: false, rolldownOptions: { input: { bench: join(root, 'test/bench/bench.ts') } } },
})
const profile = process.argv.includes('--cpu-prof')
const args = process.argv.slice(2).filter((word) => word !== '--cpu-prof')
const entry = join(folder, 'bench.js')
const run = spawnSync(process.execPath, ['--expose-gc', ...(profile ? ['--cpu-prof'] : []), entry, ...args], {
  stdio: 'inherit',
  env: { ...process.env, REHOME_ROOT: root },
})
process.exitCode = run.status ?? 1

/**
 * `npm run bench [-- --packets N]`: bundles the benchmark as the product is bundled, and runs it in a process of its own; then, in another, what
 * protocols cost where they do not occur (that alone with `--registry`, not with `--no-registry`).
 * Options are those of test/bench/bench.ts, with `--registry` those of test/bench/registry.ts; `--cpu-prof` writes a profile into the current folder.
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
const configFile = join(root, 'vite.node.config.ts')

/** The benchmark among the product's own entries, sharing their chunks. */
async function productBundle() {
  await vite.build({
    configFile,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: false, rolldownOptions: { input: { bench: join(root, 'test/bench/bench.ts') } } },
  })
  return join(folder, 'bench.js')
}

/** One entry and nothing else, as the product is bundled: bundles share nothing. Returns its file. */
async function bundle(name, plugins = [], as = name) {
  const { config } = await vite.loadConfigFromFile({ command: 'build', mode: 'production' }, configFile)
  const outDir = join(folder, as)
  const rolldownOptions = { ...config.build.rolldownOptions, input: { [name]: join(root, `test/bench/${name}.ts`) } }
  await vite.build({ ...config, configFile: false, logLevel: 'error', plugins, build: { ...config.build, outDir, rolldownOptions } })
  return join(outDir, `${name}.js`)
}

/** Recognisers and what is kept for them, replaced by nothing. */
const noRecognisers = {
  name: 'no-recognisers',
  enforce: 'pre',
  resolveId: (source) => (/\/(recognise\/[a-z-]+|payload-ring)\.ts$/.test(source) ? join(root, 'test/bench/no-recognisers.ts') : undefined),
}

const has = (word) => process.argv.includes(word)
const profile = has('--cpu-prof')
const own = ['--cpu-prof', '--registry', '--no-registry']
const args = process.argv.slice(2).filter((word) => !own.includes(word))
const run = (entry, ...words) => {
  const { status } = spawnSync(process.execPath, ['--expose-gc', ...(profile ? ['--cpu-prof'] : []), entry, ...words], {
    stdio: 'inherit',
    env: { ...process.env, REHOME_ROOT: root },
  })
  if (status !== 0) process.exitCode = status ?? 1
}
if (!has('--registry')) run(await productBundle(), ...args)
if (!has('--no-registry')) {
  const bundles = [
    ['--all', await bundle('first-pass-all')],
    ['--core', await bundle('first-pass-core')],
    ['--bare', await bundle('first-pass-core', [noRecognisers], 'first-pass-bare')],
  ]
  run(await bundle('registry'), ...bundles.flat(), ...(has('--registry') ? args : []))
}

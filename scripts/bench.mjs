/**
 * `npm run bench [-- --packets N]`: bundles the benchmark as the product is bundled, and runs it in a process of its own; then, in another, what
 * protocols cost where they do not occur (that alone with `--registry`, not with `--no-registry`). With `--costs` instead what contexts and findings
 * add to the indexing (`--packets N`, `--runs N`: rounds).
 * Options are those of test/bench/bench.ts, with `--registry` those of test/bench/registry.ts; `--cpu-prof` writes a profile into the current folder.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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

/** A build in which modules of this name are another one. */
const replaced = (modules, by) => ({
  name: by,
  enforce: 'pre',
  resolveId: (source) => (modules.test(source) ? join(root, `test/bench/${by}.ts`) : undefined),
})

/** Recognisers and what is kept for them, replaced by nothing. */
const noRecognisers = replaced(/\/(recognise\/[a-z-]+|payload-ring)\.ts$/, 'no-recognisers')

/** Indexing alone, with contexts, with findings too: a process for each opening, in turn, so that what else the machine does hits all. The least of each counts. */
async function costs(packets, rounds) {
  const builds = [
    ['indexing', await bundle('costs', [replaced(/\/analysis\/analyzer\.ts$/, 'no-analysis')], 'indexing')],
    ['and contexts', await bundle('costs', [replaced(/\/findings\/watches\.ts$/, 'no-findings')], 'contexts')],
    ['and findings', await bundle('costs')],
  ]
  const env = { ...process.env, REHOME_ROOT: root }
  const call = (entry, ...words) => execFileSync(process.execPath, [entry, ...words], { encoding: 'utf8', env })
  const file = join(folder, 'bench.pcap')
  call(builds[2][1], '--file', file, '--make', String(packets))
  const seconds = builds.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [i, [, entry]] of builds.entries()) seconds[i].push(Number(call(entry, '--file', file).split(' ')[0]))
  const least = seconds.map((list) => Math.min(...list))
  for (const [i, [name]] of builds.entries()) {
    const more = i === 0 ? '' : `, ${((least[i] / least[i - 1] - 1) * 100).toFixed(0)} % more`
    console.log(`${name.padEnd(16)} ${least[i].toFixed(2)} CPU s for ${packets} packets${more} (${seconds[i].join(', ')})`)
  }
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
if (has('--costs')) {
  const { values } = parseArgs({
    args: args.filter((word) => word !== '--costs'),
    options: { packets: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '3' } },
  })
  await costs(Number(values.packets), Number(values.runs))
} else if (!has('--registry')) run(await productBundle(), ...args)
if (!has('--no-registry') && !has('--costs')) {
  const bundles = [
    ['--all', await bundle('first-pass-all')],
    ['--core', await bundle('first-pass-core')],
    ['--bare', await bundle('first-pass-core', [noRecognisers], 'first-pass-bare')],
  ]
  run(await bundle('registry'), ...bundles.flat(), ...(has('--registry') ? args : []))
}

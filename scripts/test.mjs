/**
 * `npm test`: sets itself up and runs every stage in order; one line a stage, its output when it fails or with --verbose.
 * `npm test -- unit types` runs only the named stages. With CI=true a test that was skipped fails its stage.
 * Stages that keep one core busy run two at a time (with --verbose one after the other); those that measure or fill both cores run alone.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureReady, ensureSystem, root, SetupError, testbedPackages } from './bootstrap.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const vitest = (stage) => ({ command: bin('vitest'), args: ['run'], env: { REHOME_STAGE: stage } })

/** `beside`: keeps about one core busy and measures nothing that another stage could disturb */
const STAGES = [
  { name: 'lint', beside: true, why: 'one formatter, one linter', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  { name: 'types', beside: true, why: 'strict TypeScript in every room', command: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'layers', beside: true, why: 'allowed imports between rooms', command: process.execPath, args: ['scripts/layers.mjs'] },
  { name: 'unit', why: 'units, fixtures, goldens, contract on every transport', ...vitest('unit') },
  { name: 'fuzz', beside: true, why: 'hostile captures and seeded mutations, bounded', ...vitest('fuzz') },
  { name: 'agreement', beside: true, why: 'our fields against tshark, cell by cell', ...vitest('agreement') },
  { name: 'truth', beside: true, why: 'recorded scenarios against what really happened', ...vitest('truth') },
  { name: 'live', why: 'captures in network namespaces of its own, and the testbed live', ...vitest('live') },
  { name: 'e2e', why: 'the screens in Chromium, over both hosts', ...vitest('e2e') },
  { name: 'bench', why: 'a short run of the benchmark, as a ratio to tshark', ...vitest('bench') },
]

const { values, positionals } = parseArgs({ allowPositionals: true, options: { verbose: { type: 'boolean', short: 'v' } } })
const unknown = positionals.filter((name) => !STAGES.some((stage) => stage.name === name))
if (unknown.length > 0) {
  process.stderr.write(`rehome: no stage is called ${unknown.join(', ')}; there are ${STAGES.map((s) => s.name).join(', ')}\n`)
  process.exit(2)
}

try {
  const live = positionals.length === 0 || positionals.includes('live')
  const missing = ensureSystem(['chromium', 'tshark', 'tcpdump', 'libpcap-dev', ...(live ? testbedPackages : [])])
  // Without them a part of the tests could not run; that is a failure, said here and not as a silent skip.
  if (missing.length > 0 && process.env.CI) process.exit(1)
  await ensureReady()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`rehome: ${error.message}\n`)
  process.exit(1)
}

const running = new Set()
for (const name of ['SIGINT', 'SIGTERM'])
  process.on(name, () => {
    for (const child of running) child.kill('SIGTERM')
    process.exit(130)
  })

/** Runs one stage to its end; resolves with its exit code, output and seconds. */
function run(stage) {
  return new Promise((resolve) => {
    const started = Date.now()
    const env = { ...process.env, ...stage.env, NO_COLOR: '1', FORCE_COLOR: undefined }
    const child = spawn(stage.command, stage.args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const end = (code, output) => {
      running.delete(child)
      resolve({ code, output, seconds: (Date.now() - started) / 1000 })
    }
    let output = ''
    const take = (chunk) => {
      output += chunk
      if (values.verbose) process.stdout.write(chunk)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => end(1, String(error)))
    child.on('close', (code) => end(code ?? 1, output))
  })
}

let passed = 0
let failed = 0

/** Runs a stage and says how it ended; its line is whole, since another stage may speak at the same time. */
async function play(stage) {
  if (values.verbose) process.stdout.write(`${stage.name}: ${stage.why} ...\n`)
  const { code, output, seconds } = await run(stage)
  const counts = /^\s*Tests\s+(\d.*)$/m.exec(output)?.[1] ?? ''
  const skipped = /\b(\d+) skipped/.exec(counts)
  const bad = code !== 0 || (process.env.CI && skipped)
  const lines = [
    `${stage.name.padEnd(10)} ${stage.why} ... ${bad ? 'FAILED' : 'ok'} ${seconds.toFixed(1)} s${counts ? ` (${counts.trim()})` : ''}`,
    ...output
      .split('\n')
      .filter((line) => line.startsWith('# '))
      .map((line) => `           ${line.slice(2)}`),
  ]
  if (bad && !values.verbose) lines.push(output)
  if (bad && code === 0) lines.push('tests were skipped, which CI does not accept')
  process.stdout.write(`${lines.join('\n')}\n`)
  if (bad) failed++
  else passed++
}

const wanted = positionals.length ? STAGES.filter((stage) => positionals.includes(stage.name)) : STAGES
const atOnce = values.verbose ? 1 : Math.min(2, availableParallelism())
const begun = new Set()
for (const stage of wanted) {
  const room = stage.beside ? atOnce : 1
  while (begun.size >= room) await Promise.race(begun)
  const playing = play(stage).then(() => begun.delete(playing))
  begun.add(playing)
  if (!stage.beside) await playing
}
await Promise.all(begun)
process.stdout.write(`stages: ${passed} passed, ${failed} failed\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

/**
 * `npm test`: sets itself up and runs every stage in order; one line a stage, its output when it fails or with --verbose.
 * `npm test -- unit types` runs only the named stages. With CI=true a test that was skipped fails its stage.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureReady, ensureSystem, root, SetupError } from './bootstrap.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const vitest = (stage) => ({ command: bin('vitest'), args: ['run'], env: { REHOME_STAGE: stage } })

const STAGES = [
  { name: 'lint', why: 'one formatter, one linter', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  { name: 'types', why: 'strict TypeScript in every room', command: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'layers', why: 'allowed imports between rooms', command: process.execPath, args: ['scripts/layers.mjs'] },
  { name: 'unit', why: 'units, fixtures, goldens, contract on every transport', ...vitest('unit') },
  { name: 'fuzz', why: 'hostile captures and seeded mutations, bounded', ...vitest('fuzz') },
  { name: 'agreement', why: 'our fields against tshark, cell by cell', ...vitest('agreement') },
  { name: 'truth', why: 'recorded scenarios against what really happened', ...vitest('truth') },
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
  const missing = ensureSystem(['chromium', 'tshark', 'tcpdump', 'libpcap-dev'])
  // Without them a part of the tests could not run; that is a failure, said here and not as a silent skip.
  if (missing.length > 0 && process.env.CI) process.exit(1)
  await ensureReady()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`rehome: ${error.message}\n`)
  process.exit(1)
}

/** Runs one stage to its end; resolves with its exit code, output and seconds. */
function run(stage) {
  return new Promise((resolve) => {
    const started = Date.now()
    const env = { ...process.env, ...stage.env, NO_COLOR: '1', FORCE_COLOR: undefined }
    const child = spawn(stage.command, stage.args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (chunk) => {
      output += chunk
      if (values.verbose) process.stdout.write(chunk)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: 1, output: String(error), seconds: 0 }))
    child.on('close', (code) => resolve({ code: code ?? 1, output, seconds: (Date.now() - started) / 1000 }))
    stop = () => child.kill('SIGTERM')
  })
}
let stop = () => {}
for (const name of ['SIGINT', 'SIGTERM'])
  process.on(name, () => {
    stop()
    process.exit(130)
  })

let passed = 0
let failed = 0
for (const stage of positionals.length ? STAGES.filter((s) => positionals.includes(s.name)) : STAGES) {
  process.stdout.write(`${stage.name.padEnd(10)} ${stage.why} ... `)
  const { code, output, seconds } = await run(stage)
  const counts = /^\s*Tests\s+(\d.*)$/m.exec(output)?.[1] ?? ''
  const skipped = /\b(\d+) skipped/.exec(counts)
  const bad = code !== 0 || (process.env.CI && skipped)
  process.stdout.write(`${bad ? 'FAILED' : 'ok'} ${seconds.toFixed(1)} s${counts ? ` (${counts.trim()})` : ''}\n`)
  for (const line of output.split('\n')) if (line.startsWith('# ')) process.stdout.write(`           ${line.slice(2)}\n`)
  if (bad) {
    failed++
    if (!values.verbose) process.stdout.write(`${output}\n`)
    if (code === 0) process.stdout.write('tests were skipped, which CI does not accept\n')
  } else passed++
}
process.stdout.write(`stages: ${passed} passed, ${failed} failed\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

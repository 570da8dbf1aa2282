/**
 * Each way of capturing against the same traffic, once all of them with analysis and once all without: what was sent is what is in each file, and
 * what is lost is said where the backend can know. Short, and all at once; docs/CAPTURE.md has long runs. REHOME_RATE, REHOME_SECONDS and
 * REHOME_BACKENDS ask for those: then one after the other, each for itself, and what is lost is printed and need not be nothing.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { build } from '../../scripts/build.mjs'
import { type Running, root, Stage } from './stage.ts'

const LONG = process.env.REHOME_RATE !== undefined || process.env.REHOME_SECONDS !== undefined
const RATE = Number(process.env.REHOME_RATE ?? 10_000)
const SECONDS = Number(process.env.REHOME_SECONDS ?? 3)
const BACKENDS = (process.env.REHOME_BACKENDS ?? 'dumpcap,tcpdump,cap').split(',')
const BYTES = 518
/** of the link, so that a packet counted is a packet that came */
const FILTER = 'udp src port 40100'

const rounds: { names: string[]; title: string }[] = (LONG ? BACKENDS.map((name) => [name]) : [BACKENDS]).map((names) => ({
  names,
  title: names.join(', '),
}))

let stage: Stage
const table: string[] = []
beforeAll(() => build({ names: ['node'], quiet: true }))
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.remove())
afterAll(() => {
  process.stdout.write(
    `# backend   analysis       sent   received       lost  said lost (kernel, interface, application)  analyzed  lag\n${table.join('')}`,
  )
})

describe.each([true, false])('analysis %s', (analyzed) => {
  test.each(rounds)(`$title at ${RATE} packets a second for ${SECONDS} s`, async ({ names }) => {
    const flood = join(stage.folder, 'flood')
    if (!existsSync(flood)) execFileSync('gcc', ['-O2', '-o', flood, join(root, 'test', 'live', 'flood.c')])
    const captures: { backend: string; file: string; live: Running }[] = []
    for (const backend of names) {
      const file = join(stage.folder, `${backend}.pcapng`)
      const live = stage.capture('-i', 'up0', '--backend', backend, '-f', FILTER, '-w', file, ...(analyzed ? [] : ['--no-analysis']))
      await live.event('capture-started', undefined, 60)
      captures.push({ backend, file, live })
    }
    const said = stage.inH(flood, '10.77.0.1', '10.77.0.2', String(RATE * SECONDS), String(RATE), String(BYTES))
    const [sent = 0, took = 0] = said.trim().split(' ').map(Number)
    expect(sent).toBe(RATE * SECONDS)
    // at once: what is still on its way when a capture is told to stop is in its file, too
    expect(await Promise.all(captures.map(({ live }) => live.stop()))).toEqual(captures.map(() => 0))
    for (const { backend, file, live } of captures) {
      const stopped = await live.event('capture-stopped', undefined, 300)
      const lag = Math.max(0, ...live.of('lag').map(({ seconds }) => seconds))
      const drops = stopped.interfaces[0]?.drops
      const lost = sent - stopped.packets
      const cells = [
        backend.padEnd(9),
        (analyzed ? 'with' : 'without').padEnd(8),
        ...[sent, stopped.packets, lost].map((n) => String(n).padStart(10)),
      ]
      const losses = `${drops?.kernel}, ${drops?.interface}, ${drops?.app}`.padStart(43)
      table.push(`# ${cells.join(' ')} ${losses} ${String(stopped.analyzed).padStart(9)} ${lag.toFixed(1)} s of ${took} s\n`)
      expect(inFile(file)).toBe(stopped.packets)
      expect(stopped.analyzed).toBe(analyzed ? stopped.packets : 0)
      // what the backend says it lost is what is missing
      if (typeof drops?.kernel === 'number') expect([backend, drops.kernel]).toEqual([backend, lost])
      if (!LONG) expect([backend, lost]).toEqual([backend, 0])
    }
  })
})

/** Processes in the captured host that run `program`. */
function running(program: string): number[] {
  const pids = execFileSync('ip', ['netns', 'pids', stage.h], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number)
  return pids.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program)
}

// Held up for as long as the traffic lasts, which is more than the kernel keeps for it.
test.runIf(!LONG)('what the kernel dropped while the capture programs could not keep up is said to the packet', async () => {
  const flood = join(stage.folder, 'flood')
  execFileSync('gcc', ['-O2', '-o', flood, join(root, 'test', 'live', 'flood.c')])
  const programs = ['dumpcap', 'tcpdump']
  const captures: Running[] = []
  for (const backend of programs) {
    const live = stage.capture(
      '-i',
      'up0',
      '--backend',
      backend,
      '-f',
      FILTER,
      '--no-analysis',
      '-w',
      join(stage.folder, `${backend}.pcapng`),
    )
    await live.event('capture-started', undefined, 60)
    captures.push(live)
  }
  // the neighbour is known before: packets that wait for its address would be lost where nobody counts
  stage.inH('ping', '-n', '-q', '-c', '1', '10.77.0.2')
  const held = programs.flatMap(running)
  expect(held).toHaveLength(programs.length)
  for (const pid of held) process.kill(pid, 'SIGSTOP')
  const [sent = 0] = stage.inH(flood, '10.77.0.1', '10.77.0.2', '250000', '250000', '1400').trim().split(' ').map(Number)
  for (const pid of held) process.kill(pid, 'SIGCONT')
  // told to stop as soon as they go on: what the kernel has kept is read first
  for (const backend of programs)
    await expect.poll(() => statSync(join(stage.folder, `${backend}.pcapng`)).size, { timeout: 30_000 }).toBeGreaterThan(1_000_000)
  expect(await Promise.all(captures.map((live) => live.stop()))).toEqual([0, 0])
  for (const [at, backend] of programs.entries()) {
    const stopped = await (captures[at] as Running).event('capture-stopped', undefined, 300)
    const lost = sent - stopped.packets
    expect([backend, lost > 0, stopped.interfaces[0]?.drops.kernel]).toEqual([backend, true, lost])
  }
})

/** Packets that another program counts in it. */
function inFile(path: string): number {
  const said = execFileSync('capinfos', ['-Mc', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return Number(/Number of packets:\s+(\d+)/.exec(said)?.[1])
}

/**
 * Each way of capturing against the same traffic in one run, with analysis: what was sent is what is in its file, and what is lost is said
 * where the backend can know. Short; docs/CAPTURE.md has long runs. REHOME_RATE, REHOME_SECONDS and REHOME_BACKENDS ask for those.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build } from '../../scripts/build.mjs'
import { pause, root, Stage } from './stage.ts'

const RATE = Number(process.env.REHOME_RATE ?? 10_000)
const SECONDS = Number(process.env.REHOME_SECONDS ?? 4)
const BACKENDS = (process.env.REHOME_BACKENDS ?? 'dumpcap,tcpdump,cap').split(',')
const BYTES = 518

let stage: Stage
beforeAll(() => build({ names: ['node'], quiet: true }))
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.remove())

test(`${BACKENDS.join(', ')} at ${RATE} packets a second for ${SECONDS} s`, async () => {
  const flood = join(stage.folder, 'flood')
  execFileSync('gcc', ['-O2', '-o', flood, join(root, 'test', 'live', 'flood.c')])
  const captures = []
  for (const backend of BACKENDS) {
    const live = stage.capture('-i', 'up0', '--backend', backend, '-f', 'udp src port 40100', '-w', join(stage.folder, `${backend}.pcapng`))
    await live.event('capture-started', undefined, 30)
    captures.push({ backend, live })
  }
  await pause(500)
  const said = stage.inH(flood, '10.77.0.1', '10.77.0.2', String(RATE * SECONDS), String(RATE), String(BYTES))
  const [sent = 0, took = 0] = said.trim().split(' ').map(Number)
  expect(sent).toBe(RATE * SECONDS)
  await pause(1_500)
  for (const { backend, live } of captures) {
    expect(await live.stop()).toBe(0)
    const stopped = await live.event('capture-stopped', undefined, 120)
    const lag = Math.max(0, ...live.of('lag').map(({ seconds }) => seconds))
    const drops = stopped.interfaces[0]?.drops
    process.stdout.write(
      `# ${backend}: ${sent} sent in ${took} s, ${stopped.packets} captured, ${stopped.analyzed} analyzed, lag up to ${lag.toFixed(1)} s, dropped ${JSON.stringify(drops)}\n`,
    )
    const lost = sent - stopped.packets
    // what the backend says it lost is what is missing
    if (typeof drops?.kernel === 'number') expect(drops.kernel).toBe(lost)
    expect([backend, lost, stopped.analyzed]).toEqual([backend, 0, stopped.packets])
  }
})

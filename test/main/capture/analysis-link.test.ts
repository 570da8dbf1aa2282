/**
 * An analysis that dies, that fails at one place for ever, and that is slow: the capture goes on, every packet that was recorded is analyzed
 * where it can be, nothing is told twice, and the lag is measured and told.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysisHere, analysisInWorker } from '../../../main/capture/analysis-host.ts'
import type { MakeAnalysis } from '../../../main/capture/analysis-link.ts'
import type { LiveEvent, LiveSummary } from '../../../main/capture/events.ts'
import { SyntheticSource, type SyntheticStep } from '../../../main/capture/finite-sources.ts'
import { LiveCapture } from '../../../main/capture/live.ts'
import { builtEntry } from '../../../main/capture/own-process.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { build } from '../../../scripts/build.mjs'
import type { LiveCounts } from '../../../shared/live.ts'
import { datagram } from './packets.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-analysis-test-'))
beforeAll(() => build({ names: ['node'], quiet: true }), 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EPOCH = 1_700_000_000_000_000_000n
const ROUNDS = 30
const PACKETS = 40

/** Rounds of packets of ever new flows, a tenth of a second apart: each round is written, and told to the analysis, by itself. */
function rounds(wait: number): SyntheticStep[] {
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 1, name: 'wan0' })
  const steps: SyntheticStep[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PACKETS; i++) encoder.packet(0, EPOCH + BigInt(round * 100 + i) * 1_000_000n, datagram(round + 1, i), 60)
    steps.push({ bytes: encoder.take() }, { wait })
  }
  return steps
}

interface Ran {
  events: LiveEvent[]
  counts: LiveCounts[]
  summary: LiveSummary
}

async function run(
  name: string,
  analysis: MakeAnalysis,
  file: string | null = join(folder, `${name}.pcapng`),
  { wait = 40, heard = (_event: LiveEvent): void => {} } = {},
): Promise<Ran> {
  const events: LiveEvent[] = []
  const counts: LiveCounts[] = []
  const live = new LiveCapture(
    {
      interfaces: ['wan0'],
      filter: null,
      choice: { backend: 'synthetic', why: 'test', make: (on) => new SyntheticSource(on, rounds(wait)) },
      file,
      ring: null,
      analysis,
      links: null,
      onSecond: (now) => counts.push(now),
    },
    (event) => {
      events.push(event)
      heard(event)
    },
  )
  await live.start()
  return { events, summary: await live.ended, counts }
}

const opened = ({ events }: Ran): string[] => events.flatMap((event) => (event.type === 'session-opened' ? [event.session.id] : []))
const problems = ({ events }: Ran): string[] => events.flatMap((event) => (event.type === 'problem' ? [event.problem.message] : []))
const ALL = Array.from({ length: ROUNDS }, (_, at) => `s${at + 1}`)

/** A worker around the real one that is killed with the n-th order, as often as its counter in a file says. */
function dyingWorker(name: string, order: number, times: number): MakeAnalysis {
  const entry = join(folder, `${name}.mjs`)
  const left = join(folder, `${name}.left`)
  writeFileSync(left, String(times))
  writeFileSync(
    entry,
    `import { readFileSync, writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
const left = Number(readFileSync(${JSON.stringify(left)}, 'utf8'))
let orders = 0
if (left > 0) parentPort.on('message', () => {
  if (++orders !== ${order}) return
  writeFileSync(${JSON.stringify(left)}, String(left - 1))
  process.exit(9)
})
await import(${JSON.stringify(pathToFileURL(builtEntry('capture-worker')).href)})
`,
  )
  return (onAnswer, onLost) => analysisInWorker(onAnswer, onLost, entry)
}

describe('an analysis', () => {
  it('that is killed begins again from the recorded file: no packet lost, nothing told twice', async () => {
    const ran = await run('killed', dyingWorker('killed', 12, 1))
    expect(problems(ran)).toEqual(['the analysis stopped (exit 9) and begins again from the recorded file'])
    expect(ran.summary).toMatchObject({ why: 'through', packets: ROUNDS * PACKETS, analyzed: ROUNDS * PACKETS, sessions: ROUNDS })
    expect(opened(ran)).toEqual(ALL)
  })

  it('that is killed twice at different places is still there at the end; also when nothing is kept', async () => {
    const spooled = await run('spooled', dyingWorker('spooled', 9, 2), null)
    expect(problems(spooled)).toHaveLength(2)
    expect(spooled.summary).toMatchObject({ why: 'through', packets: ROUNDS * PACKETS, analyzed: ROUNDS * PACKETS })
    expect(opened(spooled)).toEqual(ALL)
  })

  it('that fails at one place for ever is given up in words; the capture goes on to its end', async () => {
    const ran = await run('poison', dyingWorker('poison', 2, 99))
    expect(problems(ran).at(-1)).toBe('the analysis fails at the same place again and again (exit 9); the capture goes on without it')
    expect(problems(ran).length).toBeLessThanOrEqual(4)
    expect(ran.summary).toMatchObject({ why: 'through', packets: ROUNDS * PACKETS })
    expect(ran.summary.analyzed).toBeLessThan(ROUNDS * PACKETS)
  })

  it('that is slow is told to be behind, by how much, and that it has caught up; no packet is lost by it', async () => {
    // a few orders are obeyed at once, the others only when it was told that the analysis is behind
    let release: () => void = () => {}
    const told = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: MakeAnalysis = (onAnswer, onLost) => {
      const real = analysisHere(onAnswer, onLost)
      let orders = 0
      return {
        send: (order) => void (++orders <= 3 ? real.send(order) : told.then(() => real.send(order))),
        close: () => real.close(),
      }
    }
    const ran = await run('slow', slow, undefined, { wait: 120, heard: (event) => event.type === 'lag' && event.seconds >= 1 && release() })
    expect(ran.summary).toMatchObject({ packets: ROUNDS * PACKETS, analyzed: ROUNDS * PACKETS, late: 0, sessions: ROUNDS })
    const lags = ran.events.flatMap((event) => (event.type === 'lag' ? [event] : []))
    expect(Math.max(...lags.map(({ seconds }) => seconds))).toBeGreaterThan(1)
    expect(lags.at(-1)?.seconds).toBe(0)
    expect(Math.max(...ran.counts.map(({ lag }) => lag.bytes))).toBeGreaterThan(1_000)
    expect(ran.counts.every(({ lanes }) => lanes.every(({ drops }) => drops.app === 0))).toBe(true)
    expect(opened(ran)).toEqual(ALL)
  })
})

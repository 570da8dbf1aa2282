/**
 * The testbed live: real stacks lose, gain and choose uplinks while `rehome capture` watches both. What it told while it ran is what the
 * file says afterwards, and what the script knows; each event is told within a second of when it could be decided. The scenarios run
 * beside each other, each in namespaces of its own. REHOME_KEEP keeps the captures; REHOME_SCENARIOS plays only those named, by commas.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveEvent } from '../../main/capture/events.ts'
import { build } from '../../scripts/build.mjs'
import type { FindingReport, RehomingReport, Report } from '../../shared/report.ts'
import { Canary, HOPS } from './canary.ts'
import { RUNNER, root } from './stage.ts'
import { unplayed } from './unplayed.ts'

/** All that run stacks (the synthetic ones make packets without an interface), those that take longest first. */
const ALL = [
  'mobike',
  'nd-spoof',
  'ra-multiprefix',
  'dns-locator-change',
  'sctp-attacks',
  'mptcp-attacks',
  'plain-tcp-break',
  'ingress-mismatch',
  'sctp-failover',
  'sctp-failover-udp',
  'sctp-asconf',
  'mptcp-addr-change',
  'mptcp-failover',
  'mptcp-backup',
  'mptcp-fastclose',
  'mptcp-join-refused',
  'sctp-wrong-source',
  'bicast',
  'quic-migration',
]
const SCENARIOS = process.env.REHOME_SCENARIOS?.split(',') ?? ALL
/** at a time: the machine has two cores, and the scenarios mostly wait */
const BESIDE = 5
/** s */
const PROMPT = 1
/** Which uplink a scheduler takes is its own affair: where both are as good it may spread the data in one run, and in the next. */
const AGAIN = ['second', 'third'] as const
/** s, for a scenario on a machine with much else to do */
const LIMIT = 150

interface Ran {
  /** why it says nothing about the product; null: it does */
  spoiled: string | null
  events: LiveEvent[]
  report: Report
  score: { name: string; missed: unknown[]; falseAlarms: number; triggers?: unknown }
}

const out = mkdtempSync(join(tmpdir(), 'rehome-testbed-'))
const cli = join(out, 'rehome.mjs')
const canary = new Canary()
const ran = new Map<string, Promise<Ran>>()

beforeAll(async () => {
  await build({ names: ['node'], quiet: true })
  // as it was built: nothing is built anew while the scenarios run
  writeFileSync(cli, RUNNER.replace('slice(1)', 'slice(2)'))
  const firsts: Promise<unknown>[] = []
  for (const name of SCENARIOS) {
    const first = play(name, 'first')
    // A second run waits for all first ones.
    firsts.push(first.catch(() => {}))
    const run = first.then(async (played) => {
      let last = played
      for (const time of AGAIN) if (last.spoiled !== null) last = await again(name, last, firsts, time)
      return last
    })
    // its own tests say what became of it
    run.catch(() => {})
    ran.set(name, run)
  }
})
afterAll(() => {
  canary.stop()
  if (process.env.REHOME_KEEP === undefined) rmSync(out, { recursive: true, force: true })
  else process.stdout.write(`# kept ${out}\n`)
})

/** Lets so many at a time do their work, in the order they came. */
function atMost(free: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

const playing = atMost(BESIDE)
/** costs processor that the scenarios still running need */
const judging = atMost(1)
let alone: Promise<unknown> = Promise.resolve()

/**
 * A run that says nothing about the product is made again (AGAIN), by itself: the script did not come to its end, its traffic is not in the capture
 * (looked up with tshark), or packets came after the merge's window. Whatever else differs from what the script knows is a failure.
 */
async function again(name: string, { spoiled }: Ran, firsts: readonly Promise<unknown>[], time: (typeof AGAIN)[number]): Promise<Ran> {
  process.stdout.write(`# ${name}: run a ${time} time: ${spoiled}\n`)
  const before = alone
  const done = Promise.all(firsts)
    .then(() => before)
    .then(() => play(name, time))
  alone = done.catch(() => {})
  return done
}

async function play(name: string, time: 'first' | (typeof AGAIN)[number]): Promise<Ran> {
  const folder = join(out, time)
  mkdirSync(folder, { recursive: true })
  // A script takes its settings from the environment, where the test runner leaves words of its own (MODE).
  const { PATH, HOME, TMPDIR } = process.env
  const env = {
    PATH,
    HOME,
    TMPDIR,
    PYTHONDONTWRITEBYTECODE: '1',
    MH_LIVE: `${process.execPath} ${cli}`,
    MH_QUIET: '1',
    MH_LIMIT: String(LIMIT),
  }
  let said = ''
  const code = await playing(() => {
    const child = spawn(join(root, 'test', 'testbed', name), [folder], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (piece: Buffer) => {
      said += piece
    })
    return new Promise((resolve) => child.on('close', resolve))
  })
  const nothing = { events: [], report: {} as Report, score: { name, missed: [], falseAlarms: 0 } }
  if (code !== 0) return { spoiled: `ended with ${code}: ${said.trim()}`, ...nothing }
  const node = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 28 })).stdout
  const capture = join(folder, `${name}.pcapng`)
  const events = readFileSync(join(folder, `${name}.events.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveEvent)
  const late = events.find((event) => event.type === 'capture-stopped')?.late ?? 0
  return judging(async () => {
    const scored = await node(join(root, 'test', 'testbed', 'score.mjs'), folder, '--only', name, '--json', '--command', `node ${cli}`)
    return {
      spoiled: late > 0 ? `${late} packets came late` : await unplayed(capture, join(folder, `${name}.truth.json`)),
      events,
      report: JSON.parse(await node(cli, 'report', capture)) as Report,
      score: JSON.parse(scored).rows[0],
    }
  })
}

function of<T extends LiveEvent['type']>({ events }: Ran, type: T): Extract<LiveEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LiveEvent, { type: T }> => event.type === type)
}

/** All of a move but what only the seconds after its decision show. */
function decided({ metrics, threats, survived, ...move }: RehomingReport): unknown {
  const { goodputRatio, goodputOf, steady, notObservable, ...measured } = metrics
  return { ...move, metrics: measured }
}

/** What a finding says when it is told; it may be seen more often afterwards, which its words and frames then count. */
function judged(findings: readonly FindingReport[]): unknown[] {
  return findings
    .map(({ rule, session, severity, confidence, title, t, claimant, victim }) => ({
      rule,
      session,
      severity,
      confidence,
      title,
      t,
      claimant,
      victim,
    }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
}

describe.each(SCENARIOS)('%s', (name) => {
  let live: Ran
  beforeAll(async () => {
    live = await (ran.get(name) as Promise<Ran>)
    expect(live.spoiled).toBeNull()
  }, 300_000)

  test('says live what the file says afterwards', () => {
    const { report } = live
    const known = ({ id, protocol, opened }: { id: string; protocol: string; opened: number }): unknown => ({ id, protocol, opened })
    expect(of(live, 'session-opened').map(({ session }) => known(session))).toEqual(report.sessions.map(known))
    expect(of(live, 'rehoming').map(({ rehoming }) => decided(rehoming))).toEqual(report.rehomings.map(decided))
    expect(judged(of(live, 'finding').map(({ finding }) => finding))).toEqual(judged(report.findings))
    const [stopped] = of(live, 'capture-stopped')
    expect(stopped).toMatchObject({ why: 'asked', late: 0, rehomings: report.rehomings.length })
    expect(stopped?.analyzed).toBe(stopped?.packets)
  })

  test('says what the script knows', () => {
    expect(live.score).toMatchObject({ name, missed: [], falseAlarms: 0 })
  })
})

test.runIf(SCENARIOS.includes('mptcp-failover'))('a carrier that was lost is why a session moved', async () => {
  const live = await (ran.get('mptcp-failover') as Promise<Ran>)
  const [moved] = of(live, 'rehoming')
  expect(moved?.rehoming.trigger.class).toBe('link')
  const down = of(live, 'link').find(({ link }) => link.what === 'link-down' && link.interfaceName === 'upA')
  expect(Math.abs((down?.t ?? 0) - (moved?.rehoming.t ?? 0))).toBeLessThan(1)
})

test('each event is told within a second of when it could be decided', async () => {
  const late: Record<string, { name: string; seconds: number }[]> = { rehoming: [], 'session-opened': [], link: [] }
  for (const [name, run] of ran) {
    const live = await run
    const note = (kind: string, seconds: number): unknown => late[kind]?.push({ name, seconds })
    // what only the end of the capture decided, is told with it
    const end = Math.max(...live.report.captures.map((capture) => capture.end ?? 0))
    for (const { at, rehoming } of of(live, 'rehoming')) if (rehoming.decidedAt < end) note('rehoming', at - rehoming.decidedAt)
    for (const { at, t } of of(live, 'session-opened')) note('session-opened', at - t)
    // what changed before the capture had begun could not be told before
    const began = of(live, 'capture-started')[0]?.at ?? 0
    for (const { at, t } of of(live, 'link')) if (t >= began) note('link', at - t)
  }
  // what the machine held a process up that steps back as the analysis does, is not ours
  const stalled = canary.p95()
  const bound = PROMPT + HOPS * stalled
  for (const [kind, told] of Object.entries(late)) {
    if (SCENARIOS === ALL) expect(told.length, kind).toBeGreaterThan(5)
    if (told.length === 0) continue
    told.sort((a, b) => a.seconds - b.seconds)
    const p95 = (told[Math.ceil(told.length * 0.95) - 1] as { seconds: number }).seconds
    const slowest = told.slice(-3).map(({ name, seconds }) => `${name} ${seconds.toFixed(2)}`)
    const machine = `slowest ${slowest.reverse().join(', ')}; the machine kept a process waiting for ${stalled.toFixed(3)} s`
    process.stdout.write(`# ${kind}: ${told.length} told, p95 ${p95.toFixed(2)} s after they could be decided; ${machine}\n`)
    expect(p95, `${kind}; ${machine}`).toBeLessThan(bound)
  }
})

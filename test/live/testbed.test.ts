/**
 * The testbed live: real stacks lose, gain and choose uplinks while `rehome capture` watches both. What it told while it ran is what the
 * file says afterwards, and what the script knows; each event is told within a second of when it could be decided. The scenarios run
 * beside each other, each in namespaces of its own.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveEvent } from '../../main/capture/events.ts'
import { build } from '../../scripts/build.mjs'
import type { Report } from '../../shared/report.ts'
import { root } from './stage.ts'

const SCENARIOS = ['mptcp-failover', 'mptcp-backup', 'sctp-failover', 'sctp-asconf', 'ra-multiprefix', 'plain-tcp-break'] as const
/** at a time: the machine has two cores, and the scenarios mostly wait */
const BESIDE = 3
/** s */
const PROMPT = 1

type Scenario = (typeof SCENARIOS)[number]

interface Ran {
  problem: string | null
  events: LiveEvent[]
  report: Report
  score: { name: string; missed: unknown[]; falseAlarms: number; triggers?: unknown }
}

const out = mkdtempSync(join(tmpdir(), 'rehome-testbed-'))
const cli = join(root, 'scripts', 'rehome.mjs')
const ran = new Map<Scenario, Promise<Ran>>()

beforeAll(async () => {
  await build({ names: ['node'], quiet: true })
  const firsts: Promise<unknown>[] = []
  for (const [at, name] of SCENARIOS.entries()) {
    const before = at < BESIDE ? Promise.resolve() : (firsts[at - BESIDE] as Promise<unknown>)
    const first = before.then(() => play(name))
    // A later scenario waits for the first run of an earlier one only: a second run waits for all first ones.
    firsts.push(first.catch(() => {}))
    ran.set(
      name,
      first.then((run) => (spoiled(run) ? again(name, run, firsts) : run)),
    )
  }
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

/** Real stacks on a machine that was busy at that moment do other things than the script meant: such a run is made once more, by itself. */
const spoiled = (run: Ran): boolean => run.problem !== null || run.score.missed.length > 0 || run.score.falseAlarms > 0 || late(run) > 0

/** packets that came after the merge's window had gone on */
const late = (run: Ran): number => of(run, 'capture-stopped')[0]?.late ?? 0

let alone: Promise<unknown> = Promise.resolve()

async function again(name: Scenario, { problem, score }: Ran, firsts: readonly Promise<unknown>[]): Promise<Ran> {
  const why = problem ?? (score.falseAlarms > 0 ? 'false alarms' : score.missed.join('; ') || 'packets came late')
  process.stdout.write(`# ${name}: run once more: ${why}\n`)
  const before = alone
  const done = Promise.all(firsts)
    .then(() => before)
    .then(() => play(name))
  alone = done.catch(() => {})
  return done
}

async function play(name: Scenario): Promise<Ran> {
  const env = { ...process.env, MH_LIVE: `${process.execPath} ${cli}`, MH_QUIET: '1' }
  const child = spawn(join(root, 'test', 'testbed', name), [out], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece: Buffer) => {
    said += piece
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const problem = code === 0 ? null : `${name} ended with ${code}: ${said}`
  if (problem !== null) return { problem, events: [], report: {} as Report, score: { name, missed: [], falseAlarms: 0 } }
  const node = (...words: string[]): string =>
    execFileSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })
  const lines = readFileSync(join(out, `${name}.events.jsonl`), 'utf8')
    .trim()
    .split('\n')
  const scored = node(join(root, 'test', 'testbed', 'score.mjs'), out, '--only', name, '--json', '--command', `node ${cli}`)
  return {
    problem,
    events: lines.map((line) => JSON.parse(line) as LiveEvent),
    report: JSON.parse(node(cli, 'report', join(out, `${name}.pcapng`))) as Report,
    score: JSON.parse(scored).rows[0],
  }
}

function of<T extends LiveEvent['type']>({ events }: Ran, type: T): Extract<LiveEvent, { type: T }>[] {
  return events.filter((event): event is Extract<LiveEvent, { type: T }> => event.type === type)
}

describe.each(SCENARIOS)('%s', (name) => {
  let live: Ran
  beforeAll(async () => {
    live = await (ran.get(name) as Promise<Ran>)
    expect(live.problem).toBeNull()
  }, 240_000)

  test('says live what the file says afterwards', () => {
    const { report } = live
    const moves = (list: Report['rehomings']): unknown[] =>
      list.map(({ id, session, t, label, from, to, trigger }) => ({ id, session, t, label, from, to, trigger: trigger.class }))
    const judged = (list: Report['findings']): string[] =>
      list.map(({ rule, session, severity, title }) => `${rule} ${session} ${severity} ${title}`).sort()
    expect(of(live, 'session-opened').map(({ session }) => `${session.id} ${session.protocol}`)).toEqual(
      report.sessions.map(({ id, protocol }) => `${id} ${protocol}`),
    )
    expect(moves(of(live, 'rehoming').map(({ rehoming }) => rehoming))).toEqual(moves(report.rehomings))
    expect(judged(of(live, 'finding').map(({ finding }) => finding))).toEqual(judged(report.findings))
    const [stopped] = of(live, 'capture-stopped')
    expect(stopped).toMatchObject({ why: 'asked', late: 0, rehomings: report.rehomings.length })
    expect(stopped?.analyzed).toBe(stopped?.packets)
  })

  test('says what the script knows', () => {
    expect(live.score).toMatchObject({ name, missed: [], falseAlarms: 0 })
  })
})

test('a carrier that was lost is why a session moved', async () => {
  const live = await (ran.get('mptcp-failover') as Promise<Ran>)
  const [moved] = of(live, 'rehoming')
  expect(moved?.rehoming.trigger.class).toBe('link')
  const down = of(live, 'link').find(({ link }) => link.what === 'link-down' && link.interfaceName === 'upA')
  expect(Math.abs((down?.t ?? 0) - (moved?.rehoming.t ?? 0))).toBeLessThan(1)
})

test('each event is told within a second of when it could be decided', async () => {
  const all = await Promise.all(ran.values())
  const late = {
    rehoming: all.flatMap((live) => of(live, 'rehoming').map(({ at, rehoming }) => at - rehoming.decidedAt)),
    'session-opened': all.flatMap((live) => of(live, 'session-opened').map(({ at, t }) => at - t)),
    // what changed before the capture had begun could not be told before
    link: all.flatMap((live) => {
      const began = of(live, 'capture-started')[0]?.at ?? 0
      return of(live, 'link').flatMap(({ at, t }) => (t < began ? [] : [at - t]))
    }),
  }
  for (const [kind, seconds] of Object.entries(late)) {
    const p95 = seconds.sort((a, b) => a - b)[Math.ceil(seconds.length * 0.95) - 1] as number
    process.stdout.write(`# ${kind}: ${seconds.length} told, p95 ${p95.toFixed(2)} s after they could be decided\n`)
    expect(seconds.length, kind).toBeGreaterThan(5)
    expect(p95, kind).toBeLessThan(PROMPT)
  }
})

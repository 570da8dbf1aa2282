/**
 * The testbed live: a real MPTCP stack loses an uplink while `rehome capture` watches both. What it told while it ran is what the file says
 * afterwards, and what the script knows: the move, in time, with the carrier loss as its trigger.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LiveEvent } from '../../main/capture/events.ts'
import { build } from '../../scripts/build.mjs'
import type { Report } from '../../shared/report.ts'

const root = join(import.meta.dirname, '..', '..')
const out = mkdtempSync(join(tmpdir(), 'rehome-testbed-'))
const cli = join(root, 'scripts', 'rehome.mjs')

beforeAll(() => build({ names: ['node'], quiet: true }))
afterAll(() => rmSync(out, { recursive: true, force: true }))

test.each(['mptcp-failover'])('%s', (name) => {
  const environment = { ...process.env, MH_LIVE: `${process.execPath} ${cli}`, MH_QUIET: '1' }
  execFileSync(join(root, 'test', 'testbed', name), [out], { env: environment, stdio: ['ignore', 'ignore', 'inherit'], timeout: 90_000 })
  const events = readFileSync(join(out, `${name}.events.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveEvent)
  const live = events.flatMap((event) => (event.type === 'rehoming' ? [event] : []))
  const score = JSON.parse(
    execFileSync('node', [join(root, 'test', 'testbed', 'score.mjs'), out, '--only', name, '--json', '--command', `node ${cli}`], {
      encoding: 'utf8',
    }),
  )
  expect(score.rows[0]).toMatchObject({ name, missed: [], falseAlarms: 0 })
  expect(live.length).toBeGreaterThan(0)
  expect(live[0]?.rehoming.trigger.class).toBe('link')
  // decided by the packets; told within a second of them
  for (const { at, rehoming } of live) expect(at - rehoming.decidedAt).toBeLessThan(1)
  const report = JSON.parse(
    execFileSync('node', [cli, 'report', join(out, `${name}.pcapng`)], { encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as Report
  const facts = (list: Report['rehomings']): unknown[] =>
    list.map(({ id, session, t, label, from, to, trigger }) => ({ id, session, t, label, from, to, trigger: trigger.class }))
  expect(facts(live.map(({ rehoming }) => rehoming))).toEqual(facts(report.rehomings))
  const opened = events.flatMap((event) => (event.type === 'session-opened' ? [event.session.id] : []))
  expect(opened).toEqual(report.sessions.map(({ id }) => id))
})

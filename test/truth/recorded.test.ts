/**
 * The acceptance test of the analysis: the product's own command line over recordings of real stacks, scored against what their scripts know.
 * Everything asked for must be found, and nothing else: sessions, locators, rehomings, triggers, outages, no false alarm.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shared } from '../shared-material.ts'

const SCENARIOS = [
  'mptcp-failover',
  'mptcp-backup',
  'mptcp-addr-change',
  'mptcp-fastclose',
  'mptcp-join-refused',
  'sctp-failover',
  'sctp-failover-udp',
  'sctp-asconf',
  'sctp-wrong-source',
  'plain-tcp-break',
]

/** Others must only make no noise: no rehoming that did not happen, nothing that crashes. */
const QUIET = ['bicast', 'dns-locator-change', 'ingress-mismatch', 'mptcp-attacks', 'nd-spoof', 'ra-multiprefix', 'sctp-attacks']

interface Row {
  name: string
  error?: string
  missed: string[]
  falseAlarms: number
  sessions: [number, number]
  locators: [number, number]
  locatorPrecision: [number, number]
  rehomings: [number, number]
  rehomingPrecision: [number, number]
  triggers: [number, number]
  outages: [number, number]
}

const cli = join(import.meta.dirname, '..', '..', 'scripts', 'rehome.mjs')

function score(names: string[]): Map<string, Row> {
  const only = names.flatMap((name) => ['--only', name])
  const args = [shared('testbed', 'score.mjs'), shared('testbed', 'recorded'), '--json', '--command', `${process.execPath} ${cli}`, ...only]
  const { rows } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 })) as { rows: Row[] }
  return new Map(rows.map((row) => [row.name, row]))
}

const full = (ratio: [number, number]): boolean => ratio[0] === ratio[1]

describe('recordings of real stacks against their truth', () => {
  const rows = score(SCENARIOS)

  test('all were scored', () => {
    expect([...rows.keys()].sort()).toEqual([...SCENARIOS].sort())
    // A scorer that asked for nothing would be content with anything.
    const asked = (key: 'sessions' | 'locators' | 'rehomings' | 'triggers' | 'outages'): number =>
      [...rows.values()].reduce((sum, row) => sum + row[key][1], 0)
    expect({ sessions: asked('sessions'), locators: asked('locators'), rehomings: asked('rehomings') }).toEqual({
      sessions: 20,
      locators: 56,
      rehomings: 10,
    })
  })

  test.each(SCENARIOS)('%s', (name) => {
    const row = rows.get(name) as Row
    // Ingress mismatches are asked of the site rules, not here.
    const missed = row.missed.filter((line) => !line.startsWith('mismatch '))
    expect({ error: row.error, missed, falseAlarms: row.falseAlarms }).toEqual({ error: undefined, missed: [], falseAlarms: 0 })
    for (const key of ['sessions', 'locators', 'locatorPrecision', 'rehomings', 'rehomingPrecision', 'triggers', 'outages'] as const)
      expect(`${key} ${full(row[key]) ? 'all' : row[key].join('/')}`).toBe(`${key} all`)
  })
})

describe('recordings that must stay quiet', () => {
  const rows = score(QUIET)

  test.each(QUIET)('%s', (name) => {
    const row = rows.get(name) as Row
    const noise = row.missed.filter((line) => /^spurious|^false alarm|^session|^locator/.test(line))
    expect({ error: row.error, noise }).toEqual({ error: undefined, noise: [] })
  })
})

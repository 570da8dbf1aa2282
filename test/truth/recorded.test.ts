/**
 * The acceptance test of the analysis: the product's own command line over recordings of real and made stacks, scored against what their scripts
 * know. Everything asked for must be found, and nothing else: sessions, locators, rehomings, triggers, outages, mismatches, attacks, no false alarm.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shared } from '../shared-material.ts'

/** Every recording: name and what the truth says of it that we do not, with the reason. Nothing else may differ. */
const SCENARIOS: readonly (readonly [string, readonly RegExp[], (readonly Key[])?])[] = [
  ['bicast', []],
  ['dns-locator-change', []],
  ['ingress-mismatch', []],
  // the peers also claim, and use, IPv6 addresses that the truth does not list
  ['mobike', [], ['locatorPrecision']],
  ['mptcp-addr-change', []],
  ['mptcp-attacks', []],
  ['mptcp-backup', []],
  ['mptcp-failover', []],
  ['mptcp-fastclose', []],
  ['mptcp-join-refused', []],
  ['nd-spoof', []],
  ['plain-tcp-break', []],
  ['quic-migration', []],
  ['ra-multiprefix', []],
  ['sctp-asconf', []],
  // of the attacker's own association the truth lists the attacker's addresses only
  ['sctp-attacks', [], ['locatorPrecision']],
  ['sctp-failover', []],
  ['sctp-failover-udp', []],
  ['sctp-wrong-source', []],
  ['synthetic-hip', []],
  ['synthetic-ilnp', []],
  ['synthetic-lisp', []],
  ['synthetic-mipv6', []],
  ['synthetic-nemo', []],
  ['synthetic-shim6', []],
]

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
  mismatches: [number, number]
  attacks: [number, number]
}

const KEYS = [
  'sessions',
  'locators',
  'locatorPrecision',
  'rehomings',
  'rehomingPrecision',
  'triggers',
  'outages',
  'mismatches',
  'attacks',
] as const
type Key = (typeof KEYS)[number]

const cli = join(import.meta.dirname, '..', '..', 'scripts', 'rehome.mjs')

function score(): Map<string, Row> {
  const args = [shared('testbed', 'score.mjs'), shared('testbed', 'recorded'), '--json', '--command', `${process.execPath} ${cli}`]
  const { rows } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 })) as { rows: Row[] }
  return new Map(rows.map((row) => [row.name, row]))
}

const full = (ratio: [number, number]): boolean => ratio[0] === ratio[1]

describe('recordings against their truth', () => {
  const rows = score()

  test('all were scored, and asked for what they hold', () => {
    expect([...rows.keys()].sort()).toEqual(SCENARIOS.map(([name]) => name).sort())
    // A scorer that asked for nothing would be content with anything.
    const asked = (key: Key): number => [...rows.values()].reduce((sum, row) => sum + row[key][1], 0)
    expect(
      Object.fromEntries((['sessions', 'locators', 'rehomings', 'mismatches', 'attacks'] as const).map((key) => [key, asked(key)])),
    ).toEqual({
      sessions: 35,
      locators: 109,
      rehomings: 20,
      mismatches: 3,
      attacks: 42,
    })
  })

  test.each(SCENARIOS.map(([name, known, short = []]) => ({ name, known, short })))('$name', ({ name, known, short }) => {
    const row = rows.get(name) as Row
    const missed = row.missed.filter((line) => !known.some((pattern) => pattern.test(line)))
    expect({ error: row.error, missed, falseAlarms: row.falseAlarms }).toEqual({ error: undefined, missed: [], falseAlarms: 0 })
    for (const key of KEYS) if (!short.includes(key)) expect(`${key} ${full(row[key]) ? 'all' : row[key].join('/')}`).toBe(`${key} all`)
  })
})

/** A site model given as a file: what is understood, what is refused and how, and that it is believed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { givenThresholds, THRESHOLDS, type Thresholds, TIMES } from '../../../main/analysis/findings/thresholds.ts'
import { readSiteFile } from '../../../main/analysis/site-file.ts'
import { Stage } from './stage.ts'

const none = { addresses: [], prefixes: [], routers: [], filterMode: null }

describe('readSiteFile', () => {
  test.each([
    ['short', { interfaces: [{ name: 'upA', prefixes: ['2001:db8:a::1/48'] }] }, [{ ...none, name: 'upA', prefixes: ['2001:db8:a::/48'] }]],
    [
      'as the site verb prints it',
      [
        {
          name: 'upA',
          addresses: ['192.0.2.10'],
          routers: [{ address: 'fe80::1', mac: '02:00:00:00:01:0A' }],
          filterMode: 'strict',
          prefixes: [{ prefix: '192.0.2.0/24', source: 'ra', frames: [1] }],
        },
      ],
      [
        {
          name: 'upA',
          addresses: ['192.0.2.10'],
          prefixes: ['192.0.2.0/24'],
          routers: [{ address: 'fe80::1', mac: '02:00:00:00:01:0a' }],
          filterMode: 'strict',
        },
      ],
    ],
    [
      'an unknown mode says nothing',
      { interfaces: [{ name: 'upA', filterMode: 'unknown', routers: ['fe80::1'] }] },
      [{ ...none, name: 'upA', routers: [{ address: 'fe80::1', mac: null }] }],
    ],
  ])('%s', (_name, value, interfaces) => {
    expect(readSiteFile(value)).toEqual({ interfaces })
  })
  test.each([
    ['no list', {}, /^interfaces: /],
    ['a prefix without length', { interfaces: [{ name: 'upA', prefixes: ['2001:db8::'] }] }, /^interfaces\.0\.prefixes\.0: /],
    ['no address', { interfaces: [{ name: 'upA', addresses: ['x'] }] }, /^interfaces\.0\.addresses\.0: is no IP address/],
    ['an unknown mode', { interfaces: [{ name: 'upA', filterMode: 'firm' }] }, /^interfaces\.0\.filterMode: /],
    ['text', 'upA', /^the whole file: /],
    ['thresholds that are no numbers', { thresholds: { redirectPackets: '5' } }, /^thresholds\.redirectPackets: /],
    ['thresholds as a list', { interfaces: [], thresholds: [5] }, /^thresholds: /],
    ['a threshold that there is not', { thresholds: { redirectPacket: 5 } }, /^thresholds: there is no threshold called 'redirectPacket'$/],
    ['half a packet', { thresholds: { redirectPackets: 2.5 } }, /^thresholds: redirectPackets must be a whole number of at least 1$/],
    ['a time before now', { thresholds: { claimSlack: -1 } }, /^thresholds: claimSlack must be a number of at least 0$/],
    ['a rate of nothing', { thresholds: { floodRate: 0 } }, /^thresholds: floodRate must be above 0$/],
    ['at least above at most', { thresholds: { verifyGrace: 2 } }, /^thresholds: verifyGrace must not be above verifyGraceMost$/],
  ])('refused: %s', (_name, value, words) => {
    expect(() => readSiteFile(value)).toThrow(words)
  })
})

describe('thresholds', () => {
  test('stay as given, with or without interfaces', () => {
    const thresholds = { redirectPackets: 5, bindingMost: 300, verifyGrace: 0.5 }
    expect(readSiteFile({ thresholds })).toEqual({ interfaces: [], thresholds })
    expect(readSiteFile({ interfaces: [{ name: 'upA' }], thresholds: {} })).toEqual({
      interfaces: [{ ...none, name: 'upA' }],
      thresholds: {},
    })
    expect(givenThresholds(thresholds)).toEqual({ redirectPackets: 5, bindingMost: 300e9, verifyGrace: 0.5e9 })
  })
  test('each of them is described, with its default, and no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/SITE.md'), 'utf8')
    const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d.]+) (s|bytes|bytes\/s|) ?\|/gm)].map(([, name, value, unit]) => [
      name,
      Number(value),
      unit === 's',
    ])
    const known = Object.entries(THRESHOLDS).map(([name, value]) => {
      const time = TIMES.has(name as keyof Thresholds)
      return [name, time ? value / 1e9 : value, time]
    })
    expect(rows).toEqual(known)
  })
})

test('a given model is reported, and stands before what is learned', () => {
  const site = readSiteFile({ interfaces: [{ name: 'upA', prefixes: ['2001:db8:a::/48'], filterMode: 'feasible' }] })
  const stage = new Stage({ site })
  stage.finish(1)
  expect(stage.analyzer.site()[0]).toEqual({
    name: 'upA',
    addresses: [],
    routers: [],
    filterMode: 'feasible',
    prefixes: [{ prefix: '2001:db8:a::/48', source: 'user', validUntil: null, preferredUntil: null, frames: [] }],
  })
})

/** A site model given as a file: what is understood, what is refused and how, and that it is believed. */
import { describe, expect, test } from 'vitest'
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
  ])('refused: %s', (_name, value, words) => {
    expect(() => readSiteFile(value)).toThrow(words)
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

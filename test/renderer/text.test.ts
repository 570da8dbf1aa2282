/** What people read: hostile characters made visible, numbers, words for sessions, parts of an outage. */
import { describe, expect, it } from 'vitest'
import { bytes, count, milliseconds, moment, seconds, wallClock } from '../../renderer/text/format.ts'
import { chipsOf, faredBadly, hasStory, standing } from '../../renderer/text/session-words.ts'
import { visible } from '../../renderer/text/visible.ts'
import { outageParts } from '../../shared/outage-parts.ts'
import type { RehomingReport } from '../../shared/report.ts'

it('makes hidden characters visible and leaves the rest', () => {
  const cases: [string, string][] = [
    ['plain ⇄ 日本 😀', 'plain ⇄ 日本 😀'],
    ['a\u0000b\r\n\u001b[31m', 'a␀b␍␊␛[31m'],
    ['\u007f\u0085', '␡⟨U+0085⟩'],
    ['\u202egpj.exe\u202c', '⟨U+202E⟩gpj.exe⟨U+202C⟩'],
    ['\u2066x\u2069\u200b\ufeff', '⟨U+2066⟩x⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩'],
    ['\ud800x', '⟨U+D800⟩x'],
    ['\u{e0041}', '⟨U+E0041⟩'],
    ['<b>&amp;', '<b>&amp;'],
  ]
  for (const [text, shown] of cases) expect(visible(text)).toBe(shown)
})

it('writes numbers as people do', () => {
  expect([count(5_000_000), count(null), count(Number.NaN)]).toEqual(['5,000,000', '–', '–'])
  expect([0, 999, 1000, 11_234_567, 999_600, 4.15e9].map(bytes)).toEqual(['0 B', '999 B', '1 kB', '11.2 MB', '1 MB', '4.15 GB'])
  expect([0, 0.0371, 0.5, 3.1, 37, 999.4, 1020, 194_150, null].map(milliseconds)).toEqual([
    '0 ms',
    '37.1 µs',
    '500 µs',
    '3.1 ms',
    '37 ms',
    '999 ms',
    '1.02 s',
    '3 min 14 s',
    '–',
  ])
  expect([0.0005, 13.9, 600, 7300, 108_000, 200_000].map(seconds)).toEqual([
    '500 µs',
    '13.9 s',
    '10 min 0 s',
    '2 h 1 min',
    '1 d 6 h',
    '2 d 7 h',
  ])
  expect([moment(4.0805, 3), moment(86_399.9), moment(null)]).toEqual(['4.080 s', '86399.900 s', '–'])
  expect([moment(86_400, 0), moment(93_784.5678), moment(-2_592_123, 2), moment(172_799.9999)]).toEqual([
    '1 d 0 h 0 min 0 s',
    '1 d 2 h 3 min 4.568 s',
    '-30 d 0 h 2 min 3.00 s',
    '2 d 0 h 0 min 0.000 s',
  ])
  expect([wallClock(0), wallClock(Number.MAX_VALUE)]).toEqual(['1970-01-01 00:00:00.000 UTC', '–'])
})

it('a session that took another exit has a story, and a chip that says so', () => {
  const plain = {
    protocol: 'tcp',
    state: 'closed' as const,
    labels: ['SINGLE'],
    rehomings: 0,
    worstOutage: null,
    replaces: null,
    replacedBy: null,
    replacement: null,
    pairs: 1,
    parent: null,
    carries: false,
    findings: null,
  }
  expect([hasStory(plain), chipsOf(plain)]).toEqual([false, []])
  expect(hasStory({ ...plain, exits: ['upA', 'upB'] })).toBe(true)
  expect(faredBadly({ ...plain, exits: ['upA', 'upB'] })).toBe(false)
  expect(faredBadly({ ...plain, labels: ['BACKUP-READY'] })).toBe(false)
  for (const part of [
    { rehomings: 1 },
    { worstOutage: 3000 },
    { state: 'failed' as const },
    { replacedBy: 's2' },
    { findings: { count: 1, worst: 'low' as const } },
  ])
    expect(faredBadly({ ...plain, ...part })).toBe(true)
  const chip = (...exits: string[]) => chipsOf({ ...plain, exits })[0]?.text
  expect([chip('upA', 'upB'), chip('upA', 'upB', 'upA'), chip('a', 'b', 'a', 'b')]).toEqual([
    'exit upA → upB',
    'exit upA → upB → upA',
    '3 exit changes',
  ])
})

describe('sessions', () => {
  const base = {
    protocol: 'mptcp',
    state: 'closed' as const,
    labels: [] as string[],
    rehomings: 0,
    replaces: null,
    replacedBy: null,
    pairs: 2,
    worstOutage: null as number | null,
    responderLocators: ['203.0.113.10'],
  }
  it.each([
    [{ ...base, rehomings: 2, labels: ['REHOMED', 'FAIL-BACK'] }, '2 rehomings', ['survived', 'failed back']],
    [{ ...base, state: 'failed' as const, pairs: 1, protocol: 'tcp', labels: ['SINGLE'] }, 'broken', ['no standby path']],
    [{ ...base, state: 'failed' as const, pairs: 1, protocol: 'tcp' }, 'never came up', ['no standby path']],
    // it was answered from another address and refused before any data: no path of it ever broke
    [{ ...base, state: 'failed' as const, protocol: 'sctp', labels: ['PROBING'], strip: [] }, 'never came up', ['unproven path']],
    [{ ...base, state: 'failed' as const, strip: [[1, 2, 0]] as [number, number, number][] }, 'broken', []],
    [{ ...base, protocol: 'tcp', pairs: 1, replacedBy: 's4' }, 'broken', ['re-established as s4', 'no standby path']],
    [
      { ...base, protocol: 'tcp', pairs: 1, replacedBy: 's4', replacement: { gap: 2300, on: 'upB' } },
      'broken',
      ['re-established as s4 after 2.3 s on upB', 'no standby path'],
    ],
    [{ ...base, protocol: 'tcp', pairs: 1 }, 'closed', []],
    [{ ...base, protocol: 'tcp', pairs: 1, worstOutage: 3000 }, 'interrupted', []],
    [{ ...base, protocol: 'sctp', pairs: 1, state: 'established' as const }, 'established', ['no standby path']],
    [{ ...base, pairs: 1, labels: ['BACKUP-READY', 'SOMETHING-NEW'] }, 'closed', ['standby ready']],
    [{ ...base, findings: { count: 1, worst: 'low' as const }, carries: true }, 'closed', ['1 finding, low', 'carrier']],
    [
      { ...base, pairs: 1, parent: 's1', findings: { count: 3, worst: 'high' as const } },
      'closed',
      ['3 findings, at worst high', 'inside s1'],
    ],
    [{ ...base, protocol: 'udp', pairs: 1, state: 'failed' as const }, 'not answered', []],
    [{ ...base, protocol: 'udp', pairs: 1, state: 'opening' as const }, 'not answered', []],
    // answered, but not so that it came up: a version negotiation, a handshake that the capture's end cut
    [{ ...base, protocol: 'quic', pairs: 1, state: 'opening' as const }, 'not up', ['no standby path']],
    [{ ...base, protocol: 'udp', pairs: 1, audience: 'multicast' as const }, 'multicast', []],
    // told by the frame: no address says that 192.0.2.255 is everybody's
    [{ ...base, protocol: 'udp', pairs: 1, audience: 'broadcast' as const }, 'broadcast', []],
  ])('%#', (session, text, chips) => {
    expect(standing(session).text).toBe(text)
    expect(chipsOf(session).map((chip) => chip.text)).toEqual(chips)
  })
})

describe('a session has something to tell', () => {
  const calm = {
    protocol: 'tcp',
    state: 'closed' as const,
    labels: ['SINGLE'],
    rehomings: 0,
    replaces: null,
    replacedBy: null,
    pairs: 1,
    worstOutage: null as number | null,
    responderLocators: ['203.0.113.10'],
  }
  it.each([
    ['it went its way', {}, false],
    ['it moved', { rehomings: 1 }, true],
    ['it stood still for a while', { worstOutage: 3000 }, true],
    ['it broke', { state: 'failed' as const }, true],
    ['nobody answered a datagram', { protocol: 'udp', state: 'failed' as const }, false],
    ['it was sent twice', { labels: ['BICAST'] }, true],
    ['it was judged', { findings: { count: 1, worst: 'info' as const } }, true],
  ])('%s', (_, part, told) => {
    expect(hasStory({ ...calm, ...part })).toBe(told)
  })
})

describe('outage parts', () => {
  const metric = (value: number) => ({ value, low: null, high: null, frames: [1] })
  const metrics = (part: Partial<RehomingReport['metrics']>): RehomingReport['metrics'] => ({
    outage: null,
    detection: null,
    signalling: null,
    switch: null,
    lost: null,
    retransmitted: null,
    ...part,
  })
  const names = (part: Partial<RehomingReport['metrics']>) =>
    outageParts(metrics(part)).map(({ name, value, share }) => [name, value, Math.round(share * 100)])

  it('shares add up, missing parts stay missing', () => {
    expect(names({})).toEqual([])
    expect(names({ detection: metric(25), signalling: metric(0), switch: metric(75) })).toEqual([
      ['detection', 25, 25],
      ['signalling', 0, 0],
      ['switch', 75, 75],
    ])
    // most of this outage went to something that nothing shows: the bar must not say that it was the switch
    expect(names({ outage: metric(1000), signalling: metric(10), switch: metric(40) })).toEqual([
      ['rest', 950, 95],
      ['signalling', 10, 1],
      ['switch', 40, 4],
    ])
    expect(names({ outage: metric(100), detection: metric(25), switch: metric(75) }).map(([name]) => name)).toEqual(['detection', 'switch'])
    expect(names({ detection: metric(0), switch: metric(0) })).toEqual([
      ['detection', 0, 0],
      ['switch', 0, 0],
    ])
  })

  it('the exact wait goes before the measured signalling', () => {
    expect(
      names({ detection: metric(10), signalling: metric(99), switch: metric(5), parts: { gap: 3, waitSignal: 2, inconsistent: false } }),
    ).toEqual([
      ['gap', 3, 15],
      ['detection', 10, 50],
      ['signalling', 2, 10],
      ['switch', 5, 25],
    ])
  })
})

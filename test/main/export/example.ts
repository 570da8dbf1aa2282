/** Report objects made by hand: a failover with fail-back over two uplinks, and the same with hostile texts everywhere. */

import type { SessionExport } from '../../../main/export/session-export.ts'
import type { PairReport, RehomingReport, Report, SessionReport, TimelineEntry } from '../../../shared/report.ts'

export const start = 1_790_000_000.25

const a: PairReport = {
  initiator: '2001:db8:a:1::10',
  responder: '2001:db8:f1:1::80',
  interface: 'upA',
  initiatorPort: 44505,
  responderPort: 5001,
}
const b: PairReport = {
  initiator: '2001:db8:b:1::10',
  responder: '2001:db8:f1:1::80',
  interface: 'upB',
  initiatorPort: 52227,
  responderPort: 5001,
}
const c: PairReport = { initiator: '192.0.2.10', responder: '198.51.100.80', interface: 'upB', initiatorPort: 40112, responderPort: 5001 }

/** Payload in bins of 50 ms: a burst, then a trickle. */
function flow(from: number, to: number, burst: boolean): { start: number; bytes: number[] } {
  const bytes: number[] = []
  for (let i = 0; from + i * 0.05 < to; i++) bytes.push(burst && i < 4 ? 700_000 - i * 90_000 : 9_000 + ((i * 37) % 11) * 400)
  return { start: start + from, bytes }
}

function entry(t: number, kind: TimelineEntry['kind'], pair: PairReport | null, frames: number[], detail: string): TimelineEntry {
  return { t: start + t, kind, direction: kind === 'link' ? null : 'initiator-to-responder', pair, frames, detail }
}

function locator(address: string, added: number, how: 'initial' | 'signalled'): SessionReport['endpoints'][0]['locators'][0] {
  return {
    address,
    port: null,
    added: start + added,
    removed: null,
    how,
    signal: how === 'signalled' ? 'MP_JOIN' : null,
    verified: start + added + 0.01,
    verifiedHow: 'handshake',
    frames: [1],
  }
}

export const session: SessionReport = {
  id: 's1',
  key: '0f3a62fd2',
  protocol: 'mptcp',
  class: 'modified-element',
  identity: 'ephemeral',
  state: 'closed',
  midCapture: false,
  opened: start + 1.16,
  closed: start + 15.1,
  endpoints: [
    {
      role: 'initiator',
      identifiers: [{ kind: 'token', value: '0x8682619b' }],
      locators: [locator('2001:db8:a:1::10', 1.16, 'initial'), locator('2001:db8:b:1::10', 2.2, 'signalled')],
    },
    { role: 'responder', identifiers: [{ kind: 'token', value: '0xf3a62fd2' }], locators: [locator('2001:db8:f1:1::80', 1.16, 'initial')] },
  ],
  pairs: [
    {
      ...a,
      interface: 'upA',
      packets: 1021,
      bytes: 7_120_331,
      payloadBytes: 6_900_120,
      first: start + 1.16,
      last: start + 15.1,
      retransmitted: 7,
      state: 'active',
      verified: 'handshake',
      rtt: 0.42,
    },
    {
      ...b,
      interface: 'upB',
      packets: 600,
      bytes: 4_100_031,
      payloadBytes: 3_900_120,
      first: start + 2.2,
      last: start + 15.0,
      retransmitted: 0,
      state: 'standby',
      verified: 'MP_JOIN',
      rtt: 0.44,
    },
    {
      ...c,
      interface: 'upB',
      packets: 3,
      bytes: 240,
      payloadBytes: 0,
      first: start + 6,
      last: start + 9.2,
      state: 'refused',
      verified: null,
      rtt: null,
    },
  ],
  labels: ['REHOMED', 'FAIL-BACK', 'BACKUP-READY'],
  timeline: [
    entry(1.16, 'opened', a, [11], 'MP_CAPABLE SYN'),
    entry(1.161, 'verified', a, [13], 'MP_CAPABLE handshake complete'),
    entry(2.17, 'payload-started', a, [17], 'first payload'),
    entry(2.19, 'claimed', a, [89], 'ADD_ADDR 2001:db8:b:1::10 (HMAC good)'),
    entry(2.2, 'probed', b, [90], 'MP_JOIN SYN'),
    entry(2.206, 'verified', b, [92], 'MP_JOIN verified, HMAC good'),
    entry(4.05, 'link', null, [], 'upA NO-CARRIER, line 14 of the link log'),
    entry(4.06, 'retransmitted', a, [613, 615], 'retransmission timeout, 3 times'),
    entry(4.081, 'rehomed', b, [613], 'payload moved to upB'),
    ...[0, 1, 2, 3, 4].map((i) => entry(6 + i * 0.8, 'probed' as const, c, [700 + i], 'MP_JOIN SYN')),
    entry(9.25, 'refused', c, [760], 'MP_TCPRST, administratively prohibited'),
    entry(7.4, 'icmp', c, [730], 'destination unreachable (1/5) from 2001:db8:b::1'),
    entry(10.1, 'link', null, [], 'upA LOWER_UP, line 21 of the link log'),
    entry(12.6, 'preferred', b, [1208], 'MP_PRIO backup'),
    entry(12.76, 'rehomed', a, [1212], 'payload moved back to upA'),
    entry(15.1, 'closed', a, [1621], 'DATA_FIN acknowledged'),
  ].sort((x, y) => x.t - y.t),
  labelIntervals: [{ label: 'REHOMED', from: start + 4.08, to: start + 12.76, direction: 'both' }],
  activity: [
    { pair: a, binSeconds: 0.05, ...flow(2.17, 4.04, true) },
    { pair: a, binSeconds: 0.05, ...flow(12.76, 15, false) },
    { pair: b, binSeconds: 0.05, ...flow(4.08, 12.74, false) },
  ],
  replaces: null,
  replacedBy: null,
  headline: 'The download moved from upA to upB when upA lost carrier, and came back 9 s later',
}

function move(id: string, t: number, label: RehomingReport['label'], from: PairReport, to: PairReport, outage: number): RehomingReport {
  return {
    id,
    session: 's1',
    t: start + t,
    decidedAt: start + t + 2,
    direction: 'both',
    from,
    to,
    moved: 'initiator',
    label,
    trigger: {
      class: label === 'REHOMED' ? 'link' : 'policy',
      score: 90,
      frames: [612, 613],
      candidates: [
        { class: 'link', t: start + t - 0.03, score: 90, frames: [612], detail: 'upA NO-CARRIER (line 14 of the link log)' },
        {
          class: 'transport',
          t: start + t - 0.02,
          score: 55,
          frames: [613, 615],
          detail: 'retransmission timeout on subflow 1, gaps doubling',
        },
      ],
    },
    metrics: {
      outage: { value: outage, low: outage - 0.3, high: outage + 0.2, frames: [612, 613] },
      detection: { value: outage * 0.6, low: null, high: null, frames: [613] },
      signalling: { value: 0, low: 0, high: 0, frames: [] },
      switch: { value: outage * 0.3, low: null, high: null, frames: [613] },
      lost: { value: 0, frames: [] },
      retransmitted: { value: 3, frames: [613, 614, 615] },
      parts: { gap: outage * 0.1, waitSignal: 0, inconsistent: false },
    },
    signalled: true,
    verifiedBefore: true,
    tentative: false,
    threats: [],
    frames: [612, 613, 614],
    failedDirection: label === 'REHOMED' ? 'both' : null,
    headline:
      label === 'REHOMED'
        ? 'Moved to upB 37 ms after the last delivery on upA, because upA lost carrier'
        : 'Moved back to upA when it was preferred again',
  }
}

export const rehomings: RehomingReport[] = [move('r1', 4.081, 'REHOMED', a, b, 37), move('r2', 12.76, 'FAIL-BACK', b, a, 3.1)]

export const report: Report = {
  schema: 'rehome.report/1',
  generator: { name: 'Rehome', version: '0.1.0' },
  captures: [
    {
      path: '/captures/mptcp-failover.pcapng',
      format: 'pcapng',
      packets: 1621,
      bytes: 11_800_000,
      start,
      end: start + 15.2,
      interfaces: [
        { id: 0, name: 'upA', linkType: 'Ethernet', packets: 1021, dropped: 0 },
        { id: 1, name: 'upB', linkType: 'Ethernet', packets: 600, dropped: null },
      ],
      truncated: false,
      malformedPackets: 0,
    },
  ],
  site: {
    interfaces: [
      { name: 'upA', addresses: ['2001:db8:a:1::10/64'], prefixes: [{ prefix: '2001:db8:a:1::/64', source: 'ra', frames: [2] }] },
    ],
  },
  hosts: [],
  sessions: [session],
  rehomings,
  findings: [
    {
      id: 'f1',
      rule: 'ING-1',
      severity: 'info',
      confidence: 90,
      t: start + 4.2,
      session: 's1',
      title: 'Source address of upA left by upB',
      detail: '3 packets with a source of upA were seen leaving by upB after the carrier was lost.',
      claimant: '2001:db8:a:1::10',
      victim: null,
      frames: [620, 621, 622],
      checks: [{ name: 'administrative shutdown', result: 'possible', detail: 'old sources leak for about 0.1 s' }],
      reference: 'rehoming.md section 8.4',
    },
  ],
  limits: { evictedSessions: 0, notObservable: ['one-way delay'] },
}

export function example(): SessionExport {
  return { session, rehomings, findings: report.findings, captures: report.captures, generator: report.generator }
}

export const hostileTexts = [
  '=HYPERLINK("http://evil.example","x")',
  '+1+cmd|/c calc!A0',
  '@SUM(1)',
  '-2+3',
  '\t=1',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  'admin\u202egpj.exe',
  'nul\u0000inside',
  '\u001b[31mred\u001b[2J',
  'line\r\nbreak, with "quotes"',
  ']]><!-- &amp; -->',
  '\u2066isolated\u2069\u200b\ufeff',
  '| table | `code` | [link](http://evil.example) ![x](y) # head',
  '\ud800 lone',
  `x${'y'.repeat(5000)}`,
]

/** Every string of the report objects that could come out of a capture is replaced by hostile ones. */
export function hostileReport(): Report {
  let next = 0
  const keep = new Set([
    'schema',
    'kind',
    'direction',
    'class',
    'label',
    'severity',
    'format',
    'role',
    'how',
    'state',
    'moved',
    'identity',
    'source',
    'failedDirection',
    'claimAuthentication',
    'labels',
    'protocol',
  ])
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keep.has(key) ? value : hostileTexts[next++ % hostileTexts.length]
    if (Array.isArray(value)) return value.map((one) => change(one, key))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one, name)]))
    return value
  }
  return change(report, '') as Report
}

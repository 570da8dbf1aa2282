/**
 * A made-up capture of any size, computed and never stored: an MPTCP session that rehomes and fails back, an SCTP association that fails
 * over, a TCP connection that breaks and is re-established elsewhere, and quiet sessions, one of them with hostile text.
 * Rows, slices and packets are functions of their number or their range; the same question always has the same answer.
 */
import type { PacketDetail, PacketRow, SessionSummary, TimelineSlice, TreeNode } from '../../shared/contract.ts'
import type {
  FindingReport,
  LocatorReport,
  PairReport,
  RehomingReport,
  SessionPairReport,
  SessionReport,
  TimelineEntry,
} from '../../shared/report.ts'

export const ORIGIN = 1_763_764_800.123456
export const LENGTH = 600
export const QUIET = 336

export function noise(seed: number): number {
  let x = (Math.trunc(seed) * 0x9e3779b1) | 0
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 4_294_967_296
}

interface Flow {
  initiator: string
  responder: string
  interface: string
  prefix: string | null
  initiatorPort: number
  responderPort: number
  /** payload a second while it carries: [from, to, to responder, to initiator] */
  carried: [number, number, number, number][]
  resent: [number, number][]
  state: string
  verified: string
  rtt: number
}

interface Made {
  id: string
  protocol: string
  title: string
  state: SessionReport['state']
  headline: string
  opened: number
  closed: number | null
  flows: Flow[]
  identifiers: [string, string, string]
  labels: SessionReport['labels']
  marks: [number, number, TimelineEntry['kind'], string, string][]
  rehomings: RehomingReport[]
  replaces: string | null
  replacedBy: string | null
  locators: [LocatorReport[], LocatorReport[]]
  noFailover?: SessionReport['noFailover']
}

/** frame number near a moment of a capture of `total` packets */
const frameAt = (time: number, total: number) => Math.max(1, Math.min(total, Math.round((time / LENGTH) * total)))

const DOWN: Record<string, [number, number][]> = { upA: [[204.05, 398.2]], upB: [] }

export interface World {
  total: number
  sessions: Made[]
  findings: FindingReport[]
}

const locator = (
  address: string,
  added: number,
  how: LocatorReport['how'],
  signal: string,
  frames: number[],
  more: Partial<LocatorReport> = {},
): LocatorReport => ({
  address,
  added: ORIGIN + added,
  removed: null,
  how,
  signal,
  verified: ORIGIN + added,
  verifiedHow: 'handshake',
  claimAuthentication: 'A3u',
  frames,
  ...more,
})

export function makeWorld(total = 5_000_000): World {
  const frame = (time: number) => frameAt(time, total)
  const metric = (value: number, low: number | null, high: number | null, at: number) => ({
    value,
    low,
    high,
    frames: [frame(at), frame(at) + 1],
  })
  const pairOf = (flow: Flow): PairReport => ({ initiator: flow.initiator, responder: flow.responder, interface: flow.interface })
  const flow = (
    initiator: string,
    responder: string,
    name: 'upA' | 'upB',
    ports: [number, number],
    carried: Flow['carried'],
    more: Partial<Flow> = {},
  ): Flow => ({
    initiator,
    responder,
    interface: name,
    prefix: initiator.includes(':')
      ? name === 'upA'
        ? '2001:db8:a::/48'
        : '2001:db8:b::/48'
      : name === 'upA'
        ? '10.0.1.0/24'
        : '10.0.2.0/24',
    initiatorPort: ports[0],
    responderPort: ports[1],
    carried,
    resent: [],
    state: carried.length ? 'active' : 'standby',
    verified: 'handshake',
    rtt: name === 'upA' ? 12.4 : 31.7,
    ...more,
  })

  const server = '2001:db8:f1:1::80'
  const a = flow(
    '2001:db8:a:1::10',
    server,
    'upA',
    [44505, 5001],
    [
      [3.3, 6.1, 40_000, 9_400_000],
      [6.1, 204.05, 18_000, 1_180_000],
      [405.93, 596.2, 18_000, 1_240_000],
    ],
    {
      resent: [
        [203.9, 204.3],
        [88.2, 88.25],
      ],
    },
  )
  const b = flow(
    '2001:db8:b:1::10',
    server,
    'upB',
    [52227, 5001],
    [
      [3.4, 6.0, 9000, 2_100_000],
      [204.087, 405.93, 16_000, 860_000],
    ],
    { resent: [[204.08, 204.4]], verified: 'MP_JOIN, HMAC good' },
  )
  const first: RehomingReport = {
    id: 'r1',
    session: 's1',
    t: ORIGIN + 204.087,
    decidedAt: ORIGIN + 206.1,
    direction: 'both',
    from: pairOf(a),
    to: pairOf(b),
    moved: 'initiator',
    label: 'REHOMED',
    trigger: {
      class: 'link',
      score: 90,
      frames: [frame(204.05)],
      candidates: [
        {
          class: 'link',
          t: ORIGIN + 204.05,
          score: 90,
          frames: [frame(204.05)],
          detail: 'upA lost carrier (link log), 37 ms before the first segment on path B',
        },
        {
          class: 'transport',
          t: ORIGIN + 204.081,
          score: 55,
          frames: [frame(204.06), frame(204.081)],
          detail: 'retransmission timeout on 2001:db8:a:1::10, 1 time',
        },
        { class: 'peer', t: ORIGIN + 203.2, score: 30, frames: [frame(203.2)], detail: 'MP_PRIO from the responder made path A a backup' },
      ],
    },
    metrics: {
      outage: metric(37, 36.7, 37.2, 204.05),
      detection: metric(25, 24.1, 26, 204.06),
      signalling: metric(0, null, null, 204.07),
      switch: metric(9, 9, 9.4, 204.08),
      lost: { value: 0, frames: [] },
      retransmitted: { value: 3, frames: [frame(204.087), frame(204.087) + 2, frame(204.087) + 3] },
      parts: { gap: 3, waitSignal: 0, inconsistent: false },
    },
    signalled: false,
    verifiedBefore: true,
    tentative: false,
    threats: [],
    frames: [frame(204.05), frame(204.087)],
    failedDirection: 'both',
    spurious: false,
    headline: 'The download moved from upA to upB when upA lost carrier; the standby subflow had been verified 200.9 s before.',
  }
  const second: RehomingReport = {
    ...first,
    id: 'r2',
    t: ORIGIN + 405.93,
    decidedAt: ORIGIN + 408,
    from: pairOf(b),
    to: pairOf(a),
    label: 'FAIL-BACK',
    trigger: {
      class: 'policy',
      score: 40,
      frames: [frame(405.9)],
      candidates: [
        {
          class: 'policy',
          t: ORIGIN + 405.9,
          score: 40,
          frames: [frame(405.9)],
          detail: 'path B still delivered within one round trip before the move: the scheduler preferred path A again',
        },
      ],
    },
    metrics: {
      outage: metric(3.1, 2.8, 3.1, 405.93),
      detection: null,
      signalling: metric(0, null, null, 405.9),
      switch: metric(3.1, null, null, 405.93),
      lost: null,
      retransmitted: { value: 0, frames: [] },
    },
    failedDirection: null,
    spurious: undefined,
    headline: 'It failed back to upA 7.7 s after the carrier returned, without a loss.',
  }
  const s1: Made = {
    id: 's1',
    protocol: 'mptcp',
    title: '2001:db8:a:1::10 ⇄ [2001:db8:f1:1::80]:5001',
    state: 'closed',
    headline: 'The download moved from upA to upB when upA lost carrier, and came back 202 s later',
    opened: 3.2,
    closed: 597.4,
    flows: [a, b],
    identifiers: ['token', '8682619b', 'f3a62fd2'],
    labels: ['SINGLE', 'BACKUP-READY', 'REHOMED', 'FAIL-BACK'],
    marks: [
      [0, 3.2, 'opened', 'MP_CAPABLE', 'SYN with MP_CAPABLE v1'],
      [0, 3.213, 'opened', 'MP_CAPABLE', 'SYN/ACK, receiver key 3f21 5c88 …'],
      [0, 3.2136, 'opened', 'MP_CAPABLE', 'third ACK, both keys'],
      [1, 3.26, 'probed', 'MP_JOIN', 'SYN, token f3a62fd2, address id 2, backup'],
      [1, 3.292, 'verified', 'MP_JOIN', 'SYN/ACK, HMAC good'],
      [1, 3.3, 'verified', 'MP_JOIN', 'third ACK, HMAC good'],
      [0, 9.4, 'claimed', 'ADD_ADDR', 'address id 2 is 2001:db8:b:1::10, HMAC good'],
      [0, 88.22, 'retransmitted', 'resent', '1,428 bytes sent again on the same path'],
      [0, 203.2, 'preferred', 'MP_PRIO', 'path A becomes backup'],
      [0, 204.05, 'link', 'link down', 'upA lost carrier'],
      [0, 204.081, 'retransmitted', 'RTO', 'retransmission timeout, gap doubled'],
      [1, 204.087, 'rehomed', 'first delivered', 'DSN 3f21 5c88 delivered on path B'],
      [0, 231.5, 'icmp', 'ICMPv6 no route', 'from 2001:db8:a::1'],
      [0, 262.5, 'icmp', 'ICMPv6 no route', 'from 2001:db8:a::1'],
      [0, 398.2, 'link', 'link up', 'upA has carrier'],
      [0, 405.2, 'preferred', 'MP_PRIO', 'path A becomes regular'],
      [0, 596.3, 'closed', 'DATA_FIN', 'acknowledged'],
      [1, 596.31, 'closed', 'FIN', 'subflow closed'],
    ],
    rehomings: [first, second],
    replaces: null,
    replacedBy: null,
    locators: [
      [
        locator('2001:db8:a:1::10', 3.2, 'initial', 'SYN', [frame(3.2)]),
        locator('2001:db8:b:1::10', 3.26, 'signalled', 'MP_JOIN', [frame(3.26), frame(9.4)], {
          verified: ORIGIN + 3.292,
          verifiedHow: 'MP_JOIN HMAC',
          claimAuthentication: 'A3v',
        }),
        locator('2001:db8:dead::7', 10.4, 'signalled', 'ADD_ADDR', [frame(10.4)], {
          verified: null,
          verifiedHow: null,
          removed: ORIGIN + 60,
          claimAuthentication: 'A0',
        }),
      ],
      [locator(server, 3.213, 'initial', 'SYN/ACK', [frame(3.213)])],
    ],
  }

  const heartbeats = (lane: number, from: number): Made['marks'] =>
    Array.from({ length: 20 }, (_, at): Made['marks'][number] => [
      lane,
      from + at * 30,
      at % 2 ? 'verified' : 'probed',
      at % 2 ? 'HEARTBEAT ACK' : 'HEARTBEAT',
      `information ${(at * 7919).toString(16)}`,
    ])
  const sctp = [
    flow('10.0.1.5', '192.0.2.10', 'upA', [36412, 36412], [[1.1, 300.4, 220_000, 64_000]], { state: 'failed', resent: [[300.4, 301.3]] }),
    flow('10.0.2.5', '198.51.100.10', 'upB', [36412, 36412], [[301.42, 599, 210_000, 60_000]], {
      resent: [[301.42, 301.9]],
      verified: 'HEARTBEAT ACK',
    }),
    flow('10.0.1.5', '198.51.100.10', 'upA', [36412, 36412], [], { verified: 'HEARTBEAT ACK' }),
  ]
  const failover: RehomingReport = {
    ...first,
    id: 'r3',
    session: 's2',
    t: ORIGIN + 301.42,
    decidedAt: ORIGIN + 303.5,
    direction: 'initiator-to-responder',
    from: pairOf(sctp[0]!),
    to: pairOf(sctp[1]!),
    moved: 'both',
    trigger: {
      class: 'transport',
      score: 75,
      frames: [frame(301.4)],
      candidates: [
        {
          class: 'transport',
          t: ORIGIN + 301.4,
          score: 75,
          frames: [frame(300.4), frame(301.4)],
          detail: 'T3 timeout on 192.0.2.10, 1 time; the chunk was sent again to 198.51.100.10',
        },
        { class: 'heartbeat', t: ORIGIN + 301.1, score: 35, frames: [frame(301.1)], detail: 'HEARTBEAT to 192.0.2.10 unanswered' },
      ],
    },
    metrics: {
      outage: metric(1020, 1004, 1036, 300.4),
      detection: metric(1000, 996, 1000, 300.4),
      signalling: metric(0, null, null, 301),
      switch: metric(16, null, null, 301.42),
      lost: { value: 2, frames: [frame(300.5)] },
      retransmitted: { value: 6, frames: [frame(301.42)] },
      parts: { gap: 4, waitSignal: 0, inconsistent: false },
    },
    headline: 'Data moved to 198.51.100.10 one second after 192.0.2.10 stopped answering.',
  }
  const s2: Made = {
    id: 's2',
    protocol: 'sctp',
    title: '10.0.1.5:36412 ⇄ 192.0.2.10:36412',
    state: 'established',
    headline: 'The association moved to its second path 1.02 s after 192.0.2.10 went silent, and stayed there',
    opened: 1,
    closed: null,
    flows: sctp,
    identifiers: ['verification-tag', '5b1f22a9', '9c04e7d1'],
    labels: ['SINGLE', 'REHOMED', 'BACKUP-READY'],
    marks: [
      [0, 1, 'opened', 'INIT', '2 addresses listed'],
      [0, 1.02, 'opened', 'INIT ACK', '2 addresses listed'],
      [0, 1.05, 'opened', 'COOKIE ECHO', ''],
      [0, 1.06, 'verified', 'COOKIE ACK', ''],
      ...heartbeats(1, 15),
      ...heartbeats(2, 22),
      [0, 301.4, 'retransmitted', 'T3', 'timeout'],
    ],
    rehomings: [failover],
    replaces: null,
    replacedBy: null,
    locators: [
      [
        locator('10.0.1.5', 1, 'initial', 'INIT', [frame(1)]),
        locator('10.0.2.5', 1, 'listed', 'INIT', [frame(1)], { verified: ORIGIN + 15.03, verifiedHow: 'HEARTBEAT ACK' }),
      ],
      [
        locator('192.0.2.10', 1.02, 'initial', 'INIT ACK', [frame(1.02)]),
        locator('198.51.100.10', 1.02, 'listed', 'INIT ACK', [frame(1.02)], { verified: ORIGIN + 15.03, verifiedHow: 'HEARTBEAT ACK' }),
      ],
    ],
  }
  const web = flow('192.168.10.7', '203.0.113.44', 'upA', [51822, 443], [[40, 204.05, 6000, 410_000]], {
    resent: [[204.1, 206]],
    state: 'dead',
  })
  const webAgain = flow('192.168.20.7', '203.0.113.44', 'upB', [51830, 443], [[206.4, 520, 6000, 380_000]])
  const s3: Made = {
    ...s2,
    id: 's3',
    protocol: 'tcp',
    title: '192.168.10.7 ⇄ 203.0.113.44:443',
    state: 'failed',
    headline: 'The connection broke when upA lost carrier; the host came back 2.3 s later on upB as a new connection',
    opened: 40,
    closed: 206,
    flows: [web],
    identifiers: ['port', '51822', '443'],
    labels: ['SINGLE', 'RE-ESTABLISHED'],
    marks: [
      [0, 40, 'opened', 'SYN', ''],
      [0, 204.05, 'link', 'link down', 'upA lost carrier'],
      [0, 204.3, 'retransmitted', 'RTO', ''],
      [0, 204.9, 'retransmitted', 'RTO', ''],
      [0, 206, 'refused', 'RST', 'by the host'],
    ],
    rehomings: [],
    replacedBy: 's4',
    noFailover: [{ reason: 'TCP has no second path: the connection is bound to 192.168.10.7', pair: pairOf(web), frames: [frame(40)] }],
    locators: [
      [locator('192.168.10.7', 40, 'initial', 'SYN', [frame(40)])],
      [locator('203.0.113.44', 40, 'initial', 'SYN/ACK', [frame(40)])],
    ],
  }
  const s4: Made = {
    ...s3,
    id: 's4',
    title: '192.168.20.7 ⇄ 203.0.113.44:443',
    state: 'closed',
    headline: 'This connection replaced one that broke on upA',
    opened: 206.36,
    closed: 520.2,
    flows: [webAgain],
    identifiers: ['port', '51830', '443'],
    labels: ['SINGLE'],
    marks: [
      [0, 206.36, 'opened', 'SYN', ''],
      [0, 520.1, 'closed', 'FIN', ''],
    ],
    replaces: 's3',
    replacedBy: null,
    noFailover: [],
    locators: [
      [locator('192.168.20.7', 206.36, 'initial', 'SYN', [frame(206.36)])],
      [locator('203.0.113.44', 206.4, 'initial', 'SYN/ACK', [frame(206.4)])],
    ],
  }
  const quiet = Array.from({ length: QUIET }, (_, at): Made => {
    const opened = 1 + noise(at) * 500
    const closed = Math.min(599, opened + 2 + noise(at + 9000) * 90)
    const kind = (['tcp', 'udp', 'tcp', 'mptcp', 'udp'] as const)[at % 5]!
    const name: 'upA' | 'upB' = noise(at + 70) < 0.5 ? 'upA' : 'upB'
    const host = name === 'upA' ? '192.168.10.7' : '192.168.20.7'
    const peer = `198.51.100.${1 + (at % 250)}`
    const one = flow(
      host,
      peer,
      name,
      [40_000 + at, kind === 'udp' ? 53 : 443],
      [[opened, closed, 900 + noise(at) * 9000, 2000 + noise(at + 1) * 90_000]],
    )
    return {
      ...s4,
      id: `s${at + 5}`,
      protocol: kind,
      // what a hostile name server may put into a title
      title: at === 3 ? `${host} ⇄ \u202egpj.exe\u202c<b>x</b>\u0007:443` : `${host} ⇄ ${peer}:${kind === 'udp' ? 53 : 443}`,
      headline: `A quiet ${kind.toUpperCase()} session that stayed on ${name}`,
      opened,
      closed,
      state: 'closed',
      flows: [one],
      identifiers: ['port', String(40_000 + at), '443'],
      labels: ['SINGLE'],
      marks: [[0, opened, 'opened', kind === 'udp' ? 'first datagram' : 'SYN', '']],
      replaces: null,
      locators: [
        [locator(host, opened, 'initial', 'SYN', [frame(opened)])],
        [locator(peer, opened, 'initial', 'SYN/ACK', [frame(opened)])],
      ],
    }
  })
  const findings: FindingReport[] = [
    {
      id: 'f1',
      rule: 'CLAIM-UNVERIFIED',
      severity: 'medium',
      confidence: 0.8,
      t: ORIGIN + 10.4,
      session: 's1',
      title: 'An address was announced that never answered',
      detail: 'ADD_ADDR named 2001:db8:dead::7 without authentication; no packet from it was seen in 49.6 s, then it was withdrawn.',
      claimant: server,
      victim: '2001:db8:dead::7',
      frames: [frame(10.4), frame(60)],
      checks: [
        { name: 'address belongs to the peer', result: 'not known', detail: 'no other session uses it' },
        { name: 'traffic towards it', result: 'none seen' },
      ],
      reference: 'RFC 8684 section 5',
    },
  ]
  return { total, sessions: [s1, s2, s3, s4, ...quiet], findings }
}

export function summary(made: Made): SessionSummary {
  const strip = made.flows
    .flatMap((flow, at) => flow.carried.map(([from, to]): [number, number, number] => [ORIGIN + from, ORIGIN + to, at]))
    .sort((x, y) => x[0] - y[0])
  const bytes = made.flows.reduce(
    (sum, flow) => sum + flow.carried.reduce((part, [from, to, up, down]) => part + (to - from) * (up + down), 0),
    0,
  )
  const outages = made.rehomings.map((entry) => entry.metrics.outage?.value ?? 0)
  return {
    id: made.id,
    protocol: made.protocol,
    title: made.title,
    state: made.state,
    headline: made.headline,
    initiatorLocators: made.locators[0].map((entry) => entry.address),
    responderLocators: made.locators[1].map((entry) => entry.address),
    rehomings: made.rehomings.length,
    worstOutage: outages.length ? Math.max(...outages) : null,
    labels: made.labels,
    opened: ORIGIN + made.opened,
    closed: made.closed === null ? null : ORIGIN + made.closed,
    packets: Math.round(bytes / 900),
    bytes: Math.round(bytes),
    replaces: made.replaces,
    replacedBy: made.replacedBy,
    strip,
    pairs: made.flows.length,
    badness: made.rehomings.length * 10,
  }
}

export function report(world: World, made: Made): SessionReport {
  const pairs = made.flows.map((flow): SessionPairReport => {
    const payload = flow.carried.reduce((sum, [from, to, up, down]) => sum + (to - from) * (up + down), 0)
    return {
      initiator: flow.initiator,
      responder: flow.responder,
      interface: flow.interface,
      initiatorPort: flow.initiatorPort,
      responderPort: flow.responderPort,
      packets: Math.round(payload / 900),
      bytes: Math.round(payload * 1.06),
      payloadBytes: Math.round(payload),
      first: ORIGIN + (flow.carried[0]?.[0] ?? made.opened),
      last: ORIGIN + (flow.carried.at(-1)?.[1] ?? made.closed ?? LENGTH),
      retransmitted: flow.resent.length * 4,
      state: flow.state,
      verified: flow.verified,
      rtt: flow.rtt,
    }
  })
  const entries = made.marks.map(([lane, t, kind, label, detail]): TimelineEntry => {
    const flow = made.flows[lane]!
    return {
      t: ORIGIN + t,
      kind,
      direction: kind === 'link' ? null : noise(t * 1000) < 0.5 ? 'initiator-to-responder' : 'responder-to-initiator',
      pair: { initiator: flow.initiator, responder: flow.responder, interface: flow.interface },
      frames: kind === 'link' ? [] : [frameAt(t, world.total)],
      detail: detail ? `${label}: ${detail}` : label,
    }
  })
  const [kind, ours, theirs] = made.identifiers
  return {
    id: made.id,
    key: made.title,
    protocol: made.protocol,
    class: 'modified-element',
    identity: 'opportunistic',
    state: made.state,
    midCapture: false,
    opened: ORIGIN + made.opened,
    closed: made.closed === null ? null : ORIGIN + made.closed,
    endpoints: [
      { role: 'initiator', identifiers: [{ kind, value: ours }], locators: made.locators[0] },
      { role: 'responder', identifiers: [{ kind, value: theirs }], locators: made.locators[1] },
    ],
    pairs,
    labels: made.labels,
    timeline: entries.sort((x, y) => x.t - y.t),
    labelIntervals: [],
    replaces: made.replaces,
    replacedBy: made.replacedBy,
    noFailover: made.noFailover ?? [],
    headline: made.headline,
    capturedEnd: 'initiator',
  }
}

/** slots of 4 ms carry what the rate says, unevenly */
const SLOT = 0.004

function amount(rate: number, from: number, to: number, seed: number): number {
  if (to - from >= SLOT * 4) return rate * (to - from) * (0.75 + 0.5 * noise(Math.floor(from * 20) + seed))
  let sum = 0
  for (let slot = Math.ceil(from / SLOT); slot * SLOT < to; slot++) sum += rate * SLOT * (noise(slot + seed) < 0.3 ? 3.3 : 0)
  return sum
}

export function slice(world: World, made: Made, from: number, to: number, width: number): TimelineSlice {
  const bins = Math.min(width, 4096)
  const binSeconds = (to - from) / bins
  const start = from - ORIGIN
  const lanes = made.flows.map((flow, at) => {
    const toResponder = new Array<number>(bins).fill(0)
    const toInitiator = new Array<number>(bins).fill(0)
    const retransmitted = new Array<number>(bins).fill(0)
    for (let bin = 0; bin < bins; bin++) {
      const left = start + bin * binSeconds
      const right = left + binSeconds
      for (const [since, until, up, down] of flow.carried) {
        const begin = Math.max(left, since)
        const end = Math.min(right, until)
        if (end <= begin) continue
        toResponder[bin]! += Math.round(amount(up, begin, end, at * 13))
        toInitiator[bin]! += Math.round(amount(down, begin, end, at * 31 + 7))
      }
      for (const [since, until] of flow.resent)
        if (right > since && left < until && noise(Math.floor(left * 90)) < 0.6) retransmitted[bin]! += 1428
    }
    return {
      initiator: flow.initiator,
      responder: flow.responder,
      interface: flow.interface,
      prefix: flow.prefix,
      toResponder,
      toInitiator,
      retransmitted,
      linkDown: (DOWN[flow.interface] ?? []).map(([a, b]): [number, number] => [ORIGIN + a, ORIGIN + b]),
    }
  })
  const laneOf = (pair: PairReport) =>
    made.flows.findIndex((flow) => flow.initiator === pair.initiator && flow.responder === pair.responder)
  return {
    from,
    to,
    binSeconds,
    lanes,
    marks: made.marks
      .filter(([, t]) => ORIGIN + t >= from && ORIGIN + t <= to)
      .map(([lane, t, kind, label, detail]) => ({
        t: ORIGIN + t,
        lane,
        kind,
        label,
        detail,
        frame: kind === 'link' ? null : frameAt(t, world.total),
      })),
    rehomings: made.rehomings.map((entry) => ({
      id: entry.id,
      t: entry.t,
      fromLane: laneOf(entry.from),
      toLane: laneOf(entry.to),
      label: entry.label,
      outageMs: entry.metrics.outage?.value ?? null,
      lastOld: entry.t - (entry.metrics.outage?.value ?? 0) / 1000,
      trigger: entry.trigger.class,
    })),
    interruptions: [],
    thinned: 0,
  }
}

/** frames of 64 in a row are dealt out: s1 has residues 0..7, s2 8..13, s3 and s4 two each, the quiet ones share the rest */
const SHARES: [string, number[]][] = [
  ['s1', [0, 1, 2, 3, 4, 5, 6, 7]],
  ['s2', [8, 9, 10, 11, 12, 13]],
  ['s3', [14, 15]],
  ['s4', [16, 17]],
]

export function sessionOf(frame: number): number {
  const residue = (frame - 1) % 64
  const at = SHARES.findIndex(([, list]) => list.includes(residue))
  return at >= 0 ? at : 4 + ((Math.floor((frame - 1) / 64) * 46 + residue) % QUIET)
}

/** frames that a filter of one session (or none) lets through: how many, and which is the n-th */
export function framesOf(
  world: World,
  session: string | null,
): { count: number; frame(index: number): number; index(frame: number): number } {
  const share = SHARES.find(([id]) => id === session)
  if (!share) return { count: world.total, frame: (index) => index + 1, index: (frame) => frame - 1 }
  const list = share[1]
  return {
    count: Math.floor(world.total / 64) * list.length,
    frame: (index) => Math.floor(index / list.length) * 64 + list[index % list.length]! + 1,
    index: (frame) => Math.floor((frame - 1) / 64) * list.length + list.filter((residue) => residue < (frame - 1) % 64).length,
  }
}

export function row(world: World, index: number, frame: number): PacketRow {
  const made = world.sessions[sessionOf(frame)]!
  const time = ((frame - 1) / world.total) * LENGTH
  const flow =
    made.flows.find((entry) => entry.carried.some(([from, to]) => time >= from && time < to)) ?? made.flows[frame % made.flows.length]!
  const back = noise(frame) < 0.62
  const length = back ? 1502 : 74 + Math.floor(noise(frame + 5) * 40)
  const rehoming = made.rehomings.find((entry) => Math.abs(frameAt(entry.t - ORIGIN, world.total) - frame) < 4) ?? null
  const protocol = { mptcp: 'MPTCP', sctp: 'SCTP', tcp: 'TCP', udp: 'UDP' }[made.protocol] ?? made.protocol
  const info =
    made.protocol === 'sctp'
      ? `DATA TSN ${2_000_000 + frame} stream 0 len ${length - 62}`
      : `${back ? flow.responderPort : flow.initiatorPort} → ${back ? flow.initiatorPort : flow.responderPort} [ACK] Seq=${frame * 17} Len=${length - 74}${made.protocol === 'mptcp' ? ` DSN=${(0x3f210000 + frame).toString(16)}` : ''}`
  return {
    index,
    frame,
    time,
    interface: flow.interface,
    source: back ? flow.responder : flow.initiator,
    destination: back ? flow.initiator : flow.responder,
    protocol,
    length,
    info,
    session: made.id,
    rehoming: rehoming?.id ?? null,
    stop: frame % 1009 === 0 ? 'malformed' : frame % 733 === 0 ? 'cut' : '',
    notes: frame % 211 === 0 ? ['retransmission'] : [],
  }
}

export function packet(world: World, frame: number): PacketDetail {
  const shown = row(world, frame - 1, frame)
  const bytes = Uint8Array.from({ length: shown.length }, (_, at) => Math.floor(noise(frame * 1600 + at) * 256))
  bytes.set([0x86, 0xdd, 0x60], 12)
  const hex = (from: number, to: number) => [...bytes.subarray(from, to)].map((value) => value.toString(16).padStart(2, '0')).join('')
  const node = (
    name: string,
    label: string,
    offset: number,
    length: number,
    children: TreeNode[] = [],
    more: Partial<TreeNode> = {},
  ): TreeNode => ({
    name,
    label,
    source: 0,
    offset,
    length,
    filter: name ? `${name} == ${/address|eth|ip/.test(name) ? label.split(': ')[1] : `0x${hex(offset, offset + length)}`}` : '',
    generated: false,
    children,
    ...more,
  })
  const reassembled = frame % 5 === 0
  const tree = [
    node('frame', `Frame ${frame}: ${shown.length} bytes on wire, ${shown.length} captured (${shown.interface})`, 0, shown.length, [
      node('frame.time_relative', `Time since first: ${shown.time.toFixed(9)} s`, 0, 0, [], { generated: true, filter: '' }),
      node('frame.number', `Frame number: ${frame}`, 0, 0, [], { generated: true, filter: `frame.number == ${frame}` }),
    ]),
    node('eth', 'Ethernet II', 0, 14, [
      node('eth.dst', `Destination: ${hex(0, 6).match(/../g)!.join(':')}`, 0, 6),
      node('eth.src', `Source: ${hex(6, 12).match(/../g)!.join(':')}`, 6, 6),
      node('eth.type', 'Type: IPv6 (0x86dd)', 12, 2),
    ]),
    node('ipv6', `Internet Protocol Version 6, ${shown.source} → ${shown.destination}`, 14, 40, [
      node('ipv6.version', 'Version: 6', 14, 1),
      node('ipv6.tclass', 'Traffic class: 0x00', 14, 2),
      node('ipv6.flow', `Flow label: 0x${hex(15, 18)}`, 15, 3),
      node('ipv6.plen', `Payload length: ${shown.length - 54}`, 18, 2),
      node('ipv6.src', `Source: ${shown.source}`, 22, 16),
      node('ipv6.dst', `Destination: ${shown.destination}`, 38, 16),
    ]),
    node('tcp', `Transmission Control Protocol, ${shown.info}`, 54, 40, [
      node('tcp.srcport', 'Source port: 5001', 54, 2),
      node('tcp.dstport', 'Destination port: 44505', 56, 2),
      node('tcp.seq', `Sequence number: ${frame * 17}`, 58, 4),
      node('tcp.flags', 'Flags: 0x010 (ACK)', 66, 2, [node('tcp.flags.ack', '.... ...1 .... = Acknowledgement: set', 66, 2)]),
      node('tcp.options', 'Options: 20 bytes', 74, 20, [
        node('tcp.options.mptcp', 'Multipath TCP: Data Sequence Signal', 74, 20, [
          node('tcp.option_kind', 'Kind: 30', 74, 1),
          node('tcp.option_len', 'Length: 20', 75, 1),
          node('tcp.options.mptcp.subtype', 'Subtype: 2 (DSS)', 76, 1),
          node('tcp.options.mptcp.rawdataack', `Data ACK: 0x${hex(78, 82)}`, 78, 4),
          node('tcp.options.mptcp.rawdataseqno', `Data sequence number: 0x${hex(82, 90)}`, 82, 8),
        ]),
      ]),
      node('tcp.payload', `Payload: ${shown.length - 94} bytes`, 94, Math.max(0, shown.length - 94)),
    ]),
    node(
      'mh',
      'Multihoming',
      0,
      0,
      [node('mh.session', `Session: ${shown.session}`, 0, 0, [], { generated: true, filter: `mh.session == "${shown.session}"` })],
      { generated: true, filter: '' },
    ),
  ]
  if (reassembled)
    tree.push(
      node(
        'data',
        'Reassembled record, 3,000 bytes',
        0,
        3000,
        [node('data.type', 'Type: 23', 0, 1, [], { source: 1 }), node('data.text', 'Text: \u202eevil\u202c', 1, 24, [], { source: 1 })],
        { source: 1 },
      ),
    )
  const base64 = (memory: Uint8Array) => btoa(String.fromCharCode(...memory))
  return {
    frame,
    row: shown,
    tree,
    sources: [
      { name: 'Frame', base64: base64(bytes) },
      ...(reassembled ? [{ name: 'Reassembled TCP', base64: base64(Uint8Array.from({ length: 3000 }, (_, at) => at & 0xff)) }] : []),
    ],
    stop: shown.stop ? { reason: 'a length says more than is there', offset: 74, kind: shown.stop } : null,
    captured: shown.length,
    wire: shown.length,
  }
}

/** LISP sites through dissectors and analysis: mappings in force, locators by who named them, moves within one inner flow. */
import { describe, expect, it } from 'vitest'
import { emitIcmpv6Error } from '../../../dissectors/icmpv6/emit.ts'
import { join } from '../../../dissectors/link/emit.ts'
import { controlPacket, mapNotify, mapRegister, mapReply, mapRequest, record } from '../../../dissectors/lisp/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { SessionReport } from '../../../shared/report.ts'
import { keptMegabytes } from '../../fuzz/heap.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const [A, B] = ['2001:db8:a::1', '2001:db8:b::1'] as const
const [R1, R2, X] = ['2001:db8:f1::1', '2001:db8:f2::1', '2001:db8:bad::1'] as const
const SERVER = '2001:db8:5::1'
const [HOST, PEER, OTHER] = ['2001:db8:e1::5', '2001:db8:e2::7', '2001:db8:e2::8'] as const
const SITE = '2001:db8:e1::'
const REMOTE = '2001:db8:e2::'
const PROBE = 1 << 25
const SMR = 1 << 24
const PROBED = 1 << 27

type Locators = readonly (readonly [string, number, number])[]
const nonce = (n: number) => n.toString(16).padStart(16, '0')

/** A site with two locators that talks to another with two. */
class Site {
  readonly stage = new WireStage()
  private unit = 0

  /** Asked for and answered; `from` is who answers. */
  ask(
    at: number,
    n: number,
    answer: Locators,
    from: string = R1,
    minutes = 1440,
    eid: string = PEER,
    prefix: string = REMOTE,
    length = 64,
  ): this {
    this.stage.packet(at, controlPacket(mapRequest(nonce(n), 0, HOST, [A], [[eid, 128]]), A, SERVER))
    this.stage.packet(at + 0.01, controlPacket(mapReply(nonce(n), 0, [record(prefix, length, minutes, answer)]), from, A), { hops: 60 })
    return this
  }

  register(at: number, n: number, own: Locators, notified = true): this {
    const records = [record(SITE, 64, 1440, own)]
    this.stage.packet(at, controlPacket(mapRegister(nonce(n), true, records), A, SERVER))
    if (notified) this.stage.packet(at + 0.01, controlPacket(mapNotify(nonce(n), records), SERVER, A), { hops: 60 })
    return this
  }

  probe(at: number, n: number, from: string, to: string, answered = true): this {
    const link = from === A ? 0 : 1
    this.stage.packet(at, controlPacket(mapRequest(nonce(n), PROBE, HOST, [from], [[PEER, 128]]), from, to), { interface: link })
    const both = [
      record(REMOTE, 64, 1440, [
        [R1, 1, 50],
        [R2, 1, 50],
      ]),
    ]
    if (answered) this.stage.packet(at + 0.02, controlPacket(mapReply(nonce(n), PROBED, both), to, from), { interface: link, hops: 60 })
    return this
  }

  /** One unit of an inner flow, which its port names, and its answer. `status`: locator status bits. */
  unitOf(at: number, from: string, to: string, port = 4000, peer: string = PEER, status = 3): this {
    const n = this.unit++
    const link = from === A ? 0 : 1
    const body = Uint8Array.from({ length: 24 }, (_, i) => (i < 4 ? n >> (8 * i) : 7))
    const out = emitUdpPacket(body, { source: HOST, destination: peer, sourcePort: port, destinationPort: 7000 })
    const back = emitUdpPacket(
      body.map((b) => b ^ 0x55),
      { source: peer, destination: HOST, sourcePort: 7000, destinationPort: port },
    )
    this.stage.packet(at, encapsulate(out, from, to, status), { interface: link })
    this.stage.packet(at + 0.01, encapsulate(back, to, from, 3), { interface: link, hops: 60 })
    return this
  }

  data(from: number, count: number, local: string, remote: string, port = 4000, peer: string = PEER): this {
    for (let i = 0; i < count; i++) this.unitOf(from + i * 0.05, local, remote, port, peer)
    return this
  }

  finish(at: number): SessionReport {
    this.stage.finish(at)
    return this.stage.one('lisp')
  }
}

function encapsulate(packet: Uint8Array, source: string, destination: string, status: number): Uint8Array {
  return emitUdpPacket(join([0x40, 0, 0, 0, 0, 0, 0, status], packet), { source, destination, sourcePort: 61000, destinationPort: 4341 })
}

const told = (session: SessionReport) => marks(session).filter((mark) => !mark.includes(' finding: '))
const BOTH: Locators = [
  [R1, 1, 50],
  [R2, 1, 50],
]

describe('two sites', () => {
  it('a mapping in force makes one session for all EIDs of its prefix; the packets inside are their own', () => {
    const site = new Site()
    site
      .register(0, 1, [
        [A, 1, 60],
        [B, 1, 40],
      ])
      .ask(0.1, 2, [
        [R1, 1, 100],
        [R2, 2, 100],
      ])
    site.data(0.2, 10, A, R1).data(1, 10, A, R1, 4001, OTHER)
    const session = site.finish(5)
    expect([identifiers(session, 0), identifiers(session, 1), locators(session, 0), locators(session, 1)]).toMatchInlineSnapshot(`
      [
        [
          "eid-prefix 2001:db8:e1::/64",
        ],
        [
          "eid-prefix 2001:db8:e2::/64",
        ],
        [
          "2001:db8:a::1 listed A3u -",
          "2001:db8:b::1 listed A3u -",
        ],
        [
          "2001:db8:f1::1 listed A1 -",
          "2001:db8:f2::1 listed A1 -",
        ],
      ]
    `)
    expect([session.class, session.identity, session.midCapture, session.children?.length]).toEqual(['site-exit', 'persistent', false, 2])
    expect(told(session)).toMatchInlineSnapshot(`
      [
        "0 claimed: Map-Register lists 2001:db8:a::1, priority 1, weight 60",
        "0 claimed: Map-Register lists 2001:db8:b::1, priority 1, weight 40",
        "0.11 claimed: Map-Reply lists 2001:db8:f1::1, priority 1, weight 100",
        "0.11 claimed: Map-Reply lists 2001:db8:f2::1, priority 2, weight 100",
        "0.2 opened: first data that uses the mapping",
      ]
    `)
  })

  it('load shared by flow is no move, however the flows take turns', () => {
    const site = new Site()
    site.ask(0, 1, BOTH)
    for (let i = 0; i < 60; i++) site.unitOf(0.2 + i * 0.05, A, i % 2 === 0 ? R1 : R2, 4000 + (i % 2))
    site.data(3.3, 20, A, R2, 4001)
    const session = site.finish(10)
    expect(site.stage.analyzer.rehomings()).toEqual([])
    expect(session.labels).toEqual(['SINGLE', 'LOAD-SHARED'])
  })

  it('a flow that moves on to the path of another one has moved', () => {
    const site = new Site()
    site.ask(0, 1, BOTH)
    for (let i = 0; i < 60; i++) site.unitOf(0.2 + i * 0.05, A, i % 2 === 0 ? R1 : R2, 4000 + (i % 2))
    for (let i = 0; i < 60; i++) site.unitOf(3.2 + i * 0.05, A, R2, 4000 + (i % 2))
    site.finish(12)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.2 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:a::1,2001:db8:f2::1 policy 100",
      ]
    `)
  })

  it('several flows that move together make one move', () => {
    const site = new Site()
    site.ask(0, 1, BOTH)
    for (let i = 0; i < 40; i++) site.unitOf(0.2 + i * 0.05, A, R1, 4000 + (i % 3))
    for (let i = 0; i < 40; i++) site.unitOf(3 + i * 0.05, A, R2, 4000 + (i % 3))
    site.finish(12)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:a::1,2001:db8:f2::1 transport 1000",
      ]
    `)
  })
})

describe('why a flow moves', () => {
  const started = () =>
    new Site()
      .register(0, 1, [
        [A, 1, 50],
        [B, 1, 50],
      ])
      .ask(0.1, 2, BOTH)
      .data(0.2, 40, A, R1)

  it.each([A, B])('probes in quick succession that nobody answers: waited for as long as answers to %s took', (probed) => {
    const site = new Site().ask(0.5, 1, BOTH).probe(0.8, 2, probed, R1).data(1, 30, A, R1)
    for (let i = 0; i < 3; i++) site.probe(2.55 + 0.08 * i, 10 + i, A, R1, false)
    site.probe(2.79, 20, A, R2).data(2.83, 60, A, R2)
    site.finish(15)
    expect(site.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: 'heartbeat', score: 65 } }])
  })

  it('probes that nobody answers', () => {
    const site = started()
    for (let i = 0; i < 3; i++) site.probe(2.4 + i, 10 + i, A, R1, false)
    site.probe(5.4, 20, A, R2).data(5.5, 30, A, R2)
    site.finish(15)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "5.5 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:a::1,2001:db8:f2::1 heartbeat 3350",
      ]
    `)
  })

  it('a new mapping without the old locator', () => {
    const site = started()
      .ask(2.5, 3, [
        [R1, 255, 0],
        [R2, 1, 100],
      ])
      .data(3, 30, A, R2)
    const session = site.finish(15)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:a::1,2001:db8:f2::1 routing 850",
      ]
    `)
    expect(locators(session, 1)).toMatchInlineSnapshot(`
      [
        "2001:db8:f1::1 listed A1 - until 2.51",
        "2001:db8:f2::1 listed A1 -",
      ]
    `)
  })

  it('a status bit that goes down moves the site whose bit it is', () => {
    const site = started()
    site.unitOf(2.3, A, R1, 4000, PEER, 2)
    site.data(3, 30, B, R1)
    const session = site.finish(15)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:b::1,2001:db8:f1::1 routing 700",
      ]
    `)
    expect(told(session).filter((m) => m.includes('status bit'))).toMatchInlineSnapshot(`
      [
        "2.3 withdrawn: locator status bit 0 cleared: 2001:db8:a::1 is down",
        "3 claimed: locator status bit 0 set: 2001:db8:a::1 is up",
        "3 rehomed: Moved from upA to upB at 3.000 s after a cleared locator status bit 0 (700 ms without delivery)",
      ]
    `)
  })

  it('an error about what was sent in the tunnel', () => {
    const site = started()
    const lost = encapsulate(
      emitUdpPacket(new Uint8Array(24).fill(1), { source: HOST, destination: PEER, sourcePort: 4000, destinationPort: 7000 }),
      A,
      R1,
      3,
    )
    for (const at of [2.3, 2.4])
      site.stage.packet(at, emitIcmpv6Error(1, 3, 0, lost, { source: '2001:db8:a::fe', destination: A }), { hops: 64 })
    site.data(3, 30, A, R2)
    site.finish(15)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:a::1,2001:db8:f2::1 icmp 850",
      ]
    `)
  })

  it('a solicitation by the site that moves', () => {
    const site = started()
    site.stage.packet(2.3, controlPacket(mapRequest(nonce(30), SMR, HOST, [B], [[PEER, 128]]), B, R1), { interface: 1 })
    site.data(3, 30, B, R1)
    site.finish(15)
    expect(moves(site.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3 REHOMED both 2001:db8:a::1,2001:db8:f1::1 > 2001:db8:b::1,2001:db8:f1::1 routing 850",
      ]
    `)
  })
})

describe('what is not believed', () => {
  it('an answer that nobody asked for, and a registration that nobody notified, name no locators', () => {
    const site = new Site()
      .register(0, 1, [[A, 1, 100]])
      .ask(0.1, 2, BOTH)
      .data(0.2, 20, A, R1)
    site.stage.packet(2, controlPacket(mapReply(nonce(99), 0, [record(REMOTE, 64, 1440, [[X, 1, 100]])]), X, A), { hops: 50 })
    site.register(2.1, 3, [[X, 1, 100]], false).data(2.5, 20, A, R1)
    const session = site.finish(10)
    expect([locators(session, 0), locators(session, 1)]).toMatchInlineSnapshot(`
      [
        [
          "2001:db8:a::1 listed A3u -",
        ],
        [
          "2001:db8:f1::1 listed A1 -",
          "2001:db8:f2::1 listed A1 -",
        ],
      ]
    `)
    expect(site.stage.analyzer.rehomings()).toEqual([])
  })

  it('used by data it is one, with the standing of that answer', () => {
    const site = new Site().ask(0.1, 2, BOTH).data(0.2, 20, A, R1)
    site.stage.packet(2, controlPacket(mapReply(nonce(99), 0, [record(REMOTE, 64, 1440, [[X, 1, 100]])]), X, A), { hops: 50 })
    site.data(2.5, 20, A, X)
    expect(locators(site.finish(10), 1)).toMatchInlineSnapshot(`
      [
        "2001:db8:f1::1 listed A1 -",
        "2001:db8:f2::1 listed A1 -",
        "2001:db8:bad::1 signalled A0 -",
      ]
    `)
  })

  it('an answer for more than was asked adds to the site that was asked for, and to no other', () => {
    const site = new Site()
      .register(0, 1, [[A, 1, 100]])
      .ask(0.1, 2, BOTH)
      .data(0.2, 20, A, R1)
    site.ask(2, 3, [[X, 1, 100]], X, 1440, OTHER, '2001:db8::', 32).data(2.2, 10, A, X, 4001, OTHER)
    const session = site.finish(10)
    expect([locators(session, 0), locators(session, 1)]).toMatchInlineSnapshot(`
      [
        [
          "2001:db8:a::1 listed A3u -",
        ],
        [
          "2001:db8:f1::1 listed A1 -",
          "2001:db8:f2::1 listed A1 -",
          "2001:db8:bad::1 signalled A1 -",
        ],
      ]
    `)
  })
})

describe('the life of a session', () => {
  it('ends when its mapping runs out unused, and when it is taken away', () => {
    const site = new Site().ask(0, 1, [[R1, 1, 100]], R1, 1).data(0.2, 10, A, R1)
    const gone = new Site()
      .ask(0, 1, [[R1, 1, 100]])
      .data(0.2, 10, A, R1)
      .ask(5, 2, [])
    expect([site.finish(100), gone.finish(100)].map((s) => [s.state, told(s).at(-1)])).toMatchInlineSnapshot(`
      [
        [
          "closed",
          "60.01 closed: its mapping ran out",
        ],
        [
          "closed",
          "5.01 closed: its mapping was taken away",
        ],
      ]
    `)
  })

  it('begins in the middle: EIDs stand for themselves', () => {
    const session = new Site().data(0, 10, A, R1).finish(5)
    expect([session.midCapture, identifiers(session, 0), locators(session, 1)]).toMatchInlineSnapshot(`
      [
        true,
        [
          "eid 2001:db8:e1::5",
        ],
        [
          "2001:db8:f1::1 observed A0 -",
        ],
      ]
    `)
  })
})

it('inner flows without end: what is followed of them lends from one memory', () => {
  const stage = new WireStage()
  // compiled, and the first of everything made
  const flood = (from: number, count: number): void => {
    for (let n = from; n < from + count; n++) {
      const inner = {
        source: `2001:db8:e1::${(n >> 8).toString(16)}`,
        destination: PEER,
        sourcePort: 1024 + (n & 255),
        destinationPort: 7000,
      }
      stage.packet(n / 1000, encapsulate(emitUdpPacket(Uint8Array.of(1, 2, 3, n >> 8, n), inner), A, R1, 3))
    }
  }
  flood(0, 300)
  const before = keptMegabytes()
  flood(300, 3000)
  // a memory of its own for each of 3,000 flows and both directions would be 216 MB
  expect(keptMegabytes() - before).toBeLessThan(60)
})

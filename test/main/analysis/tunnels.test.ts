/** Tunnels through dissectors and analysis: GTP-U bearers, their handovers and what nodes forward to each other; bonded GRE tunnels. */
import { describe, expect, it } from 'vitest'
import { emitGtp } from '../../../dissectors/gtp/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const [ONE, TWO, CORE] = ['10.1.0.1', '10.1.0.2', '10.9.0.1'] as const
const [PHONE, SERVER] = ['172.16.0.5', '203.0.113.80'] as const
const [UP, DOWN, DOWN_NEW] = [0x1001, 0x2001, 0x2002] as const

class Bearer {
  readonly stage = new WireStage()
  private unit = 0

  private packet(at: number, from: string, to: string, body: Uint8Array): this {
    this.stage.packet(at, emitUdpPacket(body, { source: from, destination: to, sourcePort: 2152, destinationPort: 2152 }))
    return this
  }

  private body(): Uint8Array {
    const n = this.unit++
    return Uint8Array.from({ length: 30 }, (_, i) => (i < 4 ? n >> (8 * i) : 9))
  }

  up(at: number, node: string, teid: number = UP): this {
    const inside = emitUdpPacket(this.body(), { source: PHONE, destination: SERVER, sourcePort: 5000, destinationPort: 443 })
    return this.packet(at, node, CORE, emitGtp(inside, teid))
  }

  down(at: number, node: string, teid: number, from: string = CORE): this {
    const inside = emitUdpPacket(this.body(), { source: SERVER, destination: PHONE, sourcePort: 443, destinationPort: 5000 })
    return this.packet(at, from, node, emitGtp(inside, teid))
  }

  both(from: number, count: number, node: string, down: number): this {
    for (let i = 0; i < count; i++) this.up(from + i * 0.05, node).down(from + i * 0.05 + 0.02, node, down)
    return this
  }

  echo(at: number, node: string): this {
    return this.packet(at, node, CORE, join([0x30, 1], bytes16(0), bytes32(0)))
  }

  endMarker(at: number, node: string, teid: number): this {
    return this.packet(at, CORE, node, join([0x30, 254], bytes16(0), bytes32(teid)))
  }
}

describe('a bearer', () => {
  it('has an identifier a direction, and the packets inside as child', () => {
    const bearer = new Bearer().both(0, 5, ONE, DOWN)
    bearer.stage.finish(2)
    const session = bearer.stage.one('gtp-u')
    expect([identifiers(session, 0), identifiers(session, 1), locators(session, 0), locators(session, 1)]).toEqual([
      ['teid 0x00002001'],
      ['teid 0x00001001'],
      [`${ONE} observed A1 -`],
      [`${CORE} observed A1 -`],
    ])
    expect(bearer.stage.one('udp').parent).toBe(session.id)
  })

  it('counts what it carries, from its first packet to its last: echoes between its nodes and other bearers are not its', () => {
    const bearer = new Bearer()
    for (let i = 0; i < 8; i++) bearer.echo(i, ONE)
    bearer.both(2, 2, ONE, DOWN)
    bearer.stage.finish(20)
    const pair = bearer.stage.one('gtp-u').pairs[0]
    const opened = bearer.stage.one('gtp-u').opened
    expect([pair?.packets, pair?.bytes === pair?.payloadBytes]).toEqual([4, true])
    expect([pair?.first, pair?.last].map((t) => Math.round(((t ?? 0) - opened) * 1000))).toEqual([0, 70])
  })

  it('is handed over: the new node uses the core’s identifier and gives one of its own; the old tunnel ends', () => {
    const bearer = new Bearer().both(0, 30, ONE, DOWN)
    // what the first node still gets it forwards to the second: a tunnel between the two, no path of the bearer
    for (let i = 0; i < 5; i++) bearer.down(1.6 + i * 0.05, ONE, DOWN).down(1.61 + i * 0.05, TWO, 0x3003, ONE)
    bearer.endMarker(2, ONE, DOWN).both(2.1, 40, TWO, DOWN_NEW)
    bearer.stage.finish(12)
    const [session, forwarded] = bearer.stage.sessions().filter((s) => s.protocol === 'gtp-u')
    if (session === undefined || forwarded === undefined) throw new Error('two tunnels expected')
    expect([identifiers(session, 0), locators(session, 0)]).toMatchInlineSnapshot(`
      [
        [
          "teid 0x00002001",
          "teid 0x00002002",
        ],
        [
          "10.1.0.1 observed A1 - until 2",
          "10.1.0.2 observed A1 -",
        ],
      ]
    `)
    expect(moves(bearer.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "2.1 REHOMED both 10.1.0.1,10.9.0.1 > 10.1.0.2,10.9.0.1 transport 650",
      ]
    `)
    expect(marks(session).filter((m) => !m.includes(' finding: '))).toMatchInlineSnapshot(`
      [
        "0 opened: first data of the bearer",
        "0.02 claimed: tunnel endpoint identifier 0x00002001 is used for it as well",
        "2 withdrawn: End marker: nothing more comes through this tunnel",
        "2.1 rehomed: Moved from 10.1.0.1 to 10.1.0.2 at 2.100 s when 10.1.0.1 fell silent (650 ms without delivery)",
        "2.12 claimed: tunnel endpoint identifier 0x00002002 is used for it as well",
      ]
    `)
    expect([locators(forwarded, 0), locators(forwarded, 1)]).toMatchInlineSnapshot(`
      [
        [
          "10.1.0.1 observed A1 -",
        ],
        [
          "10.1.0.2 observed A1 -",
        ],
      ]
    `)
  })

  it('ends after three minutes of silence; the same identifier is another bearer then', () => {
    const bearer = new Bearer().both(0, 5, ONE, DOWN)
    bearer.both(400, 5, TWO, DOWN)
    bearer.stage.finish(401)
    expect(
      bearer.stage
        .sessions()
        .filter((s) => s.protocol === 'gtp-u')
        .map((s) => s.state),
    ).toEqual(['closed', 'established'])
    expect(bearer.stage.analyzer.rehomings()).toEqual([])
  })

  it('bytes on its port that are no packet make none', () => {
    const stage = new WireStage()
    for (let i = 0; i < 3; i++)
      stage.packet(
        i,
        emitUdpPacket(join([0x30, 255], bytes16(24), bytes32(7), new Uint8Array(24).fill(0x50 + i)), {
          source: ONE,
          destination: CORE,
          sourcePort: 2152,
          destinationPort: 2152,
        }),
      )
    stage.finish(5)
    expect(stage.sessions().filter((s) => s.protocol === 'gtp-u')).toEqual([])
  })
})

describe('bonded GRE tunnels', () => {
  const [DSL, LTE, POINT] = ['2001:db8:d::5', '2001:db8:e::5', '2001:db8:f::8'] as const
  const KEY = 0xcffe710a
  const gre = (type: number, body: Uint8Array, source: string, destination: string, key = KEY) =>
    emitIpv6(join(bytes16(0x2000), bytes16(type), bytes32(key), body), { source, destination, nextHeader: 47 })
  const message = (kind: number, source: string, destination: string) =>
    gre(0xb7ea, Uint8Array.from([kind << 4, 255, 0, 0]), source, destination)
  const unit = (n: number, source: string, destination: string, key = KEY) => {
    const body = Uint8Array.from({ length: 30 }, (_, i) => (i < 4 ? n >> (8 * i) : 9))
    const inside = emitUdpPacket(body, { source: '2001:db8:c::1', destination: '2001:db8:c::2', sourcePort: 4000, destinationPort: 7000 })
    return gre(0x86dd, inside, source, destination, key)
  }
  const hello = (stage: WireStage, at: number, address: string) =>
    stage.packet(at, message(4, address, POINT)).packet(at + 0.02, message(4, POINT, address))

  it('two tunnels of one key are one session; data that leaves one for the other has moved; a Tear Down ends a tunnel', () => {
    const stage = new WireStage()
    hello(stage, 0, DSL)
    hello(stage, 0.1, LTE)
    for (let i = 0; i < 40; i++) stage.packet(0.5 + i * 0.05, unit(i, DSL, POINT))
    for (let i = 0; i < 40; i++) stage.packet(3.5 + i * 0.05, unit(100 + i, LTE, POINT))
    stage.packet(6, message(5, POINT, DSL)).packet(20, message(5, POINT, LTE))
    stage.finish(40)
    const session = stage.one('gre-bonding')
    expect([session.state, identifiers(session, 0), locators(session, 0), locators(session, 1)]).toMatchInlineSnapshot(`
      [
        "closed",
        [
          "gre-key 0xcffe710a",
        ],
        [
          "2001:db8:d::5 initial A1 GRE Hello both ways until 6",
          "2001:db8:e::5 signalled A1 GRE Hello both ways",
        ],
        [
          "2001:db8:f::8 initial A1 GRE Hello both ways",
        ],
      ]
    `)
    expect(moves(stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.5 REHOMED initiator-to-responder 2001:db8:d::5,2001:db8:f::8 > 2001:db8:e::5,2001:db8:f::8 transport 1050",
      ]
    `)
    expect(stage.one('udp').parent).toBe(session.id)
  })

  it('plain GRE with a key is none, nor is data under a key whose bond has other addresses', () => {
    const stage = new WireStage()
    for (let i = 0; i < 5; i++) stage.packet(i, unit(i, DSL, POINT, 7))
    hello(stage, 6, DSL)
    for (let i = 0; i < 5; i++) stage.packet(7 + i, unit(50 + i, '2001:db8:1::1', '2001:db8:2::1'))
    stage.finish(20)
    expect(stage.one('gre-bonding').pairs.map((p) => [p.initiator, p.responder, p.payloadBytes])).toEqual([[DSL, POINT, 0]])
  })
})

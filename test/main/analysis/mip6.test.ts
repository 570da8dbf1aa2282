/** Bindings through dissectors and analysis: who is bound where, what moves, what is not believed, when it ends. */
import { describe, expect, it } from 'vitest'
import { emitIcmpv6Error } from '../../../dissectors/icmpv6/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, hex, join } from '../../../dissectors/link/emit.ts'
import {
  authorizedUpdate,
  bindingAcknowledgement,
  bindingOption,
  bindingUpdate,
  emitMobile,
  emitMobility,
  mobilityHeader,
  mobilityOption,
  prefixOption,
} from '../../../dissectors/mipv6/emit.ts'
import { Option } from '../../../dissectors/mipv6/option-forms.ts'
import { Message } from '../../../dissectors/mipv6/wire.ts'
import { emitUdp, emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import type { SessionReport } from '../../../shared/report.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const HOME = '2001:db8:40::10'
const AGENT = '2001:db8:40::1'
const CN = '2001:db8:c::80'
const [A, B, X] = ['2001:db8:a::10', '2001:db8:b::10', '2001:db8:bad::66'] as const
const FLAGS = { ack: 0x8000, home: 0x4000, router: 0x0400, proxy: 0x0200 }
const HOME_TOKEN = hex('0011223344556677')

const update = (careOf: string, to: string, sequence: number, flags: number, lifetime: number, options: Uint8Array[] = [], home = HOME) =>
  emitMobility(bindingUpdate(sequence, flags, lifetime / 4, options), { source: careOf, destination: to, home })
const answer = (careOf: string, from: string, status: number, sequence: number, lifetime: number, home = HOME) =>
  emitMobility(bindingAcknowledgement(status, sequence, lifetime / 4), { source: from, destination: careOf, finalDestination: home })
/** A number that is different in every unit, so that none looks sent twice. */
const content = (n: number) => join(bytes32(n), new Uint8Array(20).fill(n & 0xff))
const inner = (source: string, destination: string, n: number) =>
  emitUdpPacket(content(n), { source, destination, sourcePort: n < 1e6 ? 4000 : 7000, destinationPort: n < 1e6 ? 7000 : 4000 })
const tunnel = (source: string, destination: string, packet: Uint8Array) => emitIpv6(packet, { source, destination, nextHeader: 41 })
const straight = (source: string, destination: string, n: number, more: { home?: string; finalDestination?: string }) =>
  emitMobile(
    emitUdp(content(n), {
      source: more.home ?? source,
      destination: more.finalDestination ?? destination,
      sourcePort: n < 1e6 ? 4000 : 7000,
      destinationPort: n < 1e6 ? 7000 : 4000,
    }),
    17,
    { source, destination, ...more },
  )
const careOfToken = (index: number) => join(hex('8899aabbccddee'), [index])
const test = (type: Message, index: number, token: Uint8Array, destination: string) =>
  emitMobility(mobilityHeader(type, join(bytes16(index), hex('c00c1ec00c1ec00c'), token)), { source: CN, destination })

/** A mobile node that talks to a correspondent. */
class Node {
  readonly stage = new WireStage()
  private unit = 0

  register(at: number, careOf: string, sequence: number, lifetime = 600): this {
    const link = careOf === A ? 0 : 1
    this.stage.packet(at, update(careOf, AGENT, sequence, FLAGS.ack | FLAGS.home, lifetime), { interface: link })
    this.stage.packet(at + 0.02, answer(careOf, AGENT, 0, sequence, lifetime), { interface: link, hops: 60 })
    return this
  }

  /** Return routability and an authorized update; `status` below 0: no answer. */
  bind(at: number, careOf: string, sequence: number, status = 0, lifetime = 420): this {
    const { stage } = this
    const link = careOf === A ? 0 : 1
    stage.packet(at, tunnel(AGENT, careOf, test(Message.HomeTest, sequence, HOME_TOKEN, HOME)), { interface: link, hops: 60 })
    stage.packet(at + 0.01, test(Message.CareOfTest, sequence, careOfToken(sequence), careOf), { interface: link, hops: 60 })
    const tokens = { home: HOME_TOKEN, careOf: careOfToken(sequence), indices: [sequence, sequence] as const }
    const ends = { careOf, correspondent: CN }
    const header = authorizedUpdate(nodeCrypto, tokens, ends, { sequence, flags: FLAGS.ack, lifetime: lifetime / 4 })
    stage.packet(at + 0.02, emitMobility(header, { source: careOf, destination: CN, home: HOME }), { interface: link })
    if (status >= 0) stage.packet(at + 0.03, answer(careOf, CN, status, sequence, lifetime), { interface: link, hops: 60 })
    return this
  }

  /** Units both ways, 20 a second, through the tunnel or straight. */
  data(from: number, count: number, careOf: string, way: 'tunnel' | 'straight'): this {
    const options = (hops: number) => ({ interface: careOf === A ? 0 : 1, hops })
    for (let i = 0; i < count; i++) {
      const n = this.unit++
      const at = from + i * 0.05
      const out = way === 'tunnel' ? tunnel(careOf, AGENT, inner(HOME, CN, n)) : straight(careOf, CN, n, { home: HOME })
      const back =
        way === 'tunnel' ? tunnel(AGENT, careOf, inner(CN, HOME, n + 1e6)) : straight(CN, careOf, n + 1e6, { finalDestination: HOME })
      this.stage.packet(at, out, options(64)).packet(at + 0.02, back, options(60))
    }
    return this
  }
}

/** Marks without those of findings. */
const told = (session: SessionReport | undefined) => marks(session as SessionReport).filter((mark) => !mark.includes(' finding: '))

describe('a mobile node and its correspondent', () => {
  const node = new Node()
  node.register(0, A, 1).data(0.1, 10, A, 'tunnel').bind(1, A, 2).data(1.1, 20, A, 'straight')
  node.register(3, B, 3).data(3.1, 4, B, 'tunnel').bind(3.4, B, 4).data(3.5, 20, B, 'straight')
  node.stage.finish(10)
  const sessions = node.stage.sessions()

  it('one session straight, one through the home agent, and one inside both', () => {
    expect(sessions.map((s) => [s.id, s.protocol, s.class, s.identity, s.parent ?? null, s.children ?? []])).toEqual([
      ['s1', 'mipv6', 'mobility', 'persistent', null, ['s3']],
      ['s2', 'udp', 'none', 'none', 's3', []],
      ['s3', 'mipv6', 'mobility', 'persistent', 's1', ['s2']],
    ])
    // it stayed on no interface: first within s1, then along with what moved
    expect(sessions[1]?.headline).toBe('Last carried by s3, on its paths, from 0.100 s until the capture ended')
  })

  it('moves once; the way through the home agent and back is none', () => {
    expect(moves(node.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.1 REHOMED both 2001:db8:a::10,2001:db8:c::80 > 2001:db8:b::10,2001:db8:c::80 transport 1050",
      ]
    `)
    expect(sessions[2]?.labels).toMatchInlineSnapshot(`
      [
        "SINGLE",
        "REHOMED",
        "PATH-OPTIMISED",
      ]
    `)
    expect(locators(sessions[2] as never, 0)).toMatchInlineSnapshot(`
      [
        "2001:db8:a::10 initial A3v care-of test, its token used by the BU until 3.43",
        "2001:db8:b::10 signalled A3v care-of test, its token used by the BU",
      ]
    `)
    expect(locators(sessions[2] as never, 1)).toMatchInlineSnapshot(`
      [
        "2001:db8:c::80 initial A1 care-of test, its token used by the BU",
      ]
    `)
    expect([identifiers(sessions[2] as never, 0), identifiers(sessions[2] as never, 1)]).toMatchInlineSnapshot(`
      [
        [
          "home-address 2001:db8:40::10",
        ],
        [
          "correspondent 2001:db8:c::80",
        ],
      ]
    `)
    expect(told(sessions[2])).toMatchInlineSnapshot(`
      [
        "1.02 opened: BU sent",
        "1.02 claimed: BU asks for 2001:db8:a::10 for 420 s, authenticated",
        "1.02 verified: care-of test, its token used by the BU",
        "1.03 claimed: BA accepts 2001:db8:a::10 for 420 s",
        "1.03 opened: BA: the binding is in force",
        "1.1 other: data leaves the tunnel through the home agent and goes straight to the correspondent: no move, the locators stay",
        "3.1 other: data takes the tunnel through the home agent again: no move, the locators stay",
        "3.1 rehomed: Moved from upA to upB at 3.100 s when upA fell silent (1.05 s without delivery)",
        "3.4 probed: HoT came back with its token",
        "3.41 probed: CoT came back with its token",
        "3.42 claimed: BU renews 2001:db8:b::10 for 420 s, authenticated",
        "3.42 verified: care-of test, its token used by the BU",
        "3.43 withdrawn: 2001:db8:a::10 is no longer bound: the new binding took its place",
        "3.43 claimed: BA accepts 2001:db8:b::10 for 420 s",
        "3.5 other: data leaves the tunnel through the home agent and goes straight to the correspondent: no move, the locators stay",
      ]
    `)
  })

  it('the registration has the home agent as identifier, not as locator', () => {
    expect(locators(sessions[0] as never, 0)).toMatchInlineSnapshot(`
      [
        "2001:db8:a::10 initial A0 BA came back until 3.02",
        "2001:db8:b::10 signalled A0 BA came back",
      ]
    `)
    expect([
      identifiers(sessions[0] as never, 0),
      identifiers(sessions[0] as never, 1),
      locators(sessions[0] as never, 1),
    ]).toMatchInlineSnapshot(`
      [
        [
          "home-address 2001:db8:40::10",
        ],
        [
          "home-agent 2001:db8:40::1",
        ],
        [],
      ]
    `)
    expect(sessions[0]?.headline).toMatchInlineSnapshot(`"Data over upA until 0.570 s; bound to upB since 3.000 s, no data there"`)
  })
})

describe('what is not believed', () => {
  it('refused, unanswered and wrongly authenticated updates bind nothing, and data from there is nobody’s', () => {
    const node = new Node()
    node.register(0, A, 1).bind(0.5, A, 2).data(1, 20, A, 'straight')
    node.bind(2.5, B, 3, 136)
    node.stage.packet(2.7, update(X, CN, 9, FLAGS.ack, 420))
    for (let i = 0; i < 8; i++) node.stage.packet(3 + i * 0.05, straight(X, CN, 500 + i, { home: HOME }))
    node.data(4, 20, A, 'straight')
    node.stage.finish(12)
    const session = node.stage.sessions().find((s) => s.endpoints[1].identifiers.some((i) => i.kind === 'correspondent'))
    expect(node.stage.analyzer.rehomings()).toEqual([])
    expect(locators(session as never, 0)).toMatchInlineSnapshot(`
      [
        "2001:db8:a::10 initial A3v care-of test, its token used by the BU",
      ]
    `)
    expect(told(session).slice(-5)).toMatchInlineSnapshot(`
      [
        "2.52 claimed: BU asks for 2001:db8:b::10 for 420 s, authenticated",
        "2.52 verified: care-of test, its token used by the BU",
        "2.53 refused: BA refuses 2001:db8:b::10: Expired home nonce index",
        "2.7 claimed: BU asks for 2001:db8:bad::66 for 420 s",
        "3 refused: data from an address that is not bound",
      ]
    `)
  })

  it('an update that the peer sends to, though it never answered, is bound with its weak standing', () => {
    const node = new Node()
    node.register(0, A, 1).bind(0.5, A, 2).data(1, 20, A, 'straight')
    node.stage.packet(3, update(X, CN, 9, FLAGS.ack, 420))
    for (let i = 0; i < 20; i++) node.stage.packet(3.1 + i * 0.05, straight(CN, X, 500 + i, { finalDestination: HOME }), { hops: 60 })
    node.stage.finish(12)
    const session = node.stage.sessions().find((s) => s.endpoints[1].identifiers.some((i) => i.kind === 'correspondent'))
    expect(locators(session as never, 0)).toMatchInlineSnapshot(`
      [
        "2001:db8:a::10 initial A3v care-of test, its token used by the BU until 3.1",
        "2001:db8:bad::66 signalled A0 -",
      ]
    `)
    expect(moves(node.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.1 REHOMED responder-to-initiator 2001:db8:a::10,2001:db8:c::80 > 2001:db8:bad::66,2001:db8:c::80 transport 1130",
      ]
    `)
  })
})

describe('the life of a binding', () => {
  it('given back at home without an answer it ends; taken up again it is a new one', () => {
    const node = new Node()
    node.bind(0, A, 2).data(0.2, 20, A, 'straight')
    node.stage.packet(3, update(HOME, CN, 3, 0, 0))
    node.bind(20, B, 5).data(20.2, 20, B, 'straight')
    node.stage.finish(30)
    const bound = node.stage.sessions().filter((s) => s.protocol === 'mipv6')
    expect(bound.map((s) => [s.state, s.closed, locators(s, 0)])).toMatchInlineSnapshot(`
      [
        [
          "closed",
          1700000003,
          [
            "2001:db8:a::10 initial A3v care-of test, its token used by the BU until 3",
          ],
        ],
        [
          "established",
          null,
          [
            "2001:db8:b::10 initial A3v care-of test, its token used by the BU",
          ],
        ],
      ]
    `)
    expect(node.stage.analyzer.rehomings()).toEqual([])
  })

  it('it runs out; data that goes on all the same is told', () => {
    const node = new Node()
    node.bind(0, A, 2, 0, 20).data(0.2, 20, A, 'straight').data(90, 5, A, 'straight')
    node.stage.finish(91)
    expect(told(node.stage.one('mipv6')).slice(-2)).toMatchInlineSnapshot(`
      [
        "20.03 closed: the binding ran out without being renewed",
        "90 other: data goes on 70 s after the binding ran out",
      ]
    `)
    node.stage.finish(200)
    expect(node.stage.one('mipv6').state).toBe('closed')
  })

  it('begins in the middle: the data itself tells who is mobile', () => {
    const node = new Node()
    node.data(0, 20, A, 'straight').bind(2, B, 7).data(2.2, 20, B, 'straight')
    node.stage.finish(12)
    const session = node.stage.one('mipv6')
    expect([session.midCapture, identifiers(session, 0), locators(session, 0)]).toMatchInlineSnapshot(`
      [
        true,
        [
          "home-address 2001:db8:40::10",
        ],
        [
          "2001:db8:a::10 initial A1 - until 2.03",
          "2001:db8:b::10 signalled A3v care-of test, its token used by the BU",
        ],
      ]
    `)
    expect(moves(node.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "2.2 REHOMED both 2001:db8:a::10,2001:db8:c::80 > 2001:db8:b::10,2001:db8:c::80 transport 1250",
      ]
    `)
  })

  it('an error about data on the old care-of address is the reason', () => {
    const node = new Node()
    node.bind(0, A, 2).data(0.2, 30, A, 'straight')
    const lost = straight(CN, A, 77 + 1e6, { finalDestination: HOME })
    node.stage.packet(2, emitIcmpv6Error(1, 3, 0, lost, { source: '2001:db8:a::fe', destination: CN }), { hops: 60 })
    node.bind(3, B, 3).data(3.1, 20, B, 'straight')
    node.stage.finish(12)
    expect(moves(node.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.1 REHOMED both 2001:db8:a::10,2001:db8:c::80 > 2001:db8:b::10,2001:db8:c::80 icmp 1450",
      ]
    `)
  })

  it('the mover is captured: its interface was attached just before', () => {
    const node = new Node()
    node.bind(0, A, 2).data(0.2, 30, A, 'straight')
    const solicitation = emitIpv6(join([133, 0], bytes16(0), bytes32(0)), { source: 'fe80::1', destination: 'ff02::2', nextHeader: 58 })
    node.stage.packet(2.6, solicitation, { interface: 1, hops: 255 })
    node.bind(3, B, 3).data(3.1, 20, B, 'straight')
    node.stage.finish(12)
    expect(moves(node.stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "3.1 REHOMED both 2001:db8:a::10,2001:db8:c::80 > 2001:db8:b::10,2001:db8:c::80 link 1450",
      ]
    `)
  })
})

describe('anchors', () => {
  it('a mobile router moves with its prefix; a prefix that is not its own is refused; it leaves', () => {
    const stage = new WireStage()
    const prefix = (text: string) => [prefixOption(Option.NetworkPrefix, text, 64)]
    const flags = FLAGS.ack | FLAGS.home | FLAGS.router
    const data = (from: number, careOf: string, first: number) => {
      for (let i = 0; i < 20; i++)
        stage.packet(from + i * 0.05, tunnel(careOf, AGENT, inner('2001:db8:40:100::5', CN, first + i)), {
          interface: careOf === A ? 0 : 1,
        })
    }
    stage.packet(0, update(A, AGENT, 1, flags, 600, prefix('2001:db8:40:100::'))).packet(0.02, answer(A, AGENT, 0, 1, 600), { hops: 60 })
    data(0.1, A, 0)
    stage.packet(2, update(B, AGENT, 2, flags, 600, prefix('2001:db8:40:100::'))).packet(2.02, answer(B, AGENT, 0, 2, 600), { hops: 60 })
    data(2.1, B, 100)
    stage.packet(5, update(B, AGENT, 3, flags, 600, prefix('2001:db8:40:200::'))).packet(5.02, answer(B, AGENT, 141, 3, 0), { hops: 60 })
    stage.packet(6, update(B, AGENT, 4, flags, 0)).packet(6.02, answer(B, AGENT, 0, 4, 0), { hops: 60 })
    stage.finish(20)
    const session = stage.one('nemo')
    expect([session.state, identifiers(session, 0), locators(session, 0)]).toMatchInlineSnapshot(`
      [
        "closed",
        [
          "home-address 2001:db8:40::10",
          "network-prefix 2001:db8:40:100::/64",
        ],
        [
          "2001:db8:a::10 initial A0 BA came back until 2.02",
          "2001:db8:b::10 signalled A0 BA came back until 6",
        ],
      ]
    `)
    expect(moves(stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "2.1 REHOMED initiator-to-responder 2001:db8:a::10,2001:db8:40::1 > 2001:db8:b::10,2001:db8:40::1 transport 1050",
      ]
    `)
    expect(stage.one('udp').headline).toBe(`Carried by ${session.id}, on its paths, from 0.100 s until the capture ended`)
  })

  it('proxies: the node is handed from one gateway to the next, and the first one’s farewell ends nothing', () => {
    const stage = new WireStage()
    const [one, two, anchor] = ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:f::1']
    const name = Uint8Array.from('mn1@example', (c) => c.charCodeAt(0))
    const options = [mobilityOption(Option.NodeIdentifier, join([1], name)), prefixOption(Option.HomePrefix, '2001:db8:77:1::', 64)]
    const flags = FLAGS.ack | FLAGS.home | FLAGS.proxy
    const proxy = (gateway: string, sequence: number, lifetime: number) =>
      emitMobility(bindingUpdate(sequence, flags, lifetime / 4, options), { source: gateway, destination: anchor })
    const granted = (gateway: string, sequence: number, lifetime: number) =>
      emitMobility(mobilityHeader(Message.Acknowledgement, join([0, 0x20], bytes16(sequence), bytes16(lifetime / 4)), options), {
        source: anchor,
        destination: gateway,
      })
    const data = (from: number, gateway: string, first: number) => {
      for (let i = 0; i < 20; i++) stage.packet(from + i * 0.05, tunnel(anchor, gateway, inner(CN, '2001:db8:77:1::9', first + i)))
    }
    stage.packet(0, proxy(one, 1, 400)).packet(0.02, granted(one, 1, 400))
    data(0.1, one, 0)
    stage.packet(2, proxy(two, 2, 400)).packet(2.02, granted(two, 2, 400))
    data(2.1, two, 100)
    stage.packet(3.5, proxy(one, 3, 0)).packet(3.52, granted(one, 3, 0))
    data(4, two, 200)
    stage.finish(20)
    const session = stage.one('pmipv6')
    expect([session.state, identifiers(session, 0), identifiers(session, 1), locators(session, 0)]).toMatchInlineSnapshot(`
      [
        "established",
        [
          "mobile-node-identifier mn1@example",
          "network-prefix 2001:db8:77:1::/64",
        ],
        [
          "local-mobility-anchor 2001:db8:f::1",
        ],
        [
          "2001:db8:1::1 initial A0 PBA came back until 2.02",
          "2001:db8:2::1 signalled A0 PBA came back",
        ],
      ]
    `)
    expect(moves(stage.analyzer.rehomings())).toMatchInlineSnapshot(`
      [
        "2.1 REHOMED responder-to-initiator 2001:db8:1::1,2001:db8:f::1 > 2001:db8:2::1,2001:db8:f::1 peer 1050",
      ]
    `)
  })

  it('several care-of addresses stay bound beside each other', () => {
    const stage = new WireStage()
    const ids = [bindingOption(1, 3, A), bindingOption(2, 5, B)]
    stage.packet(0, update(A, AGENT, 1, FLAGS.ack | FLAGS.home, 600, ids)).packet(0.02, answer(A, AGENT, 0, 1, 600))
    stage.packet(1, update(A, AGENT, 2, FLAGS.ack | FLAGS.home, 600, [bindingOption(2, 5, X)])).packet(1.02, answer(A, AGENT, 0, 2, 600))
    stage.finish(3)
    expect(locators(stage.one('mipv6'), 0)).toMatchInlineSnapshot(`
      [
        "2001:db8:a::10 initial A0 BA came back",
        "2001:db8:b::10 signalled A0 - until 1.02",
        "2001:db8:bad::66 signalled A0 -",
      ]
    `)
  })

  it('Mobile IPv4: registered, refused elsewhere, deregistered', () => {
    const stage = new WireStage()
    const address = (text: string) => text.split('.').map(Number)
    const send = (at: number, from: string, to: string, body: Uint8Array) =>
      stage.packet(at, emitUdpPacket(body, { source: from, destination: to, sourcePort: 1434, destinationPort: 434 }))
    const request = (lifetime: number, careOf: string, id: number) =>
      join([1, 0x22], bytes16(lifetime), address('192.0.2.9'), address('192.0.2.1'), address(careOf), bytes32(0xe0000000), bytes32(id))
    const reply = (code: number, lifetime: number, id: number) =>
      join([3, code], bytes16(lifetime), address('192.0.2.9'), address('192.0.2.1'), bytes32(0xe0000000), bytes32(id))
    send(0, '198.51.100.7', '192.0.2.1', request(600, '198.51.100.7', 1))
    send(0.1, '192.0.2.1', '198.51.100.7', reply(0, 600, 1))
    send(5, '203.0.113.7', '192.0.2.1', request(600, '203.0.113.7', 2))
    send(5.1, '192.0.2.1', '203.0.113.7', reply(133, 0, 2))
    send(9, '198.51.100.7', '192.0.2.1', request(0, '198.51.100.7', 3))
    send(9.1, '192.0.2.1', '198.51.100.7', reply(0, 0, 3))
    stage.finish(20)
    const session = stage.one('profile:mipv4')
    expect([session.state, identifiers(session, 0), identifiers(session, 1), locators(session, 0)]).toMatchInlineSnapshot(`
      [
        "closed",
        [
          "home-address 192.0.2.9",
        ],
        [
          "home-agent 192.0.2.1",
        ],
        [
          "198.51.100.7 initial A0 - until 9",
        ],
      ]
    `)
  })
})

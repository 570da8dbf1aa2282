import { describe, expect, it } from 'vitest'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, join } from '../../../dissectors/link/emit.ts'
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
import { Capture, hex, nodeCrypto, type Options } from './seen.ts'

const HOME = '2001:db8:40::10'
const AGENT = '2001:db8:40::1'
const CN = '2001:db8:c::80'
const [A, B, C] = ['2001:db8:a::10', '2001:db8:b::10', '2001:db8:cc::10'] as const
const FLAGS = { ack: 0x8000, home: 0x4000, router: 0x0400, proxy: 0x0200 }
const TOKENS = { home: hex('0011223344556677'), careOf: hex('8899aabbccddeeff'), indices: [1, 2] as const }

type Step = [packet: Uint8Array, options?: Options]
/** Signals of packets seen one after the other, one list a packet. */
function signals(...steps: (Step | Uint8Array)[]): string[][] {
  const capture = new Capture()
  return steps.map((step) => (step instanceof Uint8Array ? capture.packet(step) : capture.packet(...step)).signals)
}

const update = (careOf: string, sequence: number, flags: number, lifetime: number, options: Uint8Array[] = [], home = HOME) =>
  emitMobility(bindingUpdate(sequence, flags, lifetime, options), { source: careOf, destination: AGENT, home })
const answer = (careOf: string, status: number, sequence: number, lifetime: number, options: Uint8Array[] = []) =>
  emitMobility(bindingAcknowledgement(status, sequence, lifetime, options), { source: AGENT, destination: careOf, finalDestination: HOME })
const inner = (source: string, destination: string, data = 'cafe') =>
  emitUdpPacket(hex(data), { source, destination, sourcePort: 4000, destinationPort: 7000 })
const tunnel = (source: string, destination: string, packet: Uint8Array) => emitIpv6(packet, { source, destination, nextHeader: 41 })
const test = (type: Message, cookie: string, index: number, token: Uint8Array, source: string, destination: string) =>
  emitMobility(mobilityHeader(type, join(bytes16(index), hex(cookie), token)), { source, destination })

describe('registration at a home agent', () => {
  it('claims the care-of address, is answered, moves, and ends', () => {
    expect(
      signals(
        update(A, 7, FLAGS.ack | FLAGS.home, 150),
        answer(A, 0, 7, 150),
        update(B, 8, FLAGS.ack | FLAGS.home, 150, [mobilityOption(Option.AlternateCareOf, join(hex('20010db8000b00000000000000000010')))]),
        answer(B, 135, 7, 0),
        update(HOME, 9, FLAGS.ack | FLAGS.home, 0),
        answer(HOME, 0, 9, 0),
      ),
    ).toEqual([
      [
        `opening 1.0 ${A} > ${AGENT} 'BU to home agent' step=1 sender=home-address:${HOME} receiver=home-agent:${AGENT}`,
        `claimed 1.0 ${A} > ${AGENT} 'BU to home agent' address=${A} how=signalled authentication=A0 serial=7 lifetime=600 proof=:`,
      ],
      [
        `answered 1.1 ${AGENT} > ${A} 'BA' accepted=true serial=7 address=${A} authentication=A1 code=0 lifetime=600`,
        `verified 1.1 ${AGENT} > ${A} 'BA' authentication=A1`,
        `opened 1.1 ${AGENT} > ${A} 'BA' step=2`,
      ],
      [`claimed 1.0 ${B} > ${AGENT} 'BU to home agent' address=${B} how=signalled authentication=A0 serial=8 lifetime=600 proof=:`],
      [`answered 1.1 ${AGENT} > ${B} 'BA' serial=7 address=${B} authentication=A0 cause=Sequence number out of window code=135 lifetime=0`],
      [
        `withdrawn 1.0 ${HOME} > ${AGENT} 'BU to home agent, lifetime 0' address=${B} how=signalled authentication=A0 serial=9 lifetime=0 proof=:`,
      ],
      [
        `answered 1.1 ${AGENT} > ${HOME} 'BA' accepted=true serial=9 address=${HOME} authentication=A1 code=0 lifetime=0`,
        `closed 1.1 ${AGENT} > ${HOME} 'BA, lifetime 0' final=true authentication=A1`,
      ],
    ])
  })

  it('several care-of addresses: one claim each, by binding identifier', () => {
    const ids = [bindingOption(1, 3), bindingOption(2, 5, C), bindingOption(3, 0, '192.0.2.9')]
    expect(signals(update(A, 1, FLAGS.ack | FLAGS.home, 15, ids))[0]?.slice(1)).toEqual(
      [
        [A, 1, ' preference=3'],
        [C, 2, ' preference=5'],
        ['192.0.2.9', 3, ''],
      ].map(
        ([address, bid, preference]) =>
          `claimed 1.0 ${A} > ${AGENT} 'BU to home agent' address=${address} how=signalled authentication=A0 serial=1 correlation=${bid} lifetime=60 proof=:${preference}`,
      ),
    )
  })
})

describe('networks that move', () => {
  it('mobile router: its prefix is claimed with it, traffic of the prefix is its payload', () => {
    const prefix = prefixOption(Option.NetworkPrefix, '2001:db8:40:100::', 64)
    const seen = signals(
      update(A, 1, FLAGS.ack | FLAGS.home | FLAGS.router, 150, [prefix]),
      tunnel(A, AGENT, inner('2001:db8:40:100::5', CN)),
      tunnel(AGENT, A, inner(CN, '2001:db8:40:100::5')),
      tunnel(B, AGENT, inner('2001:db8:40:100::5', CN)),
      answer(A, 141, 1, 0),
    )
    expect(seen[0]?.[1]).toContain('prefixes=2001:db8:40:100::/64')
    expect(seen.slice(1)).toEqual([
      [`payload 2.0 ${A} > ${AGENT} token=1 bytes=2`],
      [`payload 2.1 ${AGENT} > ${A} token=1 bytes=2`],
      [],
      [`answered 1.1 ${AGENT} > ${A} 'BA' serial=1 address=${A} authentication=A1 cause=Invalid prefix code=141 lifetime=0`],
    ])
  })

  it('proxy: the mobile node is known by its identifier, the gateway is the locator, prefixes tell whose tunnelled data it is', () => {
    const [one, two, anchor] = ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:f::1']
    const node = (name: string) =>
      mobilityOption(
        Option.NodeIdentifier,
        join(
          [1],
          Uint8Array.from(name, (c) => c.charCodeAt(0)),
        ),
      )
    const proxy = (gateway: string, sequence: number, name: string, prefix: string) =>
      emitMobility(
        bindingUpdate(sequence, FLAGS.ack | FLAGS.home | FLAGS.proxy, 100, [
          node(name),
          prefixOption(Option.HomePrefix, prefix, 64),
          mobilityOption(23, [0, 3]),
        ]),
        { source: gateway, destination: anchor },
      )
    const granted = emitMobility(
      mobilityHeader(Message.Acknowledgement, join([0, 0x20], bytes16(5), bytes16(100)), [
        node('mn1@example'),
        prefixOption(Option.HomePrefix, '2001:db8:77:1::', 64),
      ]),
      { source: anchor, destination: one },
    )
    expect(
      signals(
        proxy(one, 5, 'mn1@example', '::'),
        granted,
        proxy(one, 6, 'mn2@example', '2001:db8:77:2::'),
        tunnel(one, anchor, inner('2001:db8:77:2::9', CN)),
        proxy(two, 1, 'mn1@example', '2001:db8:77:1::'),
        tunnel(anchor, two, inner(CN, '2001:db8:77:1::9')),
      ),
    ).toEqual([
      [
        `opening 1.0 ${one} > ${anchor} 'PBU' step=1 sender=mobile-node-identifier:mn1@example+network-prefix:::/64 receiver=local-mobility-anchor:${anchor}`,
        `claimed 1.0 ${one} > ${anchor} 'PBU' address=${one} how=signalled authentication=A0 serial=5 lifetime=400 proof=: prefixes=::/64`,
      ],
      [
        `answered 1.1 ${anchor} > ${one} 'PBA' accepted=true serial=5 address=${one} authentication=A1 code=0 lifetime=400 prefixes=2001:db8:77:1::/64`,
        `verified 1.1 ${anchor} > ${one} 'PBA' authentication=A1`,
        `opened 1.1 ${anchor} > ${one} 'PBA' step=2 receiver=network-prefix:2001:db8:77:1::/64`,
      ],
      [
        `opening 2.0 ${one} > ${anchor} 'PBU' step=1 sender=mobile-node-identifier:mn2@example+network-prefix:2001:db8:77:2::/64 receiver=local-mobility-anchor:${anchor}`,
        `claimed 2.0 ${one} > ${anchor} 'PBU' address=${one} how=signalled authentication=A0 serial=6 lifetime=400 proof=: prefixes=2001:db8:77:2::/64`,
      ],
      [`payload 3.0 ${one} > ${anchor} token=2 bytes=2`],
      [
        `claimed 1.0 ${two} > ${anchor} 'PBU' address=${two} how=signalled authentication=A0 serial=1 lifetime=400 proof=: prefixes=2001:db8:77:1::/64`,
      ],
      [`payload 4.0 ${anchor} > ${two} token=1 bytes=2`],
    ])
  })
})

describe('binding at a correspondent', () => {
  const ends = { careOf: A, correspondent: CN }
  const bound = (header: Uint8Array, source = A) => emitMobility(header, { source, destination: CN, home: HOME })
  const tests: Uint8Array[] = [
    test(Message.HomeTest, '0102030405060708', 1, TOKENS.home, CN, HOME),
    test(Message.CareOfTest, '1112131415161718', 2, TOKENS.careOf, CN, A),
  ]
  const fields = { sequence: 3, flags: FLAGS.ack, lifetime: 105 }
  const claim = (options: Record<string, unknown>, steps: (Step | Uint8Array)[]) => {
    const last = signals(...steps).at(-1) as string[]
    const level = /authentication=(\S+)/.exec(last.find((line) => line.startsWith('claimed')) ?? '')?.[1]
    expect({ level, verified: last.some((line) => line.startsWith('verified')) }).toEqual(options)
  }
  const good = bound(authorizedUpdate(nodeCrypto, TOKENS, ends, fields))

  it('the tokens seen prove the update, and the care-of test its address', () => claim({ level: 'A3v', verified: true }, [...tests, good]))
  it('one token is not enough', () => claim({ level: 'A3u', verified: false }, [tests[0] as Uint8Array, good]))
  it('other tokens prove it wrong', () =>
    claim({ level: 'AX', verified: false }, [
      ...tests,
      bound(authorizedUpdate(nodeCrypto, { ...TOKENS, home: TOKENS.careOf }, ends, fields)),
    ]))
  it('a changed field proves it wrong', () => {
    const lifetime = good.slice()
    // the low byte of the lifetime: behind 40 of IPv6, 24 of options, 6 of header, 2 of sequence, 2 of flags
    lifetime[40 + 24 + 11] = 104
    claim({ level: 'AX', verified: false }, [...tests, lifetime])
  })
  it('another care-of address than the one the MAC covers', () =>
    claim({ level: 'A3u', verified: false }, [
      ...tests,
      bound(
        authorizedUpdate(
          nodeCrypto,
          TOKENS,
          { careOf: C, correspondent: CN },
          {
            ...fields,
            options: [mobilityOption(Option.AlternateCareOf, hex('20010db800cc00000000000000000010'))],
          },
        ),
      ),
    ]))
  it('tokens of five minutes ago still fit but verify nothing', () =>
    claim({ level: 'A3v', verified: false }, [...tests, [good, { seconds: 300 }]]))

  it('the acknowledgement under the same key', () => {
    const ack = signals(
      ...tests,
      good,
      emitMobility(bindingAcknowledgement(0, 3, 105, [mobilityOption(Option.AuthorizationData, new Uint8Array(12))]), {
        source: CN,
        destination: A,
        finalDestination: HOME,
      }),
    ).at(-1)
    expect(ack).toEqual([`answered 1.0 ${CN} > ${A} 'BA' accepted=true serial=3 address=${A} authentication=AX code=0 lifetime=420`])
  })

  it('deleted from home: the home token alone is the key', () => {
    const key = nodeCrypto.sha1(TOKENS.home)
    const head = join(bytes16(4), bytes16(FLAGS.ack), bytes16(0), mobilityOption(Option.NonceIndices, join(bytes16(1), bytes16(0))))
    const covered = join([59, 3, Message.Update, 0, 0, 0], head, [Option.AuthorizationData, 12])
    const mac = nodeCrypto.hmacSha1(key, join(hex('20010db8004000000000000000000010'), hex('20010db8000c00000000000000000080'), covered))
    const header = join(covered, mac.subarray(0, 12))
    expect(signals(...tests, emitMobility(header, { source: HOME, destination: CN })).at(-1)).toEqual([
      expect.stringContaining(`withdrawn 1.1 ${HOME} > ${CN} 'BU, lifetime 0' address=none how=signalled authentication=A3v`),
    ])
  })

  it('data with home address option or routing header is payload; the same datagram has one unit in the tunnel and beside it', () => {
    const capture = new Capture()
    const ports = { sourcePort: 4000, destinationPort: 7000 }
    const out = emitMobile(emitUdp(hex('cafe'), { ...ports, source: HOME, destination: CN }), 17, {
      source: A,
      destination: CN,
      home: HOME,
    })
    const back = emitMobile(emitUdp(hex('beef'), { sourcePort: 7000, destinationPort: 4000, source: CN, destination: HOME }), 17, {
      source: CN,
      destination: A,
      finalDestination: HOME,
    })
    capture.packet(update(A, 7, FLAGS.ack | FLAGS.home, 150))
    const tunnelled = capture.packet(tunnel(A, AGENT, inner(HOME, CN)))
    const direct = capture.packet(out)
    const reply = capture.packet(back)
    expect([tunnelled.signals, direct.signals, reply.signals]).toEqual([
      [`payload 2.0 ${A} > ${AGENT} token=1 bytes=2`],
      [
        `opened 2.0 ${A} > ${CN} 'data' step=2 sender=home-address:${HOME} receiver=correspondent:${CN}`,
        `payload 2.0 ${A} > ${CN} bytes=2`,
      ],
      [`payload 2.1 ${CN} > ${A} bytes=2`],
    ])
    expect(direct.payloads[0]?.unit).toBe(tunnelled.payloads[0]?.unit)
    expect(reply.payloads[0]?.unit).not.toBe(direct.payloads[0]?.unit)
  })

  it('an update without a wish for an answer is up when data follows', () => {
    const silent = bound(authorizedUpdate(nodeCrypto, TOKENS, ends, { ...fields, flags: 0 }))
    const datagram = emitUdp(hex('cafe'), { source: HOME, destination: CN, sourcePort: 1, destinationPort: 2 })
    expect(signals(...tests, silent, emitMobile(datagram, 17, { source: A, destination: CN, home: HOME })).at(-1)).toEqual([
      `opened 1.1 ${A} > ${CN} 'data' step=2`,
      `payload 1.1 ${A} > ${CN} bytes=2`,
    ])
  })
})

it('messages of anchors, routers and gateways', () => {
  const between = (type: number, data: Uint8Array | number[], options: Uint8Array[] = []) =>
    emitMobility(mobilityHeader(type, data, options), { source: A, destination: AGENT })
  const back = (type: number, data: Uint8Array | number[]) => emitMobility(mobilityHeader(type, data), { source: AGENT, destination: A })
  expect(
    signals(
      between(Message.Heartbeat, join([0, 0], bytes32(9))),
      back(Message.Heartbeat, join([0, 1], bytes32(9))),
      between(Message.FastUpdate, join(bytes16(4), bytes16(0x8000), bytes16(5)), [
        mobilityOption(Option.AlternateCareOf, hex('20010db800cc00000000000000000010')),
      ]),
      back(Message.FastAcknowledgement, join([128, 0], bytes16(4), bytes16(0))),
      back(Message.Revocation, join([1, 1], bytes16(2), bytes16(0x8000))),
      between(Message.Revocation, join([2, 128], bytes16(2), bytes16(0x8000))),
      between(Message.HandoverInitiate, join(bytes16(1), [0x80, 0])),
      between(Message.RefreshRequest, [0, 0]),
      between(Message.Notification, join(bytes16(1), bytes16(2), bytes16(0x8000))),
    ),
  ).toEqual([
    [`probed 0.-1 ${A} > ${AGENT} 'Heartbeat' match=00000009 authentication=A0`],
    [`probe-answered 0.-1 ${AGENT} > ${A} 'Heartbeat response' match=00000009 authentication=A0`],
    [`claimed 1.0 ${A} > ${AGENT} 'FBU' address=${C} how=signalled authentication=A0 serial=4 lifetime=20`],
    [`answered 1.1 ${AGENT} > ${A} 'FBack' serial=4 address=${A} authentication=A1 cause=Reason unspecified code=128 lifetime=0`],
    [`withdrawn 1.1 ${AGENT} > ${A} 'BRI' address=none how=signalled authentication=A0 serial=2 wildcard=true`],
    [`answered 1.0 ${A} > ${AGENT} 'BRA' serial=2 address=none authentication=A0 cause=Binding does not exist code=128`],
    [`noted 0.-1 ${A} > ${AGENT} 'HI'`],
    [`noted 0.-1 ${A} > ${AGENT} 'BRR'`],
    [`noted 0.-1 ${A} > ${AGENT} 'UPN'`],
  ])
})

describe('Mobile IPv4', () => {
  const home = hex('0a000005')
  const agent = hex('0a000001')
  const request = (careOf: string, flags: number, lifetime: number, extensions: Uint8Array = new Uint8Array(0)) =>
    emitUdpPacket(join([1, flags], bytes16(lifetime), home, agent, hex(careOf), hex('e0000000 00000007'), extensions), {
      source: '192.0.2.9',
      destination: '10.0.0.1',
      sourcePort: 5000,
      destinationPort: 434,
    })
  const reply = (code: number, lifetime: number) =>
    emitUdpPacket(join([3, code], bytes16(lifetime), home, agent, hex('e0000001 00000007')), {
      source: '10.0.0.1',
      destination: '192.0.2.9',
      sourcePort: 434,
      destinationPort: 5000,
    })
  const authentication = hex('20 14 00000100 00112233445566778899aabbccddeeff')

  it('registers, is refused, registers again and leaves', () => {
    const [to, from] = ['192.0.2.9 > 10.0.0.1', '10.0.0.1 > 192.0.2.9']
    const words = 'authentication=A3u serial=7 lifetime=300 proof=e000000000000007'
    expect(
      signals(
        request('c0000209', 0xa0, 300, authentication),
        reply(133, 0),
        request('c0000209', 0x20, 300, authentication),
        reply(0, 300),
        request('0a000005', 0x20, 0, authentication),
        reply(0, 0),
      ),
    ).toEqual([
      [
        `opening 1.0 ${to} 'Registration Request' step=1 sender=home-address:10.0.0.5 receiver=home-agent:10.0.0.1`,
        `claimed 1.0 ${to} 'Registration Request, simultaneous bindings' address=192.0.2.9 how=signalled ${words}`,
      ],
      [
        `answered 1.1 ${from} 'Registration Reply' serial=7 address=192.0.2.9 authentication=A1 cause=home agent: registration identification mismatch code=133 lifetime=0`,
      ],
      [
        `opening 1.0 ${to} 'Registration Request' step=1 sender=home-address:10.0.0.5 receiver=home-agent:10.0.0.1`,
        `claimed 1.0 ${to} 'Registration Request' address=192.0.2.9 how=signalled ${words}`,
      ],
      [
        `answered 1.1 ${from} 'Registration Reply' accepted=true serial=7 address=192.0.2.9 authentication=A1 code=0 lifetime=300`,
        `opened 1.1 ${from} 'Registration Reply' step=2 sender=home-agent:10.0.0.1 receiver=home-address:10.0.0.5`,
      ],
      [
        `withdrawn 1.0 ${to} 'Registration Request' address=10.0.0.5 how=signalled authentication=A3u serial=7 wildcard=true lifetime=0 proof=e000000000000007`,
      ],
      [
        `answered 1.1 ${from} 'Registration Reply' accepted=true serial=7 address=10.0.0.5 authentication=A1 code=0 lifetime=0`,
        `closed 1.1 ${from} 'Registration Reply, lifetime 0' final=true authentication=A1`,
      ],
    ])
  })

  it('fields, and bytes that are something else under its port', () => {
    expect(new Capture().packet(request('c0000209', 0x22, 300, authentication)).fields.filter((line) => !line.startsWith('mh.'))).toEqual([
      'mip.type 1',
      'mip.flags 0x22',
      'mip.s 0',
      'mip.b 0',
      'mip.d 1',
      'mip.m 0',
      'mip.g 0',
      'mip.v 0',
      'mip.t 1',
      'mip.x 0',
      'mip.life 300',
      'mip.homeaddr 10.0.0.5',
      'mip.haaddr 10.0.0.1',
      'mip.coa 192.0.2.9',
      'mip.ident Feb  2, 2019 11:39:44.000000001 UTC',
      'mip.ext.type 32',
      'mip.ext.len 20',
      'mip.auth.spi 0x00000100',
      'mip.auth.auth 00112233445566778899aabbccddeeff',
    ])
    const other = emitIpv4(emitUdp(hex('0100 0a0b'), { sourcePort: 5000, destinationPort: 434 }), {
      source: '192.0.2.9',
      destination: '10.0.0.1',
      protocol: 17,
    })
    expect(new Capture().packet(other).chain).toBe('raw:ip:udp:data')
    expect(new Capture().packet(request('c0000209', 0x21, 300)).chain).toBe('raw:ip:udp:data')
  })
})

/** What BGP messages say as signals: routes with path, communities and withdrawals, sessions that open, are refreshed and are closed. */
import { describe, expect, it } from 'vitest'
import { attribute, keepalive, message, open, update } from '../../../dissectors/bgp/emit.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { emitTcp, PSH_ACK } from '../../../dissectors/tcp/emit.ts'
import type { CloseDetail, NoteDetail, OpenDetail, RouteDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, type Seen, walkPacket } from '../core/record.ts'

const ENDS = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)] as const

/** One connection: `send` gives the messages of one side in one segment. */
class Peers {
  private readonly state = new StreamState(nodeCrypto)
  private readonly next = [1, 1]
  private row = 0

  send(side: 0 | 1, ...messages: Uint8Array[]): Seen {
    const payload = join(...messages)
    const [source, destination] = [ENDS[side], ENDS[1 - side] as Uint8Array]
    const ports = side === 0 ? { sourcePort: 40000, destinationPort: 179 } : { sourcePort: 179, destinationPort: 40000 }
    const segment = emitTcp({ source, destination, ...ports, sequence: this.next[side] as number, flags: PSH_ACK, payload })
    this.next[side] = (this.next[side] as number) + payload.length
    const packet = emitIpv4(segment, { source: source.join('.'), destination: destination.join('.'), protocol: 6 })
    return walkPacket(packet, { linkType: 101, state: this.state, row: this.row++ })
  }
}

/** The signals of the packet that are not TCP's. */
function told(seen: Seen): string[] {
  return seen.signals.flatMap(({ kind, detail }) => {
    const text = (detail as NoteDetail | null)?.message ?? ''
    if (kind === SignalKind.Opening && text === 'OPEN') {
      const { step, sender } = detail as OpenDetail
      return [`opening ${step} ${sender.map(({ kind, value }) => `${kind} ${value}`).join(', ')}`]
    }
    if (kind === SignalKind.Opened && text === 'KEEPALIVE') return ['opened']
    if (kind === SignalKind.Closed && text === 'NOTIFICATION') return [`closed: ${(detail as CloseDetail).cause}`]
    if (kind === SignalKind.Noted) return [text]
    return []
  })
}

function routes(seen: Seen): RouteDetail[] {
  return seen.signals.filter((s) => s.kind === SignalKind.Routed).map((s) => s.detail as RouteDetail)
}

const as4 = (as: number): number[] => [65, 4, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255]
const ORIGIN = attribute(0x40, 1, [0])
const NOTHING = { more: 0, path: [], origins: [], nextHop: null, localPreference: null, metric: null, communities: [], endOfTable: false }

it('a session: both open, both keep alive, it is refreshed, and one ends it with words', () => {
  const peers = new Peers()
  const steps = [
    peers.send(0, open(23456, [192, 0, 2, 1], as4(4200000001))),
    peers.send(1, open(64501, [192, 0, 2, 2], as4(64501))),
    peers.send(0, keepalive()),
    peers.send(1, keepalive()),
    peers.send(1, message(5, hex('0002 01 01'))),
    // cease, administrative shutdown, 'maintenance'
    peers.send(0, message(3, hex('06 02 0b 6d61696e74656e616e6365'))),
  ]
  expect(steps.map(told)).toEqual([
    ['opening 1 bgp-identifier 192.0.2.1, as 4200000001'],
    ['opening 2 bgp-identifier 192.0.2.2, as 64501'],
    [],
    ['opened'],
    ['ROUTE-REFRESH begins AFI 2 SAFI 1'],
    ['closed: Cease: Administratively shut down ("maintenance")'],
  ])
  expect(steps[5]?.family('bgp.notify')).toEqual([
    'bgp.notify.major_error 6',
    'bgp.notify.minor_error_cease 2',
    'bgp.notify.communication_length 11',
    'bgp.notify.communication maintenance',
  ])
})

it.each([
  ['0400', 'Hold timer expired'],
  ['0202 fc00', 'OPEN message error: Bad peer AS'],
  ['0263', 'OPEN message error: subcode 99'],
  ['0903', 'error 9: subcode 3'],
  ['0604 00', 'Cease: Administratively reset'],
  // words are data of others: what moves a terminal's cursor is written out
  ['0602 04 61 1b 5b 62', 'Cease: Administratively shut down ("a\\033[b")'],
  // not as long as it says: bytes, no words
  ['0602 09 61 62', 'Cease: Administratively shut down'],
])('NOTIFICATION %s: %s', (body, cause) => {
  const peers = new Peers()
  expect(told(peers.send(0, message(3, hex(body))))).toEqual([`closed: ${cause}`])
})

it('of long words the beginning is quoted', () => {
  const long = join([6, 2, 200], new Uint8Array(200).fill(0x61))
  expect(told(new Peers().send(0, message(3, long)))).toEqual([`closed: Cease: Administratively shut down ("${'a'.repeat(120)}…")`])
})

describe('updates', () => {
  const cases: [string, Uint8Array, Partial<RouteDetail>][] = [
    [
      'routes of IPv4 with all that stands beside them',
      update({
        attributes: join(
          ORIGIN,
          attribute(0x40, 2, hex('02 02 0000fbf4 0000fbf5 01 02 0000fbf6 0000fbf7')),
          attribute(0x40, 3, [192, 0, 2, 9]),
          attribute(0x80, 4, hex('00000064')),
          attribute(0x40, 5, hex('000000c8')),
          // no-export and 64500:7; 64500:1:2
          attribute(0xc0, 8, hex('ffffff01 fbf40007')),
          attribute(0xc0, 32, hex('0000fbf4 00000001 00000002')),
        ),
        announced: [24, 198, 51, 100, 9, 10, 128],
      }),
      {
        announced: [
          { prefix: '198.51.100.0', length: 24, path: null },
          { prefix: '10.128.0.0', length: 9, path: null },
        ],
        path: [64500, 64501, [64502, 64503]],
        origins: [64502, 64503],
        nextHop: '192.0.2.9',
        metric: 100,
        localPreference: 200,
        communities: ['65535:65281', '64500:7', '64500:1:2'],
      },
    ],
    [
      'routes that go and routes that come in one message',
      update({ withdrawn: [24, 198, 51, 100], attributes: ORIGIN, announced: [24, 203, 0, 113] }),
      { withdrawn: [{ prefix: '198.51.100.0', length: 24, path: null }], announced: [{ prefix: '203.0.113.0', length: 24, path: null }] },
    ],
    [
      'routes of IPv6 that go',
      update({ attributes: attribute(0x80, 15, hex('0002 01 30 20010db8000a 00')) }),
      {
        withdrawn: [
          { prefix: '2001:db8:a::', length: 48, path: null },
          { prefix: '::', length: 0, path: null },
        ],
      },
    ],
    [
      'a next hop of both kinds (RFC 2545)',
      update({
        attributes: attribute(0x80, 14, hex('0002 01 20 20010db8ffff00000000000000000001 fe800000000000000000000000000001 00 20 20010db8')),
      }),
      { announced: [{ prefix: '2001:db8::', length: 32, path: null }], nextHop: '2001:db8:ffff::1' },
    ],
    ['the end of the table', update({}), { endOfTable: true }],
    ['the end of the table of IPv6', update({ attributes: attribute(0x80, 15, hex('0002 01')) }), { endOfTable: true }],
  ]
  it.each(cases)('%s', (_, bytes, expected) => {
    const seen = new Peers().send(0, bytes)
    expect([seen.stop, routes(seen)]).toEqual(['', [{ message: 'UPDATE', announced: [], withdrawn: [], ...NOTHING, ...expected }]])
  })

  it('a path over neighbours that know only short numbers is put together (RFC 6793)', () => {
    const peers = new Peers()
    peers.send(0, open(64500, [192, 0, 2, 1]))
    peers.send(1, open(64501, [192, 0, 2, 2]))
    const attributes = join(ORIGIN, attribute(0x40, 2, hex('02 03 fbf4 5ba0 5ba0')), attribute(0xc0, 17, hex('02 02 fa56ea01 fa56ea02')))
    const [route] = routes(peers.send(0, update({ attributes, announced: [24, 198, 51, 100] })))
    expect(route?.path).toEqual([64500, 4200000001, 4200000002])
  })

  it.each([
    ['withdrawn routes beyond the message', '0040 0000', /^malformed at \d+: withdrawn routes of 64 bytes/],
    ['attributes beyond the message', '0000 0040 4001', /^malformed at \d+: path attributes of 64 bytes/],
    ['an attribute beyond the list', '0000 0004 40 01 09 00', /^malformed/],
    ['a prefix of more bits than there are', '0000 0000 21 c6336400 00', /^malformed/],
  ])('%s', (_, body, stop) => {
    expect(new Peers().send(0, message(2, hex(body))).stop).toMatch(stop)
  })

  it('300 prefixes are counted, the first 256 named', () => {
    const announced = Array.from({ length: 300 }, (_, i) => [24, 10, i >> 8, i & 255]).flat()
    const [route] = routes(new Peers().send(0, update({ attributes: ORIGIN, announced })))
    expect([route?.announced.length, route?.more]).toEqual([256, 44])
  })
})

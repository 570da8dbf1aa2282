import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { LeaseDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, type Seen, walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }
const ASK = { source: '0.0.0.0', destination: '255.255.255.255', sourcePort: 68, destinationPort: 67 }
const ANSWER = { source: '192.0.2.1', destination: '192.0.2.50', sourcePort: 67, destinationPort: 68 }

/** RFC 2131 section 2: the header with a client's and your address, then options. */
function message(operation: 1 | 2, client: string, yours: string, options: string): Uint8Array {
  const header = `0${operation} 01 06 00 12345678 0004 8000 ${client} ${yours} 00000000 00000000 020000000005 ${'00'.repeat(10)} ${'00'.repeat(192)}`
  return emitUdpPacket(hex(`${header} 63825363 ${options}`), operation === 1 ? ASK : ANSWER)
}
const NOBODY = '00000000'
const MINE = 'c0000232' // 192.0.2.50
const REQUEST = message(1, NOBODY, NOBODY, '35 01 03 32 04 c0000232 36 04 c0000201 0c 04 68657265 37 03 01 03 79 ff')
const ACK_OPTIONS = '35 01 05 36 04 c0000201 33 04 00000e10 01 04 ffffff00 06 08 c0000235 c6336435'
const ROUTER = '03 04 c0000201'
/** 198.51.100.0/25 by 192.0.2.9, everywhere by 192.0.2.7 */
const ROUTES = '79 0e 19 c6336400 c0000209 00 c0000207'

const leases = (seen: Seen): unknown[] => {
  const { addresses } = seen.walk.state.flows
  return seen.signals
    .filter((s) => s.kind === SignalKind.Leased)
    .map((s) => s.detail as LeaseDetail)
    .map((d) => ({
      is: `${d.message} ${d.authentication}`,
      client: `${d.client} ${d.hostName ?? '-'}`,
      server: d.server,
      grants: d.grants.map((g) => `${g.subject}/${g.prefixLength} ${g.valid}`),
      routers: d.routers.map((id) => addresses.text(id)),
      nameServers: d.nameServers,
      status: d.status,
    }))
}
const BASE = { client: '02:00:00:00:00:05 -', server: '192.0.2.1', routers: [], nameServers: [], status: null }
const GIVEN = { ...BASE, grants: ['192.0.2.50/24 3600'], nameServers: ['192.0.2.53', '198.51.100.53'] }

describe('DHCPv4', () => {
  it('a reply shows header and options', () => {
    const seen = walkPacket(message(2, NOBODY, MINE, `${ACK_OPTIONS} ${ROUTES} ff`), raw)
    const fields = seen.family('dhcp').filter((line) => !/\.(value|length|type) /.test(line))
    expect([seen.stop, fields, seen.values('mh.dhcp.route')]).toEqual([
      '',
      [
        'dhcp.hw.len 6',
        'dhcp.hops 0',
        'dhcp.id 0x12345678',
        'dhcp.secs 4',
        'dhcp.flags 0x8000',
        'dhcp.flags.bc 1',
        'dhcp.ip.client 0.0.0.0',
        'dhcp.ip.your 192.0.2.50',
        'dhcp.ip.server 0.0.0.0',
        'dhcp.ip.relay 0.0.0.0',
        'dhcp.hw.mac_addr 02:00:00:00:00:05',
        'dhcp.cookie 99.130.83.99',
        'dhcp.option.dhcp 5',
        'dhcp.option.dhcp_server_id 192.0.2.1',
        'dhcp.option.ip_address_lease_time 3600',
        'dhcp.option.subnet_mask 255.255.255.0',
        'dhcp.option.domain_name_server 192.0.2.53',
        'dhcp.option.domain_name_server 198.51.100.53',
        'dhcp.option.end 255',
      ],
      ['198.51.100.0/25 via 192.0.2.9', '0.0.0.0/0 via 192.0.2.7'],
    ])
  })

  it('request and answer: who asked, what is leased and for how long; the answer to a question that was seen is A1', () => {
    const state = new StreamState(nodeCrypto)
    const asked = walkPacket(REQUEST, { ...raw, state, row: 0 })
    const answered = walkPacket(message(2, NOBODY, MINE, `${ACK_OPTIONS} ${ROUTER} ff`), { ...raw, state, row: 1, time: 1e8 })
    const nobody = walkPacket(message(2, NOBODY, MINE, `${ACK_OPTIONS} ff`), raw)
    expect([leases(asked), leases(answered), leases(nobody)]).toEqual([
      [{ ...BASE, is: 'REQUEST A0', client: '02:00:00:00:00:05 here', grants: ['192.0.2.50/32 null'] }],
      [{ ...GIVEN, is: 'ACK A1', routers: ['192.0.2.1'] }],
      [{ ...GIVEN, is: 'ACK A0' }],
    ])
  })

  it.each([
    ['before the plain router', `${ROUTES} ${ROUTER}`],
    ['behind it', `${ROUTER} ${ROUTES}`],
  ])('routes without classes %s take its place (RFC 3442)', (_, options) => {
    const seen = walkPacket(message(2, NOBODY, MINE, `${ACK_OPTIONS} ${options} ff`), raw)
    expect(leases(seen)).toEqual([{ ...GIVEN, is: 'ACK A0', routers: ['192.0.2.7'] }])
  })

  it('refused, and given back', () => {
    const refused = message(2, NOBODY, NOBODY, '35 01 06 36 04 c0000201 ff')
    const released = message(1, MINE, NOBODY, '35 01 07 36 04 c0000201 ff')
    expect([refused, released].map((bytes) => leases(walkPacket(bytes, raw)))).toEqual([
      [{ ...BASE, is: 'NAK A0', grants: [], status: 'NAK' }],
      [{ ...BASE, is: 'RELEASE A0', grants: ['192.0.2.50/32 null'] }],
    ])
  })

  it.each([
    ['a route to more bits than there are', '79 05 21 c0000207', /^malformed at \d+: route to a prefix of 33 bits/],
    ['a route without its router', '79 03 08 0a c0', /^malformed at \d+: route of 3 bytes, 6 are needed/],
    ['an option longer than the message', '0c ff 68', /^malformed/],
  ])('%s', (_, options, stop) => {
    expect(walkPacket(message(2, NOBODY, MINE, options), raw).stop).toMatch(stop)
  })

  it('without the cookie it is not DHCP', () => {
    const bytes = message(2, NOBODY, MINE, 'ff')
    bytes[28 + 236] = 0
    const seen = walkPacket(bytes, raw)
    expect([seen.stop, seen.family('dhcp'), leases(seen)]).toEqual(['', [], []])
  })
})

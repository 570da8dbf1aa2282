/**
 * Packets of our own making for what the captures beside the repository hold rarely or never: VXLAN, IGMP, LLDP, WireGuard, bonded GRE,
 * and every way a decode-as profile may hang. They are good packets: the mutator breaks them.
 */

import { emitIpv4 } from '../../dissectors/ip/emit.ts'
import { emitIpv6, emitOptionsHeader } from '../../dissectors/ipv6/emit.ts'
import { bytes16, emitEthernet, hex, join } from '../../dissectors/link/emit.ts'
import { emitTcp } from '../../dissectors/tcp/emit.ts'
import { emitUdpPacket } from '../../dissectors/udp/emit.ts'
import { emitCookieReply, emitInitiation, emitResponse, emitTransport } from '../../dissectors/wireguard/emit.ts'
import { PRESETS } from '../../main/profiles/presets.ts'
import { parseAddress } from '../../shared/address.ts'
import { type Profile, parseProfile } from '../../shared/profile.ts'

export interface MadePacket {
  name: string
  bytes: Uint8Array
  linkType: number
}

const V4 = { source: '192.0.2.1', destination: '203.0.113.9' }
const V6 = { source: '2001:db8:a::10', destination: '2001:db8:f::80' }
const BACK6 = { source: V6.destination, destination: V6.source }
const address = (text: string): Uint8Array => parseAddress(text) as Uint8Array
const OTHER6 = address('2001:db8:b::10')
const RAW = 101

const over = (payload: Uint8Array, port: number, back = false): Uint8Array =>
  back
    ? emitUdpPacket(payload, { source: V4.destination, destination: V4.source, sourcePort: port, destinationPort: 40000 })
    : emitUdpPacket(payload, { ...V4, sourcePort: 40000, destinationPort: port })
const INNER = emitUdpPacket(hex('cafe0001'), { source: '10.45.0.2', destination: '10.45.0.1', sourcePort: 40000, destinationPort: 40001 })
const INNER6 = emitUdpPacket(hex('cafe0002'), { ...V6, sourcePort: 40000, destinationPort: 40001 })
const igmp = (text: string): Uint8Array => emitIpv4(hex(text), { ...V4, destination: '224.0.0.22', protocol: 2 })
const lldp = (elements: string): Uint8Array => hex(`0180c200000e 020000000110 88cc ${elements}`)

const tcp = (
  from: typeof V6,
  flags: number,
  sequence: number,
  options: Uint8Array[],
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array =>
  emitIpv6(
    emitTcp({
      source: address(from.source),
      destination: address(from.destination),
      sourcePort: from === V6 ? 40000 : 80,
      destinationPort: from === V6 ? 80 : 40000,
      sequence,
      flags,
      options,
      payload,
    }),
    { ...from, nextHeader: 6 },
  )
const mast = (from: typeof V6, verb: number, locators: Uint8Array[]): Uint8Array =>
  emitUdpPacket(join([verb, locators.length, 0, 0], hex('0000cafe 00000001'), ...locators), {
    ...from,
    sourcePort: 49152,
    destinationPort: 49152,
  })
const HITS = hex(`${'11'.repeat(16)} ${'22'.repeat(16)}`)
const wimp = (from: typeof V6, type: number, locators: Uint8Array[]): Uint8Array =>
  emitIpv6(join([type, locators.length, 0, 0], HITS, new Uint8Array(20).fill(7), ...locators), { ...from, nextHeader: 254 })
const lhip = (from: typeof V6, type: number): Uint8Array =>
  emitIpv6(join(hex('3b04'), [type, 0x11], hex('0000 0000'), HITS), { ...from, nextHeader: 99 })

export function madePackets(): MadePacket[] {
  const raw = (name: string, bytes: Uint8Array): MadePacket => ({ name, bytes, linkType: RAW })
  const framed = (name: string, bytes: Uint8Array): MadePacket => ({ name, bytes, linkType: 1 })
  return [
    raw('vxlan', over(join(hex('08000000 00007b00'), emitEthernet(INNER)), 4789)),
    raw(
      'vxlan in vxlan',
      over(join(hex('08000000 00007b00'), emitEthernet(over(join(hex('08000000 00000100'), emitEthernet(INNER6)), 4789))), 4789),
    ),
    raw('vxlan-gpe', over(join(hex('0c000002 00007b00'), INNER6), 4790)),
    raw('gre', emitIpv4(join(hex('b000 86dd 12340000 00000007 00000001'), INNER6), { ...V4, protocol: 47 })),
    raw('erspan', emitIpv4(join(hex('1000 88be 00000007 100a 1805 00000003'), emitEthernet(INNER)), { ...V4, protocol: 47 })),
    raw('erspan 1', emitIpv4(join(hex('0000 88be'), emitEthernet(INNER)), { ...V4, protocol: 47 })),
    raw(
      'erspan 3',
      emitIpv4(join(hex('1000 22eb 00000007 200a 0005 00150608 0000 8009 14000001 00000002'), emitEthernet(INNER6)), {
        ...V4,
        protocol: 47,
      }),
    ),
    raw('tzsp', over(join(hex('0100 0001 00 29 02 05dc 01'), emitEthernet(INNER)), 37008)),
    raw('gre bonding', emitIpv4(join(hex('2000 b7ea 0a0b0c0d 10'), hex('04 00 04 00000007 08 00 04 00000064')), { ...V4, protocol: 47 })),
    raw('igmp 1 report', igmp('12000000 ef010101')),
    raw('igmp 2 report', igmp('16000000 ef010101')),
    raw('igmp 3 query', igmp('11640000 ef010101 0a7d0002 c0000201 c0000202')),
    raw('igmp 3 report', igmp('22000000 00000002 01000002 ef010101 c0000201 c0000202 03010000 ef010102 deadbeef')),
    framed(
      'lldp',
      lldp(
        '0207 04 020000000110 0405 05 65746830 0602 0078 0a02 7231 0e04 00140010 100c 05 01 c0000201 02 00000007 00 fe06 0080c2 01 0001 0000',
      ),
    ),
    framed('lldp shutdown', lldp('0207 04 020000000110 0405 05 65746830 0602 0000 0000')),
    raw('wireguard initiation', over(emitInitiation(0xaabbccdd), 51820)),
    raw('wireguard response', over(emitResponse(0x22222222, 0xaabbccdd), 51820, true)),
    raw('wireguard cookie', over(emitCookieReply(0xaabbccdd), 51820, true)),
    raw('wireguard data', over(emitTransport(0x22222222, 5, 64), 51820)),
    raw('tcp-mh permit', tcp(V6, 0x02, 1, [hex('fd05 01 0001')])),
    raw('tcp-mh permitted', tcp(BACK6, 0x12, 9, [hex('fd05 01 0001')])),
    raw('tcp-mh add', tcp(V6, 0x18, 2, [join(hex('fd15 02 0002'), OTHER6)], hex('0102030405'))),
    raw('tcp-mh delete', tcp(V6, 0x10, 7, [join(hex('fd15 03 0003'), OTHER6)])),
    ...[1, 3, 4, 6].map((verb) => raw(`mast ${verb}`, mast(V6, verb, [address(V6.source), OTHER6]))),
    ...[2, 5].map((verb) => raw(`mast ${verb}`, mast(BACK6, verb, []))),
    ...[1, 4, 5, 6].map((type) => raw(`wimp ${type}`, wimp(V6, type, [OTHER6]))),
    ...[2, 7].map((type) => raw(`wimp ${type}`, wimp(BACK6, type, []))),
    ...[1, 3, 16, 18].map((type) => raw(`lhip ${type}`, lhip(V6, type))),
    ...[2, 4].map((type) => raw(`lhip ${type}`, lhip(BACK6, type))),
    raw('sim', emitIpv6(join(hex('11 00 0000 0000cafe'), INNER6.subarray(40)), { ...V6, nextHeader: 253 })),
    raw(
      'a profile in a destination option',
      emitIpv6(emitOptionsHeader(17, [{ type: 0x1e, data: join(bytes16(2), OTHER6) }], INNER6.subarray(40)), { ...V6, nextHeader: 60 }),
    ),
    raw('a profile in ICMPv6', emitIpv6(join(hex('c8000000 0102'), OTHER6), { ...V6, nextHeader: 58 })),
  ]
}

/** All presets, and profiles for the two places where no preset hangs: everything is in force at once. */
export function everyProfile(): Profile[] {
  const own = [
    {
      id: 'option',
      title: 'Option',
      bind: { destOption: 0x1e },
      fields: [
        { name: 'tag', bits: 16, role: 'tag' },
        { name: 'locator', kind: 'ipv6', role: 'locator', repeat: 'end' },
      ],
    },
    {
      id: 'message',
      title: 'Message',
      bind: { icmpv6Type: 200 },
      fields: [
        { name: 'type', bits: 8, role: 'msgType' },
        { name: 'size', bits: 8 },
        { name: 'odd', bits: 3 },
        { name: 'rest', kind: 'bytes', lenFrom: 'size', role: 'identifier' },
        { name: 'locator', kind: 'ipv6', role: 'locator', repeat: 'end' },
      ],
      msgTypes: { '1': { name: 'ONE', effect: 'addLocator' }, '2': { name: 'TWO', effect: 'switch' } },
    },
  ]
  return [...PRESETS.map((preset) => preset.profile), ...own].map((profile) => {
    const parsed = parseProfile(JSON.stringify(profile), 'made')
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return { ...parsed.profile, enabled: true }
  })
}

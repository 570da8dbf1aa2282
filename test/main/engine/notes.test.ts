import { describe, expect, it } from 'vitest'
import { pseudoHeader } from '../../../dissectors/core/checksum.ts'
import { address, emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitTcp, SYN } from '../../../dissectors/tcp/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { RowFlag } from '../../../main/analysis/types.ts'
import { recordNotes } from '../../../main/engine/notes.ts'
import { walkPacket } from '../../dissectors/core/record.ts'

const ENDS = { source: '192.0.2.1', destination: '198.51.100.7' }
const udp = emitUdpPacket(hex('cafe'), { ...ENDS, sourcePort: 40000, destinationPort: 40001 })

/** A TCP segment with these options. */
function segment(...options: number[]): Uint8Array {
  const addresses = { source: address(ENDS.source), destination: address(ENDS.destination) }
  const ports = { sourcePort: 40000, destinationPort: 443, sequence: 1, flags: SYN }
  return emitIpv4(emitTcp({ ...addresses, ...ports, options: [Uint8Array.from(options)] }), { ...ENDS, protocol: 6, ttl: 57 })
}

/** The IPv4 packet with its checksum spoilt and this hop limit. */
function spoilt(ttl: number): Uint8Array {
  const bytes = udp.slice()
  bytes[8] = ttl
  bytes[10] = 0
  bytes[11] = 1
  return bytes
}

/** A TCP segment of a host with this hop limit whose checksum field holds what `fill` makes of the pseudo header's sum. */
function unfinished(ttl: number, fill: (sum: number, length: number) => number): Uint8Array {
  const addresses = { source: address(ENDS.source), destination: address(ENDS.destination) }
  const tcp = emitTcp({ ...addresses, sourcePort: 40000, destinationPort: 443, sequence: 1, flags: SYN })
  const sum = pseudoHeader(Uint8Array.from([...addresses.source, ...addresses.destination]), 0, 4, 4, 6, tcp.length)
  new DataView(tcp.buffer).setUint16(16, fill(sum, tcp.length) % 0xffff)
  return emitIpv4(tcp, { ...ENDS, protocol: 6, ttl })
}

/** What a packet's line says of it: less than the tree. */
function onLine(packet: Uint8Array): string[] {
  const seen = walkPacket(packet, { linkType: 101, wireLength: packet.length })
  return recordNotes(seen.walk, seen.recorder, 0)
}

function notes(packet: Uint8Array, rowFlags = 0, wireLength = packet.length): string[] {
  const seen = walkPacket(packet, { linkType: 101, wireLength })
  recordNotes(seen.walk, seen.recorder, rowFlags)
  return seen.values('mh.note')
}

describe('remarks on a packet', () => {
  const cases: [string, string[], string[]][] = [
    ['nothing to say', notes(udp), []],
    ['sent before', notes(udp, RowFlag.Retransmission), ['retransmission']],
    ['overtaken by what was sent after it', notes(udp, RowFlag.OutOfOrder), ['out of order']],
    ['stored shorter than it was', notes(udp.subarray(0, 24), 0, udp.length), ['cut short by the capture']],
    ['a header that contradicts itself', notes(hex('41 00 0014 00000000 40 11 0000 c0000201 c6336407')), ['malformed']],
    ['a checksum spoilt on the way', notes(spoilt(57)), ['bad checksum (ip)']],
    ['a checksum that the hardware fills in', notes(spoilt(64)), ['bad checksum (ip), probably offload: the capturing host sent it']],
    ['a checksum left to the network card', notes(unfinished(64, (sum) => sum)), ["checksum left to the sender's network card (tcp)"]],
    [
      'the same without the length',
      notes(unfinished(64, (sum, length) => sum - length)),
      ["checksum left to the sender's network card (tcp)"],
    ],
    ['nothing of that on its line', onLine(unfinished(64, (sum) => sum)), []],
    [
      'another wrong one of such a host',
      onLine(unfinished(64, (sum) => sum + 1)),
      ['bad checksum (tcp), probably offload: the capturing host sent it'],
    ],
    [
      'an option nobody knows',
      notes(emitIpv6(hex('3b 00 3d 04 deadbeef'), { source: '2001:db8::1', destination: '2001:db8::2', nextHeader: 60 })),
      ['unknown IPv6 option, number 61'],
    ],
    [
      'TCP options: one that has a name, two that have none, one of them twice',
      notes(segment(3, 3, 7, 0xc8, 2, 0xc9, 3, 1, 0xc8, 2)),
      ['unknown TCP option, number 200', 'unknown TCP option, number 201'],
    ],
    ['two remarks', notes(spoilt(57), RowFlag.Retransmission), ['retransmission', 'bad checksum (ip)']],
  ]
  it.each(cases)('%s', (_name, seen, expected) => {
    expect(seen.map((text, i) => (expected[i] === 'malformed' ? text.slice(0, 9) : text))).toEqual(expected)
  })
})

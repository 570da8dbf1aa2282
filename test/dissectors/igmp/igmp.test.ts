import { describe, expect, it } from 'vitest'
import { internetChecksum } from '../../../dissectors/core/checksum.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import type { NeighbourDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }

/** `body` with its checksum filled in. */
function igmp(body: string): Uint8Array {
  const bytes = hex(body)
  const sum = internetChecksum(bytes, 0, bytes.length)
  bytes[2] = sum >> 8
  bytes[3] = sum & 255
  return emitIpv4(bytes, { source: '192.0.2.10', destination: '224.0.0.22', protocol: 2 })
}

const joined = (packet: Uint8Array): string[] => {
  const seen = walkPacket(packet, raw)
  const { addresses } = seen.walk.state.flows
  return seen.signals
    .filter((s) => s.kind === SignalKind.Neighbour)
    .map((s) => `${(s.detail as NeighbourDetail).message} ${addresses.text((s.detail as NeighbourDetail).address)}`)
}

describe('IGMP', () => {
  it('a version 3 report shows its records', () => {
    //                  type     reserved 2 records  to exclude 224.0.0.251      block one source of 232.1.1.1
    const seen = walkPacket(igmp('22 00 0000 0000 0002 04 00 0000 e00000fb 06 00 0001 e8010101 c6336401'), raw)
    expect(seen.family('igmp')).toEqual([
      'igmp.version 3',
      'igmp.type 0x22',
      'igmp.reserved 00',
      'igmp.checksum 0xdfc8',
      'igmp.checksum.status 1',
      'igmp.reserved 0000',
      'igmp.num_grp_recs 2',
      'igmp.record_type 4',
      'igmp.aux_data_len 0',
      'igmp.num_src 0',
      'igmp.maddr 224.0.0.251',
      'igmp.record_type 6',
      'igmp.aux_data_len 0',
      'igmp.num_src 1',
      'igmp.maddr 232.1.1.1',
      'igmp.saddr 198.51.100.1',
    ])
  })

  it.each([
    ['a version 2 report joins', '16 00 0000 e0000016', ['group-joined 224.0.0.22']],
    ['a leave joins nothing', '17 00 0000 e0000016', []],
    ['a query joins nothing', '11 64 0000 00000000', []],
    ['to exclude mode joins', '22 00 0000 0000 0001 04 00 0000 e00000fb', ['group-joined 224.0.0.251']],
    ['to include mode without sources leaves', '22 00 0000 0000 0001 03 00 0000 e00000fb', []],
    ['blocking joins nothing', '22 00 0000 0000 0001 06 00 0001 e00000fb c0000201', []],
  ])('%s', (_name, body, expected) => {
    expect(joined(igmp(body))).toEqual(expected)
  })

  it('a response time from 128 on is a floating-point code (RFC 3376 section 4.1.1)', () => {
    expect(walkPacket(igmp('11 8f 0000 00000000 02 7d 0000'), raw).values('igmp.max_resp')).toEqual(['248'])
  })

  it.each([
    ['more records than the packet holds', '22 00 0000 0000 0005 04 00 0000 e00000fb', 'malformed'],
    ['more sources than the packet holds', '22 00 0000 0000 0001 04 00 ffff e00000fb', 'malformed'],
  ])('%s ends the list and says so', (_name, body, stop) => {
    expect(walkPacket(igmp(body), raw).stop).toContain(stop)
  })
})

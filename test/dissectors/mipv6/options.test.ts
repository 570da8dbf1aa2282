import { describe, expect, it } from 'vitest'
import { bytes16, join } from '../../../dissectors/link/emit.ts'
import { bindingOption, bindingUpdate, emitMobility, mobilityHeader, mobilityOption } from '../../../dissectors/mipv6/emit.ts'
import { Message } from '../../../dissectors/mipv6/wire.ts'
import { Capture, hex } from './seen.ts'

const ENDS = { source: '2001:db8:a::1', destination: '2001:db8:f::1' }
/** Fields behind a binding update's own, and behind its option's type and length. */
function fields(type: number, data: Uint8Array): string[] {
  const seen = new Capture().packet(emitMobility(bindingUpdate(1, 0, 1, [mobilityOption(type, data)]), ENDS))
  expect(seen.stop).toBe('')
  const begin = seen.fields.indexOf(`mip6.mobility_opt ${type}`)
  const end = seen.fields.findIndex((line, i) => i > begin && /^mip6\.mobility_opt [01]$/.test(line))
  return seen.fields.slice(begin + 2, end < 0 ? undefined : end)
}
const ADDRESS = '20010db8000b00000000000000000001'

describe('mobility options', () => {
  const cases: [string, number, string, string[]][] = [
    ['refresh advice', 2, '0708', ['mip6.bra.interval 1800']],
    ['mobile network prefix', 6, `0040${ADDRESS}`, ['mip6.nemo.mnp.pfl 64', 'mip6.nemo.mnp.mnp 2001:db8:b::1']],
    ['home network prefix', 22, `0040${ADDRESS}`, ['mip6.nemo.mnp.pfl 64', 'mip6.nemo.mnp.mnp 2001:db8:b::1']],
    ['node identifier', 8, '016d6e31', ['mip6.mnid.subtype 1', 'mip6.mnid.identifier mn1']],
    ['authentication', 9, '0100000064aabb', ['mip6.auth.subtype 1', 'mip6.auth.mobility_spi 100', 'mip6.auth.auth_data aabb']],
    ['handoff', 23, '0002', ['mip6.hi.reserved 0', 'mip6.hi 2']],
    ['access technology', 24, '0004', ['mip6.att.reserved 0', 'mip6.att 4']],
    ['link-layer identifier', 25, '0000020000000001', ['mip6.mnlli.reserved 0', 'mip6.mnlli.lli 020000000001']],
    ['timestamp', 27, '0000000000018000', ['mip6.timestamp_tmp Jan  1, 1970 00:00:01.500000000 UTC']],
    ['IPv4 home address', 29, '62000a000005', ['mip6.ipv4ha.preflen 24', 'mip6.ipv4ha.p_flag 1', 'mip6.ipv4ha.ha 10.0.0.5']],
    ['NAT detection', 31, '800000000078', ['mip6.natd.f_flag 1', 'mip6.natd.reserved 0', 'mip6.natd.refresh_t 120']],
    ['IPv4 care-of address', 32, '0000c0000209', ['mip6.ipv4coa.reserved 0', 'mip6.ipv4coa.addr 192.0.2.9']],
    ['flow summary', 44, '000100020003', ['mh.mip6.fid 1', 'mh.mip6.fid 2', 'mh.mip6.fid 3']],
    [
      'flow identification: its bindings and its selector',
      45,
      '0007 000a 00 00 02 04 0001 0002 00 03 04 02 00 8000',
      [
        'mh.mip6.fid 7',
        'mh.mip6.fid.priority 10',
        'mh.mip6.fid.status 0',
        'mh.mip6.fid.suboption 2',
        'mh.mip6.fid.bid 1',
        'mh.mip6.fid.bid 2',
        'mh.mip6.fid.suboption 0',
        'mh.mip6.fid.suboption 3',
        'mh.mip6.fid.selector_format 2',
        'mh.mip6.fid.selector 8000',
      ],
    ],
    [
      'redirect to an IPv4 anchor',
      47,
      '4000c0000209',
      ['mip6.redir.k 0', 'mip6.redir.n 1', 'mip6.redir.reserved 0x0000', 'mip6.redir.addr_r2lma_ipv4 192.0.2.9'],
    ],
    [
      'access network',
      52,
      '01 06 80 02 6e31 01 61',
      [
        'mip6.acc_net_id.ani 1',
        'mip6.acc_net_id.sub_opt_len 6',
        'mip6.acc_net_id.e_bit 1',
        'mip6.acc_net_id.net_name_len 2',
        'mip6.acc_net_id.net_name n1',
        'mip6.acc_net_id.ap_name_len 1',
        'mip6.acc_net_id.ap_name a',
      ],
    ],
    ['unknown', 200, 'cafe', ['mh.mip6.option.data cafe']],
  ]
  it.each(cases)('%s', (_name, type, data, expected) => expect(fields(type, hex(data))).toEqual(expected))

  it('binding identifiers without and with a care-of address of either kind', () => {
    const seen = [bindingOption(1, 5), bindingOption(2, 0, '192.0.2.9'), bindingOption(3, 0x80, '2001:db8:b::1')].map((option) =>
      fields(35, option.subarray(2))
        .slice(0, 1)
        .concat(fields(35, option.subarray(2)).slice(2)),
    )
    expect(seen).toEqual([
      ['mip6.bi.bid 1', 'mip6.bi.h_flag 0', 'mh.mip6.bid.priority 5'],
      ['mip6.bi.bid 2', 'mip6.bi.h_flag 0', 'mh.mip6.bid.priority 0', 'mip6.bi.coa_ipv4 192.0.2.9'],
      ['mip6.bi.bid 3', 'mip6.bi.h_flag 1', 'mh.mip6.bid.priority 0', 'mip6.bi.coa_ipv6 2001:db8:b::1'],
    ])
  })
})

describe('messages beyond the binding', () => {
  const own = (type: number, data: Uint8Array) =>
    new Capture()
      .packet(emitMobility(mobilityHeader(type, data), ENDS))
      .fields.slice(6)
      .filter((line) => !/mobility_opt|padn/.test(line))
  const cases: [string, number, Uint8Array, string[]][] = [
    [
      'home agent switch',
      Message.HomeAgentSwitch,
      join([1, 0], hex(ADDRESS)),
      ['mip6.has.num_addrs 1', 'mip6.has.reserved 0x00', 'mip6.has.address 2001:db8:b::1'],
    ],
    ['heartbeat', Message.Heartbeat, hex('000300000009'), ['mip6.hb.u_flag 1', 'mip6.hb.r_flag 1', 'mip6.hb.seqnr 9']],
    [
      'handover initiate',
      Message.HandoverInitiate,
      hex('0005c002'),
      ['mip6.hi.seqnr 5', 'mip6.hi.s_flag 1', 'mip6.hi.u_flag 1', 'mip6.hi.code 2'],
    ],
    [
      'revocation',
      Message.Revocation,
      join([1, 3], bytes16(9), bytes16(0xa000)),
      [
        'mip6.bri_br.type 1',
        'mip6.bri_r.trigger 3',
        'mip6.bri_seqnr 9',
        'mip6.bri_ip 1',
        'mip6.bri_iv 0',
        'mip6.bri_ig 1',
        'mip6.bri_res 0x0000',
      ],
    ],
    [
      'revocation acknowledged',
      Message.Revocation,
      join([2, 1], bytes16(9), bytes16(0x8000)),
      [
        'mip6.bri_br.type 2',
        'mip6.bri_status 1',
        'mip6.bri_seqnr 9',
        'mip6.bri_ap 1',
        'mip6.bri_av 0',
        'mip6.bri_ag 0',
        'mip6.bri_res 0x0000',
      ],
    ],
    ['unknown', 21, hex('0102'), ['mip6.unknown_type_data 0102']],
  ]
  it.each(cases)('%s', (_name, type, data, expected) => expect(own(type, data)).toEqual(expected))

  it('a list of addresses longer than its message, and an option longer than its header, are malformed', () => {
    const packets = [mobilityHeader(Message.HomeAgentSwitch, [9, 0]), bindingUpdate(1, 0, 1, [Uint8Array.of(3, 200, 0, 0)])]
    expect(packets.map((header) => new Capture().packet(emitMobility(header, ENDS)).stop)).toEqual(['malformed', 'malformed'])
  })
})

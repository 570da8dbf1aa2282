import { describe, expect, it } from 'vitest'
import { emitEsp } from '../../../dissectors/esp/emit.ts'
import { espInfo, hipPacket, hostId, inUdp, locatorSet, parameter, withChecksum } from '../../../dissectors/hip/emit.ts'
import { Packet, Parameter } from '../../../dissectors/hip/wire.ts'
import { address, emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { Bench, family, hex, type Outcome } from './bench.ts'

const I = '2001:21::1'
const R = '2001:21::2'
const A = '192.0.2.1'
const B = '198.51.100.1'

function over4(bytes: Uint8Array): Outcome {
  return new Bench().packet(emitIpv4(withChecksum(bytes, A, B), { source: A, destination: B, protocol: 139 }))
}

function content(type: number, bytes: Uint8Array, version: 1 | 2 = 2): string[] {
  const outcome = over4(hipPacket({ type: Packet.Notify, version, sender: I, receiver: R, parameters: [parameter(type, bytes)] }))
  expect(outcome.checksum).toBe(2)
  const fields = family(outcome, 'hip')
  return fields.slice(fields.findIndex((one) => one.startsWith('mh.hip.parameter_length')) + 1)
}

describe('parameters', () => {
  const v6 = address('2001:db8::7')
  const endpoint = join(bytes16(10500), [17, 0], v6)
  it.each<[string, number, Uint8Array, string[]]>([
    [
      'R1_COUNTER',
      129,
      join(bytes32(0), hex('0000000000000abc')),
      ['hip.tlv.r1_reserved 0x00000000', 'hip.tlv.r1_counter 0000000000000abc'],
    ],
    [
      'PUZZLE',
      257,
      hex('0a253168 0102030405060708'),
      ['hip.tlv_puzzle_k 10', 'hip.tlv_puzzle_lifetime 37', 'hip.tlv_puzzle_opaque 0x3168', 'hip.tlv.puzzle_random_i 0102030405060708'],
    ],
    [
      'SOLUTION',
      321,
      hex('0a003168 01020304 05060708'),
      [
        'hip.tlv_solution_k 10',
        'hip.tlv_solution_reserved 0',
        'hip.tlv_solution_opaque 0x3168',
        'hip.tlv.solution_random_i 01020304',
        'hip.tlv_solution_j 05060708',
      ],
    ],
    ['ACK of two', 449, hex('0000000100000002'), ['hip.tlv_ack_updid 0x00000001', 'hip.tlv_ack_updid 0x00000002']],
    ['DH_GROUP_LIST', 511, hex('070803'), ['mh.hip.dh_group 7', 'mh.hip.dh_group 8', 'mh.hip.dh_group 3']],
    ['DIFFIE_HELLMAN', 513, hex('07 0003 aabbcc'), ['hip.tlv.dh_group_id 7', 'hip.tlv.dh_pv_length 3', 'hip.tlv.dh_public_value aabbcc']],
    ['HIP_TRANSFORM', 577, hex('00010002'), ['hip.tlv.trans_id 1', 'hip.tlv.trans_id 2']],
    ['HIP_CIPHER', 579, hex('00020004'), ['hip.tlv.cipher_id 2', 'hip.tlv.cipher_id 4']],
    ['NAT_TRAVERSAL_MODE', 608, hex('000000010003'), ['hip.tlv.nat_traversal_mode_id 0x0001', 'hip.tlv.nat_traversal_mode_id 0x0003']],
    ['TRANSACTION_PACING', 610, hex('00000014'), ['hip.tlv_transaction_minta 20']],
    ['ENCRYPTED', 641, hex('00000000 aabb'), ['hip.tlv.enc_reserved 0x00000000', 'hip.encrypted_parameter_data aabb']],
    [
      'HIT_SUITE_LIST, high and low nibble',
      715,
      hex('102003'),
      ['hip.tlv.hit_suite_id 1', 'hip.tlv.hit_suite_id 2', 'hip.tlv.hit_suite_id 3'],
    ],
    [
      'CERT',
      768,
      hex('01020304 beef'),
      ['hip.tlv.cert_group 1', 'hip.tlv.cert_count 2', 'hip.tlv.cert_id 3', 'hip.tlv.cert_type 4', 'hip.tlv.certificate beef'],
    ],
    [
      'NOTIFICATION',
      832,
      hex('0000002c 77'),
      ['hip.tlv.notification_res 0x0000', 'hip.tlv.notification_type 44', 'hip.tlv.notification_data 77'],
    ],
    ['ECHO_REQUEST_UNSIGNED', 63661, hex('0102'), ['hip.tlv.opaque_data 0102']],
    ['REG_INFO', 930, hex('01020102'), ['hip.tlv.reg_ltmin 1', 'hip.tlv.reg_ltmax 2', 'hip.tlv.reg_type 1', 'hip.tlv.reg_type 2']],
    ['REG_REQUEST', 932, hex('0901'), ['hip.tlv.reg_lt 9', 'hip.tlv.reg_type 1']],
    ['REG_FAILED', 936, hex('0202'), ['hip.tlv.reg_failtype 2', 'hip.tlv.reg_type 2']],
    [
      'REG_FROM',
      950,
      endpoint,
      [
        'hip.tlv.reg_from_port 10500',
        'hip.tlv_reg_from_protocol 17',
        'hip.tlv_reg_from_reserved 0x00',
        'hip.tlv_reg_from_address 2001:db8::7',
      ],
    ],
    ['TRANSPORT_FORMAT_LIST', 2049, hex('0fff'), ['mh.hip.transport_format 4095']],
    ['ESP_TRANSFORM', 4095, hex('00000008'), ['hip.tlv.esp_trans_res 0x0000', 'hip.tlv.trans_id 8']],
    [
      'RELAY_FROM',
      63998,
      endpoint,
      [
        'hip.tlv.relay_from_port 10500',
        'hip.tlv_relay_from_protocol 17',
        'hip.tlv_relay_from_reserved 0x00',
        'hip.tlv_relay_from_address 2001:db8::7',
      ],
    ],
    [
      'RELAY_TO',
      64002,
      endpoint,
      [
        'hip.tlv.relay_to_port 10500',
        'hip.tlv_relay_to_protocol 17',
        'hip.tlv_relay_to_reserved 0x00',
        'hip.tlv_relay_to_address 2001:db8::7',
      ],
    ],
    ['FROM', 65498, v6, ['hip.tlv_from_address 2001:db8::7']],
    ['RVS_HMAC', 65500, hex('aabb'), ['hip.tlv.hmac aabb']],
    ['VIA_RVS of two', 65502, join(v6, v6), ['hip.tlv_rvs_address 2001:db8::7', 'hip.tlv_rvs_address 2001:db8::7']],
    [
      'HIP_SIGNATURE, 16 bits of algorithm',
      61697,
      hex('0007 aabb'),
      ['hip.tlv.sig_alg 7', 'hip.tlv.sig aabb', 'mh.hip.signature_check not verifiable'],
    ],
    [
      'HIP_SIGNATURE, 8 bits of algorithm',
      61697,
      hex('07 aabb'),
      ['hip.tlv.sig_alg 7', 'hip.tlv.sig aabb', 'mh.hip.signature_check not verifiable'],
    ],
    ['one that is not known', 4660, hex('c0ffee'), ['mh.hip.parameter_content c0ffee']],
  ])('%s', (_, type, bytes, fields) => {
    expect(content(type, bytes)).toEqual(fields)
  })

  it('version 1: a second Diffie-Hellman value, HOST_ID with flags, protocol and algorithm', () => {
    expect(content(513, hex('01 0001 aa 03 0002 bbcc'), 1)).toEqual([
      'hip.tlv.dh_group_id 1',
      'hip.tlv.dh_pv_length 1',
      'hip.tlv.dh_public_value aa',
      'hip.tlv.dh_group_id 3',
      'hip.tlv.dh_pv_length 2',
      'hip.tlv.dh_public_value bbcc',
    ])
    const outcome = over4(
      hipPacket({ type: Packet.R1, version: 1, sender: I, receiver: R, parameters: [hostId(5, hex('01 03 aabbcc'), null, 1)] }),
    )
    expect(family(outcome, 'hip').filter((one) => /host|rsa/.test(one))).toEqual([
      'hip.tlv.host_id_length 9',
      'hip.tlv.host_domain_id_type 0',
      'hip.tlv.host_domain_id_length 0',
      'hip.tlv.host_id_hdr 0x0202ff05',
      'hip.tlv.host_id_header_flags 0x00000202',
      'hip.tlv.host_id_header_proto 0x000000ff',
      'hip.tlv.host_id_header_algo 0x00000005',
      'mh.hip.host_id_algorithm 5',
      'mh.hip.host_identity 0103aabbcc',
      'hip.tlv.host_id_e_length 1',
      'hip.tlv.host_id_e 03',
      'hip.tlv.host_id_n aabbcc',
    ])
  })
})

describe('what is wrong', () => {
  const packet = (...parameters: Uint8Array[]): Uint8Array => hipPacket({ type: Packet.Update, sender: I, receiver: R, parameters })
  it.each([
    ['a header length past the packet', Uint8Array.from(packet(), (byte, i) => (i === 1 ? 9 : byte))],
    ['a header length below the header', Uint8Array.from(packet(), (byte, i) => (i === 1 ? 3 : byte))],
    ['a parameter past the packet', packet(hex('00c1ffff00000000'))],
    ['a locator past its parameter', packet(parameter(Parameter.LocatorSet, [0, 0, 9, 1], bytes32(1), new Uint8Array(16)))],
    [
      'a locator of a type and length that do not fit',
      packet(parameter(Parameter.LocatorSet, [0, 1, 4, 1], bytes32(1), new Uint8Array(16))),
    ],
    ['a host identity past its parameter', packet(parameter(Parameter.HostId, bytes16(99), bytes16(0), bytes16(5), [1, 3, 5]))],
    ['a public value past its parameter', packet(parameter(Parameter.DiffieHellman, [7], bytes16(99), [1]))],
  ])('%s: malformed, and nothing is signalled', (_, bytes) => {
    const outcome = over4(bytes)
    expect({ stop: outcome.stop, signals: outcome.signals }).toEqual({ stop: 'malformed', signals: [] })
  })

  it('a wrong checksum is shown and harms nothing else', () => {
    const outcome = new Bench().packet(emitIpv4(packet(espInfo(1, 2)), { source: A, destination: B, protocol: 139 }))
    expect({ checksum: outcome.checksum, stop: outcome.stop, signals: outcome.signals.length }).toEqual({
      checksum: 1,
      stop: '',
      signals: 2,
    })
    expect(outcome.fields).toContain('hip.checksum.status 0')
  })
})

describe('UDP port 10500', () => {
  const carry = (payload: Uint8Array, ports: [number, number] = [10500, 10500]): Uint8Array =>
    emitUdpPacket(payload, { source: A, destination: B, sourcePort: ports[0], destinationPort: ports[1] })
  const i1 = inUdp(hipPacket({ type: Packet.I1, sender: I, receiver: R }))

  it('HIP behind four zeros, on the flow of the datagram; no checksum of its own', () => {
    const outcome = new Bench().packet(carry(i1, [40000, 10500]))
    expect(outcome.signals).toEqual(['hip opening #1> "I1" step=1 sender=hit:2001:21::1 receiver=hit:2001:21::2'])
    expect(family(outcome, 'hip').slice(0, 2)).toEqual(['mh.hip.udp_marker 00000000', 'hip.proto 59'])
    expect(outcome.fields).toContain('hip.checksum.status 3')
    const { flows } = outcome.walk.state
    expect([flows.protocol[outcome.walk.flow], flows.portA[outcome.walk.flow], flows.portB[outcome.walk.flow]]).toEqual([17, 40000, 10500])
  })

  it('ESP of an SPI that HIP announced, also from another port; and any ESP on a flow that has carried HIP', () => {
    const bench = new Bench()
    const esp = (spi: number): Uint8Array => emitEsp(spi, 1, new Uint8Array(16))
    expect(bench.packet(carry(esp(0x9999))).signals).toEqual([])
    bench.packet(carry(inUdp(hipPacket({ type: Packet.I2, sender: I, receiver: R, parameters: [espInfo(0, 0xabcd)] }))))
    const towards = { source: B, destination: A, sourcePort: 10500, destinationPort: 50000 }
    expect(bench.packet(emitUdpPacket(esp(0xabcd), towards)).signals).toEqual(['hip payload #1< token=0xabcd space=5 unit=1 bytes=24'])
    expect(bench.packet(carry(esp(0x9999))).signals).toEqual(['esp payload token=0x9999 space=5 unit=1 bytes=24'])
  })

  it('a byte 0xff keeps a mapping where HIP is spoken', () => {
    const bench = new Bench()
    const keepalive = carry(hex('ff'))
    expect(bench.packet(keepalive).fields).not.toContain('mh.hip.udp_keepalive ff')
    bench.packet(carry(i1))
    expect(bench.packet(keepalive).fields).toContain('mh.hip.udp_keepalive ff')
  })

  it.each<[string, Uint8Array]>([
    // An IKE_SA_INIT behind the non-ESP marker (RFC 3948 section 2.2): SPIs, next payload 33, version 2.0, exchange 34, flags 8
    [
      'IKE behind a NAT',
      hex('00000000 3b05012100000000 0000000000000000 21 20 22 08 00000000 00000038 2200001c 0000001800000000000000000000000000000000'),
    ],
    ['a sender that is no ORCHID', inUdp(hipPacket({ type: Packet.I1, sender: '2001:db8::1', receiver: R }))],
    ['an unknown packet type', inUdp(hipPacket({ type: 99, sender: I, receiver: R }))],
    ['version 3', Uint8Array.from(i1, (byte, i) => (i === 7 ? 0x31 : byte))],
    ['a length past the datagram', Uint8Array.from(i1, (byte, i) => (i === 5 ? 200 : byte))],
    ['STUN', hex('00010000 2112a442 000102030405060708090a0b')],
    ['something short', hex('0000')],
  ])('is left to others: %s', (_, payload) => {
    const outcome = new Bench().packet(carry(payload))
    expect({ hip: family(outcome, 'hip'), signals: outcome.signals, stop: outcome.stop }).toEqual({ hip: [], signals: [], stop: '' })
    expect(outcome.fields.some((one) => one.startsWith('data.data'))).toBe(true)
  })
})

it('quoted by an ICMPv6 error: shown as far as it goes, nothing is signalled, the pair is recognised', () => {
  const bench = new Bench()
  const a6 = '2001:db8:a::1'
  const b6 = '2001:db8:b::1'
  const packet = withChecksum(hipPacket({ type: Packet.Update, sender: I, receiver: R, parameters: [locatorSet({ address: a6 })] }), a6, b6)
  const whole = emitIpv6(packet, { source: a6, destination: b6, nextHeader: 139 })
  bench.packet(whole)
  for (let length = 40; length < whole.length; length += 7) {
    // 01 00: no route to destination
    const error = emitIpv6(join([1, 0, 0, 0, 0, 0, 0, 0], whole.slice(0, length)), { source: b6, destination: a6, nextHeader: 58 })
    const outcome = bench.packet(error)
    expect({ signals: outcome.signals, stop: outcome.stop }, `${length} bytes quoted`).toEqual({ signals: [], stop: '' })
    if (length > 40) expect(outcome.walk.quotedFlow, `${length} bytes quoted`).toBe(0)
  }
})

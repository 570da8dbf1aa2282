import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { associationKey, compareVectors } from '../../../dissectors/sctp/authentication.ts'
import * as emit from '../../../dissectors/sctp/emit.ts'
import { Parameter } from '../../../dissectors/sctp/wire.ts'
import { Bench, hex } from './bench.ts'

const head = { sourcePort: 5000, destinationPort: 80, tag: 0x11223344 }
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u16 = fc.integer({ min: 0, max: 0xffff })

function fieldsOf(chunks: Uint8Array[], tag = head.tag): Record<string, string[]> {
  const { fields, stop } = new Bench().packet('192.0.2.1', '203.0.113.9', emit.packet({ ...head, tag, chunks }))
  expect(stop).toBe('')
  const out: Record<string, string[]> = {}
  for (const line of fields) {
    const colon = line.indexOf(': ')
    const name = line.slice(0, colon)
    out[name] ??= []
    out[name].push(line.slice(colon + 2))
  }
  return out
}

describe('what is written is what is read', () => {
  it('the packet of RFC 9260 appendix A', () => {
    // 1388 0050 00000000 43ad4694 01000014 11223344 0001a000 000a 000a 00000001
    const chunk = emit.init({ initiateTag: 0x11223344, credit: 106_496, outbound: 10, inbound: 10, tsn: 1 })
    expect(emit.packet({ ...head, tag: 0, chunks: [chunk] })).toEqual(
      hex('138800500000000043ad469401000014112233440001a000000a000a00000001'),
    )
  })

  it('DATA', () => {
    fc.assert(
      fc.property(u32, u16, u16, u32, fc.uint8Array({ minLength: 1, maxLength: 40 }), (tsn, stream, sequence, ppid, payload) => {
        const read = fieldsOf([emit.data({ tsn, stream, sequence, payloadProtocol: ppid, payload })])
        expect(read['sctp.data_tsn_raw']).toEqual([String(tsn)])
        expect(read['sctp.data_tsn']).toEqual(['0'])
        expect(read['sctp.data_sid']).toEqual([`0x${stream.toString(16).padStart(4, '0')}`])
        expect(read['sctp.data_ssn']).toEqual([String(sequence)])
        expect(read['sctp.data_payload_proto_id']).toEqual([String(ppid)])
        expect(read['mh.sctp.user_data']).toEqual([Buffer.from(payload).toString('hex')])
        expect(read['sctp.checksum.status']).toEqual(['1'])
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  it('SACK', () => {
    const gap = fc.tuple(u16, u16)
    fc.assert(
      fc.property(u32, fc.array(gap, { maxLength: 8 }), fc.array(u32, { maxLength: 8 }), (cumulative, gaps, duplicates) => {
        const read = fieldsOf([emit.sack(cumulative, gaps, duplicates)])
        expect(read['sctp.sack_cumulative_tsn_ack_raw']).toEqual([String(cumulative)])
        expect(read['sctp.sack_gap_block_start'] ?? []).toEqual(gaps.map(([start]) => String(start)))
        expect(read['sctp.sack_gap_block_end'] ?? []).toEqual(gaps.map(([, end]) => String(end)))
        expect(read['sctp.sack_duplicate_tsn'] ?? []).toEqual(duplicates.map(String))
      }),
      { numRuns: 200, seed: 2 },
    )
  })

  it('INIT with addresses of both families', () => {
    fc.assert(
      fc.property(u32, u32, fc.ipV4(), fc.uint8Array({ minLength: 16, maxLength: 16 }), (initiateTag, tsn, four, six) => {
        const text = Array.from({ length: 8 }, (_, i) => (((six[i * 2] as number) << 8) | (six[i * 2 + 1] as number)).toString(16)).join(
          ':',
        )
        const read = fieldsOf([emit.init({ initiateTag, tsn, parameters: [emit.addressParameter(four), emit.addressParameter(text)] })], 0)
        expect(read['sctp.init_initiate_tag']).toEqual([`0x${initiateTag.toString(16).padStart(8, '0')}`])
        expect(read['sctp.init_initial_tsn']).toEqual([String(tsn)])
        expect(read['sctp.parameter_ipv4_address']).toEqual([four])
        expect(read['sctp.parameter_ipv6_address']).toHaveLength(1)
      }),
      { numRuns: 100, seed: 3 },
    )
  })

  it('every parameter and cause that has fields of its own', () => {
    const number = (...list: number[]) => emit.bytesOf(...list.map((n): [number, 4] => [n, 4]))
    const short = (...list: number[]) => emit.bytesOf(...list.map((n): [number, 2] => [n, 2]))
    const p = emit.parameter
    const parameters = [
      p(Parameter.CookiePreservative, number(1_000)),
      p(Parameter.HostName, emit.ascii('b.example')),
      p(Parameter.SupportedAddressTypes, short(5, 6)),
      p(Parameter.OutgoingReset, emit.bytesOf(number(1, 2, 3), short(4, 5))),
      p(Parameter.IncomingReset, emit.bytesOf(number(6), short(7))),
      p(Parameter.TsnReset, number(8)),
      p(Parameter.ReconfigResponse, number(9, 1, 10, 11)),
      p(Parameter.AddOutgoingStreams, emit.bytesOf(number(12), short(13, 0))),
      p(Parameter.AddIncomingStreams, emit.bytesOf(number(14), short(15, 0))),
      p(Parameter.EcnCapable),
      p(Parameter.ZeroChecksum, number(1)),
      p(Parameter.SupportedExtensions, emit.bytesOf([193, 1], [64, 1])),
      p(Parameter.ForwardTsnSupported),
      p(Parameter.AdaptationLayer, number(7)),
      p(Parameter.Unrecognized, emit.addressParameter('192.0.2.7')),
      p(0x1234, emit.ascii('xyz')),
    ]
    const read = fieldsOf([emit.init({ initiateTag: 1, tsn: 1, parameters })], 0)
    expect(
      Object.fromEntries(
        Object.entries(read).filter(
          ([name]) => !/^sctp\.(chunk|init|srcport|dstport|checksum|verification|parameter_(type|bit|length))/.test(name),
        ),
      ),
    ).toEqual({
      'sctp.parameter_cookie_preservative_incr': ['1000'],
      'sctp.parameter_hostname': ['b.example'],
      'sctp.parameter_padding': ['000000', '0000', '0000'],
      'sctp.parameter_supported_address_type': ['5', '6'],
      'sctp.parameter_reconfig_request_sequence_number': ['1', '6', '8', '12', '14'],
      'sctp.parameter_reconfig_response_sequence_number': ['2', '9'],
      'sctp.parameter_senders_last_assigned_tsn': ['3'],
      'sctp.parameter_reconfig_sid': ['4', '5', '7'],
      'sctp.parameter_reconfig_response_result': ['1'],
      'sctp.parameter_senders_next_tsn': ['10'],
      'sctp.parameter_receivers_next_tsn': ['11'],
      'sctp.parameter_add_outgoing_streams_number': ['13'],
      'sctp.parameter_add_outgoing_streams_reserved': ['0'],
      'sctp.parameter_add_incoming_streams_number': ['15'],
      'sctp.parameter_add_incoming_streams_reserved': ['0'],
      'mh.sctp.error_detection_method': ['1'],
      'sctp.supported_chunk_type': ['193', '64'],
      'sctp.adaptation_layer_indication': ['0x00000007'],
      'sctp.parameter_ipv4_address': ['192.0.2.7'],
      'sctp.parameter_value': ['78797a'],
    })
    const causes = [
      emit.cause(1, short(9, 0)),
      emit.cause(2, emit.bytesOf(number(2), short(7, 5))),
      emit.cause(3, number(77)),
      emit.cause(6, emit.chunk(77, 1, emit.ascii('ab'))),
      emit.cause(9, number(5)),
      emit.cause(13, emit.ascii('why')),
      emit.cause(0x105, short(2)),
    ]
    const refused = fieldsOf([emit.abort(causes)])
    expect(Object.fromEntries(Object.entries(refused).filter(([name]) => /cause|hmac|chunk_(type|value)/.test(name)))).toEqual({
      'sctp.chunk_type': ['6', '77'],
      'sctp.cause_code': ['0x0001', '0x0002', '0x0003', '0x0006', '0x0009', '0x000d', '0x0105'],
      'sctp.cause_length': ['8', '12', '8', '10', '8', '7', '6'],
      'sctp.cause_stream_identifier': ['9'],
      'sctp.cause_reserved': ['0'],
      'sctp.cause_nr_of_missing_parameters': ['2'],
      'sctp.cause_missing_parameter_type': ['0x0007', '0x0005'],
      'sctp.cause_measure_of_staleness': ['77'],
      'sctp.chunk_value': ['6162'],
      'sctp.cause_padding': ['0000', '00'],
      'sctp.cause_tsn': ['5'],
      'sctp.cause_information': ['776879'],
      'sctp.hmac_id': ['2'],
    })
  })

  it('FORWARD TSN, SHUTDOWN, I-FORWARD TSN, ECNE, PAD', () => {
    const read = fieldsOf([
      emit.forwardTsn(9, [[1, 2]]),
      emit.shutdown(10),
      emit.chunk(194, 0, hex('0000000b 0003 0001 0000000c')),
      emit.chunk(12, 0, hex('0000000d')),
      emit.chunk(132, 0, hex('00000000')),
    ])
    const values = [
      'forward_tsn_tsn',
      'forward_tsn_sid',
      'forward_tsn_ssn',
      'shutdown_cumulative_tsn_ack',
      'i_forward_tsn_tsn',
      'i_forward_tsn_sid',
      'i_forward_tsn_u_bit',
      'forward_tsn_mid',
      'ecne_lowest_tsn',
      'padding_data',
    ].map((n) => read[`sctp.${n}`])
    expect(values).toEqual([['9'], ['1'], ['2'], ['10'], ['11'], ['3'], ['1'], ['12'], ['13'], ['00000000']])
  })
})

describe('key vectors, RFC 4895 section 6.1', () => {
  it('compare as numbers: leading zeros count for nothing, equal numbers put the shorter first', () => {
    const order = (a: string, b: string) => Math.sign(compareVectors(hex(a), hex(b)))
    expect([order('01', '02'), order('ff', '0100'), order('0002', '01'), order('0001', '01'), order('01', '01')]).toEqual([-1, -1, 1, 1, 0])
  })

  it('put the shared key first, then the smaller vector', () => {
    expect(associationKey(hex('99'), hex('0200'), hex('01'))).toEqual(hex('99 01 0200'))
    expect(associationKey(hex(''), hex('01'), hex('0200'))).toEqual(hex('01 0200'))
  })
})

/** What the words of the shared vectors of SCTP and MPTCP say. */
import type { VectorWords } from './shared-vectors-words.ts'

const KEY_A = '72623859790382856' // 0102030405060708
const KEY_B = '1230066625199609624' // 1112131415161718

export const TRANSPORT_WORDS: Readonly<Record<string, VectorWords>> = {
  'sctp-init': {
    fields: {
      'sctp.chunk_type': ['1'],
      'sctp.init_initiate_tag': ['0x11223344'],
      'sctp.init_initial_tsn': ['1000'],
      'sctp.parameter_ipv4_address': ['192.0.2.1', '198.51.100.1'],
      'sctp.supported_chunk_type': ['193', '128', '15'],
      'sctp.random_number': ['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'],
      'sctp.chunk_type_to_auth': ['193', '128'],
      'sctp.hmac_id': ['1'],
    },
  },
  'sctp-init-ack': {
    fields: {
      'sctp.chunk_type': ['2'],
      'sctp.initack_initiate_tag': ['0xaabbccdd'],
      'sctp.initack_initial_tsn': ['2000'],
      'sctp.parameter_state_cookie': ['434f4f4b49453031'],
    },
  },
  'sctp-cookie-echo': { fields: { 'sctp.chunk_type': ['10'], 'sctp.cookie': ['434f4f4b49453031'] } },
  'sctp-cookie-ack': { fields: { 'sctp.chunk_type': ['11'] } },
  'sctp-data': {
    fields: {
      'sctp.chunk_type': ['0'],
      'sctp.data_tsn_raw': ['1000'],
      'sctp.data_sid': ['0x0001'],
      'sctp.data_ssn': ['0'],
      'sctp.data_payload_proto_id': ['0'],
      'mh.sctp.user_data': ['68656c6c6f'],
      'sctp.chunk_padding': ['000000'],
    },
  },
  'sctp-sack': {
    fields: {
      'sctp.chunk_type': ['3'],
      'sctp.sack_cumulative_tsn_ack_raw': ['1000'],
      'sctp.sack_gap_block_start': ['2'],
      'sctp.sack_gap_block_end': ['3'],
      'sctp.sack_duplicate_tsn': ['1000'],
    },
  },
  'sctp-auth-asconf': {
    after: ['sctp-init', 'sctp-init-ack'],
    fields: {
      'sctp.chunk_type': ['15', '193'],
      'sctp.shared_key_id': ['0'],
      'sctp.hmac_id': ['1'],
      'mh.sctp.authentication': ['verified with the empty shared key'],
      'sctp.asconf_seq_nr_number': ['0x000003e8'],
      'sctp.parameter_type': ['0x0005', '0xc001', '0x0005', '0xc004', '0x0005'],
      'sctp.correlation_id': ['0x00000001', '0x00000002'],
      'sctp.parameter_ipv4_address': ['192.0.2.1', '198.51.100.77', '198.51.100.77'],
    },
  },
  'sctp-asconf-ack': {
    fields: {
      'sctp.chunk_type': ['128'],
      'sctp.asconf_ack_seq_nr_number': ['0x000003e8'],
      'sctp.parameter_type': ['0xc005', '0xc003', '0xc004', '0x0005'],
      'sctp.correlation_id': ['0x00000001', '0x00000002', '0x00000002'],
      'sctp.cause_code': ['0x00a4'],
    },
  },
  'sctp-heartbeat': { fields: { 'sctp.chunk_type': ['4'], 'ip.dst': ['198.51.100.77'] } },
  'sctp-heartbeat-ack': { fields: { 'sctp.chunk_type': ['5'], 'ip.src': ['198.51.100.77'] } },
  'sctp-abort11': {
    fields: { 'sctp.chunk_type': ['6'], 'sctp.cause_code': ['0x000b'], 'sctp.parameter_ipv4_address': ['198.51.100.9'] },
  },
  'sctp-udp-encaps': {
    fields: { 'udp.srcport': ['9899'], 'udp.dstport': ['9899'], 'sctp.chunk_type': ['1'], 'sctp.init_initiate_tag': ['0x01020304'] },
  },
  'mptcp-syn': {
    fields: {
      'tcp.flags.syn': ['1'],
      'tcp.flags.ack': ['0'],
      'tcp.option_len': ['4'],
      'tcp.options.mptcp.subtype': ['0'],
      'tcp.options.mptcp.version': ['1'],
      'tcp.options.mptcp.sha256.flag': ['1'],
    },
  },
  'mptcp-synack': {
    fields: {
      'tcp.flags.ack': ['1'],
      'tcp.options.mptcp.subtype': ['0'],
      'tcp.options.mptcp.version': ['1'],
      'tcp.options.mptcp.sendkey': [KEY_B],
    },
  },
  'mptcp-ack': {
    fields: {
      'tcp.option_len': ['20'],
      'tcp.options.mptcp.subtype': ['0'],
      'tcp.options.mptcp.version': ['1'],
      'tcp.options.mptcp.sendkey': [KEY_A],
      'tcp.options.mptcp.recvkey': [KEY_B],
    },
  },
  'mptcp-dss': {
    after: ['mptcp-syn', 'mptcp-synack', 'mptcp-ack'],
    fields: {
      'tcp.option_len': ['18'],
      'tcp.options.mptcp.subtype': ['2'],
      'tcp.options.mptcp.dseqnpresent.flag': ['1'],
      'tcp.options.mptcp.dataackpresent.flag': ['1'],
      'tcp.options.mptcp.dataack8.flag': ['0'],
      'tcp.options.mptcp.dseqn8.flag': ['0'],
      // IDSN A + 1, IDSN B + 1
      'tcp.options.mptcp.rawdataseqno': ['3533533043'],
      'tcp.options.mptcp.rawdataack': ['2382920847'],
      'tcp.options.mptcp.subflowseqno': ['1'],
      'tcp.options.mptcp.datalvllen': ['5'],
      'tcp.options.mptcp.checksum': [],
    },
  },
  'mptcp-add-addr': {
    fields: {
      'tcp.option_len': ['16'],
      'tcp.options.mptcp.echo': ['0'],
      'tcp.options.mptcp.addrid': ['5'],
      'tcp.options.mptcp.ipv4': ['192.0.2.33'],
      'tcp.options.mptcp.addaddrtrunchmac': [String(0xef02ed629a7eaad1n)],
    },
  },
  'mptcp-add-addr-echo': {
    fields: { 'tcp.option_len': ['8'], 'tcp.options.mptcp.echo': ['1'], 'tcp.options.mptcp.addrid': ['5'] },
  },
  'mptcp-join-syn': {
    fields: {
      'tcp.options.mptcp.subtype': ['1'],
      'tcp.options.mptcp.recvtok': [String(0xccad45ac)],
      'tcp.options.mptcp.sendrand': [String(0xa1a2a3a4)],
      'tcp.options.mptcp.addrid': ['5'],
    },
  },
  'mptcp-join-synack': {
    fields: {
      'tcp.options.mptcp.subtype': ['1'],
      'tcp.options.mptcp.sendtrunchmac': [String(0x864b40428762fd06n)],
      'tcp.options.mptcp.sendrand': [String(0xb1b2b3b4)],
    },
  },
  'mptcp-join-ack': {
    fields: {
      'tcp.option_len': ['24'],
      'tcp.options.mptcp.subtype': ['1'],
      'tcp.options.mptcp.sendhmac': ['53037f2899475529844115fd07e665d23d3554fb'],
    },
  },
  'mptcp-remove': {
    fields: { 'tcp.option_len': ['4'], 'tcp.options.mptcp.subtype': ['4'], 'tcp.options.mptcp.addrid': ['5'] },
  },
  'mptcp-prio': {
    fields: { 'tcp.option_len': ['3'], 'tcp.options.mptcp.subtype': ['5'], 'tcp.options.mptcp.backup.flag': ['1'] },
  },
  'mptcp-rst': {
    fields: {
      'tcp.options.mptcp.subtype': ['8'],
      'tcp.options.mptcp.flag_T.flag': ['1'],
      'tcp.options.mptcp.rst_reason': ['0x05'],
    },
  },
  'mptcp-fastclose': {
    fields: { 'tcp.option_len': ['12'], 'tcp.options.mptcp.subtype': ['7'], 'tcp.options.mptcp.recvkey': [KEY_B] },
  },
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FRAGMENTS } from '../../../dissectors/core/fragments.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitCrypto, emitNewConnectionId, emitStream, joinBytes, varint } from '../../../dissectors/quic/emit.ts'
import { VERSION_1, VERSION_2 } from '../../../dissectors/quic/wire.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { nodeCrypto, type SeenSignal, walkPacket } from '../core/record.ts'
import { CLIENT_6, CLIENT_A, CLIENT_B, Conversation, parameter, SERVER_AT } from './bench.ts'

const raw = { linkType: 101 }
const message = ({ kind, detail }: SeenSignal): unknown[] => [kind, (detail as { message?: string } | null)?.message ?? null]
const TOKEN = new Uint8Array(16).fill(0x77)
const CHALLENGE = hex('1a 0102030405060708')
const RESPONSE = hex('1b 0102030405060708')
const PADDING = new Uint8Array(1100)

// vectors.md
const V1 = hex(
  '450000620001000040117c7fc0000201cb0071099c4001bb004e11cfcd00000001088394c8f03e51570800004034d925c60cd6b1897cd6689f55ef1239ba4b752db2e103e17c8cebd5c2f167b3c8b2267f05cab483a627fe4f08c5100fc85d7a570b',
)
const V2 = hex(
  '450000620001000040117c7fc0000201cb0071099c4101bb004e94c3d16b3343cf0811223344556677880000403456a85a31fc8c99f455dcdd03aa6ae5bb78c1bcb545dcf23f1d0da0d050b11ced06e807452c734f4aba81553127471acfbb176f08',
)

describe('Initial packets anybody can open', () => {
  it.each([
    ['version 1', V1, ['quic.long.packet_type 0']],
    ['version 2', V2, ['quic.long.packet_type_v2 1']],
  ])('%s', (_name, packet, type) => {
    const seen = walkPacket(packet, raw)
    const family = seen.family('quic')
    expect([
      seen.stop,
      seen.values('quic.packet_number'),
      seen.values('quic.frame_type'),
      family.filter((line) => line.includes('packet_type')),
    ]).toEqual(['', ['2'], ['0x0000000000000001', '0x0000000000000000'], type])
  })

  it('are opened only when something of QUIC is asked for', () => {
    const opened = (wanted: string[]): [values: string[], trials: number] => {
      let trials = 0
      const open: typeof nodeCrypto.open = (...words) => {
        trials++
        return nodeCrypto.open(...words)
      }
      const seen = walkPacket(V1, { ...raw, wanted, state: new StreamState({ ...nodeCrypto, open }) })
      return [wanted.flatMap((name) => seen.values(name)), trials]
    }
    expect([opened(['udp.srcport']), opened(['udp.srcport', 'quic.frame_type']), opened(['frame.number', 'quic.packet_number'])]).toEqual([
      [['40000'], 0],
      [['40000', '0x0000000000000001', '0x0000000000000000'], 1],
      [['1', '2'], 1],
    ])
  })

  it('every field of version 1', () => {
    expect(walkPacket(V1, raw).family('quic')).toMatchInlineSnapshot(`
      [
        "quic.packet_length 70",
        "quic.header_form 1",
        "quic.fixed_bit 1",
        "quic.long.packet_type 0",
        "quic.long.reserved 0",
        "quic.packet_number_length 3",
        "quic.version 0x00000001",
        "quic.dcil 8",
        "quic.dcid 8394c8f03e515708",
        "quic.scil 0",
        "quic.token_length 0",
        "quic.length 52",
        "quic.packet_number 2",
        "quic.payload d6b1897cd6689f55ef1239ba4b752db2e103e17c8cebd5c2f167b3c8b2267f05cab483a627fe4f08c5100fc85d7a570b",
        "quic.frame_type 0x0000000000000001",
        "quic.frame_type 0x0000000000000000",
        "quic.padding_length 31",
      ]
    `)
  })

  it('every cut of the vectors ends, blaming nobody', () => {
    for (const packet of [V1, V2])
      for (let length = 28; length < packet.length; length++) {
        const seen = walkPacket(packet.slice(0, length), { ...raw, wireLength: packet.length })
        expect(seen.stop.startsWith('malformed'), `${length} bytes: ${seen.stop}`).toBe(false)
      }
  })

  it('one that was cut shows what its header hides, as the whole one does; nothing when the cut leaves no sample', () => {
    const shown = [20 + 8 + 18 + 4 + 16, 20 + 8 + 18 + 4 + 15].map((length) => {
      const seen = walkPacket(V1.slice(0, length), { ...raw, wireLength: V1.length })
      return ['quic.packet_number', 'quic.packet_number_length', 'quic.payload', 'quic.remaining_payload', 'quic.frame_type'].map((name) =>
        seen.values(name).join(),
      )
    })
    expect(shown).toEqual([
      ['2', '3', 'd6b1897cd6689f55ef1239ba4b752db2', '', ''],
      ['', '', '', 'd925c60cd6b1897cd6689f55ef1239ba4b752d', ''],
    ])
  })

  it('server name, ALPN and transport parameters of the ClientHello, also in pieces over several packets', () => {
    const talk = new Conversation({ keys: false })
    const hello = talk.clientHello()
    talk.clientInitial(joinBytes(emitCrypto(60, hello.slice(60)), emitCrypto(0, hello.slice(0, 20))))
    const second = talk.clientInitial(emitCrypto(20, hello.slice(20, 60)))
    const shown = [second, talk.again(1)].map((seen) => [
      seen.values('tls.handshake.extensions_server_name'),
      seen.values('tls.handshake.extensions_alpn_str'),
      seen.values('tls.quic.parameter.type'),
      seen.values('quic.crypto.fragment'),
    ])
    const expected = [['www.example'], ['h3'], ['0x000000000000000f'], ['1', '2', '1']]
    expect(shown).toEqual([expected, expected])
  })
})

describe('an index pass without keys', () => {
  it('learns ids and tells the handshake, opens nothing, and a second pass can still put a ClientHello together', () => {
    const talk = new Conversation({ keys: false, record: false })
    const hello = talk.clientHello()
    const first = talk.clientInitial(emitCrypto(0, hello.slice(0, 40)))
    talk.clientInitial(emitCrypto(40, hello.slice(40)))
    const answer = talk.serverHandshake()
    const before = talk.state.of(FRAGMENTS).fragmentsOf(1)
    const shown = [0, 1, 0, 1].map((row) => talk.again(row).values('tls.handshake.extensions_server_name'))
    expect([first, answer].map(({ signals }) => signals.map(message))).toEqual([
      [[SignalKind.Opening, 'Initial']],
      [[SignalKind.Opening, 'Initial']],
    ])
    expect([before, shown, talk.again(2).values('tls.handshake.ciphersuite')]).toEqual([
      [0],
      [[], ['www.example'], [], ['www.example']],
      ['0x1301'],
    ])
  })
})

describe('what is not QUIC', () => {
  const over = (payload: Uint8Array, port = 443): string =>
    walkPacket(
      emitUdpPacket(payload, { source: '192.0.2.1', destination: '203.0.113.9', sourcePort: 40_000, destinationPort: port }),
      raw,
    ).values('frame.protocols')[0] as string
  it.each([
    ['text on port 443', new TextEncoder().encode('GET / HTTP/1.1 and so on and on')],
    ['a short header without a connection', joinBytes([0x40], new Uint8Array(60).fill(9))],
    ['an unknown version', hex('c0 12345678 08 0102030405060708 00 00 4034 0102030405')],
    ['a connection ID of 21 bytes', joinBytes(hex('c0 00000001 15'), new Uint8Array(60))],
    ['ids past the end', hex('c0 00000001 14 0102030405')],
    ['a version list of 3 bytes', hex('80 00000000 00 00 010203')],
    ['a version list of nothing known', hex('80 00000000 00 00 01020304')],
    ['DTLS', hex('16 fefd 0000 000000000000 0040 01000034')],
  ])('%s', (_name, payload) => {
    expect(over(payload)).toBe('raw:ip:udp:data')
  })

  it('Version Negotiation is', () => {
    expect(over(hex('ca 00000000 00 08 0102030405060708 00000001 6b3343cf'))).toBe('raw:ip:udp:quic')
  })

  it('any port may be QUIC', () => {
    const elsewhere = V1.slice()
    elsewhere[22] = 0x30
    expect(walkPacket(elsewhere, raw).values('frame.protocols')).toEqual(['raw:ip:udp:quic'])
  })
})

describe('with keys', () => {
  it.each([
    [VERSION_1, 0x1301],
    [VERSION_1, 0x1302],
    [VERSION_1, 0x1303],
    [VERSION_2, 0x1301],
    [VERSION_2, 0x1303],
  ])('version %s, suite %s', (version, suite) => {
    const talk = new Conversation({ version, suite }).open()
    const seen = talk.send(0, emitStream(4, 10, hex('cafe')))
    expect([
      seen.stop,
      seen.values('quic.stream.stream_id'),
      seen.values('quic.stream.offset'),
      seen.values('quic.stream_data'),
      seen.values('quic.key_phase'),
    ]).toEqual(['', ['4'], ['10'], ['cafe'], ['0']])
  })

  it('where only the client was captured, its packets tell the id of the server, and the tag the suite', () => {
    const talk = new Conversation({ suite: 0x1303 })
    talk.clientInitial()
    const second = talk.clientInitial(new Uint8Array(30).fill(1), CLIENT_A, talk.cids[1])
    const data = talk.send(0, emitStream(0, 0, hex('cafe')))
    expect([second.walk.signal.context, data.values('quic.stream_data')]).toEqual([1, ['cafe']])
  })

  it('without keys it stays closed', () => {
    const talk = new Conversation({ keys: false }).open()
    const seen = talk.send(0, emitStream(4, 10, new Uint8Array(60)))
    expect([seen.stop, seen.values('quic.dcid'), seen.values('quic.packet_number'), seen.values('quic.remaining_payload').length]).toEqual([
      '',
      ['5e5e5e5e5e5e5e5e'],
      [],
      1,
    ])
  })

  it('key updates, there and back over a late packet, and again in a second pass', () => {
    const talk = new Conversation().open()
    const updates = [0, 1, 1, 0, 2, 3]
    const phases = updates.map((count) => talk.send(0, emitStream(0, 0, hex('aa')), { updates: count }).values('quic.stream_data'))
    const again = updates.map((_, i) => talk.again(2 + i).values('quic.packet_number'))
    expect([phases.map((list) => list.length), again.map((list) => list.length)]).toEqual([
      [1, 1, 1, 1, 1, 1],
      [1, 1, 1, 1, 1, 1],
    ])
  })

  it('packet numbers far beyond what is sent of them, read again in any order', () => {
    const talk = new Conversation().open()
    const frames = emitStream(0, 0, hex('aa'))
    for (let n = 0; n < 600; n++) talk.send(0, frames, { numberLength: 1, packetNumber: n })
    const rows = [601, 2, 333, 400, 65]
    expect(rows.map((row) => talk.again(row).values('quic.packet_number'))).toEqual(rows.map((row) => [String(row - 2)]))
  })

  it('all frames', () => {
    const talk = new Conversation().open()
    const frames = joinBytes(
      [0x01, 0x02, 5, 1, 1, 0, 0, 2],
      [0x03, 9, 0, 0, 3, 1, 2, 3],
      [0x04, 4, 7, 9, 0x05, 4, 7],
      [0x07, 2, 0xab, 0xcd],
      [0x10, 1, 0x11, 4, 2, 0x12, 3, 0x13, 4, 0x14, 5, 0x15, 4, 6, 0x16, 7, 0x17, 8],
      emitNewConnectionId(1, 0, hex('a1a2a3a4a5a6a7a8'), TOKEN),
      [0x19, 0],
      CHALLENGE,
      RESPONSE,
      [0x1e],
      [0x31, 2, 0xca, 0xfe],
      [0x40, 0xaf, 1, 2, 3, 1],
      [0x42, 0xf5, 9],
      [0x1c, 0x41, 0x0a, 6, 2, 0x68, 0x69],
      [0x08, 0, 0xbe, 0xef],
    )
    const seen = talk.send(0, frames)
    expect(seen.stop).toBe('')
    expect(seen.family('quic').slice(9)).toMatchInlineSnapshot(`
      [
        "quic.protected_payload 4b1a0e4dcda0fd44d2f2201311653eb2a7a3bb17dffcb9e896787fe5fccb01a5feb407a6665687a5b4eda3a54228337aba323cebfb9fe0acf271ad2fcd261316b2a9755e1d077ee8008d7d23b3020724acaad00d6a2b87147852e4b81bc2862a2ee32cbe01421e43e365f65095ced7564b76636ab9bdab793d74b51c77763c9a360f5b015fa4",
        "quic.frame_type 0x0000000000000001",
        "quic.frame_type 0x0000000000000002",
        "quic.ack.largest_acknowledged 5",
        "quic.ack.ack_delay 1",
        "quic.ack.ack_range_count 1",
        "quic.ack.first_ack_range 0",
        "quic.ack.gap 0",
        "quic.ack.ack_range 2",
        "quic.frame_type 0x0000000000000003",
        "quic.ack.largest_acknowledged 9",
        "quic.ack.ack_delay 0",
        "quic.ack.ack_range_count 0",
        "quic.ack.first_ack_range 3",
        "quic.ack.ect0_count 1",
        "quic.ack.ect1_count 2",
        "quic.ack.ecn_ce_count 3",
        "quic.frame_type 0x0000000000000004",
        "quic.rsts.stream_id 4",
        "quic.rsts.application_error_code 7",
        "quic.rsts.final_size 9",
        "quic.frame_type 0x0000000000000005",
        "quic.ss.stream_id 4",
        "quic.ss.application_error_code 7",
        "quic.frame_type 0x0000000000000007",
        "quic.nt.length 2",
        "quic.nt.token abcd",
        "quic.frame_type 0x0000000000000010",
        "quic.md.maximum_data 1",
        "quic.frame_type 0x0000000000000011",
        "quic.msd.stream_id 4",
        "quic.msd.maximum_stream_data 2",
        "quic.frame_type 0x0000000000000012",
        "quic.ms.max_streams 3",
        "quic.frame_type 0x0000000000000013",
        "quic.ms.max_streams 4",
        "quic.frame_type 0x0000000000000014",
        "quic.sb.stream_data_limit 5",
        "quic.frame_type 0x0000000000000015",
        "quic.sdb.stream_data_limit 6",
        "quic.frame_type 0x0000000000000016",
        "quic.sib.stream_limit 7",
        "quic.frame_type 0x0000000000000017",
        "quic.sib.stream_limit 8",
        "quic.frame_type 0x0000000000000018",
        "quic.nci.sequence 1",
        "quic.nci.retire_prior_to 0",
        "quic.nci.connection_id.length 8",
        "quic.nci.connection_id a1a2a3a4a5a6a7a8",
        "quic.nci.stateless_reset_token 77777777777777777777777777777777",
        "quic.frame_type 0x0000000000000019",
        "quic.rci.sequence 0",
        "quic.frame_type 0x000000000000001a",
        "quic.path_challenge.data 0102030405060708",
        "quic.frame_type 0x000000000000001b",
        "quic.path_response.data 0102030405060708",
        "quic.frame_type 0x000000000000001e",
        "quic.frame_type 0x0000000000000031",
        "quic.dg.length 2",
        "quic.dg cafe",
        "quic.frame_type 0x00000000000000af",
        "quic.af.sequence_number 1",
        "quic.af.ack_eliciting_threshold 2",
        "quic.af.request_max_ack_delay 3",
        "quic.af.last_byte 0x01",
        "quic.af.reserved 0",
        "quic.af.ignore_order 0",
        "quic.af.ignore_ce 1",
        "quic.frame_type 0x00000000000002f5",
        "quic.ts 9",
        "quic.frame_type 0x000000000000001c",
        "quic.cc.error_code 266",
        "quic.cc.error_code.tls_alert 10",
        "quic.cc.frame_type 0x0000000000000006",
        "quic.cc.reason_phrase.length 2",
        "quic.cc.reason_phrase hi",
        "quic.frame_type 0x0000000000000008",
        "quic.stream.fin 0",
        "quic.stream.len 0",
        "quic.stream.off 0",
        "quic.stream.stream_id 0",
        "quic.stream.initiator 0",
        "quic.stream.direction 0",
        "quic.stream_data beef",
      ]
    `)
  })

  it('multipath: both numberings, a path of its own, and its nonce', () => {
    const offered = parameter(0x3e, hex('02'))
    const talk = new Conversation({ parameters: [offered, offered] }).open()
    const cid = hex('b1b2b3b4b5b6b7b8')
    const told = talk.send(1, joinBytes(varint(0x3e78), [1, 0, 0, 8], cid, TOKEN))
    const used = talk.send(0, emitStream(0, 0, new Uint8Array(40)), { at: CLIENT_B, dcid: cid, packetNumber: 0, path: 1 })
    const acknowledged = talk.send(1, joinBytes(varint(0x15228c00), [1, 0, 0, 0, 0], varint(0x3e76), [1, 3], varint(0x15228c05), [1, 0]))
    expect([told, used, acknowledged].map(({ stop, signals }) => [stop, signals.map((one) => [...message(one), one.unit])])).toEqual([
      [
        '',
        [
          [SignalKind.Opened, '1-RTT', 0],
          [SignalKind.Identified, 'PATH_NEW_CONNECTION_ID 0 for path 1', 0],
        ],
      ],
      [
        '',
        [
          [SignalKind.Opening, '1-RTT', 0],
          [SignalKind.Payload, null, 2 ** 26],
        ],
      ],
      [
        '',
        [
          [SignalKind.Acknowledged, null, 0],
          [SignalKind.Preferred, 'PATH_STATUS_BACKUP', 0],
          [SignalKind.Withdrawn, 'PATH_ABANDON', 0],
        ],
      ],
    ])
  })
})

describe('one connection on several address pairs', () => {
  it('a new id told under encryption finds the connection on the new pair', () => {
    const talk = new Conversation().open()
    const cid = hex('d1d2d3d4d5d6d7d8')
    talk.send(0, emitStream(0, 0, hex('01')))
    talk.send(1, emitNewConnectionId(1, 0, cid, TOKEN))
    const probe = talk.send(0, joinBytes(CHALLENGE, PADDING), { at: CLIENT_6, dcid: cid })
    const answer = talk.send(1, joinBytes(RESPONSE, PADDING), { at: CLIENT_6 })
    const data = talk.send(0, emitStream(0, 1, new Uint8Array(50)), { at: CLIENT_6, dcid: cid })
    expect([probe, answer, data].map(({ signals }) => signals.map(message))).toEqual([
      [[SignalKind.Probed, 'PATH_CHALLENGE']],
      [
        // The client told no further id: the server has to use the one that it has.
        [SignalKind.Noted, 'the connection ID of this packet was used on another path'],
        [SignalKind.ProbeAnswered, 'PATH_RESPONSE'],
        [SignalKind.Verified, 'PATH_RESPONSE'],
      ],
      [[SignalKind.Payload, null]],
    ])
    const { signal } = data.walk
    expect([signal.protocol, signal.context, signal.side, signal.bytes]).toEqual([SignalProtocol.Quic, 1, 0, 50])
  })

  it('the same id from another address is the same connection, without keys', () => {
    const talk = new Conversation({ keys: false }).open()
    talk.send(0, emitStream(0, 0, new Uint8Array(60)))
    const moved = talk.send(0, emitStream(0, 60, new Uint8Array(60)), { at: CLIENT_B })
    const back = talk.send(1, emitStream(0, 0, new Uint8Array(60)), { at: CLIENT_B })
    expect([moved, back].map(({ walk }) => [walk.signal.protocol, walk.signal.context, walk.signal.side])).toEqual([
      [SignalProtocol.Quic, 1, 0],
      [SignalProtocol.Quic, 1, 1],
    ])
  })

  it('an unknown id to a known server stays UDP, with a note', () => {
    const talk = new Conversation({ keys: false }).open()
    for (const side of [0, 1] as const) talk.send(side, emitStream(0, 0, new Uint8Array(60)))
    const moved = talk.send(0, joinBytes(CHALLENGE, PADDING), { at: CLIENT_B, dcid: hex('e1e2e3e4e5e6e7e8') })
    const next = talk.send(0, joinBytes(CHALLENGE, PADDING), { at: CLIENT_B, dcid: hex('e1e2e3e4e5e6e7e8') })
    expect([moved.values('frame.protocols'), moved.signals.map(({ kind }) => kind), next.signals.map(({ kind }) => kind)]).toEqual([
      ['raw:ip:udp:data'],
      [SignalKind.Noted, SignalKind.Payload],
      [SignalKind.Payload],
    ])
  })

  it('an unknown id in the form of a path challenge, soon after the only connection of the server, is taken for it', () => {
    const talk = new Conversation({ keys: false }).open()
    for (const side of [0, 1] as const) talk.send(side, emitStream(0, 0, new Uint8Array(60)))
    const full = joinBytes(CHALLENGE, new Uint8Array(1200))
    const moved = talk.send(0, full, { at: CLIENT_B, dcid: hex('e1e2e3e4e5e6e7e8') })
    const next = talk.send(1, full, { at: CLIENT_B, dcid: hex('d1d2d3d4d5d6d7d8') })
    expect([moved, next].map(({ signals, walk }) => [signals.map(({ kind }) => kind), walk.signal.context, walk.signal.side])).toEqual([
      [[SignalKind.Identified, SignalKind.Payload], 1, 0],
      [[SignalKind.Payload], 1, 1],
    ])
    expect(moved.signals[0]?.detail).toMatchObject({ sender: [], authentication: 'A0' })
  })

  it('where the keys are there nothing is guessed', () => {
    const talk = new Conversation().open()
    for (const side of [0, 1] as const) talk.send(side, emitStream(0, 0, new Uint8Array(60)))
    const moved = talk.send(0, joinBytes(CHALLENGE, new Uint8Array(1200)), { at: CLIENT_B, dcid: hex('e1e2e3e4e5e6e7e8') })
    expect(moved.values('frame.protocols')).toEqual(['raw:ip:udp:data'])
  })

  it('ports used again with another first id are another connection; the same packet sent again is not', () => {
    const talk = new Conversation()
    const initial = (first: Uint8Array): Uint8Array => {
      const other = new Conversation({ first })
      other.clientInitial()
      return new Uint8Array((other.datagrams[0] as Uint8Array).subarray(28))
    }
    // four bytes: too short for an id of the client's making, so nothing begins; what it holds opens with no known key and says nothing
    const ids = [talk.first, talk.first, hex('0e0e0e0e'), hex('0e0e0e0e0e0e0e0e')]
    expect(ids.map((first) => talk.raw(0, initial(first)).walk.signal.context)).toEqual([1, 1, 0, 2])
  })

  it('after a Retry the Initial keys follow from the id that the server chose', () => {
    const talk = new Conversation({ first: hex('8394c8f03e515708') })
    talk.clientInitial()
    // RFC 9001 appendix A.4
    const retry = talk.raw(1, hex('ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba'))
    const chosen = new Conversation({ first: hex('f067a5502a4262b5') })
    chosen.clientInitial()
    const second = talk.raw(0, new Uint8Array((chosen.datagrams[0] as Uint8Array).subarray(28)))
    expect([
      retry.values('quic.retry_token'),
      retry.values('mh.quic.retry'),
      retry.signals.map(message),
      second.values('tls.handshake.extensions_server_name'),
      second.walk.signal.context,
    ]).toEqual([['746f6b656e'], ['good'], [[SignalKind.Noted, 'Retry']], ['www.example'], 1])
  })

  it('preferred address and stateless reset', () => {
    const preferred = joinBytes(hex('cb007151 1151'), new Uint8Array(18), [8], hex('f1f2f3f4f5f6f7f8'), TOKEN)
    const talk = new Conversation({ parameters: [new Uint8Array(0), parameter(0x0d, preferred)] })
    talk.clientInitial()
    const claimed = talk.serverHandshake()
    expect(claimed.signals.filter(({ kind }) => kind === SignalKind.Claimed).map(({ detail }) => detail)).toMatchObject([
      { message: 'preferred_address', port: 4433, how: 'listed', authentication: 'A3v' },
    ])
    const reset = talk.raw(1, joinBytes([0x41], new Uint8Array(30).fill(3), TOKEN))
    expect([reset.values('quic.stateless_reset_token'), reset.signals.map(message)]).toEqual([
      ['77'.repeat(16)],
      [[SignalKind.Closed, 'stateless reset']],
    ])
  })

  it.each([
    { by: 'the server', parameters: [new Uint8Array(0), parameter(0x0c, new Uint8Array(0))], noted: 1 },
    { by: 'the client', parameters: [parameter(0x0c, new Uint8Array(0)), new Uint8Array(0)], noted: 0 },
  ])('moving forbidden by $by is noted $noted times: only clients move', ({ parameters, noted }) => {
    const talk = new Conversation({ parameters: parameters as [Uint8Array, Uint8Array] })
    const seen = [talk.clientInitial(), talk.serverHandshake()].flatMap((s) => s.signals)
    expect(seen.filter((s) => message(s)[1] === 'disable_active_migration')).toHaveLength(noted)
  })

  it('what an ICMP error quotes is read and teaches nothing', () => {
    const talk = new Conversation().open()
    const sent = talk.send(0, emitStream(0, 0, hex('cafe')))
    const quoted = talk.datagrams[2] as Uint8Array
    const icmp = joinBytes(hex('45000000000100004001 0000 c6336401 c000020a 0301 0000 00000000'), quoted)
    icmp[2] = icmp.length >> 8
    icmp[3] = icmp.length & 255
    const seen = walkPacket(icmp, { ...raw, state: talk.state, row: 3 })
    expect([
      sent.values('quic.stream_data'),
      seen.values('quic.stream_data'),
      seen.signals.some((one) => one.kind === SignalKind.Payload),
    ]).toEqual([['cafe'], ['cafe'], false])
  })
})

describe('hostile bytes', () => {
  it('arbitrary frames end within their fuel', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 600 }), fc.boolean(), (frames, record) => {
        const talk = new Conversation({ record }).open()
        const seen = talk.send(0, frames)
        return seen.walk.fuel > -100 && talk.again(2).walk.fuel > -100
      }),
      { numRuns: 150 },
    )
  })

  it('arbitrary bytes behind a long header end within their fuel', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('c3', 'd0', 'e1', 'f0', '80'),
        fc.constantFrom('00000001', '6b3343cf', '00000000', 'ff00001d'),
        (rest, first, version) => {
          const payload = joinBytes(hex(first + version), rest)
          const packet = emitUdpPacket(payload, {
            source: CLIENT_A.address,
            destination: SERVER_AT.address,
            sourcePort: 40_000,
            destinationPort: 443,
          })
          return walkPacket(packet, raw).walk.fuel > -100
        },
      ),
      { numRuns: 400 },
    )
  })

  it.each([
    ['an unknown frame type', [0x21, 0, 0, 0, 0, 0, 0, 0], /frame type 0x21/],
    ['a connection ID of 21 bytes', [0x18, 0, 0, 21, 0, 0, 0, 0], /connection ID of 21 bytes/],
    ['STREAM data past the end', [0x0a, 0, 0x7f, 0xff, 0, 0, 0, 0], /bytes needed/],
    ['CRYPTO data past the end', [0x06, 0, 0x7f, 0xff, 0, 0, 0, 0], /bytes needed/],
  ])('%s is malformed', (_name, frames, expected) => {
    expect(new Conversation().open().send(0, Uint8Array.from(frames)).stop).toMatch(expected)
  })

  it('a million acknowledged ranges end', () => {
    const frames = joinBytes([0x02], varint(2 ** 40), [0], varint(1_000_000), [0], new Uint8Array(1_300))
    expect(new Conversation().open().send(0, frames).stop).not.toBe('')
  })
})

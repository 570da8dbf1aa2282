import { describe, expect, it } from 'vitest'
import { lookup } from '../../../dissectors/core/dispatch.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { associationKey } from '../../../dissectors/sctp/authentication.ts'
import { dissectSctpOverUdp } from '../../../dissectors/sctp/dissect.ts'
import * as emit from '../../../dissectors/sctp/emit.ts'
import { registerSctp } from '../../../dissectors/sctp/register.ts'
import { Parameter } from '../../../dissectors/sctp/wire.ts'
import { Bench, hex, nodeCrypto, type Outcome } from './bench.ts'

const A1 = '192.0.2.10'
const A2 = '2001:db8:b::10'
const B1 = '203.0.113.10'
const B2 = '203.0.113.74'
const TAG_A = 0xa0000001
const TAG_B = 0xb0000002
/** parameters that a side's keys are made of */
const keysOf = (seed: number): Uint8Array[] => [
  emit.parameter(0x8002, new Uint8Array(32).fill(seed)),
  emit.parameter(0x8003, Uint8Array.of(193, 128)),
  emit.parameter(0x8004, Uint8Array.of(0, 3, 0, 1)),
]
const key = associationKey(new Uint8Array(0), emit.bytesOf(...keysOf(7)), emit.bytesOf(...keysOf(9)))

/** Two hosts and one association between ports 40000 (A) and 5000 (B). */
class Association {
  readonly bench = new Bench()

  fromA(chunks: Uint8Array[], { tag = TAG_B, source = A1, destination = B1, fields = true } = {}): Outcome {
    return this.bench.packet(source, destination, emit.packet({ sourcePort: 40_000, destinationPort: 5_000, tag, chunks }), { fields })
  }

  fromB(chunks: Uint8Array[], { tag = TAG_A, source = B1, destination = A1 } = {}): Outcome {
    return this.bench.packet(source, destination, emit.packet({ sourcePort: 5_000, destinationPort: 40_000, tag, chunks }))
  }

  open(): this {
    this.fromA([emit.init({ initiateTag: TAG_A, tsn: 100, parameters: keysOf(7) })], { tag: 0 })
    this.fromB([emit.initAck({ initiateTag: TAG_B, tsn: 200, parameters: [emit.parameter(7, hex('aa')), ...keysOf(9)] })])
    this.fromA([emit.cookieEcho(hex('aa'))])
    this.fromB([emit.cookieAck()])
    return this
  }
}

/** Kind, level and the few words that a case is about. */
const brief = (outcome: Outcome, ...names: string[]) => outcome.signals.map((s) => [s.kind, ...names.map((n) => s[n])])

describe('handshake', () => {
  it('tells tags, addresses and abilities; later steps know both tags', () => {
    const a = new Association()
    const init = a.fromA(
      [
        emit.init({
          initiateTag: TAG_A,
          tsn: 100,
          parameters: [
            emit.addressParameter(A1),
            emit.addressParameter(A2),
            emit.addressParameter('0.0.0.0'),
            emit.parameter(0x8008, Uint8Array.of(193, 128, 64)),
            emit.asconfRequest(Parameter.SetPrimary, 0, A2),
            ...keysOf(7),
          ],
        }),
      ],
      { tag: 0 },
    )
    const common = { port: null, addressId: null, how: 'listed', authentication: 'A1', serial: null, correlation: null, wildcard: false }
    const none = { joinToken: null, senderToken: null, receiverToken: null, addressId: null, backup: false }
    expect(init.signals).toEqual([
      {
        kind: 'opening',
        token: '0x0',
        message: 'INIT',
        step: 1,
        sender: [
          { kind: 'verification-tag', value: '0xa0000001' },
          { kind: 'port', value: '40000' },
        ],
        receiver: [{ kind: 'port', value: '5000' }],
        ...none,
        initiateTag: TAG_A,
        initialUnit: 100,
        capabilities: ['asconf', 'i-data', 'auth', 'asconf-must-be-authenticated'],
      },
      { kind: 'claimed', token: '0x0', message: 'INIT', address: A1, ...common },
      { kind: 'claimed', token: '0x0', message: 'INIT', address: A2, ...common },
      {
        kind: 'preferred',
        token: '0x0',
        message: 'INIT: Set Primary IP Address',
        address: A2,
        addressId: null,
        backup: false,
        serial: null,
        correlation: null,
        authentication: 'A1',
      },
    ])
    a.fromB([emit.initAck({ initiateTag: TAG_B, tsn: 200, parameters: [emit.parameter(7, hex('aa'))] })])
    expect(brief(a.fromA([emit.cookieEcho(hex('aa'))]), 'step', 'sender', 'receiver')).toEqual([
      [
        'opening',
        3,
        [
          { kind: 'verification-tag', value: '0xa0000001' },
          { kind: 'port', value: '40000' },
        ],
        [
          { kind: 'verification-tag', value: '0xb0000002' },
          { kind: 'port', value: '5000' },
        ],
      ],
    ])
    expect(brief(a.fromB([emit.cookieAck()]), 'step', 'message', 'token')).toEqual([['opened', 4, 'COOKIE ACK', '0xa0000001']])
  })

  it('two INITs answered with two tags: the echoed cookie decides which keys count', () => {
    const a = new Association()
    for (const [tag, seed] of [
      [TAG_B, 9],
      [0xb0000003, 11],
    ] as const) {
      a.fromA([emit.init({ initiateTag: TAG_A, tsn: 100, parameters: keysOf(7) })], { tag: 0 })
      a.fromB([emit.initAck({ initiateTag: tag, tsn: 200, parameters: keysOf(seed) })])
    }
    a.fromA([emit.cookieEcho(hex('aa'))])
    a.fromB([emit.cookieAck()])
    const back = emit.authenticated(nodeCrypto, key, 1, [emit.asconf(1, B1, [emit.asconfRequest(Parameter.AddAddress, 1, B2)])])
    expect(brief(a.fromB(back), 'authentication')).toEqual([['claimed', 'A3v']])
  })

  it('INIT on a live association is a restart; on a dead one it is not', () => {
    const a = new Association().open()
    const again = [emit.init({ initiateTag: 0xa0000009, tsn: 1 })]
    expect(brief(a.fromA(again, { tag: 0 }), 'message')).toEqual([
      ['noted', 'INIT on a live association: restart'],
      ['opening', 'INIT'],
    ])
    a.fromB([emit.abort()], { tag: TAG_A })
    expect(brief(a.fromA([emit.init({ initiateTag: 0xa000000a, tsn: 1 })], { tag: 0 }), 'message')).toEqual([['opening', 'INIT']])
  })
})

describe('address changes', () => {
  const add = emit.asconfRequest(Parameter.AddAddress, 1, A2)
  const remove = emit.asconfRequest(Parameter.DeleteAddress, 2, A1)
  const prefer = emit.asconfRequest(Parameter.SetPrimary, 3, A2)

  it('requests carry serial and correlation; an empty answer accepts all of them', () => {
    const a = new Association().open()
    const request = a.fromA(emit.authenticated(nodeCrypto, key, 1, [emit.asconf(50, A1, [add, remove, prefer])]))
    expect(brief(request, 'message', 'address', 'how', 'serial', 'correlation', 'authentication', 'wildcard')).toEqual([
      ['claimed', 'ASCONF: Add IP Address', A2, 'signalled', 50, 1, 'A3v', false],
      ['withdrawn', 'ASCONF: Delete IP Address', A1, 'signalled', 50, 2, 'A3v', false],
      ['preferred', 'ASCONF: Set Primary IP Address', A2, undefined, 50, 3, 'A3v', undefined],
    ])
    const answer = a.fromB(emit.authenticated(nodeCrypto, key, 3, [emit.asconfAck(50)]))
    expect(brief(answer, 'message', 'accepted', 'address', 'serial', 'correlation', 'authentication', 'cause')).toEqual([
      ['answered', 'ASCONF-ACK: Add IP Address', true, A2, 50, 1, 'A3v', null],
      ['answered', 'ASCONF-ACK: Delete IP Address', true, A1, 50, 2, 'A3v', null],
      ['answered', 'ASCONF-ACK: Set Primary IP Address', true, A2, 50, 3, 'A3v', null],
    ])
  })

  it('what comes before an error succeeded, what comes after it unanswered failed (RFC 5061 section 5.2)', () => {
    const a = new Association().open()
    a.fromA([emit.asconf(50, A1, [add, remove, prefer])])
    const answer = a.fromB([emit.asconfAck(50, [emit.refusal(2, [emit.cause(0xa2, remove)])])])
    expect(brief(answer, 'accepted', 'correlation', 'cause')).toEqual([
      ['answered', true, 1, null],
      ['answered', false, 2, 'request to delete source IP address'],
      ['answered', false, 3, 'not processed after an earlier error'],
    ])
  })

  it('answers to requests that nobody saw are told without an address', () => {
    const a = new Association().open()
    a.fromA([emit.asconf(50, A1, [add])])
    const answer = a.fromB([emit.asconfAck(51, [emit.success(1), emit.refusal(2, [emit.cause(0xa4, new Uint8Array(0))])])])
    expect(brief(answer, 'accepted', 'correlation', 'address', 'cause')).toEqual([
      ['answered', true, 1, null, null],
      ['answered', false, 2, null, 'request refused, no authorization'],
    ])
  })

  it('wildcards: add and prefer mean the source, delete means all but the source', () => {
    const a = new Association().open()
    const any = [Parameter.AddAddress, Parameter.DeleteAddress, Parameter.SetPrimary].map((type, i) => emit.asconfRequest(type, i, '::'))
    const outcome = a.fromA([emit.asconf(50, A2, any)], { source: A2, destination: '2001:db8:f1::80' })
    expect(brief(outcome, 'address', 'wildcard')).toEqual([
      ['claimed', A2, true],
      ['withdrawn', null, true],
      ['preferred', A2, undefined],
    ])
  })

  it('levels of authentication', () => {
    const request = emit.asconf(50, A1, [add])
    const good = emit.authenticated(nodeCrypto, key, 1, [request])
    const flipped = emit.authenticated(nodeCrypto, key, 1, [request])
    ;(flipped[0] as Uint8Array)[20]! ^= 1
    const otherKey = emit.authenticated(nodeCrypto, hex('00'), 3, [request])
    const keyId = emit.authenticated(nodeCrypto, key, 1, [request])
    ;(keyId[0] as Uint8Array)[5] = 1
    const level = (outcome: Outcome): unknown => outcome.signals[0]?.authentication
    expect({
      good: level(new Association().open().fromA(good)),
      'good, sha-256': level(new Association().open().fromA(emit.authenticated(nodeCrypto, key, 3, [request]))),
      'good, from a new address': level(new Association().open().fromA(good, { source: '192.0.2.99', destination: B2 })),
      'good, without fields': level(new Association().open().fromA(good, { fields: false })),
      'one bit flipped': level(new Association().open().fromA(flipped)),
      'other key': level(new Association().open().fromA(otherKey)),
      'another key id': level(new Association().open().fromA(keyId)),
      'handshake not seen': level(new Association().fromA(good)),
      none: level(new Association().open().fromA([request])),
      'none, handshake not seen': level(new Association().fromA([request])),
      'wrong tag': level(new Association().open().fromA([request], { tag: 0xbad })),
      'wrong tag, from a new address': level(new Association().open().fromA([request], { tag: 0xbad, source: '192.0.2.99' })),
      'wrong tag, to another host': level(new Association().open().fromA([request], { tag: 0xbad, destination: '203.0.113.200' })),
    }).toEqual({
      good: 'A3v',
      'good, sha-256': 'A3v',
      'good, from a new address': 'A3v',
      'good, without fields': 'A3v',
      'one bit flipped': 'AX',
      'other key': 'AX',
      'another key id': 'A3u',
      'handshake not seen': 'A3u',
      none: 'A1',
      'none, handshake not seen': 'A1',
      'wrong tag': 'A0',
      'wrong tag, from a new address': 'A0',
      'wrong tag, to another host': 'A1',
    })
  })

  it('a request with a wrong tag does not become the one that is answered', () => {
    const a = new Association().open()
    a.fromA([emit.asconf(50, A1, [add])])
    a.fromA([emit.asconf(50, A1, [emit.asconfRequest(Parameter.AddAddress, 1, '192.0.2.66')])], { tag: 0xbad })
    expect(brief(a.fromB([emit.asconfAck(50)]), 'address')).toEqual([['answered', A2]])
  })
})

describe('probes', () => {
  it('are matched by their information, whatever address answers', () => {
    const a = new Association().open()
    const long = Uint8Array.from({ length: 100 }, (_, i) => i)
    const other = long.slice()
    other[99] = 1
    const probe = a.fromA([emit.heartbeat(long)], { destination: B2 })
    const answer = a.fromB([emit.heartbeat(long, true)])
    const another = a.fromA([emit.heartbeat(other)])
    expect([probe, answer, another].map((o) => brief(o, 'message'))).toEqual([
      [['probed', 'HEARTBEAT']],
      [['probe-answered', 'HEARTBEAT ACK']],
      [['probed', 'HEARTBEAT']],
    ])
    const match = (o: Outcome) => o.signals[0]?.match as string
    expect(match(answer)).toBe(match(probe))
    expect(match(another)).not.toBe(match(probe))
    expect(match(probe)).toMatch(/^0001[0-9a-f]{124}\+[0-9a-f]{8}\/36$/)
    expect(match(a.fromA([emit.heartbeat(hex('0102'))]))).toBe('0102')
  })
})

describe('data and acknowledgements', () => {
  it('carry TSN, bytes, gaps and duplicates, across the end of the number space', () => {
    const a = new Association().open()
    const outcome = a.fromA([emit.data({ tsn: 0xffffffff, payload: emit.ascii('abc') }), emit.data({ tsn: 0, payload: emit.ascii('de') })])
    expect(outcome.signals).toEqual([
      { kind: 'payload', token: '0xb0000002', unit: 0xffffffff, span: 1, bytes: 3 },
      { kind: 'payload', token: '0xb0000002', unit: 0, span: 1, bytes: 2 },
    ])
    expect(outcome.info).toBe('DATA (TSN=0, 3 bytes) DATA (TSN=1, 2 bytes)')
    const ack = a.fromB([
      emit.sack(
        0xfffffffe,
        [
          [2, 2],
          [4, 6],
          [9, 8],
          [0, 1],
        ],
        [7, 7],
      ),
    ])
    expect(ack.signals).toEqual([
      {
        kind: 'acknowledged',
        token: '0xa0000001',
        unit: 0xffffffff,
        gaps: [
          [0, 1],
          [2, 5],
        ],
        duplicates: 2,
      },
    ])
  })

  it('a window of zero is one only when nothing is missing before what came', () => {
    const a = new Association().open()
    const told = (sack: Uint8Array) => a.fromB([sack]).signals.map(({ noRoom }) => noRoom)
    expect(told(emit.sack(1, [], [], 0))).toEqual([true])
    expect(told(emit.sack(1, [], [7], 0))).toEqual([true])
    expect(told(emit.sack(1, [[2, 2]], [], 0))).toEqual([undefined])
    expect(told(emit.sack(1, [], [], 1))).toEqual([undefined])
    expect(told(emit.shutdown(1))).not.toContain(true)
  })

  it('I-DATA counts bytes after its longer header; SHUTDOWN acknowledges and begins the end', () => {
    const a = new Association().open()
    const chunk = emit.iData({ tsn: 100, stream: 1, message: 0, word: 51, payload: emit.ascii('abcd'), flags: 3 })
    expect(brief(a.fromA([chunk]), 'unit', 'bytes')).toEqual([['payload', 100, 4]])
    expect(brief(a.fromB([emit.shutdown(100)]), 'unit', 'message', 'abrupt', 'final')).toEqual([
      ['acknowledged', 101, undefined, undefined, undefined],
      ['closed', undefined, 'SHUTDOWN', false, false],
    ])
    expect(brief(a.fromA([emit.shutdownAck()]), 'message', 'final')).toEqual([['closed', 'SHUTDOWN ACK', false]])
    expect(brief(a.fromB([emit.shutdownComplete()]), 'message', 'final', 'authentication')).toEqual([
      ['closed', 'SHUTDOWN COMPLETE', true, 'A1'],
    ])
  })

  it('relative numbers count from the first TSN of the tag, on every address pair', () => {
    const a = new Association().open()
    const of = (o: Outcome, name: string) => o.fields.filter((f) => f.startsWith(`${name}: `)).map((f) => f.slice(name.length + 2))
    expect(of(a.fromB([emit.sack(99)]), 'sctp.sack_cumulative_tsn_ack')).toEqual([])
    a.fromA([emit.data({ tsn: 100, payload: emit.ascii('a') })])
    const second = a.fromA([emit.data({ tsn: 104, payload: emit.ascii('a') })], { source: A2, destination: '2001:db8:f1::80' })
    expect(of(second, 'sctp.data_tsn')).toEqual(['4'])
    const ack = a.fromB([emit.sack(104)], { source: '2001:db8:f1::80', destination: A2 })
    expect(of(ack, 'sctp.sack_cumulative_tsn_ack')).toEqual(['4'])
  })

  it('fragments: the packet that completes a message names all of its frames, in a second pass the others name that one', () => {
    const a = new Association().open()
    const part = (tsn: number, flags: number) => [emit.data({ tsn, payload: emit.ascii('x'), flags })]
    const seen = (o: Outcome) => o.fields.filter((f) => /^sctp\.(fragment|reassembled_in)/.test(f))
    const first = part(100, 2)
    const last = part(102, 1)
    expect(seen(a.fromA(first))).toEqual([])
    expect(seen(a.fromA(last))).toEqual([])
    expect(seen(a.fromA(part(101, 0), { destination: B2 }))).toEqual(['sctp.fragment: 5', 'sctp.fragment: 7', 'sctp.fragment: 6'])
    a.bench.state.frozen = true
    expect(seen(a.fromA(first))).toEqual(['sctp.reassembled_in: 7'])
    expect(seen(a.fromA(part(103, 1)))).toEqual([])
  })

  it('interleaved messages are told apart by stream, order and message identifier', () => {
    const a = new Association().open()
    const part = (tsn: number, message: number, word: number, flags: number) => [
      emit.iData({ tsn, stream: 1, message, word, payload: emit.ascii('x'), flags }),
    ]
    const seen = (o: Outcome) => o.fields.filter((f) => f.startsWith('sctp.fragment:'))
    a.fromA(part(1, 0, 51, 2))
    a.fromA(part(2, 1, 51, 2))
    a.fromA(part(3, 1, 51, 6))
    expect(seen(a.fromA(part(4, 0, 1, 1)))).toEqual(['sctp.fragment: 5', 'sctp.fragment: 8'])
    expect(seen(a.fromA(part(5, 1, 1, 1)))).toEqual(['sctp.fragment: 6', 'sctp.fragment: 9'])
    expect(seen(a.fromA(part(6, 1, 1, 5)))).toEqual(['sctp.fragment: 7', 'sctp.fragment: 10'])
  })
})

describe('the end', () => {
  it('ABORT: causes in words, wrong tags marked, flag T looked up the other way', () => {
    const cases: [string, (a: Association) => Outcome][] = [
      ['right tag', (a) => a.fromA([emit.abort([emit.cause(12, emit.ascii('bye')), emit.cause(13, new Uint8Array(0))])])],
      ['wrong tag', (a) => a.fromA([emit.abort()], { tag: 0xbad })],
      ['reflected tag', (a) => a.fromB([emit.abort([], true)], { tag: TAG_B })],
      ['T but not reflected', (a) => a.fromB([emit.abort([], true)], { tag: 0xbad })],
      [
        'restart refused',
        (a) => a.fromB([emit.abort([emit.cause(11, emit.bytesOf(emit.addressParameter(A2), emit.addressParameter(A1)))])]),
      ],
    ]
    expect(
      Object.fromEntries(
        cases.map(([name, run]) => [name, brief(run(new Association().open()), 'message', 'abrupt', 'cause', 'authentication')]),
      ),
    ).toEqual({
      'right tag': [['closed', 'ABORT', true, 'user-initiated abort, protocol violation', 'A1']],
      'wrong tag': [['closed', 'ABORT', true, null, 'A0']],
      'reflected tag': [['closed', 'ABORT, flag T: the tag is reflected', true, null, 'A1']],
      'T but not reflected': [['closed', 'ABORT, flag T: the tag is reflected', true, null, 'A0']],
      'restart refused': [['closed', 'ABORT', true, `restart of an association with new addresses (${A2}, ${A1})`, 'A1']],
    })
  })

  it('an ABORT with a wrong tag ends nothing: the next wrong one is still known to be wrong', () => {
    const a = new Association().open()
    a.fromA([emit.abort()], { tag: 0xbad })
    expect(brief(a.fromA([emit.abort()], { tag: 0xbad }), 'authentication')).toEqual([['closed', 'A0']])
  })

  it('ERROR and FORWARD TSN are notes', () => {
    const a = new Association().open()
    expect(brief(a.fromA([emit.error([emit.cause(3, hex('00000001'))]), emit.forwardTsn(9)]), 'message')).toEqual([
      ['noted', 'ERROR: stale cookie'],
      ['noted', 'FORWARD TSN: sender gives up data up to TSN 9'],
    ])
  })
})

describe('what carries it', () => {
  it('inside an ICMP error only fields are read, and the tag is handed on even when nothing follows it', () => {
    const { bench } = new Association().open()
    const packet = emit.packet({
      sourcePort: 40_000,
      destinationPort: 5_000,
      tag: TAG_B,
      chunks: [emit.data({ tsn: 1, payload: hex('00') })],
    })
    const outcome = bench.packet(A1, B1, packet.slice(0, 8), { wire: packet.length, quoted: true })
    expect(outcome).toEqual({
      signals: [],
      fields: ['sctp.srcport: 40000', 'sctp.dstport: 5000', 'sctp.verification_tag: 0xb0000002'],
      stop: '',
      info: '',
    })
  })

  it('over UDP only what looks like SCTP is taken', () => {
    registerSctp()
    expect(lookup('udp.port', 9899)).toBe(dissectSctpOverUdp)
    const { state } = new Bench()
    const taken = (bytes: Uint8Array): boolean => {
      const walk = new Walk(state)
      walk.start(bytes, 0, bytes.length, bytes.length, 0, 0, 0)
      dissectSctpOverUdp(walk, 0)
      return !walk.declined
    }
    const parts = { sourcePort: 1, destinationPort: 2, tag: 3, chunks: [emit.cookieAck()] }
    const init = [emit.init({ initiateTag: 1, tsn: 1 })]
    expect({
      good: taken(emit.packet(parts)),
      'INIT without tag': taken(emit.packet({ ...parts, tag: 0, chunks: init })),
      'INIT with a tag': taken(emit.packet({ ...parts, chunks: init })),
      'other without tag': taken(emit.packet({ ...parts, tag: 0 })),
      'port 0': taken(emit.packet({ ...parts, sourcePort: 0 })),
      'unknown chunk': taken(emit.packet({ ...parts, chunks: [emit.chunk(99, 0, new Uint8Array(4))] })),
      'chunk beyond the datagram': taken(emit.packet({ ...parts, chunks: [hex('0b000040')] })),
      short: taken(new Uint8Array(15)),
    }).toEqual({
      good: true,
      'INIT without tag': true,
      'INIT with a tag': false,
      'other without tag': false,
      'port 0': false,
      'unknown chunk': false,
      'chunk beyond the datagram': false,
      short: false,
    })
  })
})

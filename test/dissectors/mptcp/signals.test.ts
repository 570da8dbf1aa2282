import { describe, expect, test } from 'vitest'
import { mptcpOption } from '../../../dissectors/mptcp/emit.ts'
import { addressHmac, deriveKey, joinHmac } from '../../../dissectors/mptcp/keys.ts'
import { ACK, FIN_ACK, PSH_ACK, RST, RST_ACK, SYN, SYN_ACK, tcpOption } from '../../../dissectors/tcp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { Bench, hexBytes } from '../tcp/bench.ts'
import { Talk, v4, v6 } from '../tcp/talk.ts'

const keyA = hexBytes('0102030405060708')
const keyB = hexBytes('1112131415161718')
const nonceA = 0xa1a2a3a4
const nonceB = 0xb1b2b3b4
const token = (version: 0 | 1, key: Uint8Array): number => deriveKey(nodeCrypto, version, key).token
const idsn = (version: 0 | 1, key: Uint8Array): bigint => {
  const { initialHigh, initialLow } = deriveKey(nodeCrypto, version, key)
  return (BigInt(initialHigh) << 32n) | BigInt(initialLow)
}

function first(bench: Bench, version: 0 | 1 = 1): Talk {
  const talk = new Talk(bench, v4(1), v4(2))
  talk.up({ flags: SYN, options: [mptcpOption.capable(version, version === 0 ? [keyA] : [])] })
  talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(version, [keyB])] })
  talk.up({ options: [mptcpOption.capable(version, [keyA, keyB])] })
  return talk
}

/** The three packets of a join that the opener of the connection begins, and the fourth. */
function join(bench: Bench, version: 0 | 1, wrong: '' | 'answer' | 'ack' = ''): { talk: Talk; signals: string[] } {
  const talk = new Talk(bench, v4(33), v4(2), [40001, 443], [9000, 7000])
  const answer = Uint8Array.from(joinHmac(nodeCrypto, version, keyB, keyA, nonceB, nonceA))
  const ack = Uint8Array.from(joinHmac(nodeCrypto, version, keyA, keyB, nonceA, nonceB))
  if (wrong === 'answer') answer[7] = (answer[7] as number) ^ 1
  if (wrong === 'ack') ack[19] = (ack[19] as number) ^ 1
  const signals = [
    ...talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(version, keyB), nonceA, 5, true)] }),
    ...talk.down({ flags: SYN_ACK, options: [mptcpOption.joinAnswer(answer, nonceB, 0)] }),
    ...talk.up({ options: [mptcpOption.joinAck(ack)] }),
    ...talk.down({ options: [mptcpOption.dss({ ack: 1 })] }),
  ]
  return { talk, signals }
}

describe('opening', () => {
  test('version 0 shows keys from the SYN on', () => {
    const talk = new Talk(new Bench(), v6(10, 1), v6(12, 9))
    expect([
      ...talk.up({ flags: SYN, options: [mptcpOption.capable(0, [keyA])] }),
      ...talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(0, [keyB])] }),
      ...talk.up({ options: [mptcpOption.capable(0, [keyA, keyB])] }),
    ]).toEqual([
      'f0> mptcp opening MP_CAPABLE SYN step=1 sender=token:dd5783bc senderToken=dd5783bc addressId=0 initialUnit=1000',
      'f0< mptcp opening MP_CAPABLE SYN/ACK step=2 sender=token:3383d918 receiver=token:dd5783bc senderToken=3383d918 receiverToken=dd5783bc addressId=0 initialUnit=5000',
      'f0> mptcp opened MP_CAPABLE ACK step=3 sender=token:dd5783bc receiver=token:3383d918 senderToken=dd5783bc receiverToken=3383d918 addressId=0',
      'f0> mptcp acknowledged seq 5001',
    ])
  })

  test.each([
    [0, 'dd5783bc', '3383d918'],
    [1, '66840dda', 'ccad45ac'],
  ] as const)('a join of version %i', (version, a, b) => {
    const bench = new Bench()
    first(bench, version)
    const up = `sender=token:${a} receiver=token:${b} joinToken=${b} senderToken=${a} receiverToken=${b}`
    const down = `sender=token:${b} receiver=token:${a} joinToken=${b} senderToken=${b} receiverToken=${a}`
    expect(join(bench, version).signals).toEqual([
      `f1> mptcp opening MP_JOIN SYN step=1 ${up} addressId=5 backup initialUnit=9000`,
      'f1> mptcp probed MP_JOIN SYN match=a1a2a3a4',
      'f1> mptcp preferred MP_JOIN SYN addressId=5 backup',
      `f1< mptcp opening MP_JOIN SYN/ACK step=2 ${down} addressId=0 initialUnit=7000`,
      'f1< mptcp probe-answered MP_JOIN SYN/ACK match=a1a2a3a4 authentication=A3v',
      `f1> mptcp opened MP_JOIN ACK step=3 ${up} addressId=5 backup`,
      'f1> mptcp verified MP_JOIN ACK authentication=A3v',
      'f1> mptcp acknowledged seq 7001',
      'f1< mptcp acknowledged dsn 1',
      'f1< mptcp verified MP_JOIN fourth ACK authentication=A3v',
      'f1< mptcp acknowledged seq 9001',
    ])
  })

  test.each([
    ['answer', 'AX AX AX'],
    ['ack', 'A3v AX AX'],
  ] as const)('a join with a wrong HMAC in the %s', (wrong, expected) => {
    const bench = new Bench()
    first(bench)
    const { signals } = join(bench, 1, wrong)
    expect(signals.flatMap((line) => /(?:answered|verified).*authentication=(\w+)/.exec(line)?.[1] ?? []).join(' ')).toBe(expected)
  })

  test('a join of a connection that was never seen', () => {
    expect(join(new Bench(), 1).signals).toEqual([
      'f0> mptcp opening MP_JOIN SYN step=1 receiver=token:ccad45ac joinToken=ccad45ac receiverToken=ccad45ac addressId=5 backup initialUnit=9000',
      'f0> mptcp probed MP_JOIN SYN match=a1a2a3a4',
      'f0> mptcp preferred MP_JOIN SYN addressId=5 backup',
      'f0< mptcp opening MP_JOIN SYN/ACK step=2 sender=token:ccad45ac joinToken=ccad45ac senderToken=ccad45ac addressId=0 initialUnit=7000',
      'f0< mptcp probe-answered MP_JOIN SYN/ACK match=a1a2a3a4 authentication=A3u',
      'f0> mptcp opened MP_JOIN ACK step=3 receiver=token:ccad45ac joinToken=ccad45ac receiverToken=ccad45ac addressId=5 backup',
      'f0> mptcp verified MP_JOIN ACK authentication=A3u',
      'f0> mptcp acknowledged seq 7001',
      'f0< mptcp acknowledged dsn 1',
      'f0< mptcp verified MP_JOIN fourth ACK authentication=A3u',
      'f0< mptcp acknowledged seq 9001',
    ])
  })

  test('a join that its target begins: keys and tokens the other way round', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(2), v4(44), [50000, 40000], [1, 2])
    const answer = joinHmac(nodeCrypto, 1, keyA, keyB, nonceB, nonceA)
    const ack = joinHmac(nodeCrypto, 1, keyB, keyA, nonceA, nonceB)
    expect([
      ...talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(1, keyA), nonceA, 0)] }),
      ...talk.down({ flags: SYN_ACK, options: [mptcpOption.joinAnswer(answer, nonceB, 4)] }),
      ...talk.up({ options: [mptcpOption.joinAck(ack)] }),
    ]).toEqual([
      'f1> mptcp opening MP_JOIN SYN step=1 sender=token:ccad45ac receiver=token:66840dda joinToken=66840dda senderToken=ccad45ac receiverToken=66840dda addressId=0 initialUnit=1',
      'f1> mptcp probed MP_JOIN SYN match=a1a2a3a4',
      'f1< mptcp opening MP_JOIN SYN/ACK step=2 sender=token:66840dda receiver=token:ccad45ac joinToken=66840dda senderToken=66840dda receiverToken=ccad45ac addressId=4 initialUnit=2',
      'f1< mptcp probe-answered MP_JOIN SYN/ACK match=a1a2a3a4 authentication=A3v',
      'f1> mptcp opened MP_JOIN ACK step=3 sender=token:ccad45ac receiver=token:66840dda joinToken=66840dda senderToken=ccad45ac receiverToken=66840dda addressId=0',
      'f1> mptcp verified MP_JOIN ACK authentication=A3v',
      'f1> mptcp acknowledged seq 3',
    ])
  })

  test('data from the opener stands for a fourth packet that was not captured', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(33), v4(2), [40001, 443], [9000, 7000])
    talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(1, keyB), nonceA, 5)] })
    talk.down({
      flags: SYN_ACK,
      options: [mptcpOption.joinAnswer(joinHmac(nodeCrypto, 1, keyB, keyA, nonceB, nonceA), nonceB, 0)],
    })
    talk.up({ options: [mptcpOption.joinAck(joinHmac(nodeCrypto, 1, keyA, keyB, nonceA, nonceB))] })
    talk.up({ data: 4, options: [mptcpOption.dss({ dsn: 77, subflowSequence: 1, length: 4 })] })
    expect(talk.up({ flags: RST })).toEqual(['f1> mptcp closed RST abrupt final'])
  })

  test('the same connection seen on both sides of an address translator is one', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(99), v4(2), [61000, 443])
    talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
    talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(1, [keyB])] })
    talk.up({ options: [mptcpOption.capable(1, [keyA, keyB])] })
    const stream = bench.fields(talk.bytes(0, { options: [mptcpOption.dss({ ack: 1 })] }), ['mptcp.stream'])
    expect(stream).toEqual(['mptcp.stream: 0'])
  })
})

test('an ACK with another key than the SYN is noted; the first key stands', () => {
  const bench = new Bench()
  const talk = new Talk(bench, v4(1), v4(2))
  talk.up({ flags: SYN, options: [mptcpOption.capable(0, [keyA])] })
  talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(0, [keyB])] })
  expect(talk.up({ options: [mptcpOption.capable(0, [hexBytes('99999999aaaaaaaa'), keyB])] })).toEqual([
    'f0> mptcp noted MP_CAPABLE ACK names another key of its sender than before',
    'f0> mptcp opened MP_CAPABLE ACK step=3 sender=token:dd5783bc receiver=token:3383d918 senderToken=dd5783bc receiverToken=3383d918 addressId=0',
    'f0> mptcp acknowledged seq 5001',
  ])
})

describe('refused joins', () => {
  test('after the third packet', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(33), v4(2), [40001, 443], [9000, 7000])
    talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(1, keyB), nonceA, 5)] })
    talk.down({
      flags: SYN_ACK,
      options: [mptcpOption.joinAnswer(joinHmac(nodeCrypto, 1, keyB, keyA, nonceB, nonceA), nonceB, 0)],
    })
    talk.up({ options: [mptcpOption.joinAck(joinHmac(nodeCrypto, 1, keyA, keyB, nonceA, nonceB))] })
    expect(talk.down({ flags: RST_ACK, options: [mptcpOption.reset(3)] })).toEqual([
      'f1< mptcp refused RST MP_TCPRST abrupt final cause=administratively prohibited',
    ])
  })

  test('what the reset says of data on other subflows confirms nothing', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(33), v4(2), [40001, 443], [9000, 7000])
    talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(1, keyB), nonceA, 5)] })
    talk.down({
      flags: SYN_ACK,
      options: [mptcpOption.joinAnswer(joinHmac(nodeCrypto, 1, keyB, keyA, nonceB, nonceA), nonceB, 0)],
    })
    talk.up({ options: [mptcpOption.joinAck(joinHmac(nodeCrypto, 1, keyA, keyB, nonceA, nonceB))] })
    expect(talk.down({ flags: RST_ACK, options: [mptcpOption.dss({ ack: 77 })] })).toEqual(['f1< mptcp refused RST abrupt final'])
  })

  test('by a SYN/ACK without the option', () => {
    const bench = new Bench()
    first(bench)
    const talk = new Talk(bench, v4(33), v4(2), [40001, 443], [9000, 7000])
    talk.up({ flags: SYN, options: [mptcpOption.joinSyn(token(1, keyB), nonceA, 5)] })
    expect([...talk.down({ flags: SYN_ACK }), ...talk.up({ flags: RST, options: [mptcpOption.reset(1)] })]).toEqual([
      'f1< mptcp opening SYN/ACK step=2 sender=token:ccad45ac receiver=token:66840dda joinToken=ccad45ac senderToken=ccad45ac receiverToken=66840dda initialUnit=7000',
      'f1< mptcp refused SYN/ACK without MP_JOIN abrupt final',
      'f1> mptcp refused RST MP_TCPRST abrupt final cause=MPTCP-specific error',
    ])
  })

  test('a join that is up is closed by a reset, not refused', () => {
    const bench = new Bench()
    first(bench)
    const { talk } = join(bench, 1)
    expect(talk.up({ flags: RST, options: [mptcpOption.reset(5, true)] })).toEqual([
      'f1> mptcp closed RST MP_TCPRST abrupt final cause=unacceptable performance (transient)',
    ])
  })
})

describe('fallback to plain TCP', () => {
  test('a SYN/ACK without MP_CAPABLE', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
    expect([...talk.down({ flags: SYN_ACK }), ...talk.up(), ...talk.up({ data: 3 })]).toEqual([
      'f0< mptcp fallback SYN/ACK without MP_CAPABLE',
      'f0< tcp opening SYN/ACK step=2 initialUnit=5000',
      'f0> tcp opened ACK step=3',
      'f0> tcp acknowledged seq 5001',
      'f0> tcp payload seq 1001 +3',
    ])
  })

  test('a SYN that is sent again without it', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
    expect(talk.up({ flags: SYN, sequence: 1000 })).toEqual([
      'f0> mptcp fallback SYN without MP_CAPABLE',
      'f0> tcp opening SYN step=1 initialUnit=1000',
    ])
  })

  test('a SYN/ACK in another version', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
    expect(talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(0, [keyB])] })).toEqual([
      'f0< mptcp fallback SYN/ACK with MPTCP version 0, 1 was asked for',
      'f0< tcp opening SYN/ACK step=2 initialUnit=5000',
    ])
  })

  test('a third ACK without it', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
    talk.down({ flags: SYN_ACK, options: [mptcpOption.capable(1, [keyB])] })
    expect(talk.up()).toEqual([
      'f0> mptcp fallback third ACK without MP_CAPABLE',
      'f0> tcp opened ACK step=3',
      'f0> tcp acknowledged seq 5001',
    ])
  })

  test("the other end's first data without a mapping", () => {
    const talk = first(new Bench())
    expect(talk.down({ data: 10 })).toEqual(['f0< mptcp fallback first data without MPTCP options', 'f0< tcp payload seq 5001 +10'])
  })

  test('an infinite mapping goes on for ever', () => {
    const talk = first(new Bench())
    expect([
      ...talk.up({ data: 10, options: [mptcpOption.dss({ dsn: 1000, subflowSequence: 1, length: 0 })] }),
      ...talk.up({ data: 10 }),
      ...talk.up({ data: 10 }),
    ]).toEqual([
      'f0> mptcp fallback infinite mapping',
      'f0> mptcp payload dsn 1000 +10 sub 1001+10',
      'f0> mptcp payload dsn 1010 +10 sub 1011+10',
      'f0> mptcp payload dsn 1020 +10 sub 1021+10',
    ])
  })

  test('MP_FAIL', () => {
    const talk = first(new Bench())
    expect(talk.down({ options: [mptcpOption.fail(7n), mptcpOption.dss({ ack: 5 })] })).toEqual([
      'f0< mptcp fallback MP_FAIL',
      'f0< mptcp acknowledged dsn 5',
      'f0< mptcp acknowledged seq 1001',
    ])
  })
})

describe('data sequence', () => {
  test('the first data with both keys begins at the initial data sequence number + 1', () => {
    const talk = first(new Bench())
    const lines = talk.up({ flags: PSH_ACK, data: 6, options: [mptcpOption.capable(1, [keyA, keyB], { dataLength: 6 })] })
    expect(lines).toEqual([`f0> mptcp payload dsn ${Number((idsn(1, keyA) + 1n) & 0xffffffffn)} +6 sub 1001+6`])
  })

  test('one mapping over several segments, before and after its data, and two mappings in one segment', () => {
    const talk = first(new Bench())
    expect([
      ...talk.up({ options: [mptcpOption.dss({ ack: 1, dsn: 100n, subflowSequence: 1, length: 25 })] }),
      ...talk.up({ data: 10 }),
      ...talk.up({ data: 10 }),
      ...talk.up({ data: 10, options: [mptcpOption.dss({ dsn: 500n, subflowSequence: 26, length: 5 })] }),
    ]).toEqual([
      'f0> mptcp acknowledged dsn 1',
      'f0> mptcp acknowledged seq 5001',
      'f0> mptcp payload dsn 100 +10 sub 1001+10',
      'f0> mptcp payload dsn 110 +10 sub 1011+10',
      'f0> mptcp payload dsn 120 +5 sub 1021+5',
      'f0> mptcp payload dsn 500 +5 sub 1026+5',
    ])
  })

  test('re-injected on another subflow the data has the same data sequence number', () => {
    const bench = new Bench()
    const talk = first(bench)
    const other = join(bench, 1).talk
    expect([
      ...talk.up({ data: 8, options: [mptcpOption.dss({ dsn: 4000n, subflowSequence: 1, length: 8 })] }),
      ...other.up({ data: 8, options: [mptcpOption.dss({ dsn: 4000n, subflowSequence: 1, length: 8 })] }),
    ]).toEqual(['f0> mptcp payload dsn 4000 +8 sub 1001+8', 'f1> mptcp payload dsn 4000 +8 sub 9001+8'])
  })

  test('data no mapping was seen for stays in subflow space', () => {
    const talk = first(new Bench())
    talk.up({ options: [mptcpOption.dss({ ack: 1 })] })
    expect(talk.up({ data: 10 })).toEqual(['f0> mptcp payload seq 1001 +10 sub 1001+10'])
  })

  test('acknowledgments of both spaces; on data only what is new', () => {
    const talk = first(new Bench())
    talk.up({ data: 8, options: [mptcpOption.dss({ ack: 9, dsn: 40, subflowSequence: 1, length: 8 })] })
    expect([
      ...talk.down({ options: [mptcpOption.dss({ ack: 48n })] }),
      ...talk.up({ data: 8, options: [mptcpOption.dss({ ack: 9, dsn: 48, subflowSequence: 9, length: 8 })] }),
      ...talk.down({ acknowledgment: 1009, options: [tcpOption.sack([[1017, 1025]]), mptcpOption.dss({ ack: 48 })] }),
    ]).toEqual([
      'f0< mptcp acknowledged dsn 48',
      'f0< mptcp acknowledged seq 1009',
      'f0> mptcp payload dsn 48 +8 sub 1009+8',
      'f0< mptcp acknowledged dsn 48',
      'f0< mptcp acknowledged seq 1009 gap 1017-1025',
    ])
  })

  test('DATA_FIN alone and with data, from both sides, once a subflow', () => {
    const talk = first(new Bench())
    expect([
      ...talk.up({ data: 4, options: [mptcpOption.dss({ dsn: 10, subflowSequence: 1, length: 5, dataFin: true })] }),
      ...talk.down({ options: [mptcpOption.dss({ ack: 15, dsn: 90, subflowSequence: 0, length: 1, dataFin: true })] }),
      ...talk.down({ options: [mptcpOption.dss({ ack: 15, dsn: 90, subflowSequence: 0, length: 1, dataFin: true })] }),
      ...talk.up({ flags: FIN_ACK, options: [mptcpOption.dss({ ack: 91 })] }),
    ]).toEqual([
      'f0> mptcp payload dsn 10 +4 sub 1001+4',
      'f0> mptcp closed DATA_FIN',
      'f0< mptcp acknowledged dsn 15',
      'f0< mptcp acknowledged seq 1005',
      'f0< mptcp closed DATA_FIN final',
      'f0< mptcp acknowledged dsn 15',
      'f0< mptcp acknowledged seq 1005',
      'f0> mptcp acknowledged dsn 91',
      'f0> mptcp acknowledged seq 5001',
      'f0> mptcp closed FIN',
    ])
  })
})

describe('met in the middle', () => {
  test('a DSS on a flow without handshake is a subflow of a connection unknown', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2), [40000, 443], [500_000, 900_000])
    expect([
      ...talk.up({ data: 10, options: [mptcpOption.dss({ ack: 7, dsn: 3000, subflowSequence: 2001, length: 10 })] }),
      ...talk.down({ options: [mptcpOption.dss({ ack: 3010 })] }),
      ...talk.up({ data: 10, options: [mptcpOption.dss({ dsn: 3010, subflowSequence: 2011, length: 20 })] }),
      ...talk.up({ data: 10 }),
    ]).toEqual([
      'f0> mptcp opened mid-capture step=0',
      'f0> mptcp acknowledged dsn 7',
      'f0> mptcp acknowledged seq 900000',
      'f0> mptcp payload dsn 3000 +10 sub 500000+10',
      'f0< mptcp acknowledged dsn 3010',
      'f0< mptcp acknowledged seq 500010',
      'f0> mptcp payload dsn 3010 +10 sub 500010+10',
      'f0> mptcp payload dsn 3020 +10 sub 500020+10',
    ])
  })

  test('segments from within a mapping are put in place by its first one', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2), [40000, 443], [500_010, 900_000])
    const dss = mptcpOption.dss({ dsn: 3000, subflowSequence: 2001, length: 30 })
    talk.up({ data: 10, options: [dss] })
    expect(talk.up({ data: 10, sequence: 500_000, options: [dss] })).toEqual(['f0> mptcp payload dsn 3000 +10 sub 500000+10'])
  })

  test('claims are unverifiable without keys', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    expect(talk.up({ options: [mptcpOption.addAddress(3, v4(77), 8080, new Uint8Array(8))] })).toEqual([
      'f0> mptcp opened mid-capture step=0',
      'f0> mptcp claimed ADD_ADDR address=192.0.2.77 port=8080 addressId=3 authentication=A3u',
      'f0> mptcp acknowledged seq 5000',
    ])
  })
})

describe('address signals', () => {
  test('version 1 with HMAC, echo, removal of several; a wrong HMAC', () => {
    const talk = first(new Bench())
    const address = v6(11, 33)
    const hmac = addressHmac(nodeCrypto, keyB, keyA, 7, address, 4433)
    const wrong = Uint8Array.from(hmac)
    wrong[0] = (wrong[0] as number) ^ 0x80
    expect(
      [
        ...talk.down({ options: [mptcpOption.addAddress(7, address, 4433, hmac)] }),
        ...talk.up({ options: [mptcpOption.addAddress(7, address, 4433, null)] }),
        ...talk.down({ options: [mptcpOption.addAddress(7, address, 4433, wrong)] }),
        ...talk.down({ options: [mptcpOption.removeAddress(7, 9)] }),
      ].filter((line) => !line.includes('acknowledged')),
    ).toEqual([
      'f0< mptcp claimed ADD_ADDR address=2001:db8:b::21 port=4433 addressId=7 authentication=A3v',
      'f0> mptcp claim-answered ADD_ADDR echo accepted addressId=7 address=2001:db8:b::21',
      'f0< mptcp claimed ADD_ADDR address=2001:db8:b::21 port=4433 addressId=7 authentication=AX',
      'f0< mptcp withdrawn REMOVE_ADDR addressId=7',
      'f0< mptcp withdrawn REMOVE_ADDR addressId=9',
    ])
  })

  test('version 0 has no HMAC', () => {
    const talk = first(new Bench(), 0)
    expect(talk.down({ options: [mptcpOption.addAddress0(2, v4(55), null)] }).slice(0, 1)).toEqual([
      'f0< mptcp claimed ADD_ADDR address=192.0.2.55 addressId=2',
    ])
  })

  test('priority of this subflow, and in version 0 of an address', () => {
    const talk = first(new Bench(), 0)
    expect(
      [...talk.up({ options: [mptcpOption.priority(true)] }), ...talk.up({ options: [mptcpOption.priority(false, 4)] })].filter(
        (line) => !line.includes('acknowledged'),
      ),
    ).toEqual(['f0> mptcp preferred MP_PRIO backup', 'f0> mptcp preferred MP_PRIO addressId=4'])
  })

  test.each([
    ['right', keyB, 'A3v'],
    ['wrong', keyA, 'AX'],
  ] as const)('a fast close with the %s key', (_name, key, authentication) => {
    const talk = first(new Bench())
    expect(talk.up({ flags: RST_ACK, options: [mptcpOption.fastClose(key)] })).toEqual([
      `f0> mptcp closed MP_FASTCLOSE abrupt final authentication=${authentication}`,
      'f0> mptcp closed RST abrupt final',
    ])
  })
})

test('a flow that fell back stays plain whatever comes', () => {
  const talk = new Talk(new Bench(), v4(1), v4(2))
  talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
  talk.down({ flags: SYN_ACK })
  talk.up()
  expect(talk.up({ flags: ACK, data: 2, options: [mptcpOption.dss({ ack: 1, dsn: 9, subflowSequence: 1, length: 2 })] })).toEqual([
    'f0> tcp payload seq 1001 +2',
  ])
})

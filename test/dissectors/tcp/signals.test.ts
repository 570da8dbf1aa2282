import { describe, expect, test } from 'vitest'
import { ACK, FIN_ACK, PSH_ACK, RST, RST_ACK, SYN, SYN_ACK, tcpOption } from '../../../dissectors/tcp/emit.ts'
import { Bench } from './bench.ts'
import { Talk, v4, v6 } from './talk.ts'

function opened(bench = new Bench()): Talk {
  const talk = new Talk(bench, v4(1), v4(2))
  talk.up({ flags: SYN })
  talk.down({ flags: SYN_ACK })
  talk.up()
  return talk
}

describe('signals of plain TCP', () => {
  test('a connection from SYN to FIN, over IPv6', () => {
    const talk = new Talk(new Bench(), v6(10, 1), v6(12, 9))
    expect([
      ...talk.up({ flags: SYN }),
      ...talk.down({ flags: SYN_ACK }),
      ...talk.up(),
      ...talk.up({ flags: PSH_ACK, data: 100 }),
      ...talk.down(),
      ...talk.down({ flags: PSH_ACK, data: 1400 }),
      ...talk.up(),
      ...talk.up({ flags: FIN_ACK }),
      ...talk.down({ flags: FIN_ACK }),
      ...talk.up(),
    ]).toEqual([
      'f0> tcp opening SYN step=1 initialUnit=1000',
      'f0< tcp opening SYN/ACK step=2 initialUnit=5000',
      'f0> tcp opened ACK step=3',
      'f0> tcp acknowledged seq 5001',
      'f0> tcp payload seq 1001 +100',
      'f0< tcp acknowledged seq 1101',
      'f0< tcp payload seq 5001 +1400',
      'f0> tcp acknowledged seq 6401',
      'f0> tcp acknowledged seq 6401',
      'f0> tcp closed FIN',
      'f0< tcp acknowledged seq 1102',
      'f0< tcp closed FIN final',
      'f0> tcp acknowledged seq 6402',
    ])
  })

  test('a SYN that is sent again opens again, a third ACK only once', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN })
    expect([...talk.up({ flags: SYN, sequence: 1000 }), ...talk.down({ flags: SYN_ACK }), ...talk.up(), ...talk.up()]).toEqual([
      'f0> tcp opening SYN step=1 initialUnit=1000',
      'f0< tcp opening SYN/ACK step=2 initialUnit=5000',
      'f0> tcp opened ACK step=3',
      'f0> tcp acknowledged seq 5001',
      'f0> tcp acknowledged seq 5001',
    ])
  })

  test('without the SYN the opener is known by the other end', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.next[0] = 1001
    expect([...talk.down({ flags: SYN_ACK }), ...talk.up({ data: 5 })]).toEqual([
      'f0> tcp opening SYN/ACK step=2 initialUnit=5000',
      'f0< tcp opened ACK step=3',
      'f0< tcp acknowledged seq 5001',
      'f0< tcp payload seq 1001 +5',
    ])
  })

  test('data on a SYN (fast open) begins one after its sequence number', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    expect(talk.up({ flags: SYN, data: 10 })).toEqual(['f0> tcp opening SYN step=1 initialUnit=1000', 'f0> tcp payload seq 1001 +10'])
  })

  test('an acknowledgment whose options the capture cut is no duplicate: it may say what it was sent for', () => {
    const bench = new Bench()
    const talk = opened(bench)
    talk.up({ data: 100 })
    const told = (acknowledgment: number, missing: number) => {
      const bytes = talk.bytes(1, { acknowledgment, options: [tcpOption.sack([[1201, 1301]])] })
      return bench.send(bytes, bytes.length - missing).signals
    }
    expect([told(1101, 4), told(1101, 4), told(1101, 0)]).toEqual([
      ['f0< tcp acknowledged seq 1101'],
      [],
      ['f0< tcp acknowledged seq 1101 gap 1201-1301'],
    ])
  })

  test('selective acknowledgments are gaps, those below the acknowledgment are duplicates', () => {
    const talk = opened()
    talk.up({ data: 100 })
    expect([
      ...talk.down({
        acknowledgment: 1001,
        options: [
          tcpOption.sack([
            [1201, 1301],
            [1401, 1501],
          ]),
        ],
      }),
      ...talk.down({
        acknowledgment: 1101,
        options: [
          tcpOption.sack([
            [1001, 1101],
            [1201, 1301],
          ]),
        ],
      }),
      ...talk.down({ acknowledgment: 1101, data: 10, options: [tcpOption.sack([[1201, 1301]])] }),
    ]).toEqual([
      'f0< tcp acknowledged seq 1001 gap 1201-1301 gap 1401-1501',
      'f0< tcp acknowledged seq 1101 gap 1201-1301 duplicates 1',
      'f0< tcp acknowledged seq 1101 gap 1201-1301',
      'f0< tcp payload seq 5001 +10',
    ])
  })

  test('data that is sent again is payload again; an unchanged acknowledgment on it says nothing', () => {
    const talk = opened()
    talk.up({ data: 100 })
    expect(talk.up({ data: 100, sequence: 1001 })).toEqual(['f0> tcp payload seq 1001 +100'])
  })

  test('a keep-alive with the last acknowledged byte is no payload', () => {
    const talk = opened()
    talk.up({ data: 100 })
    talk.down()
    expect([...talk.up({ data: 1, sequence: 1100 }), ...talk.up({ data: 0, sequence: 1100 })]).toEqual(['f0> tcp acknowledged seq 5001'])
  })

  test('one byte that was not yet acknowledged is a retransmission, not a keep-alive', () => {
    const talk = opened()
    talk.up({ data: 1 })
    expect(talk.up({ data: 1, sequence: 1001 })).toEqual(['f0> tcp payload seq 1001 +1'])
  })

  test('one new byte into a closed window is payload', () => {
    const talk = opened()
    talk.up({ data: 100 })
    talk.down({ window: 0 })
    expect(talk.up({ data: 1 })).toEqual(['f0> tcp payload seq 1101 +1'])
  })

  test.each([
    ['SYN', (talk: Talk) => talk.up({ flags: SYN })],
    ['SYN and SYN/ACK', (talk: Talk) => [...talk.up({ flags: SYN }), ...talk.down({ flags: SYN_ACK })]],
  ])('a reset after %s refuses', (_name, begin) => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    begin(talk)
    expect(talk.down({ flags: RST_ACK })).toEqual(['f0< tcp refused RST abrupt final'])
  })

  test('a reset of an open connection closes it', () => {
    const talk = opened()
    expect(talk.up({ flags: RST })).toEqual(['f0> tcp closed RST abrupt final'])
  })

  test('a reset on a flow that was met in the middle closes it', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ data: 3 })
    expect(talk.down({ flags: RST })).toEqual(['f0< tcp closed RST abrupt final'])
  })

  test('a FIN that is sent again is signalled once', () => {
    const talk = opened()
    talk.up({ flags: FIN_ACK })
    expect(talk.up({ flags: FIN_ACK, sequence: 1001 })).toEqual(['f0> tcp acknowledged seq 5001'])
  })

  test('the same ports with another initial number are another flow', () => {
    const bench = new Bench()
    const first = opened(bench)
    first.up({ flags: FIN_ACK })
    const second = new Talk(bench, v4(1), v4(2), [40000, 443], [777000, 888000])
    expect([...second.up({ flags: SYN }), ...second.down({ flags: SYN_ACK }), ...second.up({ data: 10 }), ...second.down()]).toEqual([
      'f1> tcp opening SYN step=1 initialUnit=777000',
      'f1< tcp opening SYN/ACK step=2 initialUnit=888000',
      'f1> tcp opened ACK step=3',
      'f1> tcp acknowledged seq 888001',
      'f1> tcp payload seq 777001 +10',
      'f1< tcp acknowledged seq 777011',
    ])
  })

  test('sequence numbers wrap', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2), [40000, 443], [0xfffffff0, 5000])
    talk.up({ flags: SYN })
    talk.down({ flags: SYN_ACK })
    expect([...talk.up({ data: 100 }), ...talk.down(), ...talk.up({ data: 5 })]).toEqual([
      'f0> tcp opened ACK step=3',
      'f0> tcp acknowledged seq 5001',
      'f0> tcp payload seq 4294967281 +100',
      'f0< tcp acknowledged seq 85',
      'f0> tcp payload seq 85 +5',
    ])
  })

  test('an acknowledgment of an older connection is not the third step', () => {
    const talk = new Talk(new Bench(), v4(1), v4(2))
    talk.up({ flags: SYN })
    expect(talk.up({ flags: ACK, sequence: 900, acknowledgment: 1 })).toEqual(['f0> tcp acknowledged seq 1'])
  })
})

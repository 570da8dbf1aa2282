/** Joins that are refused or tried again, as packets: what confirms one, whose packets are whose, and that one end is told once. */
import { expect, test } from 'vitest'
import { mptcpOption } from '../../../dissectors/mptcp/emit.ts'
import { RST, RST_ACK } from '../../../dissectors/tcp/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { H1, H2, Pair } from './findings/mptcp-wire.ts'
import { Connection, opening, Stage } from './stage.ts'

const keep = (x: Uint8Array): Uint8Array => x
const payload = new Uint8Array(10)

test('a reset that acknowledges data of other subflows confirms no join', () => {
  const pair = new Pair().open().join(keep, keep, false)
  pair.say(3, false, H2, 31_000, { flags: RST_ACK, options: [mptcpOption.dss({ ack: 77 })] })
  pair.stage.finish(5)
  const [, join] = pair.stage.one('mptcp').pairs
  expect([join?.state, join?.verified]).toEqual(['refused', null])
})

test('a join that is refused and tried again over the same ports has its own packets', () => {
  const pair = new Pair().open().join(keep, keep, false)
  pair.say(1.04, false, H2, 31_000, { flags: RST, acknowledgment: 0 })
  const { stage } = pair
  const again = new Pair()
  Object.assign(again, { stage })
  again.join()
  stage.finish(5)
  const pairs = stage.one('mptcp').pairs.slice(1)
  expect(pairs.map((p) => [p.state, p.packets])).toEqual([
    ['refused', 4],
    ['ready', 4],
  ])
  const bytes = (p: (typeof pairs)[number] | undefined): number => p?.bytes ?? 0
  // the last of the first four is a reset, that of the others an acknowledgement: both without options
  expect(bytes(pairs[0])).toBe(bytes(pairs[1]))
})

test('a subflow is reset once, however many segments the peer still answers', () => {
  const pair = new Pair().open().join()
  pair.say(2, true, H2, 31_000, { payload, options: [mptcpOption.dss({ dsn: 1, subflowSequence: 1, length: 10 })] })
  for (let i = 0; i < 30; i++) {
    pair.say(3 + i / 10, false, H2, 31_000, { flags: RST, acknowledgment: 0 })
    pair.say(3.01 + i / 10, true, H2, 31_000, { payload, sequence: 1011 + 10 * i })
  }
  pair.stage.finish(10)
  expect(pair.stage.one('mptcp').timeline.filter((e) => e.detail.startsWith('subflow reset'))).toHaveLength(1)
})

test('a join that was not confirmed when the connection ended was refused by nobody', () => {
  const pair = new Pair().open().join(keep, keep, false)
  pair.say(3, false, H1, 30_000, { options: [mptcpOption.dss({ ack: 1, dsn: 1, length: 1, dataFin: true })] })
  pair.say(3.01, false, H2, 31_000, { flags: RST, acknowledgment: 0 })
  pair.stage.finish(5)
  const session = pair.stage.one('mptcp')
  expect([session.pairs[1]?.state, session.noFailover, session.headline]).toEqual(['reset', [], expect.not.stringContaining('refused')])
})

test.each([
  { seen: 'its SYN/ACK', skip: 1, how: 'data after MP_JOIN' },
  { seen: 'all of its handshake', skip: 0, how: 'MP_JOIN accepted' },
])('a join of which $seen is captured, and nothing of what it joined, is not the only path', ({ skip, how }) => {
  const stage = new Stage()
  const connection = new Connection(stage)
  if (skip === 0) connection.join(0.1, 1)
  else
    stage
      .packet(0.12, connection.wire(1, 1))
      .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { addressId: 0 }) })
      .packet(0.121, connection.wire(0, 1))
      .emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, { addressId: 2 }) })
  for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 0, 1, 1 + i * 1000)
  stage.finish(5)
  const session = stage.analyzer.session('s1')
  expect(session?.pairs.map((p) => [p.state, p.verified])).toEqual([['active', how]])
  expect(session?.headline).toBe('Stayed on upB, running before the capture began; the path that it joined is not in the capture')
})

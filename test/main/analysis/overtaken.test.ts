/** What the packet list remarks of data that comes late: sent again, or overtaken on its way. */
import { describe, expect, it } from 'vitest'
import { RowFlag } from '../../../main/analysis/types.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, Connection, opening, Stage } from './stage.ts'

/** What was remarked since the last time. */
function flag(stage: Stage): RowFlag {
  const flags = stage.analyzer.rowFlags as RowFlag
  stage.analyzer.rowFlags = RowFlag.None
  return flags
}

const { None, Retransmission, OutOfOrder } = { None: 0, Retransmission: 1, OutOfOrder: 2 }

describe('plain TCP', () => {
  const wire = { protocol: SignalProtocol.Tcp, from: '192.0.2.1', to: '203.0.113.9', fromPort: 40_000, toPort: 443 }
  const back = { ...wire, from: wire.to, to: wire.from, fromPort: 443, toPort: 40_000 }

  /** Segments of 100 bytes by number at times in ms; 'ack N' acknowledges all below N. Remarks by segment. */
  function remarks(...steps: [milliseconds: number, what: number | string][]): number[] {
    const stage = new Stage()
    stage.packet(0, wire).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    stage.packet(0.01, back).emit(SignalKind.Opening, { detail: opening('SYN, ACK', 2) })
    stage.packet(0.02, wire).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
    flag(stage)
    const seen: number[] = []
    for (const [milliseconds, what] of steps) {
      const acknowledges = typeof what === 'string'
      stage.packet(1 + milliseconds / 1000, acknowledges ? back : wire)
      if (acknowledges) stage.emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1000 + 100 * Number(what.slice(4)) })
      else stage.emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1000 + 100 * what, span: 100, bytes: 100 })
      if (!acknowledges) seen.push(flag(stage))
    }
    return seen
  }

  it.each([
    ['in order', remarks([0, 0], [1, 1], [2, 2]), [None, None, None]],
    ['two packets changed places', remarks([0, 0], [1, 2], [1.2, 1], [2, 3]), [None, None, OutOfOrder, None]],
    [
      'a gap that is filled at once, when the receiver had asked for it',
      remarks([0, 0], [1, 2], [1.1, 'ack 1'], [1.2, 3], [1.3, 'ack 1'], [1.4, 'ack 1'], [1.5, 1]),
      [None, None, None, Retransmission],
    ],
    [
      'every packet captured twice, in bursts',
      remarks([0, 0], [0.1, 1], [0.2, 2], [0.3, 1], [0.4, 2], [0.5, 3], [0.6, 3]),
      [None, None, None, Retransmission, Retransmission, None, Retransmission],
    ],
    ['one that was overtaken, captured twice', remarks([0, 0], [1, 2], [1.2, 1], [1.3, 1]), [None, None, OutOfOrder, Retransmission]],
    ['a gap that is filled after a round trip', remarks([0, 0], [1, 2], [40, 1]), [None, None, Retransmission]],
    ['the last segment once more, at once', remarks([0, 0], [1, 1], [1.1, 1]), [None, None, Retransmission]],
    [
      'what had been acknowledged, at once',
      remarks([0, 0], [1, 1], [1.1, 'ack 2'], [1.2, 2], [1.3, 1]),
      [None, None, None, Retransmission],
    ],
  ])('%s', (_, seen, expected) => {
    expect(seen).toEqual(expected)
  })
})

it('SCTP: a chunk that another overtook is out of order, however late; the same chunk once more was sent again', () => {
  const association = new Association().open()
  const { stage } = association
  flag(stage)
  const seen = [1, 3, 2, 2, 4].map((tsn, i) => {
    association.data(1 + i / 10, 0, 0, tsn)
    return flag(stage)
  })
  expect(seen).toEqual([None, None, OutOfOrder, Retransmission, None])
})

it('MPTCP: data of several subflows comes in any order, of one it does not', () => {
  const seen = [false, true].map((joined) => {
    const connection = new Connection().open()
    if (joined) connection.join(0.5, 1)
    flag(connection.stage)
    return [1000, 3000, 2000].map((dsn, i) => {
      connection.data(1 + i / 10, 0, joined && i === 2 ? 1 : 0, dsn)
      return flag(connection.stage)
    })
  })
  expect(seen).toEqual([
    [None, None, OutOfOrder],
    [None, None, None],
  ])
})

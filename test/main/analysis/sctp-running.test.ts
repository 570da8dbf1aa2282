/** Associations that were running when the capture began: known by their HEARTBEATs, and told from others between the same ports. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, Stage, type Wire } from './stage.ts'

const since = (time: number | null): number | null => time && Math.round((time - BASE) * 1000)

describe('HEARTBEATs before any data', () => {
  const paths = (association: Association): unknown[] =>
    association.stage.analyzer
      .report([], '0')
      .sessions.map((s) => [s.midCapture, since(s.opened), s.headline, s.pairs.map((p) => `${p.initiator} ${p.responder} ${p.state}`)])

  test('answered ones are an association, with the paths that they prove', () => {
    const association = new Association()
    association.heartbeat(1, 0, 0, 'a').heartbeat(1.02, 1, 0, 'a', true)
    association.heartbeat(2, 0, 1, 'b').heartbeat(2.02, 1, 1, 'b', true)
    association.heartbeat(3, 1, 0, 'c').heartbeat(3.02, 0, 0, 'c', true)
    association.stage.finish(5)
    expect(paths(association)).toEqual([
      [
        true,
        1000,
        'Carried no data; 2 paths were ready; open before the capture began',
        ['192.0.2.10 203.0.113.10 ready', '198.51.100.10 203.0.113.74 ready'],
      ],
    ])
    const session = association.stage.analyzer.session('s1')
    expect(session?.endpoints.map((e) => e.identifiers.map((i) => i.value))).toEqual([
      ['0xa0a0a0a0', '40000'],
      ['0xb0b0b0b0', '5060'],
    ])
    expect(session?.endpoints[1].locators.map((l) => [l.address, l.how, since(l.verified)])).toEqual([
      ['203.0.113.10', 'observed', 1020],
      ['203.0.113.74', 'observed', 2020],
    ])
  })

  test('an answer that comes from another address proves the pair that was asked', () => {
    const association = new Association()
    association.heartbeat(1, 0, 1, 'a').heartbeat(1.02, 1, 0, 'a', true)
    association.stage.finish(5)
    const session = association.stage.analyzer.session('s1')
    expect(session?.pairs.map((p) => [p.responder, p.verified])).toEqual(
      expect.arrayContaining([
        ['203.0.113.74', 'HEARTBEAT answered'],
        ['203.0.113.10', null],
      ]),
    )
  })

  test('the association that carries data afterwards has the paths that were looked after before', () => {
    const association = new Association()
    association.heartbeat(1, 1, 1, 'a').heartbeat(1.02, 0, 1, 'a', true)
    for (let i = 1; i <= 20; i++) association.data(2 + i / 10, 0, 0, i).sack(2.02 + i / 10, 1, 0, i)
    association.stage.finish(10)
    expect(paths(association)).toMatchObject([[true, 1000, expect.stringContaining('a standby path was ready'), [{}, {}]]])
  })

  test('one that was asked before the data and answered after it', () => {
    const association = new Association()
    association.heartbeat(1, 1, 1, 'a')
    association.data(1.01, 0, 0, 1)
    association.heartbeat(1.02, 0, 1, 'a', true)
    association.stage.finish(10)
    const session = association.stage.analyzer.session('s1')
    expect([since(session?.opened ?? null), session?.pairs.map((p) => [p.initiator, p.verified])]).toEqual([
      1010,
      [
        ['192.0.2.10', null],
        ['198.51.100.10', 'HEARTBEAT answered'],
      ],
    ])
  })

  test('nobody answers: nothing shows that there is an association', () => {
    const association = new Association()
    for (let i = 1; i <= 5; i++) association.heartbeat(i, 0, i % 2, `${i}`)
    association.heartbeat(6, 1, 0, 'what nobody asked', true)
    association.stage.finish(10)
    expect(association.stage.analyzer.sessionCount).toBe(0)
  })
})

describe('two peers of one server, with the same ports at both ends', () => {
  const SERVER = '203.0.113.10'
  const wire = (from: string, to: string): Wire => ({ protocol: SignalProtocol.Sctp, from, to, fromPort: 2905, toPort: 2905 })
  const data = (stage: Stage, seconds: number, from: string, to: string, token: number, tsn: number): void => {
    stage.packet(seconds, wire(from, to), 400).emit(SignalKind.Payload, { token, space: UnitSpace.Tsn, unit: tsn, span: 1, bytes: 300 })
  }
  const sack = (stage: Stage, seconds: number, from: string, to: string, token: number, tsn: number): void => {
    stage.packet(seconds, wire(from, to), 60).emit(SignalKind.Acknowledged, { token, space: UnitSpace.Tsn, unit: tsn + 1 })
  }

  test('are two associations, whoever speaks first', () => {
    const stage = new Stage()
    data(stage, 1, '192.0.2.10', SERVER, 11, 1000)
    data(stage, 1.01, SERVER, '198.51.100.10', 22, 500_000)
    sack(stage, 1.1, SERVER, '192.0.2.10', 12, 1000)
    sack(stage, 1.11, '198.51.100.10', SERVER, 21, 500_000)
    stage.finish(5)
    expect(stage.analyzer.report([], '0').sessions.map((s) => s.pairs.map((p) => `${p.initiator} ${p.responder}`))).toEqual([
      ['192.0.2.10 203.0.113.10'],
      ['203.0.113.10 198.51.100.10'],
    ])
  })

  test('an acknowledgement from another address is told by what it acknowledges', () => {
    const stage = new Stage()
    data(stage, 1, '192.0.2.10', SERVER, 11, 1000)
    sack(stage, 1.1, SERVER, '198.51.100.10', 12, 1000)
    stage.finish(5)
    expect(stage.analyzer.report([], '0').sessions.map((s) => s.pairs.length)).toEqual([2])
  })
})

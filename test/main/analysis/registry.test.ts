/** What is dropped when there are too many sessions with several pairs, and that nothing holds it any more. */
import { expect, test } from 'vitest'
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { addPair } from '../../../main/analysis/locators.ts'
import type { MultiSession, Rehoming } from '../../../main/analysis/model.ts'
import { Registry } from '../../../main/analysis/sessions/registry.ts'

function filled(limit: number, protocol: MultiSession['protocol']): { registry: Registry; sessions: MultiSession[]; flows: FlowTable } {
  const flows = new FlowTable()
  const registry = new Registry(flows, 1000, limit)
  const sessions: MultiSession[] = []
  for (let i = 0; i < limit; i++) {
    const session = registry.addMulti(protocol, i * 10, i) as MultiSession
    const packet = Uint8Array.of(10, 0, 0, i + 1, 10, 0, 1, i + 1)
    const flow = flows.get(packet, 0, 4, 4, 132, 5000 + i, 80, i, 0)
    const pair = addPair(session, flows, flow, true, 0, i * 10, i)
    registry.assign(flow, session.number)
    registry.bindPair(flow, pair)
    session.state = 'established'
    session.last = 1000 + i
    sessions.push(session)
  }
  return { registry, sessions, flows }
}

test('first what ended, then what was idle longest, last what moved; counted, and its flow is free again', () => {
  const { registry, sessions } = filled(20, 'sctp')
  const forgotten: number[] = []
  registry.canForget('sctp', (session) => forgotten.push(session.number))
  ;(sessions[0] as MultiSession).rehomings = [{} as Rehoming]
  ;(sessions[15] as MultiSession).state = 'closed'
  const fresh = registry.addMulti('sctp', 2000, 20)
  expect([forgotten, registry.evicted, registry.multi.length, fresh?.number, registry.count]).toEqual([[1, 15], 2, 19, 20, 21])
  expect([1, 15, 0, 2, 19, 20].map((number) => registry.multiOf(number)?.number ?? (registry.gone(number) ? 'gone' : 'none'))).toEqual([
    'gone',
    'gone',
    0,
    2,
    19,
    20,
  ])
  expect([0, 1, 15, 19].map((flow) => [registry.sessionOfFlow(flow), registry.pairOfFlow(flow)?.session.number ?? -1])).toEqual([
    [0, 0],
    [-1, -1],
    [-1, -1],
    [19, 19],
  ])
  registry.addMulti('sctp', 2100, 21)
  registry.addMulti('sctp', 2200, 22)
  expect([forgotten, registry.multi.length]).toEqual([[1, 15, 2, 3], 19])
})

test('sessions whose contexts cannot forget one are kept, and further ones are counted', () => {
  const { registry } = filled(5, 'quic')
  expect([registry.addMulti('sctp', 2000, 5), registry.multi.length, registry.evicted]).toEqual([null, 5, 1])
})

test('what a dropped session was lent is lent again, and a late packet on it touches nobody else', () => {
  const { registry, sessions } = filled(10, 'sctp')
  registry.canForget('sctp', () => undefined)
  const old = sessions[0] as MultiSession
  old.directions[0].serial.place(77)
  old.directions[0].push(1, 0, 5, 9, -1)
  const fresh = registry.addMulti('sctp', 2000, 10) as MultiSession
  fresh.directions[0].serial.place(500)
  fresh.directions[0].seen.add(500, 510)
  old.directions[0].push(2, 0, 6, 10, -1)
  old.directions[0].remember(6, 2, 0, 10)
  old.directions[0].seen.add(1, 1000)
  old.directions[0].serial.place(78)
  old.pairs[0]?.activity.add(5, 100)
  expect([registry.multiOf(0), fresh.directions[0].seen.covers(500, 510), fresh.directions[0].seen.covers(1, 1000)]).toEqual([
    null,
    true,
    false,
  ])
  expect([fresh.directions[0].serial.look(501) - fresh.directions[0].serial.look(500), fresh.directions[0].count]).toEqual([1, 0])
})

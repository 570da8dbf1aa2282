/** What is dropped when there are too many sessions with several pairs, and that nothing holds it any more. */
import { expect, test } from 'vitest'
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { addPair } from '../../../main/analysis/locators.ts'
import type { Rehoming } from '../../../main/analysis/model.ts'
import type { MultiSession } from '../../../main/analysis/multi-session.ts'
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

/** Light sessions, the first of which are over. */
function lights(limit: number, given: number): { registry: Registry; flows: FlowTable; numbers: () => number[] } {
  const flows = new FlowTable()
  const registry = new Registry(flows, limit, 10)
  for (let i = 0; i < given; i++) {
    const flow = flows.get(Uint8Array.of(10, 0, i >> 8, i & 255, 192, 0, 2, 1), 0, 4, 4, 6, 1000, 443, i, 0)
    registry.addLight(1, flow, i * 1e9, i)
    flows.count1(flow, 0, 100, i * 1e9, 0, 64)
  }
  return { registry, flows, numbers: () => Array.from({ length: registry.count }, (_, n) => n).filter((n) => !registry.gone(n)) }
}

test('a session that a finding is about outlives those that nothing happened to, and so does one at work', () => {
  const { registry, flows, numbers } = lights(20, 20)
  registry.concerned = (number) => number === 0
  registry.light.state.fill(1, 0, 20)
  registry.light.state[19] = 3
  registry.light.icmpTime[1] = 5
  registry.light.last[2] = 5000e9
  const add = (i: number): void => {
    registry.addLight(1, flows.get(Uint8Array.of(10, 1, 0, i, 192, 0, 2, 1), 0, 4, 4, 6, 1000, 443, i, 0), 5100e9, i)
  }
  for (let i = 0; i < 3; i++) add(i)
  // over, then the longest idle: the session with an ICMP error, the one at work and the one with a finding stay
  expect(numbers()).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22])
})

test('a flow whose session was dropped takes no memory among the shares; who takes it up is told its own packets', () => {
  const { registry, flows } = lights(100, 1000)
  registry.concerned = () => false
  expect([registry.evicted, registry.shares.has(0)]).toEqual([900, false])
  registry.addLight(1, 0, 2000e9, 1000)
  for (let i = 0; i < 3; i++) flows.count1(0, 0, 100, 2000e9 + i, 0, 64)
  const number = registry.count - 1
  expect(registry.shares.of(0, number, 3000e9, (n) => n)).toMatchObject({ packets: 3, bytes: 300, after: 0 })
  expect([registry.shares.ownerAt(0, 0), registry.shares.ownerAt(0, 2000e9)]).toEqual([-1, number])
})

/** What MPTCP remembers of subflows stays bounded: the one that was silent longest goes, and with its last subflow the connection. */
import { expect, test } from 'vitest'
import { Forgotten } from '../../../dissectors/core/forgotten.ts'
import { MptcpState, SubflowKind } from '../../../dissectors/mptcp/state.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'

const key = (i: number): Uint8Array => Uint8Array.of(1, 2, 3, 4, i >> 24, i >> 16, i >> 8, i)

function filled(flows: number, most: number) {
  const forgotten = new Forgotten()
  const state = new MptcpState(forgotten, most)
  const numbers = Array.from({ length: flows }, (_, flow) => {
    const subflow = state.begin(flow, SubflowKind.Capable)
    state.learn(nodeCrypto, subflow, 0, key(flow * 2))
    state.learn(nodeCrypto, subflow, 1, key(flow * 2 + 1))
    state.addMapping(subflow, 0, 1000, 5000, 100)
    return subflow.number
  })
  return { state, forgotten, numbers }
}

test('no more subflows, tokens and numbers than the limit allows, and the rest is counted', () => {
  const { state, forgotten } = filled(500, 100)
  expect([state.subflows.length, state.byToken.size, forgotten.of('MPTCP subflows'), state.streams]).toEqual([100, 200, 400, 500])
  expect(state.numbers.length).toBeLessThanOrEqual(256 * 8)
})

test('who was heard stays, who was silent goes; its flow is nobody’s and its numbers begin anew', () => {
  const { state, numbers } = filled(100, 100)
  state.begin(100, SubflowKind.Join)
  for (let flow = 2; flow < 100; flow++) if (flow !== 50) (state.of(numbers[flow] as number, flow) as { heard: boolean }).heard = true
  const first = state.begin(101, SubflowKind.Join)
  const second = state.begin(102, SubflowKind.Join)
  expect([0, 1, 2, 49, 50, 51].map((flow) => state.of(numbers[flow] as number, flow)?.flow ?? -1)).toEqual([-1, -1, 2, 49, -1, 51])
  expect([state.of(first.number, 101), state.of(second.number, 102), state.of(-1, 5)]).toEqual([first, second, null])
  expect([state.findMapping(second, 0, 1050), state.findMapping(state.subflows[51] as typeof second, 0, 1050)]).toEqual([false, true])
})

test('a connection is known by its tokens for as long as one of its subflows is', () => {
  const { state } = filled(1, 3)
  const [first] = state.subflows
  const joined = state.begin(1, SubflowKind.Join)
  joined.joinToken = [...state.byToken.keys()][0] as number
  expect(state.resolve(joined)).toBe(first?.connection)
  for (let flow = 2; flow < 4; flow++) {
    joined.heard = true
    state.begin(flow, SubflowKind.MidCapture)
  }
  expect([state.subflows.includes(joined), state.byToken.size]).toEqual([true, 2])
  for (let flow = 4; flow < 8; flow++) state.begin(flow, SubflowKind.MidCapture)
  expect([state.subflows.includes(joined), state.byToken.size]).toEqual([false, 0])
})

/** Handshakes are remembered by their ports: those of the last ones, and how many were forgotten is counted. */
import { expect, test } from 'vitest'
import { Forgotten } from '../../../dissectors/core/forgotten.ts'
import { SctpState } from '../../../dissectors/sctp/state.ts'

test('of more handshakes than are remembered the latest stay, and one that is repeated counts as late', () => {
  const forgotten = new Forgotten()
  const state = new SctpState(forgotten, 100)
  const half = (i: number): number => state.get(1000 + i, i, 5000, i)
  for (let i = 0; i < 100; i++) state.setLive(half(i), true)
  state.setLive(half(0), true)
  for (let i = 100; i < 150; i++) state.handshake(half(i))
  expect(forgotten.of('handshakes of SCTP associations')).toBe(50)
  expect([0, 1, 50, 51, 99].map((i) => state.liveTowards(i, 5000, i))).toEqual([half(0), -1, -1, half(51), half(99)])
})

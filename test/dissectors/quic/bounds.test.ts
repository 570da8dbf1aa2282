/** Packets that anybody can send in any number: what is kept of them, and what they cost, has an end. */
import { expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { quicState } from '../../../dissectors/quic/state.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

/** vectors.md, quic-v1-initial; its destination connection id is at 34. */
const INITIAL = hex(
  '450000620001000040117c7fc0000201cb0071099c4001bb004e11cfcd00000001088394c8f03e51570800004034d925c60cd6b1897cd6689f55ef1239ba4b752db2e103e17c8cebd5c2f167b3c8b2267f05cab483a627fe4f08c5100fc85d7a570b',
)

it('of the connections that one address and port begins without end, the last 64 are looked through', () => {
  const state = new StreamState(nodeCrypto)
  const numbers: number[] = []
  for (let row = 0; row < 200; row++) {
    const bytes = INITIAL.slice()
    bytes[40] = row >> 8
    bytes[41] = row & 255
    const { walk } = walkPacket(bytes, { linkType: 101, state, row, record: false })
    numbers.push(state.of(quicState).ofFlow(walk.flow, row)?.number ?? 0)
  }
  // each packet finds its own; the first is that of what is still known
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  expect(state.of(quicState).ofFlow(0, 0)?.number).toBe(200 - 64 + 1)
})

/** The strip of a listed session numbers paths as its own page does: both draw a path in the same colour. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { SessionOrder, sessionList } from '../../../main/engine/queries/sessions.ts'
import { pathNumbers } from '../../../renderer/timeline/slice.ts'
import { shared } from '../../shared-material.ts'

it.each(['synthetic-lisp', 'mobike', 'sctp-wrong-source', 'mptcp-failover', 'sctp-failover', 'mptcp-join-refused', 'bicast'])(
  '%s',
  async (name) => {
    const capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
    try {
      const { sessions } = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 500 })
      let pieces = 0
      const astray: string[] = []
      for (const { id, strip, pairs } of sessions) {
        const session = capture.analyzer.session(id)
        if (pairs < 2 || session === null) continue
        const numbers = pathNumbers(session.pairs)
        for (const [from, to, at] of strip) {
          const pair = session.pairs[numbers.indexOf(at)]
          const carried = (session.activity ?? []).some(
            ({ pair: of, binSeconds, start, bytes }) =>
              of.initiator === pair?.initiator &&
              of.responder === pair.responder &&
              bytes.some((sum, bin) => sum > 0 && start + bin * binSeconds < to && start + (bin + 1) * binSeconds > from),
          )
          pieces++
          if (!carried) astray.push(`${id} ${from.toFixed(3)} to ${to.toFixed(3)}: pair ${at}, ${pair?.initiator} > ${pair?.responder}`)
        }
      }
      expect(astray).toEqual([])
      expect(pieces).toBeGreaterThan(0)
    } finally {
      closeCapture(capture)
    }
  },
)

it('paths that carry the same at the same time stand side by side', async () => {
  const capture = await openCapture([shared('testbed', 'recorded', 'bicast.pcapng')])
  const [first] = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 1 }).sessions
  const strip = first?.strip ?? []
  expect(strip.map(([, , path]) => path)).toEqual([0, 1])
  const [one, two] = strip as [[number, number, number], [number, number, number]]
  expect([one[0] === two[0], Math.abs(one[1] - two[1]) < 0.2]).toEqual([true, true])
  closeCapture(capture)
})

it('subflows between the same addresses are one path', async () => {
  const capture = await openCapture([shared('captures', 'mptcp', 'teto-client_2.pcap')])
  let several = false
  for (let number = 0; number < capture.analyzer.sessionCount; number++) {
    const { id, pathOfFlow = [] } = capture.analyzer.brief(number)
    const session = capture.analyzer.session(id)
    if (session === null || pathOfFlow.length !== session.pairs.length) continue
    expect([id, pathOfFlow]).toEqual([id, pathNumbers(session.pairs)])
    several ||= new Set(pathOfFlow).size < pathOfFlow.length
  }
  expect(several).toBe(true)
  closeCapture(capture)
})

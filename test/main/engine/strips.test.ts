/** The strip of a listed session names pairs by their place in its report, as its own page does: both draw a path in the same colour. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { SessionOrder, sessionList } from '../../../main/engine/queries/sessions.ts'
import { shared } from '../../shared-material.ts'

it.each(['synthetic-lisp', 'mobike', 'sctp-wrong-source', 'mptcp-failover', 'sctp-failover'])('%s', async (name) => {
  const capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
  try {
    const { sessions } = sessionList(capture, new SessionOrder(capture), { offset: 0, limit: 500 })
    let pieces = 0
    const astray: string[] = []
    for (const { id, strip, pairs } of sessions) {
      const session = capture.analyzer.session(id)
      if (pairs < 2 || session === null) continue
      for (const [from, to, at] of strip) {
        const pair = session.pairs[at]
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
})

/** A Map-Reply that takes the new locator away as well did not send the session there. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { shared } from '../../shared-material.ts'

it('the mapping explains the move to the locator that it brought, and no other', async () => {
  const capture = await openCapture([shared('testbed', 'recorded', 'synthetic-lisp.pcapng')])
  try {
    const moves = capture.analyzer.rehomings().map((one) => [one.to.responder, one.trigger.class])
    expect(moves.slice(2)).toEqual([
      ['2001:db8:dead:1::99', 'routing'],
      ['2001:db8:bad:1::66', 'transport'],
    ])
  } finally {
    closeCapture(capture)
  }
})

/** An INIT that is seen again after its association is up: a late copy, and no further association. */
import { expect, test } from 'vitest'
import { SignalKind } from '../../../shared/signals.ts'
import { Association, opening } from './stage.ts'

test.each([
  ['the same tag', Association.TAG[0], 0.0421, 1],
  ['the same tag, two seconds later', Association.TAG[0], 2, 1],
  ['another tag: it begins anew', 0xc0c0c0c0, 2, 2],
])('%s', (_, initiateTag, at, sessions) => {
  const association = new Association().open()
  const init = (): void =>
    void association.stage.packet(at, association.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag }) })
  if (at < 1) init()
  for (let tsn = 1; tsn <= 40; tsn++) {
    const t = 1 + tsn / 40
    association.data(t, 0, 0, tsn).sack(t + 0.02, 1, 0, tsn)
  }
  if (at > 1) init()
  association.stage.finish()
  const { sessions: found } = association.stage.analyzer.report([], '0')
  expect(found).toHaveLength(sessions)
  expect(found[0]?.state).toBe('established')
})

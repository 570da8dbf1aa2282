/** What is an outage, and what only the silence of an application. */
import { expect, it } from 'vitest'
import { isPause, outageOf, worstOutage } from '../../shared/outage.ts'

const move = (
  outage: number | null,
  lost: number | null,
  again: number | null,
  failedDirection?: string | null,
  trigger = 'unknown 0',
) => ({
  metrics: {
    outage: outage === null ? null : { value: outage },
    lost: lost === null ? null : { value: lost },
    retransmitted: again === null ? null : { value: again },
  },
  failedDirection,
  trigger: { class: trigger.split(' ')[0] as string, score: Number(trigger.split(' ')[1]) },
})

it.each([
  ['nothing lost and nothing sent again in 17 s', move(17_000, 0, 0), true, null],
  ['something lost', move(17_000, 1, 0), false, 17_000],
  ['something sent again', move(17_000, 0, 2), false, 17_000],
  ['losses that the capture cannot show', move(17_000, null, null), false, 17_000],
  ['nor which way the old path failed', move(17_000, null, null, 'undecided'), false, 17_000],
  ['they cannot be seen, but the old path worked until the move', move(17_000, null, null, null), true, null],
  ['they cannot be seen; asked for while the old path worked', move(17_000, null, null, 'outbound', 'policy 60'), true, null],
  ['they cannot be seen; asked for when the old path was silent', move(17_000, null, null, 'outbound', 'policy 45'), false, 17_000],
  ['they cannot be seen, after unanswered heartbeats', move(17_000, null, null, 'both', 'heartbeat 65'), false, 17_000],
  ['something lost, though the old path worked', move(17_000, 1, 0, null), false, 17_000],
  ['shorter than a pause', move(900, 0, 0), false, 900],
  ['not observable', move(null, 0, 0), false, null],
])('%s', (_name, judged, pause, outage) => {
  expect([isPause(judged), outageOf(judged)]).toEqual([pause, outage])
})

it('the worst of moves leaves pauses out', () => {
  expect(worstOutage([move(17_000, 0, 0), move(900, 3, 3), move(null, 0, 0), move(40, 0, 0)])).toBe(900)
  expect([worstOutage([move(17_000, 0, 0)]), worstOutage([])]).toEqual([null, null])
})

/** What is told live of a session that stands still: after a while, and again once it went on where it was. */
import { expect, test } from 'vitest'
import type { SessionBrief } from '../../../main/analysis/types.ts'
import { stallNews } from '../../../main/capture/stall-news.ts'

const brief = (more: Partial<SessionBrief>): SessionBrief => ({ id: 's1', closed: null, interruptions: [], ...more }) as SessionBrief

const told = (...of: Parameters<typeof stallNews>): string[] => stallNews(...of).map(({ event }) => event.type)

test('a stall is told after three seconds of it, by the same key however often it is asked for', () => {
  const stalled = brief({ trouble: { since: 100, interface: 'upA', text: 'data was sent again 2 times without an answer' } })
  expect(told(stalled, 102.9, false)).toEqual([])
  expect(stallNews(stalled, 103, false)).toEqual([
    {
      key: 'stalled s1 100',
      event: {
        type: 'stalled',
        t: 103,
        session: 's1',
        interface: 'upA',
        since: 100,
        text: 'data was sent again 2 times without an answer',
      },
    },
  ])
  expect(stallNews(stalled, 110, false)[0]?.key).toBe(stallNews(stalled, 103, false)[0]?.key)
})

test('an interruption is told when a move would have been decided, when the session is over, or when the capture is', () => {
  const one = {
    from: 100,
    to: 106,
    ms: 6000,
    direction: 'both',
    pair: null,
    cause: 'link',
    text: 'when upA lost carrier',
    frames: [],
  } as const
  const interrupted = brief({ interruptions: [{ ...one, frames: [] }] })
  expect(told(interrupted, 108, false)).toEqual([])
  expect(told(interrupted, 109.1, false)).toEqual(['interruption'])
  expect(told(interrupted, 108, true)).toEqual(['interruption'])
  expect(told({ ...interrupted, closed: 107 }, 108, false)).toEqual(['interruption'])
})

/** The line under a session's sentence says nothing that the sentence denies. */
import { expect, it } from 'vitest'
import { begunWords } from '../../renderer/session/facts.tsx'
import type { SessionReport } from '../../shared/report.ts'

const session = (part: object): SessionReport =>
  ({
    protocol: 'mptcp',
    opened: 103.5,
    midCapture: false,
    state: 'established',
    pairs: [{ payloadBytes: 0 }],
    ...part,
  }) as unknown as SessionReport

it.each([
  [{}, 'opened at 3.500 s'],
  [{ midCapture: true }, 'already open when the capture began'],
  [{ state: 'failed' }, 'tried at 3.500 s'],
  [{ state: 'failed', midCapture: true }, 'tried at 3.500 s'],
  [{ state: 'failed', midCapture: true, pairs: [{ payloadBytes: 9 }] }, 'already open when the capture began'],
])('%o began: %s', (part, words) => {
  expect(begunWords(session(part), 100)).toBe(words)
})

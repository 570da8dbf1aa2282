/** The filter bar's judgement of text: where the fault is underlined, which word is completed, what the engine gets. */
import { describe, expect, it } from 'vitest'
import { complete, errorSpan, withoutPosition, wordAtCaret } from '../../renderer/filter/filter-error.ts'
import { composeFilter } from '../../renderer/state/packet-store.ts'

describe('errorSpan', () => {
  const cases: [string, number | undefined, string, string, number][] = [
    ['tcp.por == 5', 0, '', 'tcp.por', 1],
    ['mptcp and tcp.por', 10, 'mptcp and ', 'tcp.por', 11],
    ['tcp.port ==', 11, 'tcp.port ==', '\u00a0', 12],
    ['tcp.port ==', undefined, 'tcp.port ==', '\u00a0', 12],
    ['a && "b c" x', 5, 'a && ', '"b c"', 6],
    ['a == "open', 5, 'a == ', '"open', 6],
    ['a )', 2, 'a ', ')', 3],
    ['ip.addr == 2001:db8::zz', 11, 'ip.addr == ', '2001:db8::zz', 12],
    ['a 😀 b', 2, 'a ', '😀', 3],
    ['abc', 99, 'abc', '\u00a0', 4],
    ['abc', -3, '', 'abc', 1],
    ['', 0, '', '\u00a0', 1],
  ]
  it.each(cases)('%j at %j', (text, position, before, at, column) => {
    const span = errorSpan(text, position)
    expect([span.before, span.at, span.column]).toEqual([before, at, column])
    if (at !== '\u00a0') expect(span.before + span.at + span.after).toBe(text)
  })
})

describe('wordAtCaret', () => {
  const cases: [string, number, string | null][] = [
    ['sct', 3, 'sct'],
    ['tcp.port == 443 && sctp.ch', 26, 'sctp.ch'],
    ['sctp.chunk', 4, 'sctp'],
    ['tcp.port == 4', 13, null],
    ['mh.session == s', 15, null],
    ['tcp contains ab', 15, null],
    ['a == "tcp', 9, null],
    ['a == "x\\" tcp', 13, null],
    ['a == "x" and tcp', 16, 'tcp'],
    ['tcp and', 7, null],
    ['(tcp', 4, 'tcp'],
    ['not tcp', 7, 'tcp'],
    ['', 0, null],
    ['443', 3, null],
  ]
  it.each(cases)('%j at %i', (text, caret, word) => expect(wordAtCaret(text, caret)?.word ?? null).toBe(word))

  it('completes the whole word under the caret', () => {
    const text = 'x and sctp.chu == 5'
    const word = wordAtCaret(text, 10)!
    expect(complete(text, word, 'sctp.chunk_type')).toEqual({ text: 'x and sctp.chunk_type == 5', caret: 21 })
  })
})

it('the session is added around what was typed', () => {
  expect([composeFilter('', null), composeFilter(' tcp ', null), composeFilter('', 's1'), composeFilter('tcp or udp', 's1')]).toEqual([
    '',
    'tcp',
    'mh.session == "s1"',
    '(tcp or udp) and mh.session == "s1"',
  ])
})

it('the place of a fault is said once', () => {
  expect(withoutPosition('The filter ends here, but a value is missing. (position 22)')).toBe(
    'The filter ends here, but a value is missing.',
  )
  expect(withoutPosition('Nothing is known by that name (position 1) here.')).toBe('Nothing is known by that name (position 1) here.')
})

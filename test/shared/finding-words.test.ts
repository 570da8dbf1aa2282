/** A finding's words in parts. */
import { expect, it } from 'vitest'
import { apart } from '../../shared/finding-words.ts'

it.each([
  [
    'Rejected. Repairs: route by source (RFC 8043), or translate. Seen 7 times.',
    'Rejected. Seen 7 times.',
    'Repairs: route by source (RFC 8043), or translate.',
  ],
  ['Rejected. Repairs: route by source.', 'Rejected.', 'Repairs: route by source.'],
  ['An ABORT ended it. Seen 2 times.', 'An ABORT ended it. Seen 2 times.', null],
  ['', '', null],
])('%s', (detail, told, repairs) => {
  expect(apart(detail)).toEqual({ told, repairs })
})

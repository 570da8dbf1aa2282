/** T-TIMESHIFT of addresses that a name gave up. */
import { expect, test } from 'vitest'
import { line } from '../scene.ts'
import { outdated } from '../scenes/sources.ts'

const told = (facts: Parameters<typeof outdated>[0]): string[] =>
  outdated(facts)
    .filter((one) => one.rule === 'T-TIMESHIFT')
    .map(line)

test.each<[string, string[], string[]]>([
  ['three packets of a new session', told({}), ['T-TIMESHIFT low 55 @200 - > 2001:db8:f1::80']],
  ['two', told({ packets: 2 }), []],
  ['a session that was open before', told({ open: true }), []],
  ['the name has it again', told({ again: true }), []],
  ['it answers', told({ answered: true }), []],
  ['the lifetime is not over', told({ ttl: 300 }), []],
])('%s', (_name, found, expected) => {
  expect(found).toEqual(expected)
})

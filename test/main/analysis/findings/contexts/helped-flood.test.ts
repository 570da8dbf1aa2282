/** T-FLOOD3 with help: acknowledgements from elsewhere keep data going to an address that never asked for it. */
import { expect, test } from 'vitest'
import { line } from '../scene.ts'
import { helped } from '../scenes/redirections.ts'

const told = (...facts: Parameters<typeof helped>): string[] =>
  helped(...facts)
    .filter((one) => one.rule === 'T-FLOOD3')
    .map(line)
const [B1, ADDED] = ['203.0.113.10', '198.18.0.9']

test.each<[string, string[], string[]]>([
  ['an address that was added is silent, the former one acknowledges', told({}), [`T-FLOOD3 medium 65 @3.94 ${B1} > ${ADDED}`]],
  ['and it rejects what it gets', told({ rejected: true }), [`T-FLOOD3 high 85 @3.94 ${B1} > ${ADDED}`]],
  ['nine acknowledgements', told({ acks: 9 }), []],
  ['ten', told({ acks: 10 }), [`T-FLOOD3 medium 65 @3.94 ${B1} > ${ADDED}`]],
  ['the path was tested', told({ tested: true }), []],
  ['it acknowledges itself', told({ by: ADDED }), []],
  ['an address of the handshake', told({ how: 'listed' }), []],
  ['one that rejects', told({ how: 'listed', rejected: true }), [`T-FLOOD3 high 85 @3.94 ${B1} > ${ADDED}`]],
])('%s', (_name, found, expected) => {
  expect(found).toEqual(expected)
})

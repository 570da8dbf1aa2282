import { expect, test } from 'vitest'
import { replacingOnly } from '../../../main/hosts/replacing.ts'

test('a page has a file replaced only where a person chose it', () => {
  const chosen = new Set(['/tmp/mine.pcapng'])
  const mine = { format: 'pcapng', path: '/tmp/mine.pcapng', replace: true }
  expect(replacingOnly(chosen, 'saveBegin', mine)).toEqual(mine)
  expect(replacingOnly(chosen, 'saveBegin', { ...mine, path: '/etc/hosts' })).toEqual({ format: 'pcapng', path: '/etc/hosts' })
  expect(replacingOnly(new Set(), 'saveBegin', mine)).not.toHaveProperty('replace')
  // everything else is as it was, whatever it is
  for (const parameters of [null, 'x', 7, [], { path: '/x' }]) expect(replacingOnly(chosen, 'saveBegin', parameters)).toBe(parameters)
  expect(replacingOnly(chosen, 'setSite', mine)).toBe(mine)
})

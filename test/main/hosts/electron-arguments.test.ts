import { expect, test } from 'vitest'
import { fileFromArguments } from '../../../main/hosts/electron/arguments.ts'
import { menuTemplate } from '../../../main/hosts/electron/menu.ts'

test.each([
  [['electron', '/app', 'a.pcapng'], { file: 'a.pcapng', netlink: null }],
  [['electron', '--no-sandbox', '/app', '--netlink', 'log.txt', 'dir/b.pcap'], { file: 'dir/b.pcap', netlink: 'log.txt' }],
  [['Rehome'], { file: null, netlink: null }],
  [['electron', 'dist/main/electron.js', '--enable-logging'], { file: null, netlink: null }],
])('files on the command line %j', (argv, expected) => {
  expect(fileFromArguments(argv)).toEqual(expected)
})

test('every menu command does something', () => {
  const said: string[] = []
  const template = menuTemplate('linux', { open: () => void said.push('open'), page: (name) => void said.push(name) })
  for (const menu of template)
    for (const item of Array.isArray(menu.submenu) ? menu.submenu : []) item.click?.(undefined as never, undefined, undefined as never)
  expect(said.sort()).toEqual(['capture', 'export', 'help', 'open', 'theme'])
})

import { expect, test } from 'vitest'
import { fileFromArguments } from '../../../main/hosts/electron/arguments.ts'
import { menuTemplate } from '../../../main/hosts/electron/menu.ts'
import { commands } from '../../../renderer/frame/commands.ts'

const none = { file: null, netlink: null, keys: [], site: null, profiles: [] }

test.each([
  [['electron', '/app', 'a.pcapng'], { ...none, file: 'a.pcapng' }],
  [['electron', '--no-sandbox', '/app', '--netlink', 'log.txt', 'dir/b.pcap'], { ...none, file: 'dir/b.pcap', netlink: 'log.txt' }],
  [
    [
      'Rehome',
      '--keys',
      'one.keys',
      '--keys',
      'two.keys',
      '--site',
      'site.json',
      '--profile',
      'tcp-mh',
      '--profile',
      'mine.json',
      'c.pcap',
    ],
    { file: 'c.pcap', netlink: null, keys: ['one.keys', 'two.keys'], site: 'site.json', profiles: ['tcp-mh', 'mine.json'] },
  ],
  [['Rehome', 'd.pcap', '--keys'], { ...none, file: 'd.pcap' }],
  [['Rehome'], none],
  [['electron', 'dist/main/electron.js', '--enable-logging'], none],
])('files on the command line %j', (argv, expected) => {
  expect(fileFromArguments(argv)).toEqual(expected)
})

test('every menu command does something', () => {
  const said: string[] = []
  const template = menuTemplate('linux', { open: () => void said.push('open'), page: (name) => void said.push(name) })
  for (const menu of template)
    for (const item of Array.isArray(menu.submenu) ? menu.submenu : []) item.click?.(undefined as never, undefined, undefined as never)
  expect(said.sort()).toEqual(['capture', 'export', 'help', 'open', 'save', 'theme'])
  // the page carries out all that are not the host's own
  expect(said.filter((name) => name !== 'open')).toEqual(Object.keys(commands).sort())
})

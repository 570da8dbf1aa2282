import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { capturesIn, shared } from '../shared-material.ts'

const FAMILIES = ['eth', 'vlan', 'sll', 'arp', 'ip', 'ipv6', 'icmp', 'icmpv6', 'tcp', 'mptcp', 'udp', 'sctp']
/** frames whose inside repeats outer fields in ways that need the tunnel's own dissector */
const TUNNELS = ['gtp', 'gre', 'lisp-data', 'vxlan', 'teredo']

interface Agreement {
  files: number
  fileErrors: string[]
  total: { fields: number; covered: number; cells: number; agree: number }
  rows: Record<string, { fields: number; covered: number; cells: number; agree: number }>
  fields: Record<string, { family: string; cells: number; agree: number; sample: string | null }>
}

test('our fields agree with tshark, field by field and frame by frame', () => {
  const recorded = capturesIn('testbed', 'recorded').filter((file) => /\/([a-r][^/]*|sctp[^/]*)\.pcapng$/.test(file))
  const folders = ['sctp', 'mptcp', 'ipv6-nd', 'icmp', 'formats'].map((name) => shared('captures', name))
  const rehome = join(import.meta.dirname, '..', '..', 'scripts', 'rehome.mjs')
  const args = [
    shared('contract', 'agree.mjs'),
    ...folders,
    ...recorded,
    ...TUNNELS.flatMap((name) => ['--without', name]),
    ...FAMILIES.flatMap((name) => ['--family', name]),
    '--json',
    '--command',
    `${process.execPath} ${rehome}`,
  ]
  const result = JSON.parse(execFileSync(process.execPath, args, { maxBuffer: 1 << 30, encoding: 'utf8' })) as Agreement
  const worst = Object.entries(result.fields)
    .filter(([, f]) => f.agree < f.cells)
    .sort(([, a], [, b]) => b.cells - b.agree - (a.cells - a.agree))
    .slice(0, 10)
    .map(([name, f]) => `${name}: ${f.cells - f.agree} of ${f.cells} differ, e.g. ${f.sample}`)
  const { total } = result
  console.log(
    `# ${result.files} files, ${total.covered}/${total.fields} fields covered, ${((100 * total.agree) / total.cells).toFixed(3)} % of ${total.cells} cells agree`,
  )
  expect(result.fileErrors).toEqual([])
  expect(result.files).toBeGreaterThan(100)
  expect(total.covered / total.fields).toBeGreaterThanOrEqual(0.95)
  expect(total.agree / total.cells, worst.join('\n')).toBeGreaterThanOrEqual(0.995)
})

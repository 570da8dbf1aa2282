/** `route -n monitor` as macOS prints it, read by the parser of `ip -ts monitor`; and the program itself, played by a script. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { linkLogFeed } from '../../../main/analysis/netlink.ts'
import { watchRoutes } from '../../../main/capture/link-watch.ts'
import { RouteMonitor } from '../../../main/capture/route-monitor.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-route-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const message = (head: string, columns = '', cells = ''): string =>
  `got message of size 192 on Fri Oct  2 19:29:28 2026\n${head}\n${columns === '' ? '' : `locks:  inits: \nsockaddrs: <${columns}>\n ${cells}\n`}\n`

const UP = 'flags:<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST>'
const LOG = [
  message(`RTM_IFINFO: iface status change: len 112, if# 4, ${UP}`),
  message(
    'RTM_NEWADDR: address being added to iface: len 128, metric 0, flags:<UP,CLONING>',
    'NETMASK,IFP,IFA,BRD',
    '255.255.255.0 en0:a4.83.e7.1.2.3 192.168.1.23 192.168.1.255',
  ),
  message(
    'RTM_NEWADDR: address being added to iface: len 172, metric 0, flags:<UP>',
    'NETMASK,IFP,IFA',
    'ffff:ffff:ffff:ffff:: en0:a4.83.e7.1.2.3 2001:db8:a:1::23',
  ),
  message(
    'RTM_ADD: Add Route: len 172, pid: 88, seq 1, errno 0, flags:<UP,GATEWAY,DONE,STATIC>',
    'DST,GATEWAY,NETMASK,IFP,IFA',
    'default 192.168.1.1 default en0:a4.83.e7.1.2.3 192.168.1.23',
  ),
  // host routes come every few seconds and say nothing
  message('RTM_ADD: Add Route: len 140, pid: 726, seq 155420, errno 0, flags:<HOST,DONE,STATIC>', 'DST,GATEWAY', '192.168.1.77 link#4'),
  message('RTM_MISS: Lookup failed on this address: len 92, pid: 0', 'DST', '10.9.9.9'),
  message('RTM_IFINFO: iface status change: len 112, if# 4, flags:<UP,BROADCAST,SMART,SIMPLEX,MULTICAST>'),
  message(
    'RTM_DELETE: Delete Route: len 172, pid: 88, seq 2, errno 0, flags:<UP,GATEWAY,DONE,STATIC>',
    'DST,GATEWAY,NETMASK,IFP,IFA',
    'default 192.168.1.1 default en0:a4.83.e7.1.2.3 192.168.1.23',
  ),
  message(
    'RTM_DELADDR: address being removed from iface: len 128, metric 0, flags:<UP,CLONING>',
    'NETMASK,IFP,IFA,BRD',
    '255.255.255.0 en0:a4.83.e7.1.2.3 192.168.1.23 192.168.1.255',
  ),
  message(`RTM_IFINFO: iface status change: len 112, if# 4, ${UP}`),
  message(`RTM_IFINFO: iface status change: len 112, if# 99, ${UP}`),
].join('')

const AT = Date.UTC(2026, 9, 2, 19, 29, 28)
const nameOf = (index: number): string | null => (index === 4 ? 'en0' : null)

it.each([1, 7, 100_000])('pieces of %i characters give link, address and default route events', (piece) => {
  const monitor = new RouteMonitor(nameOf)
  let text = ''
  for (let at = 0; at < LOG.length; at += piece) text += monitor.take(LOG.slice(at, at + piece), AT)
  expect(text.split('\n')[1]).toBe('[2026-10-02T19:29:28.000000] 1: en0    inet 192.168.1.23/24 scope global')
  const feed = linkLogFeed(BigInt(AT) * 1_000_000n)
  const events = feed.take(text)
  expect(feed.warnings()).toEqual([])
  expect(events.map(({ detail }) => [detail.what, detail.interfaceName])).toEqual([
    ['other', 'en0'],
    ['address-added', 'en0'],
    ['address-added', 'en0'],
    ['route-added', 'en0'],
    ['link-down', 'en0'],
    ['route-removed', 'en0'],
    ['address-removed', 'en0'],
    ['link-up', 'en0'],
  ])
  expect(events.map(({ time }) => time)).toEqual(new Array(8).fill(0))
})

it('the program is watched as it prints, besides the interfaces themselves', async () => {
  writeFileSync(join(folder, 'log'), LOG)
  const program = join(folder, 'route')
  writeFileSync(program, `#!/bin/sh\n[ "$*" = "-n monitor" ] || exit 9\ncat ${folder}/log\nexec sleep 60\n`)
  chmodSync(program, 0o755)
  const scope = { address: 'fe80::1', netmask: '', family: 'IPv6' as const, mac: '', internal: false, cidr: 'fe80::1/64', scopeid: 4 }
  const heard: string[] = []
  const watch = watchRoutes(program, { lines: (text) => heard.push(text), problem: (words) => heard.push(words) }, () => ({ en0: [scope] }))
  await expect.poll(() => heard.join('').split('\n').length, { timeout: 10_000 }).toBe(9)
  await watch.stop()
  expect([watch.how, heard.join('')]).toEqual(['route monitor', expect.stringMatching(/4: en0: <UP,BROADCAST,MULTICAST,LOWER_UP>/)])
})

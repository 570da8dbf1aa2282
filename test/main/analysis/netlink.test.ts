import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseNetlinkLog } from '../../../main/analysis/netlink.ts'

/** 2026-11-21T12:00:00Z in nanoseconds: time 0 of the captures here */
const BASE = BigInt(Date.UTC(2026, 10, 21, 12, 0, 0)) * 1_000_000n

/** Events in one line each: second, line of the log, kind, words. */
function told(log: string): string[] {
  return parseNetlinkLog(log, BASE).events.map((e) => `${(e.time / 1e9).toFixed(3)} ${e.line} ${e.detail.what}: ${e.detail.message}`)
}
const at = (second: string, text: string): string => `[2026-11-21T12:00:${second}] ${text}`
const link = (flags: string, state: string): string => `2: wan0@if7: <${flags}> mtu 1500 qdisc noqueue state ${state} group default `
const UP = 'BROADCAST,MULTICAST,UP,LOWER_UP'

describe('links', () => {
  it('only changes are told: refreshes are not, the first working state is no link-up', () => {
    const log = [
      at('01.000000', link(UP, 'UP')),
      '    link/ether 02:00:00:00:01:10 brd ff:ff:ff:ff:ff:ff link-netns x',
      at('02.000000', link(UP, 'UP')),
      at('03.250000', link('NO-CARRIER,BROADCAST,MULTICAST,UP', 'DOWN')),
      at('03.500000', link('NO-CARRIER,BROADCAST,MULTICAST,UP', 'LOWERLAYERDOWN')),
      at('04.000000', link(UP, 'UP')),
      at('05.000000', link('BROADCAST,MULTICAST', 'DOWN')),
      at('06.000000', link('NO-CARRIER,BROADCAST,MULTICAST,UP', 'DOWN')),
      at('07.000000', link(UP, 'UNKNOWN')),
      at('08.000000', `Deleted ${link('BROADCAST,MULTICAST', 'DOWN')}`),
    ].join('\n')
    expect(told(log)).toEqual([
      '1.000 1 other: wan0 is up',
      '3.250 4 link-down: wan0: carrier lost',
      '4.000 6 link-up: wan0: carrier is back',
      '5.000 7 link-down: wan0: set down by the administrator',
      '7.000 9 link-up: wan0: carrier is back',
      '8.000 10 link-down: wan0: interface removed',
    ])
  })

  it('set up again by the administrator', () => {
    const log = [at('01.0', link(UP, 'UP')), at('02.0', link('BROADCAST,MULTICAST', 'DOWN')), at('03.0', link(UP, 'UP'))].join('\n')
    expect(told(log).at(-1)).toBe('3.000 3 link-up: wan0 set up')
  })
})

describe('addresses', () => {
  const address = (rest: string): string => `3: wlan0    inet6 2001:db8:b:1::10/64 scope global ${rest}`

  it('added, deprecated by flag or by lifetime 0, preferred again, removed; refreshes are silent', () => {
    const log = [
      at('01.0', address('tentative dynamic ')),
      at('02.0', address('dynamic mngtmpaddr ')),
      '       valid_lft 120sec preferred_lft 40sec',
      at('03.0', address('dynamic mngtmpaddr ')),
      '       valid_lft 120sec preferred_lft 40sec',
      at('04.0', address('dynamic mngtmpaddr ')),
      '       valid_lft 119sec preferred_lft 0sec',
      at('04.1', address('deprecated dynamic mngtmpaddr ')),
      '       valid_lft 119sec preferred_lft 0sec',
      at('05.0', address('dynamic ')),
      '       valid_lft forever preferred_lft forever',
      at('06.0', `Deleted ${address('dynamic ')}`),
    ].join('\n')
    expect(told(log)).toEqual([
      '1.000 1 other: wlan0: address 2001:db8:b:1::10 is tentative',
      '2.000 2 address-added: wlan0: address 2001:db8:b:1::10 added',
      '4.000 6 other: wlan0: address 2001:db8:b:1::10 is deprecated',
      '5.000 10 other: wlan0: address 2001:db8:b:1::10 is preferred again',
      '6.000 12 address-removed: wlan0: address 2001:db8:b:1::10 removed',
    ])
    expect(parseNetlinkLog(log, BASE).events[1]?.detail).toEqual({
      what: 'address-added',
      interfaceName: 'wlan0',
      subject: '2001:db8:b:1::10',
      prefixLength: 64,
      message: 'wlan0: address 2001:db8:b:1::10 added',
      valid: 120,
      preferred: 40,
    })
  })

  it('a duplicate is told once, IPv4 has its own form', () => {
    const log = [
      at('01.0', address('dadfailed tentative ')),
      at('02.0', address('dadfailed tentative ')),
      at('03.0', '2: eth1    inet 198.51.100.10/25 brd 198.51.100.127 scope global eth1'),
      '       valid_lft forever preferred_lft forever',
    ].join('\n')
    expect(told(log)).toEqual([
      '1.000 1 other: wlan0: duplicate address detection failed for 2001:db8:b:1::10',
      '3.000 3 address-added: eth1: address 198.51.100.10 added',
    ])
  })
})

describe('routes, rules, neighbours', () => {
  it('in all their forms', () => {
    const log = [
      at('01.0', 'default via fe80::1 dev wan0 proto ra metric 1024 expires 60sec pref high'),
      at('02.0', 'Deleted default via fe80::1 dev wan0 proto ra metric 1024 pref high'),
      at('03.0', '192.0.2.0/25 dev wan0 proto kernel scope link src 192.0.2.10 linkdown '),
      at('04.0', 'unreachable 2001:db8:f::/48 dev lo metric 1024 pref medium'),
      at('05.0', 'default proto static '),
      '\tnexthop via 192.0.2.1 dev wan0 weight 1 ',
      '\tnexthop via 198.51.100.1 dev wan1 weight 1 ',
      at('06.0', '102:\tfrom 2001:db8:b::/48 lookup 102 '),
      at('07.0', 'Deleted 102:\tfrom 2001:db8:b::/48 lookup 102 '),
      at('08.0', '[NEIGH]192.0.2.1 dev wan0  FAILED'),
      at('09.0', 'Deleted 192.0.2.1 dev wan0  FAILED'),
      at('10.0', 'fe80::1 dev wan0 lladdr 02:00:00:00:01:01 router REACHABLE '),
      at('11.0', 'fe80::1 dev wan0 lladdr 02:00:00:00:01:01 router STALE '),
      at('12.0', '192.0.2.1 dev wan0 lladdr 02:00:00:00:01:01 REACHABLE '),
      // what the kernel does with every address
      at('13.0', 'local 192.0.2.10 dev wan0 table local proto kernel scope host src 192.0.2.10 '),
      at('13.1', 'broadcast 192.0.2.127 dev wan0 table local proto kernel scope link src 192.0.2.10 '),
      at('13.2', 'fe80::/64 dev wan0 proto kernel metric 256 pref medium'),
      at('13.3', 'multicast ff00::/8 dev wan0 table local proto kernel metric 256 pref medium'),
    ].join('\n')
    expect(parseNetlinkLog(log, BASE).warnings).toEqual([])
    expect(
      parseNetlinkLog(log, BASE).events.map(({ detail: d }) => [
        d.what,
        d.interfaceName,
        d.subject,
        d.nextHop ?? null,
        d.prefixLength ?? null,
      ]),
    ).toEqual([
      ['route-added', 'wan0', 'default', 'fe80::1', null],
      ['route-removed', 'wan0', 'default', 'fe80::1', null],
      ['route-added', 'wan0', '192.0.2.0/25', null, 25],
      ['route-added', 'lo', '2001:db8:f::/48', null, 48],
      ['route-added', 'wan0', 'default', '192.0.2.1', null],
      ['rule', null, '2001:db8:b::/48', null, null],
      ['rule', null, '2001:db8:b::/48', null, null],
      ['neighbour-failed', 'wan0', '192.0.2.1', null, null],
      ['other', 'wan0', 'fe80::1', 'fe80::1', null],
    ])
  })
})

describe('time', () => {
  it('is UTC, to the nanosecond of the stamp, also before the capture and in the long form', () => {
    const log = [
      '[2026-11-21T11:59:59.500000] 192.0.2.1 dev a FAILED',
      'Timestamp: Sat Nov 21 12:00:01 2026 000250 usec',
      '192.0.2.2 dev a FAILED',
    ].join('\n')
    expect(parseNetlinkLog(log, BASE).events.map((e) => e.time)).toEqual([-500_000_000, 1_000_250_000])
  })

  it('events are sorted even when the log is not', () => {
    const log = [at('09.0', '192.0.2.1 dev a FAILED'), at('03.0', '192.0.2.2 dev a FAILED')].join('\n')
    expect(parseNetlinkLog(log, BASE).events.map((e) => e.detail.subject)).toEqual(['192.0.2.2', '192.0.2.1'])
  })
})

describe('what cannot be read', () => {
  it('is counted with its line, and the rest is read', () => {
    const log = [
      'garbage before any stamp',
      '[2026-13-45T99:00:00.0] 192.0.2.1 dev a FAILED',
      at('01.0', '%%% \u0000\u202e nothing of ours'),
      at('02.0', '2: wan0    inet6 not-an-address/64 scope global'),
      at('03.0', 'x.y dev wan0 FAILED'),
      '',
      at('04.0', '192.0.2.1 dev wan0 FAILED\r'),
    ].join('\n')
    const { events, warnings } = parseNetlinkLog(log, BASE)
    expect(events.map((e) => e.line)).toEqual([7])
    expect(warnings).toEqual([
      'link log line 1: no time stamp; make the log with `ip -ts monitor`',
      'link log line 2: the time stamp is no date',
      "link log line 3: not understood: '%%% \u0000\u202e nothing of ours'",
      "link log line 4: 'not-an-address/64' is no address",
      "link log line 5: 'x.y' is no neighbour's address",
    ])
  })

  it('many bad lines give few warnings', () => {
    const { warnings } = parseNetlinkLog('nonsense\n'.repeat(500), BASE)
    expect(warnings).toHaveLength(51)
    expect(warnings.at(-1)).toBe('450 more lines of the link log could not be read')
  })

  it('an empty log is no trouble, one endless line neither', () => {
    expect(parseNetlinkLog('', BASE)).toEqual({ events: [], warnings: [] })
    expect(parseNetlinkLog(`${at('01.0', 'default ')}${'via '.repeat(1_000_000)}`, BASE).warnings).toEqual([])
  })
})

const recorded = join(import.meta.dirname, '../../../../shared/testbed/recorded')

describe('logs of the testbed', () => {
  if (!existsSync(recorded)) {
    it('are there', () => {
      expect(process.env.CI, `${recorded} is missing`).not.toBe('true')
    })
    return
  }
  const logs = readdirSync(recorded).filter((name) => name.endsWith('.netlink.txt'))

  for (const name of logs)
    it(name, () => {
      const truth = JSON.parse(readFileSync(join(recorded, name.replace('.netlink.txt', '.truth.json')), 'utf8'))
      const { events, warnings } = parseNetlinkLog(readFileSync(join(recorded, name), 'utf8'), 0n)
      expect(warnings).toEqual([])
      // Each cut and repair of an uplink that the scenario made is found, within what its own clock may be late.
      for (const event of truth.events.filter((e: { type: string }) => e.type === 'link-down' || e.type === 'link-up')) {
        const near = events.filter(
          (e) => e.detail.what === event.type && e.detail.interfaceName === event.iface && Math.abs(e.time / 1e9 - event.t) < 0.2,
        )
        expect(near, `${event.type} of ${event.iface} at ${event.t}`).toHaveLength(1)
      }
    })
})

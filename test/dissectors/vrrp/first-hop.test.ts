/** Routers that share the role of first hop: VRRP of both versions and families, HSRP. */
import { describe, expect, it } from 'vitest'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { GatewayDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { type Seen, walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }
const over4 = (bytes: string): Seen =>
  walkPacket(emitIpv4(hex(bytes), { source: '192.0.2.2', destination: '224.0.0.18', protocol: 112, ttl: 255 }), raw)
const over6 = (bytes: string): Seen =>
  walkPacket(emitIpv6(hex(bytes), { source: 'fe80::2', destination: 'ff02::12', nextHeader: 112, hopLimit: 255 }), raw)
const hsrp = (bytes: string): Seen =>
  walkPacket(emitUdpPacket(hex(bytes), { source: '192.0.2.2', destination: '224.0.0.2', sourcePort: 1985, destinationPort: 1985 }), raw)

/** What the packets say of the first hop, addresses as text. */
function gateways(seen: Seen): unknown[] {
  const { addresses } = seen.walk.state.flows
  return seen.signals
    .filter((s) => s.kind === SignalKind.Gateway)
    .map((s) => s.detail as GatewayDetail)
    .map((d) => [d.message, d.group, d.state, d.priority, addresses.text(d.router), d.addresses.map((id) => addresses.text(id))])
}

describe('VRRP', () => {
  it('version 2 with two addresses and its plain password', () => {
    //                 v2 t1 group 7 prio 100  2 addresses  auth 1, 1 s  sum
    const seen = over4('21 07 64 02 01 01 ba52 c0000201 c0000205 7365637265740000')
    expect([seen.stop, seen.family('vrrp'), gateways(seen)]).toEqual([
      '',
      [
        'vrrp.typever 33',
        'vrrp.version 2',
        'vrrp.type 1',
        'vrrp.virt_rtr_id 7',
        'vrrp.prio 100',
        'vrrp.addr_count 2',
        'vrrp.auth_type 1',
        'vrrp.adver_int 1',
        'vrrp.checksum 0xba52',
        'vrrp.ip_addr 192.0.2.1',
        'vrrp.ip_addr 192.0.2.5',
        'vrrp.auth_string secret',
      ],
      [['advertisement', 'vrrp-2/7', 'active', 100, '192.0.2.2', ['192.0.2.1', '192.0.2.5']]],
    ])
  })

  it('version 3 over IPv6: intervals in hundredths, addresses of 16 bytes', () => {
    const seen = over6('31 0a c8 01 0064 0000 fe80000000000000000000000000000a')
    expect([seen.stop, seen.values('vrrp.short_adver_int'), seen.values('vrrp.ipv6_addr'), gateways(seen)]).toEqual([
      '',
      ['100'],
      ['fe80::a'],
      [['advertisement', 'vrrp-3/10', 'active', 200, 'fe80::2', ['fe80::a']]],
    ])
  })

  it('priority 0: the master leaves', () => {
    expect(gateways(over4('31 0a 00 01 0064 0000 c0000201'))).toEqual([
      ['master leaves', 'vrrp-3/10', 'leaving', 0, '192.0.2.2', ['192.0.2.1']],
    ])
  })

  it.each([
    ['more addresses than the packet holds', '31 0a c8 ff 0064 0000 c0000201', /^malformed/, 1],
    ['a type that is no advertisement', '32 0a c8 01 0064 0000 c0000201', /^$/, 0],
    ['half a header', '31 0a c8 01', /^malformed/, 0],
  ])('%s', (_, bytes, stop, signals) => {
    const seen = over4(bytes)
    expect(seen.stop).toMatch(stop)
    expect(gateways(seen)).toHaveLength(signals)
  })
})

describe('HSRP', () => {
  // version 0, code, state, hello 3 s, hold 10 s, priority 110, group 1, reserved, 'cisco', 192.0.2.1
  const packet = (code: string, state: string): string => `00 ${code} ${state} 03 0a 6e 01 00 636973636f000000 c0000201`

  it('a hello shows its fields', () => {
    const seen = hsrp(packet('00', '10'))
    expect([seen.stop, seen.family('hsrp')]).toEqual([
      '',
      [
        'hsrp.version 0',
        'hsrp.opcode 0',
        'hsrp.state 16',
        'hsrp.hellotime 3',
        'hsrp.holdtime 10',
        'hsrp.priority 110',
        'hsrp.group 1',
        'hsrp.reserved 0',
        'hsrp.auth_data cisco',
        'hsrp.virt_ip 192.0.2.1',
      ],
    ])
  })

  it.each([
    ['the active router', '00', '10', 'Hello', 'active'],
    ['the one that waits', '00', '08', 'Hello', 'standby'],
    ['one that only listens', '00', '02', 'Hello', 'other'],
    ['a coup', '01', '04', 'Coup', 'active'],
    ['a resignation', '02', '10', 'Resign', 'leaving'],
  ])('%s', (_, code, state, message, role) => {
    expect(gateways(hsrp(packet(code, state)))).toEqual([[message, 'hsrp-1/1', role, 110, '192.0.2.2', ['192.0.2.1']]])
  })

  it.each([
    ['another version', packet('00', '10').replace(/^00/, '01')],
    ['a state that there is not', packet('00', '03')],
    ['a code that there is not', packet('04', '10')],
    ['too few bytes', '00 00 10 03 0a'],
  ])('%s under its port is no HSRP', (_, bytes) => {
    const seen = hsrp(bytes)
    expect([seen.stop, seen.family('hsrp'), gateways(seen)]).toEqual(['', [], []])
  })
})

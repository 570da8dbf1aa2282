import { describe, expect, it } from 'vitest'
import { hex } from '../../../dissectors/link/emit.ts'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { walkPacket } from '../core/record.ts'

const HEAD = '0180c200000e 020000000110 88cc'
//             chassis: MAC            port: interface name 'eth0'
const NAMES = '0207 04 020000000110 0405 05 65746830'

const lldp = (elements: string): Uint8Array => hex(`${HEAD} ${elements}`)

describe('LLDP', () => {
  it('shows who the neighbour is', () => {
    const seen = walkPacket(lldp(`${NAMES} 0602 0078 0a02 7231 0e04 00140010 100c 05 01 c0000201 02 00000007 00 0000`))
    expect(seen.family('lldp').filter((line) => !line.startsWith('lldp.tlv.type') && !line.startsWith('lldp.tlv.len'))).toEqual([
      'lldp.chassis.subtype 4',
      'lldp.chassis.id.mac 02:00:00:00:01:10',
      'lldp.port.subtype 5',
      'lldp.port.id eth0',
      'lldp.time_to_live 120',
      'lldp.tlv.system.name r1',
      'lldp.tlv.system_cap 0x0014',
      'lldp.tlv.system_cap.bridge 1',
      'lldp.tlv.system_cap.router 1',
      'lldp.tlv.system_cap.station_only 0',
      'lldp.tlv.enable_system_cap 0x0010',
      'lldp.tlv.enable_system_cap.bridge 0',
      'lldp.tlv.enable_system_cap.router 1',
      'lldp.tlv.enable_system_cap.station_only 0',
      'lldp.mgn.address.len 5',
      'lldp.mgn.address.subtype 1',
      'lldp.mgn.addr.ip4 192.0.2.1',
      'lldp.mgn.interface.subtype 2',
      'lldp.mgn.interface.number 7',
      'lldp.mgn.obj.len 0',
    ])
  })

  it.each([
    ['time to live 0 is a link that goes down', '0000', ['link-down']],
    ['any other says nothing', '0078', []],
  ])('%s', (_name, seconds, expected) => {
    const seen = walkPacket(lldp(`${NAMES} 0602 ${seconds} 0000`))
    expect(seen.signals.filter((s) => s.kind === SignalKind.Link).map((s) => (s.detail as LinkDetail).what)).toEqual(expected)
  })

  it.each([
    ['an element longer than the frame', `${NAMES} 0bff 61`],
    ['a management address longer than its element', `${NAMES} 1004 ff 01 c000`],
  ])('%s is malformed', (_name, elements) => {
    expect(walkPacket(lldp(elements)).stop).toContain('malformed')
  })
})

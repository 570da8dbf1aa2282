import { describe, expect, it } from 'vitest'
import { emitArp, emitArpFrame } from '../../../dissectors/arp/emit.ts'
import { emitEthernet, hex } from '../../../dissectors/link/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { walkPacket } from '../core/record.ts'

const MAC = '02:00:00:00:00:01'

describe('ARP', () => {
  it('is read field by field, and the frame padding told apart', () => {
    const seen = walkPacket(emitArpFrame({ opcode: 1, senderMac: MAC, sender: '192.0.2.1', target: '192.0.2.254' }))
    expect([...seen.family('arp'), ...seen.values('eth.padding'), seen.stop, seen.walk.info]).toEqual([
      'arp.hw.type 1',
      'arp.proto.type 0x0800',
      'arp.hw.size 6',
      'arp.proto.size 4',
      'arp.opcode 1',
      'arp.src.hw_mac 02:00:00:00:00:01',
      'arp.src.proto_ipv4 192.0.2.1',
      'arp.dst.hw_mac 00:00:00:00:00:00',
      'arp.dst.proto_ipv4 192.0.2.254',
      '00'.repeat(18),
      '',
      'Who has 192.0.2.254? Tell 192.0.2.1',
    ])
  })

  const signals: [string, Parameters<typeof emitArpFrame>[0], string, string][] = [
    ['request', { opcode: 1, senderMac: MAC, sender: '192.0.2.1', target: '192.0.2.254' }, 'arp-request', '192.0.2.1'],
    ['reply', { opcode: 2, senderMac: MAC, sender: '192.0.2.1', target: '192.0.2.254' }, 'arp-reply', '192.0.2.1'],
    ['probe', { opcode: 1, senderMac: MAC, sender: '0.0.0.0', target: '192.0.2.9' }, 'dad', '192.0.2.9'],
    ['gratuitous request', { opcode: 1, senderMac: MAC, sender: '192.0.2.9', target: '192.0.2.9' }, 'gratuitous', '192.0.2.9'],
    ['gratuitous reply', { opcode: 2, senderMac: MAC, sender: '192.0.2.9', target: '192.0.2.9' }, 'gratuitous', '192.0.2.9'],
  ]
  it.each(signals)('%s is signalled', (_name, message, word, subject) => {
    const seen = walkPacket(emitArpFrame(message), { record: false })
    const [signal] = seen.signals
    expect(signal).toMatchObject({ kind: SignalKind.Neighbour, detail: { message: word, mac: MAC, hopLimit: null } })
    const detail = signal?.detail as { address: number }
    expect(seen.walk.state.flows.addresses.text(detail.address)).toBe(subject)
  })

  it.each([
    ['untagged', [], 0],
    ['one VLAN', [5], 5],
    ['a priority tag names none', [0], 0],
    ['two tags', [7, 5], 7 * 4096 + 5],
    ['a third tag does not count', [7, 5, 3], 7 * 4096 + 5],
  ])('names its link: %s', (_name, vlans, segment) => {
    const arp = emitArp({ opcode: 2, senderMac: MAC, sender: '192.0.2.1', target: '192.0.2.2' })
    const seen = walkPacket(emitEthernet(arp, { type: 0x0806, vlans }), { record: false })
    expect([seen.signals.length, seen.walk.segment]).toEqual([1, segment])
  })

  it('other address sizes are bytes and no signal', () => {
    const infiniband = hex(`0020 0800 14 04 0001 ${'11'.repeat(20)} c0000201 ${'00'.repeat(20)} c0000202`)
    const seen = walkPacket(emitEthernet(infiniband, { type: 0x0806 }))
    expect([seen.values('arp.src.hw'), seen.values('arp.src.proto_ipv4'), seen.stop]).toEqual([['11'.repeat(20)], ['192.0.2.1'], ''])
  })

  it('cut at every length keeps what was read', () => {
    const whole = emitEthernet(emitArp({ opcode: 2, senderMac: MAC, sender: '192.0.2.1', target: '192.0.2.2' }), { type: 0x0806 })
    for (let size = 22; size < whole.length; size++) {
      const seen = walkPacket(whole.subarray(0, size), { wireLength: whole.length })
      expect([seen.values('arp.opcode'), seen.signals, seen.stop.slice(0, 3)]).toEqual([['2'], [], 'cut'])
    }
  })
})

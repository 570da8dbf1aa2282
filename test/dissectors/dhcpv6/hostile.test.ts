import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { emitTcp, PSH_ACK } from '../../../dissectors/tcp/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'
import { VECTORS } from '../dns/vectors.ts'

const address = { source: '192.0.2.1', destination: '192.0.2.2' }
const udp = (port: number) => (bytes: Uint8Array) => emitUdpPacket(bytes, { ...address, sourcePort: 40000, destinationPort: port })
const tcp = (port: number) => (bytes: Uint8Array) => {
  const [source, destination] = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)]
  return emitIpv4(emitTcp({ source, destination, sourcePort: 40000, destinationPort: port, sequence: 1, flags: PSH_ACK, payload: bytes }), {
    ...address,
    protocol: 6,
  })
}
/** a begin that passes the sanity check, so that what lies behind it is read */
const carriers: [name: string, head: string, wrap: (bytes: Uint8Array) => Uint8Array][] = [
  ['DNS', '12348180 0001 0002 0001 0001', udp(53)],
  ['multicast DNS', '00008400 0000 0004 0000 0001', udp(5353)],
  ['DNS over TCP', '0040 12348180 0001 0002 0001 0001', tcp(53)],
  ['DHCPv6', '07 010203', udp(546)],
  ['DHCPv6 relayed', `0c 00 ${'00'.repeat(32)} 0009 0010 07 010203`, udp(547)],
  ['DHCPv4', `02010600${'00'.repeat(232)} 63825363`, udp(68)],
  ['BGP OPEN', `${'ff'.repeat(16)} 0060 01 04 fbf4 00b4 c0000201 40`, tcp(179)],
  ['BGP UPDATE', `${'ff'.repeat(16)} 0060 02 0000 0040`, tcp(179)],
  ['VRRP', '31 0a c8 ff 0064 0000', (bytes) => emitIpv4(bytes, { ...address, protocol: 112 })],
  ['HSRP', '0000 10', udp(1985)],
  ['BFD', '20c0 03 18', udp(3784)],
]

describe('whatever the bytes', () => {
  it.each(carriers)('%s ends without an exception, within its fuel', (_name, head, wrap) => {
    const state = new StreamState(nodeCrypto)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, record) => {
        const seen = walkPacket(wrap(join(hex(head), tail)), { linkType: 101, state, record })
        expect(seen.stop).toMatch(/^$|^(cut|malformed|limit) /)
      }),
      { numRuns: 400, seed: 11 },
    )
  })

  it('a few bytes of good packets changed', () => {
    const all = Object.values(VECTORS).map(hex)
    const change = fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.nat(all.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (number, changes) => {
        const bytes = (all[number] as Uint8Array).slice()
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        expect(walkPacket(bytes, { linkType: 101 }).stop).toMatch(/^$|^(cut|malformed|limit) /)
      }),
      { numRuns: 800, seed: 12 },
    )
  })
})

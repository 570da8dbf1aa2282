/** The Authentication option (RFC 8415 section 21.11): what its information holds is known of delayed authentication with HMAC-MD5 only. */
import { expect, it } from 'vitest'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { walkPacket } from '../core/record.ts'

const MAC = '34280b95175ded01945c6d464266164f'

function option(protocol: string, algorithm: string): string[] {
  const payload = hex(`07 aabbcc 000b 0027 ${protocol} ${algorithm} 00 decfb0939464923f 6b616d652e6e6574 00000001 ${MAC}`)
  const ends = { source: 'fe80::1', destination: 'fe80::2', sourcePort: 547, destinationPort: 546 }
  return walkPacket(emitUdpPacket(payload, ends), { linkType: 101 }).family('dhcpv6.auth').slice(4)
}

it('realm, key and MAC of delayed authentication', () => {
  expect(option('02', '01')).toEqual(['dhcpv6.auth.realm kame.net', 'dhcpv6.auth.key_id 1', `dhcpv6.auth.md5_data ${MAC}`])
})

it.each([
  ['another algorithm', '02', '21'],
  ['another protocol', '04', '01'],
])('%s: bytes', (_, protocol, algorithm) => {
  expect(option(protocol, algorithm)).toEqual([`dhcpv6.auth.info 6b616d652e6e657400000001${MAC}`])
})

/** Mobile IPv6 under next header 135, its payload seen in plain IPv6 packets; Mobile IPv4 registration on its UDP port. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { watchIpv6 } from '../ipv6/watch.ts'
import { dissectMobility } from './dissect.ts'
import { watchMobility } from './payload.ts'
import { dissectRegistration } from './registration.ts'
import { REGISTRATION_PORT } from './wire4.ts'

export function registerMipv6(): void {
  register('mipv6', 'ip.proto', IpProtocol.Mobility, dissectMobility)
  register('mip', 'udp.port', REGISTRATION_PORT, dissectRegistration)
  watchIpv6(watchMobility)
}

/** Mobile IPv6 under next header 135; its payload is seen in plain IPv6 packets. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { watchIpv6 } from '../ipv6/watch.ts'
import { dissectMobility } from './dissect.ts'
import { watchMobility } from './payload.ts'

export function registerMipv6(): void {
  register('mipv6', 'ip.proto', IpProtocol.Mobility, dissectMobility)
  watchIpv6(watchMobility)
}

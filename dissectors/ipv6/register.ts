/** IPv6 under its ethertype and, as a tunnel, under protocol 41 (RFC 2473, RFC 4213). */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectIpv6, dissectLooseDestinationOptions, dissectLooseRouting } from './dissect.ts'

export function registerIpv6(): void {
  register('ipv6', 'ethertype', 0x86dd, dissectIpv6)
  register('ipv6', 'ip.proto', IpProtocol.Ipv6, dissectIpv6)
  register('ipv6.dstopts', 'ip.proto', IpProtocol.DestinationOptions, dissectLooseDestinationOptions)
  register('ipv6.routing', 'ip.proto', IpProtocol.Routing, dissectLooseRouting)
}

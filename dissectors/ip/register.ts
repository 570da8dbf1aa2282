/** IPv4 under its ethertype and, as a tunnel, under IP protocol 4 (RFC 2003). */
import { register } from '../core/dispatch.ts'
import { dissectIpv4 } from './dissect.ts'
import { IpProtocol } from './protocols.ts'

export function registerIp(): void {
  register('ip', 'ethertype', 0x0800, dissectIpv4)
  register('ip', 'ip.proto', IpProtocol.Ipv4, dissectIpv4)
}

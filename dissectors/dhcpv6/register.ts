/** DHCPv6 by its two ports. */
import { register } from '../core/dispatch.ts'
import { dissectDhcpv6 } from './dissect.ts'
import { CLIENT_PORT, SERVER_PORT } from './wire.ts'

export function registerDhcpv6(): void {
  register('dhcpv6', 'udp.port', CLIENT_PORT, dissectDhcpv6)
  register('dhcpv6', 'udp.port', SERVER_PORT, dissectDhcpv6)
}

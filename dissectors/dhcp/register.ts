/** DHCPv4 by its two ports. */
import { register } from '../core/dispatch.ts'
import { dissectDhcp } from './dissect.ts'
import { CLIENT_PORT, SERVER_PORT } from './wire.ts'

export function registerDhcp(): void {
  register('dhcp', 'udp.port', CLIENT_PORT, dissectDhcp)
  register('dhcp', 'udp.port', SERVER_PORT, dissectDhcp)
}

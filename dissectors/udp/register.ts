/** UDP under IP protocol 17. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectUdp } from './dissect.ts'

export function registerUdp(): void {
  register('udp', 'ip.proto', IpProtocol.Udp, dissectUdp)
}

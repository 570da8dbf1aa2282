/** ESP under IP protocol 50. In UDP it is found by the protocols that own the port (IKE's 4500, HIP's 10500). */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectEsp } from './dissect.ts'

export function registerEsp(): void {
  register('esp', 'ip.proto', IpProtocol.Esp, dissectEsp)
}

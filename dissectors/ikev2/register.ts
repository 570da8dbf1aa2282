/** IKE under its two UDP ports, and by name for 'decode as'. */
import { register, registerName } from '../core/dispatch.ts'
import { dissectIkePort, dissectNatTraversal } from './dissect.ts'
import { IKE_PORT, NAT_TRAVERSAL_PORT } from './wire.ts'

export function registerIkev2(): void {
  register('isakmp', 'udp.port', IKE_PORT, dissectIkePort)
  register('udpencap', 'udp.port', NAT_TRAVERSAL_PORT, dissectNatTraversal)
  registerName('ikev2', dissectIkePort)
}

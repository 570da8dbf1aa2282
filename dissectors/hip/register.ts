/** HIP under IP protocol 139 and, as a guess that is checked, under UDP port 10500. 'hip' (for 'decode as') is the packet over IP. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectHip, dissectHipOverUdp } from './dissect.ts'
import { HIP_UDP_PORT } from './wire.ts'

export function registerHip(): void {
  register('hip-udp', 'udp.port', HIP_UDP_PORT, dissectHipOverUdp)
  register('hip', 'ip.proto', IpProtocol.Hip, dissectHip)
}

/** GRE under IP protocol 47. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectGre } from './dissect.ts'

export function registerGre(): void {
  register('gre', 'ip.proto', IpProtocol.Gre, dissectGre)
}

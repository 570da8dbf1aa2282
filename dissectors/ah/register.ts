/** The authentication header under IP protocol 51. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectAh } from './dissect.ts'

export function registerAh(): void {
  register('ah', 'ip.proto', IpProtocol.Ah, dissectAh)
}

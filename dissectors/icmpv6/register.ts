/** ICMPv6 is next header 58. */
import { register } from '../core/dispatch.ts'
import { dissectIcmpv6 } from './dissect.ts'

export function registerIcmpv6(): void {
  register('icmpv6', 'ip.proto', 58, dissectIcmpv6)
}

/** ICMPv4 is IP protocol 1. */
import { register } from '../core/dispatch.ts'
import { dissectIcmp } from './dissect.ts'

export function registerIcmp(): void {
  register('icmp', 'ip.proto', 1, dissectIcmp)
}

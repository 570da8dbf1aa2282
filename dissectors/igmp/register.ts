/** IGMP over IP protocol 2. */
import { register } from '../core/dispatch.ts'
import { dissectIgmp } from './dissect.ts'
import { IGMP_PROTOCOL_NUMBER } from './wire.ts'

export function registerIgmp(): void {
  register('igmp', 'ip.proto', IGMP_PROTOCOL_NUMBER, dissectIgmp)
}

import { register } from '../core/dispatch.ts'
import { dissectTcp } from './dissect.ts'
import { IP_PROTOCOL_TCP } from './wire.ts'

/** TCP, with MPTCP as its option, hangs on IP protocol 6. */
export function registerTcp(): void {
  register('tcp', 'ip.proto', IP_PROTOCOL_TCP, dissectTcp)
}

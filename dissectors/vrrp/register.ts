/** VRRP over IP protocol 112. */
import { register } from '../core/dispatch.ts'
import { dissectVrrp } from './dissect.ts'
import { VRRP_PROTOCOL_NUMBER } from './wire.ts'

export function registerVrrp(): void {
  register('vrrp', 'ip.proto', VRRP_PROTOCOL_NUMBER, dissectVrrp)
}

/** HSRP over its UDP port. */
import { register } from '../core/dispatch.ts'
import { dissectHsrp } from './dissect.ts'
import { HSRP_PORT } from './wire.ts'

export function registerHsrp(): void {
  register('hsrp', 'udp.port', HSRP_PORT, dissectHsrp)
}

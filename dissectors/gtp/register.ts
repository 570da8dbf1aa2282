/** GTP-U under its UDP port. */
import { register } from '../core/dispatch.ts'
import { dissectGtp } from './dissect.ts'
import { GTP_PORT } from './wire.ts'

export function registerGtp(): void {
  register('gtp', 'udp.port', GTP_PORT, dissectGtp)
}

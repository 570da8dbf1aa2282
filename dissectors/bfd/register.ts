/** BFD over its UDP ports. */
import { register } from '../core/dispatch.ts'
import { dissectBfd } from './dissect.ts'
import { BFD_PORTS } from './wire.ts'

export function registerBfd(): void {
  for (const port of BFD_PORTS) register('bfd', 'udp.port', port, dissectBfd)
}

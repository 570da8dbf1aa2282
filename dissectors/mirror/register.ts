/** ERSPAN of types II and III under the protocol types that GRE names them by (type I is GRE's to tell), TZSP under its port. */
import { register } from '../core/dispatch.ts'
import { dissectErspan2, dissectErspan3, dissectTzsp } from './dissect.ts'
import { ERSPAN, ERSPAN_3, TZSP_PORT } from './wire.ts'

export function registerMirror(): void {
  register('erspan', 'ethertype', ERSPAN, dissectErspan2)
  register('erspan-3', 'ethertype', ERSPAN_3, dissectErspan3)
  register('tzsp', 'udp.port', TZSP_PORT, dissectTzsp)
}

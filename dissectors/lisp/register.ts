/** LISP under its two UDP ports. */
import { register } from '../core/dispatch.ts'
import { dissectLispControl, dissectLispData } from './dissect.ts'
import { CONTROL_PORT, DATA_PORT } from './wire.ts'

export function registerLisp(): void {
  register('lisp-data', 'udp.port', DATA_PORT, dissectLispData)
  register('lisp', 'udp.port', CONTROL_PORT, dissectLispControl)
}

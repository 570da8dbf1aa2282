/** LISP under its two UDP ports. */
import { register } from '../core/dispatch.ts'
import { dissectLispControl } from './control.ts'
import { CONTROL_PORT } from './control-wire.ts'
import { dissectLispData } from './dissect.ts'
import { DATA_PORT } from './wire.ts'

export function registerLisp(): void {
  register('lisp-data', 'udp.port', DATA_PORT, dissectLispData)
  register('lisp', 'udp.port', CONTROL_PORT, dissectLispControl)
}

/** Teredo under its UDP port. */
import { register } from '../core/dispatch.ts'
import { dissectTeredo } from './dissect.ts'
import { TEREDO_PORT } from './wire.ts'

export function registerTeredo(): void {
  register('teredo', 'udp.port', TEREDO_PORT, dissectTeredo)
}

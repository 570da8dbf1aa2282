/** Geneve under its UDP port. */
import { register } from '../core/dispatch.ts'
import { dissectGeneve } from './dissect.ts'
import { GENEVE_PORT } from './wire.ts'

export function registerGeneve(): void {
  register('geneve', 'udp.port', GENEVE_PORT, dissectGeneve)
}

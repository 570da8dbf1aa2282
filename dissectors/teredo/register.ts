/** Teredo under its server's UDP port, and by its addresses. */
import { register, registerUdpGuess } from '../core/dispatch.ts'
import { dissectTeredo, guessTeredo } from './dissect.ts'
import { TEREDO_PORT } from './wire.ts'

export function registerTeredo(): void {
  register('teredo', 'udp.port', TEREDO_PORT, dissectTeredo)
  registerUdpGuess(guessTeredo)
}

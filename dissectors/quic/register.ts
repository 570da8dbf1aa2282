/** QUIC runs over any UDP port: it is found by its bytes, after the dissectors of ports. By name for 'decode as'. */
import { registerName, registerUdpGuess } from '../core/dispatch.ts'
import { dissectQuic, guessQuic } from './dissect.ts'

export function registerQuic(): void {
  registerUdpGuess(guessQuic)
  registerName('quic', dissectQuic)
}

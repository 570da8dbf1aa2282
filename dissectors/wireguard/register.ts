/** WireGuard runs over any UDP port: it is found by its bytes. By name for 'decode as'. */
import { registerName, registerUdpGuess } from '../core/dispatch.ts'
import { dissectWireguard } from './dissect.ts'

export function registerWireguard(): void {
  registerUdpGuess(dissectWireguard)
  registerName('wg', dissectWireguard)
}

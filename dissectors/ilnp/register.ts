/** ILNP has no number of its own: its packets are IPv6 packets with a nonce option, or between node identifiers that used one. */
import { watchIpv6 } from '../ipv6/watch.ts'
import { watchIlnp } from './payload.ts'

export function registerIlnp(): void {
  watchIpv6(watchIlnp)
}

/** Shim6 under next header 140; payload between the ULIDs themselves is seen in plain IPv6 packets. */
import { register } from '../core/dispatch.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { watchIpv6 } from '../ipv6/watch.ts'
import { dissectShim6 } from './dissect.ts'
import { watchUlids } from './signals.ts'

export function registerShim6(): void {
  register('shim6', 'ip.proto', IpProtocol.Shim6, dissectShim6)
  watchIpv6(watchUlids)
}

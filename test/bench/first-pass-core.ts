/**
 * The first pass with link layers, ARP, IP, ICMP, UDP, TCP with MPTCP, and SCTP, and no other protocol known at all. Bundled a second time with
 * `no-recognisers.ts` in the place of what looks for signs of the unknown.
 */
import { registerArp } from '../../dissectors/arp/register.ts'
import { registerIcmp } from '../../dissectors/icmp/register.ts'
import { registerIcmpv6 } from '../../dissectors/icmpv6/register.ts'
import { registerIp } from '../../dissectors/ip/register.ts'
import { registerIpv6 } from '../../dissectors/ipv6/register.ts'
import { registerLink } from '../../dissectors/link/register.ts'
import { registerSctp } from '../../dissectors/sctp/register.ts'
import { registerTcp } from '../../dissectors/tcp/register.ts'
import { registerUdp } from '../../dissectors/udp/register.ts'

for (const register of [
  registerLink,
  registerArp,
  registerIp,
  registerIpv6,
  registerIcmp,
  registerIcmpv6,
  registerUdp,
  registerTcp,
  registerSctp,
])
  register()

export { MeasuredPass } from './first-pass.ts'

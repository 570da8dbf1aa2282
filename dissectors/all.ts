/** Registers every protocol. Importing this file is what makes a build know them; each protocol's `register.ts` says where it hangs. */
import { registerAh } from './ah/register.ts'
import { registerArp } from './arp/register.ts'
import { registerBfd } from './bfd/register.ts'
import { registerBgp } from './bgp/register.ts'
import { registerDhcp } from './dhcp/register.ts'
import { registerDhcpv6 } from './dhcpv6/register.ts'
import { registerDns } from './dns/register.ts'
import { registerEsp } from './esp/register.ts'
import { registerGeneve } from './geneve/register.ts'
import { registerGre } from './gre/register.ts'
import { registerGtp } from './gtp/register.ts'
import { registerHip } from './hip/register.ts'
import { registerHsrp } from './hsrp/register.ts'
import { registerIcmp } from './icmp/register.ts'
import { registerIcmpv6 } from './icmpv6/register.ts'
import { registerIgmp } from './igmp/register.ts'
import { registerIkev2 } from './ikev2/register.ts'
import { registerIlnp } from './ilnp/register.ts'
import { registerIp } from './ip/register.ts'
import { registerIpv6 } from './ipv6/register.ts'
import { registerLink } from './link/register.ts'
import { registerLisp } from './lisp/register.ts'
import { registerLldp } from './lldp/register.ts'
import { registerMipv6 } from './mipv6/register.ts'
import { registerMirror } from './mirror/register.ts'
import { registerProfiles } from './profile/register.ts'
import { registerQuic } from './quic/register.ts'
import { registerSctp } from './sctp/register.ts'
import { registerShim6 } from './shim6/register.ts'
import { registerTcp } from './tcp/register.ts'
import { registerTeredo } from './teredo/register.ts'
import { registerUdp } from './udp/register.ts'
import { registerVrrp } from './vrrp/register.ts'
import { registerVxlan } from './vxlan/register.ts'
import { registerWireguard } from './wireguard/register.ts'

let done = false

export function registerAll(): void {
  if (done) return
  done = true
  registerLink()
  registerArp()
  registerLldp()
  registerIp()
  registerIpv6()
  registerIcmp()
  registerIcmpv6()
  registerUdp()
  registerTcp()
  registerSctp()
  registerEsp()
  registerAh()
  registerIkev2()
  registerQuic()
  registerWireguard()
  registerHip()
  registerShim6()
  registerGre()
  registerGtp()
  registerGeneve()
  registerVxlan()
  registerTeredo()
  registerMirror()
  registerLisp()
  registerDns()
  registerDhcpv6()
  registerBfd()
  registerHsrp()
  registerVrrp()
  registerIgmp()
  registerDhcp()
  registerBgp()
  registerMipv6()
  registerIlnp()
  registerProfiles()
}

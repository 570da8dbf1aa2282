/** Hangs the link layers under their link types (tcpdump.org) and ethertypes. */
import { register, registerName } from '../core/dispatch.ts'
import { dissectCooked, dissectCooked2, dissectLoopback, dissectRaw, dissectSlip } from './cooked.ts'
import { dissectEthernet, dissectInnerEthernet, dissectVlan } from './dissect.ts'
import { EtherType, LinkType } from './ethertypes.ts'
import {
  dissectCiscoHdlc,
  dissectIpoib,
  dissectMpls,
  dissectNflog,
  dissectPktap,
  dissectPpp,
  dissectPppoeDiscovery,
  dissectPppoeSession,
  dissectPppWithDirection,
} from './serial.ts'

export function registerLink(): void {
  register('null', 'link', LinkType.Null, dissectLoopback)
  register('null', 'link', LinkType.Loop, dissectLoopback)
  register('eth', 'link', LinkType.Ethernet, dissectEthernet)
  register('slip', 'link', LinkType.Slip, dissectSlip)
  for (const type of [LinkType.RawBsd, LinkType.RawOpenBsd, LinkType.Raw, LinkType.Ipv4, LinkType.Ipv6])
    register('raw', 'link', type, dissectRaw)
  for (const type of [LinkType.Ppp, LinkType.PppHdlc]) register('ppp', 'link', type, dissectPpp)
  register('pppoes', 'link', LinkType.PppEther, dissectPppoeSession)
  register('ppp-with-direction', 'link', LinkType.PppWithDirection, dissectPppWithDirection)
  register('chdlc', 'link', LinkType.CiscoHdlc, dissectCiscoHdlc)
  register('sll', 'link', LinkType.LinuxCooked, dissectCooked)
  register('sll2', 'link', LinkType.LinuxCooked2, dissectCooked2)
  register('nflog', 'link', LinkType.Nflog, dissectNflog)
  register('ipoib', 'link', LinkType.IpOverInfiniband, dissectIpoib)
  register('pktap', 'link', LinkType.Pktap, dissectPktap)
  for (const type of [EtherType.Vlan, EtherType.ServiceVlan, EtherType.OldServiceVlan]) register('vlan', 'ethertype', type, dissectVlan)
  for (const type of [EtherType.Mpls, EtherType.MplsMulticast]) register('mpls', 'ethertype', type, dissectMpls)
  register('pppoes', 'ethertype', EtherType.PppoeSession, dissectPppoeSession)
  register('pppoed', 'ethertype', EtherType.PppoeDiscovery, dissectPppoeDiscovery)
  register('ppp', 'ethertype', EtherType.Ppp, dissectPpp)
  register('eth-inner', 'ethertype', EtherType.TransparentBridging, dissectInnerEthernet)
  registerName('eth', dissectEthernet)
}

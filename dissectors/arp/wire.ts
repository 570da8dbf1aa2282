/** ARP and RARP (RFC 826, RFC 903, RFC 5227): offsets and fields. */
import { protocol } from '../core/fields.ts'
import { ETHERTYPE_NAMES } from '../link/ethertypes.ts'

export const enum At {
  HardwareType = 0,
  ProtocolType = 2,
  HardwareSize = 4,
  ProtocolSize = 5,
  Opcode = 6,
  Addresses = 8,
}

export const enum Opcode {
  Request = 1,
  Reply = 2,
}

export const HARDWARE_ETHERNET = 1
export const HARDWARE_IEEE802 = 6

export const arp = protocol('arp', 'Address Resolution Protocol', 'ARP')
export const arpHardwareType = arp.uint16('arp.hw.type', 'Hardware type', { values: { 1: 'Ethernet', 6: 'IEEE 802', 32: 'InfiniBand' } })
export const arpProtocolType = arp.uint16('arp.proto.type', 'Protocol type', { base: 'hex', values: ETHERTYPE_NAMES })
export const arpHardwareSize = arp.uint8('arp.hw.size', 'Hardware size')
export const arpProtocolSize = arp.uint8('arp.proto.size', 'Protocol size')
export const arpOpcode = arp.uint16('arp.opcode', 'Opcode', {
  values: { 1: 'request', 2: 'reply', 3: 'reverse request', 4: 'reverse reply', 8: 'inverse request', 9: 'inverse reply' },
})
export const arpIsProbe = arp.bool('arp.isprobe', 'Is probe')
export const arpIsGratuitous = arp.bool('arp.isgratuitous', 'Is gratuitous')
export const arpIsAnnouncement = arp.bool('arp.isannouncement', 'Is announcement')
export const arpSourceMac = arp.ether('arp.src.hw_mac', 'Sender MAC address')
export const arpSourceHardware = arp.bytes('arp.src.hw', 'Sender hardware address')
export const arpSourceIpv4 = arp.ipv4('arp.src.proto_ipv4', 'Sender IP address')
export const arpSourceProtocol = arp.bytes('arp.src.proto', 'Sender protocol address')
export const arpTargetMac = arp.ether('arp.dst.hw_mac', 'Target MAC address')
export const arpTargetHardware = arp.bytes('arp.dst.hw', 'Target hardware address')
export const arpTargetIpv4 = arp.ipv4('arp.dst.proto_ipv4', 'Target IP address')
export const arpTargetProtocol = arp.bytes('arp.dst.proto', 'Target protocol address')

/** VXLAN (RFC 7348 section 5), its group policy extension, and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe section 3). Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

export const VXLAN_PORT = 4789
/** Linux's own default, older than the assignment */
export const LINUX_PORT = 8472
export const GPE_PORT = 4790
export const HEADER = 8
export const FLAG_NETWORK = 0x08

export const enum GpeNext {
  Ipv4 = 1,
  Ipv6 = 2,
  Ethernet = 3,
}

export const vxlan = protocol('vxlan', 'Virtual eXtensible Local Area Network', 'VXLAN')
export const Field = {
  flags: vxlan.uint16('vxlan.flags', 'Flags', { base: 'hex' }),
  policy: vxlan.bool('vxlan.flag_g', 'Group policy present'),
  network: vxlan.bool('vxlan.flag_i', 'Network identifier present'),
  doNotLearn: vxlan.bool('vxlan.flag_d', 'Do not learn'),
  applied: vxlan.bool('vxlan.flag_a', 'Policy applied'),
  reservedFlags: vxlan.uint16('vxlan.flags_reserved', 'Reserved', { base: 'hex' }),
  group: vxlan.uint16('vxlan.gbp', 'Group policy'),
  version: vxlan.uint8('vxlan.ver', 'Version'),
  instance: vxlan.uint8('vxlan.i_bit', 'Network identifier present'),
  nextPresent: vxlan.uint8('vxlan.p_bit', 'Next protocol present'),
  oam: vxlan.uint8('vxlan.o_bit', 'Operations and management'),
  reserved16: vxlan.uint16('vxlan.reserved_16', 'Reserved', { base: 'hex' }),
  next: vxlan.uint8('vxlan.next_proto', 'Next protocol', { values: { 1: 'IPv4', 2: 'IPv6', 3: 'Ethernet', 4: 'NSH' } }),
  vni: vxlan.uint24('vxlan.vni', 'Network identifier'),
  reserved8: vxlan.uint8('vxlan.reserved8', 'Reserved'),
} as const

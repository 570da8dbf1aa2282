/** VRRP versions 2 and 3 (RFC 3768, RFC 9568): layout and fields. Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

export const VRRP_PROTOCOL_NUMBER = 112
export const HEADER = 8
/** Priority with which a master leaves (RFC 9568 section 5.2.4). */
export const LEAVING = 0

export const vrrp = protocol('vrrp', 'Virtual Router Redundancy Protocol', 'VRRP')
export const Field = {
  typeVersion: vrrp.uint8('vrrp.typever', 'Version and type'),
  version: vrrp.uint8('vrrp.version', 'Version'),
  type: vrrp.uint8('vrrp.type', 'Type', { values: { 1: 'Advertisement' } }),
  group: vrrp.uint8('vrrp.virt_rtr_id', 'Virtual router'),
  priority: vrrp.uint8('vrrp.prio', 'Priority'),
  count: vrrp.uint8('vrrp.addr_count', 'Addresses'),
  authType: vrrp.uint8('vrrp.auth_type', 'Authentication type'),
  interval: vrrp.uint8('vrrp.adver_int', 'Advertisement interval (s)'),
  reserved: vrrp.uint8('vrrp.reserved_mbz', 'Reserved'),
  shortInterval: vrrp.uint16('vrrp.short_adver_int', 'Advertisement interval (1/100 s)'),
  checksum: vrrp.uint16('vrrp.checksum', 'Checksum', { base: 'hex' }),
  address4: vrrp.ipv4('vrrp.ip_addr', 'Virtual address'),
  address6: vrrp.ipv6('vrrp.ipv6_addr', 'Virtual address'),
  authText: vrrp.string('vrrp.auth_string', 'Authentication text'),
} as const

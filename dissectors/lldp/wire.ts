/** LLDP (IEEE 802.1AB-2016 clause 8): elements and fields. Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

export const LLDP_ETHERTYPE = 0x88cc

export const enum Element {
  End = 0,
  Chassis = 1,
  Port = 2,
  TimeToLive = 3,
  PortDescription = 4,
  SystemName = 5,
  SystemDescription = 6,
  Capabilities = 7,
  Management = 8,
  Organization = 127,
}

export const ELEMENTS: Readonly<Record<number, string>> = {
  0: 'End',
  1: 'Chassis',
  2: 'Port',
  3: 'Time to live',
  4: 'Port description',
  5: 'System name',
  6: 'System description',
  7: 'System capabilities',
  8: 'Management address',
  127: 'Organization specific',
}

/** of a chassis and of a port identifier: which subtype holds a link-layer and which a network address */
export const CHASSIS_MAC = 4
export const CHASSIS_NETWORK = 5
export const PORT_MAC = 3
export const PORT_NETWORK = 4

const CHASSIS_SUBTYPES = {
  1: 'Chassis component',
  2: 'Interface alias',
  3: 'Port component',
  4: 'MAC address',
  5: 'Network address',
  6: 'Interface name',
  7: 'Locally assigned',
}
const PORT_SUBTYPES = {
  1: 'Interface alias',
  2: 'Port component',
  3: 'MAC address',
  4: 'Network address',
  5: 'Interface name',
  6: 'Agent circuit',
  7: 'Locally assigned',
}

export const lldp = protocol('lldp', 'Link Layer Discovery Protocol', 'LLDP')
export const Field = {
  element: lldp.group('lldp.tlv', 'Element'),
  type: lldp.uint16('lldp.tlv.type', 'Type', { values: ELEMENTS }),
  length: lldp.uint16('lldp.tlv.len', 'Length'),
  chassisSubtype: lldp.uint8('lldp.chassis.subtype', 'Chassis identifier subtype', { values: CHASSIS_SUBTYPES }),
  chassis: lldp.bytes('lldp.chassis.id', 'Chassis identifier'),
  chassisMac: lldp.ether('lldp.chassis.id.mac', 'Chassis identifier'),
  chassis4: lldp.ipv4('lldp.chassis.id.ip4', 'Chassis identifier'),
  chassis6: lldp.ipv6('lldp.chassis.id.ip6', 'Chassis identifier'),
  portSubtype: lldp.uint8('lldp.port.subtype', 'Port identifier subtype', { values: PORT_SUBTYPES }),
  port: lldp.string('lldp.port.id', 'Port identifier'),
  portMac: lldp.ether('lldp.port.id.mac', 'Port identifier'),
  port4: lldp.ipv4('lldp.port.id.ip4', 'Port identifier'),
  port6: lldp.ipv6('lldp.port.id.ip6', 'Port identifier'),
  timeToLive: lldp.uint16('lldp.time_to_live', 'Seconds'),
  portDescription: lldp.string('lldp.port.desc', 'Port description'),
  systemName: lldp.string('lldp.tlv.system.name', 'System name'),
  systemDescription: lldp.string('lldp.tlv.system.desc', 'System description'),
  capabilities: lldp.uint16('lldp.tlv.system_cap', 'Capabilities', { base: 'hex' }),
  router: lldp.bool('lldp.tlv.system_cap.router', 'Router'),
  bridge: lldp.bool('lldp.tlv.system_cap.bridge', 'Bridge'),
  station: lldp.bool('lldp.tlv.system_cap.station_only', 'Station only'),
  enabled: lldp.uint16('lldp.tlv.enable_system_cap', 'Enabled capabilities', { base: 'hex' }),
  enabledRouter: lldp.bool('lldp.tlv.enable_system_cap.router', 'Router'),
  enabledBridge: lldp.bool('lldp.tlv.enable_system_cap.bridge', 'Bridge'),
  enabledStation: lldp.bool('lldp.tlv.enable_system_cap.station_only', 'Station only'),
  addressLength: lldp.uint8('lldp.mgn.address.len', 'Address string length'),
  addressFamily: lldp.uint8('lldp.mgn.address.subtype', 'Address family', { values: { 1: 'IPv4', 2: 'IPv6', 6: 'IEEE 802' } }),
  address4: lldp.ipv4('lldp.mgn.addr.ip4', 'Management address'),
  address6: lldp.ipv6('lldp.mgn.addr.ip6', 'Management address'),
  addressBytes: lldp.bytes('lldp.mgn.addr.hex', 'Management address'),
  interfaceSubtype: lldp.uint8('lldp.mgn.interface.subtype', 'Interface numbering', {
    values: { 1: 'Unknown', 2: 'Interface index', 3: 'System port' },
  }),
  interfaceNumber: lldp.uint32('lldp.mgn.interface.number', 'Interface number'),
  objectLength: lldp.uint8('lldp.mgn.obj.len', 'Object identifier length'),
  organization: lldp.uint24('lldp.orgtlv.oui', 'Organization code', { base: 'hex' }),
  organizationSubtype: lldp.uint8('lldp.orgtlv.subtype', 'Organization subtype'),
  unknown: lldp.bytes('lldp.unknown_subtype.content', 'Content'),
} as const

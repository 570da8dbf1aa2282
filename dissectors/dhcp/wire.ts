/** DHCPv4 (RFC 2131, options of RFC 2132 and 3442): layout and fields. Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

export const SERVER_PORT = 67
export const CLIENT_PORT = 68
export const HEADER = 236
export const COOKIE = 0x63825363

export const enum Option {
  Pad = 0,
  SubnetMask = 1,
  Router = 3,
  NameServer = 6,
  HostName = 12,
  RequestedAddress = 50,
  LeaseTime = 51,
  Message = 53,
  Server = 54,
  RequestList = 55,
  RenewalTime = 58,
  RebindingTime = 59,
  Client = 61,
  Authentication = 90,
  ClasslessRoutes = 121,
  End = 255,
}

export const MESSAGE_NAMES: Readonly<Record<number, string>> = {
  1: 'DISCOVER',
  2: 'OFFER',
  3: 'REQUEST',
  4: 'DECLINE',
  5: 'ACK',
  6: 'NAK',
  7: 'RELEASE',
  8: 'INFORM',
  9: 'FORCERENEW',
}

export const dhcp = protocol('dhcp', 'Dynamic Host Configuration Protocol', 'DHCP')
export const Field = {
  operation: dhcp.uint8('dhcp.type', 'Operation', { values: { 1: 'Boot request', 2: 'Boot reply' } }),
  hardware: dhcp.uint8('dhcp.hw.type', 'Hardware type', { base: 'hex' }),
  hardwareLength: dhcp.uint8('dhcp.hw.len', 'Hardware address length'),
  hops: dhcp.uint8('dhcp.hops', 'Hops'),
  transaction: dhcp.uint32('dhcp.id', 'Transaction ID', { base: 'hex' }),
  seconds: dhcp.uint16('dhcp.secs', 'Seconds elapsed'),
  flags: dhcp.uint16('dhcp.flags', 'Flags', { base: 'hex' }),
  broadcast: dhcp.bool('dhcp.flags.bc', 'Broadcast'),
  client: dhcp.ipv4('dhcp.ip.client', 'Client address'),
  yours: dhcp.ipv4('dhcp.ip.your', 'Your address'),
  server: dhcp.ipv4('dhcp.ip.server', 'Next server address'),
  relay: dhcp.ipv4('dhcp.ip.relay', 'Relay agent address'),
  mac: dhcp.ether('dhcp.hw.mac_addr', 'Client MAC address'),
  cookie: dhcp.ipv4('dhcp.cookie', 'Magic cookie'),
  option: dhcp.group('mh.dhcp.option', 'Option'),
  optionType: dhcp.uint8('dhcp.option.type', 'Option'),
  optionLength: dhcp.uint8('dhcp.option.length', 'Length'),
  optionValue: dhcp.bytes('dhcp.option.value', 'Value'),
  message: dhcp.uint8('dhcp.option.dhcp', 'Message', { values: MESSAGE_NAMES }),
  mask: dhcp.ipv4('dhcp.option.subnet_mask', 'Subnet mask'),
  router: dhcp.ipv4('dhcp.option.router', 'Router'),
  nameServer: dhcp.ipv4('dhcp.option.domain_name_server', 'Domain name server'),
  hostName: dhcp.string('dhcp.option.hostname', 'Host name'),
  requested: dhcp.ipv4('dhcp.option.requested_ip_address', 'Requested address'),
  route: dhcp.string('mh.dhcp.route', 'Route'),
  leaseTime: dhcp.uint32('dhcp.option.ip_address_lease_time', 'Lease time'),
  serverId: dhcp.ipv4('dhcp.option.dhcp_server_id', 'Server identifier'),
  requestItem: dhcp.uint8('dhcp.option.request_list_item', 'Requested option'),
  renewal: dhcp.uint32('dhcp.option.renewal_time_value', 'Renewal time'),
  rebinding: dhcp.uint32('dhcp.option.rebinding_time_value', 'Rebinding time'),
  end: dhcp.uint8('dhcp.option.end', 'End'),
} as const

/**
 * When a second pass may stop at the transport header: the filter asks for nothing above the network layers, and none of the packet's layers,
 * known from the first pass, could hold another network layer. Everything that is not known to be harmless is walked to its end.
 * Cost: one array look-up a packet.
 */
import { allFields, allProtocols } from '../../dissectors/core/fields.ts'
import { type LayerSets, UNKNOWN_LAYERS } from './layer-sets.ts'

/** layers up to IP: their fields are recorded before the walk enters a transport */
const NETWORK = new Set([
  'frame',
  'eth',
  'vlan',
  'llc',
  'sll',
  'raw',
  'null',
  'ip',
  'ipv6',
  'ipv6.hopopts',
  'ipv6.dstopts',
  'ipv6.routing',
  'ipv6.fraghdr',
])
/** layers above that hold no network layer of any kind */
const PLAIN = new Set([
  ...NETWORK,
  'tcp',
  'udp',
  'sctp',
  'mptcp',
  'quic',
  'dns',
  'mdns',
  'llmnr',
  'dhcp',
  'dhcpv6',
  'isakmp',
  'bgp',
  'bfd',
  'data',
])

/** Are all fields that are wanted (by id) fields of network layers? */
export function wantsNetworkOnly(wanted: Uint8Array | null): boolean {
  return wanted?.every((flag, id) => flag === 0 || NETWORK.has(allFields()[id]?.protocol ?? '')) === true
}

export class PlainLayers {
  /** protocols that may hold a network layer */
  private readonly others = allProtocols()
    .filter((protocol) => !PLAIN.has(protocol.name))
    .map((protocol) => protocol.id)
  /** by set of layers: 0 not looked at, 1 plain, 2 not */
  private readonly known = new Uint8Array(256)

  constructor(private readonly layers: LayerSets) {}

  /** Has the set of layers none but plain ones? */
  has(set: number): boolean {
    if (set === UNKNOWN_LAYERS) return false
    // a protocol that sets cannot tell of (null) may be there
    if (this.known[set] === 0) this.known[set] = this.others.every((protocol) => this.layers.has(set, protocol) === false) ? 1 : 2
    return this.known[set] === 1
  }
}

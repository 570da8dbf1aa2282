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

/** layers that give a packet addresses beside those of its network header */
const READDRESSED = new Set(['ipv6.dstopts', 'ipv6.routing'])

/** Are all fields that are wanted (by id) fields of network layers? */
export function wantsNetworkOnly(wanted: Uint8Array | null): boolean {
  return wanted?.every((flag, id) => flag === 0 || NETWORK.has(allFields()[id]?.protocol ?? '')) === true
}

const enum Known {
  Looked = 1,
  Plain = 2,
  OneFlow = 4,
}

export class PlainLayers {
  /** protocols that may hold a network layer */
  private readonly others = allProtocols()
    .filter((protocol) => !PLAIN.has(protocol.name))
    .map((protocol) => protocol.id)
  private readonly readdressed = allProtocols()
    .filter((protocol) => READDRESSED.has(protocol.name))
    .map((protocol) => protocol.id)
  /** by set of layers, bits of `Known`; 0: not looked at */
  private readonly known = new Uint8Array(256)

  constructor(private readonly layers: LayerSets) {}

  /** Has the set of layers none but plain ones? */
  has(set: number): boolean {
    return (this.look(set) & Known.Plain) !== 0
  }

  /** Have its packets one network layer at most, whose header's addresses are those that their transport runs between? */
  oneFlow(set: number): boolean {
    return (this.look(set) & Known.OneFlow) !== 0
  }

  private look(set: number): number {
    if (set === UNKNOWN_LAYERS) return 0
    const known = this.known[set] as number
    if (known !== 0) return known
    // a protocol that sets cannot tell of (null) may be there
    const without = (protocols: readonly number[]): boolean => protocols.every((protocol) => this.layers.has(set, protocol) === false)
    const plain = without(this.others)
    const oneFlow = plain && without(this.readdressed) && this.layers.oneNetwork(set)
    const looked = Known.Looked | (plain ? Known.Plain : 0) | (oneFlow ? Known.OneFlow : 0)
    this.known[set] = looked
    return looked
  }
}

/**
 * From IP to what it carries: by the user's 'decode as' rules, then by protocol number. A protocol without a dissector stays as data under
 * the IP layer that names its number. Cost: one array look-up.
 */
import { lookupIpProtocol } from '../core/dispatch.ts'
import { isTransport, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { seekHashChain } from '../recognise/hash-chain.ts'

const NO_NEXT = 59

/** Hands the layer's rest to the dissector of `protocol`; sets `walk.ipProtocol`. */
export function dissectUpper(walk: Walk, protocol: number, offset: number): void {
  walk.ipProtocol = protocol
  if (walk.networkOnly && isTransport(protocol)) return
  const dissect = walk.state.decodeAs.get('ip.proto', protocol) ?? lookupIpProtocol(protocol)
  if (dissect !== undefined) walk.next(dissect, offset)
  else {
    leftover(walk, offset)
    if (protocol !== NO_NEXT) seekHashChain(walk, offset)
  }
}

/** Builds ILNP packets for tests: nonce options, transport checksums over identifiers, locator updates. */
import { finish, sumWords } from '../core/checksum.ts'
import { Type } from '../icmpv6/wire.ts'
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { emitIpv6, emitOptionsHeader } from '../ipv6/emit.ts'
import { Option } from '../ipv6/wire.ts'
import { bytes16, join } from '../link/emit.ts'
import { emitUdp } from '../udp/emit.ts'
import { NODE, type Operation } from './wire.ts'

export interface IlnpEnds {
  source: string
  destination: string
  /** left out: no option */
  nonce?: Uint8Array
}

function inPacket(upper: number, payload: Uint8Array, { source, destination, nonce }: IlnpEnds): Uint8Array {
  return nonce === undefined
    ? emitIpv6(payload, { source, destination, nextHeader: upper })
    : emitIpv6(emitOptionsHeader(upper, [{ type: Option.IlnpNonce, data: nonce }], payload), {
        source,
        destination,
        nextHeader: IpProtocol.DestinationOptions,
      })
}

/** A UDP datagram whose checksum covers identifiers only (RFC 6741 section 5). */
export function emitIlnpUdp(data: Uint8Array, ports: readonly [number, number], ends: IlnpEnds): Uint8Array {
  const datagram = emitUdp(data, { sourcePort: ports[0], destinationPort: ports[1] })
  const nodes = join(address(ends.source).subarray(NODE), address(ends.destination).subarray(NODE), [0, 0], bytes16(datagram.length), [
    0,
    0,
    0,
    IpProtocol.Udp,
  ])
  const sum = finish(sumWords(datagram, 0, datagram.length, sumWords(nodes, 0, nodes.length)))
  datagram.set(bytes16(sum === 0 ? 0xffff : sum), 6)
  return inPacket(IpProtocol.Udp, datagram, ends)
}

/** Locators as addresses, of which the upper half counts, with preference and lifetime. */
export function emitLocatorUpdate(
  operation: Operation | number,
  locators: readonly (readonly [address: string, preference: number, lifetime: number])[],
  ends: IlnpEnds,
): Uint8Array {
  const list = locators.map(([text, preference, lifetime]) => join(address(text).subarray(0, NODE), bytes16(preference), bytes16(lifetime)))
  const message = join([Type.LocatorUpdate, 0, 0, 0, locators.length, operation, 0, 0], ...list)
  const pseudo = join(address(ends.source), address(ends.destination), [0, 0], bytes16(message.length), [0, 0, 0, IpProtocol.Icmpv6])
  message.set(bytes16(finish(sumWords(message, 0, message.length, sumWords(pseudo, 0, pseudo.length)))), 2)
  return inPacket(IpProtocol.Icmpv6, message, ends)
}

/**
 * Builds mobility headers for tests: messages, options, checksum, and the authenticators of return routability (RFC 6275 section 5.2).
 * Writes what it is told; only lengths, padding and the checksum are its own.
 */
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import type { CryptoPort } from '../core/crypto.ts'
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { emitIpv6, emitOptionsHeader, emitRoutingHeader } from '../ipv6/emit.ts'
import { bytes16, join } from '../link/emit.ts'
import { careOfKey } from './authorization.ts'
import { Option } from './option-forms.ts'
import { Message } from './wire.ts'

type Bytes = Uint8Array | readonly number[]

export function mobilityOption(type: number, data: Bytes): Uint8Array {
  return join([type, data.length], data)
}

export function prefixOption(type: Option.NetworkPrefix | Option.HomePrefix, prefix: string, length: number): Uint8Array {
  return mobilityOption(type, join([0, length], address(prefix)))
}

export function bindingOption(bid: number, priority: number, careOf?: string, status = 0): Uint8Array {
  return mobilityOption(Option.BindingIdentifier, join(bytes16(bid), [status, priority], careOf === undefined ? [] : address(careOf)))
}

/** Header and data, the options behind, filled up to a multiple of eight bytes; the checksum is zero. */
export function mobilityHeader(type: number, data: Bytes, options: readonly Uint8Array[] = []): Uint8Array {
  const body = join(data, ...options)
  const room = (8 - ((6 + body.length) % 8)) % 8
  const pad = room === 0 ? [] : room === 1 ? [0] : [1, room - 2, ...new Array<number>(room - 2).fill(0)]
  const size = 6 + body.length + pad.length
  return join([IpProtocol.NoNext, size / 8 - 1, type, 0, 0, 0], body, pad)
}

export function bindingUpdate(sequence: number, flags: number, lifetime: number, options: readonly Uint8Array[] = []): Uint8Array {
  return mobilityHeader(Message.Update, join(bytes16(sequence), bytes16(flags), bytes16(lifetime)), options)
}

export function bindingAcknowledgement(
  status: number,
  sequence: number,
  lifetime: number,
  options: readonly Uint8Array[] = [],
): Uint8Array {
  return mobilityHeader(Message.Acknowledgement, join([status, 0], bytes16(sequence), bytes16(lifetime)), options)
}

export interface Tokens {
  home: Uint8Array
  careOf: Uint8Array
  indices: readonly [home: number, careOf: number]
}

/** A binding update to a correspondent, with nonce indices and the authenticator for these tokens. */
export function authorizedUpdate(
  crypto: CryptoPort,
  tokens: Tokens,
  ends: { careOf: string; correspondent: string },
  fields: { sequence: number; flags: number; lifetime: number; options?: readonly Uint8Array[] },
): Uint8Array {
  const indices = mobilityOption(Option.NonceIndices, join(bytes16(tokens.indices[0]), bytes16(tokens.indices[1])))
  const before = join(bytes16(fields.sequence), bytes16(fields.flags), bytes16(fields.lifetime), ...(fields.options ?? []), indices)
  // Authorization data is the last option; padding before it makes the header a multiple of eight (section 6.2.7).
  const room = (8 - ((6 + before.length + 14) % 8)) % 8
  const pad = room === 0 ? [] : room === 1 ? [0] : [1, room - 2, ...new Array<number>(room - 2).fill(0)]
  const data = join(before, pad, [Option.AuthorizationData, 12])
  const covered = join([IpProtocol.NoNext, (6 + data.length + 12) / 8 - 1, Message.Update, 0, 0, 0], data)
  const key = careOfKey(crypto, tokens.home, tokens.careOf)
  const mac = crypto.hmacSha1(key, join(address(ends.careOf), address(ends.correspondent), covered)).subarray(0, 12)
  return join(covered, mac)
}

export interface MobilityEnds {
  source: string
  destination: string
  /** goes into a home address option */
  home?: string
  /** goes into a routing header of type 2 */
  finalDestination?: string
}

/** Anything behind the headers that say home addresses; `upper` is its protocol number. */
export function emitMobile(payload: Uint8Array, upper: number, ends: MobilityEnds): Uint8Array {
  let out = payload
  let next = upper
  if (ends.home !== undefined) {
    out = emitOptionsHeader(next, [{ type: 0xc9, data: address(ends.home) }], out)
    next = IpProtocol.DestinationOptions
  }
  if (ends.finalDestination !== undefined) {
    out = emitRoutingHeader(next, 2, 1, [ends.finalDestination], out)
    next = IpProtocol.Routing
  }
  return emitIpv6(out, { source: ends.source, destination: ends.destination, nextHeader: next })
}

/** A mobility header in its packet, with the right checksum, which covers home addresses (RFC 6275 section 6.1.1). */
export function emitMobility(header: Uint8Array, ends: MobilityEnds): Uint8Array {
  const addresses = join(address(ends.home ?? ends.source), address(ends.finalDestination ?? ends.destination))
  const message = header.slice()
  message.set([0, 0], 4)
  const sum = sumWords(message, 0, message.length, pseudoHeader(addresses, 0, 16, 16, IpProtocol.Mobility, message.length))
  message.set(bytes16(finish(sum)), 4)
  return emitMobile(message, IpProtocol.Mobility, ends)
}

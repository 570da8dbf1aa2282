/**
 * What a binding message says, put together from header, extension headers and options, for signals and for the check of its authenticator.
 * Works on what `Found` noted; allocates, for these messages are rare.
 */
import { formatAddress } from '../../shared/address.ts'
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import { hexOf as hexDigits } from '../core/hex.ts'
import { Extension, type Walk } from '../core/walk.ts'
import { authenticates, type Covered, careOfKey, homeKey } from './authorization.ts'
import type { Found } from './options.ts'
import type { MobilityState, Prefix } from './state.ts'

export const hexOf = (bytes: Uint8Array): string => hexDigits(bytes, 0, bytes.length)

export function addressAt(walk: Walk, offset: number): number {
  return walk.state.flows.addresses.intern(walk.bytes, offset, 16)
}

/** Id of an address that may not be there: -1. */
function ipv4At(walk: Walk, offset: number): number {
  return walk.state.flows.addresses.intern(walk.bytes, offset, 4)
}

/** Offset of the care-of address: the alternate one, else the packet's source. */
export function careOfAt(walk: Walk, found: Found): number {
  return found.alternate >= 0 ? found.alternate : walk.source
}

/** Address (id) that an update binds to: an IPv4 care-of address stands for the tunnel's end when it is there (RFC 5555 section 4.1). */
export function careOfId(walk: Walk, found: Found): number {
  return found.ipv4CareOf >= 0 ? ipv4At(walk, found.ipv4CareOf + 2) : addressAt(walk, careOfAt(walk, found))
}

export interface BoundCareOf {
  address: number
  bid: number | null
  preference: number | null
}

/** The care-of addresses of one update: one, or one a binding identifier (RFC 5648 section 4.1). */
export function boundCareOf(walk: Walk, found: Found): BoundCareOf[] {
  if (found.bindings.length === 0) return [{ address: careOfId(walk, found), bid: null, preference: null }]
  return found.bindings.map((at, i) => {
    const length = found.bindingLengths[i] as number
    const address = length >= 20 ? addressAt(walk, at + 4) : length >= 8 ? ipv4At(walk, at + 4) : careOfId(walk, found)
    const priority = walk.u8(at + 3) & 0x7f
    return { address, bid: walk.u16(at), preference: priority === 0 ? null : priority }
  })
}

export function prefixesOf(walk: Walk, found: Found): Prefix[] {
  return found.prefixes.map((at) => ({ bytes: walk.bytes.slice(at + 2, at + 18), length: Math.min(128, walk.u8(at + 1)) }))
}

export function prefixText(prefix: Prefix): string {
  return `${formatAddress(prefix.bytes, 0, 16)}/${prefix.length}`
}

/** The mobile node's identifier (RFC 4283) as text, '' without one. */
export function nodeName(walk: Walk, found: Found): string {
  if (found.identifier < 0) return ''
  let text = ''
  for (let i = 1; i < found.identifierLength; i++) text += String.fromCharCode(walk.u8(found.identifier + i))
  return text
}

function covered(walk: Walk, begin: number, careOf: number, correspondent: number, found: Found): Covered {
  return {
    careOf: walk.bytes.slice(careOf, careOf + 16),
    correspondent: walk.bytes.slice(correspondent, correspondent + 16),
    memory: walk.bytes,
    begin,
    end: walk.end,
    authenticator: found.authorization,
    length: found.authorizationLength,
  }
}

export interface Proof {
  authentication: ClaimAuthentication
  key: Uint8Array | null
  /** ns since the older of the tokens was sent; -1 unknown */
  age: number
}

/**
 * Checks an update's authenticator with the tokens seen under its nonce indices. Without both tokens nothing is known of it (A3u); with
 * tokens that do not make it, it is proven wrong.
 */
export function proveUpdate(walk: Walk, state: MobilityState, begin: number, found: Found): Proof {
  if (found.authorization < 0 || walk.end > walk.limit) return { authentication: otherProof(found), key: null, age: -1 }
  if (found.nonces < 0) return { authentication: 'A3u', key: null, age: -1 }
  const { crypto } = walk.state
  const careOf = careOfAt(walk, found)
  const correspondent = addressAt(walk, walk.checksumDestination)
  const home = addressAt(walk, walk.checksumSource)
  const careOfNode = addressAt(walk, careOf)
  const homeTokens = state.tokensOf('home', home, correspondent, walk.u16(found.nonces))
  // A binding that is deleted from home is proven by the home token alone (section 5.2.6).
  const atHome = careOfNode === home
  const careOfTokens = atHome ? [] : state.tokensOf('care-of', careOfNode, correspondent, walk.u16(found.nonces + 2))
  const candidates = atHome
    ? homeTokens.map(({ token, time }) => ({ key: homeKey(crypto, token), time }))
    : homeTokens.flatMap((home) =>
        careOfTokens.map((other) => ({ key: careOfKey(crypto, home.token, other.token), time: Math.min(home.time, other.time) })),
      )
  if (candidates.length === 0) return { authentication: 'A3u', key: null, age: -1 }
  const mac = covered(walk, begin, careOf, walk.checksumDestination, found)
  const fitting = candidates.find(({ key }) => authenticates(crypto, key, mac))
  if (fitting === undefined) return { authentication: 'AX', key: null, age: -1 }
  return { authentication: 'A3v', key: fitting.key, age: walk.time - fitting.time }
}

function otherProof(found: Found): ClaimAuthentication {
  return found.signature >= 0 ? 'A4u' : found.authentication >= 0 ? 'A3u' : 'A0'
}

/** An acknowledgement's proof: the authenticator under the update's key, else that it knows the update's sequence number. */
export function proveAcknowledgement(
  walk: Walk,
  begin: number,
  found: Found,
  key: Uint8Array | null,
  answersLast: boolean,
): ClaimAuthentication {
  if (found.authorization < 0) return found.authentication >= 0 ? 'A3u' : answersLast ? 'A1' : 'A0'
  if (key === null || walk.end > walk.limit) return 'A3u'
  const mac = covered(walk, begin, walk.destination, walk.checksumSource, found)
  return authenticates(walk.state.crypto, key, mac) ? 'A3v' : 'AX'
}

export function saysHome(walk: Walk): boolean {
  return (walk.extensions & (Extension.HomeAddress | Extension.HomeRouting)) !== 0
}

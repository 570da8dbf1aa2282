/**
 * LOCATOR_SET (RFC 8046 section 4; LOCATOR of RFC 5206 has the same form): a list of locators, each with its own length.
 * Addresses are IPv6; an IPv4 one is mapped (::ffff:a.b.c.d). A type that is not known is passed over by its length.
 */
import { formatAddress } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { type HipFacts, type Locator, MAX_FACTS } from './facts.ts'
import { P, TRAFFIC_TYPES } from './fields.ts'

const LOCATOR_HEADER = 8
/** by locator type: where the address lies behind the header */
const ADDRESS_AT: readonly (number | undefined)[] = [0, 4, 12]

/** Is it an IPv4 address in IPv6 form (RFC 4291 section 2.5.5.2)? */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff
}

export function locatorSet(walk: Walk, facts: HipFacts, offset: number): string {
  const end = walk.end
  if (end > walk.limit) {
    // What was cut off is unknown: a set that is not all there must not look like one that leaves locators out.
    walk.need(offset, end - offset)
    return ''
  }
  const found: Locator[] = []
  let at = offset
  while (at < end && walk.item(at) && walk.need(at, LOCATOR_HEADER)) {
    const size = LOCATOR_HEADER + walk.u8(at + 2) * 4
    if (at + size > end) {
      walk.malformed(at + 2, `locator of ${size} bytes, ${end - at} left in the parameter`)
      break
    }
    const locator = one(walk, at, size)
    if (locator !== null && found.length < MAX_FACTS) found.push(locator)
    at += size
  }
  facts.locators = found
  return !walk.describing ? '' : found.map((locator) => formatAddress(walk.bytes, locator.at, 16)).join(' ')
}

function one(walk: Walk, at: number, size: number): Locator | null {
  const type = walk.u8(at + 1)
  const addressAt = ADDRESS_AT[type]
  const place = addressAt === undefined || addressAt + 16 > size - LOCATOR_HEADER ? -1 : at + LOCATOR_HEADER + addressAt
  const locator: Locator = {
    at: place,
    type,
    trafficType: walk.u8(at),
    preferred: (walk.u8(at + 3) & 1) !== 0,
    lifetime: walk.u32(at + 4),
    spi: null,
    port: null,
  }
  if (place >= 0 && type === 1) locator.spi = walk.u32(at + LOCATOR_HEADER)
  if (place >= 0 && type === 2) {
    locator.port = walk.u16(at + LOCATOR_HEADER)
    locator.spi = walk.u32(at + LOCATOR_HEADER + 8)
  }
  if (walk.recorder !== null) record(walk, at, size, locator)
  if (place < 0) walk.malformed(at + 1, `locator of type ${type} with ${size - LOCATOR_HEADER} bytes`)
  return place < 0 ? null : locator
}

function record(walk: Walk, at: number, size: number, locator: Locator): void {
  const known = locator.at >= 0
  const traffic = TRAFFIC_TYPES[locator.trafficType as 0 | 1 | 2]
  walk.group(
    P.locator,
    at,
    size,
    known && walk.titling ? `Locator: ${formatAddress(walk.bytes, locator.at, 16)}${traffic ? `, ${traffic}` : ''}` : null,
  )
  if (known) {
    walk.range(P.locatorAddress, locator.at, 16)
    walk.generated()
  }
  walk.uint(P.locatorTraffic, at, 1, locator.trafficType)
  walk.uint(P.locatorType, at + 1, 1, locator.type)
  walk.uint(P.locatorLength, at + 2, 1, walk.u8(at + 2))
  walk.uint(P.locatorReserved, at + 3, 1, walk.u8(at + 3))
  walk.uint(P.locatorPreferred, at + 3, 1, locator.preferred ? 1 : 0)
  walk.uint(P.locatorLifetime, at + 4, 4, locator.lifetime)
  const content = at + LOCATOR_HEADER
  if (!known) {
    if (size > LOCATOR_HEADER) walk.range(P.content, content, size - LOCATOR_HEADER)
  } else {
    if (locator.type === 2) {
      walk.uint(P.locatorPort, content, 2, walk.u16(content))
      walk.uint(P.locatorTransport, content + 2, 1, walk.u8(content + 2))
      walk.uint(P.locatorKind, content + 3, 1, walk.u8(content + 3))
      walk.uint(P.locatorPriority, content + 4, 4, walk.u32(content + 4))
    }
    if (locator.spi !== null) walk.uint(P.locatorSpi, locator.type === 2 ? content + 8 : content, 4, locator.spi)
    walk.range(P.locatorAddress, locator.at, 16)
  }
  walk.endGroup()
}

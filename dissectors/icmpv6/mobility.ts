/**
 * Messages of mobility and multihoming protocols that travel as ICMPv6: Mobile IPv6 home agent discovery and prefixes (RFC 6275), fast
 * handovers (RFC 5568), certification paths (RFC 3971), multicast routers (RFC 4286), ILNP locator updates (RFC 6743), 6LoWPAN duplicate
 * addresses (RFC 6775). Only for field passes.
 */
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectOptions } from './options.ts'
import * as Field from './wire.ts'
import { Type } from './wire.ts'

/** `at` is behind the checksum. */
export function recordMobility(walk: Walk, at: number, type: number): void {
  switch (type) {
    case Type.HomeAgentRequest:
    case Type.HomeAgentReply:
    case Type.MobilePrefixSolicitation:
      if (!walk.need(at, 4)) return
      walk.uint(Field.mobileIdentifier, at, 2, walk.u16(at))
      walk.range(Field.icmpv6Reserved, at + 2, 2)
      if (type === Type.HomeAgentReply) homeAgents(walk, at + 4)
      else leftover(walk, at + 4)
      return
    case Type.MobilePrefixAdvertisement:
      if (!walk.need(at, 4)) return
      walk.uint(Field.mobileIdentifier, at, 2, walk.u16(at))
      prefixFlags(walk, at + 2)
      dissectOptions(walk, at + 4)
      return
    case Type.CertificationPathSolicitation:
    case Type.CertificationPathAdvertisement:
      certificationPath(walk, at, type === Type.CertificationPathAdvertisement)
      return
    case Type.ExperimentalMobility:
    case Type.FastHandover:
      if (walk.need(at, 4)) handover(walk, at)
      return
    case Type.MulticastRouterAdvertisement:
      if (!walk.need(at, 4)) return
      walk.uint(Field.multicastQueryInterval, at, 2, walk.u16(at))
      walk.uint(Field.multicastRobustness, at + 2, 2, walk.u16(at + 2))
      return
    case Type.LocatorUpdate:
      locators(walk, at)
      return
    case Type.DuplicateAddressRequest:
    case Type.DuplicateAddressConfirmation:
      if (!walk.need(at, 28)) return
      walk.uint(Field.duplicateStatus, at, 1, walk.u8(at))
      walk.uint(Field.duplicateReserved, at + 1, 1, walk.u8(at + 1))
      walk.uint(Field.duplicateLifetime, at + 2, 2, walk.u16(at + 2))
      walk.range(Field.duplicateEui64, at + 4, 8)
      walk.range(Field.duplicateAddress, at + 12, 16)
  }
}

function homeAgents(walk: Walk, begin: number): void {
  for (let at = begin; at < walk.end; at += 16) {
    if (!walk.item(at) || !walk.need(at, 16)) return
    walk.range(Field.mobileHomeAgent, at, 16)
  }
}

function prefixFlags(walk: Walk, at: number): void {
  const flags = walk.u16(at)
  walk.uint(Field.mobileFlags, at, 2, flags)
  walk.uint(Field.mobileManaged, at, 2, flags & 0x8000)
  walk.uint(Field.mobileOther, at, 2, flags & 0x4000)
  walk.uint(Field.mobileReserved, at, 2, flags & 0x3fff)
}

/** RFC 3971 sections 6.4.1 and 6.4.2. */
function certificationPath(walk: Walk, at: number, advertisement: boolean): void {
  const size = advertisement ? 8 : 4
  if (!walk.need(at, size)) return
  walk.uint(Field.sendIdentifier, at, 2, walk.u16(at))
  if (advertisement) {
    walk.uint(Field.sendAllComponents, at + 2, 2, walk.u16(at + 2))
    walk.uint(Field.sendComponent, at + 4, 2, walk.u16(at + 4))
    walk.range(Field.icmpv6Reserved, at + 6, 2)
  } else walk.uint(Field.sendComponent, at + 2, 2, walk.u16(at + 2))
  dissectOptions(walk, at + size)
}

const HANDOVER_INITIATE = 4

/** RFC 5568 section 6.1 and 6.2: subtype, flags of a handover initiate, identifier. */
function handover(walk: Walk, at: number): void {
  const subtype = walk.u8(at)
  walk.uint(Field.handoverSubtype, at, 1, subtype)
  if (subtype === HANDOVER_INITIATE) {
    const flags = walk.u8(at + 1)
    walk.uint(Field.handoverFlags, at + 1, 1, flags)
    walk.uint(Field.handoverAssigned, at + 1, 1, flags & 0x80)
    walk.uint(Field.handoverBuffer, at + 1, 1, flags & 0x40)
    walk.uint(Field.handoverReserved, at + 1, 1, flags & 0x3f)
  } else walk.range(Field.icmpv6Reserved, at + 1, 1)
  walk.uint(Field.handoverIdentifier, at + 2, 2, walk.u16(at + 2))
  dissectOptions(walk, at + 4)
}

const LOCATOR_SIZE = 12

/** RFC 6743 section 2; the byte behind the count is the operation, which Wireshark shows as reserved. */
function locators(walk: Walk, at: number): void {
  if (!walk.need(at, 4)) return
  const count = walk.u8(at)
  walk.uint(Field.locatorCount, at, 1, count)
  walk.range(Field.icmpv6Reserved, at + 1, 1)
  walk.range(Field.icmpv6Reserved, at + 2, 2)
  for (let n = 0, entry = at + 4; n < count; n++, entry += LOCATOR_SIZE) {
    if (!walk.item(entry) || !walk.need(entry, LOCATOR_SIZE)) return
    walk.uint64(Field.locator, entry)
    walk.uint(Field.locatorPreference, entry + 8, 2, walk.u16(entry + 8))
    walk.uint(Field.locatorLifetime, entry + 10, 2, walk.u16(entry + 10))
  }
}

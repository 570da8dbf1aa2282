/**
 * Teredo (RFC 4380): IPv6 in UDP, with authentication and origin indications in front. Chosen by port: a datagram in which no IPv6
 * packet of fitting length follows is declined.
 */

import { formatIpv4 } from '../../shared/address.ts'
import { lookupEthertype } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import {
  Indication,
  ORIGIN_SIZE,
  teredo,
  teredoAuth,
  teredoAuthConfirmation,
  teredoAuthId,
  teredoAuthIdLength,
  teredoAuthLength,
  teredoAuthNonce,
  teredoAuthValue,
  teredoOrigin,
  teredoOriginAddress,
  teredoOriginPort,
} from './wire.ts'

const IPV6 = 0x86dd
const NONCE_AND_CONFIRMATION = 9

export function dissectTeredo(walk: Walk, offset: number): void {
  const authentication = authenticationSize(walk, offset)
  const origin = originSize(walk, offset + authentication)
  const packet = offset + authentication + origin
  const fits = packet + 40 <= walk.limit && walk.u8(packet) >> 4 === 6 && packet + 40 + walk.u16(packet + 4) <= walk.end
  if (!fits) {
    walk.decline()
    return
  }
  walk.layer(teredo.protocol, teredo.root, offset, packet - offset)
  if (walk.recorder !== null) {
    if (authentication > 0) recordAuthentication(walk, offset, authentication)
    if (origin > 0) recordOrigin(walk, offset + authentication)
  }
  walk.endLayer()
  walk.next(lookupEthertype(IPV6) ?? leftover, packet)
}

function authenticationSize(walk: Walk, at: number): number {
  if (at + 4 > walk.limit || walk.u16(at) !== Indication.Authentication) return 0
  return 4 + walk.u8(at + 2) + walk.u8(at + 3) + NONCE_AND_CONFIRMATION
}

function originSize(walk: Walk, at: number): number {
  return at + ORIGIN_SIZE <= walk.limit && walk.u16(at) === Indication.Origin ? ORIGIN_SIZE : 0
}

function recordAuthentication(walk: Walk, offset: number, size: number): void {
  const idLength = walk.u8(offset + 2)
  const valueLength = walk.u8(offset + 3)
  const id = offset + 4
  const nonce = id + idLength + valueLength
  walk.group(teredoAuth, offset, size)
  walk.uint(teredoAuthIdLength, offset + 2, 1, idLength)
  walk.uint(teredoAuthLength, offset + 3, 1, valueLength)
  if (idLength > 0) walk.range(teredoAuthId, id, idLength)
  if (valueLength > 0) walk.range(teredoAuthValue, id + idLength, valueLength)
  walk.range(teredoAuthNonce, nonce, 8)
  walk.range(teredoAuthConfirmation, nonce + 8, 1)
  walk.endGroup()
}

/** Port and address are sent with all bits turned over, so that no translator changes them. */
function recordOrigin(walk: Walk, at: number): void {
  walk.group(teredoOrigin, at, ORIGIN_SIZE)
  walk.uint(teredoOriginPort, at + 2, 2, walk.u16(at + 2) ^ 0xffff)
  walk.words(teredoOriginAddress, at + 4, 4, formatIpv4(Uint8Array.from({ length: 4 }, (_, i) => walk.u8(at + 4 + i) ^ 0xff)))
  walk.endGroup()
}

/**
 * IKE payloads that stand in the clear, or were decrypted: one function a type, by RFC 7296 section 3 and RFC 2408 section 3.
 * Each reads from behind the 4-byte payload header up to `walk.end`. Unknown types are shown as bytes.
 */

import { formatAddress } from '../../shared/address.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { vendorName } from './names.ts'
import { notifyPayload } from './notify.ts'
import { securityAssociation } from './proposals.ts'
import type { IkeState } from './state.ts'
import { Field, Payload } from './wire.ts'

const CERTIFICATE_HASH = 20
const X509_SIGNATURE = 4

export function clearPayload(walk: Walk, state: IkeState, type: number, offset: number, length: number): void {
  const begin = offset + 4
  const rest = length - 4
  switch (type) {
    case Payload.Sa:
    case Payload.SaV1:
      securityAssociation(walk, state, begin)
      return
    case Payload.Ke:
      if (!walk.need(begin, 4)) return
      walk.uint(Field.keyExchangeGroup, begin, 2, walk.u16(begin))
      walk.range(Field.reserved, begin + 2, 2)
      walk.range(Field.keyExchangeData, begin + 4, rest - 4)
      return
    case Payload.KeV1:
      walk.range(Field.keyExchangeData, begin, rest)
      return
    case Payload.Nonce:
    case Payload.NonceV1:
      walk.range(Field.nonce, begin, rest)
      return
    case Payload.Notify:
    case Payload.NotifyV1:
      notifyPayload(walk, state, begin)
      return
    case Payload.Delete:
    case Payload.DeleteV1:
      deletePayload(walk, state, begin)
      return
    case Payload.Vendor:
    case Payload.VendorV1:
      vendor(walk, begin, rest)
      return
    case Payload.IdInitiator:
    case Payload.IdResponder:
    case Payload.IdV1:
      identification(walk, state, type, begin, rest)
      return
    case Payload.Certificate:
    case Payload.CertificateV1:
      if (!walk.need(begin, 1)) return
      walk.uint(Field.certificateEncoding, begin, 1, walk.u8(begin))
      walk.range(Field.certificateData, begin + 1, rest - 1)
      return
    case Payload.CertificateRequest:
    case Payload.CertificateRequestV1:
      certificateRequest(walk, begin)
      return
    case Payload.Authentication:
      if (!walk.need(begin, 4)) return
      walk.uint(Field.authMethod, begin, 1, walk.u8(begin))
      walk.range(Field.reserved, begin + 1, 3)
      walk.range(Field.authData, begin + 4, rest - 4)
      return
    case Payload.SelectorInitiator:
    case Payload.SelectorResponder:
      selectors(walk, begin)
      return
    case Payload.Configuration:
      configuration(walk, begin)
      return
    case Payload.Eap:
      walk.range(Field.eap, begin, rest)
      return
    case Payload.HashV1:
      walk.range(Field.hash, begin, rest)
      return
    case Payload.SignatureV1:
      walk.range(Field.signature, begin, rest)
      return
    case Payload.NatDetectionV1:
    case Payload.NatDetectionDraft:
      walk.range(Field.natHash, begin, rest)
      return
    case Payload.NatOriginalV1:
    case Payload.NatOriginalDraft:
      if (!walk.need(begin, 4)) return
      walk.uint(Field.idType, begin, 1, walk.u8(begin))
      walk.range(Field.reserved, begin + 1, 3)
      if (rest === 8) walk.range(Field.natOriginal4, begin + 4, 4)
      else if (rest === 20) walk.range(Field.natOriginal6, begin + 4, 16)
      return
    default:
      if (rest > 0) walk.range(Field.data, begin, rest)
  }
}

function vendor(walk: Walk, begin: number, length: number): void {
  if (walk.recorder === null) return
  walk.range(Field.vendor, begin, length)
  const end = Math.min(walk.limit, begin + length)
  if (!walk.wants(Field.vendorName)) return
  walk.words(Field.vendorName, begin, length, vendorName(hexOf(walk.bytes, begin, end)))
  walk.generated()
}

/** RFC 7296 section 3.5; version 1 has protocol and port where version 2 has reserved bytes (RFC 2407 section 4.6.2). */
function identification(walk: Walk, state: IkeState, payload: number, begin: number, length: number): void {
  if (!walk.need(begin, 4)) return
  const type = walk.u8(begin)
  walk.uint(Field.idType, begin, 1, type)
  if (state.message.version === 1) {
    walk.uint(Field.idProtocol, begin + 1, 1, walk.u8(begin + 1))
    walk.uint(Field.idPort, begin + 2, 2, walk.u16(begin + 2))
  } else walk.range(Field.reserved, begin + 1, 3)
  const size = length - 4
  if (type === 1 && size === 4) walk.range(Field.idIpv4, begin + 4, 4)
  else if (type === 5 && size === 16) walk.range(Field.idIpv6, begin + 4, 16)
  else if (type === 2) walk.range(Field.idFqdn, begin + 4, size)
  else if (type === 3) walk.range(Field.idUser, begin + 4, size)
  else walk.range(Field.idData, begin + 4, size)
  // An initiator may also name the responder that it means to reach.
  const { message } = state
  const own = payload === (message.fromInitiator ? Payload.IdInitiator : Payload.IdResponder)
  if (own && walk.signalling && walk.need(begin + 4, size)) message.identity = identityText(walk.bytes, type, begin + 4, size)
}

const MAX_IDENTITY = 256

/** Addresses and names as text, other kinds (names of directories, keys) as hex; what is no printable text too. */
function identityText(bytes: Uint8Array, type: number, begin: number, size: number): string {
  if ((type === 1 && size === 4) || (type === 5 && size === 16)) return formatAddress(bytes, begin, size)
  const end = begin + Math.min(size, MAX_IDENTITY)
  let text = ''
  for (let i = begin; i < end; i++) {
    const code = bytes[i] as number
    if ((type !== 2 && type !== 3 && type !== 11) || code < 0x20 || code > 0x7e) return hexOf(bytes, begin, end)
    text += String.fromCharCode(code)
  }
  return text
}

/** RFC 7296 section 3.7: hashes of authorities for X.509 signatures, one value for other encodings. */
function certificateRequest(walk: Walk, begin: number): void {
  if (!walk.need(begin, 1)) return
  const type = walk.u8(begin)
  walk.uint(Field.requestType, begin, 1, type)
  if (type !== X509_SIGNATURE) {
    if (walk.end > begin + 1) walk.range(Field.data, begin + 1, walk.end - begin - 1)
    return
  }
  for (let at = begin + 1; at + CERTIFICATE_HASH <= walk.end && walk.item(at); at += CERTIFICATE_HASH)
    walk.range(Field.requestAuthority, at, CERTIFICATE_HASH)
}

const IKE = 1
const ESP = 3

/** RFC 7296 section 3.11. */
function deletePayload(walk: Walk, state: IkeState, begin: number): void {
  const facts = state.message
  let at = begin
  if (facts.version === 1) {
    if (!walk.need(at, 4)) return
    walk.uint(Field.deleteDoi, at, 4, walk.u32(at))
    at += 4
  }
  if (!walk.need(at, 4)) return
  const protocol = walk.u8(at)
  const size = walk.u8(at + 1)
  const count = walk.u16(at + 2)
  walk.uint(Field.deleteProtocol, at, 1, protocol)
  walk.uint(Field.spiSize, at + 1, 1, size)
  walk.uint(Field.spiCount, at + 2, 2, count)
  if (protocol === IKE) facts.deletesIkeSa = true
  at += 4
  if (size === 0) return
  for (let i = 0; i < count && walk.item(at) && walk.need(at, size); i++, at += size) {
    walk.range(Field.deleteSpi, at, size)
    if (protocol === ESP && facts.deletedSpis.length < 16) facts.deletedSpis.push(`0x${hexOf(walk.bytes, at, at + size)}`)
  }
}

/** RFC 7296 section 3.13. */
function selectors(walk: Walk, begin: number): void {
  if (!walk.need(begin, 4)) return
  const count = walk.u8(begin)
  walk.uint(Field.selectors, begin, 1, count)
  walk.range(Field.reserved, begin + 1, 3)
  let at = begin + 4
  for (let i = 0; i < count && at < walk.end; i++) {
    if (!walk.item(at) || !walk.need(at, 8)) return
    const type = walk.u8(at)
    const length = walk.u16(at + 2)
    if (length < 8 || at + length > walk.end) {
      walk.malformed(at + 2, `traffic selector of ${length} bytes, ${walk.end - at} bytes left`)
      return
    }
    walk.group(Field.selector, at, length)
    walk.uint(Field.selectorType, at, 1, type)
    walk.uint(Field.selectorProtocol, at + 1, 1, walk.u8(at + 1))
    walk.uint(Field.selectorLength, at + 2, 2, length)
    walk.uint(Field.selectorStartPort, at + 4, 2, walk.u16(at + 4))
    walk.uint(Field.selectorEndPort, at + 6, 2, walk.u16(at + 6))
    if (type === 7 && length === 16) {
      walk.range(Field.selectorStart4, at + 8, 4)
      walk.range(Field.selectorEnd4, at + 12, 4)
    } else if (type === 8 && length === 40) {
      walk.range(Field.selectorStart6, at + 8, 16)
      walk.range(Field.selectorEnd6, at + 24, 16)
    }
    walk.endGroup()
    at += length
  }
}

/** RFC 7296 section 3.15: the attributes as bytes, each with its 4-byte head. */
function configuration(walk: Walk, begin: number): void {
  if (!walk.need(begin, 4)) return
  walk.uint(Field.configurationType, begin, 1, walk.u8(begin))
  walk.range(Field.reserved, begin + 1, 3)
  for (let at = begin + 4; at < walk.end; ) {
    if (!walk.item(at) || !walk.need(at, 4)) return
    const length = 4 + walk.u16(at + 2)
    if (at + length > walk.end) {
      walk.malformed(at + 2, `configuration attribute of ${length} bytes, ${walk.end - at} bytes left`)
      return
    }
    walk.range(Field.configuration, at, length)
    at += length
  }
}

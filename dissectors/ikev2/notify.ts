/**
 * Notify payloads (RFC 7296 section 3.10) and the data of those that this product is about: MOBIKE (RFC 4555 section 4), NAT detection
 * (RFC 7296 section 2.23), redirect (RFC 5685 section 9). Data of others is shown as bytes.
 */
import { formatAddress } from '../../shared/address.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { notifyName } from './names.ts'
import type { IkeState } from './state.ts'
import { Field, Notify } from './wire.ts'

/** Types below are errors (RFC 7296 section 3.10.1). */
const FIRST_STATUS = 16_384
const COOKIE2_LEAST = 8
const COOKIE2_MOST = 64

export function notifyPayload(walk: Walk, state: IkeState, begin: number): void {
  let at = begin
  const version1 = state.message.version === 1
  if (version1) {
    if (!walk.need(at, 4)) return
    walk.uint(Field.notifyDoi, at, 4, walk.u32(at))
    at += 4
  }
  if (!walk.need(at, 4)) return
  const spiSize = walk.u8(at + 1)
  const type = walk.u16(at + 2)
  walk.uint(Field.notifyProtocol, at, 1, walk.u8(at))
  walk.uint(Field.spiSize, at + 1, 1, spiSize)
  walk.uint(Field.notifyType, at + 2, 2, type)
  at += 4
  if (spiSize > 0) {
    if (!walk.need(at, spiSize)) return
    walk.range(Field.spi, at, spiSize)
    at += spiSize
  }
  const length = walk.end - at
  if (length > 0) walk.range(Field.notifyData, at, length)
  if (version1) return
  if (walk.recorder !== null) state.message.line += ` ${notifyName(type)}`
  if (at + length > walk.limit) {
    walk.need(at, length)
    return
  }
  note(walk, state, type, at, length)
}

function note(walk: Walk, state: IkeState, type: number, at: number, length: number): void {
  const facts = state.message
  if (type < FIRST_STATUS && facts.error === 0) facts.error = type
  switch (type) {
    case Notify.InvalidKePayload:
      if (length >= 2) walk.uint(Field.acceptedGroup, at, 2, walk.u16(at))
      return
    case Notify.SignatureHashAlgorithms:
      for (let i = at; i + 2 <= at + length && walk.item(i); i += 2) walk.uint(Field.signatureHash, i, 2, walk.u16(i))
      return
    case Notify.NatDetectionSource:
    case Notify.NatDetectionDestination:
      natDetection(walk, state, type, at, length)
      return
    case Notify.Cookie:
      facts.cookie = true
      return
    case Notify.MobikeSupported:
      facts.mobike = true
      return
    case Notify.AdditionalIp4:
    case Notify.AdditionalIp6:
      additional(walk, state, type, at, length)
      return
    case Notify.NoAdditional:
      facts.noAdditional = true
      return
    case Notify.UpdateSaAddresses:
      facts.update = true
      return
    case Notify.Cookie2:
      if (length < COOKIE2_LEAST || length > COOKIE2_MOST)
        walk.malformed(at, `COOKIE2 of ${length} bytes (RFC 4555 section 4.2.5: 8 to 64)`)
      else facts.cookie2 = hexOf(walk.bytes, at, at + length)
      return
    case Notify.Redirect:
    case Notify.RedirectedFrom:
      redirect(walk, state, type, at, length)
      return
    default:
      return
  }
}

function additional(walk: Walk, state: IkeState, type: number, at: number, length: number): void {
  const size = type === Notify.AdditionalIp4 ? 4 : 16
  if (length !== size) {
    walk.malformed(at, `${notifyName(type)} with ${length} bytes of data instead of ${size}`)
    return
  }
  walk.range(size === 4 ? Field.additionalIp4 : Field.additionalIp6, at, size)
  const { additional: list } = state.message
  if (walk.signalling && list.length < 64) list.push(walk.state.flows.addresses.intern(walk.bytes, at, size))
}

/** SHA1(SPIi | SPIr | address | port) of what the sender saw; another value means a translation on that side, or a forced one. */
function natDetection(walk: Walk, state: IkeState, type: number, at: number, length: number): void {
  const facts = state.message
  const source = type === Notify.NatDetectionSource
  if (length !== 20 || walk.addressSize === 0) return
  const size = walk.addressSize
  const input = new Uint8Array(18 + size)
  input.set(facts.spis, 0)
  const address = source ? walk.source : walk.destination
  input.set(walk.bytes.subarray(address, address + size), 16)
  const port = source ? walk.sourcePort : walk.destinationPort
  input[16 + size] = port >> 8
  input[17 + size] = port & 255
  const expected = walk.state.crypto.sha1(input)
  let fits = true
  for (let i = 0; i < 20; i++) if (walk.bytes[at + i] !== expected[i]) fits = false
  if (source) facts.sourceFits = facts.sourceFits === true || fits
  else facts.destinationFits = facts.destinationFits === true || fits
  walk.words(Field.natVerdict, at, length, fits ? 'as in this packet' : 'not as in this packet: translated, or made to look so')
  walk.generated()
}

/** RFC 5685 section 9: type, length, identity, and in REDIRECT the initiator's nonce. */
function redirect(walk: Walk, state: IkeState, type: number, at: number, length: number): void {
  if (length < 2) return
  const kind = walk.u8(at)
  const size = walk.u8(at + 1)
  walk.uint(Field.gatewayType, at, 1, kind)
  walk.uint(Field.gatewayLength, at + 1, 1, size)
  if (2 + size > length) {
    walk.malformed(at + 1, `gateway identity of ${size} bytes, ${length - 2} bytes left`)
    return
  }
  const fresh = type === Notify.Redirect
  const identity = at + 2
  let gateway = ''
  if (kind === 1 && size === 4) {
    walk.range(fresh ? Field.newGateway4 : Field.oldGateway4, identity, 4)
    gateway = formatAddress(walk.bytes, identity, 4)
  } else if (kind === 2 && size === 16) {
    walk.range(fresh ? Field.newGateway6 : Field.oldGateway6, identity, 16)
    gateway = formatAddress(walk.bytes, identity, 16)
  } else if (kind === 3 && fresh) {
    walk.range(Field.newGatewayName, identity, size)
    for (let i = identity; i < identity + size; i++) gateway += String.fromCharCode(walk.u8(i))
  }
  if (fresh) state.message.redirect = gateway
  const nonce = identity + size
  if (fresh && nonce < at + length) walk.range(Field.redirectNonce, nonce, at + length - nonce)
}

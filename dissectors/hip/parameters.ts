/**
 * HIP parameters (RFC 7401 section 5.2): what they hold as fields, and as facts of the packet. Each is a length of content behind type
 * and length; `end` is where that content ends. Refuses nothing but what would be read past it. HOST_ID is in `host-id.ts`,
 * LOCATOR_SET in `locators.ts`. Cost: a switch and a handful of reads.
 */
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { type HipFacts, MAX_FACTS } from './facts.ts'
import { P } from './fields.ts'
import { hostId } from './host-id.ts'
import { locatorSet } from './locators.ts'
import { notificationNames, Parameter, parameterName } from './wire.ts'

/** The content of a parameter at `offset`; walk.end is where it ends. Returns words for its line, '' for none. */
export function parameterContent(walk: Walk, facts: HipFacts, type: number, offset: number): string {
  const end = walk.end
  switch (type) {
    case Parameter.EspInfo:
      return espInfo(walk, facts, offset)
    case Parameter.R1CounterV1:
    case Parameter.R1Counter:
      if (!walk.need(offset, 12)) return ''
      walk.uint(P.r1Reserved, offset, 4, walk.u32(offset))
      walk.range(P.r1Counter, offset + 4, 8)
      return ''
    case Parameter.LocatorSet:
      return locatorSet(walk, facts, offset)
    case Parameter.Puzzle:
      return puzzle(walk, facts, offset)
    case Parameter.Solution:
      return solution(walk, facts, offset)
    case Parameter.Seq:
      if (!walk.need(offset, 4)) return ''
      facts.seq = walk.u32(offset)
      walk.uint(P.seq, offset, 4, facts.seq)
      return `${facts.seq}`
    case Parameter.Ack:
      for (let at = offset; at + 4 <= end && walk.item(at) && walk.need(at, 4); at += 4) {
        const id = walk.u32(at)
        if (facts.acks.length < MAX_FACTS) facts.acks.push(id)
        walk.uint(P.ack, at, 4, id)
      }
      return facts.acks.join(' ')
    case Parameter.DhGroupList:
      return list(walk, P.dhListGroup, offset, 1)
    case Parameter.DiffieHellman:
      return diffieHellman(walk, facts, offset)
    case Parameter.HipTransform:
      return list(walk, P.transform, offset, 2)
    case Parameter.HipCipher:
      return list(walk, P.cipher, offset, 2)
    case Parameter.HitSuiteList:
      return hitSuites(walk, offset)
    case Parameter.TransportFormatList:
      return list(walk, P.transportFormat, offset, 2)
    case Parameter.EspTransform:
      if (!walk.need(offset, 2)) return ''
      walk.uint(P.espTransformReserved, offset, 2, walk.u16(offset))
      return list(walk, P.transform, offset + 2, 2)
    case Parameter.NatTraversalMode:
      return list(walk, P.natMode, offset + 2, 2)
    case Parameter.TransactionPacing:
      if (walk.need(offset, 4)) walk.uint(P.minTa, offset, 4, walk.u32(offset))
      return ''
    case Parameter.Encrypted:
      if (!walk.need(offset, 4)) return ''
      walk.uint(P.encryptedReserved, offset, 4, walk.u32(offset))
      if (end > offset + 4) walk.range(P.encrypted, offset + 4, end - offset - 4)
      return ''
    case Parameter.HostId:
      return hostId(walk, facts, offset)
    case Parameter.Cert:
      return certificate(walk, offset)
    case Parameter.Notification:
      return notification(walk, facts, offset)
    case Parameter.EchoRequestSigned:
    case Parameter.EchoRequestUnsigned:
      return echo(walk, facts.echoRequests, offset)
    case Parameter.EchoResponseSigned:
    case Parameter.EchoResponseUnsigned:
      return echo(walk, facts.echoResponses, offset)
    case Parameter.RegInfo:
      if (!walk.need(offset, 2)) return ''
      walk.uint(P.regMinimum, offset, 1, walk.u8(offset))
      walk.uint(P.regMaximum, offset + 1, 1, walk.u8(offset + 1))
      return list(walk, P.regType, offset + 2, 1)
    case Parameter.RegRequest:
    case Parameter.RegResponse:
      if (!walk.need(offset, 1)) return ''
      walk.uint(P.regLifetime, offset, 1, walk.u8(offset))
      return list(walk, P.regType, offset + 1, 1)
    case Parameter.RegFailed:
      if (!walk.need(offset, 1)) return ''
      walk.uint(P.regFailure, offset, 1, walk.u8(offset))
      return list(walk, P.regType, offset + 1, 1)
    case Parameter.HipMac:
    case Parameter.HipMac2:
    case Parameter.RvsHmac:
    case Parameter.RelayHmac:
      if (type === Parameter.HipMac || type === Parameter.HipMac2) {
        facts.macAt = offset - 4
        if (end <= walk.limit) facts.mac = hexOf(walk.bytes, offset, Math.min(end, offset + MAX_MAC))
      }
      if (end > offset) walk.range(P.mac, offset, end - offset)
      return ''
    case Parameter.HipSignature:
    case Parameter.HipSignature2:
      return signature(walk, facts, type, offset)
    case Parameter.RelayFrom:
      if (offset + 20 <= walk.limit) facts.fromAt = offset + 4
      return endpoint(walk, offset, P.relayFromPort, P.relayFromProtocol, P.relayFromReserved, P.relayFromAddress)
    case Parameter.RelayTo:
      return endpoint(walk, offset, P.relayToPort, P.relayToProtocol, P.relayToReserved, P.relayToAddress)
    case Parameter.RegFrom:
      return endpoint(walk, offset, P.regFromPort, P.regFromProtocol, P.regFromReserved, P.regFromAddress)
    case Parameter.From:
      if (!walk.need(offset, 16)) return ''
      facts.fromAt = offset
      walk.range(P.fromAddress, offset, 16)
      return ''
    case Parameter.ViaRvs:
      for (let at = offset; at + 16 <= end && walk.item(at) && walk.need(at, 16); at += 16) walk.range(P.rvsAddress, at, 16)
      return ''
    default:
      if (end > offset) walk.range(P.content, offset, end - offset)
      return ''
  }
}

/** Numbers of `size` bytes up to the end. */
function list(walk: Walk, field: number, offset: number, size: 1 | 2): string {
  for (let at = offset; at + size <= walk.end && walk.item(at) && walk.need(at, size); at += size)
    walk.uint(field, at, size, size === 1 ? walk.u8(at) : walk.u16(at))
  return ''
}

/** Section 5.2.10: the suite's number stands in the upper four bits; some stacks write it into the lower ones. */
function hitSuites(walk: Walk, offset: number): string {
  for (let at = offset; at < walk.end && walk.item(at) && walk.need(at, 1); at++) {
    const value = walk.u8(at)
    walk.uint(P.hitSuite, at, 1, value >> 4 === 0 ? value : value >> 4)
  }
  return ''
}

function espInfo(walk: Walk, facts: HipFacts, offset: number): string {
  if (!walk.need(offset, 12)) return ''
  const oldSpi = walk.u32(offset + 4)
  const newSpi = walk.u32(offset + 8)
  facts.espInfo = { oldSpi, newSpi }
  walk.uint(P.espReserved, offset, 2, walk.u16(offset))
  walk.uint(P.espKeymat, offset + 2, 2, walk.u16(offset + 2))
  walk.uint(P.espOldSpi, offset + 4, 4, oldSpi)
  walk.uint(P.espNewSpi, offset + 8, 4, newSpi)
  return `0x${oldSpi.toString(16)} -> 0x${newSpi.toString(16)}`
}

function puzzle(walk: Walk, facts: HipFacts, offset: number): string {
  if (!walk.need(offset, 4)) return ''
  facts.difficulty = walk.u8(offset)
  facts.puzzleAt = offset + 4
  facts.puzzleLength = Math.max(0, walk.end - offset - 4)
  walk.uint(P.puzzleK, offset, 1, facts.difficulty)
  walk.uint(P.puzzleLifetime, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(P.puzzleOpaque, offset + 2, 2, walk.u16(offset + 2))
  if (facts.puzzleLength > 0) walk.range(P.puzzleI, offset + 4, facts.puzzleLength)
  return `K=${facts.difficulty}`
}

/** I and J are of one length: that of RHASH in version 2, 8 bytes in version 1 (sections 5.2.5). */
function solution(walk: Walk, facts: HipFacts, offset: number): string {
  if (!walk.need(offset, 4)) return ''
  const half = Math.max(0, (walk.end - offset - 4) >> 1)
  facts.difficulty = walk.u8(offset)
  facts.solutionAt = offset + 4
  facts.solutionLength = half
  walk.uint(P.solutionK, offset, 1, facts.difficulty)
  walk.uint(P.solutionReserved, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(P.solutionOpaque, offset + 2, 2, walk.u16(offset + 2))
  if (half > 0) {
    walk.range(P.solutionI, offset + 4, half)
    walk.range(P.solutionJ, offset + 4 + half, half)
  }
  return `K=${facts.difficulty}`
}

/** Version 1 lets a second group and value follow (RFC 5201 section 5.2.6). */
function diffieHellman(walk: Walk, facts: HipFacts, offset: number): string {
  let at = offset
  for (let n = 0; n < 2 && at + 3 <= walk.end && walk.item(at) && walk.need(at, 3); n++) {
    const length = walk.u16(at + 1)
    walk.uint(P.dhGroup, at, 1, walk.u8(at))
    walk.uint(P.dhLength, at + 1, 2, length)
    const room = Math.min(length, walk.end - at - 3)
    if (room > 0) walk.range(P.dhValue, at + 3, room)
    if (length > room) {
      walk.malformed(at + 1, `public value of ${length} bytes, ${room} left in the parameter`)
      return ''
    }
    at += 3 + length
    // One stack writes the point's coordinate length here, not the value's: what follows is no second group then.
    if (facts.version !== 1) break
  }
  return ''
}

function certificate(walk: Walk, offset: number): string {
  if (!walk.need(offset, 4)) return ''
  walk.uint(P.certGroup, offset, 1, walk.u8(offset))
  walk.uint(P.certCount, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(P.certId, offset + 2, 1, walk.u8(offset + 2))
  walk.uint(P.certType, offset + 3, 1, walk.u8(offset + 3))
  if (walk.end > offset + 4) walk.range(P.certificate, offset + 4, walk.end - offset - 4)
  return ''
}

function notification(walk: Walk, facts: HipFacts, offset: number): string {
  if (!walk.need(offset, 4)) return ''
  const code = walk.u16(offset + 2)
  if (facts.notices.length < MAX_FACTS) facts.notices.push({ code })
  walk.uint(P.notificationReserved, offset, 2, walk.u16(offset))
  walk.uint(P.notificationType, offset + 2, 2, code)
  if (walk.end > offset + 4) walk.range(P.notificationData, offset + 4, walk.end - offset - 4)
  return notificationNames[code] ?? `${code}`
}

/** SHA-512 gives no more */
const MAX_MAC = 64
/** Longest echo that is matched; RFC 7401 section 5.2.20 sets no limit, stacks use 4 to 64 bytes. */
const MAX_ECHO = 256

function echo(walk: Walk, into: string[], offset: number): string {
  const length = walk.end - offset
  if (length > 0) walk.range(P.opaque, offset, length)
  if (into.length < MAX_FACTS && walk.end <= walk.limit) into.push(hexOf(walk.bytes, offset, Math.min(walk.end, offset + MAX_ECHO)))
  return ''
}

/**
 * The algorithm is 16 bits wide in version 2 and 8 in version 1 (sections 5.2.14 of RFC 7401 and 5.2.11 of RFC 5201). Stacks of version 2
 * that kept 8 bits are told by the first octet: no algorithm has a number above 255.
 */
export function signatureAlgorithmSize(walk: Walk, version: number, offset: number): 1 | 2 {
  return version !== 1 && walk.u8(offset) === 0 ? 2 : 1
}

function signature(walk: Walk, facts: HipFacts, type: number, offset: number): string {
  if (!walk.need(offset, 2)) return ''
  facts.signatureType = type
  facts.signatureAt = offset
  facts.signatureLength = walk.end - offset
  const size = signatureAlgorithmSize(walk, facts.version, offset)
  walk.uint(P.signatureAlgorithm, offset, size, size === 1 ? walk.u8(offset) : walk.u16(offset))
  if (walk.end > offset + size) walk.range(P.signature, offset + size, walk.end - offset - size)
  return ''
}

/** Port, protocol and address, as the relay and registration parameters carry them (RFC 5770 section 5.5). */
function endpoint(walk: Walk, offset: number, port: number, protocol: number, reserved: number, address: number): string {
  if (!walk.need(offset, 20)) return ''
  walk.uint(port, offset, 2, walk.u16(offset))
  walk.uint(protocol, offset + 2, 1, walk.u8(offset + 2))
  walk.uint(reserved, offset + 3, 1, walk.u8(offset + 3))
  walk.range(address, offset + 4, 16)
  return ''
}

export { parameterName }

/**
 * Shim6 (RFC 5533) behind IPv6: the payload extension header, which hands on to the upper layer, and control messages with their options,
 * REAP's among them (RFC 5534). A payload's transport checksum covers the context's ULIDs, not the packet's addresses (section 4.6).
 * Refuses a length past the packet or below a message's fixed part, and options past the message. Next header 140 behind IPv4 is not
 * Shim6. Cost of payload without a recorder: a map look-up and a hash of at most 48 bytes; of control messages: one object of facts.
 */
import { formatAddress } from '../../shared/address.ts'
import { SignalProtocol } from '../../shared/signals.ts'
import { internetChecksum } from '../core/checksum.ts'
import { MAX_ITEMS, Stop, TransportChecksum, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { IP_PROTOCOL_NAMES, IpProtocol } from '../ip/protocols.ts'
import { dissectUpper } from '../ip/upper.ts'
import { newFacts, type ProbeReport, type Shim6Facts } from './facts.ts'
import { optionContent } from './options.ts'
import { emitPayload, followMessage } from './signals.ts'
import { type Shim6Context, shim6State, type TagOwner } from './state.ts'
import {
  At,
  Field,
  fixedSizes,
  Message,
  messageName,
  messageNames,
  OPTION_HEADER,
  optionName,
  optionSize,
  PROBE_REPORT,
  REAP_STATES,
  SHIM6_UNIT,
  shim6,
} from './wire.ts'

export function dissectShim6(walk: Walk, offset: number): void {
  if (!walk.need(offset, SHIM6_UNIT)) return
  if (walk.addressSize !== 16) {
    walk.malformed(offset, 'Shim6 is for IPv6 only')
    leftover(walk, offset)
    return
  }
  walk.toFlow(IpProtocol.Shim6, 0, 0)
  if ((walk.u8(offset + At.Type) & 0x80) !== 0) payload(walk, offset)
  else control(walk, offset)
}

/** The 47 bits at `offset` below their first one. */
function tagAt(walk: Walk, offset: number): number {
  return (walk.u16(offset) & 0x7fff) * 0x1_0000_0000 + walk.u32(offset + 2)
}

function recordTag(walk: Walk, offset: number, tag: number): void {
  if (walk.recorder === null) return
  walk.group(Field.tag, offset, 6, walk.titling ? `Context tag: 0x${tag.toString(16).padStart(12, '0')}` : null)
  walk.uint64of(Field.tagValue, offset, 6, Math.floor(tag / 0x1_0000_0000), tag % 0x1_0000_0000)
  walk.endGroup()
}

function recordCommon(walk: Walk, offset: number, size: number): void {
  const next = walk.u8(offset)
  walk.uint(Field.nextHeader, offset, 1, next)
  walk.uint(Field.length, offset + At.Length, 1, walk.u8(offset + At.Length))
  walk.uint(Field.lengthOctets, offset + At.Length, 1, size)
  walk.generated()
  walk.uint(Field.payload, offset + At.Type, 1, walk.u8(offset + At.Type) >> 7)
}

// ------------------------------------------------------------------ payload

function payload(walk: Walk, offset: number): void {
  const next = walk.u8(offset)
  const tag = tagAt(walk, offset + At.Type)
  const size = (walk.u8(offset + At.Length) + 1) * SHIM6_UNIT
  const owner = walk.state.of(shim6State).ofTag(tag)
  walk.layer(shim6.protocol, shim6.root, offset, SHIM6_UNIT)
  if (walk.recorder !== null) {
    recordCommon(walk, offset, size)
    recordTag(walk, offset + At.Type, tag)
    if (owner !== undefined && walk.describing) recordUlids(walk, offset, owner)
    if (walk.describing && !walk.quoted) walk.info = `Shim6 payload, ${IP_PROTOCOL_NAMES[next] ?? `protocol ${next}`}`
  }
  walk.endLayer()
  if (size !== SHIM6_UNIT) {
    walk.malformed(offset + At.Length, `a payload extension header has 8 bytes, not ${size}`)
    leftover(walk, offset + SHIM6_UNIT)
    return
  }
  if (walk.signalling) emitPayload(walk, tag, owner, next, offset + SHIM6_UNIT)
  upper(walk, offset, next, owner)
}

function recordUlids(walk: Walk, offset: number, owner: TagOwner): void {
  const { ends } = owner.context
  const to = formatAddress(ends[owner.receiver].ulidBytes, 0, 16)
  const from = formatAddress(ends[owner.receiver === 0 ? 1 : 0].ulidBytes, 0, 16)
  walk.words(Field.ulids, offset + At.Type, 6, `${from} → ${to}`)
  walk.generated()
}

/** The upper layer; with a recorder its checksum is verified over the ULIDs. */
function upper(walk: Walk, offset: number, next: number, owner: TagOwner | undefined): void {
  const before = walk.checksumIdentifiers
  const beforeFor = walk.checksumIdentifiersFor
  if (walk.recorder !== null && owner !== undefined) {
    walk.checksumIdentifiers = ulidsOf(owner.context, owner.receiver)
    walk.checksumIdentifiersFor = walk.checksumSource
  }
  dissectUpper(walk, next, offset + SHIM6_UNIT)
  walk.checksumIdentifiers = before
  walk.checksumIdentifiersFor = beforeFor
}

function ulidsOf(context: Shim6Context, receiver: 0 | 1): Uint8Array {
  const out = new Uint8Array(32)
  out.set(context.ends[receiver === 0 ? 1 : 0].ulidBytes, 0)
  out.set(context.ends[receiver].ulidBytes, 16)
  return out
}

// ------------------------------------------------------------------ control

function control(walk: Walk, offset: number): void {
  const { end, stop, stopOffset, stopReason } = walk
  const size = (walk.u8(offset + At.Length) + 1) * SHIM6_UNIT
  const type = walk.u8(offset + At.Type) & 0x7f
  const messageEnd = offset + size
  const fixed = fixedSizes[type] ?? SHIM6_UNIT
  walk.layer(shim6.protocol, shim6.root, offset, Math.min(size, end - offset))
  if (walk.recorder !== null) recordHeader(walk, offset, size, type)
  const hip = (walk.u8(offset + At.Specific) & 1) !== 0
  if (messageEnd > end) walk.malformed(offset + At.Length, `length ${size}, but only ${end - offset} bytes are left`)
  else if (size < fixed) walk.malformed(offset + At.Length, `length ${size} is below the ${fixed} of ${messageName(type)}`)
  else if (hip || messageNames[type] === undefined) {
    if (messageEnd > offset + SHIM6_UNIT) walk.range(Field.content, offset + SHIM6_UNIT, messageEnd - offset - SHIM6_UNIT)
  } else {
    const facts = newFacts(type, offset, messageEnd)
    walk.limitTo(messageEnd)
    const read = fixedPart(walk, facts) && (type === Message.Error || options(walk, facts, reports(walk, facts, offset + fixed)))
    walk.restore(end)
    if (walk.describing && !walk.quoted) walk.info = `Shim6 ${messageName(type)}${lineOf(facts)}`
    if (read && !walk.quoted && !walk.state.frozen) followMessage(walk, facts)
    walk.noteUnread(SignalProtocol.Shim6)
  }
  walk.endLayer()
  if (walk.quoted && walk.stop !== Stop.Limit) {
    // A quote that ends early is nobody's fault.
    walk.stop = stop
    walk.stopOffset = stopOffset
    walk.stopReason = stopReason
  }
  // Next header is 59 and whatever follows is ignored (section 5.3).
  if (messageEnd < end) leftover(walk, messageEnd)
}

function lineOf(facts: Shim6Facts): string {
  if (facts.type === Message.Probe)
    return ` ${REAP_STATES[facts.reapState] ?? ''}, ${facts.sent.length} sent, ${facts.received.length} received`
  return facts.locators === null ? '' : `, ${facts.locators.length} locators of generation ${facts.generation}`
}

function recordHeader(walk: Walk, offset: number, size: number, type: number): void {
  recordCommon(walk, offset, size)
  walk.uint(Field.type, offset + At.Type, 1, type)
  walk.uint(Field.hipBit, offset + At.Specific, 1, walk.u8(offset + At.Specific) & 1)
  walk.uint(Field.checksum, offset + At.Checksum, 2, walk.u16(offset + At.Checksum))
  if (!walk.wants(Field.checksumStatus)) return
  // The message alone is summed, without a pseudo header (section 5.3).
  let status = 2
  if (offset + size <= walk.limit) {
    status = internetChecksum(walk.bytes, offset, offset + size) === 0 ? 1 : 0
    if (!walk.quoted) walk.checksum = status === 1 ? TransportChecksum.Good : TransportChecksum.Bad
  }
  walk.uint(Field.checksumStatus, offset + At.Checksum, 2, status)
  walk.generated()
}

function nonce(walk: Walk, facts: Shim6Facts, field: number, offset: number): void {
  facts.nonce = walk.u32(offset)
  walk.uint(field, offset, 4, facts.nonce)
}

function ownTag(walk: Walk, facts: Shim6Facts): void {
  facts.tag = tagAt(walk, facts.offset + At.Tag)
  recordTag(walk, facts.offset + At.Tag, facts.tag)
}

/** What stands between the checksum and the options, message by message; false when it was cut (sections 5.4 to 5.14, RFC 5534 sections 5.1 and 5.2). */
function fixedPart(walk: Walk, facts: Shim6Facts): boolean {
  const { offset, type } = facts
  if (!walk.need(offset, fixedSizes[type] ?? SHIM6_UNIT)) return false
  switch (type) {
    case Message.I1:
      ownTag(walk, facts)
      nonce(walk, facts, Field.initiatorNonce, offset + 12)
      break
    case Message.R1:
      walk.range(Field.reserved2, offset + 6, 2)
      nonce(walk, facts, Field.initiatorNonce, offset + 8)
      walk.uint(Field.responderNonce, offset + 12, 4, walk.u32(offset + 12))
      break
    case Message.I2:
    case Message.I2bis:
      ownTag(walk, facts)
      nonce(walk, facts, Field.initiatorNonce, offset + 12)
      walk.uint(Field.responderNonce, offset + 16, 4, walk.u32(offset + 16))
      walk.range(Field.reserved2, offset + 20, type === Message.I2 ? 4 : 6)
      if (type === Message.I2) break
      facts.packetTag = tagAt(walk, offset + 26)
      recordTag(walk, offset + 26, facts.packetTag)
      break
    case Message.R2:
      ownTag(walk, facts)
      nonce(walk, facts, Field.initiatorNonce, offset + 12)
      break
    case Message.R1bis:
      ownTag(walk, facts)
      walk.uint(Field.responderNonce, offset + 12, 4, walk.u32(offset + 12))
      break
    case Message.UpdateRequest:
    case Message.UpdateAcknowledgement:
      ownTag(walk, facts)
      nonce(walk, facts, Field.requestNonce, offset + 12)
      break
    case Message.Keepalive:
      ownTag(walk, facts)
      walk.range(Field.reserved2, offset + 12, 4)
      break
    case Message.Probe:
      ownTag(walk, facts)
      probeHeader(walk, facts)
      break
    case Message.Error:
      errorMessage(walk, facts)
  }
  return true
}

function probeHeader(walk: Walk, facts: Shim6Facts): void {
  const at = facts.offset + 12
  const counts = walk.u8(at)
  facts.reapState = walk.u8(at + 1) >> 6
  walk.uint(Field.probesReceived, at, 1, counts >> 4)
  walk.uint(Field.probesSent, at, 1, counts & 15)
  walk.uint(Field.reapState, at + 1, 1, facts.reapState)
  walk.range(Field.reserved2, at + 1, 3)
}

/** A probe's reports: those of probes sent, then of those received. Returns where the options begin. */
function reports(walk: Walk, facts: Shim6Facts, begin: number): number {
  if (facts.type !== Message.Probe || begin > walk.limit) return begin
  const counts = walk.u8(facts.offset + 12)
  let at = begin
  for (let i = 0; i < (counts & 15) + (counts >> 4); i++) {
    if (!walk.item(at) || !walk.need(at, PROBE_REPORT)) return walk.end
    const sent = i < (counts & 15)
    const report: ProbeReport = { at, nonce: walk.u32(at + 32) }
    ;(sent ? facts.sent : facts.received).push(report)
    if (walk.recorder !== null) recordReport(walk, at, report, sent)
    at += PROBE_REPORT
  }
  return at
}

function recordReport(walk: Walk, at: number, report: ProbeReport, sent: boolean): void {
  walk.group(Field.probe, at, PROBE_REPORT, walk.titling ? (sent ? 'Probe sent' : 'Probe received') : null)
  walk.range(Field.probeSource, at, 16)
  walk.range(Field.probeDestination, at + 16, 16)
  walk.uint(Field.probeNonce, at + 32, 4, report.nonce)
  walk.uint(Field.probeData, at + 36, 4, walk.u32(at + 36))
  walk.endGroup()
}

/** Section 5.13: seven bits of code, a pointer into the message in error, and that message as far as it fits. */
function errorMessage(walk: Walk, facts: Shim6Facts): void {
  const { offset, end } = facts
  facts.errorCode = walk.u8(offset + At.Specific) >> 1
  walk.uint(Field.errorCode, offset + At.Specific, 1, facts.errorCode)
  walk.uint(Field.errorPointer, offset + 6, 2, walk.u16(offset + 6))
  if (end <= offset + SHIM6_UNIT) return
  walk.range(Field.errorPacket, offset + SHIM6_UNIT, end - offset - SHIM6_UNIT)
  // The message may stand behind its IPv6 header or alone.
  const quoted = walk.u8(offset + SHIM6_UNIT) >> 4 === 6 && end >= offset + 64 ? offset + 48 : offset + SHIM6_UNIT
  if (quoted + 16 > walk.limit) return
  if ((walk.u8(quoted + At.Type) & 0x7f) === Message.UpdateRequest) facts.quotedNonce = walk.u32(quoted + 12)
}

/** False when the list contradicts itself. A message that was cut still says what was captured of it. */
function options(walk: Walk, facts: Shim6Facts, begin: number): boolean {
  const { end, stop } = walk
  let offset = begin
  for (let n = 0; offset < end; n++) {
    if (n >= MAX_ITEMS) {
      walk.halt(Stop.Limit, offset, `more than ${MAX_ITEMS} options`)
      return false
    }
    if (!walk.item(offset) || !walk.need(offset, OPTION_HEADER)) break
    const word = walk.u16(offset)
    const length = walk.u16(offset + 2)
    const content = offset + OPTION_HEADER
    const size = optionSize(length)
    const fits = content + length <= end
    if (!fits) walk.malformed(offset + 2, `${optionName(word >> 1)} of ${length} bytes, ${end - content} bytes left`)
    if (walk.recorder !== null) {
      walk.group(Field.option, offset, Math.min(size, end - offset), walk.titling ? optionName(word >> 1) : null)
      walk.uint(Field.optionType, offset, 2, word >> 1)
      walk.uint(Field.optionCritical, offset + 1, 1, word & 1)
      walk.uint(Field.optionLength, offset + 2, 2, length)
      walk.uint(Field.optionTotal, offset + 2, 2, size)
      walk.generated()
    }
    walk.limitTo(fits ? content + length : end)
    optionContent(walk, facts, word >> 1, content)
    walk.restore(end)
    const padding = Math.min(size - OPTION_HEADER - length, end - content - length)
    if (fits && padding > 0) walk.range(Field.padding, content + length, padding)
    walk.endGroup()
    if (!fits) return false
    if (!walk.need(content, length)) break
    offset += size
  }
  return stop !== Stop.None || walk.stop === Stop.None || walk.stop === Stop.Cut
}

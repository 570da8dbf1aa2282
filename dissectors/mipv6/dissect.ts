/**
 * The mobility header (RFC 6275 section 6.1), next header 135. Its checksum covers home addresses where extension headers name them.
 * A header whose length leaves no room for its message is malformed. What follows a payload protocol other than 'none' is left as data.
 * All messages are rare: signals allocate freely.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { ChecksumVerdict, verifyTransport } from '../core/checksum.ts'
import { TransportChecksum, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { checksumVerdict } from '../udp/wire.ts'
import { MESSAGE_NAMES } from './names.ts'
import { dissectOptions, Found } from './options.ts'
import { recordPieces } from './pieces.ts'
import { authorizationVerdict, emitMessage } from './signals.ts'
import * as Field from './wire.ts'
import { At, Message, mip6 } from './wire.ts'

const FIXED = 6
const found = new Found()

export function dissectMobility(walk: Walk, offset: number): void {
  if (!walk.need(offset, 8)) {
    walk.noteUnread(SignalProtocol.Mip6)
    if (walk.quoted && offset + 4 <= walk.limit) walk.toFlow(IpProtocol.Mobility, 0, 0)
    return
  }
  const size = 8 * (walk.u8(offset + At.Length) + 1)
  const type = walk.u8(offset + At.Type)
  const old = walk.end
  walk.toFlow(IpProtocol.Mobility, 0, 0)
  walk.layer(mip6.protocol, mip6.root, offset, Math.min(size, walk.end - offset))
  if (offset + size <= walk.end) walk.limitTo(offset + size)
  else walk.malformed(offset + At.Length, `header length ${size}, but only ${old - offset} bytes are left in the packet`)
  if (walk.recorder !== null) recordHeader(walk, offset, size, type)
  message(walk, offset, type)
  walk.noteUnread(SignalProtocol.Mip6)
  walk.endLayer()
  const { end } = walk
  walk.restore(old)
  if (end < old) leftover(walk, end)
}

function recordHeader(walk: Walk, offset: number, size: number, type: number): void {
  walk.uint(Field.payloadProtocol, offset, 1, walk.u8(offset))
  walk.uint(Field.headerLength, offset + At.Length, 1, walk.u8(offset + At.Length))
  walk.uint(Field.messageType, offset + At.Type, 1, type)
  walk.uint(Field.reserved, offset + At.Reserved, 1, walk.u8(offset + At.Reserved))
  walk.uint(Field.checksum, offset + At.Checksum, 2, walk.u16(offset + At.Checksum))
  const verdict = verifyTransport(walk, offset, offset + size, IpProtocol.Mobility)
  if (verdict !== ChecksumVerdict.Unknown) {
    if (!walk.quoted) walk.checksum = verdict === ChecksumVerdict.Bad ? TransportChecksum.Bad : TransportChecksum.Good
    walk.words(checksumVerdict, offset + At.Checksum, 2, verdict === ChecksumVerdict.Bad ? 'bad' : 'good')
    walk.generated()
  }
  if (!walk.quoted && walk.describing) walk.info = MESSAGE_NAMES[type] ?? `mobility message ${type}`
}

/** Bytes of data before the options; -1 for a message whose form is not known. */
function dataSize(walk: Walk, offset: number, type: number): number {
  if (type === Message.Revocation) return Field.REVOCATION_SIZE
  const size = Field.MESSAGES[type]?.size ?? -1
  return type === Message.HomeAgentSwitch ? size + 16 * walk.u8(offset + At.Data) : size
}

function message(walk: Walk, offset: number, type: number): void {
  const size = dataSize(walk, offset, type)
  const begin = offset + FIXED
  if (size < 0) {
    if (begin < walk.end) walk.range(Field.unknownData, begin, walk.end - begin)
    return
  }
  const whole = walk.need(begin, size)
  if (walk.recorder !== null) recordMessage(walk, offset, type, Math.min(begin + size, walk.limit))
  if (!whole) return
  dissectOptions(walk, begin + size, walk.end, found)
  if (walk.recorder !== null && found.authorization >= 0 && type === Message.Update) {
    walk.words(Field.authorization, found.authorization, found.authorizationLength, authorizationVerdict(walk, offset, found))
    walk.generated()
  }
  if (walk.signalling && walk.addressSize === 16) emitMessage(walk, offset, type, found)
}

function recordMessage(walk: Walk, offset: number, type: number, end: number): void {
  walk.group(Field.messageGroup, offset + FIXED, end - offset - FIXED, walk.titling ? (MESSAGE_NAMES[type] ?? 'Message') : null)
  if (type === Message.Revocation)
    recordPieces(walk, walk.u8(offset + FIXED) === Field.RevocationType.Acknowledgement ? Field.REVOKED : Field.INDICATION, offset, end)
  else recordPieces(walk, Field.MESSAGES[type]?.pieces ?? [], offset, end)
  if (type === Message.HomeAgentSwitch) recordPieces(walk, Field.switchAddresses, offset + FIXED + 2, end)
  walk.endGroup()
}

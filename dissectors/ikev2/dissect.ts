/**
 * IKE messages: header and payload chain. Over UDP 500, and over UDP 4500 behind the non-ESP marker, where anything else is ESP
 * (RFC 3948 section 2.2) and a single 0xff byte keeps a translation alive (section 2.3).
 * Refuses what has no IKE header: a port alone is a guess, so version, exchange and length have to make sense, else `decline()`.
 * Cost: IKE messages are rare; each is read whole. Decrypting happens only for SAs whose keys were given.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { lookupIpProtocol } from '../core/dispatch.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { payloadChain } from './chain.ts'
import { encryptedPayload } from './encrypted.ts'
import { exchangeName } from './names.ts'
import { signals } from './signals.ts'
import { type IkeState, ikeState } from './state.ts'
import { encapsulation, Field, Flag, FlagV1, Header, isakmp, keepalive, marker } from './wire.ts'

const ESP = 50
/** smallest ESP packet: SPI, sequence number and something behind them */
const LEAST_ESP = 12

export function dissectIkePort(walk: Walk, offset: number): void {
  if (isMarked(walk, offset) && looksLikeIke(walk, offset + 4)) marked(walk, offset)
  else if (looksLikeIke(walk, offset)) dissectIke(walk, offset)
  else walk.decline()
}

export function dissectNatTraversal(walk: Walk, offset: number): void {
  const length = walk.end - offset
  if (length === 1 && walk.u8(offset) === 0xff) {
    walk.layer(encapsulation.protocol, encapsulation.root, offset, 1)
    if (walk.recorder !== null) {
      walk.group(keepalive, offset, 1)
      walk.endGroup()
      if (!walk.quoted) walk.info = 'NAT keepalive'
    }
    walk.endLayer()
  } else if (isMarked(walk, offset)) {
    if (looksLikeIke(walk, offset + 4)) marked(walk, offset)
    else walk.decline()
  } else espOrNot(walk, offset, length)
}

/** An SPI from 256 on is ESP (RFC 4303 section 2.1: 1 to 255 are reserved); an IKE header without marker is taken as one. */
function espOrNot(walk: Walk, offset: number, length: number): void {
  if (looksLikeIke(walk, offset) && walk.u32(offset + Header.MessageLength) === length) {
    dissectIke(walk, offset)
    return
  }
  const dissectEsp = lookupIpProtocol(ESP)
  if (dissectEsp === undefined || length < LEAST_ESP || offset + 8 > walk.limit || walk.u32(offset) < 256) {
    walk.decline()
    return
  }
  walk.layer(encapsulation.protocol, encapsulation.root, offset, 0)
  walk.endLayer()
  walk.next(dissectEsp, offset)
}

function isMarked(walk: Walk, offset: number): boolean {
  return offset + 4 <= walk.limit && walk.u32(offset) === 0
}

function marked(walk: Walk, offset: number): void {
  walk.layer(encapsulation.protocol, encapsulation.root, offset, 4)
  walk.range(marker, offset, 4)
  walk.endLayer()
  walk.next(dissectIke, offset + 4)
}

/** Does an IKE header stand here? */
function looksLikeIke(walk: Walk, offset: number): boolean {
  if (offset + Header.Length > walk.limit) return false
  if (walk.u32(offset) === 0 && walk.u32(offset + 4) === 0) return false
  const version = walk.u8(offset + Header.Version)
  const exchange = walk.u8(offset + Header.Exchange)
  const length = walk.u32(offset + Header.MessageLength)
  if (length < Header.Length || length > 0x1_0000) return false
  if (version >> 4 === 2) return exchange >= 34 && (exchange <= 44 || exchange >= 240) && (walk.u8(offset + Header.Flags) & 0xc0) === 0
  return version >> 4 === 1 && (version & 15) <= 1 && (exchange <= 6 || exchange === 32 || exchange === 33)
}

/** An IKE message at `offset`. */
export function dissectIke(walk: Walk, offset: number): void {
  walk.layer(isakmp.protocol, isakmp.root, offset, walk.end - offset)
  if (walk.need(offset, Header.Length)) message(walk, offset)
  walk.noteUnread(SignalProtocol.Ikev2)
  walk.endLayer()
}

function message(walk: Walk, offset: number): void {
  const state = walk.state.of(ikeState)
  const facts = state.message
  facts.reset()
  facts.spis.set(walk.bytes.subarray(offset, offset + 16))
  const version = walk.u8(offset + Header.Version)
  const flags = walk.u8(offset + Header.Flags)
  facts.version = version >> 4
  facts.exchange = walk.u8(offset + Header.Exchange)
  facts.messageId = walk.u32(offset + Header.MessageId)
  facts.fromInitiator = (flags & Flag.Initiator) !== 0
  facts.response = (flags & Flag.Response) !== 0
  if (walk.recorder !== null) recordHeader(walk, offset, version, flags)
  const length = walk.u32(offset + Header.MessageLength)
  const end = walk.end
  if (length < Header.Length) {
    walk.malformed(offset + Header.MessageLength, `message length ${length} is less than the header's ${Header.Length}`)
    return
  }
  walk.limitTo(offset + length)
  const first = walk.u8(offset + Header.NextPayload)
  const begin = offset + Header.Length
  if (facts.version === 1 && (flags & FlagV1.Encryption) !== 0) {
    walk.group(Field.encrypted, begin, walk.end - begin, `Encrypted data (${walk.end - begin} bytes)`)
    walk.endGroup()
  } else payloadChain(walk, state, offset, begin, first, encryptedPayload)
  walk.restore(end)
  if (walk.recorder !== null && !walk.quoted) walk.info = infoLine(state)
  if (walk.signalling && facts.version === 2 && walk.stop !== Stop.Malformed) signals(walk, state)
}

function infoLine(state: IkeState): string {
  const { exchange, fromInitiator, response, messageId, version, line } = state.message
  if (version === 1) return `${exchangeName(exchange)}${line}`
  return `${exchangeName(exchange)} ${response ? 'response' : 'request'} ${messageId} from the ${fromInitiator ? 'initiator' : 'responder'}${line}`
}

function recordHeader(walk: Walk, offset: number, version: number, flags: number): void {
  walk.range(Field.initiatorSpi, offset, 8)
  walk.range(Field.responderSpi, offset + Header.ResponderSpi, 8)
  walk.uint(Field.nextPayload, offset + Header.NextPayload, 1, walk.u8(offset + Header.NextPayload))
  walk.uint(Field.version, offset + Header.Version, 1, version)
  walk.uint(Field.majorVersion, offset + Header.Version, 1, version >> 4)
  walk.uint(Field.minorVersion, offset + Header.Version, 1, version & 15)
  walk.uint(Field.exchange, offset + Header.Exchange, 1, walk.u8(offset + Header.Exchange))
  const at = offset + Header.Flags
  walk.uint(Field.flags, at, 1, flags)
  if (version >> 4 === 1) {
    walk.uint(Field.flagEncryption, at, 1, flags & FlagV1.Encryption)
    walk.uint(Field.flagCommit, at, 1, (flags & FlagV1.Commit) >> 1)
    walk.uint(Field.flagAuthentication, at, 1, (flags & FlagV1.Authentication) >> 2)
  } else {
    walk.uint(Field.flagInitiator, at, 1, (flags & Flag.Initiator) >> 3)
    walk.uint(Field.flagVersion, at, 1, (flags & Flag.Version) >> 4)
    walk.uint(Field.flagResponse, at, 1, (flags & Flag.Response) >> 5)
  }
  walk.uint(Field.messageId, offset + Header.MessageId, 4, walk.u32(offset + Header.MessageId))
  walk.uint(Field.length, offset + Header.MessageLength, 4, walk.u32(offset + Header.MessageLength))
}

/**
 * The chunks that open and end an association: INIT, INIT ACK, COOKIE ECHO, COOKIE ACK, SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE, ABORT,
 * ERROR (RFC 9260 section 3.3). Learns tags and keys for later packets, and tells the handshake, its address lists and the end as signals.
 * A wrong tag never ends what is known to be live.
 */
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import { SignalProtocol } from '../../shared/signals.ts'
import { MAX_ITEMS, Stop, type Walk } from '../core/walk.ts'
import { keyVectorOf, levelOf } from './authentication.ts'
import { causes, parameters, Where } from './parameters.ts'
import { emitAcknowledged, emitClosed, emitHandshake, emitNote } from './signals.ts'
import type { SctpState } from './state.ts'
import { Chunk, ChunkFixed, Field, Parameter, REFLECTED_TAG } from './wire.ts'

/** INIT and INIT ACK share their form (sections 3.3.2 and 3.3.3). */
export function init(walk: Walk, state: SctpState, type: Chunk.Init | Chunk.InitAck, offset: number): void {
  if (!walk.need(offset, ChunkFixed.Init)) return
  const answer = type === Chunk.InitAck
  const initiateTag = walk.u32(offset + 4)
  const initialTsn = walk.u32(offset + 16)
  const begin = offset + ChunkFixed.Init
  if (!walk.state.frozen && !walk.quoted) {
    if (!answer) noteRestart(walk, state, initiateTag)
    learnTag(walk, state, answer, initiateTag, begin)
  }
  if (walk.signalling)
    emitHandshake(walk, state.packetTag, {
      message: answer ? 'INIT ACK' : 'INIT',
      step: answer ? 2 : 1,
      senderTag: initiateTag,
      receiverTag: state.packetTag,
      initiateTag,
      initialTsn,
      capabilities: capabilities(walk, begin),
    })
  if (walk.recorder !== null) {
    walk.uint(Field.initiateTag, offset + 4, 4, initiateTag)
    walk.uint(answer ? Field.initAckTag : Field.initTag, offset + 4, 4, initiateTag)
    walk.uint(answer ? Field.initAckCredit : Field.initCredit, offset + 8, 4, walk.u32(offset + 8))
    walk.uint(answer ? Field.initAckOutbound : Field.initOutbound, offset + 12, 2, walk.u16(offset + 12))
    walk.uint(answer ? Field.initAckInbound : Field.initInbound, offset + 14, 2, walk.u16(offset + 14))
    walk.uint(answer ? Field.initAckTsn : Field.initTsn, offset + 16, 4, initialTsn)
    state.note(answer ? 'INIT ACK' : 'INIT')
  }
  parameters(walk, state, begin, answer ? Where.InitAck : Where.Init)
  if (walk.stop === Stop.Cut && !endsInCookie(walk, begin)) walk.noteUnread(SignalProtocol.Sctp)
}

/** Is the last parameter that the capture holds the State Cookie? Stacks put it behind the addresses, and it is by far the longest. */
function endsInCookie(walk: Walk, begin: number): boolean {
  let type = 0
  for (let offset = begin, n = 0; offset + 4 <= walk.limit && n < MAX_ITEMS; n++) {
    type = walk.u16(offset)
    offset += Math.max(4, (walk.u16(offset + 2) + 3) & ~3)
  }
  return type === Parameter.StateCookie
}

/** An INIT on ports whose association lives, from an address that belongs to it, with a new tag (section 5.2.2). */
function noteRestart(walk: Walk, state: SctpState, initiateTag: number): void {
  if (!walk.signalling || walk.flow < 0) return
  const sender = walk.state.flows.sender(walk.flow, walk.direction)
  const known = state.liveTowards(walk.destinationPort, walk.sourcePort, sender)
  if (known >= 0 && state.tag[known] !== initiateTag) emitNote(walk, state.packetTag, 'INIT on a live association: restart')
}

/** The tag that this INIT or INIT ACK names is what its sender's peer puts into packets the other way. */
function learnTag(walk: Walk, state: SctpState, answer: boolean, initiateTag: number, begin: number): void {
  if (initiateTag === 0 || walk.flow < 0) return
  const { flows } = walk.state
  const named = state.get(initiateTag, walk.destinationPort, walk.sourcePort, flows.sender(walk.flow, walk.direction))
  if (named < 0) return
  state.handshake(named)
  if (answer && state.packetHalf >= 0) {
    state.handshake(state.packetHalf)
    state.pair(named, state.packetHalf)
  }
  state.setLast(walk.flow, walk.direction ^ 1, named)
  const vector = keyVectorOf(walk, begin, walk.end)
  if (vector !== null) state.setVector(named, vector)
}

/** more than an INIT with each of them once can give */
const MAX_CAPABILITIES = 16

/** What the sender can do, as far as it matters to who believes whom. */
function capabilities(walk: Walk, begin: number): string[] {
  const found: string[] = []
  const { bytes } = walk
  const stop = walk.limit
  for (let offset = begin, n = 0; offset + 4 <= stop && n < 1_000 && found.length < MAX_CAPABILITIES && walk.item(offset); n++) {
    const type = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
    const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
    if (length < 4 || offset + length > stop) break
    const holds = (value: number): boolean => bytes.subarray(offset + 4, offset + length).includes(value)
    if (type === Parameter.Random) found.push('auth')
    else if (type === Parameter.Chunks && holds(Chunk.Asconf)) found.push('asconf-must-be-authenticated')
    else if (type === Parameter.SupportedExtensions) {
      if (holds(Chunk.Asconf)) found.push('asconf')
      if (holds(Chunk.IData)) found.push('i-data')
      if (holds(Chunk.ReConfig)) found.push('re-config')
    } else if (type === Parameter.ZeroChecksum) found.push('zero-checksum')
    else if (type === Parameter.ForwardTsnSupported) found.push('forward-tsn')
    offset += (length + 3) & ~3
  }
  return found
}

/** COOKIE ECHO: the initiator accepts the tag that INIT ACK named (section 5.1). */
export function cookieEcho(walk: Walk, state: SctpState, offset: number, length: number): void {
  const half = state.packetHalf
  const peer = state.peerOf(half)
  if (peer >= 0 && !walk.state.frozen && !walk.quoted) state.pair(half, peer)
  if (walk.signalling) emitHandshake(walk, state.packetTag, step(state, 'COOKIE ECHO', 3))
  if (walk.recorder === null) return
  if (length > 4) walk.range(Field.cookie, offset + 4, length - 4)
  state.note('COOKIE ECHO')
}

export function cookieAck(walk: Walk, state: SctpState): void {
  if (state.packetHalf >= 0 && !walk.state.frozen && !walk.quoted) state.setLive(state.packetHalf, true)
  if (walk.signalling) emitHandshake(walk, state.packetTag, step(state, 'COOKIE ACK', 4))
  if (walk.recorder !== null) state.note('COOKIE ACK')
}

function step(state: SctpState, message: string, number: number) {
  const peer = state.peerOf(state.packetHalf)
  return {
    message,
    step: number,
    senderTag: peer < 0 ? 0 : (state.tag[peer] as number),
    receiverTag: state.packetTag,
    initiateTag: null,
    initialTsn: null,
  }
}

/** SHUTDOWN acknowledges like a SACK and begins the orderly end (section 9.2). */
export function shutdown(walk: Walk, state: SctpState, offset: number): void {
  if (!walk.need(offset, ChunkFixed.Shutdown)) return
  const cumulative = walk.u32(offset + 4)
  if (walk.signalling) {
    emitAcknowledged(walk, state.packetTag, cumulative, offset, 0, 0)
    emitClosed(walk, state.packetTag, 'SHUTDOWN', false, false, null, levelOf(walk, state))
  }
  walk.uint(Field.shutdownTsn, offset + 4, 4, cumulative)
  if (walk.recorder !== null) state.note('SHUTDOWN')
}

export function shutdownAck(walk: Walk, state: SctpState): void {
  if (walk.signalling) emitClosed(walk, state.packetTag, 'SHUTDOWN ACK', false, false, null, levelOf(walk, state))
  if (walk.recorder !== null) state.note('SHUTDOWN ACK')
}

/** Level of a tag that flag T may declare reflected (section 8.5.1). */
function closingLevel(walk: Walk, state: SctpState, reflected: boolean): ClaimAuthentication {
  if (state.authOffset >= 0 && !reflected) return levelOf(walk, state)
  return state.tagIsWrong(walk, state.packetTag, reflected) ? 'A0' : 'A1'
}

function end(walk: Walk, state: SctpState, reflected: boolean, level: ClaimAuthentication): void {
  if (walk.state.frozen || walk.quoted || level === 'A0' || level === 'AX') return
  const half = reflected ? state.find(state.packetTag, walk.destinationPort, walk.sourcePort) : state.packetHalf
  if (half >= 0) state.setLive(half, false)
}

export function shutdownComplete(walk: Walk, state: SctpState, offset: number): void {
  const reflected = (walk.u8(offset + 1) & REFLECTED_TAG) !== 0
  if (walk.signalling) {
    const level = closingLevel(walk, state, reflected)
    emitClosed(walk, state.packetTag, `SHUTDOWN COMPLETE${reflected ? REFLECTED : ''}`, false, true, null, level)
    end(walk, state, reflected, level)
  } else end(walk, state, reflected, closingLevel(walk, state, reflected))
  walk.uint(Field.shutdownCompleteT, offset + 1, 1, reflected ? 1 : 0)
  if (walk.recorder !== null) state.note('SHUTDOWN COMPLETE')
}

const REFLECTED = ', flag T: the tag is reflected'

/** ABORT ends the association at once, when its tag is right (section 8.5.1). */
export function abort(walk: Walk, state: SctpState, offset: number): void {
  const reflected = (walk.u8(offset + 1) & REFLECTED_TAG) !== 0
  walk.uint(Field.abortT, offset + 1, 1, reflected ? 1 : 0)
  const words = causes(walk, state, offset + 4, 0)
  const level = closingLevel(walk, state, reflected)
  if (walk.signalling)
    emitClosed(walk, state.packetTag, `ABORT${reflected ? REFLECTED : ''}`, true, true, words === '' ? null : words, level)
  end(walk, state, reflected, level)
  if (walk.recorder !== null) state.note(words === '' ? 'ABORT' : `ABORT (${words})`)
}

export function error(walk: Walk, state: SctpState, offset: number): void {
  const words = causes(walk, state, offset + 4, 0)
  if (walk.signalling) emitNote(walk, state.packetTag, words === '' ? 'ERROR' : `ERROR: ${words}`)
  if (walk.recorder !== null) state.note(words === '' ? 'ERROR' : `ERROR (${words})`)
}

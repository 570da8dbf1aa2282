/**
 * What DNS messages say of names, as signals: who asks, which addresses and identifiers a name has, and how far that may be believed.
 * An answer that fits a waiting query shows knowledge of its id and ports (A1); signatures are carried, not verified (A3u).
 * Only record types that bind names to locators or identifiers are kept, at most 64 a message. One detail a message.
 */
import { formatIpv4, formatIpv6 } from '../../shared/address.ts'
import type { NameDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { name, readName } from './names.ts'
import { queryTable, questionHash } from './state.ts'
import { Flag, Opcode, Type } from './wire.ts'

const MAX_RECORDS = 64

export type Service = NameDetail['service']

export function newDetail(service: Service, transaction: number, flags: number): NameDetail {
  const response = (flags & Flag.Response) !== 0
  const update = ((flags >> 11) & 15) === Opcode.Update
  const message = update ? (response ? 'update-answer' : 'update') : !response ? 'query' : service === 'mdns' ? 'announcement' : 'answer'
  return {
    message,
    service,
    transaction,
    question: '',
    questionType: 0,
    code: response ? flags & 15 : 0,
    records: [],
    answers: 0,
    authoritative: service !== 'llmnr' && (flags & Flag.Authoritative) !== 0,
    truncated: (flags & Flag.Truncated) !== 0,
    authenticatedData: service !== 'llmnr' && (flags & Flag.AuthenticData) !== 0,
    signed: false,
    authentication: 'A0',
  }
}

/** One record whose data lie at `offset` up to walk.end. */
export function addRecord(walk: Walk, detail: NameDetail, base: number, owner: string, type: number, ttl: number, offset: number): void {
  if (type === Type.Rrsig || type === Type.Sig || type === Type.Tsig) detail.signed = true
  if (detail.records.length >= MAX_RECORDS) return
  const { bytes } = walk
  const size = walk.limit - offset
  const push = (value: string, addressSize: 0 | 4 | 16 = 0, at = offset): void => {
    if (detail.records.length >= MAX_RECORDS) return
    const address = addressSize === 0 ? -1 : walk.state.flows.addresses.intern(bytes, at, addressSize)
    detail.records.push({ name: owner, type, ttl, address, value })
  }
  switch (type) {
    case Type.A:
      if (size >= 4) push(formatIpv4(bytes, offset), 4)
      return
    case Type.Aaaa:
      if (size >= 16) push(formatIpv6(bytes, offset), 16)
      return
    case Type.Cname:
    case Type.Ptr:
    case 39:
      if (readName(walk, base, offset)) push(name.text)
      return
    case Type.Srv:
      if (size >= 7 && readName(walk, base, offset + 6))
        push(`${walk.u16(offset)} ${walk.u16(offset + 2)} ${walk.u16(offset + 4)} ${name.text}`)
      return
    case Type.Hip: {
      const length = size >= 4 ? walk.u8(offset) : 0
      if (length > 0 && size >= 4 + length) push(length === 16 ? formatIpv6(bytes, offset + 4) : groups(bytes, offset + 4, length))
      return
    }
    case Type.L32:
      if (size >= 6) push(`${walk.u16(offset)} ${formatIpv4(bytes, offset + 2)}`)
      return
    case Type.Nid:
    case Type.L64:
      if (size >= 10) push(`${walk.u16(offset)} ${groups(bytes, offset + 2, 8)}`)
      return
    case Type.Lp:
      if (size >= 3 && readName(walk, base, offset + 2)) push(`${walk.u16(offset)} ${name.text}`)
      return
    case Type.Svcb:
    case Type.Https:
      hints(walk, base, offset, push)
      return
  }
}

/** 64-bit values as RFC 6742 section 2.1.2 writes them: four groups of four digits. */
function groups(bytes: Uint8Array, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += (i > 0 && i % 2 === 0 ? ':' : '') + (bytes[offset + i] as number).toString(16).padStart(2, '0')
  return text
}

/** Addresses that a service binding hints at (RFC 9460 section 7.3). */
function hints(walk: Walk, base: number, offset: number, push: (value: string, size: 4 | 16, at: number) => void): void {
  if (walk.limit - offset < 3 || !readName(walk, base, offset + 2)) return
  for (let at = name.next; at + 4 <= walk.limit && walk.item(at); ) {
    const code = walk.u16(at)
    const end = at + 4 + walk.u16(at + 2)
    if (end > walk.limit) return
    const size = code === 4 ? 4 : code === 6 ? 16 : 0
    if (size !== 0)
      for (let i = at + 4; i + size <= end; i += size) push(size === 4 ? formatIpv4(walk.bytes, i) : formatIpv6(walk.bytes, i), size, i)
    at = end
  }
}

/** After the whole message was read. */
export function emitNamed(walk: Walk, detail: NameDetail): void {
  const queries = walk.state.of(queryTable)
  const question = questionHash(detail.question, detail.questionType)
  const asks = detail.message === 'query' || detail.message === 'update'
  const key = detail.service === 'llmnr' ? 0x40000000 + (asks ? walk.sourcePort : walk.destinationPort) : walk.flow
  if (detail.service !== 'mdns') {
    if (asks) queries.asked(key, detail.transaction, question, walk.time)
    else if (queries.waits(key, detail.transaction, question, walk.time)) detail.authentication = detail.signed ? 'A3u' : 'A1'
  }
  if (detail.message === 'update' && detail.signed) detail.authentication = 'A3u'
  const s = walk.newSignal(SignalKind.Named, SignalProtocol.Dns)
  s.detail = detail
  walk.emit(s)
}

/**
 * DNS messages over UDP and TCP, multicast DNS and LLMNR (RFC 1035, 6762, 4795), dynamic updates (RFC 2136) and EDNS (RFC 6891).
 * Chosen by port: a datagram whose header cannot be DNS (unknown opcode, more questions than it has room for) is declined.
 * A record that does not fit ends the message; what was read before it stands. Update responses may leave out their question.
 * Cost without a recorder: names of the records that bind addresses, one detail a message.
 */
import type { NameDetail } from '../../shared/signal-details.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { name, readName } from './names.ts'
import { dissectOptionRecord } from './options.ts'
import { recordData } from './rdata.ts'
import { addRecord, emitNamed, newDetail, type Service } from './signals.ts'
import {
  CODE_NAMES,
  dns,
  Field,
  Flag,
  Header,
  LLMNR_PORT,
  llmnr,
  MDNS_PORT,
  MULTICAST_BIT,
  mdns,
  OPCODE_NAMES,
  Opcode,
  Type,
  typeName,
} from './wire.ts'

/** in the last 16 bits of an OPT record's lifetime (RFC 3225 section 3) */
const DNSSEC_OK = 0x8000

/** A datagram's payload. */
export function dissectDns(walk: Walk, offset: number): void {
  if (!looksLikeDns(walk, offset)) {
    walk.decline()
    return
  }
  const { sourcePort, destinationPort } = walk
  if (sourcePort === MDNS_PORT || destinationPort === MDNS_PORT) message(walk, offset, offset, 'mdns')
  else if (sourcePort === LLMNR_PORT || destinationPort === LLMNR_PORT) message(walk, offset, offset, 'llmnr')
  else message(walk, offset, offset, 'dns')
}

/** A message with its length in front, as TCP carries it (RFC 1035 section 4.2.2); walk.end is its end. */
export function dissectDnsOverTcp(walk: Walk, offset: number): void {
  message(walk, offset, offset + 2, 'dns')
}

export function looksLikeDns(walk: Walk, offset: number): boolean {
  if (offset + Header.Length > walk.limit) return false
  const opcode = (walk.u8(offset + Header.Flags) >> 3) & 15
  if (OPCODE_NAMES[opcode as 0] === undefined) return false
  return walk.u16(offset + Header.Questions) * 5 <= walk.end - offset - Header.Length
}

const LAYERS = { dns, mdns, llmnr }

function message(walk: Walk, begin: number, base: number, service: Service): void {
  const layer = LAYERS[service]
  walk.layer(layer.protocol, layer.root, begin, walk.end - begin)
  if (begin < base) walk.uint(Field.length, begin, 2, walk.u16(begin))
  if (walk.need(base, Header.Length)) {
    const flags = walk.u16(base + Header.Flags)
    const detail = walk.signalling ? newDetail(service, walk.u16(base), flags) : null
    if (walk.recorder !== null) {
      recordHeader(walk, base, flags, service)
      walk.info = walk.describing
        ? `${OPCODE_NAMES[((flags >> 11) & 15) as 0] ?? 'Message'}${flags & Flag.Response ? ' response' : ''} 0x${walk.u16(base).toString(16).padStart(4, '0')}${flags & Flag.Response && (flags & 15) !== 0 ? ` ${CODE_NAMES[flags & 15] ?? flags & 15}` : ''}`
        : ''
    }
    sections(walk, base, flags, service, detail)
    if (detail !== null && !walk.state.frozen) emitNamed(walk, detail)
    walk.endLayer(-1, walk.titling ? `${TITLES[service]} (${flags & Flag.Response ? 'response' : 'query'})` : null)
    return
  }
  walk.endLayer()
}

const TITLES = { dns: 'Domain Name System', mdns: 'Multicast Domain Name System', llmnr: 'Link-local Multicast Name Resolution' }

function recordHeader(walk: Walk, base: number, flags: number, service: Service): void {
  const at = base + Header.Flags
  const response = flags & Flag.Response
  const bit = (field: number, mask: number): void => walk.uint(field, at, 2, flags & mask ? 1 : 0)
  walk.uint(Field.id, base, 2, walk.u16(base))
  walk.uint(Field.flags, at, 2, flags)
  bit(Field.response, Flag.Response)
  walk.uint(Field.opcode, at, 2, (flags >> 11) & 15)
  if (service === 'llmnr') {
    bit(Field.conflict, Flag.Authoritative)
    bit(Field.truncated, Flag.Truncated)
    bit(Field.tentative, Flag.RecursionDesired)
  } else {
    if (response) bit(Field.authoritative, Flag.Authoritative)
    bit(Field.truncated, Flag.Truncated)
    bit(Field.recursionDesired, Flag.RecursionDesired)
    if (response) bit(Field.recursionAvailable, Flag.RecursionAvailable)
    bit(Field.zero, Flag.Zero)
    if (response || flags & Flag.AuthenticData) bit(Field.authenticated, Flag.AuthenticData)
    bit(Field.checkingDisabled, Flag.CheckingDisabled)
  }
  if (response) walk.uint(Field.code, at, 2, flags & 15)
  const update = ((flags >> 11) & 15) === Opcode.Update
  const counts = update
    ? [Field.zones, Field.prerequisites, Field.updates, Field.additionals]
    : [Field.questions, Field.answers, Field.authorities, Field.additionals]
  for (let i = 0; i < 4; i++) walk.uint(counts[i] as number, base + 4 + 2 * i, 2, walk.u16(base + 4 + 2 * i))
}

const SECTIONS = ['Queries', 'Answers', 'Authoritative nameservers', 'Additional records']
const UPDATE_SECTIONS = ['Zone', 'Prerequisites', 'Updates', 'Additional records']

function sections(walk: Walk, base: number, flags: number, service: Service, detail: NameDetail | null): void {
  const update = ((flags >> 11) & 15) === Opcode.Update
  const titles = update ? UPDATE_SECTIONS : SECTIONS
  let at = base + Header.Length
  for (let section = 0; section < 4; section++) {
    const count = walk.u16(base + Header.Questions + 2 * section)
    if (count === 0) continue
    const begin = at
    walk.group(Field.section, begin, 0, titles[section] as string)
    for (let n = 0; n < count && at >= 0; n++) {
      if (n >= MAX_ITEMS) {
        walk.halt(3, at, `more than ${MAX_ITEMS} records`)
        at = -1
      } else
        at =
          section === 0
            ? question(walk, base, at, service, n === 0 ? detail : null)
            : record(walk, base, at, service, section, update, detail)
    }
    walk.endGroup(at < 0 ? -1 : at - begin)
    if (at < 0) return
    if (section === 1 && detail !== null && !update) detail.answers = detail.records.length
  }
  if (at < walk.limit) {
    walk.range(Field.extraneous, at, walk.end - at)
    walk.uint(Field.extraneousLength, at, 0, walk.end - at)
    walk.generated()
  }
}

/** Returns the offset behind the question; -1 when it could not be read. */
function question(walk: Walk, base: number, offset: number, service: Service, detail: NameDetail | null): number {
  if (!walk.item(offset) || !readName(walk, base, offset)) return -1
  const at = name.next
  const text = name.text
  const { labels, size } = name
  if (!walk.need(at, 4)) return -1
  const type = walk.u16(at)
  if (detail !== null) {
    detail.question = text
    detail.questionType = type
  }
  if (walk.recorder === null) return at + 4
  const words = walk.describing ? `${typeName(type)} ${text}` : null
  if (words !== null) walk.info += ` ${words}`
  walk.group(Field.record, offset, at + 4 - offset, words)
  walk.words(Field.queryName, offset, at - offset, text)
  walk.uint(Field.queryNameLength, offset, at - offset, size)
  walk.generated()
  walk.uint(Field.queryLabels, offset, at - offset, labels)
  walk.generated()
  walk.uint(Field.queryType, at, 2, type)
  const kind = walk.u16(at + 2)
  walk.uint(Field.queryClass, at + 2, 2, service === 'mdns' ? kind & ~MULTICAST_BIT : kind)
  if (service === 'mdns') walk.uint(Field.queryUnicast, at + 2, 2, kind & MULTICAST_BIT ? 1 : 0)
  walk.endGroup()
  return at + 4
}

/** Returns the offset behind the record; -1 when it could not be read. */
function record(
  walk: Walk,
  base: number,
  offset: number,
  service: Service,
  section: number,
  update: boolean,
  detail: NameDetail | null,
): number {
  if (!walk.item(offset) || !readName(walk, base, offset)) return -1
  const at = name.next
  const owner = name.text
  if (!walk.need(at, 10)) return -1
  const type = walk.u16(at)
  const length = walk.u16(at + 8)
  const begin = at + 10
  const end = begin + length
  const fits = end <= walk.end
  if (walk.recorder !== null) {
    const words = walk.titling ? `${owner}: type ${typeName(type)}` : null
    walk.group(Field.record, offset, end - offset, words)
    if (walk.describing && section === 1) walk.info += ` ${typeName(type)}`
    recordFixed(walk, offset, at, owner, type, service)
  }
  if (!fits) walk.malformed(at + 8, `${typeName(type)} record with ${length} bytes of data, ${walk.end - begin} bytes left`)
  const old = walk.end
  if (fits) walk.limitTo(end)
  if (type === Type.Opt) {
    if (detail !== null) {
      detail.code |= walk.u8(at + 4) << 4
      if (detail.message === 'query' && (walk.u16(at + 6) & DNSSEC_OK) !== 0) detail.wantsSignatures = true
    }
    if (walk.recorder !== null) dissectOptionRecord(walk, begin)
  } else {
    if (walk.recorder !== null) recordData(walk, base, type, begin)
    if (detail !== null && (update ? section === 2 : section !== 2)) addRecord(walk, detail, base, owner, type, walk.u32(at + 4), begin)
  }
  walk.restore(old)
  if (walk.recorder !== null) walk.endGroup()
  return fits ? end : -1
}

function recordFixed(walk: Walk, offset: number, at: number, owner: string, type: number, service: Service): void {
  const parts = type === Type.Srv ? owner.split('.') : []
  if (parts.length >= 3) {
    walk.words(Field.srvService, offset, at - offset, parts[0] as string)
    walk.words(Field.srvProtocol, offset, at - offset, parts[1] as string)
    walk.words(Field.srvName, offset, at - offset, parts.slice(2).join('.'))
  } else walk.words(Field.name, offset, at - offset, owner)
  walk.uint(Field.type, at, 2, type)
  const kind = walk.u16(at + 2)
  const multicast = service === 'mdns'
  if (type === Type.Opt) {
    walk.uint(Field.payloadSize, at + 2, 2, multicast ? kind & ~MULTICAST_BIT : kind)
    if (multicast) walk.uint(Field.cacheFlush, at + 2, 2, kind & MULTICAST_BIT ? 1 : 0)
    walk.uint(Field.extendedCode, at + 4, 1, walk.u8(at + 4))
    walk.uint(Field.ednsVersion, at + 5, 1, walk.u8(at + 5))
    const z = walk.u16(at + 6)
    walk.uint(Field.z, at + 6, 2, z)
    walk.uint(Field.dnssecOk, at + 6, 2, z >> 15)
    walk.uint(Field.zReserved, at + 6, 2, z & 0x7fff)
  } else {
    walk.uint(Field.class, at + 2, 2, multicast ? kind & ~MULTICAST_BIT : kind)
    if (multicast) walk.uint(Field.cacheFlush, at + 2, 2, kind & MULTICAST_BIT ? 1 : 0)
    walk.uint(Field.ttl, at + 4, 4, walk.u32(at + 4))
  }
  walk.uint(Field.dataLength, at + 8, 2, walk.u16(at + 8))
}

/** Options of DHCPv6 that hold no further options (RFC 8415 section 21, RFC 3646, 4649, 4704, 6603, 8520). Fields only. */
import { formatMac } from '../../shared/address.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dateText } from '../icmp/echo.ts'
import { DUID_EPOCH, Field, Message, Option } from './wire.ts'

/** Option `code` whose data are `length` bytes at `at`; walk.end is its end. */
export function recordOption(walk: Walk, code: number, at: number, length: number, type: number): void {
  switch (code) {
    case Option.ClientIdentifier:
    case Option.ServerIdentifier:
      duid(walk, at, length)
      return
    case Option.Request:
      for (let i = 0; i + 2 <= length && walk.item(at + i) && walk.need(at + i, 2); i += 2)
        walk.uint(Field.requested, at + i, 2, walk.u16(at + i))
      return
    case Option.Preference:
      if (walk.need(at, 1)) walk.uint(Field.preference, at, 1, walk.u8(at))
      return
    case Option.Elapsed:
      if (walk.need(at, 2)) walk.uint(Field.elapsed, at, 2, walk.u16(at) * 10)
      return
    case Option.Authentication:
      authentication(walk, at, length)
      return
    case Option.Status:
      if (!walk.need(at, 2)) return
      walk.uint(Field.status, at, 2, walk.u16(at))
      if (length > 2) walk.range(Field.statusText, at + 2, length - 2)
      return
    case Option.UserClass:
      counted(walk, at, Field.userLength, Field.userData)
      return
    case Option.VendorClass:
      if (!walk.need(at, 4)) return
      walk.uint(Field.vendorEnterprise, at, 4, walk.u32(at))
      counted(walk, at + 4, -1, Field.vendorData)
      return
    case Option.VendorOptions:
      vendorOptions(walk, at)
      return
    case Option.InterfaceId:
      if (length > 0) walk.range(Field.interfaceId, at, length)
      return
    case Option.ReconfigureMessage:
      if (walk.need(at, 1)) walk.uint(Field.reconfigure, at, 1, walk.u8(at))
      return
    case Option.NameServers:
    case Option.SntpServers:
      for (let i = at; i + 16 <= walk.end && walk.item(i) && walk.need(i, 16); i += 16)
        walk.range(code === Option.NameServers ? Field.nameServer : Field.sntpServer, i, 16)
      return
    case Option.SearchList:
      domains(walk, at, Field.searchEntry)
      return
    case Option.RemoteId:
      if (!walk.need(at, 4)) return
      walk.uint(Field.remoteEnterprise, at, 4, walk.u32(at))
      if (length > 4) walk.range(Field.remoteId, at + 4, length - 4)
      return
    case Option.ClientName:
      clientName(walk, at, type)
      return
    case Option.ExcludedPrefix:
      if (!walk.need(at, 2)) return
      walk.uint(Field.excludedLength, at, 1, walk.u8(at))
      walk.range(Field.excludedSubnet, at + 1, length - 1)
      return
    case Option.ManufacturerUsage:
      walk.range(Field.manufacturerUsage, at, length)
      return
    default:
      if (length > 0) walk.range(Field.optionValue, at, length)
  }
}

/** RFC 8415 section 11. */
function duid(walk: Walk, at: number, length: number): void {
  if (length === 0) return
  walk.range(Field.duid, at, length)
  if (!walk.need(at, 2)) return
  const type = walk.u16(at)
  walk.uint(Field.duidType, at, 2, type)
  if (type === 1 && walk.need(at, 8)) {
    walk.uint(Field.duidTimeHardware, at + 2, 2, walk.u16(at + 2))
    walk.words(Field.duidTime, at + 4, 4, dateText(BigInt(walk.u32(at + 4) + DUID_EPOCH) * 1_000_000_000n))
    if (length > 8) linkLayer(walk, Field.duidTimeAddress, at + 8, length - 8)
  } else if (type === 2 && walk.need(at, 6)) {
    walk.uint(Field.duidEnterprise, at + 2, 4, walk.u32(at + 2))
    walk.range(Field.duidIdentifier, at + 6, length - 6)
  } else if (type === 3 && walk.need(at, 4)) {
    walk.uint(Field.duidHardware, at + 2, 2, walk.u16(at + 2))
    if (length > 4) linkLayer(walk, Field.duidAddress, at + 4, length - 4)
  } else if (type === 4) walk.range(Field.duidUuid, at + 2, length - 2)
}

function linkLayer(walk: Walk, field: number, at: number, length: number): void {
  const captured = Math.min(length, walk.limit - at)
  if (captured > 0) walk.words(field, at, captured, formatMac(walk.bytes, at, captured))
}

/** RFC 8415 section 21.11; delayed authentication with HMAC-MD5 (RFC 3315 section 21.4.1): realm, key id and a MAC of 16 bytes. */
function authentication(walk: Walk, at: number, length: number): void {
  if (!walk.need(at, 11)) return
  const protocol = walk.u8(at)
  walk.uint(Field.authProtocol, at, 1, protocol)
  const algorithm = walk.u8(at + 1)
  walk.uint(Field.authAlgorithm, at + 1, 1, algorithm)
  walk.uint(Field.authReplayMethod, at + 2, 1, walk.u8(at + 2))
  walk.range(Field.authReplay, at + 3, 8)
  const rest = length - 11
  if (protocol === 2 && algorithm === 1 && rest >= 20 && walk.need(at + 11, rest)) {
    walk.range(Field.authRealm, at + 11, rest - 20)
    walk.uint(Field.authKey, at + length - 20, 4, walk.u32(at + length - 20))
    walk.range(Field.authMac, at + length - 16, 16)
  } else if (rest > 0) walk.range(Field.authInformation, at + 11, rest)
}

/** Items of a 16-bit length and data. */
function counted(walk: Walk, begin: number, lengthField: number, dataField: number): void {
  for (let at = begin, n = 0; at < walk.end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 2); n++) {
    const length = walk.u16(at)
    if (lengthField >= 0) walk.uint(lengthField, at, 2, length)
    if (!walk.need(at + 2, length)) return
    walk.range(dataField, at + 2, length)
    at += 2 + length
  }
}

function vendorOptions(walk: Walk, begin: number): void {
  if (!walk.need(begin, 4)) return
  walk.uint(Field.vendorOptionsEnterprise, begin, 4, walk.u32(begin))
  for (let at = begin + 4, n = 0; at < walk.end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 4); n++) {
    const length = walk.u16(at + 2)
    walk.uint(Field.vendorOptionCode, at, 2, walk.u16(at))
    walk.uint(Field.vendorOptionLength, at + 2, 2, length)
    if (!walk.need(at + 4, length)) return
    walk.range(Field.vendorOptionData, at + 4, length)
    at += 4 + length
  }
}

/** RFC 4704 section 4: the flags' meaning depends on who speaks. */
function clientName(walk: Walk, at: number, type: number): void {
  if (!walk.need(at, 1)) return
  const flags = walk.u8(at)
  walk.uint(Field.nameFlags, at, 1, flags)
  const server = type === Message.Advertise || type === Message.Reply
  walk.uint(server ? Field.serverN : Field.clientN, at, 1, (flags >> 2) & 1)
  if (server) walk.uint(Field.serverO, at, 1, (flags >> 1) & 1)
  walk.uint(server ? Field.serverS : Field.clientS, at, 1, flags & 1)
  domains(walk, at + 1, Field.clientName)
}

/**
 * Names without compression (RFC 8415 section 10). A name that is not ended by the root label is partial; one of a single label that is ended is
 * shown as a top-level name, as Wireshark does.
 */
function domains(walk: Walk, begin: number, field: number): void {
  let start = begin
  let labels: string[] = []
  const show = (end: number, whole: boolean): void => {
    if (labels.length > 0)
      walk.words(whole && labels.length === 1 ? Field.topLevel : field, start, end - start, labels.join('.') + (whole ? '.' : ''))
    labels = []
    start = end
  }
  let at = begin
  for (let n = 0; at < walk.end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 1); n++) {
    const length = walk.u8(at)
    if (length === 0) show(at + 1, true)
    else if (!walk.need(at + 1, length)) break
    else labels.push(decoder.decode(walk.bytes.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
  show(Math.min(at, walk.end), false)
}

const decoder = new TextDecoder()

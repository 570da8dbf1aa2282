/**
 * EID-to-RLOC records (RFC 9301 section 5.4, referral records: RFC 8111 section 6.4) and what one message says, for its signals.
 * Both the index pass and field passes read them: they are rare enough. At most 256 records and 256 locators are kept of a message.
 */
import type { Walk } from '../core/walk.ts'
import { Address, addressText, readAddress } from './addresses.ts'
import * as Field from './control-wire.ts'

export interface Locator {
  /** address id, -1 when it is no IP address */
  address: number
  priority: number
  weight: number
  local: boolean
  reachable: boolean
}

export interface MappingRecord {
  /** 'prefix/length' of the EIDs */
  prefix: string
  length: number
  /** offset-free copy of the prefix's address bytes, empty when it is no IP prefix */
  bytes: Uint8Array
  instance: number
  /** seconds */
  lifetime: number
  action: number
  version: number
  locators: Locator[]
}

export class Message {
  type = 0
  word = 0
  nonceHigh = 0
  nonceLow = 0
  sourceEid = ''
  algorithm = 0
  authenticated = false
  wantsNotify = false
  probe = false
  readonly requesters: number[] = []
  readonly asked: string[] = []
  readonly askedLengths: number[] = []
  readonly records: MappingRecord[] = []

  reset(type: number): void {
    this.type = type
    this.word = this.nonceHigh = this.nonceLow = this.algorithm = 0
    this.sourceEid = ''
    this.authenticated = this.wantsNotify = this.probe = false
    this.requesters.length = this.asked.length = this.askedLengths.length = this.records.length = 0
  }

  get nonce(): string {
    return this.nonceHigh.toString(16).padStart(8, '0') + this.nonceLow.toString(16).padStart(8, '0')
  }
}

const RECORD = 12
const LOCATOR = 6
const MINUTE = 60
const address = new Address()

/** Id of the IP address that was read, -1 without one; only signals want it. */
export function addressId(walk: Walk, from: Address): number {
  return from.size === 0 || !walk.signalling ? -1 : walk.state.flows.addresses.intern(walk.bytes, from.at, from.size)
}

/** The record at `at`; returns the offset behind it, -1 when it ends too early. */
export function readRecord(walk: Walk, at: number, referral: boolean, number: number, message: Message): number {
  if (!walk.item(at) || !walk.need(at, RECORD)) return -1
  const ttl = walk.u32(at)
  const count = walk.u8(at + 4)
  const length = walk.u8(at + 5)
  const flags = walk.u16(at + 6)
  const version = walk.u16(at + 8)
  walk.group(Field.mapping, at, RECORD)
  walk.uint(Field.mappingTtl, at, 4, ttl)
  walk.uint(Field.mappingLocators, at + 4, 1, count)
  walk.uint(Field.mappingLength, at + 5, 1, length)
  walk.uint(Field.mappingAction, at + 6, 2, flags >> 13)
  walk.uint(Field.mappingAuthoritative, at + 6, 2, (flags >> 12) & 1)
  if (referral) {
    walk.uint(Field.referralIncomplete, at + 6, 2, (flags >> 11) & 1)
    walk.uint(Field.mappingReserved, at + 6, 2, flags & 0x7ff)
    walk.uint(Field.referralSignatures, at + 8, 2, version >> 12)
  } else {
    walk.uint(Field.mappingReserved, at + 6, 2, flags & 0xfff)
    walk.uint(Field.mappingReserved2, at + 8, 2, version >> 12)
  }
  walk.uint(Field.mappingVersion, at + 8, 2, version & 0xfff)
  const eid = readAddress(walk, at + 10, Field.mappingEid, address)
  if (eid < 0) {
    walk.endGroup()
    return -1
  }
  const record: MappingRecord = {
    prefix: `${addressText(walk, at + 10, eid, address)}/${length}`,
    length,
    bytes: address.at < 0 ? NO_BYTES : walk.bytes.slice(address.at, address.at + address.size),
    instance: address.instance,
    lifetime: ttl * MINUTE,
    action: flags >> 13,
    version: version & 0xfff,
    locators: [],
  }
  const end = readLocators(walk, eid, count, record)
  // Without a locator a record says that there is none, which is not what one says whose locators the capture cut.
  if (end >= 0 || record.locators.length > 0) message.records.push(record)
  walk.endGroup(end < 0 ? -1 : end - at, walk.titling ? `Mapping record ${number}: ${record.prefix}` : null)
  return end
}

const NO_BYTES = new Uint8Array(0)

function readLocators(walk: Walk, begin: number, count: number, record: MappingRecord): number {
  let at = begin
  for (let n = 0; n < count; n++) {
    if (!walk.item(at) || !walk.need(at, LOCATOR + 2)) return -1
    const flags = walk.u16(at + 4)
    walk.group(Field.locator, at, LOCATOR)
    walk.uint(Field.locatorPriority, at, 1, walk.u8(at))
    walk.uint(Field.locatorWeight, at + 1, 1, walk.u8(at + 1))
    walk.uint(Field.locatorMulticastPriority, at + 2, 1, walk.u8(at + 2))
    walk.uint(Field.locatorMulticastWeight, at + 3, 1, walk.u8(at + 3))
    walk.uint(Field.locatorFlags, at + 4, 2, flags)
    walk.uint(Field.locatorReserved, at + 4, 2, flags >> 3)
    walk.uint(Field.locatorLocal, at + 4, 2, (flags >> 2) & 1)
    walk.uint(Field.locatorProbed, at + 4, 2, (flags >> 1) & 1)
    walk.uint(Field.locatorReachable, at + 4, 2, flags & 1)
    const end = readAddress(walk, at + LOCATOR, Field.locatorAddress, address)
    if (end < 0) {
      walk.endGroup()
      return -1
    }
    const text = walk.recorder === null ? '' : addressText(walk, at + LOCATOR, end, address)
    walk.words(Field.locatorText, at + LOCATOR + 2, end - at - LOCATOR - 2, text)
    walk.endGroup(end - at, walk.titling ? `Locator record ${n + 1}: ${text}` : null)
    record.locators.push({
      address: addressId(walk, address),
      priority: walk.u8(at),
      weight: walk.u8(at + 1),
      local: (flags & 4) !== 0,
      reachable: (flags & 1) !== 0,
    })
    at = end
  }
  return at
}

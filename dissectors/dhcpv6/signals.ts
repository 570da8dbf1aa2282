/**
 * Addresses and prefixes that DHCPv6 asks for, grants and takes back, as signals: one a message, with who asks and who grants.
 * DUID and IAID name the client whatever its addresses. Authentication: A3u with option 11, A1 for an answer to a transaction that was seen
 * to be asked for, else A0 (a spoofer on the link lacks nothing). At most 64 grants a message.
 */
import { formatIpv6, formatMac, parseAddress } from '../../shared/address.ts'
import type { LeaseDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { senderMac } from '../icmp/signals.ts'
import { MESSAGE_NAMES, Message, Option, STATUS_NAMES } from './wire.ts'

const MAX_GRANTS = 64
const PLACES = 1_024
/** Longest retransmission time of a request is 120 s (RFC 8415 section 7.6). */
const LIFE = 120e9

/** Transactions that were asked for, 1,024 places by their 24 (DHCPv4: 32) bits. */
export class TransactionTable {
  private readonly id = new Float64Array(PLACES).fill(-1)
  private readonly time = new Float64Array(PLACES)

  asked(id: number, time: number): void {
    const at = Math.imul(id, 0x9e3779b1) >>> 22
    this.id[at] = id
    this.time[at] = time
  }

  waits(id: number, time: number): boolean {
    const at = Math.imul(id, 0x9e3779b1) >>> 22
    return this.id[at] === id && time - (this.time[at] as number) <= LIFE
  }
}

const transactions = new StateKey<TransactionTable>('dhcpv6', () => new TransactionTable())

/** `link` is the offset of the relay's link address, -1 without a relay. */
export function newLease(walk: Walk, type: number, transaction: number, link: number): LeaseDetail {
  const fromClient = !fromServer(type)
  return {
    message: MESSAGE_NAMES[type] ?? `message ${type}`,
    version: 6,
    transaction,
    client: '',
    server: '',
    mac: fromClient && link < 0 ? senderMac(walk) : null,
    hostName: null,
    grants: [],
    routers: [],
    nameServers: [],
    status: null,
    relay: link < 0 ? null : formatIpv6(walk.bytes, link),
    authentication: 'A0',
  }
}

function fromServer(type: number): boolean {
  return type === Message.Advertise || type === Message.Reply || type === Message.Reconfigure || type === Message.RegistrationReply
}

export function grantAddress(walk: Walk, lease: LeaseDetail, at: number): void {
  if (lease.grants.length >= MAX_GRANTS) return
  lease.grants.push({
    what: 'address',
    subject: formatIpv6(walk.bytes, at),
    prefixLength: 128,
    address: walk.state.flows.addresses.intern(walk.bytes, at, 16),
    association: optionFact.association < 0 ? null : optionFact.association,
    preferred: walk.u32(at + 16),
    valid: walk.u32(at + 20),
    excluded: null,
  })
}

export function grantPrefix(walk: Walk, lease: LeaseDetail, at: number): void {
  if (lease.grants.length >= MAX_GRANTS) return
  lease.grants.push({
    what: 'prefix',
    subject: formatIpv6(walk.bytes, at + 9),
    prefixLength: walk.u8(at + 8),
    address: -1,
    association: optionFact.association < 0 ? null : optionFact.association,
    preferred: walk.u32(at),
    valid: walk.u32(at + 4),
    excluded: null,
  })
}

function hexOf(walk: Walk, at: number, length: number): string {
  let text = ''
  for (let i = at; i < at + length && i < walk.limit; i++) text += (walk.bytes[i] as number).toString(16).padStart(2, '0')
  return text
}

const decoder = new TextDecoder()

/** Facts of options that hold no further options; `association` is the one that the walk is inside of, -1 none. */
export const optionFact = {
  association: -1,
  read(walk: Walk, lease: LeaseDetail, code: number, at: number, length: number): void {
    const { bytes } = walk
    if (at + length > walk.limit) return
    switch (code) {
      case Option.ClientIdentifier:
        lease.client = hexOf(walk, at, length)
        return
      case Option.ServerIdentifier:
        lease.server = hexOf(walk, at, length)
        return
      case Option.Authentication:
        lease.authentication = 'A3u'
        return
      case Option.Status:
        if (length >= 2 && walk.u16(at) !== 0) lease.status ??= STATUS_NAMES[walk.u16(at)] ?? String(walk.u16(at))
        return
      case Option.NameServers:
        for (let i = at; i + 16 <= at + length && lease.nameServers.length < 16; i += 16) lease.nameServers.push(formatIpv6(bytes, i))
        return
      case Option.ClientName:
        if (length > 2) lease.hostName = decoder.decode(bytes.subarray(at + 2, Math.min(at + 2 + walk.u8(at + 1), at + length)))
        return
      case Option.ClientLinkLayer:
        if (length === 8) lease.mac = formatMac(bytes, at + 2)
        return
      case Option.ExcludedPrefix:
        exclude(walk, lease, at, length)
    }
  },
}

/** RFC 6603 section 4.2: the bits between the delegated prefix's length and the excluded one's, left-aligned. */
function exclude(walk: Walk, lease: LeaseDetail, at: number, length: number): void {
  const grant = lease.grants[lease.grants.length - 1]
  if (grant === undefined || grant.what !== 'prefix' || length < 2) return
  const excluded = walk.u8(at)
  const from = grant.prefixLength
  if (excluded <= from || excluded > 128 || (excluded - from + 7) >> 3 > length - 1) return
  const whole = prefixBytes(grant.subject)
  for (let bit = from; bit < excluded; bit++) {
    const index = bit - from
    const set = ((walk.bytes[at + 1 + (index >> 3)] as number) >> (7 - (index & 7))) & 1
    const mask = 0x80 >> (bit & 7)
    whole[bit >> 3] = set ? (whole[bit >> 3] as number) | mask : (whole[bit >> 3] as number) & ~mask
  }
  grant.excluded = `${formatIpv6(whole)}/${excluded}`
}

function prefixBytes(text: string): Uint8Array {
  return parseAddress(text) ?? new Uint8Array(16)
}

/** After the whole message was read. */
export function emitLeased(walk: Walk, type: number, lease: LeaseDetail): void {
  const table = walk.state.of(transactions)
  if (!fromServer(type)) table.asked(lease.transaction, walk.time)
  else if (lease.authentication === 'A0' && table.waits(lease.transaction, walk.time)) lease.authentication = 'A1'
  const s = walk.newSignal(SignalKind.Leased, SignalProtocol.Dhcp)
  s.detail = lease
  walk.emit(s)
}

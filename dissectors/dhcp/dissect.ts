/**
 * DHCPv4 messages (RFC 2131): header, options, and the lease they are about as a signal. Chosen by port: without the magic cookie, or with an
 * operation that is neither request nor reply, declined (plain BOOTP is not read). Options laid over the name fields (option 52) are not read.
 */
import { formatIpv4, formatMac } from '../../shared/address.ts'
import type { LeaseDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { StateKey } from '../core/state.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { TransactionTable } from '../dhcpv6/signals.ts'
import { COOKIE, dhcp, Field, HEADER, MESSAGE_NAMES, Option } from './wire.ts'

const transactions = new StateKey<TransactionTable>('dhcp', () => new TransactionTable())
const decoder = new TextDecoder()

export function dissectDhcp(walk: Walk, offset: number): void {
  const operation = offset < walk.limit ? walk.u8(offset) : 0
  if (offset + HEADER + 4 > walk.limit || (operation !== 1 && operation !== 2) || walk.u32(offset + HEADER) !== COOKIE) {
    walk.decline()
    return
  }
  walk.layer(dhcp.protocol, dhcp.root, offset, walk.end - offset)
  if (walk.recorder !== null) recordHeader(walk, offset)
  const lease = walk.signalling && !walk.state.frozen ? newLease(walk, offset) : null
  options(walk, offset + HEADER + 4, lease)
  if (lease !== null) emit(walk, lease, operation === 2, offset)
  walk.endLayer()
}

function recordHeader(walk: Walk, offset: number): void {
  walk.uint(Field.operation, offset, 1, walk.u8(offset))
  walk.uint(Field.hardware, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(Field.hardwareLength, offset + 2, 1, walk.u8(offset + 2))
  walk.uint(Field.hops, offset + 3, 1, walk.u8(offset + 3))
  walk.uint(Field.transaction, offset + 4, 4, walk.u32(offset + 4))
  walk.uint(Field.seconds, offset + 8, 2, walk.u16(offset + 8))
  walk.uint(Field.flags, offset + 10, 2, walk.u16(offset + 10))
  walk.uint(Field.broadcast, offset + 10, 2, walk.u16(offset + 10) >> 15)
  walk.range(Field.client, offset + 12, 4)
  walk.range(Field.yours, offset + 16, 4)
  walk.range(Field.server, offset + 20, 4)
  walk.range(Field.relay, offset + 24, 4)
  if (walk.u8(offset + 2) === 6) walk.range(Field.mac, offset + 28, 6)
  walk.range(Field.cookie, offset + HEADER, 4)
}

function newLease(walk: Walk, offset: number): LeaseDetail {
  const mac = walk.u8(offset + 2) === 6 ? formatMac(walk.bytes, offset + 28) : null
  return {
    message: 'BOOTP',
    version: 4,
    transaction: walk.u32(offset + 4),
    client: mac ?? '',
    server: '',
    mac,
    hostName: null,
    grants: [],
    routers: [],
    nameServers: [],
    status: null,
    relay: walk.u32(offset + 24) === 0 ? null : formatIpv4(walk.bytes, offset + 24),
    authentication: 'A0',
  }
}

/** What the options say of the lease at hand; -1 and 0: nothing. */
const said = { message: 0, requested: -1, seconds: -1, mask: 32, routed: false }

function options(walk: Walk, begin: number, lease: LeaseDetail | null): void {
  said.message = 0
  said.requested = -1
  said.seconds = -1
  said.mask = 32
  said.routed = false
  const end = walk.end
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 1); n++) {
    const type = walk.u8(at)
    if (type === Option.Pad) {
      at++
      continue
    }
    if (type === Option.End) {
      walk.uint(Field.optionType, at, 1, type)
      walk.uint(Field.end, at, 1, type)
      return
    }
    if (!walk.need(at, 2)) return
    const length = walk.u8(at + 1)
    walk.group(Field.option, at, 2 + length)
    walk.uint(Field.optionType, at, 1, type)
    walk.uint(Field.optionLength, at + 1, 1, length)
    if (!walk.need(at + 2, length)) {
      walk.endGroup()
      return
    }
    if (length > 0) walk.range(Field.optionValue, at + 2, length)
    option(walk, type, at + 2, length, lease)
    walk.endGroup()
    at += 2 + length
  }
}

function option(walk: Walk, type: number, at: number, length: number, lease: LeaseDetail | null): void {
  switch (type) {
    case Option.Message:
      if (length < 1) return
      said.message = walk.u8(at)
      walk.uint(Field.message, at, 1, said.message)
      if (walk.describing) walk.info = `DHCP ${MESSAGE_NAMES[said.message] ?? said.message}`
      return
    case Option.SubnetMask:
      if (length !== 4) return
      walk.range(Field.mask, at, 4)
      said.mask = 0
      for (let word = walk.u32(at); word >= 0x80000000; word = (word << 1) >>> 0) said.mask++
      return
    case Option.Router:
    case Option.NameServer:
      for (let i = at; i + 4 <= at + length && walk.item(i); i += 4) {
        walk.range(type === Option.Router ? Field.router : Field.nameServer, i, 4)
        if (lease === null) continue
        if (type === Option.Router && !said.routed) lease.routers.push(walk.state.flows.addresses.intern(walk.bytes, i, 4))
        else if (type === Option.NameServer) lease.nameServers.push(formatIpv4(walk.bytes, i))
      }
      return
    case Option.ClasslessRoutes:
      classlessRoutes(walk, at, at + length, lease)
      return
    case Option.HostName:
      walk.range(Field.hostName, at, length)
      if (lease !== null) lease.hostName = decoder.decode(walk.bytes.subarray(at, at + length))
      return
    case Option.RequestedAddress:
      if (length !== 4) return
      walk.range(Field.requested, at, 4)
      said.requested = at
      return
    case Option.LeaseTime:
      if (length !== 4) return
      walk.uint(Field.leaseTime, at, 4, walk.u32(at))
      said.seconds = walk.u32(at)
      return
    case Option.Server:
      if (length !== 4) return
      walk.range(Field.serverId, at, 4)
      if (lease !== null) lease.server = formatIpv4(walk.bytes, at)
      return
    case Option.RequestList:
      for (let i = 0; i < length && walk.item(at + i); i++) walk.uint(Field.requestItem, at + i, 1, walk.u8(at + i))
      return
    case Option.RenewalTime:
    case Option.RebindingTime:
      if (length === 4) walk.uint(type === Option.RenewalTime ? Field.renewal : Field.rebinding, at, 4, walk.u32(at))
      return
    case Option.Client:
      if (lease !== null && length > 1) lease.client = formatMac(walk.bytes, at, length)
      return
    case Option.Authentication:
      if (lease !== null) lease.authentication = 'A3u'
  }
}

/** RFC 3442: a prefix in as many bytes as it needs, and its router. With this option there, routers of the other one do not count. */
function classlessRoutes(walk: Walk, begin: number, end: number, lease: LeaseDetail | null): void {
  const routers: number[] = []
  for (let at = begin; at < end && walk.item(at); ) {
    const prefix = walk.u8(at)
    const size = (prefix + 7) >> 3
    const router = at + 1 + size
    if (prefix > 32 || router + 4 > end) {
      walk.malformed(at, prefix > 32 ? `route to a prefix of ${prefix} bits` : `route of ${end - at} bytes, ${5 + size} are needed`)
      break
    }
    if (walk.recorder !== null) {
      const network = new Uint8Array(4)
      network.set(walk.bytes.subarray(at + 1, router))
      walk.words(Field.route, at, 5 + size, `${formatIpv4(network, 0)}/${prefix} via ${formatIpv4(walk.bytes, router)}`)
    }
    if (lease !== null && prefix === 0) routers.push(walk.state.flows.addresses.intern(walk.bytes, router, 4))
    at = router + 4
  }
  said.routed = true
  if (lease !== null) lease.routers = routers
}

/** The address: yours in replies; asked for, or already the client's own, in requests. */
function emit(walk: Walk, lease: LeaseDetail, reply: boolean, offset: number): void {
  const name = MESSAGE_NAMES[said.message]
  if (name !== undefined) lease.message = name
  const own = walk.u32(offset + 12) !== 0 ? offset + 12 : -1
  const at = reply ? (walk.u32(offset + 16) !== 0 ? offset + 16 : own) : said.requested >= 0 ? said.requested : own
  if (at >= 0)
    lease.grants.push({
      what: 'address',
      subject: formatIpv4(walk.bytes, at),
      prefixLength: said.mask,
      address: walk.state.flows.addresses.intern(walk.bytes, at, 4),
      association: null,
      preferred: null,
      valid: said.seconds < 0 ? null : said.seconds,
      excluded: null,
    })
  if (said.message === 6) lease.status = 'NAK'
  const table = walk.state.of(transactions)
  if (!reply) table.asked(lease.transaction, walk.time)
  else if (lease.authentication === 'A0' && table.waits(lease.transaction, walk.time)) lease.authentication = 'A1'
  const s = walk.newSignal(SignalKind.Leased, SignalProtocol.Dhcp)
  s.detail = lease
  walk.emit(s)
}

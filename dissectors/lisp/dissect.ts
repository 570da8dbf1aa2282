/**
 * LISP as a tunnel: the data header in front of the packet between endpoint identifiers, and the encapsulated control message in front
 * of the control datagram that it carries. Other control messages are declined: they stay plain datagrams under port 4342.
 * Chosen by port: bytes without an IP packet of fitting version behind the header are declined.
 */
import { lookupEthertype } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import {
  DATA_HEADER,
  DataFlag,
  dataDestinationVersion,
  dataFlagEcho,
  dataFlagInstance,
  dataFlagNonce,
  dataFlagReserved,
  dataFlagStatus,
  dataFlags,
  dataFlagVersion,
  dataInstance,
  dataMapVersion,
  dataNonce,
  dataSourceVersion,
  dataStatusBits,
  dataStatusByte,
  ENCAPSULATED,
  ecmDelegated,
  ecmReserved,
  ecmSecurity,
  lisp,
  lispData,
  lispType,
} from './wire.ts'

export function dissectLispData(walk: Walk, offset: number): void {
  const ethertype = ipBehind(walk, offset + DATA_HEADER)
  if (ethertype === 0) {
    walk.decline()
    return
  }
  walk.layer(lispData.protocol, lispData.root, offset, DATA_HEADER)
  if (walk.recorder !== null) recordData(walk, offset)
  walk.endLayer()
  walk.next(lookupEthertype(ethertype) ?? leftover, offset + DATA_HEADER)
}

function recordData(walk: Walk, offset: number): void {
  const flags = walk.u8(offset)
  const first = walk.u24(offset + 1)
  walk.uint(dataFlags, offset, 1, flags)
  walk.uint(dataFlagNonce, offset, 1, flags & DataFlag.Nonce ? 1 : 0)
  walk.uint(dataFlagStatus, offset, 1, flags & DataFlag.StatusBits ? 1 : 0)
  walk.uint(dataFlagEcho, offset, 1, flags & DataFlag.EchoNonce ? 1 : 0)
  walk.uint(dataFlagVersion, offset, 1, flags & DataFlag.MapVersion ? 1 : 0)
  walk.uint(dataFlagInstance, offset, 1, flags & DataFlag.Instance ? 1 : 0)
  walk.uint(dataFlagReserved, offset, 1, flags & 7)
  if (flags & DataFlag.MapVersion) {
    walk.uint(dataMapVersion, offset + 1, 3, first)
    walk.uint(dataSourceVersion, offset + 1, 3, first >> 12)
    walk.uint(dataDestinationVersion, offset + 1, 3, first & 0xfff)
  } else if (flags & DataFlag.Nonce) walk.uint(dataNonce, offset + 1, 3, first)
  if (flags & DataFlag.Instance) {
    walk.uint(dataInstance, offset + 4, 3, walk.u24(offset + 4))
    if (flags & DataFlag.StatusBits) walk.uint(dataStatusByte, offset + 7, 1, walk.u8(offset + 7))
  } else if (flags & DataFlag.StatusBits) walk.uint(dataStatusBits, offset + 4, 4, walk.u32(offset + 4))
}

export function dissectLispControl(walk: Walk, offset: number): void {
  const encapsulated = offset + 4 <= walk.limit && walk.u8(offset) >> 4 === ENCAPSULATED
  const ethertype = encapsulated ? ipBehind(walk, offset + 4) : 0
  if (ethertype === 0) {
    walk.decline()
    return
  }
  const word = walk.u32(offset)
  walk.layer(lisp.protocol, lisp.root, offset, 4)
  walk.uint(lispType, offset, 3, ENCAPSULATED)
  walk.uint(ecmSecurity, offset, 4, (word >>> 27) & 1)
  walk.uint(ecmDelegated, offset, 4, (word >>> 26) & 1)
  walk.uint(ecmReserved, offset, 4, word & 0x3ffffff)
  walk.endLayer()
  walk.next(lookupEthertype(ethertype) ?? leftover, offset + 4)
}

/** Ethertype of the IP packet at `at`, 0 when there is none. */
function ipBehind(walk: Walk, at: number): number {
  if (at + 20 > walk.limit) return 0
  const version = walk.u8(at) >> 4
  return version === 4 ? 0x0800 : version === 6 ? 0x86dd : 0
}

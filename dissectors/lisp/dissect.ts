/**
 * LISP as a tunnel (RFC 9300 section 5): the data header in front of the packet between endpoint identifiers.
 * Chosen by port: bytes without an IP packet behind the header are declined.
 */
import { lookupEthertype } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { emitData } from './data-signals.ts'
import {
  DATA_HEADER,
  DataFlag,
  dataDestinationVersion,
  dataEchoInvalid,
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
  dataVersionInvalid,
  lispData,
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
  if (walk.signalling && walk.addressSize !== 0) emitData(walk, offset)
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
  if (flags & DataFlag.EchoNonce && !(flags & DataFlag.Nonce)) {
    walk.group(dataEchoInvalid, offset, 1)
    walk.endGroup()
  }
  if (flags & DataFlag.Nonce && flags & DataFlag.MapVersion) {
    walk.group(dataVersionInvalid, offset, 1)
    walk.endGroup()
  }
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

/** Ethertype of the IP packet at `at`, 0 when there is none. */
export function ipBehind(walk: Walk, at: number): number {
  if (at + 20 > walk.limit) return 0
  const version = walk.u8(at) >> 4
  return version === 4 ? 0x0800 : version === 6 ? 0x86dd : 0
}

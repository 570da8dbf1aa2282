/** Node information queries and replies (RFC 4620 sections 4 to 6). Only for field passes. */
import type { Walk } from '../core/walk.ts'
import { readName } from './text.ts'
import {
  icmpv6Data,
  nodeAddress,
  nodeFlagFields,
  nodeFlags,
  nodeFlagsReserved,
  nodeIpv4,
  nodeName,
  nodeNonce,
  nodeQueryType,
  nodeSubjectIpv4,
  nodeSubjectIpv6,
  nodeSubjectName,
  nodeTtl,
  Type,
} from './wire.ts'

const SUBJECT_IPV6 = 0
const SUBJECT_NAME = 1
const SUBJECT_IPV4 = 2
const QUERY_NAME = 2
const QUERY_ADDRESSES = 3
const QUERY_IPV4 = 4

/** `at` is behind the checksum. */
export function recordNodeInformation(walk: Walk, at: number, type: number, code: number): void {
  if (!walk.need(at, 12)) return
  const kind = walk.u16(at)
  const flags = walk.u16(at + 2)
  walk.uint(nodeQueryType, at, 2, kind)
  walk.uint(nodeFlags, at + 2, 2, flags)
  for (let i = 0; i < nodeFlagFields.length; i++) walk.uint(nodeFlagFields[i] as number, at + 2, 2, (flags >> (5 - i)) & 1)
  walk.uint(nodeFlagsReserved, at + 2, 2, flags >> 6)
  walk.uint64(nodeNonce, at + 4)
  const data = at + 12
  if (data >= walk.end) return
  if (type === Type.NodeQuery) subject(walk, data, code)
  else reply(walk, data, kind)
}

function subject(walk: Walk, at: number, code: number): void {
  if (code === SUBJECT_IPV6) {
    if (walk.need(at, 16)) walk.range(nodeSubjectIpv6, at, 16)
  } else if (code === SUBJECT_IPV4) {
    if (walk.need(at, 4)) walk.range(nodeSubjectIpv4, at, 4)
  } else if (code === SUBJECT_NAME) {
    const name = readName(walk, at, walk.end)
    if (name !== null) walk.words(nodeSubjectName, at, name.size, name.text)
  } else walk.range(icmpv6Data, at, walk.end - at)
}

function reply(walk: Walk, begin: number, kind: number): void {
  if (kind === QUERY_NAME) {
    if (!walk.need(begin, 4)) return
    walk.uint(nodeTtl, begin, 4, walk.u32(begin))
    if (begin + 4 >= walk.end) return
    const name = readName(walk, begin + 4, walk.end)
    if (name !== null) walk.words(nodeName, begin + 4, name.size, name.text)
    return
  }
  const size = kind === QUERY_ADDRESSES ? 16 : kind === QUERY_IPV4 ? 4 : 0
  if (size === 0) {
    walk.range(icmpv6Data, begin, walk.end - begin)
    return
  }
  for (let at = begin; at + 4 + size <= walk.end; at += 4 + size) {
    if (!walk.item(at) || !walk.need(at, 4 + size)) return
    walk.uint(nodeTtl, at, 4, walk.u32(at))
    walk.range(size === 16 ? nodeAddress : nodeIpv4, at + 4, size)
  }
}

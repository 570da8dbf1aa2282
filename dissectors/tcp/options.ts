/**
 * The options of a TCP header (RFC 9293 section 3.2): fields of each, and what signals need of them (SACK blocks, window scale, MPTCP).
 * An option whose length is below 2 or runs past the header ends the list as malformed; a wrong length for its kind is reported and skipped.
 * In the index pass the usual timestamps-only block costs one comparison.
 */
import { Stop, type Walk } from '../core/walk.ts'
import { dissectMptcpOption, nameOf } from '../mptcp/dissect.ts'
import type { MptcpScan } from '../mptcp/state.ts'
import { M, MPTCP } from '../mptcp/wire.ts'
import { dissectProfilePart } from '../profile/dissect.ts'
import { PROFILES } from '../profile/table.ts'
import { F, OPTION_NAMES, OptionKind } from './wire.ts'

/** What the segment's options said; reused. */
export class OptionScan {
  /** -1: none */
  windowScale = -1
  sackBlocks = 0
  sackOffset = 0
  /** with a recorder: what relative SACK edges count from (0: show them raw), and the acknowledgment they go with */
  sackBase = 0
  acknowledgment = 0
  /** words for the info line, only with a recorder */
  text = ''
}

const NAMES = OPTION_NAMES as Readonly<Record<number, string>>

/** Walks `begin..end`. */
export function dissectOptions(walk: Walk, begin: number, end: number, flags: number, scan: OptionScan, mptcp: MptcpScan): void {
  scan.windowScale = -1
  scan.sackBlocks = 0
  mptcp.count = 0
  mptcp.dss = false
  if (scan.text !== '') scan.text = ''
  if (begin >= end) return
  const bytes = walk.bytes
  let at = begin
  if (walk.recorder !== null) walk.range(F.options, begin, end - begin)
  else if (
    begin + 12 <= end &&
    end <= walk.limit &&
    bytes[begin] === OptionKind.NoOperation &&
    bytes[begin + 1] === OptionKind.NoOperation &&
    bytes[begin + 2] === OptionKind.Timestamps &&
    bytes[begin + 3] === 10
  )
    at += 12
  while (at < end) {
    if (!walk.item(at) || !walk.need(at, 1)) return
    const kind = bytes[at] as number
    if (kind <= OptionKind.NoOperation) {
      if (walk.recorder !== null) single(walk, at, kind)
      at++
      if (kind === OptionKind.NoOperation) continue
      // What follows the end is padding; zero bytes show as further ends, as long as there are any.
      while (walk.recorder !== null && at < end && walk.need(at, 1) && bytes[at] === 0 && walk.item(at)) single(walk, at++, kind)
      return
    }
    if (at + 2 > end) {
      walk.malformed(at, `option ${kind} has no length`)
      return
    }
    if (!walk.need(at, 2)) return
    const length = bytes[at + 1] as number
    const wrong = length < 2 || at + length > end
    const size = wrong ? end - at : length
    // An MPTCP option is a layer of its own, so that it shows as the packet's protocol and answers the filter 'mptcp'.
    if (kind === OptionKind.Mptcp) walk.layer(MPTCP, M.root, at, size)
    else if (walk.recorder !== null)
      walk.group(F.option, at, size, `TCP option: ${NAMES[kind] ?? `kind ${kind}`}${wrong ? ` with length ${length}` : ''}`)
    if (walk.recorder !== null && !wrong) {
      walk.uint(F.optionKind, at, 1, kind)
      walk.uint(F.optionLength, at + 1, 1, length)
    }
    if (wrong) walk.malformed(at + 1, `option ${kind} has length ${length}, ${end - at} bytes are left in the header`)
    else if (walk.need(at, length)) option(walk, kind, at, length, flags, scan, mptcp)
    else if (kind === OptionKind.Timestamps && length === 10 && at + 6 <= walk.limit)
      walk.uint(F.timestampValue, at + 2, 4, walk.u32(at + 2))
    if (walk.recorder !== null && kind === OptionKind.Mptcp && !wrong && length > 2 && at + 2 < walk.limit)
      walk.endLayer(-1, `Multipath Transmission Control Protocol: ${nameOf(walk.u8(at + 2) >> 4)}`)
    else walk.endGroup()
    if (wrong || walk.stop === Stop.Cut || walk.stop === Stop.Limit) return
    at += length
  }
}

function single(walk: Walk, at: number, kind: number): void {
  walk.group(F.option, at, 1, `TCP option: ${NAMES[kind]}`)
  walk.uint(F.optionKind, at, 1, kind)
  walk.endGroup()
}

/** Says that an option of this kind cannot have this length; true when it can. */
function sized(walk: Walk, at: number, kind: number, length: number, expected: number): boolean {
  if (length === expected) return true
  walk.malformed(at + 1, `${NAMES[kind]} option of ${length} bytes, ${expected} expected`)
  return false
}

function option(walk: Walk, kind: number, at: number, length: number, flags: number, scan: OptionScan, mptcp: MptcpScan): void {
  switch (kind) {
    case OptionKind.MaximumSegmentSize:
      if (!sized(walk, at, kind, length, 4)) return
      walk.uint(F.mss, at + 2, 2, walk.u16(at + 2))
      if (walk.recorder !== null) scan.text += ` MSS=${walk.u16(at + 2)}`
      return
    case OptionKind.WindowScale: {
      if (!sized(walk, at, kind, length, 3)) return
      const shift = walk.u8(at + 2)
      // RFC 7323 section 2.3: a shift above 14 counts as 14.
      scan.windowScale = shift > 14 ? 14 : shift
      walk.uint(F.scaleShift, at + 2, 1, shift)
      walk.uint(F.scaleMultiplier, at + 2, 1, 1 << scan.windowScale)
      walk.generated()
      if (walk.recorder !== null) scan.text += ` WS=${1 << scan.windowScale}`
      return
    }
    case OptionKind.SackPermitted:
      if (sized(walk, at, kind, length, 2) && walk.recorder !== null) scan.text += ' SACK_PERM'
      return
    case OptionKind.Sack:
      sack(walk, at, length, scan)
      return
    case OptionKind.Timestamps:
      if (!sized(walk, at, kind, length, 10)) return
      walk.uint(F.timestampValue, at + 2, 4, walk.u32(at + 2))
      walk.uint(F.timestampEcho, at + 6, 4, walk.u32(at + 6))
      if (walk.recorder !== null) scan.text += ` TSval=${walk.u32(at + 2)} TSecr=${walk.u32(at + 6)}`
      return
    case OptionKind.Mptcp:
      dissectMptcpOption(walk, at, length, flags, mptcp)
      return
    default:
      if (walk.recorder !== null) rare(walk, kind, at, length)
  }
}

/** RFC 2018 section 3; RFC 2883: a first block at or below the acknowledgment is a duplicate report. */
function sack(walk: Walk, at: number, length: number, scan: OptionScan): void {
  const blocks = (length - 2) >> 3
  if (length !== 2 + blocks * 8 || blocks === 0) {
    walk.malformed(at + 1, `SACK option of ${length} bytes, 2 + 8 for each block expected`)
    return
  }
  scan.sackBlocks = blocks
  scan.sackOffset = at + 2
  if (walk.recorder === null) return
  for (let i = 0; i < blocks; i++) {
    const from = at + 2 + i * 8
    const left = walk.u32(from)
    const right = walk.u32(from + 4)
    const relativeLeft = (left - scan.sackBase) >>> 0
    const relativeRight = (right - scan.sackBase) >>> 0
    if (i === 0 && ((right - scan.acknowledgment) | 0) <= 0) {
      walk.uint(F.duplicateSackLeft, from, 4, relativeLeft)
      walk.uint(F.duplicateSackRight, from + 4, 4, relativeRight)
    }
    walk.uint(F.sackLeft, from, 4, relativeLeft)
    walk.uint(F.sackRight, from + 4, 4, relativeRight)
    scan.text += ` SLE=${relativeLeft} SRE=${relativeRight}`
  }
  walk.uint(F.sackCount, at + 2, length - 2, blocks)
  walk.generated()
}

/** Options without any part in following a connection: fields only. */
function rare(walk: Walk, kind: number, at: number, length: number): void {
  switch (kind) {
    case OptionKind.Echo:
    case OptionKind.EchoReply:
      if (sized(walk, at, kind, length, 6)) walk.uint(F.echo, at + 2, 4, walk.u32(at + 2))
      return
    case OptionKind.ConnectionCount:
    case OptionKind.ConnectionCountNew:
    case OptionKind.ConnectionCountEcho:
      if (sized(walk, at, kind, length, 6)) walk.uint(F.connectionCount, at + 2, 4, walk.u32(at + 2))
      return
    case OptionKind.Md5Signature:
      if (sized(walk, at, kind, length, 18)) walk.range(F.md5, at + 2, 16)
      return
    case OptionKind.QuickStart:
      if (!sized(walk, at, kind, length, 8)) return
      walk.uint(F.quickStartRate, at + 2, 1, walk.u8(at + 2) & 0x0f)
      walk.uint(F.quickStartTtl, at + 3, 1, walk.u8(at + 3))
      return
    case OptionKind.UserTimeout:
      if (!sized(walk, at, kind, length, 4)) return
      walk.uint(F.userTimeoutGranularity, at + 2, 2, walk.u16(at + 2) >> 15)
      walk.uint(F.userTimeout, at + 2, 2, walk.u16(at + 2) & 0x7fff)
      return
    case OptionKind.Authentication:
      if (length < 4) {
        walk.malformed(at + 1, `${NAMES[kind]} of ${length} bytes, at least 4 expected`)
        return
      }
      walk.uint(F.authenticationKey, at + 2, 1, walk.u8(at + 2))
      walk.uint(F.authenticationNextKey, at + 3, 1, walk.u8(at + 3))
      if (length > 4) walk.range(F.authenticationMac, at + 4, length - 4)
      return
    case OptionKind.FastOpen:
      if (length > 2) walk.range(F.fastOpenCookie, at + 2, length - 2)
      else {
        walk.group(F.fastOpenRequest, at, 2)
        walk.endGroup()
      }
      return
    case OptionKind.AccurateEcn0:
    case OptionKind.AccurateEcn1: {
      // The two orders differ in which ECT counter comes first.
      const straight = kind === OptionKind.AccurateEcn0
      if (length >= 5) walk.uint(straight ? F.ecnEe0b : F.ecnEe1b, at + 2, 3, walk.u24(at + 2))
      if (length >= 8) walk.uint(F.ecnEceb, at + 5, 3, walk.u24(at + 5))
      if (length >= 11) walk.uint(straight ? F.ecnEe1b : F.ecnEe0b, at + 8, 3, walk.u24(at + 8))
      return
    }
    case OptionKind.Experiment1:
    case OptionKind.Experiment2:
      if (profiled(walk, kind, at, length)) return
      if (length >= 4) walk.uint(F.experimentId, at + 2, 2, walk.u16(at + 2))
      if (length > 4) walk.range(F.experimentData, at + 4, length - 4)
      return
    default:
      if (profiled(walk, kind, at, length)) return
      if (length > 2) walk.range(F.unknownPayload, at + 2, length - 2)
  }
}

/** Does a decode-as profile take the option? */
function profiled(walk: Walk, kind: number, at: number, length: number): boolean {
  const table = walk.state.of(PROFILES)
  return !table.empty && dissectProfilePart(walk, at + 2, at + length, table.tcpOptions.get(kind))
}

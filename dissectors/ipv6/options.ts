/**
 * Hop-by-hop and destination options (RFC 8200 section 4.2-4.3, 4.6): fields of each. The home address (RFC 6275 section 6.3) becomes
 * the checksum's source; a jumbo payload length (RFC 2675) is handed back. An option that runs past its header is malformed, ends the list.
 */
import { Extension, MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dissectProfilePart } from '../profile/dissect.ts'
import { PROFILES } from '../profile/table.ts'
import {
  OPTION_NAMES,
  Option,
  type OptionsHeaderFields,
  option,
  optionAction,
  optionChange,
  optionHomeAddress,
  optionIlnpNonce,
  optionJumbo,
  optionLength,
  optionPadN,
  optionPmtuFlag,
  optionPmtuMinimum,
  optionPmtuReturn,
  optionRest,
  optionRouterAlert,
  optionRplFlags,
  optionRplInstance,
  optionRplRank,
  optionTunnelLimit,
  optionType,
  optionUnknown,
} from './wire.ts'

/** The header at `offset`, `size` bytes long, its first eight proven to be there. Returns the jumbo payload length, 0 without one, -1 when the list is broken. */
export function dissectOptionsHeader(walk: Walk, fields: OptionsHeaderFields, offset: number, size: number): number {
  walk.present(fields.protocol)
  walk.group(fields.root, offset, size)
  walk.uint(fields.next, offset, 1, walk.u8(offset))
  walk.uint(fields.length, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(fields.octets, offset + 1, 1, size)
  walk.generated()
  let jumbo = 0
  const end = Math.min(offset + size, walk.limit)
  let at = offset + 2
  for (let n = 0; at < end && n < MAX_ITEMS && walk.item(at); n++) {
    const type = walk.u8(at)
    if (type === Option.Pad1) {
      walk.group(option, at, 1, walk.recorder === null ? null : 'Pad1')
      recordType(walk, at, type)
      walk.endGroup()
      at++
      continue
    }
    const length = at + 1 < end ? walk.u8(at + 1) : -1
    if (length < 0 || at + 2 + length > end) {
      // A header that is cut was told already; else the option is longer than its header.
      const what = length < 0 ? 'has no length: its header ends' : `has length ${length}, ${end - at - 2} bytes of its header are left`
      walk.malformed(at, `option ${type} ${what}`)
      recordType(walk, at, type)
      if (length >= 0) walk.uint(optionLength, at + 1, 1, length)
      jumbo = -1
      break
    }
    walk.group(option, at, 2 + length, walk.recorder === null ? null : (OPTION_NAMES[type] ?? `Option 0x${type.toString(16)}`))
    recordType(walk, at, type)
    walk.uint(optionLength, at + 1, 1, length)
    const value = body(walk, type, at + 2, length)
    if (value > 0) jumbo = value
    walk.endGroup()
    at += 2 + length
  }
  walk.endGroup()
  return jumbo
}

function recordType(walk: Walk, at: number, type: number): void {
  if (walk.recorder === null) return
  walk.uint(optionType, at, 1, type)
  walk.uint(optionAction, at, 1, type >> 6)
  walk.uint(optionChange, at, 1, (type >> 5) & 1)
  walk.uint(optionRest, at, 1, type & 31)
}

function body(walk: Walk, type: number, at: number, length: number): number {
  switch (type) {
    case Option.PadN:
      if (length > 0) walk.range(optionPadN, at, length)
      else walk.words(optionPadN, at, 0, '<none>')
      return 0
    case Option.RouterAlert:
      if (length === 2) walk.uint(optionRouterAlert, at, 2, walk.u16(at))
      return 0
    case Option.TunnelLimit:
      if (length === 1) walk.uint(optionTunnelLimit, at, 1, walk.u8(at))
      return 0
    case Option.Jumbo:
      if (length !== 4) return 0
      walk.uint(optionJumbo, at, 4, walk.u32(at))
      return walk.u32(at)
    case Option.HomeAddress:
      if (length !== 16) return 0
      walk.range(optionHomeAddress, at, 16)
      walk.checksumSource = at
      walk.extensions |= Extension.HomeAddress
      return 0
    case Option.IlnpNonce:
      if (length === 0) return 0
      walk.range(optionIlnpNonce, at, length)
      walk.extensions |= Extension.Nonce
      walk.nonce = at
      walk.nonceLength = length
      return 0
    case Option.MinimumPmtu:
      if (length !== 4) return 0
      walk.uint(optionPmtuMinimum, at, 2, walk.u16(at))
      walk.uint(optionPmtuReturn, at + 2, 2, walk.u16(at + 2) & 0xfffe)
      walk.uint(optionPmtuFlag, at + 3, 1, walk.u8(at + 3) & 1)
      return 0
    case Option.Rpl:
    case Option.OldRpl:
      if (length < 4) return 0
      walk.uint(optionRplFlags, at, 1, walk.u8(at))
      walk.uint(optionRplInstance, at + 1, 1, walk.u8(at + 1))
      walk.uint(optionRplRank, at + 2, 2, walk.u16(at + 2))
      return 0
    default: {
      const table = walk.state.of(PROFILES)
      if (!table.empty && dissectProfilePart(walk, at, at + length, table.destinationOptions.get(type))) return 0
      if (length > 0) walk.range(optionUnknown, at, length)
      return 0
    }
  }
}

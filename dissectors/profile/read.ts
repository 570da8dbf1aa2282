/**
 * Reads bytes by a profile: bit by bit, in the order of its fields. What the bytes are too short for ends the reading and is said. At most 1,000
 * values a message. Returns what the roles mean; records every value when a recorder is attached.
 */
import { formatAddress } from '../../shared/address.ts'
import type { Profile, ProfileField } from '../../shared/profile.ts'
import type { Walk } from '../core/walk.ts'
import { Field } from './wire.ts'

export interface ReadMessage {
  type: number | null
  tag: string
  /** low 32 bits of the tag */
  tagNumber: number
  nonce: string
  serial: number | null
  identifiers: string[]
  /** offset and size of each address; a prefix of 64 bits has size 8 */
  locators: { offset: number; size: number }[]
  removed: { offset: number; size: number }[]
  preference: number | null
  lifetime: number | null
  mac: boolean
  /** values of a hash chain; offset and size as above */
  anchors: { offset: number; size: number }[]
  /** where the last field ended */
  end: number
  whole: boolean
}

const SIZES: Partial<Record<ProfileField['kind'], number>> = { ipv4: 32, ipv6: 128, iid: 64, prefix64: 64 }
const MAX_VALUES = 1000

export function readMessage(walk: Walk, profile: Profile, begin: number, end: number): ReadMessage {
  const message: ReadMessage = {
    type: null,
    tag: '',
    tagNumber: 0,
    nonce: '',
    serial: null,
    identifiers: [],
    locators: [],
    removed: [],
    preference: null,
    lifetime: null,
    mac: false,
    anchors: [],
    end: begin,
    whole: true,
  }
  const numbers = new Map<string, number>()
  const last = Math.min(end, walk.limit)
  let bit = begin * 8
  let values = 0
  for (const field of profile.fields) {
    const times = repeats(field, numbers)
    for (let n = 0; n < times; n++) {
      const bits = SIZES[field.kind] ?? (field.lenFrom === undefined ? (field.bits ?? 0) : (numbers.get(field.lenFrom) ?? 0) * 8)
      if (field.repeat === 'end' && (bit + bits > last * 8 || bits === 0)) break
      if (bit + bits > last * 8 || ++values > MAX_VALUES || !walk.item(bit >> 3)) {
        message.end = Math.min(last, (bit + 7) >> 3)
        message.whole = false
        return message
      }
      take(walk, field, bit, bits, message, numbers)
      bit += bits
    }
  }
  message.end = (bit + 7) >> 3
  return message
}

function repeats(field: ProfileField, numbers: ReadonlyMap<string, number>): number {
  if (field.repeat === undefined) return 1
  if (field.repeat === 'end') return MAX_VALUES
  return typeof field.repeat === 'number' ? field.repeat : Math.min(MAX_VALUES, numbers.get(field.repeat) ?? 0)
}

function take(walk: Walk, field: ProfileField, bit: number, bits: number, message: ReadMessage, numbers: Map<string, number>): void {
  const offset = bit >> 3
  const size = ((bit + bits + 7) >> 3) - offset
  const number = field.kind === 'uint' ? bitsOf(walk.bytes, bit, bits) : 0
  if (field.kind === 'uint') numbers.set(field.name, number)
  const aligned = (bit & 7) === 0
  switch (field.role) {
    case 'msgType':
      message.type = number
      break
    case 'tag':
      message.tag = hexOf(walk.bytes, bit, bits)
      message.tagNumber = field.kind === 'uint' ? number >>> 0 : bitsOf(walk.bytes, bit + Math.max(0, bits - 32), Math.min(32, bits))
      break
    case 'nonce':
      message.nonce = hexOf(walk.bytes, bit, bits)
      break
    case 'serial':
      message.serial = number >>> 0
      break
    case 'identifier':
      if (message.identifiers.length < 8) message.identifiers.push(hexOf(walk.bytes, bit, bits))
      break
    case 'locator':
      if (aligned && message.locators.length < 64) message.locators.push({ offset, size })
      break
    case 'locatorRemove':
      if (aligned && message.removed.length < 64) message.removed.push({ offset, size })
      break
    case 'lifetime':
      message.lifetime = number
      break
    case 'preference':
      message.preference = number
      break
    case 'hashAnchor':
      if (aligned && message.anchors.length < 8) message.anchors.push({ offset, size })
      break
    case 'mac':
      message.mac = true
      break
  }
  if (walk.recorder !== null) record(walk, field, offset, size, number, hexOf(walk.bytes, bit, bits))
}

function record(walk: Walk, field: ProfileField, offset: number, size: number, number: number, hex: string): void {
  const address = field.kind === 'ipv4' || field.kind === 'ipv6'
  const shown = field.kind === 'uint' ? String(number) : address ? formatAddress(walk.bytes, offset, size as 4 | 16) : hex
  walk.words(Field.field, offset, size, `${field.name}: ${shown}`)
  if (field.role === 'locator' || field.role === 'locatorRemove') {
    if (field.kind === 'ipv4') walk.range(Field.locator4, offset, 4)
    else if (field.kind === 'ipv6') walk.range(Field.locator6, offset, 16)
  } else if (field.role === 'lifetime') walk.uint(Field.lifetime, offset, size, number >>> 0)
  else if (field.role === 'preference') walk.uint(Field.preference, offset, size, number >>> 0)
  else {
    const bytes = field.role === undefined ? undefined : AS_BYTES[field.role]
    if (bytes !== undefined) walk.range(bytes, offset, size)
  }
}

const AS_BYTES: Partial<Record<NonNullable<ProfileField['role']>, number>> = {
  tag: Field.tag,
  serial: Field.serial,
  nonce: Field.nonce,
  identifier: Field.identifier,
  mac: Field.mac,
  hashAnchor: Field.anchor,
}

/** Up to 53 bits exactly; of more the low ones count. */
function bitsOf(bytes: Uint8Array, bit: number, bits: number): number {
  let value = 0
  for (let i = bit; i < bit + bits; i++) value = (value * 2 + (((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1)) % 2 ** 53
  return value
}

function hexOf(bytes: Uint8Array, bit: number, bits: number): string {
  let text = ''
  const end = bit + Math.min(bits, 512)
  for (let at = bit; at < end; at += 8)
    text += bitsOf(bytes, at, Math.min(8, end - at))
      .toString(16)
      .padStart(2, '0')
  return text
}

/**
 * Shim6 options (RFC 5533 section 5.15, RFC 5534 section 5.3): fields and facts. walk.end is where an option's content ends.
 * Refuses counts that do not fit their option. Cost: a switch and a handful of reads; addresses are checked in `verify.ts`.
 */
import type { Walk } from '../core/walk.ts'
import { Cga, prefixesAt } from './addresses.ts'
import type { Shim6Facts } from './facts.ts'
import { ownershipWords } from './verify.ts'
import { Field, Option } from './wire.ts'

const LIST_FIXED = 5

export function optionContent(walk: Walk, facts: Shim6Facts, type: number, offset: number): void {
  const length = walk.end - offset
  switch (type) {
    case Option.ResponderValidator:
      if (length > 0) walk.range(Field.validator, offset, length)
      return
    case Option.LocatorList:
      locatorList(walk, facts, offset)
      return
    case Option.LocatorPreferences:
      preferences(walk, facts, offset)
      return
    case Option.CgaParameters:
      cgaParameters(walk, facts, offset, length)
      return
    case Option.CgaSignature:
      facts.signatureAt = offset
      facts.signatureEnd = walk.end
      if (length > 0) walk.range(Field.cgaSignature, offset, length)
      return
    case Option.UlidPair:
      if (!walk.need(offset, 36)) return
      facts.ulidsAt = offset + 4
      walk.range(Field.reserved2, offset, 4)
      walk.range(Field.senderUlid, offset + 4, 16)
      walk.range(Field.receiverUlid, offset + 20, 16)
      return
    case Option.ForkedInstance:
      if (!walk.need(offset, 4)) return
      facts.forked = walk.u32(offset)
      walk.uint(Field.forkedInstance, offset, 4, facts.forked)
      return
    case Option.KeepaliveTimeout:
      if (!walk.need(offset, 4)) return
      walk.range(Field.reserved2, offset, 2)
      walk.uint(Field.keepaliveTimeout, offset + 2, 2, walk.u16(offset + 2))
      return
    default:
      if (length > 0) walk.range(Field.content, offset, length)
  }
}

/** Methods come first, one byte each, padded so that the locators begin at a multiple of 8 (section 5.15.2). */
function locatorList(walk: Walk, facts: Shim6Facts, offset: number): void {
  if (!walk.need(offset, LIST_FIXED)) return
  const generation = walk.u32(offset)
  const count = walk.u8(offset + 4)
  const methods = offset + LIST_FIXED
  const padding = (15 - (count % 8)) % 8
  const begin = methods + count + padding
  walk.uint(Field.generation, offset, 4, generation)
  walk.uint(Field.locatorCount, offset + 4, 1, count)
  if (begin + count * 16 > walk.end) {
    walk.malformed(offset + 4, `${count} locators need ${begin + count * 16 - offset} bytes, the option has ${walk.end - offset}`)
    return
  }
  if (!walk.need(offset, begin + count * 16 - offset)) return
  const found = []
  for (let i = 0; i < count && walk.item(methods + i); i++) {
    walk.uint(Field.method, methods + i, 1, walk.u8(methods + i))
    found.push({ at: begin + i * 16, method: walk.u8(methods + i) })
  }
  if (padding > 0) walk.range(Field.padding, methods + count, padding)
  facts.generation = generation
  facts.locators = found
  facts.listAt = offset
  facts.listEnd = begin + count * 16
  if (walk.recorder === null) return
  const words = walk.wants(Field.locatorCheck) ? ownershipWords(walk, facts) : []
  for (let i = 0; i < found.length; i++) {
    walk.range(Field.locator, begin + i * 16, 16)
    if (words[i] === undefined) continue
    walk.words(Field.locatorCheck, begin + i * 16, 16, words[i] as string)
    walk.generated()
  }
}

/** One element a locator of the list of this generation; flags, priority and weight as far as the element goes (section 5.15.3). */
function preferences(walk: Walk, facts: Shim6Facts, offset: number): void {
  if (!walk.need(offset, LIST_FIXED)) return
  const size = walk.u8(offset + 4)
  facts.preferencesGeneration = walk.u32(offset)
  walk.uint(Field.generation, offset, 4, facts.preferencesGeneration)
  walk.uint(Field.elementLength, offset + 4, 1, size)
  if (size === 0) {
    walk.malformed(offset + 4, 'elements of no length')
    return
  }
  for (let at = offset + LIST_FIXED; at + size <= walk.end && walk.item(at) && walk.need(at, size); at += size) {
    const flags = walk.u8(at)
    const priority = size > 1 ? walk.u8(at + 1) : 0
    const weight = size > 2 ? walk.u8(at + 2) : 0
    if (facts.preferences.length < 255) facts.preferences.push({ flags, priority, weight })
    walk.uint(Field.flags, at, 1, flags)
    if (size > 1) walk.uint(Field.priority, at + 1, 1, priority)
    if (size > 2) walk.uint(Field.weight, at + 2, 1, weight)
  }
}

function cgaParameters(walk: Walk, facts: Shim6Facts, offset: number, length: number): void {
  facts.parametersAt = offset
  facts.parametersEnd = walk.end
  if (length > 0) walk.range(Field.cgaParameters, offset, length)
  if (walk.recorder === null || length < Cga.PublicKey || !walk.need(offset, length)) return
  walk.range(Field.cgaModifier, offset + Cga.Modifier, 16)
  walk.range(Field.cgaPrefix, offset + Cga.SubnetPrefix, 8)
  walk.uint(Field.cgaCollisions, offset + Cga.CollisionCount, 1, walk.u8(offset + Cga.CollisionCount))
  for (const at of prefixesAt(walk.bytes.subarray(offset, offset + length))) walk.range(Field.hbaPrefix, offset + at, 8)
}

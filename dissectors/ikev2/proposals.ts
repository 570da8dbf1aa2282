/**
 * The SA payload: proposals, their transforms, and the attributes of those (RFC 7296 section 3.3; version 1: RFC 2408 sections 3.4 to 3.6,
 * RFC 2409 appendix A). The nesting is fixed: a proposal or transform whose length leaves its container ends the list.
 */

import { hexOf } from '../core/hex.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import type { IkeState } from './state.ts'
import { attribute1Fields, Field, Payload } from './wire.ts'

const ESP = 3
const KEY_LENGTH = 14

export function securityAssociation(walk: Walk, state: IkeState, begin: number): void {
  let at = begin
  if (state.message.version === 1) {
    if (!walk.need(at, 8)) return
    walk.uint(Field.doi, at, 4, walk.u32(at))
    const situation = walk.u32(at + 4)
    walk.range(Field.situation, at + 4, 4)
    walk.uint(Field.situationIdentity, at + 4, 4, situation & 1)
    walk.uint(Field.situationSecrecy, at + 4, 4, (situation >> 1) & 1)
    walk.uint(Field.situationIntegrity, at + 4, 4, (situation >> 2) & 1)
    at += 8
  }
  list(walk, state, at, Payload.Proposal)
}

/** Proposals or transforms, each with next, reserved and length in front; `next` 0 is the last one. */
function list(walk: Walk, state: IkeState, begin: number, type: number): void {
  let at = begin
  for (let n = 0; at < walk.end && n < MAX_ITEMS; n++) {
    if (!walk.item(at) || !walk.need(at, 8)) return
    const next = walk.u8(at)
    const length = walk.u16(at + 2)
    const end = walk.end
    if (length < 8 || at + length > end) {
      walk.malformed(at + 2, `${type === Payload.Proposal ? 'proposal' : 'transform'} of ${length} bytes, ${end - at} bytes left`)
      return
    }
    walk.limitTo(at + length)
    walk.group(Field.payload, at, length, type === Payload.Proposal ? 'Proposal' : 'Transform')
    walk.uint(Field.payloadType, at, 0, type)
    walk.generated()
    walk.uint(Field.nextPayload, at, 1, next)
    walk.range(Field.reserved, at + 1, 1)
    walk.uint(Field.payloadLength, at + 2, 2, length)
    if (type === Payload.Proposal) proposal(walk, state, at + 4)
    else if (state.message.version === 1) transformV1(walk, at + 4)
    else transform(walk, at + 4)
    walk.endGroup()
    walk.restore(end)
    if (next === 0) return
    at += length
  }
}

function proposal(walk: Walk, state: IkeState, at: number): void {
  const protocol = walk.u8(at + 1)
  const spiSize = walk.u8(at + 2)
  walk.uint(Field.proposalNumber, at, 1, walk.u8(at))
  walk.uint(Field.proposalProtocol, at + 1, 1, protocol)
  walk.uint(Field.spiSize, at + 2, 1, spiSize)
  walk.uint(Field.proposalTransforms, at + 3, 1, walk.u8(at + 3))
  if (spiSize > 0) {
    if (!walk.need(at + 4, spiSize)) return
    walk.range(Field.spi, at + 4, spiSize)
    const { childSpis } = state.message
    if (protocol === ESP && spiSize === 4 && childSpis.length < 16) {
      const spi = `0x${hexOf(walk.bytes, at + 4, at + 8)}`
      if (!childSpis.includes(spi)) childSpis.push(spi)
    }
  }
  list(walk, state, at + 4 + spiSize, Payload.Transform)
}

const TRANSFORM_FIELDS: Readonly<Record<number, number>> = {
  1: Field.encryption,
  2: Field.prf,
  3: Field.integrity,
  4: Field.group,
  5: Field.sequenceNumbers,
}

function transform(walk: Walk, at: number): void {
  const type = walk.u8(at)
  walk.uint(Field.transformType, at, 1, type)
  walk.range(Field.reserved, at + 1, 1)
  walk.uint(TRANSFORM_FIELDS[type] ?? Field.otherTransform, at + 2, 2, walk.u16(at + 2))
  attributes(walk, at + 4, true)
}

function transformV1(walk: Walk, at: number): void {
  walk.uint(Field.transformNumber, at, 1, walk.u8(at))
  walk.uint(Field.transformId, at + 1, 1, walk.u8(at + 1))
  walk.range(Field.reserved, at + 2, 2)
  attributes(walk, at + 4, false)
}

/** RFC 7296 section 3.3.5: type and value, or with the first bit 0 type, length and value. */
function attributes(walk: Walk, begin: number, version2: boolean): void {
  for (let at = begin; at < walk.end; ) {
    if (!walk.item(at) || !walk.need(at, 4)) return
    const short = walk.u8(at) >> 7
    const type = walk.u16(at) & 0x7fff
    const length = short === 1 ? 2 : walk.u16(at + 2)
    const value = short === 1 ? at + 2 : at + 4
    if (value + length > walk.end) {
      walk.malformed(at + 2, `attribute of ${length} bytes, ${walk.end - value} bytes left`)
      return
    }
    if (walk.recorder !== null) {
      walk.group(version2 ? Field.attribute2 : Field.attribute1, at, value + length - at)
      walk.uint(version2 ? Field.attribute2Format : Field.attribute1Format, at, 2, short)
      walk.uint(version2 ? Field.attribute2Type : Field.attribute1Type, at, 2, type)
      if (short === 0) walk.uint(version2 ? Field.attribute2Length : Field.attribute1Length, at + 2, 2, length)
      if (length > 0) {
        walk.range(version2 ? Field.attribute2Value : Field.attribute1Value, value, length)
        const own = version2 ? (type === KEY_LENGTH ? Field.keyLength : undefined) : attribute1Fields[type]
        if (own !== undefined && (length === 2 || length === 4))
          walk.uint(own, value, length, length === 2 ? walk.u16(value) : walk.u32(value))
      }
      walk.endGroup()
    }
    at = value + length
  }
}

/** Prefix SID attribute (RFC 8669) with the SRv6 services of RFC 9252 sections 2 and 3. Fields only. */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { Field } from './wire.ts'

const SRV6_L3 = 5
const SRV6_L2 = 6
const SID_INFORMATION = 1
const SID_STRUCTURE = 1

/** Type of 8 bits, length of 16, value: `read` gets the value inside its limits. */
function values(
  walk: Walk,
  begin: number,
  typeField: number,
  lengthField: number,
  read: (type: number, at: number, length: number) => void,
): void {
  const end = walk.end
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 3); n++) {
    const type = walk.u8(at)
    const length = walk.u16(at + 1)
    walk.uint(typeField, at, 1, type)
    walk.uint(lengthField, at + 1, 2, length)
    if (at + 3 + length > end) {
      walk.malformed(at + 1, `value of ${length} bytes, ${end - at - 3} bytes left`)
      return
    }
    walk.limitTo(at + 3 + length)
    read(type, at + 3, length)
    walk.restore(end)
    at += 3 + length
  }
}

export function prefixSid(walk: Walk, begin: number): void {
  if (walk.recorder === null) return
  values(walk, begin, Field.sidType, Field.sidLength, (type, at, length) => {
    if ((type !== SRV6_L3 && type !== SRV6_L2) || length < 1) {
      if (length > 0) walk.range(Field.data, at, length)
      return
    }
    walk.range(Field.sidReserved, at, 1)
    values(walk, at + 1, Field.sidSubType, Field.sidSubLength, (sub, from, size) => {
      if (sub === SID_INFORMATION && size >= 21) information(walk, from)
      else if (size > 0) walk.range(Field.data, from, size)
    })
  })
}

function information(walk: Walk, at: number): void {
  if (!walk.need(at, 21)) return
  walk.range(Field.sidSubReserved, at, 1)
  walk.range(Field.sid, at + 1, 16)
  walk.uint(Field.sidFlags, at + 17, 1, walk.u8(at + 17))
  walk.uint(Field.sidBehavior, at + 18, 2, walk.u16(at + 18))
  walk.range(Field.sidInnerReserved, at + 20, 1)
  values(walk, at + 21, Field.sidInnerType, Field.sidInnerLength, (type, from, length) => {
    if (type !== SID_STRUCTURE || length < 6 || !walk.need(from, 6)) return
    const fields = [
      Field.sidBlock,
      Field.sidNode,
      Field.sidFunction,
      Field.sidArgument,
      Field.sidTranspositionLength,
      Field.sidTranspositionOffset,
    ]
    fields.forEach((field, i) => {
      walk.uint(field, from + i, 1, walk.u8(from + i))
    })
  })
}

/**
 * Bytes as lower-case hexadecimal digits, for identifiers that signals and texts carry. One string a call, made at once: put together digit by digit
 * it would be a tree of strings, flattened when it becomes a key.
 */
const MOST = 64
const digits = new Uint8Array(2 * MOST)
/** the first n bytes' digits, by n */
const views = Array.from({ length: MOST + 1 }, (_, n) => digits.subarray(0, 2 * n))
const decoder = new TextDecoder()

function digit(value: number): number {
  return value < 10 ? 48 + value : 87 + value
}

export function hexOf(bytes: Uint8Array, begin: number, end: number): string {
  let text = ''
  for (let from = begin; from < end; from += MOST) {
    const to = from + MOST < end ? from + MOST : end
    for (let i = from, at = 0; i < to; i++) {
      const byte = bytes[i] as number
      digits[at++] = digit(byte >> 4)
      digits[at++] = digit(byte & 15)
    }
    const part = decoder.decode(views[to - from] as Uint8Array)
    text = text === '' ? part : text + part
  }
  return text
}

/** A copy of bytes. `slice` of a Node Buffer is a view of the same memory, and memories here may be Buffers. */
export function copyBytes(bytes: Uint8Array, begin = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(begin, end))
}

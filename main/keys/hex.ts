/** Hexadecimal digits to bytes, for key files. Null for an odd number of digits, anything else than digits, or nothing at all. */
export function hexBytes(text: string): Uint8Array | null {
  if (text.length === 0 || text.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(text)) return null
  return new Uint8Array(Buffer.from(text, 'hex'))
}

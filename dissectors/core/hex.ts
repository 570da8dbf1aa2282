/** Bytes as lower-case hexadecimal digits, for identifiers that signals and texts carry. A string a call: never per packet. */
export function hexOf(bytes: Uint8Array, begin: number, end: number): string {
  let text = ''
  for (let i = begin; i < end; i++) text += (bytes[i] as number).toString(16).padStart(2, '0')
  return text
}

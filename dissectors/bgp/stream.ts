/** Units of BGP in a TCP stream: a marker of 16 times 0xff, then the length (RFC 4271 section 4.1). A message can be found again by its marker. */
import { HEADER, MARKER, MESSAGE_NAMES } from './wire.ts'

/** For `overStream`: bytes of the message at `offset`; 0 when none can begin there. */
export function bgpLength(bytes: Uint8Array, offset: number): number {
  for (let i = 0; i < MARKER; i++) if (bytes[offset + i] !== 0xff) return 0
  const length = ((bytes[offset + MARKER] as number) << 8) | (bytes[offset + MARKER + 1] as number)
  return length < HEADER || MESSAGE_NAMES[bytes[offset + MARKER + 2] as number] === undefined ? 0 : length
}

/** The next whole header of a message; -1 when there is none. */
export function findMessage(bytes: Uint8Array, offset: number, end: number): number {
  let run = 0
  for (let at = offset; at < end; at++) {
    run = bytes[at] === 0xff ? run + 1 : 0
    if (run < MARKER) continue
    const begin = at - MARKER + 1
    if (begin + HEADER <= end && bgpLength(bytes, begin) > 0) return begin
  }
  return -1
}

/** Units of DNS over TCP (RFC 1035 section 4.2.2): two bytes of length, then a message whose header has to make sense. */
import { Header, OPCODE_NAMES } from './wire.ts'

/** For `overStream`: bytes of the unit at `offset`, 0 when it cannot be DNS. The length and the message's header are there. */
export function dnsLength(bytes: Uint8Array, offset: number): number {
  const word = (at: number): number => ((bytes[offset + at] as number) << 8) | (bytes[offset + at + 1] as number)
  const length = word(0)
  if (length < Header.Length) return 0
  const opcode = (word(2 + Header.Flags) >> 11) & 15
  return OPCODE_NAMES[opcode as 0] === undefined || word(2 + Header.Questions) * 5 > length - Header.Length ? 0 : 2 + length
}

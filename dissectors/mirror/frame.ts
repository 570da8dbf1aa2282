/** Where a mirrored frame begins, for who compares frames without dissecting them. Same formats as `dissect.ts`; reads at most 40 bytes. */
import { ERSPAN, ERSPAN_3, ERSPAN_3_SIZE, ERSPAN_SIZE, PLATFORM_SIZE, Tag, TZSP_ETHERNET, TZSP_HEADER, TZSP_PORT } from './wire.ts'

const GRE = 47
const UDP = 17

/**
 * `network` is where an outermost IP header stands in `memory`, with 20 bytes at least (IPv6: 40) before `end`. Offset of the Ethernet frame that
 * ERSPAN or TZSP carries in it; -1 when they carry none.
 */
export function mirroredFrame(memory: Uint8Array, network: number, end: number): number {
  const four = (memory[network] as number) >> 4 === 4
  const protocol = memory[four ? network + 9 : network + 6]
  if (protocol !== GRE && protocol !== UDP) return -1
  const upper = network + (four ? ((memory[network] as number) & 15) * 4 : 40)
  return protocol === GRE ? behindGre(memory, upper, end) : behindUdp(memory, upper, end)
}

function behindGre(memory: Uint8Array, gre: number, end: number): number {
  if (end - gre < 4) return -1
  const flags = memory[gre] as number
  const type = ((memory[gre + 2] as number) << 8) | (memory[gre + 3] as number)
  // Checksum, key and sequence number take four bytes each; routing is of nobody's.
  const at = gre + 4 + ((flags & 0x80) >> 5) + ((flags & 0x20) >> 3) + ((flags & 0x10) >> 2)
  if (type === ERSPAN) return (flags & 0x10) === 0 ? at : at + ERSPAN_SIZE
  // A type III mirror of IP packets has no frame.
  if (type !== ERSPAN_3 || end - at < ERSPAN_3_SIZE || ((memory[at + 10] as number) & 0x7c) !== 0) return -1
  return at + ERSPAN_3_SIZE + ((memory[at + 11] as number) & 1) * PLATFORM_SIZE
}

function behindUdp(memory: Uint8Array, udp: number, end: number): number {
  const begin = udp + 8 + TZSP_HEADER
  if (end < begin || (((memory[udp + 2] as number) << 8) | (memory[udp + 3] as number)) !== TZSP_PORT) return -1
  if (memory[begin - 4] !== 1 || (memory[begin - 3] as number) > 1 || memory[begin - 1] !== TZSP_ETHERNET) return -1
  for (let at = begin; at < end; ) {
    const tag = memory[at] as number
    if (tag === Tag.End) return at + 1
    at += tag === Tag.Padding ? 1 : 2 + (memory[at + 1] as number)
  }
  return -1
}

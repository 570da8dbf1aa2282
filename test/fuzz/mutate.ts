/**
 * A seeded mutator of packets: the same seed gives the same packets on every machine.
 * Bit flips, cuts, length-field tweaks, splices of two packets, doubled stretches: what breaks dissectors in the field.
 */

/** Mulberry32: small, fast, and the same everywhere. */
export function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = a
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface Mutation {
  bytes: Uint8Array
  /** length on the wire: longer than the bytes when the packet was cut by the capture */
  wire: number
  /** what was done, for the words of a failure */
  how: string
}

const INTERESTING = [0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 20, 40, 0x7f, 0x80, 0xff]

/** One mutant of `packet`; `other` is another packet to splice with. */
export function mutate(packet: Uint8Array, other: Uint8Array, next: () => number): Mutation {
  const at = (n: number): number => Math.floor(next() * n)
  const bytes = packet.slice()
  const kind = at(7)
  if (bytes.length === 0) return { bytes, wire: at(2) * 1500, how: 'empty' }
  if (kind === 0) {
    const flips = 1 + at(8)
    for (let i = 0; i < flips; i++) {
      const k = at(bytes.length)
      bytes[k] = (bytes[k] as number) ^ (1 << at(8))
    }
    return { bytes, wire: bytes.length, how: `${flips} bit flips` }
  }
  if (kind === 1) {
    const length = at(bytes.length)
    // Half of the cuts are the capture's (the wire length stays), half are the sender's.
    return { bytes: bytes.slice(0, length), wire: next() < 0.5 ? bytes.length : length, how: `cut at ${length}` }
  }
  if (kind === 2) {
    const k = at(bytes.length)
    const value = INTERESTING[at(INTERESTING.length)] as number
    bytes[k] = value
    return { bytes, wire: bytes.length, how: `byte ${k} = ${value}` }
  }
  if (kind === 3 && bytes.length >= 2) {
    const k = at(bytes.length - 1)
    const value = next() < 0.5 ? at(65536) : (((bytes[k] as number) << 8) | (bytes[k + 1] as number)) + at(9) - 4
    bytes[k] = (value >> 8) & 255
    bytes[k + 1] = value & 255
    return { bytes, wire: bytes.length, how: `16 bits at ${k} = ${value & 65535}` }
  }
  if (kind === 4) {
    const head = at(bytes.length)
    const tail = at(other.length + 1)
    const joined = new Uint8Array(head + other.length - tail)
    joined.set(bytes.subarray(0, head))
    joined.set(other.subarray(tail), head)
    return { bytes: joined, wire: joined.length, how: `splice ${head}+${tail}` }
  }
  if (kind === 5) {
    const from = at(bytes.length)
    const length = 1 + at(Math.min(64, bytes.length - from))
    const times = 1 + at(40)
    const grown = new Uint8Array(bytes.length + length * times)
    grown.set(bytes.subarray(0, from))
    for (let i = 0; i < times; i++) grown.set(bytes.subarray(from, from + length), from + i * length)
    grown.set(bytes.subarray(from), from + length * times)
    return { bytes: grown, wire: grown.length, how: `${length} bytes at ${from} ${times} times more` }
  }
  const from = at(bytes.length)
  const length = 1 + at(16)
  for (let i = from; i < Math.min(bytes.length, from + length); i++) bytes[i] = at(256)
  return { bytes, wire: bytes.length, how: `${length} random bytes at ${from}` }
}

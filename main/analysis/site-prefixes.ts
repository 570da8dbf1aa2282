/** Prefixes as text and bytes: masking, covering, longest match. Addresses are small; nothing here is on a packet's path. */
import { formatAddress, parseAddress } from '../../shared/address.ts'

/** 'address/length' with the host bits cleared; null when either is none. */
export function maskedPrefix(address: string, length: number): string | null {
  const bytes = parseAddress(address)
  if (bytes === null || !Number.isInteger(length) || length < 0 || length > bytes.length * 8) return null
  return `${formatAddress(clear(bytes, length), 0, bytes.length)}/${length}`
}

function clear(bytes: Uint8Array, length: number): Uint8Array {
  const out = bytes.slice()
  for (let i = 0; i < out.length; i++) {
    const kept = length - i * 8
    if (kept <= 0) out[i] = 0
    else if (kept < 8) out[i] = (out[i] as number) & (0xff00 >> kept)
  }
  return out
}

interface ReadPrefix {
  base: Uint8Array
  length: number
}

/** Prefixes as read from their text, for every prefix is asked for many addresses; emptied when it is full. */
const read = new Map<string, ReadPrefix | null>()
const MAX_READ = 4096

function readPrefix(prefix: string): ReadPrefix | null {
  const known = read.get(prefix)
  if (known !== undefined) return known
  const slash = prefix.lastIndexOf('/')
  const base = parseAddress(prefix.slice(0, slash))
  const length = Number(prefix.slice(slash + 1))
  const made = base === null || !Number.isInteger(length) ? null : { base, length }
  if (read.size >= MAX_READ) read.clear()
  read.set(prefix, made)
  return made
}

/** Length of `prefix` when it covers `address`, else -1. */
export function coverLength(prefix: string, address: Uint8Array): number {
  const found = readPrefix(prefix)
  if (found === null || found.base.length !== address.length) return -1
  const { base, length } = found
  for (let i = 0; i < base.length; i++) {
    const kept = length - i * 8
    const mask = kept >= 8 ? 0xff : kept <= 0 ? 0 : (0xff00 >> kept) & 0xff
    if (((address[i] as number) & mask) !== base[i]) return -1
  }
  return length
}

/** Link-local, loopback, multicast, unspecified: never a prefix that an exit serves. */
export function isLocalScope(address: Uint8Array): boolean {
  const a = address[0] as number
  const b = address[1] as number
  if (address.length === 4) return a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254)
  if (a === 0xff || (a === 0xfe && (b & 0xc0) === 0x80)) return true
  for (let i = 0; i < 15; i++) if (address[i] !== 0) return false
  return (address[15] as number) <= 1
}

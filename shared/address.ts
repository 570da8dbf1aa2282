/** Addresses as text: RFC 5952 for IPv6, dotted decimal for IPv4, colon-separated hex for link-layer addresses. */

/** `size` is 4 or 16; bytes are read from `offset`. */
export function formatAddress(bytes: Uint8Array, offset: number, size: number): string {
  return size === 4 ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset)
}

export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset] ?? 0}.${bytes[offset + 1] ?? 0}.${bytes[offset + 2] ?? 0}.${bytes[offset + 3] ?? 0}`
}

/** RFC 5952 section 4: lower case, longest run of two or more zero groups compressed (first on a tie), IPv4-mapped as dotted. */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[offset + i] ?? 0) << 8) | (bytes[offset + i + 1] ?? 0))
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; ) {
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > bestLength) {
      best = i
      bestLength = j - i
    }
    i = j === i ? i + 1 : j
  }
  if (best === 0 && bestLength === 5 && groups[5] === 0xffff) return `::ffff:${formatIpv4(bytes, offset + 12)}`
  const hex = (list: number[]): string => list.map((g) => g.toString(16)).join(':')
  if (best < 0) return hex(groups)
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`
}

/** An address that stands for many: nobody in particular is expected to answer. null for one host's, and for broadcasts of a prefix, which only the link layer tells. */
export function groupKind(text: string | undefined): 'multicast' | 'broadcast' | null {
  if (text === undefined) return null
  if (text === '255.255.255.255') return 'broadcast'
  if (text.includes(':')) return /^ff[0-9a-f]{2}:/i.test(text) ? 'multicast' : null
  const first = Number.parseInt(text, 10)
  return first >= 224 && first < 240 ? 'multicast' : null
}

/** Parses IPv4 or IPv6 text to 4 or 16 bytes; null when it is neither. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const out = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i] as string
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null
    out[i] = Number(part)
  }
  return out
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const expand = (half: string): number[] | null => {
    if (half === '') return []
    const groups: number[] = []
    const parts = half.split(':')
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string
      if (i === parts.length - 1 && part.includes('.')) {
        const four = parseIpv4(part)
        if (four === null) return null
        groups.push(((four[0] as number) << 8) | (four[1] as number), ((four[2] as number) << 8) | (four[3] as number))
      } else {
        if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null
        groups.push(Number.parseInt(part, 16))
      }
    }
    return groups
  }
  const head = expand(halves[0] as string)
  const tail = halves.length === 2 ? expand(halves[1] as string) : []
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  const out = new Uint8Array(16)
  for (let i = 0; i < 8; i++) {
    const g = groups[i] as number
    out[i * 2] = g >> 8
    out[i * 2 + 1] = g & 255
  }
  return out
}

/** Colon-separated lower-case hex, as Wireshark prints Ethernet addresses. */
export function formatMac(bytes: Uint8Array, offset = 0, size = 6): string {
  let out = ''
  for (let i = 0; i < size; i++) out += (i ? ':' : '') + (bytes[offset + i] ?? 0).toString(16).padStart(2, '0')
  return out
}

/** A 48-bit number as an Ethernet address; '?' for a negative one. */
export function macText(value: number): string {
  if (value < 0) return '?'
  return value
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:')
}

/** Six colon-separated bytes as a 48-bit number; -1 when the text is none. */
export function macNumber(text: string | null): number {
  return text !== null && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? Number.parseInt(text.replaceAll(':', ''), 16) : -1
}

/**
 * The parts of a pcapng file that are no packets: options, interface descriptions, name resolution, statistics, secrets
 * (draft-ietf-opsawg-pcapng sections 3.5, 4.2, 4.5, 4.6, 4.7). Refuses nothing: options that run out of their block end the list,
 * lengths that do not fit an option leave it out. Cost: once a block; only comments of packets are read in the packet loop.
 */
import { formatIpv4, formatIpv6, formatMac } from '../../shared/address.ts'
import { linkCommentMark, linkLogLimit } from './link-comment.ts'
import type { CaptureInterface, FileFacts } from './types.ts'

/** Names and secrets that are kept of one file, so that no file fills the memory with them. */
const nameLimit = 100_000
const secretBytesLimit = 64 * 1024 * 1024
const captureCommentLimit = 1_000
/** Options in one block that are looked at (the house limit for lists). */
const optionLimit = 1_000

/** Longer option texts are cut: nobody reads them. */
const textBytesLimit = 16_384

const decoder = new TextDecoder('utf-8')

/** Option text: UTF-8, not terminated; some writers add a NUL all the same. */
export function optionText(memory: Uint8Array, begin: number, end: number): string {
  let stop = Math.min(end, begin + textBytesLimit)
  while (stop > begin && memory[stop - 1] === 0) stop--
  return decoder.decode(memory.subarray(begin, stop))
}

/** Calls `visit` for each option of [begin, end) until the end-of-options mark; false when the list was damaged. */
export function eachOption(
  view: DataView,
  begin: number,
  end: number,
  little: boolean,
  visit: (code: number, begin: number, end: number) => void,
): boolean {
  let position = begin
  for (let item = 0; item < optionLimit; item++) {
    if (position === end) return true
    if (end - position < 4) return false
    const code = view.getUint16(position, little)
    const length = view.getUint16(position + 2, little)
    if (code === 0) return length === 0
    const next = position + 4 + length
    if (next > end) return false
    visit(code, position + 4, next)
    position = Math.min(end, (next + 3) & ~3)
  }
  return true
}

export function readSectionOptions(
  memory: Uint8Array,
  view: DataView,
  begin: number,
  end: number,
  little: boolean,
  facts: FileFacts,
): boolean {
  return eachOption(view, begin, end, little, (code, from, to) => {
    const text = optionText(memory, from, to)
    if (code === 1) addComment(facts, text)
    else if (code === 2) facts.hardware ??= text
    else if (code === 3) facts.os ??= text
    else if (code === 4) facts.application ??= text
  })
}

function addComment(facts: FileFacts, text: string): void {
  if (text !== '' && facts.comments.length < captureCommentLimit) facts.comments.push(text)
}

/** if_tsresol (section 4.2): the high bit tells a power of two from a power of ten. */
function ticksPerSecond(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f)
  return (resolution & 0x80) !== 0 ? 1n << exponent : 10n ** exponent
}

export function readInterface(
  memory: Uint8Array,
  view: DataView,
  begin: number,
  end: number,
  little: boolean,
  id: number,
  facts: FileFacts,
): { description: CaptureInterface; sound: boolean } {
  const description: CaptureInterface = {
    id,
    name: null,
    description: null,
    linkType: view.getUint16(begin, little),
    snaplen: view.getUint32(begin + 4, little),
    addresses: [],
    mac: null,
    filter: null,
    hardware: null,
    os: null,
    ticksPerSecond: 1_000_000n,
    offsetSeconds: 0n,
    packets: 0,
    dropped: null,
    received: null,
  }
  const sound = eachOption(view, begin + 8, end, little, (code, from, to) => {
    const length = to - from
    if (code === 1) addComment(facts, optionText(memory, from, to))
    else if (code === 2) description.name = optionText(memory, from, to)
    else if (code === 3) description.description = optionText(memory, from, to)
    else if (code === 4 && length === 8) description.addresses.push(`${formatIpv4(memory, from)}/${maskLength(view.getUint32(from + 4))}`)
    else if (code === 5 && length === 17) description.addresses.push(`${formatIpv6(memory, from)}/${memory[from + 16]}`)
    else if (code === 6 && length === 6) description.mac = formatMac(memory, from)
    else if (code === 7 && length === 8) description.mac ??= formatMac(memory, from, 8)
    else if (code === 9 && length === 1) description.ticksPerSecond = ticksPerSecond(memory[from] as number)
    else if (code === 11 && length > 1 && memory[from] === 0) description.filter = optionText(memory, from + 1, to)
    else if (code === 12) description.os = optionText(memory, from, to)
    else if (code === 14 && length === 8) description.offsetSeconds = view.getBigInt64(from, little)
    else if (code === 15) description.hardware = optionText(memory, from, to)
  })
  return { description, sound }
}

function maskLength(mask: number): number {
  let bits = 0
  for (let rest = mask >>> 0; rest !== 0; rest = (rest << 1) >>> 0) bits++
  return bits
}

/** Interface statistics (section 4.6). Counters run from the start of the capture: the last block of an interface counts. */
export function readStatistics(view: DataView, begin: number, end: number, little: boolean, target: CaptureInterface): boolean {
  let interfaceDrops: number | null = null
  let systemDrops: number | null = null
  const sound = eachOption(view, begin, end, little, (code, from, to) => {
    if (to - from !== 8) return
    const value = Number(view.getBigUint64(from, little))
    if (code === 4) target.received = value
    else if (code === 5) interfaceDrops = value
    else if (code === 7) systemDrops = value
  })
  if (interfaceDrops !== null || systemDrops !== null) target.dropped = (interfaceDrops ?? 0) + (systemDrops ?? 0)
  return sound
}

/** Link log lines among the comments of a statistics block (link-comment.ts). */
export function readLinkComments(memory: Uint8Array, view: DataView, begin: number, end: number, little: boolean, facts: FileFacts): void {
  eachOption(view, begin, end, little, (code, from, to) => {
    if (code !== 1) return
    const text = optionText(memory, from, to)
    if (!text.startsWith(linkCommentMark)) return
    facts.linkLog ??= []
    if (facts.linkLog.length < linkLogLimit) facts.linkLog.push(text.slice(linkCommentMark.length))
  })
}

/** Name resolution records (section 4.5): an address, then names, each ended by a NUL. */
export function readNames(memory: Uint8Array, view: DataView, begin: number, end: number, little: boolean, facts: FileFacts): boolean {
  let position = begin
  while (end - position >= 4) {
    const type = view.getUint16(position, little)
    const length = view.getUint16(position + 2, little)
    if (type === 0) return true
    const from = position + 4
    const to = from + length
    if (to > end) return false
    const size = type === 1 ? 4 : type === 2 ? 16 : type === 3 ? 6 : type === 4 ? 8 : 0
    if (size !== 0 && length > size) {
      const address = size === 4 ? formatIpv4(memory, from) : size === 16 ? formatIpv6(memory, from) : formatMac(memory, from, size)
      addNames(facts, address, memory, from + size, to)
    }
    position = Math.min(end, (to + 3) & ~3)
  }
  return position === end
}

function addNames(facts: FileFacts, address: string, memory: Uint8Array, begin: number, end: number): void {
  if (facts.names.size >= nameLimit) return
  const known = facts.names.get(address) ?? []
  for (const name of decoder.decode(memory.subarray(begin, end)).split('\0')) {
    if (name !== '' && name.length <= 255 && known.length < 16 && !known.includes(name)) known.push(name)
  }
  if (known.length > 0) facts.names.set(address, known)
}

const secretTypes = new Map([
  [0x544c534b, 'tls'],
  [0x57474b4c, 'wireguard'],
  [0x53534b4c, 'ssh'],
  [0x5a4e574b, 'zigbee-nwk'],
  [0x5a415053, 'zigbee-aps'],
  [0x55414b4c, 'opc-ua'],
])

/** The number of a kind of secrets; null for a text that names none. */
export function secretTypeCode(type: string): number | null {
  for (const [code, name] of secretTypes) if (name === type) return code
  return /^0x[0-9a-f]{8}$/.test(type) ? Number(type) : null
}

/** Decryption secrets (section 4.7): kept for dissection, never shown. False when they do not fit their block. */
export function readSecrets(memory: Uint8Array, view: DataView, begin: number, end: number, little: boolean, facts: FileFacts): boolean {
  if (end - begin < 8) return false
  const type = view.getUint32(begin, little)
  const length = view.getUint32(begin + 4, little)
  if (length > end - begin - 8) return false
  let kept = length
  for (const secret of facts.secrets) kept += secret.data.length
  if (kept <= secretBytesLimit && facts.secrets.length < nameLimit) {
    facts.secrets.push({
      type: secretTypes.get(type) ?? `0x${type.toString(16).padStart(8, '0')}`,
      data: memory.slice(begin + 8, begin + 8 + length),
    })
  }
  return true
}

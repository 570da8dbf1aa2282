/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section in little-endian order, interfaces with names and addresses, nanosecond
 * time stamps, packet comments, and interface statistics at the end. The encoder is pure: bytes are taken from it in pieces,
 * so that exports and a live capture use the same one. Refuses a packet for an interface that was not described.
 * Cost: one copy of the packet and one big integer a packet; memory: what was not taken yet.
 */

import { type FileHandle, open } from 'node:fs/promises'
import { parseAddress } from '../../shared/address.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { secretTypeCode } from './pcapng-options.ts'

export interface WrittenInterface {
  linkType: number
  name?: string | null
  description?: string | null
  snaplen?: number
  /** text, with or without a prefix length */
  addresses?: readonly string[]
  /** six or eight bytes as colon-separated hex */
  mac?: string | null
  filter?: string | null
  hardware?: string | null
  os?: string | null
}

export interface WrittenStatistics {
  /** packets that the interface received, and that it dropped; null: the backend cannot know */
  received: number | null
  dropped: number | null
  /** packets that the operating system dropped (isb_osdrop) */
  systemDropped?: number | null
}

export interface SectionFacts {
  application?: string
  hardware?: string
  os?: string
  comments?: readonly string[]
}

const encoder = new TextEncoder()
/** type of a name record by the length of its address */
const nameRecords: Record<number, number> = { 4: 1, 16: 2, 6: 3, 8: 4 }
/** An option holds at most 65,535 bytes; comments stop earlier, Wireshark shows no more anyway. */
const textBytesLimit = 32_768

export class PcapngEncoder extends GrowingBytes {
  private readonly written: { packets: number; first: bigint | null; lastHigh: number; lastLow: number }[] = []

  constructor(section: SectionFacts = {}) {
    super()
    const begin = this.beginBlock(0x0a0d0d0a)
    this.uint32(0x1a2b3c4d)
    this.uint16(1)
    this.uint16(0)
    // section length: not known beforehand
    this.uint32(0xffff_ffff)
    this.uint32(0xffff_ffff)
    this.text(2, section.hardware)
    this.text(3, section.os)
    this.text(4, section.application)
    for (const comment of section.comments ?? []) this.text(1, comment)
    this.endOptions(begin + 24)
    this.endBlock(begin)
  }

  /** Describes an interface; answers its id. */
  addInterface(one: WrittenInterface): number {
    const begin = this.beginBlock(1)
    this.uint16(one.linkType)
    this.uint16(0)
    this.uint32(one.snaplen ?? 0)
    this.text(2, one.name)
    this.text(3, one.description)
    for (const address of one.addresses ?? []) this.address(address)
    const mac = (one.mac ?? '').split(':').map((part) => (/^[0-9a-f]{1,2}$/i.test(part) ? Number.parseInt(part, 16) : -1))
    if ((mac.length === 6 || mac.length === 8) && !mac.includes(-1)) this.option(mac.length === 6 ? 6 : 7, Uint8Array.from(mac))
    // if_tsresol: nanoseconds
    this.option(9, Uint8Array.of(9))
    if (one.filter) this.option(11, Uint8Array.from([0, ...cutText(one.filter)]))
    this.text(12, one.os)
    this.text(15, one.hardware)
    this.endOptions(begin + 16)
    this.endBlock(begin)
    return this.written.push({ packets: 0, first: null, lastHigh: 0, lastLow: 0 }) - 1
  }

  packet(interfaceId: number, epochNanoseconds: bigint, data: Uint8Array, wireLength: number, comments: readonly string[] = []): void {
    const counts = this.written[interfaceId]
    if (counts === undefined) throw new RangeError(`interface ${interfaceId} was not described`)
    // time stamps are unsigned: what lies before 1970 cannot be written, and 0 is the nearest to it
    const time = BigInt.asUintN(64, epochNanoseconds < 0n ? 0n : epochNanoseconds)
    const begin = this.beginBlock(6)
    this.uint32(interfaceId)
    this.uint32(Number(time >> 32n))
    this.uint32(Number(time & 0xffff_ffffn))
    this.uint32(data.length)
    this.uint32(wireLength)
    this.padded(data)
    const options = this.length
    for (const comment of comments) this.text(1, comment)
    this.endOptions(options)
    this.endBlock(begin)
    counts.packets++
    counts.first ??= time
    counts.lastHigh = Number(time >> 32n)
    counts.lastLow = Number(time & 0xffff_ffffn)
  }

  /** A packet of a live capture: the time as halves of epoch nanoseconds, the bytes where they lie; nothing is allocated. */
  record(interfaceId: number, timeHigh: number, timeLow: number, memory: Uint8Array, offset: number, captured: number, wire: number): void {
    const counts = this.written[interfaceId]
    if (counts === undefined) throw new RangeError(`interface ${interfaceId} was not described`)
    const size = (captured + 3) & ~3
    const length = size + 32
    this.reserve(length)
    const { view } = this
    const at = this.length
    view.setUint32(at, 6, true)
    view.setUint32(at + 4, length, true)
    view.setUint32(at + 8, interfaceId, true)
    view.setUint32(at + 12, timeHigh, true)
    view.setUint32(at + 16, timeLow, true)
    view.setUint32(at + 20, captured, true)
    view.setUint32(at + 24, wire, true)
    this.bytes.set(memory.subarray(offset, offset + captured), at + 28)
    this.bytes.fill(0, at + 28 + captured, at + 28 + size)
    view.setUint32(at + 28 + size, length, true)
    this.length = at + length
    if (counts.packets++ === 0) counts.first = (BigInt(timeHigh) << 32n) | BigInt(timeLow)
    counts.lastHigh = timeHigh
    counts.lastLow = timeLow
  }

  /** Comments that belong to no packet, with a time: a statistics block without counters (link-comment.ts). */
  note(interfaceId: number, epochNanoseconds: bigint, comments: readonly string[]): void {
    if (this.written[interfaceId] === undefined) throw new RangeError(`interface ${interfaceId} was not described`)
    const begin = this.beginBlock(5)
    this.uint32(interfaceId)
    this.time(BigInt.asUintN(64, epochNanoseconds))
    const options = this.length
    for (const comment of comments) this.text(1, comment)
    this.endOptions(options)
    this.endBlock(begin)
  }

  /** Names of addresses (section 4.5): IPv4, IPv6 and Ethernet; others have no record of their own and are left out. */
  names(names: ReadonlyMap<string, readonly string[]>): void {
    if (names.size === 0) return
    const begin = this.beginBlock(4)
    for (const [address, all] of names) {
      const bytes = /^([0-9a-f]{2}:){5}([0-9a-f]{2}:){0,2}[0-9a-f]{2}$/i.test(address)
        ? Uint8Array.from(address.split(':'), (part) => Number.parseInt(part, 16))
        : parseAddress(address)
      const type = bytes === null ? undefined : nameRecords[bytes.length]
      if (bytes === null || type === undefined) continue
      const texts = encoder.encode(all.map((name) => `${name}\0`).join(''))
      if (texts.length === 0 || texts.length > textBytesLimit) continue
      this.option(type, Uint8Array.from([...bytes, ...texts]))
    }
    this.uint32(0)
    this.endBlock(begin)
  }

  /** What decrypts the packets that follow (section 4.7). `type` as the reader names it, see `secretTypes`. */
  secrets(type: string, data: Uint8Array): void {
    const code = secretTypeCode(type)
    if (code === null) return
    const begin = this.beginBlock(10)
    this.uint32(code)
    this.uint32(data.length)
    this.padded(data)
    this.endBlock(begin)
  }

  /** Statistics of an interface as the capture backend gave them; to be written last. */
  statistics(interfaceId: number, { received, dropped, systemDropped = null }: WrittenStatistics): void {
    const counts = this.written[interfaceId]
    if (counts === undefined) throw new RangeError(`interface ${interfaceId} was not described`)
    const begin = this.beginBlock(5)
    this.uint32(interfaceId)
    const last = (BigInt(counts.lastHigh) << 32n) | BigInt(counts.lastLow)
    this.time(last)
    const options = this.length
    if (counts.first !== null) this.counter(2, counts.first, true)
    if (counts.first !== null) this.counter(3, last, true)
    if (received !== null) this.counter(4, BigInt(received))
    if (dropped !== null) this.counter(5, BigInt(dropped))
    if (systemDropped !== null) this.counter(7, BigInt(systemDropped))
    this.counter(8, BigInt(counts.packets))
    this.endOptions(options)
    this.endBlock(begin)
  }

  get interfaces(): number {
    return this.written.length
  }

  private uint16(value: number): void {
    this.reserve(2)
    this.view.setUint16(this.length, value, true)
    this.length += 2
  }

  private uint32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  private padded(data: Uint8Array): void {
    const size = (data.length + 3) & ~3
    this.reserve(size)
    this.bytes.set(data, this.length)
    this.bytes.fill(0, this.length + data.length, this.length + size)
    this.length += size
  }

  /** A time stamp is two halves, the high one first, in every byte order (section 4.3). */
  private time(value: bigint): void {
    this.uint32(Number(value >> 32n))
    this.uint32(Number(value & 0xffff_ffffn))
  }

  private option(code: number, value: Uint8Array): void {
    this.uint16(code)
    this.uint16(value.length)
    this.padded(value)
  }

  private counter(code: number, value: bigint, isTime = false): void {
    this.uint16(code)
    this.uint16(8)
    if (isTime) this.time(value)
    else {
      this.reserve(8)
      this.view.setBigUint64(this.length, BigInt.asUintN(64, value), true)
      this.length += 8
    }
  }

  private text(code: number, text: string | null | undefined): void {
    if (text) this.option(code, cutText(text))
  }

  private address(text: string): void {
    const [address = '', prefix] = text.split('/')
    const bytes = parseAddress(address)
    if (bytes === null) return
    const bits = Math.min(bytes.length * 8, prefix === undefined || !/^\d{1,3}$/.test(prefix) ? bytes.length * 8 : Number(prefix))
    if (bytes.length === 16) this.option(5, Uint8Array.from([...bytes, bits]))
    else {
      const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
      this.option(4, Uint8Array.from([...bytes, mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255]))
    }
  }

  private endOptions(begin: number): void {
    if (this.length > begin) this.uint32(0)
  }

  private beginBlock(type: number): number {
    const begin = this.length
    this.uint32(type)
    this.uint32(0)
    return begin
  }

  private endBlock(begin: number): void {
    const length = this.length - begin + 4
    this.view.setUint32(begin + 4, length, true)
    this.uint32(length)
  }
}

/** UTF-8 of at most `textBytesLimit` bytes, cut between characters. */
function cutText(text: string): Uint8Array {
  const room = new Uint8Array(Math.min(text.length * 3, textBytesLimit))
  return room.subarray(0, encoder.encodeInto(text, room).written)
}

/** Bytes that are gathered before they go to the disk. */
const flushBytes = 256 * 1024

/** A capture file that is being written: a new file, private to its owner; an existing one is never overwritten silently. */
export class PcapngFile {
  private constructor(
    private readonly handle: FileHandle,
    readonly encoder: PcapngEncoder,
  ) {}

  static async create(path: string, section: SectionFacts, options: { overwrite?: boolean } = {}): Promise<PcapngFile> {
    const handle = await open(path, options.overwrite ? 'w' : 'wx', 0o600)
    return new PcapngFile(handle, new PcapngEncoder(section))
  }

  /** To be called often: writes when enough has gathered, or at once with `now`. */
  async flush(now = false): Promise<void> {
    if (this.encoder.pending === 0 || (!now && this.encoder.pending < flushBytes)) return
    await this.handle.writeFile(this.encoder.take())
  }

  /** Writes the statistics and closes the file. */
  async close(statistics: readonly WrittenStatistics[] = []): Promise<void> {
    try {
      for (let id = 0; id < this.encoder.interfaces; id++) this.encoder.statistics(id, statistics[id] ?? { received: null, dropped: null })
      await this.flush(true)
    } finally {
      await this.handle.close()
    }
  }
}

/**
 * The pcapng format (draft-ietf-opsawg-pcapng): any number of sections, each with its byte order and interfaces; enhanced, simple
 * and old packet blocks. Custom and unknown blocks are passed over: they are no packets. Refuses a section of another major version
 * (passed over up to the next section) and stops where block lengths make no sense, because nothing marks the next block.
 * Cost: eight loads and eight stores a packet; options are only read where a block has room for them.
 */
import {
  eachOption,
  optionText,
  readInterface,
  readLinkComments,
  readNames,
  readSecrets,
  readSectionOptions,
  readStatistics,
} from './pcapng-options.ts'
import { InterfaceClock, maximumPacketBytes, type RecordColumns } from './record-columns.ts'
import { type FileProgress, integer, type Scanner } from './scanner.ts'

export const sectionHeaderBytes = 28

const enum Block {
  Section = 0x0a0d0d0a,
  Interface = 1,
  OldPacket = 2,
  SimplePacket = 3,
  Names = 4,
  Statistics = 5,
  EnhancedPacket = 6,
  Secrets = 10,
}

/** What an interface id of 16 bits can tell apart. */
export const interfaceLimit = 65_535
/** A block that is not a packet and longer than this is passed over unread: 4 GiB of names or secrets are an attack. */
const blockLimit = maximumPacketBytes + 1024 * 1024

interface SectionInterface {
  id: number
  snaplen: number
  clock: InterfaceClock
}

/** Reads the fixed part of the first section header; a text when the file cannot be read. */
export function checkSectionHeader(view: DataView): { little: boolean } | string {
  const order = view.getUint32(8)
  if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a)
    return 'its first block begins like a pcapng section header, but the byte-order magic at offset 8 is missing'
  const little = order === 0x4d3c2b1a
  const length = view.getUint32(4, little)
  if (length < sectionHeaderBytes || length % 4 !== 0)
    return `its pcapng section header is damaged: a block length of ${integer(length)} at offset 4`
  const major = view.getUint16(12, little)
  if (major !== 1) return `it is a pcapng file of version ${major}.${view.getUint16(14, little)}; only version 1 is known`
  return { little }
}

export class PcapngScanner implements Scanner {
  passOver = 0
  stopped = false
  private little = true
  private interfaces: SectionInterface[] = []
  /** false while a section of an unknown version is passed over */
  private known = true
  private lastTime = 0
  private simplePackets = 0
  private damagedBlocks = 0
  private skippedInterfaces = 0

  constructor(private readonly progress: FileProgress) {}

  scan(
    memory: Uint8Array,
    view: DataView,
    begin: number,
    end: number,
    streamOffset: number,
    columns: RecordColumns,
    limit: number,
  ): number {
    const { offset, captured, wire, time, fileOffset } = columns
    let position = begin
    while (columns.count < limit && end - position >= 12) {
      const type = view.getUint32(position, this.little)
      // the type of a section header reads the same in both byte orders
      if (type === Block.Section) {
        const next = this.section(memory, view, position, end, streamOffset)
        if (next < 0) break
        position = next
        continue
      }
      const length = view.getUint32(position + 4, this.little)
      const next = position + length
      if (length < 12 || length % 4 !== 0) {
        const repaired = this.repairLength(view, position, length, end, streamOffset)
        if (repaired <= 0) break
        position = this.block(memory, view, position, position + repaired, type, streamOffset, columns)
        continue
      }
      if (next > end) {
        if (length > blockLimit || (length > 65_536 && !interpreted(type))) return this.leap(type, length, position, end, streamOffset)
        break
      }
      if (type === Block.EnhancedPacket && this.known && length >= 32 && view.getUint32(next - 4, this.little) === length) {
        const little = this.little
        const on = this.interfaces[view.getUint32(position + 8, little)]
        const size = view.getUint32(position + 20, little)
        if (on !== undefined && size <= length - 32 && on.id < interfaceLimit) {
          const count = columns.count
          const at = on.clock.relative(view.getUint32(position + 12, little), view.getUint32(position + 16, little))
          offset[count] = position + 28
          captured[count] = size
          wire[count] = view.getUint32(position + 24, little)
          time[count] = at
          columns.interface[count] = on.id
          fileOffset[count] = streamOffset + position + 28
          if (length - size >= 36) this.packetOptions(memory, view, position + 28 + ((size + 3) & ~3), next - 4, columns)
          columns.count = count + 1
          this.progress.facts.packets++
          this.progress.packetsOf[on.id]!++
          this.lastTime = at
          position = next
          continue
        }
      }
      position = this.block(memory, view, position, next, type, streamOffset, columns)
    }
    return position
  }

  describeTail(view: DataView, position: number, end: number): string {
    if (end - position < 12) return `${end - position} bytes are left, too few for a block`
    const type = view.getUint32(position, this.little)
    const length = view.getUint32(position + 4, type === Block.Section ? sectionIsLittle(view, position) : this.little)
    if (length % 4 !== 0) return `a block claims ${integer(length)} bytes, which is no multiple of four`
    const what = isPacket(type) ? `packet ${integer(this.progress.facts.packets + 1)}` : `block of type 0x${type.toString(16)}`
    return `${what}: ${integer(end - position)} of its ${integer(length)} bytes are there`
  }

  /** Any block but an ordinary packet; answers where the next one begins. */
  private block(
    memory: Uint8Array,
    view: DataView,
    position: number,
    next: number,
    type: number,
    streamOffset: number,
    columns: RecordColumns,
  ): number {
    if (!this.known) return next
    const { little } = this
    const where = streamOffset + position
    const length = view.getUint32(position + 4, little)
    if (view.getUint32(next - 4, little) !== length)
      this.damaged(where, `the two lengths of a block differ (${integer(length)} and ${integer(view.getUint32(next - 4, little))})`)
    const body = position + 8
    const stop = next - 4
    const { facts } = this.progress
    switch (type) {
      case Block.Interface:
        if (stop - body < 8) this.damaged(where, 'an interface description is too short')
        else this.addInterface(memory, view, body, stop, where)
        break
      case Block.EnhancedPacket:
      case Block.OldPacket:
      case Block.SimplePacket:
        this.packet(memory, view, body, stop, type, where, streamOffset, columns)
        break
      case Block.Names:
        if (!readNames(memory, view, body, stop, little, facts)) this.damaged(where, 'a name resolution block is damaged')
        break
      case Block.Statistics: {
        const on = stop - body >= 12 ? this.interfaces[view.getUint32(body, little)] : undefined
        const target = on === undefined ? undefined : facts.interfaces[on.id]
        if (target === undefined) this.damaged(where, 'interface statistics name an interface that the section does not describe')
        else if (!readStatistics(view, body + 12, stop, little, target)) this.damaged(where, 'options of interface statistics are damaged')
        if (stop - body > 12 + 4) readLinkComments(memory, view, body + 12, stop, little, facts)
        break
      }
      case Block.Secrets:
        if (!readSecrets(memory, view, body, stop, little, facts)) this.damaged(where, 'a decryption secrets block is damaged')
        break
    }
    return next
  }

  /** Enhanced packets that are not as they should be, simple packets (section 4.4) and the old packet block (appendix A). */
  private packet(
    memory: Uint8Array,
    view: DataView,
    body: number,
    stop: number,
    type: number,
    where: number,
    streamOffset: number,
    columns: RecordColumns,
  ): void {
    const { little } = this
    const simple = type === Block.SimplePacket
    const header = simple ? 4 : 20
    if (stop - body < header) {
      this.damaged(where, 'a packet block is too short')
      return
    }
    const id = simple ? 0 : type === Block.OldPacket ? view.getUint16(body, little) : view.getUint32(body, little)
    const on = this.interfaces[id]
    if (on === undefined) {
      this.damaged(where, `a packet names interface ${integer(id)}, the section describes ${integer(this.interfaces.length)}`)
      return
    }
    if (on.id >= interfaceLimit) {
      this.skippedInterfaces++
      return
    }
    const wireLength = view.getUint32(body + (simple ? 0 : 16), little)
    // a simple packet has no captured length: it is cut at the interface's snaplen, when there is one, and by its block
    let size = simple ? Math.min(wireLength, stop - body - 4) : view.getUint32(body + 12, little)
    if (simple && on.snaplen !== 0) size = Math.min(size, on.snaplen)
    if (size > stop - body - header || size > maximumPacketBytes) {
      this.damaged(where, `a packet claims ${integer(size)} bytes, its block has room for ${integer(stop - body - header)}`)
      return
    }
    const count = columns.count
    const at = simple ? this.lastTime : on.clock.relative(view.getUint32(body + 4, little), view.getUint32(body + 8, little))
    if (simple) this.simplePackets++
    const data = body + header
    columns.offset[count] = data
    columns.captured[count] = size
    columns.wire[count] = wireLength
    columns.time[count] = at
    columns.interface[count] = on.id
    columns.fileOffset[count] = streamOffset + data
    if (!simple) this.packetOptions(memory, view, data + ((size + 3) & ~3), stop, columns)
    columns.count = count + 1
    this.progress.facts.packets++
    this.progress.packetsOf[on.id]!++
    this.lastTime = at
  }

  private packetOptions(memory: Uint8Array, view: DataView, begin: number, end: number, columns: RecordColumns): void {
    if (begin >= end) return
    eachOption(view, begin, end, this.little, (code, from, to) => {
      if (code === 1) columns.comments.push({ index: columns.count, text: optionText(memory, from, to) })
    })
  }

  private addInterface(memory: Uint8Array, view: DataView, begin: number, end: number, where: number): void {
    const { facts, base } = this.progress
    const id = facts.interfaces.length
    if (id >= interfaceLimit) {
      // one shared stand-in keeps the numbering of the section; its packets are left out and counted
      if (this.interfaces.length < 2 * interfaceLimit)
        this.interfaces.push({ id: interfaceLimit, snaplen: 0, clock: new InterfaceClock(base, 1_000_000n, 0n) })
      if (id === interfaceLimit && this.interfaceWarning === false) {
        this.interfaceWarning = true
        this.progress.warn(
          `the file describes more than ${integer(interfaceLimit)} interfaces (offset ${integer(where)}): packets of further ones are left out`,
        )
      }
      return
    }
    const { description, sound } = readInterface(memory, view, begin, end, this.little, id, facts)
    if (!sound) this.damaged(where, `options of interface ${id} are damaged`)
    facts.interfaces.push(description)
    this.progress.growInterfaces(id + 1)
    this.interfaces.push({
      id,
      snaplen: description.snaplen,
      clock: new InterfaceClock(base, description.ticksPerSecond, description.offsetSeconds),
    })
  }
  private interfaceWarning = false

  /** A section header: byte order, version, interfaces anew. Answers the next position, -1 when more bytes are needed or reading stops. */
  private section(memory: Uint8Array, view: DataView, position: number, end: number, streamOffset: number): number {
    if (end - position < sectionHeaderBytes) return -1
    const where = streamOffset + position
    const order = view.getUint32(position + 8)
    if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a)
      return this.stop(`the section header at offset ${integer(where)} has no byte-order magic`)
    const little = order === 0x4d3c2b1a
    const length = view.getUint32(position + 4, little)
    if (length < sectionHeaderBytes || length % 4 !== 0 || length > blockLimit)
      return this.stop(`the section header at offset ${integer(where)} claims a length of ${integer(length)}`)
    if (position + length > end) return -1
    const major = view.getUint16(position + 12, little)
    this.little = little
    this.interfaces = []
    const { facts } = this.progress
    if (where > 0) {
      facts.sections ??= []
      facts.sections.push(facts.packets)
    }
    this.known = major === 1
    if (!this.known)
      this.progress.warn(
        `the section at offset ${integer(where)} has version ${major}.${view.getUint16(position + 14, little)}, only version 1 is known: it was passed over`,
      )
    else if (!readSectionOptions(memory, view, position + 24, position + length - 4, little, facts))
      this.damaged(where, 'options of a section header are damaged')
    return position + length
  }

  /**
   * Some writers give lengths that are no multiple of four, with or without the padding. The length at the end of the block
   * shows which it is; without it the block cannot be left, and reading stops (answer 0; -1: more bytes are needed).
   */
  private repairLength(view: DataView, position: number, length: number, end: number, streamOffset: number): number {
    if (length >= 12 && length <= blockLimit) {
      for (const candidate of [(length + 3) & ~3, length]) {
        if (position + candidate > end) return -1
        if (view.getUint32(position + candidate - 4, this.little) === length) return candidate
      }
    }
    this.stop(`the block at offset ${integer(streamOffset + position)} claims a length of ${integer(length)}`)
    return 0
  }

  /** Leaves a block without having it in memory. */
  private leap(type: number, length: number, position: number, end: number, streamOffset: number): number {
    if (interpreted(type))
      this.damaged(
        streamOffset + position,
        `a block of type ${type} claims ${integer(length)} bytes, more than the ${integer(blockLimit)} that are accepted, and was passed over`,
      )
    this.passOver = length - (end - position)
    return end
  }

  private stop(text: string): -1 {
    this.stopped = true
    this.progress.warn(`${text}: the file is damaged there and was read up to it`)
    return -1
  }

  private damaged(where: number, text: string): void {
    this.damagedBlocks++
    if (this.damagedBlocks <= 50)
      this.progress.warn(`${text}, at offset ${integer(where)}${this.damagedBlocks === 50 ? ' (further ones are not listed)' : ''}`)
  }

  /** To be called at the end of the file: what has been counted and not told yet. */
  finish(): void {
    if (this.simplePackets > 0)
      this.progress.warn(
        this.simplePackets === 1
          ? '1 packet carries no time (simple packet block) and was given that of the packet before it'
          : `${integer(this.simplePackets)} packets carry no time (simple packet blocks) and were given that of the packet before them`,
      )
    if (this.skippedInterfaces > 0)
      this.progress.warn(
        `${integer(this.skippedInterfaces)} packets were left out: their interfaces are beyond the first ${integer(interfaceLimit)}`,
      )
  }
}

function isPacket(type: number): boolean {
  return type === Block.EnhancedPacket || type === Block.SimplePacket || type === Block.OldPacket
}

function interpreted(type: number): boolean {
  return isPacket(type) || type === Block.Interface || type === Block.Names || type === Block.Statistics || type === Block.Secrets
}

function sectionIsLittle(view: DataView, position: number): boolean {
  return view.getUint32(position + 8) === 0x4d3c2b1a
}

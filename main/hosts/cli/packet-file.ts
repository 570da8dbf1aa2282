/**
 * Packets of a pass in file order as a capture file, as `tshark -w` makes one: pcapng with interfaces, names, comments and link log of the files
 * they are from, or pcap. Secrets go along only where they were asked for.
 * Cost: one copy a packet; memory: at most some 256 KiB.
 */
import { epochNanoseconds } from '../../../shared/epoch.ts'
import type { FilePacket } from '../../engine/file-order.ts'
import { GENERATOR } from '../../engine/queries/export-session.ts'
import { pcapFormat } from '../../export/packets-pcap.ts'
import { linkComments } from '../../files/link-comment.ts'
import { PcapEncoder, type PcapFormat } from '../../files/pcap-writer.ts'
import type { CaptureInterface, FileFacts, RecordBatch } from '../../files/types.ts'
import { PcapngEncoder } from '../../files/writer.ts'
import { Exit, Failure } from './failure.ts'
import { WholeFile } from './output.ts'

const FLUSH_AT = 256 * 1024

interface Encoder {
  packet(packet: FilePacket, time: bigint, data: Uint8Array, wire: number, comments: readonly string[]): void
  finish(facts: readonly FileFacts[]): void
  readonly pending: number
  take(): Uint8Array
}

export class PacketFile {
  private readonly file: WholeFile
  private readonly encoder: Encoder
  private batch: RecordBatch['comments'] | null = null
  private comments = new Map<number, string[]>()

  constructor(path: string, inputs: readonly string[], secrets: boolean) {
    this.encoder = /\.pcap$/i.test(path) ? new AsPcap(path) : new AsPcapng(secrets)
    this.file = new WholeFile(path, inputs)
  }

  packet(packet: FilePacket): void {
    const { batch, at, facts } = packet
    if (this.batch !== batch.comments) {
      this.batch = batch.comments
      this.comments = new Map()
      for (const { index, text } of batch.comments) this.comments.set(index, [...(this.comments.get(index) ?? []), text])
    }
    const begin = batch.offset[at] as number
    const data = batch.memory.subarray(begin, begin + (batch.captured[at] as number))
    const time = epochNanoseconds(facts.baseNanoseconds, batch.time[at] as number, packet.interface?.ticksPerSecond ?? 0n)
    this.encoder.packet(packet, time, data, batch.wire[at] as number, this.comments.get(at) ?? [])
    if (this.encoder.pending >= FLUSH_AT) this.file.write(this.encoder.take())
  }

  finish(facts: readonly FileFacts[]): void {
    this.encoder.finish(facts)
    this.file.write(this.encoder.take())
    this.file.finish()
  }

  giveUp(): void {
    this.file.giveUp()
  }
}

/** What of a file was written already. */
interface Written {
  names: number
  secrets: number
  linkLog: number
}

class AsPcapng implements Encoder {
  private encoder: PcapngEncoder | null = null
  private readonly ids = new Map<CaptureInterface, number>()
  private readonly told = new Map<FileFacts, Written>()

  constructor(private readonly secrets: boolean) {}

  packet({ facts, interface: from }: FilePacket, time: bigint, data: Uint8Array, wire: number, comments: readonly string[]): void {
    this.encoder ??= this.begin(facts)
    let id = from === undefined ? 0 : this.ids.get(from)
    if (id === undefined) {
      // all of its file, so that numbers stay what they were
      for (const one of facts.interfaces) if (!this.ids.has(one)) this.ids.set(one, this.encoder.addInterface(one))
      id = this.ids.get(from as CaptureInterface) ?? 0
    }
    this.tell(this.encoder, facts, time)
    this.encoder.packet(id, time, data, wire, comments)
  }

  private begin({ hardware, os, comments }: FileFacts): PcapngEncoder {
    const application = `${GENERATOR.name} ${GENERATOR.version}`
    return new PcapngEncoder({ application, hardware: hardware ?? undefined, os: os ?? undefined, comments })
  }

  /** What has come up in the file since. */
  private tell(encoder: PcapngEncoder, facts: FileFacts, time: bigint): void {
    let told = this.told.get(facts)
    if (told === undefined) {
      told = { names: 0, secrets: 0, linkLog: 0 }
      this.told.set(facts, told)
    }
    if (facts.names.size > told.names) {
      encoder.names(new Map([...facts.names].slice(told.names)))
      told.names = facts.names.size
    }
    if (this.secrets)
      for (; told.secrets < facts.secrets.length; told.secrets++) {
        const { type, data } = facts.secrets[told.secrets] as FileFacts['secrets'][number]
        encoder.secrets(type, data)
      }
    const { linkLog = [] } = facts
    for (; told.linkLog < linkLog.length; told.linkLog++) encoder.note(0, time, linkComments(linkLog[told.linkLog] as string))
  }

  finish(facts: readonly FileFacts[]): void {
    if (this.encoder === null) {
      const [first] = facts
      this.encoder = first === undefined ? new PcapngEncoder() : this.begin(first)
      for (const one of first?.interfaces ?? []) this.encoder.addInterface(one)
    }
    for (const one of facts) if (this.told.has(one)) this.tell(this.encoder, one, one.baseNanoseconds)
    for (let id = 0; id < this.encoder.interfaces; id++) this.encoder.statistics(id, { received: null, dropped: null })
  }

  get pending(): number {
    return this.encoder?.pending ?? 0
  }

  take(): Uint8Array {
    return this.encoder?.take() ?? new Uint8Array(0)
  }
}

class AsPcap implements Encoder {
  private encoder: PcapEncoder | null = null
  private format: PcapFormat | null = null
  private last: CaptureInterface | undefined

  constructor(private readonly path: string) {}

  packet({ facts, interface: from }: FilePacket, time: bigint, data: Uint8Array, wire: number): void {
    if (this.encoder === null || this.format === null) {
      // the finest resolution of the file, as far as it is known here
      const finest = facts.interfaces.reduce((most, one) => (one.ticksPerSecond > most ? one.ticksPerSecond : most), 0n)
      this.format = { linkType: from?.linkType ?? 1, nanoseconds: finest > 1_000_000n }
      this.encoder = new PcapEncoder(this.format)
      this.last = from
    }
    if (from !== this.last && from !== undefined && this.last !== undefined) {
      const both = pcapFormat([this.last, from])
      const words =
        typeof both === 'string'
          ? both
          : both.nanoseconds && !this.format.nanoseconds
            ? 'a pcap file has one resolution of time, and later packets have a finer one'
            : null
      if (words !== null) throw new Failure(Exit.Usage, `${this.path}: ${words}`, 'Name a file that ends in .pcapng.')
      this.last = from
    }
    this.encoder.packet(time, data, wire)
  }

  finish(facts: readonly FileFacts[]): void {
    this.encoder ??= new PcapEncoder({ linkType: facts[0]?.interfaces[0]?.linkType ?? 1, nanoseconds: false })
  }

  get pending(): number {
    return this.encoder?.pending ?? 0
  }

  take(): Uint8Array {
    return this.encoder?.take() ?? new Uint8Array(0)
  }
}

/**
 * pcap or pcapng out of a pipe: pieces of any size in, batches of records out, by the scanners that also read files.
 * Refuses a stream that is no capture (with its first words, for it is usually an error message) and one whose records make no sense.
 * Cost: one copy of what arrives, and the scanner's; memory: one record that is not complete.
 */
import { plainText } from '../export/escape.ts'
import { recognise } from '../files/magic.ts'
import { PcapScanner, pcapHeaderBytes, readPcapHeader } from '../files/pcap.ts'
import { checkSectionHeader, PcapngScanner, sectionHeaderBytes } from '../files/pcapng.ts'
import { batchPackets, RecordColumns, type TimeBase } from '../files/record-columns.ts'
import { FileProgress } from '../files/scanner.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'

export class StreamParser {
  readonly facts: FileFacts
  /** why nothing more is read; null as long as the stream makes sense */
  failure: string | null = null
  private readonly progress: FileProgress
  private scanner: PcapScanner | PcapngScanner | null = null
  private readonly columns = new RecordColumns()
  private carry = new Uint8Array(0)
  /** offset in the stream of the first byte of `carry` */
  private offset = 0
  private described = 0

  constructor(
    name: string,
    base: TimeBase,
    private readonly onBatch: (batch: RecordBatch, facts: FileFacts) => void,
    private readonly onDescribed: (facts: FileFacts) => void = () => {},
  ) {
    this.facts = {
      path: name,
      format: 'pcapng',
      gzip: false,
      baseNanoseconds: base.nanoseconds,
      interfaces: [],
      packets: 0,
      bytesTotal: 0,
      bytesRead: 0,
      streamBytes: 0,
      truncated: false,
      warnings: [],
      comments: [],
      hardware: null,
      os: null,
      application: null,
      names: new Map(),
      secrets: [],
    }
    this.progress = new FileProgress(this.facts, base)
  }

  /** The next piece of the stream; not kept. */
  push(piece: Uint8Array): void {
    if (this.failure !== null) return
    this.facts.bytesRead += piece.length
    this.facts.bytesTotal += piece.length
    let from = 0
    const { scanner } = this
    if (scanner !== null && scanner.passOver > 0) {
      from = Math.min(scanner.passOver, piece.length)
      scanner.passOver -= from
      this.offset += from
      if (from === piece.length) return
    }
    const memory = new Uint8Array(this.carry.length + piece.length - from)
    memory.set(this.carry, 0)
    memory.set(from === 0 ? piece : piece.subarray(from), this.carry.length)
    const used = this.scan(memory)
    this.carry = memory.subarray(used)
    if (this.facts.interfaces.length > this.described) {
      this.described = this.facts.interfaces.length
      this.onDescribed(this.facts)
    }
    this.offset += used
    this.facts.streamBytes = this.offset
  }

  /** The stream has ended; true when it did between two records. */
  end(): boolean {
    this.progress.publishCounts()
    if (this.scanner instanceof PcapngScanner) this.scanner.finish()
    this.facts.truncated = this.carry.length > 0 || (this.scanner?.passOver ?? 0) > 0
    return !this.facts.truncated
  }

  private scan(memory: Uint8Array): number {
    const view = new DataView(memory.buffer)
    let position = 0
    if (this.scanner === null) {
      position = this.begin(memory, view)
      if (this.scanner === null) return position
    }
    const scanner = this.scanner as PcapScanner | PcapngScanner
    const { columns } = this
    for (;;) {
      position = scanner.scan(memory, view, position, memory.length, this.offset, columns, batchPackets)
      const full = columns.count === batchPackets
      if (columns.count > 0) {
        this.facts.baseNanoseconds = this.progress.base.nanoseconds
        this.onBatch(columns.batch(memory), this.facts)
        columns.clear()
      }
      if (scanner.stopped) this.failure = this.facts.warnings.at(-1) ?? 'the stream is damaged'
      if (!full || scanner.stopped) return position
    }
  }

  /** Recognises the format; answers how many bytes its header took. */
  private begin(memory: Uint8Array, view: DataView): number {
    if (memory.length < 4) return 0
    const { kind } = recognise(memory.subarray(0, Math.min(memory.length, 512)))
    if (kind === 'pcapng') {
      if (memory.length < sectionHeaderBytes) return 0
      const header = checkSectionHeader(view)
      if (typeof header === 'string') this.failure = header
      else this.scanner = new PcapngScanner(this.progress)
      return 0
    }
    if (kind === 'pcap') {
      if (memory.length < pcapHeaderBytes) return 0
      const header = readPcapHeader(view)
      if (typeof header === 'string') {
        this.failure = header
        return 0
      }
      this.facts.format = 'pcap'
      this.scanner = new PcapScanner(header, this.progress)
      return pcapHeaderBytes
    }
    const words = Buffer.from(memory.subarray(0, 120)).toString('latin1').split('\n')[0] ?? ''
    this.failure = `what arrived is no capture: '${plainText(words).slice(0, 100)}'`
    return 0
  }
}

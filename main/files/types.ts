/**
 * What a capture file gives to the engine: interfaces, packet records by offset, and what was wrong with the file.
 * Records are handed over in batches of columns that point into one memory: nothing is allocated per packet.
 */

/** link-layer header type as in https://www.tcpdump.org/linktypes.html */
export interface CaptureInterface {
  /** index over all sections, in order of appearance; what `RecordBatch.interface` holds */
  id: number
  name: string | null
  description: string | null
  linkType: number
  snaplen: number
  /** addresses of the interface that the file names (if_IPv4addr, if_IPv6addr), text with prefix length */
  addresses: string[]
  /** link-layer address text, when the file names it (if_MACaddr) */
  mac: string | null
  filter: string | null
  hardware: string | null
  os: string | null
  /** units per second of the file's time stamps */
  ticksPerSecond: bigint
  /** seconds added to each time stamp (if_tsoffset) */
  offsetSeconds: bigint
  packets: number
  /** from the interface statistics block; null when the file does not say */
  dropped: number | null
  received: number | null
}

/**
 * `count` packets, in file order. The columns are the reader's and used again after the callback. `memory` stays valid until the consumer returns from the callback, and longer if it keeps the
 * reference: the reader never writes again into a memory that it has handed out (one fresh memory a chunk).
 */
export interface RecordBatch {
  memory: Uint8Array
  count: number
  /** offset of the packet's bytes in `memory` */
  offset: Uint32Array
  captured: Uint32Array
  wire: Uint32Array
  /**
   * Whole ns since the capture's base time, see `FileFacts.baseNanoseconds`; may be negative for out-of-order files. Exact up to
   * 2^53 ns (104 days) from the base; `epochNanoseconds` of shared/epoch.ts gives exact time stamps beyond that too.
   */
  time: Float64Array
  interface: Uint16Array
  /** offset of the packet's bytes in the (uncompressed) stream: where `readAt` finds them again */
  fileOffset: Float64Array
  /** comments of packets in this batch: index in the batch and text */
  comments: { index: number; text: string }[]
}

export interface FileFacts {
  path: string
  format: 'pcap' | 'pcapng'
  gzip: boolean
  /** epoch nanoseconds of the first packet; 0n until one was read */
  baseNanoseconds: bigint
  interfaces: CaptureInterface[]
  packets: number
  /** bytes of the file on disk, and read so far (of the compressed file when gzip) */
  bytesTotal: number
  bytesRead: number
  /** length of the (uncompressed) stream as far as it was read; set by the reader */
  streamBytes?: number
  /** ends inside a record or block */
  truncated: boolean
  /** one line each: what, at which offset, what was done about it */
  warnings: string[]
  /** capture comments of section headers */
  comments: string[]
  /** host, os, application of the section header */
  hardware: string | null
  os: string | null
  application: string | null
  /** name resolution blocks: address text to names */
  names: Map<string, string[]>
  /** decryption secrets blocks: type ('tls', 'wireguard', ...) and bytes; never logged or shown, and exported only where a person asks for them */
  secrets: { type: string; data: Uint8Array }[]
  /** pcapng: how many packets were before each section but the first; absent with one section */
  sections?: number[]
  /** lines of `ip -ts monitor` that the capture itself holds (link-comment.ts), in the order they were found; absent without any */
  linkLog?: string[]
}

/** The file could not be read at all. `code` becomes the exit code 3; the message names file and reason, the hint what to do. */
export class CaptureFileError extends Error {
  constructor(
    readonly code: 'not-found' | 'unreadable' | 'not-a-capture',
    message: string,
    readonly hint: string,
  ) {
    super(message)
  }
}

export interface ReadOptions {
  /** aborts reading between chunks */
  signal?: AbortSignal
  /** stop after this many packets */
  maxPackets?: number
  /**
   * the consumer keeps no batch's `memory` after its callback: the reader then uses a few memories in turn, which stay in the processor's
   * caches and give the collector nothing to do. A function is asked when a chunk is done, since a consumer may keep some.
   */
  reuseMemory?: boolean | (() => boolean)
  /** called after every chunk */
  onProgress?: (facts: FileFacts) => void
}

/**
 * `main/files/reader.ts` exports
 *   readCapture(path, onBatch: (batch: RecordBatch, facts: FileFacts) => void | Promise<void>, options): Promise<FileFacts>
 *       The columns of a batch are used again after the callback (only `memory` and `comments` may be kept). An aborted read
 *       does not throw: it answers the facts of what was read; look at `signal.aborted`. `facts` is one object that is updated.
 *   openRandomAccess(path, facts): Promise<RandomAccess>   reads single packets again, also from gzip (spooled once to a private temp file)
 * First chunk 256 KiB, then 512 KiB.
 */
export interface RandomAccess {
  /** `length` bytes of the uncompressed stream at `offset` */
  readAt(offset: number, length: number): Promise<Uint8Array>
  readAtSync(offset: number, length: number): Uint8Array
  close(): void
}

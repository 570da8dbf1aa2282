/**
 * Writes the merged records to disk, before anything looks at them: one pcapng file, or a ring of files by size, time and count.
 * Calls are synchronous and only fill memory; one pump writes in order. A full disk ends the recording: the file is cut back to its last
 * whole block, so that everything that was written stays readable. An existing file is never overwritten.
 * Cost: one copy of a packet into the encoder, one out of it; memory: what the disk has not taken (`waiting`).
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { linkComments } from '../files/link-comment.ts'
import { PcapngEncoder, type SectionFacts, type WrittenInterface, type WrittenStatistics } from '../files/writer.ts'

export interface RingOptions {
  /** bytes after which the next file begins */
  bytes?: number
  /** seconds after which the next file begins */
  seconds?: number
  /** files that are kept; the oldest goes when a new one begins. Absent: all */
  files?: number
}

export interface Segment {
  number: number
  path: string
  /** bytes of whole blocks that are in the file */
  bytes: number
  packets: number
  closed: boolean
}

export interface RecorderEvents {
  /** called when more of a segment can be read, and when it is closed */
  written(segment: Segment): void
  /** a file of the ring was removed */
  removed?(segment: Segment): void
  /** nothing more is written */
  failed(error: NodeJS.ErrnoException, segment: Segment): void
}

interface OpenSegment extends Segment {
  encoder: PcapngEncoder
  handle: FileHandle | null
  begun: number
  finishing: WrittenStatistics[] | null
}

export class Recorder {
  packets = 0
  /** the first error; after it nothing is written */
  failure: NodeJS.ErrnoException | null = null
  readonly kept: Segment[] = []
  private readonly interfaces: WrittenInterface[] = []
  private readonly queue: OpenSegment[] = []
  private current: OpenSegment
  private count = 0
  private pumping: Promise<void> | null = null
  private readonly baseHigh: number
  private readonly baseLow: number

  /** Throws when the first file cannot be made. */
  static async create(
    path: string,
    section: SectionFacts,
    base: bigint,
    ring: RingOptions | null,
    events: RecorderEvents,
    now: number = Date.now(),
  ): Promise<Recorder> {
    const recorder = new Recorder(path, section, base, ring, events, now)
    recorder.current.handle = await open(recorder.current.path, 'wx', 0o600)
    return recorder
  }

  private constructor(
    private readonly path: string,
    private readonly section: SectionFacts,
    private readonly base: bigint,
    private readonly ring: RingOptions | null,
    private readonly events: RecorderEvents,
    now: number,
  ) {
    this.baseHigh = Number(base >> 32n)
    this.baseLow = Number(base & 0xffff_ffffn)
    this.current = this.begin(now)
  }

  private begin(now: number): OpenSegment {
    const number = ++this.count
    const segment: OpenSegment = {
      number,
      path: this.ring === null ? this.path : ringPath(this.path, number, now),
      bytes: 0,
      packets: 0,
      closed: false,
      encoder: new PcapngEncoder(this.section),
      handle: null,
      begun: now,
      finishing: null,
    }
    for (const one of this.interfaces) segment.encoder.addInterface(one)
    this.queue.push(segment)
    this.kept.push(segment)
    return segment
  }

  /** Describes an interface; its number is the same in all files. */
  addInterface(one: WrittenInterface): number {
    this.interfaces.push(one)
    return this.current.encoder.addInterface(one)
  }

  /** `time`: ns from the base. */
  record(iface: number, memory: Uint8Array, offset: number, captured: number, wire: number, time: number): void {
    if (this.failure !== null) return
    const high = Math.floor(time / 4_294_967_296)
    const low = this.baseLow + (time - high * 4_294_967_296)
    const carry = low >= 4_294_967_296 ? 1 : 0
    this.current.encoder.record(iface, this.baseHigh + high + carry, low - carry * 4_294_967_296, memory, offset, captured, wire)
    this.current.packets++
    this.packets++
  }

  /** Lines of the link log, at `time` (ns from the base). */
  link(text: string, time: number): void {
    if (this.failure !== null || this.interfaces.length === 0) return
    this.current.encoder.note(0, this.base + BigInt(Math.round(time)), linkComments(text))
  }

  /** bytes that wait for the disk */
  get waiting(): number {
    let bytes = 0
    for (const segment of this.queue) bytes += segment.encoder.pending
    return bytes
  }

  /** To be called often: writes, and begins the next file of a ring when it is time. `statistics` as they stand close a file. */
  flush(statistics: () => WrittenStatistics[], now: number = Date.now()): void {
    if (this.failure !== null) return
    const { ring, current } = this
    if (ring !== null && current.packets > 0) {
      const size = current.bytes + current.encoder.pending
      if ((ring.bytes !== undefined && size >= ring.bytes) || (ring.seconds !== undefined && now - current.begun >= ring.seconds * 1000)) {
        current.finishing = statistics()
        this.current = this.begin(now)
      }
    }
    this.pumping ??= this.pump().finally(() => {
      this.pumping = null
    })
  }

  /** Writes what is left, the statistics, and closes. */
  async close(statistics: WrittenStatistics[]): Promise<void> {
    this.current.finishing ??= statistics
    while (this.pumping !== null) await this.pumping
    if (this.failure === null) await this.pump()
  }

  private async pump(): Promise<void> {
    for (;;) {
      const segment = this.queue[0]
      if (segment === undefined || this.failure !== null) return
      try {
        segment.handle ??= await open(segment.path, 'wx', 0o600)
        const { finishing } = segment
        if (segment.encoder.pending > 0) await this.write(segment, segment.handle)
        if (finishing === null) return
        this.statistics(segment, finishing)
        await this.write(segment, segment.handle)
        await segment.handle.close()
        segment.closed = true
        this.queue.shift()
        this.events.written(segment)
        await this.trim()
      } catch (error) {
        await this.fail(segment, error as NodeJS.ErrnoException)
        return
      }
    }
  }

  private statistics(segment: OpenSegment, list: readonly WrittenStatistics[]): void {
    for (let id = 0; id < segment.encoder.interfaces; id++) segment.encoder.statistics(id, list[id] ?? { received: null, dropped: null })
  }

  private async write(segment: OpenSegment, handle: FileHandle): Promise<void> {
    const bytes = segment.encoder.take()
    let done = 0
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, segment.bytes + done)
        done += bytesWritten
      }
    } catch (error) {
      segment.bytes += wholeBlocks(bytes, done)
      throw error
    }
    segment.bytes += bytes.length
    this.events.written(segment)
  }

  private async fail(segment: OpenSegment, error: NodeJS.ErrnoException): Promise<void> {
    this.failure = error
    const { handle } = segment
    if (handle !== null) {
      try {
        await handle.truncate(segment.bytes)
        // the rest of the last page of a full disk often has room for the statistics
        segment.encoder.take()
        this.statistics(segment, segment.finishing ?? [])
        const tail = segment.encoder.take()
        const { bytesWritten } = await handle.write(tail, 0, tail.length, segment.bytes).catch(() => ({ bytesWritten: 0 }))
        if (bytesWritten === tail.length) segment.bytes += tail.length
        else await handle.truncate(segment.bytes)
      } catch {
        // the disk is gone altogether: what it holds is what there is
      }
      await handle.close().catch(() => {})
    }
    segment.closed = true
    this.events.failed(error, segment)
  }

  private async trim(): Promise<void> {
    const most = this.ring?.files
    while (most !== undefined && this.kept.length > most) {
      const oldest = this.kept[0] as Segment
      if (!oldest.closed) return
      this.kept.shift()
      await rm(oldest.path, { force: true })
      this.events.removed?.(oldest)
    }
  }
}

/** As dumpcap names the files of a ring: NAME_00001_20261122093000.pcapng, in UTC. */
export function ringPath(path: string, number: number, now: number): string {
  const ending = extname(path)
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
  return join(dirname(path), `${basename(path, ending)}_${String(number).padStart(5, '0')}_${stamp}${ending === '' ? '.pcapng' : ending}`)
}

/** How many of the first `done` bytes are whole blocks. */
function wholeBlocks(bytes: Uint8Array, done: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + 12 <= done) {
    const next = at + view.getUint32(at + 4, true)
    if (next > done || next <= at) break
    at = next
  }
  return at
}

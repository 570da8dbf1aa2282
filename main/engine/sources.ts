/**
 * Records of one or several captures for the first pass: frames numbered on over the files in the order they were named, records
 * handed on roughly in time order (`TimeOrder` does the rest). Several files are counted first, so that frame numbers are known,
 * then read side by side; a file is opened only when its time has come, so that a ring of a hundred files needs no hundred readers.
 * Cost: nothing for one file; one more scan of the bytes for several.
 */
import { readCapture } from '../files/reader.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'

/** Records `from..to` of a batch. */
export interface Span {
  batch: RecordBatch
  facts: FileFacts
  /** position in the list of paths */
  file: number
  from: number
  to: number
  /** row of the batch's record 0 */
  row: number
  /** ns to add to the batch's times: its file's base against the capture's */
  shift: number
  /** to add to the batch's interface ids */
  interfaceBase: number
}

/** packets that fill the first screen, and spans that leave room for questions, of the packets at the begin of a capture and of all others */
const FIRST_SPAN = 48
const SHORT_SPAN = 128
const FIRST_ROWS = 4096
const SPAN = 1024

export interface SourceOptions {
  signal?: AbortSignal
  /** may a chunk's memory be used again? asked when all its spans were taken */
  reuseMemory?: () => boolean
  /** several files: what was found in them when they were counted, before any record is handed on */
  onCounted?: (sources: readonly SourceFacts[], base: bigint) => void
  /** after every chunk of a file */
  onProgress?: (facts: FileFacts, file: number) => void
}

export interface SourceFacts {
  facts: FileFacts
  firstRow: number
  interfaceBase: number
  shift: number
}

/** Calls `take` with spans of records; resolves with the files' facts. Throws CaptureFileError when one cannot be read at all. */
export async function readSources(
  paths: readonly string[],
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions = {},
): Promise<SourceFacts[]> {
  return paths.length === 1 ? [await readOne(paths[0] as string, take, options)] : readSeveral(paths, take, options)
}

async function readOne(
  path: string,
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions,
): Promise<SourceFacts> {
  let row = 0
  /** packets that were handed on, when the rest of their batch was not wanted any more */
  let given = -1
  const facts = await readCapture(
    path,
    async (batch, now) => {
      const { count } = batch
      // nothing has run yet that could be fast: the first packets are handed on by themselves, so that they are seen at once
      let from = 0
      do {
        const most = row >= FIRST_ROWS ? SPAN : row + from === 0 ? FIRST_SPAN : SHORT_SPAN
        const to = Math.min(count, from + most)
        await take({ batch, facts: now, file: 0, from, to, row, shift: 0, interfaceBase: 0 }, now.baseNanoseconds)
        from = to
        if (options.signal?.aborted === true && from < count) {
          given = row + from
          return
        }
      } while (from < count)
      row += count
    },
    { signal: options.signal, reuseMemory: options.reuseMemory, onProgress: (now) => options.onProgress?.(now, 0) },
  )
  if (given >= 0) facts.packets = given
  return { facts, firstRow: 0, interfaceBase: 0, shift: 0 }
}

/** A reader turned round: hands over one batch when it is asked for the next. */
class Puller {
  current: { batch: RecordBatch; facts: FileFacts; row: number; at: number } | null = null
  facts: FileFacts | null = null
  private row: number
  private wake: ((value: unknown) => void) | null = null
  private resume: (() => void) | null = null
  private failure: unknown = null
  private done = false
  private readonly stop = new AbortController()

  constructor(
    private readonly path: string,
    firstRow: number,
    private readonly onProgress: (facts: FileFacts) => void,
    private readonly reuseMemory: (() => boolean) | undefined,
  ) {
    this.row = firstRow
  }

  private start(): void {
    readCapture(
      this.path,
      (batch, facts) => {
        this.current = { batch, facts, row: this.row, at: 0 }
        this.row += batch.count
        this.wake?.(null)
        return new Promise<void>((resolve) => {
          this.resume = resolve
        })
      },
      { signal: this.stop.signal, reuseMemory: this.reuseMemory, onProgress: this.onProgress },
    ).then(
      (facts) => {
        this.facts = facts
        this.done = true
        this.current = null
        this.wake?.(null)
      },
      (error: unknown) => {
        this.failure = error
        this.done = true
        this.current = null
        this.wake?.(null)
      },
    )
  }

  /** Moves to the next batch; `current` is null at the end. */
  async next(): Promise<void> {
    if (this.done) return
    const arrived = new Promise((resolve) => {
      this.wake = resolve
    })
    this.current = null
    if (this.resume === null) this.start()
    else this.resume()
    await arrived
    if (this.failure !== null) throw this.failure
  }

  /** Ends the reader, and waits until its file is closed. */
  async close(): Promise<void> {
    this.stop.abort()
    while (this.resume !== null && !this.done) await this.next().catch(() => {})
  }
}

async function readSeveral(
  paths: readonly string[],
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions,
): Promise<SourceFacts[]> {
  const sources: SourceFacts[] = []
  let row = 0
  let interfaceBase = 0
  for (const path of paths) {
    const facts = await readCapture(path, () => {}, { signal: options.signal, reuseMemory: true })
    sources.push({ facts, firstRow: row, interfaceBase, shift: 0 })
    row += facts.packets
    interfaceBase += Math.max(1, facts.interfaces.length)
  }
  const base = earliest(sources.map((source) => source.facts))
  for (const source of sources) source.shift = source.facts.packets > 0 ? Number(source.facts.baseNanoseconds - base) : 0
  options.onCounted?.(sources, base)
  // files by the time of their first packet: those whose time has not come stay closed
  const waiting = sources.map((source, file) => ({ source, file })).sort((a, b) => a.source.shift - b.source.shift)
  const open: { puller: Puller; source: SourceFacts; file: number }[] = []
  const nextTime = (entry: (typeof open)[number]): number => {
    const { current } = entry.puller
    return current === null ? Number.POSITIVE_INFINITY : (current.batch.time[current.at] as number) + entry.source.shift
  }
  try {
    for (;;) {
      if (options.signal?.aborted === true) break
      let first: (typeof open)[number] | null = null
      let limit = Number.POSITIVE_INFINITY
      for (const entry of open) {
        const time = nextTime(entry)
        if (first === null || time < nextTime(first)) {
          if (first !== null) limit = Math.min(limit, nextTime(first))
          first = entry
        } else limit = Math.min(limit, time)
      }
      const upcoming = waiting[0]
      if (upcoming !== undefined && (first === null || upcoming.source.shift <= nextTime(first))) {
        waiting.shift()
        const puller = new Puller(
          paths[upcoming.file] as string,
          upcoming.source.firstRow,
          (facts) => options.onProgress?.(facts, upcoming.file),
          options.reuseMemory,
        )
        open.push({ puller, ...upcoming })
        await puller.next()
        if (puller.current === null) close(open, puller)
        continue
      }
      if (first === null) break
      if (upcoming !== undefined) limit = Math.min(limit, upcoming.source.shift)
      const { puller, source, file } = first
      const current = puller.current as NonNullable<Puller['current']>
      let to = current.at + 1
      while (to < current.batch.count && (current.batch.time[to] as number) + source.shift <= limit) to++
      await take(
        {
          batch: current.batch,
          facts: current.facts,
          file,
          from: current.at,
          to,
          row: current.row,
          shift: source.shift,
          interfaceBase: source.interfaceBase,
        },
        base,
      )
      current.at = to
      if (to < current.batch.count) continue
      await puller.next()
      if (puller.current === null) {
        source.facts = puller.facts ?? source.facts
        close(open, puller)
      }
    }
  } finally {
    for (const { puller } of open) await puller.close()
  }
  return sources
}

/** Times count from the earliest capture, whatever the order in which they were named: nothing but disorder within a file is before it. */
function earliest(all: readonly FileFacts[]): bigint {
  let base: bigint | null = null
  for (const { packets, baseNanoseconds } of all) if (packets > 0 && (base === null || baseNanoseconds < base)) base = baseNanoseconds
  return base ?? 0n
}

/** The same for a pass in file order, from each file's first packet; null: there is one file only, which says so itself. */
export async function commonBase(paths: readonly string[]): Promise<bigint | null> {
  if (paths.length < 2) return null
  const facts: FileFacts[] = []
  for (const path of paths) facts.push(await readCapture(path, () => {}, { maxPackets: 1 }))
  return earliest(facts)
}

function close(open: { puller: Puller }[], puller: Puller): void {
  const at = open.findIndex((entry) => entry.puller === puller)
  if (at >= 0) open.splice(at, 1)
}

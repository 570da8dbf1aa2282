/**
 * Records of one or several captures for the first pass: frames numbered on over the files in the order they were named, records
 * handed on roughly in time order (`TimeOrder` does the rest). Several files are counted first, so that frame numbers are known,
 * then read side by side; a file is opened only when its time has come, so that a ring of a hundred files needs no hundred readers. So is each
 * stretch of a file whose sections go back in time (`stretches.ts`).
 * Cost: nothing for one file; one more scan of the bytes for several, and one for each stretch of a file up to its end.
 */
import { readCapture } from '../files/reader.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'
import { Stretches } from './stretches.ts'

/** Records `from..to` of a batch. */
export interface Span {
  batch: RecordBatch
  facts: FileFacts
  /** position in the list of paths */
  file: number
  from: number
  to: number
  /** row of the batch's record 0, and of the file's first */
  row: number
  firstRow: number
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
  /** one file: its sections may go back in time; then nothing of those that do is handed on (`SectionsApart`), unless `apart` asks for them */
  apart?: boolean
  /** after every chunk of a file */
  onProgress?: (facts: FileFacts, file: number) => void
}

export interface SourceFacts {
  facts: FileFacts
  firstRow: number
  interfaceBase: number
  shift: number
}

/** A section goes back in time: the capture has to be read anew, each stretch at its time. */
export class SectionsApart extends Error {}

/** Calls `take` with spans of records; resolves with the files' facts. Throws CaptureFileError when one cannot be read at all. */
export async function readSources(
  paths: readonly string[],
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions = {},
): Promise<SourceFacts[]> {
  return paths.length === 1 && options.apart !== true
    ? [await readOne(paths[0] as string, take, options)]
    : readSeveral(paths, take, options)
}

async function readOne(
  path: string,
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions,
): Promise<SourceFacts> {
  let row = 0
  /** packets that were handed on, when the rest of their batch was not wanted any more */
  let given = -1
  const stretches = new Stretches()
  const stop = new AbortController()
  const facts = await readCapture(
    path,
    async (batch, now) => {
      if (stop.signal.aborted) return
      const count = stretches.take(batch, now)
      if (count < batch.count) stop.abort()
      if (count === 0) return
      // nothing has run yet that could be fast: the first packets are handed on by themselves, so that they are seen at once
      let from = 0
      do {
        const most = row >= FIRST_ROWS ? SPAN : row + from === 0 ? FIRST_SPAN : SHORT_SPAN
        const to = Math.min(count, from + most)
        await take({ batch, facts: now, file: 0, from, to, row, firstRow: 0, shift: 0, interfaceBase: 0 }, now.baseNanoseconds)
        from = to
        if (options.signal?.aborted === true && from < count) {
          given = row + from
          return
        }
      } while (from < count)
      row += count
    },
    {
      signal: options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]),
      reuseMemory: options.reuseMemory,
      onProgress: (now) => options.onProgress?.(now, 0),
    },
  )
  if (stop.signal.aborted && options.signal?.aborted !== true) throw new SectionsApart()
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
    private readonly part: Part,
    private readonly onProgress: (facts: FileFacts) => void,
    private readonly reuseMemory: (() => boolean) | undefined,
  ) {
    this.row = part.source.firstRow
  }

  private start(): void {
    readCapture(
      this.path,
      (batch, facts) => {
        const { row } = this
        this.row += batch.count
        if (this.row <= this.part.from) return
        this.current = { batch, facts, row, at: Math.max(0, this.part.from - row) }
        this.wake?.(null)
        return new Promise<void>((resolve) => {
          this.resume = resolve
        })
      },
      {
        signal: this.stop.signal,
        maxPackets: this.part.packets,
        reuseMemory: this.reuseMemory,
        onProgress: this.onProgress,
      },
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

/** What is read by one reader: a file, or a stretch of one. */
interface Part {
  source: SourceFacts
  file: number
  /** row of its first packet */
  from: number
  /** packets of the file up to its end; absent: all */
  packets?: number
  /** when it begins */
  time: number
}

async function readSeveral(
  paths: readonly string[],
  take: (span: Span, base: bigint) => void | Promise<void>,
  options: SourceOptions,
): Promise<SourceFacts[]> {
  const sources: SourceFacts[] = []
  const stretches: Stretches[] = []
  let row = 0
  let interfaceBase = 0
  for (const path of paths) {
    const found = new Stretches()
    const facts = await readCapture(path, (batch, now) => void found.take(batch, now), { signal: options.signal, reuseMemory: true })
    sources.push({ facts, firstRow: row, interfaceBase, shift: 0 })
    stretches.push(found)
    row += facts.packets
    interfaceBase += Math.max(1, facts.interfaces.length)
  }
  const base = earliest(sources.map(({ facts }, file) => ({ facts, least: leastOf(stretches[file] as Stretches) })))
  for (const source of sources) source.shift = source.facts.packets > 0 ? Number(source.facts.baseNanoseconds - base) : 0
  options.onCounted?.(sources, base)
  // by the time of their first packet: those whose time has not come stay closed
  const waiting = sources.flatMap((source, file) => partsOf(source, file, stretches[file] as Stretches)).sort((a, b) => a.time - b.time)
  const open: (Part & { puller: Puller })[] = []
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
      if (upcoming !== undefined && (first === null || upcoming.time <= nextTime(first))) {
        waiting.shift()
        const puller = new Puller(
          paths[upcoming.file] as string,
          upcoming,
          (facts) => options.onProgress?.(facts, upcoming.file),
          options.reuseMemory,
        )
        open.push({ puller, ...upcoming })
        await puller.next()
        if (puller.current === null) close(open, puller)
        continue
      }
      if (first === null) break
      if (upcoming !== undefined) limit = Math.min(limit, upcoming.time)
      const { puller, source, file, packets } = first
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
          firstRow: source.firstRow,
          shift: source.shift,
          interfaceBase: source.interfaceBase,
        },
        base,
      )
      current.at = to
      if (to < current.batch.count) continue
      await puller.next()
      if (puller.current === null) {
        if (packets === undefined) source.facts = puller.facts ?? source.facts
        close(open, puller)
      }
    }
  } finally {
    for (const { puller } of open) await puller.close()
  }
  return sources
}

function partsOf(source: SourceFacts, file: number, { all }: Stretches): Part[] {
  if (all.length < 2) return [{ source, file, from: source.firstRow, time: source.shift }]
  return all.map(({ row, time }, n) => ({
    source,
    file,
    from: source.firstRow + row,
    packets: all[n + 1]?.row,
    time: time + source.shift,
  }))
}

/** When its earliest stretch begins, from the time of its first packet. */
function leastOf({ all }: Stretches): number {
  return all.reduce((least, { time }) => Math.min(least, time), 0)
}

/** Times count from the earliest capture, whatever the order in which they were named: nothing but disorder within a stretch is before it. */
function earliest(all: readonly { facts: FileFacts; least: number }[]): bigint {
  let base: bigint | null = null
  for (const { facts, least } of all) {
    const begin = facts.baseNanoseconds + BigInt(Math.floor(least))
    if (facts.packets > 0 && (base === null || begin < base)) base = begin
  }
  return base ?? 0n
}

/** The same for a pass in file order, from each file's first packet; null: there is one file only, which says so itself. */
export async function commonBase(paths: readonly string[]): Promise<bigint | null> {
  if (paths.length < 2) return null
  const all: { facts: FileFacts; least: number }[] = []
  for (const path of paths) all.push({ facts: await readCapture(path, () => {}, { maxPackets: 1 }), least: 0 })
  return earliest(all)
}

function close(open: { puller: Puller }[], puller: Puller): void {
  const at = open.findIndex((entry) => entry.puller === puller)
  if (at >= 0) open.splice(at, 1)
}

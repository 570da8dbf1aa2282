/**
 * Pass 1: walks every packet of a capture once, in time order, into the index and the analysis.
 * Rows keep file order (frame numbers); walks and signals are in time order within the bounded window of `TimeOrder`.
 * Refuses what the reader refuses; a cut or damaged file is taken as far as it goes. Cancel and progress once a chunk.
 * Cost per packet: one walk, one row of 35 bytes; no object.
 */

import { registerAll } from '../../dissectors/all.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { applyProfiles } from '../../dissectors/profile/table.ts'
import type { Profile } from '../../shared/profile.ts'
import { createAnalyzer } from '../analysis/analyzer.ts'
import { type LinkLogFeed, linkLogFeed, parseNetlinkLog } from '../analysis/netlink.ts'
import type { SiteFile } from '../analysis/site-file.ts'
import type { Analyzer, AnalyzerInterface, LinkEvent } from '../analysis/types.ts'
import { nodeCrypto } from '../crypto-port.ts'
import { interfaceName } from '../files/interface-name.ts'
import { openRandomAccess } from '../files/reader.ts'
import type { CaptureInterface, FileFacts, RandomAccess } from '../files/types.ts'
import { CaptureSecrets } from '../keys/capture-secrets.ts'
import { KeyStore } from '../keys/store.ts'
import { FirstPass } from './first-pass.ts'
import { HeapHold } from './heap.ts'
import { MAX_ROWS, PacketIndex } from './index.ts'
import { LayerSets } from './layer-sets.ts'
import { readSources, SectionsApart, type SourceFacts, type Span } from './sources.ts'
import { TimeOrder } from './time-order.ts'

/** One file of an opened capture. */
export interface OpenFile {
  path: string
  facts: FileFacts
  firstRow: number
  interfaceBase: number
  /** ns to add to the file's own times */
  shift: number
  access: RandomAccess
}

/** An interface of the capture, numbered on over all files: what the index's interface column holds. */
export interface OpenInterface {
  id: number
  file: number
  facts: CaptureInterface
  /** shown: its name, or its number where the file has none */
  label: string
}

/** A capture that was walked once. */
export interface Capture {
  files: OpenFile[]
  index: PacketIndex
  layers: LayerSets
  state: StreamState
  analyzer: Analyzer
  interfaces: OpenInterface[]
  /** epoch nanoseconds of time 0 */
  base: bigint
  /** ns of the first and last packet in time order; null without packets */
  first: number | null
  last: number | null
  malformed: number
  /** packets that came later than the window of the time order holds back */
  late: number
  /** comments of packets by row */
  comments: Map<number, string[]>
  warnings: string[]
  /** read to its end; false when it was cancelled */
  complete: boolean
  /** nothing more comes of it: what is asked for again may be kept */
  settled: boolean
  hasLinkLog: boolean
  linkEvents: LinkEvent[]
}

export interface OpenOptions {
  /** text of a netlink log, and its name for messages */
  netlink?: { path: string; text: string }
  /** texts of key logs */
  keys?: { path: string; text: string }[]
  /** decode-as profiles in force */
  profiles?: readonly Profile[]
  /** the site as a person describes it */
  site?: SiteFile
  signal?: AbortSignal
  /** after every chunk: bytes read over all files, bytes in all, packets */
  onProgress?: (bytesRead: number, bytesTotal: number, packets: number) => void
  /** called once the first rows are in the index: queries may begin. Reading goes on when what it promises is kept */
  onBegin?: (capture: Capture) => unknown
}

/** Opens, reads, walks, analyzes. Resolves when all is done or the signal aborted; throws CaptureFileError and nothing else by design. */
export async function openCapture(paths: readonly string[], options: OpenOptions = {}): Promise<Capture> {
  let shown: Capture | null = null
  const onBegin = async (capture: Capture): Promise<void> => {
    const before = shown
    shown = capture
    const goesOn = options.onBegin?.(capture)
    if (before !== null) closeCapture(before)
    await goesOn
  }
  const walk = (apart: boolean): Promise<Capture> =>
    walkCapture(paths, { ...options, onBegin }, apart).catch((error) => {
      // A later file was refused: those before it are open.
      if (shown !== null && !(error instanceof SectionsApart)) closeCapture(shown)
      throw error
    })
  try {
    return await walk(false)
  } catch (error) {
    if (!(error instanceof SectionsApart)) throw error
    // Analysis cannot go back in time: what was walked up to there is walked again, in its place.
    return await walk(true)
  }
}

async function walkCapture(paths: readonly string[], options: OpenOptions, apart: boolean): Promise<Capture> {
  registerAll()
  const state = new StreamState(nodeCrypto)
  const keys = new KeyStore(options.keys)
  const secrets = new CaptureSecrets(keys)
  state.keys = keys
  if (options.profiles !== undefined) applyProfiles(state, options.profiles)
  const index = new PacketIndex()
  const layers = new LayerSets()
  const heap = new HeapHold()
  const interfaces: OpenInterface[] = []
  const known: AnalyzerInterface[] = []
  const comments = new Map<number, string[]>()
  const warnings: string[] = []
  const bytesRead: number[] = []
  const bytesTotal: number[] = []
  let appended = 0
  let begun = false
  let pass: FirstPass | null = null
  let order: TimeOrder | null = null
  let capture: Capture | null = null

  let linkFeed: LinkLogFeed | null = null
  const linkTaken: number[] = []

  const begin = (base: bigint): Capture => {
    state.baseNanoseconds = base
    const linkEvents = options.netlink === undefined ? [] : readLinkLog(options.netlink, base, warnings)
    const analyzer = createAnalyzer({
      flows: state.flows,
      baseNanoseconds: base,
      interfaces: known,
      linkEvents,
      hasLinkLog: options.netlink !== undefined,
      site: options.site,
    })
    pass = new FirstPass(state, index, layers, analyzer)
    order = new TimeOrder(pass.take)
    return {
      files: [],
      index,
      layers,
      state,
      analyzer,
      interfaces,
      base,
      first: null,
      last: null,
      malformed: 0,
      late: 0,
      comments,
      warnings,
      complete: false,
      settled: false,
      hasLinkLog: options.netlink !== undefined,
      linkEvents,
    }
  }

  /** Interfaces of a file that have become known since. */
  const takeInterfaces = (facts: FileFacts, file: number, interfaceBase: number): void => {
    for (const found of facts.interfaces) {
      const id = interfaceBase + found.id
      const before = known[id]
      if (before !== undefined) before.dropped = found.dropped
      if (interfaces[id] !== undefined || pass === null) continue
      const name = interfaceName(found)
      interfaces[id] = {
        id,
        file,
        facts: found,
        label: name ?? (facts.interfaces.length > 1 || found.id > 0 ? String(found.id) : ''),
      }
      known[id] = { id, name, addresses: found.addresses.map((address) => address.replace(/\/\d+$/, '')), mac: found.mac }
      state.interfaces[id] = { id: found.id, name: found.name, ticksPerSecond: found.ticksPerSecond }
      pass.linkTypes[id] = found.linkType
    }
  }

  /** Link events that the capture itself holds; a log that was given is believed instead, for it may be the same one. */
  const takeLinkLog = (facts: FileFacts, file: number, capture: Capture): void => {
    const { linkLog } = facts
    if (linkLog === undefined || options.netlink !== undefined) return
    linkFeed ??= linkLogFeed(capture.base)
    for (let at = linkTaken[file] ?? 0; at < linkLog.length; at++) capture.analyzer.linkEvents(linkFeed.take(linkLog[at] as string))
    linkTaken[file] = linkLog.length
    capture.hasLinkLog = true
  }

  /** Files become readable with their first packet; a gzip only when it was read to its end, since it must be unpacked for that. */
  const takeFile = async (capture: Capture, file: number, source: SourceFacts): Promise<void> => {
    const path = paths[file] as string
    const known = capture.files[file]
    capture.files[file] = { path, ...source, access: known?.access ?? (await openRandomAccess(path, source.facts)) }
  }

  const onSpan = async (span: Span, base: bigint): Promise<void> => {
    const { batch, from, to, facts, shift, interfaceBase } = span
    const opening = !begun
    begun = true
    capture ??= begin(base)
    takeInterfaces(facts, span.file, interfaceBase)
    secrets.take(facts)
    takeLinkLog(facts, span.file, capture)
    if (capture.files[span.file] === undefined && !facts.gzip)
      await takeFile(capture, span.file, { facts, firstRow: span.firstRow, interfaceBase, shift })
    const toRow = span.row
    if (toRow + to > MAX_ROWS) return
    for (let i = from; i < to; i++)
      index.place(
        toRow + i,
        (batch.time[i] as number) + shift,
        batch.fileOffset[i] as number,
        batch.captured[i] as number,
        batch.wire[i] as number,
        (batch.interface[i] as number) + interfaceBase,
      )
    for (const { index: at, text } of batch.comments) {
      if (at < from || at >= to) continue
      const row = toRow + at
      comments.set(row, [...(comments.get(row) ?? []), text])
    }
    if (toRow + from === appended) appended = toRow + to
    const { take } = pass as FirstPass
    const holding = interfaces.length > 1 || (order as TimeOrder).held > 0 || !(order as TimeOrder).direct(batch, from, to, shift)
    if (holding) (order as TimeOrder).add(batch, from, to, toRow + from, interfaceBase, shift)
    else
      for (let i = from; i < to; i++)
        take(
          batch.memory,
          batch.offset[i] as number,
          batch.captured[i] as number,
          batch.wire[i] as number,
          toRow + i,
          (batch.time[i] as number) + shift,
          (batch.interface[i] as number) + interfaceBase,
        )
    index.publish(appended)
    heap.seen(appended)
    capture.first = Number.isFinite((pass as FirstPass).first) ? (pass as FirstPass).first : null
    capture.last = Number.isFinite((pass as FirstPass).last) ? (pass as FirstPass).last : null
    if (opening) await options.onBegin?.(capture)
    // one turn of the event loop a batch: cancel, queries and progress get through
    await new Promise((resolve) => setImmediate(resolve))
  }

  const sources = await readSources(paths, onSpan, {
    signal: options.signal,
    apart,
    // nothing but records that wait for their time keep a chunk: dissectors copy what they keep
    reuseMemory: () => order === null || order.held === 0,
    // a later file may be the earlier capture: its packets come before those of the files whose interfaces are counted first
    onCounted: (counted, base) => {
      capture ??= begin(base)
      for (const [file, { facts, interfaceBase }] of counted.entries()) takeInterfaces(facts, file, interfaceBase)
      // a file without any has kept a number
      for (let id = 0; id < known.length; id++) known[id] ??= { id, name: null, addresses: [] }
    },
    onProgress: (facts, file) => {
      bytesRead[file] = facts.bytesRead
      bytesTotal[file] = facts.bytesTotal
      options.onProgress?.(sum(bytesRead), sum(bytesTotal), index.rows)
    },
  }).finally(() => heap.release())
  const done: Capture = capture ?? begin(sources[0]?.facts.baseNanoseconds ?? 0n)
  ;(order as TimeOrder | null)?.flush()
  const walked = pass as FirstPass | null
  for (const [file, source] of sources.entries()) {
    const { facts, firstRow, interfaceBase } = source
    const path = paths[file] as string
    takeInterfaces(facts, file, interfaceBase)
    takeLinkLog(facts, file, done)
    await takeFile(done, file, source)
    for (const words of facts.warnings) warnings.push(paths.length > 1 ? `${path}: ${words}` : words)
    appended = Math.max(appended, firstRow + facts.packets)
  }
  index.publish(Math.min(appended, MAX_ROWS))
  if (walked !== null && walked.last >= walked.first) {
    done.first = walked.first
    done.last = walked.last
    done.malformed = walked.malformed
  }
  done.late = (order as TimeOrder | null)?.late ?? 0
  if (done.late > 0) warnings.push(`${done.late} packets are more than 2 s out of time order: verdicts around them may be wrong`)
  if (walked !== null) warnings.push(...walked.copies.warnings())
  if (linkFeed !== null) warnings.push(...(linkFeed as LinkLogFeed).warnings())
  warnings.push(...keys.problems())
  if (state.flows.overflow > 0)
    warnings.push(`${state.flows.overflow} packets belong to flows beyond the ${state.flows.count} that are kept apart`)
  done.complete = options.signal?.aborted !== true
  done.analyzer.finish(done.last ?? 0)
  done.settled = true
  return done
}

/** Closes the files of a capture; its rows and report stay. */
export function closeCapture(capture: Capture): void {
  for (const file of capture.files) file?.access.close()
}

/** The file that a row is in; null while it cannot be read yet. */
export function fileOfRow(capture: Capture, row: number): OpenFile | null {
  let found: OpenFile | null = null
  for (const file of capture.files)
    if (file !== undefined && file.firstRow <= row && (found === null || file.firstRow >= found.firstRow)) found = file
  return found
}

/** Epoch seconds with microseconds of a time of this capture. */
export function epochSeconds(capture: { base: bigint }, time: number): number {
  // microseconds since 1970 fit a double exactly until the year 2255
  return (Number(capture.base / 1000n) + Math.round((Number(capture.base % 1000n) + time) / 1000)) / 1e6
}

function readLinkLog(log: { path: string; text: string }, base: bigint, warnings: string[]): LinkEvent[] {
  const { events, warnings: words } = parseNetlinkLog(log.text, base)
  for (const line of words) warnings.push(`${log.path}: ${line}`)
  if (events.length === 0) warnings.push(`${log.path}: holds no line that 'ip -ts monitor' prints; link evidence is missing`)
  return events
}

function sum(list: number[]): number {
  let total = 0
  for (const value of list) total += value ?? 0
  return total
}

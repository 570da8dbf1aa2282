/**
 * One pass over captures in file order with fields recorded: what `rehome packets`, `show` and packet exports walk.
 * The stream state grows as in tshark's first pass, so relative numbers, reassembly and conversations agree with it.
 * Frames are numbered on over several files. Cost: a recorded walk a packet, nothing kept of it.
 */
import { registerAll } from '../../dissectors/all.ts'
import { FieldRecorder } from '../../dissectors/core/recorder.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import { nodeCrypto } from '../crypto-port.ts'
import { readCapture } from '../files/reader.ts'
import type { CaptureInterface, FileFacts, RecordBatch } from '../files/types.ts'
import { CaptureSecrets } from '../keys/capture-secrets.ts'
import { KeyStore } from '../keys/store.ts'
import { commonBase } from './sources.ts'

export interface FilePacket {
  /** 1-based, over all files */
  frame: number
  /** ns since the first packet of the earliest file */
  time: number
  file: number
  facts: FileFacts
  interface: CaptureInterface | undefined
  batch: RecordBatch
  /** position in the batch */
  at: number
}

export interface FileOrderOptions {
  /** stop after this many packets, over all files */
  maxPackets?: number
  signal?: AbortSignal
  onProgress?: (facts: FileFacts) => void
  /** awaited between batches: back-pressure of what the visitor writes */
  between?: () => Promise<void>
  /** by field id, 1: wanted; only these are recorded, without texts for people */
  wanted?: Uint8Array
  /** the info column of each packet is made all the same */
  infos?: boolean
  /** false: the frame's own fields are not asked for */
  frameLayer?: boolean
  /** record fields from this frame on; packets before it are only followed */
  recordFrom?: number
  /** keys that the user gave; the capture's own are taken in any case */
  keys?: KeyStore
  /** called before the first packet is walked, to set decode-as rules */
  prepare?: (state: StreamState) => void
}

/**
 * Calls `visit` with the walk (its recorder filled) of each packet; `false` ends the pass.
 * Returns the facts of the files that were read. Throws CaptureFileError when a file cannot be read at all.
 */
export async function walkFiles(
  paths: readonly string[],
  visit: (walk: Walk, recorder: FieldRecorder, packet: FilePacket) => boolean | undefined,
  options: FileOrderOptions = {},
): Promise<FileFacts[]> {
  registerAll()
  const recorder = new FieldRecorder()
  recorder.frameLayer = options.frameLayer ?? true
  recorder.wanted = options.wanted ?? null
  recorder.titles = options.wanted === undefined
  recorder.lines = recorder.titles || options.infos === true
  const state = new StreamState(nodeCrypto)
  const keys = options.keys ?? new KeyStore()
  const secrets = new CaptureSecrets(keys)
  state.keys = keys
  options.prepare?.(state)
  const walk = new Walk(state, recorder)
  const facts: FileFacts[] = []
  const recordFrom = options.recordFrom ?? 1
  let row = 0
  let base = await commonBase(paths)
  if (base !== null) state.baseNanoseconds = base
  let interfaces = 0
  for (let file = 0; file < paths.length; file++) {
    const left = options.maxPackets === undefined ? undefined : options.maxPackets - row
    if (left !== undefined && left <= 0) break
    const stopped = new AbortController()
    const onAbort = (): void => stopped.abort()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    let ended = false
    let shift = 0
    const onBatch = async (batch: RecordBatch, now: FileFacts): Promise<void> => {
      if (ended) return
      if (base === null) state.baseNanoseconds = base = now.baseNanoseconds
      secrets.take(now)
      for (const { id, name, ticksPerSecond } of now.interfaces) state.interfaces[interfaces + id] ??= { id, name, ticksPerSecond }
      shift = Number(now.baseNanoseconds - base)
      const packet: FilePacket = { frame: 0, time: 0, file, facts: now, interface: undefined, batch, at: 0 }
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.offset[i] as number
        const id = batch.interface[i] as number
        const time = (batch.time[i] as number) + shift
        const end = offset + (batch.captured[i] as number)
        const recorded = row + 1 >= recordFrom
        walk.recorder = recorded ? recorder : null
        packet.frame = row + 1
        packet.time = time
        packet.interface = now.interfaces[id]
        packet.at = i
        walk.start(batch.memory, offset, end, batch.wire[i] as number, row++, time, interfaces + id)
        dissectFrame(walk, packet.interface?.linkType ?? -1)
        if (walk.flow >= 0) state.flows.count1(walk.flow, walk.direction, batch.wire[i] as number, time, interfaces + id, walk.hopLimit)
        if (recorded && visit(walk, recorder, packet) === false) {
          ended = true
          stopped.abort()
          return
        }
      }
      await options.between?.()
    }
    try {
      const read = await readCapture(paths[file] as string, onBatch, {
        signal: stopped.signal,
        maxPackets: left,
        onProgress: options.onProgress,
      })
      facts.push(read)
      interfaces += Math.max(1, read.interfaces.length)
    } catch (error) {
      if (!ended) throw error
    } finally {
      options.signal?.removeEventListener('abort', onAbort)
    }
    if (ended || options.signal?.aborted === true) break
  }
  return facts
}

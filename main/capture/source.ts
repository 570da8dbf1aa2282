/**
 * What every way of capturing offers: batches of packet records like those of a file, problems in-band with the data, and drops of kernel,
 * interface and application apart. A source captures on one interface (or reads one stream); the live capture merges several.
 * All sources of a capture count time from one base, so that their records compare without big integers.
 */
import { type LiveDrops, type LiveProblem, liveBackends } from '../../shared/live.ts'
import type { TimeBase } from '../files/record-columns.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'

export const backendNames = [...liveBackends, 'synthetic'] as const
export type BackendName = (typeof backendNames)[number]

/** Who stamps the packets. 'user space' is late by the time a packet waited for the process. */
export type CaptureClock = 'kernel' | 'user space' | 'remote' | 'file'

export type Drops = LiveDrops
export type CaptureProblem = LiveProblem

/** A source could not begin. */
export class CaptureFailure extends Error {
  constructor(readonly problem: CaptureProblem) {
    super(problem.message)
  }
}

/** Where a source puts what it has. Nothing is called after `ended`. */
export interface CaptureSink {
  /** Interfaces of the stream are known, packets or not. */
  described(facts: FileFacts): void
  /** The batch's columns are used again after the call; its memory is not. `facts` describes the interfaces of this stream. */
  batch(batch: RecordBatch, facts: FileFacts): void
  problem(problem: CaptureProblem): void
  /** null: it was stopped, or a finite source is through; else why it ended by itself */
  ended(problem: CaptureProblem | null): void
}

export interface CaptureSource {
  /** what is captured on, as the user named it */
  readonly name: string
  readonly backend: BackendName
  readonly clock: CaptureClock
  /** Resolves when packets are being captured; rejects with CaptureFailure. `base` must be set before. */
  start(base: TimeBase, sink: CaptureSink): Promise<void>
  /** The disk does not keep up: take nothing more from the kernel for a while. */
  pause(): void
  resume(): void
  /** Ends the capture, hands on what is still under way, and resolves after `ended`. */
  stop(): Promise<void>
  drops(): Drops
  /** packets that the backend says it received; null when it does not say */
  received(): number | null
}

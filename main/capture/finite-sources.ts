/**
 * Sources without a capture program: a file that grows (another program captures into it), and a script of packets for tests and demos.
 * Following refuses nothing that the stream parser takes; a file that shrinks or is replaced ends it with words.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { TimeBase } from '../files/record-columns.ts'
import { type CaptureClock, CaptureFailure, type CaptureSink, type CaptureSource, type Drops } from './source.ts'
import { StreamParser } from './stream-parser.ts'

const LOOK_MILLISECONDS = 100
const PIECE_BYTES = 1 << 20

export class FollowSource implements CaptureSource {
  readonly backend = 'follow'
  readonly clock: CaptureClock = 'file'
  private handle: FileHandle | null = null
  private stopping = false
  private paused = false
  private done: Promise<void> = Promise.resolve()

  constructor(readonly name: string) {}

  async start(base: TimeBase, sink: CaptureSink): Promise<void> {
    try {
      this.handle = await open(this.name, 'r')
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      throw new CaptureFailure({
        kind: missing ? 'no-device' : 'other',
        message: `${this.name}: cannot be followed: ${missing ? 'no such file' : (error as Error).message}`,
        hint: 'Name a capture that another program is writing.',
      })
    }
    this.stopping = false
    this.done = this.follow(this.handle, base, sink)
  }

  private async follow(handle: FileHandle, base: TimeBase, sink: CaptureSink): Promise<void> {
    const parser = new StreamParser(
      this.name,
      base,
      (batch, facts) => sink.batch(batch, facts),
      (facts) => sink.described(facts),
    )
    const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
    let position = 0
    let why: string | null = null
    try {
      for (;;) {
        const { bytesRead } = this.paused ? { bytesRead: 0 } : await handle.read(memory, 0, memory.length, position)
        if (bytesRead > 0) {
          position += bytesRead
          parser.push(memory.subarray(0, bytesRead))
          if (parser.failure !== null) {
            why = parser.failure
            break
          }
          await new Promise((resolve) => setImmediate(resolve))
          continue
        }
        if (this.stopping) break
        if ((await handle.stat()).size < position) {
          why = 'the file became shorter'
          break
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
      }
    } catch (error) {
      why = (error as Error).message
    } finally {
      await handle.close().catch(() => {})
      this.handle = null
    }
    parser.end()
    sink.ended(why === null ? null : { kind: 'ended', message: `${this.name}: ${why}`, hint: '' })
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.paused = false
    await this.done
  }

  drops(): Drops {
    return { kernel: 'unknown', interface: 'unknown', app: 0 }
  }

  received(): number | null {
    return null
  }
}

/** What a synthetic source does, in order. */
export type SyntheticStep =
  | { bytes: Uint8Array }
  | { wait: number }
  | { drops: Drops }
  /** the source ends by itself, as when its interface goes; a later start goes on with the step after */
  | { end: string }

/** Deterministic: gives the bytes of its script as a capture program would, in pieces, when it is told to. */
export class SyntheticSource implements CaptureSource {
  readonly backend = 'synthetic'
  readonly clock: CaptureClock = 'kernel'
  private at = 0
  private counts: Drops = { kernel: 0, interface: 0, app: 0 }
  private stopping = false
  private resumed: (() => void) | null = null
  private paused = false
  private done: Promise<void> = Promise.resolve()
  private wake: (() => void) | null = null

  constructor(
    readonly name: string,
    private readonly steps: readonly SyntheticStep[],
    private readonly options: { failStarts?: number } = {},
  ) {}

  async start(base: TimeBase, sink: CaptureSink): Promise<void> {
    if ((this.options.failStarts ?? 0) > 0) {
      this.options.failStarts = (this.options.failStarts as number) - 1
      throw new CaptureFailure({ kind: 'no-device', message: `${this.name}: there is no such interface`, hint: '' })
    }
    this.stopping = false
    this.counts = { kernel: 0, interface: 0, app: 0 }
    this.done = this.play(base, sink)
  }

  private async play(base: TimeBase, sink: CaptureSink): Promise<void> {
    const parser = new StreamParser(
      this.name,
      base,
      (batch, facts) => sink.batch(batch, facts),
      (facts) => sink.described(facts),
    )
    let why: string | null = null
    await new Promise((resolve) => setImmediate(resolve))
    while (this.at < this.steps.length && !this.stopping) {
      const step = this.steps[this.at++] as SyntheticStep
      if ('bytes' in step) parser.push(step.bytes)
      else if ('drops' in step) this.counts = step.drops
      else if ('wait' in step)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, step.wait)
          this.wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      else {
        why = step.end
        break
      }
      if (this.paused) await new Promise<void>((resolve) => (this.resumed = resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
    parser.end()
    sink.ended(why === null ? null : { kind: 'ended', message: `${this.name}: ${why}`, hint: '' })
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.resumed?.()
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.wake?.()
    this.resume()
    await this.done
  }

  drops(): Drops {
    return this.counts
  }

  received(): number | null {
    return null
  }
}

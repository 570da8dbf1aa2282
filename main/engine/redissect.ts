/**
 * Pass 2: walks single packets again, in any order, with their fields recorded. The stream state is frozen meanwhile: dissectors use
 * what pass 1 learned and change nothing. Pieces of a datagram are walked first where a packet completes one.
 * Reads ahead by a window where rows are asked in order. Cost: a recorded walk a packet and a read a window; nothing is kept.
 */
import { FRAGMENTS } from '../../dissectors/core/fragments.ts'
import { FieldRecorder } from '../../dissectors/core/recorder.ts'
import { Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import { PlainLayers } from './network-only.ts'
import { notesWanted, recordNotes } from './notes.ts'
import { type Capture, fileOfRow, type OpenFile } from './open.ts'

const NO_BYTES = new Uint8Array(0)
/** a packet further away than this is read on its own */
const NEAR = 64 * 1024

export class Redissector {
  readonly recorder = new FieldRecorder()
  readonly walk: Walk
  /** only fields of network layers are asked for */
  networkOnly = false
  private readonly plain: PlainLayers
  /** remarks on the packet that was walked last, but for where it ended */
  notes: string[] = []
  private file: OpenFile | null = null
  private window: Uint8Array = NO_BYTES
  private windowOffset = 0

  constructor(
    readonly capture: Capture,
    /** bytes to read at once for packets that follow each other */
    private readonly readAhead = 256 * 1024,
  ) {
    this.walk = new Walk(capture.state, this.recorder)
    this.plain = new PlainLayers(capture.layers)
  }

  /** Memory of the frame that was walked last: link-layer addresses lie there. */
  get frame(): Uint8Array {
    return this.recorder.sources[0]?.bytes ?? NO_BYTES
  }

  /** Walks the packet; false when its bytes cannot be read any more (the file was cut or removed since). */
  dissect(row: number): boolean {
    const { state } = this.capture
    const table = state.of(FRAGMENTS)
    state.frozen = true
    try {
      for (const piece of table.fragmentsOf(row)) this.walkOne(piece)
      const read = this.walkOne(row)
      this.notes = read && notesWanted(this.recorder) ? recordNotes(this.walk, this.recorder, this.capture.index.rowFlags(row)) : []
      return read
    } finally {
      state.frozen = false
      state.flowHint = -1
    }
  }

  private walkOne(row: number): boolean {
    const { walk } = this
    const { index, state, interfaces } = this.capture
    const captured = index.captured(row)
    const at = this.locate(row, captured)
    if (at < 0) return false
    const iface = index.interface(row)
    walk.networkOnly = this.networkOnly && this.plain.has(index.layers(row))
    state.flowHint = index.flow(row)
    state.directionHint = index.direction(row)
    walk.start(this.window, at, at + captured, index.wire(row), row, index.time(row), iface)
    dissectFrame(walk, interfaces[iface]?.facts.linkType ?? -1)
    return true
  }

  /** Position of the packet in the window, read anew when it is not there; -1 when it cannot be read. */
  private locate(row: number, captured: number): number {
    const { capture } = this
    const file = this.file !== null && capture.files.length === 1 ? this.file : fileOfRow(capture, row)
    if (file === null) return -1
    const offset = capture.index.fileOffset(row)
    if (file === this.file) {
      const at = offset - this.windowOffset
      if (at >= 0 && at + captured <= this.window.length) return at
    }
    const near = file === this.file && offset >= this.windowOffset && offset - (this.windowOffset + this.window.length) < NEAR
    this.file = file
    this.windowOffset = offset
    try {
      this.window = file.access.readAtSync(offset, near ? Math.max(captured, this.readAhead) : Math.max(captured, 1))
    } catch {
      this.window = NO_BYTES
    }
    return this.window.length >= captured ? 0 : -1
  }

  /** The packet's captured bytes, a copy; null when they cannot be read. */
  bytes(row: number): Uint8Array | null {
    const captured = this.capture.index.captured(row)
    const at = this.locate(row, captured)
    return at < 0 ? null : this.window.slice(at, at + captured)
  }
}

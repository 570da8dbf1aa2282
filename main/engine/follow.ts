/**
 * A capture that grows while it is looked at: the analysis of the live capture walks what the recorder has written, and this keeps the
 * rows, so that lists, filters and timelines are those of a file. The files of a ring that were removed keep their rows without bytes.
 * Cost per packet: one row of the index; no object.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import type { StreamState } from '../../dissectors/core/state.ts'
import { Stop, type Walk } from '../../dissectors/core/walk.ts'
import type { FindingReport } from '../../shared/report.ts'
import type { Analyzer, LinkEvent } from '../analysis/types.ts'
import type { LiveKeeper } from '../capture/live-analysis.ts'
import { interfaceName } from '../files/interface-name.ts'
import type { CaptureInterface, FileFacts, RandomAccess } from '../files/types.ts'
import { FlagShift, MAX_ROWS, PacketIndex } from './index.ts'
import { LayerSets } from './layer-sets.ts'
import type { Capture } from './open.ts'

export class Following implements LiveKeeper {
  /** null until the first packet */
  capture: Capture | null = null
  findings: readonly FindingReport[] = []
  private readonly numbers: number[] = []

  constructor(
    private readonly onBegun: (capture: Capture) => void,
    private readonly onPolled: () => void,
  ) {}

  begun(analyzer: Analyzer, state: StreamState, base: bigint, linkEvents: LinkEvent[]): void {
    this.capture = {
      files: [],
      index: new PacketIndex(),
      layers: new LayerSets(),
      state,
      analyzer,
      interfaces: [],
      base,
      first: null,
      last: null,
      malformed: 0,
      late: 0,
      comments: new Map(),
      warnings: [],
      complete: false,
      settled: false,
      hasLinkLog: true,
      linkEvents,
    }
    this.onBegun(this.capture)
  }

  described(facts: CaptureInterface): void {
    const { interfaces, files } = this.capture as Capture
    interfaces[facts.id] = { id: facts.id, file: Math.max(0, files.length - 1), facts, label: interfaceName(facts) ?? String(facts.id) }
  }

  segment(number: number, path: string, firstRow: number, facts: FileFacts): void {
    this.numbers.push(number)
    this.capture?.files.push({ path, facts, firstRow, interfaceBase: 0, shift: 0, access: growing(path) })
  }

  removed(number: number): void {
    const file = this.capture?.files[this.numbers.indexOf(number)]
    if (file === undefined) return
    file.access.close()
    file.access = nothing
  }

  row(walk: Walk, row: number, time: number, offset: number, captured: number, wire: number, iface: number, payload: number): void {
    const capture = this.capture as Capture
    if (row >= MAX_ROWS) return
    if (walk.stop === Stop.Malformed) capture.malformed++
    const { index, analyzer, layers } = capture
    index.place(row, time, offset, captured, wire, iface)
    index.found(
      row,
      walk.protocol,
      walk.flow,
      walk.direction | (walk.stop << FlagShift.Stop) | (analyzer.rowFlags << FlagShift.Row),
      walk.signalBits,
      payload,
      layers.of(walk),
    )
    if (walk.pieces !== null && walk.flow >= 0)
      for (const piece of walk.pieces) if (piece.row !== row && piece.row < MAX_ROWS) index.foundFlow(piece.row, walk.flow, walk.direction)
    if (capture.first === null || time < capture.first) capture.first = time
    if (capture.last === null || time > capture.last) capture.last = time
  }

  publish(rows: number): void {
    this.capture?.index.publish(Math.min(rows, MAX_ROWS))
  }

  polled(findings: readonly FindingReport[]): void {
    this.findings = findings
    this.onPolled()
  }
}

/** A file that another process is writing: what is there can be read at once. */
function growing(path: string): RandomAccess {
  let file = openSync(path, 'r')
  const read = (offset: number, length: number): Uint8Array => {
    if (file < 0) return new Uint8Array(0)
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
  }
  return {
    readAtSync: read,
    readAt: async (offset, length) => read(offset, length),
    close() {
      if (file >= 0) closeSync(file)
      file = -1
    },
  }
}

const nothing: RandomAccess = {
  readAtSync: () => new Uint8Array(0),
  readAt: async () => new Uint8Array(0),
  close() {},
}

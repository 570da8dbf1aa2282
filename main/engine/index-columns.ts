/**
 * The index as filters ask it: facts of a packet that need no dissection, and what the analysis found out about it.
 * Evidence frames of rehomings and findings are gathered once the analysis is done. Cost: array look-ups; nothing allocated a packet.
 */

import { protocolNamed } from '../../dissectors/core/fields.ts'
import { Stop } from '../../dissectors/core/walk.ts'
import { type ColumnSource, Ternary } from './filter/columns.ts'
import type { FlowEnds } from './filter/flow-fields.ts'
import { NO_PROTOCOL } from './index.ts'
import { PlainLayers } from './network-only.ts'
import type { Capture } from './open.ts'

const TRANSPORTS = [
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
] as const
const NONE: readonly string[] = []
/** ms that evidence is taken for current while the capture grows */
const CURRENT = 500

interface Evidence {
  rehomings: Map<number, string[]>
  findings: Map<number, string[]>
  decided: Map<number, string>
  /** made when nothing more came of the capture */
  settled: boolean
}

export class IndexColumns implements ColumnSource {
  private readonly namesOfFlow: (readonly string[])[] = []
  private evidence: Evidence | null = null
  private evidenceAt = 0

  private readonly plain: PlainLayers
  private readonly ends: FlowEnds = { transport: 0, size: 0, addresses: new Uint8Array(32), senderPort: 0, receiverPort: 0 }

  /** layers that have ports of their own, by IP protocol */
  private readonly transports = new Map<number, number>(TRANSPORTS.map(([number, name]) => [number, protocolNamed(name)]))

  private readonly baseSeconds: number
  private readonly baseRest: number

  constructor(private readonly capture: Capture) {
    this.plain = new PlainLayers(capture.layers)
    this.baseSeconds = Number(capture.base / 1_000_000_000n)
    this.baseRest = Number(capture.base % 1_000_000_000n)
  }

  frameNumber(row: number): number {
    return row + 1
  }
  frameLength(row: number): number {
    return this.capture.index.wire(row)
  }
  capturedLength(row: number): number {
    return this.capture.index.captured(row)
  }
  timeRelative(row: number): number {
    return this.capture.index.time(row) / 1e9
  }
  timeEpoch(row: number): number {
    // whole seconds and the rest apart: the double that the decimal text of this time stamp reads as
    const rest = this.baseRest + this.capture.index.time(row)
    const whole = Math.floor(rest / 1e9)
    return this.baseSeconds + whole + (rest - whole * 1e9) / 1e9
  }
  interfaceId(row: number): number {
    return this.capture.interfaces[this.capture.index.interface(row)]?.facts.id ?? 0
  }
  interfaceName(row: number): string | null {
    return this.capture.interfaces[this.capture.index.interface(row)]?.facts.name ?? null
  }

  sessions(row: number): readonly string[] {
    const flow = this.capture.index.flow(row)
    if (flow < 0) return NONE
    const known = this.namesOfFlow[flow]
    if (known !== undefined) return known
    const { analyzer, settled } = this.capture
    const { index } = this.capture
    const names = analyzer
      .sessionsOfPacket(flow, index.direction(row), index.time(row), index.rowFlags(row))
      .map((number) => `s${number + 1}`)
    // of a flow that several sessions ran on or carried, the time of the packet tells whose it is
    if (settled && analyzer.whose.fixed(flow)) this.namesOfFlow[flow] = names
    return names
  }

  rehomings(row: number): readonly string[] {
    return this.evidenceOf().rehomings.get(row) ?? NONE
  }

  /** the rehoming that this very packet decided; its evidence is in `rehomings` */
  decided(row: number): string | null {
    return this.evidenceOf().decided.get(row) ?? null
  }

  findings(row: number): readonly string[] {
    return this.evidenceOf().findings.get(row) ?? NONE
  }

  stop(row: number): number {
    return this.capture.index.stop(row)
  }

  rowFlags(row: number): number {
    return this.capture.index.rowFlags(row)
  }

  hasProtocol(row: number, protocol: number): Ternary {
    const { index, layers } = this.capture
    // a row that is not walked yet knows nothing
    if (index.protocol(row) === NO_PROTOCOL && index.layers(row) === 0) return Ternary.Unknown
    const known = layers.has(index.layers(row), protocol)
    return known === null ? Ternary.Unknown : known ? Ternary.Yes : Ternary.No
  }

  flowEnds(row: number): FlowEnds | null {
    const { index, state, layers } = this.capture
    const set = index.layers(row)
    if (!this.plain.oneFlow(set)) return null
    const flow = index.flow(row)
    if (flow < 0 || index.stop(row) !== Stop.None) return null
    const { ends } = this
    const { flows } = state
    const direction = index.direction(row)
    ends.transport = flows.protocol[flow] as number
    // a piece of a datagram has the flow of what came out in the end, which may be inside a tunnel
    const transport = this.transports.get(ends.transport)
    if (transport === undefined || layers.has(set, transport) !== true) return null
    ends.senderPort = (direction === 0 ? flows.portA[flow] : flows.portB[flow]) as number
    ends.receiverPort = (direction === 0 ? flows.portB[flow] : flows.portA[flow]) as number
    ends.size = flows.addresses.copy(flows.sender(flow, direction), ends.addresses, 0)
    // a full table of addresses knows some of none
    return flows.addresses.copy(flows.receiver(flow, direction), ends.addresses, 16) === ends.size && ends.size !== 0 ? ends : null
  }

  private evidenceOf(): Evidence {
    const { settled } = this.capture
    if (this.evidence?.settled === settled && (settled || performance.now() - this.evidenceAt < CURRENT)) return this.evidence
    const rehomings = new Map<number, string[]>()
    const findings = new Map<number, string[]>()
    const add = (map: Map<number, string[]>, frame: number, text: string): void => {
      const list = map.get(frame - 1)
      if (list === undefined) map.set(frame - 1, [text])
      else if (!list.includes(text)) list.push(text)
    }
    const decided = new Map<number, string>()
    for (const rehoming of this.capture.analyzer.rehomings()) {
      for (const frame of rehoming.frames) add(rehomings, frame, rehoming.id)
      if (rehoming.frame !== undefined) decided.set(rehoming.frame - 1, rehoming.id)
    }
    for (const finding of this.capture.analyzer.findings())
      for (const frame of finding.frames) {
        add(findings, frame, finding.id)
        add(findings, frame, finding.rule)
      }
    const evidence: Evidence = { rehomings, findings, decided, settled }
    this.evidence = evidence
    this.evidenceAt = performance.now()
    return evidence
  }
}

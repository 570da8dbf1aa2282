/** A stage for whole packets: bytes go through the dissectors into the analysis, as the first pass does it. Times in seconds. */
import { registerAll } from '../../../dissectors/all.ts'
import { countPieces } from '../../../dissectors/core/fragment-packets.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { createAnalyzer } from '../../../main/analysis/analyzer.ts'
import type { Analyzer } from '../../../main/analysis/types.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import type { RehomingReport, SessionReport } from '../../../shared/report.ts'

registerAll()

const LINK_RAW = 101
const LINK_ETHERNET = 1
export const BASE = 1_700_000_000

export class WireStage {
  readonly state = new StreamState(nodeCrypto)
  readonly analyzer: Analyzer
  /** one for all packets, as in the first pass: what a packet leaves behind in it would show with the next */
  private readonly walk: Walk
  private row = 0
  private time = 0

  constructor() {
    this.analyzer = createAnalyzer({
      flows: this.state.flows,
      baseNanoseconds: BigInt(BASE) * 1_000_000_000n,
      interfaces: [
        { id: 0, name: 'upA', addresses: [] },
        { id: 1, name: 'upB', addresses: [] },
      ],
      linkEvents: [],
      hasLinkLog: false,
    })
    this.walk = new Walk(this.state, null, this.analyzer)
  }

  /** An IP packet; those of IPv6 get the hop limit that the capture would show. */
  packet(seconds: number, bytes: Uint8Array, options: { interface?: number; hops?: number } = {}): this {
    const memory = bytes.slice()
    if ((memory[0] as number) >> 4 === 6) memory[7] = options.hops ?? 64
    return this.take(seconds, memory, LINK_RAW, options)
  }

  /** An Ethernet frame. */
  frame(seconds: number, bytes: Uint8Array, options: { interface?: number } = {}): this {
    return this.take(seconds, bytes, LINK_ETHERNET, options)
  }

  private take(seconds: number, memory: Uint8Array, linkType: number, options: { interface?: number }): this {
    const { walk } = this
    this.time = Math.round(seconds * 1e9)
    walk.start(memory, 0, memory.length, memory.length, this.row++, this.time, options.interface ?? 0)
    dissectFrame(walk, linkType)
    if (walk.pieces !== null) countPieces(walk)
    if (walk.flow >= 0) this.state.flows.count1(walk.flow, walk.direction, memory.length, this.time, options.interface ?? 0, walk.hopLimit)
    return this
  }

  finish(seconds = this.time / 1e9): this {
    this.analyzer.finish(Math.round(seconds * 1e9))
    return this
  }

  sessions(): SessionReport[] {
    return this.analyzer.report([], '0').sessions
  }

  one(protocol: string): SessionReport {
    const found = this.sessions().filter((s) => s.protocol === protocol)
    if (found.length !== 1) throw new Error(`${found.length} sessions of ${protocol}`)
    return found[0] as SessionReport
  }
}

export const after = (epoch: number): number => Math.round((epoch - BASE) * 1000) / 1000

/** 'address how authentication verified' of an endpoint; those taken back end in 'until' and the time. */
export function locators(session: SessionReport, end: 0 | 1): string[] {
  return session.endpoints[end].locators.map((l) =>
    [l.address, l.how, l.claimAuthentication, l.verifiedHow ?? '-', ...(l.removed === null ? [] : [`until ${after(l.removed)}`])].join(' '),
  )
}

export function identifiers(session: SessionReport, end: 0 | 1): string[] {
  return session.endpoints[end].identifiers.map((i) => `${i.kind} ${i.value}`)
}

/** 'time label direction from > to trigger outage' */
export function moves(rehomings: RehomingReport[]): string[] {
  return rehomings.map((r) => {
    const pair = (p: RehomingReport['from']): string => `${p.initiator},${p.responder}`
    const outage = r.metrics.outage === null ? '-' : `${Math.round(r.metrics.outage.value)}`
    return `${after(r.t)} ${r.label} ${r.direction} ${pair(r.from)} > ${pair(r.to)} ${r.trigger.class} ${outage}`
  })
}

/** The timeline without the marks of data. */
export function marks(session: SessionReport): string[] {
  return session.timeline.filter((m) => !m.kind.startsWith('payload')).map((m) => `${after(m.t)} ${m.kind}: ${m.detail}`)
}

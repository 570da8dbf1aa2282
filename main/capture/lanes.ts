/**
 * The interfaces of a capture: one lane each, with the source that captures on it. A lane whose source ends by itself waits and is tried
 * again while the others go on; one that was renamed is found by its number. Counts what was received and lost, over all starts of a source.
 * Refuses to start when an interface cannot be captured on at all. Cost: nothing a packet but two additions.
 */
import type { TimeBase } from '../files/record-columns.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'
import type { WrittenInterface, WrittenStatistics } from '../files/writer.ts'
import type { Choice } from './choose.ts'
import { interfaceDrops, interfaceFacts, nameOfIndex, systemIndex } from './interfaces.ts'
import type { Merger } from './merge.ts'
import type { BackendName, CaptureProblem, CaptureSource, Drops } from './source.ts'

const RETRY_MILLISECONDS = 500
const RETRY_MOST = 5_000
/**
 * At the end, for what the kernel still holds: at most (it may be 256 MB, and nobody counts what is left in it), as long as nothing comes any more,
 * and between two looks.
 */
const CATCH_UP_MILLISECONDS = 60_000
const QUIET_MILLISECONDS = 350
const SLOW_QUIET_MILLISECONDS = 1_200
const LOOK_MILLISECONDS = 20

/** tcpdump, here or there, has the kernel keep what is not much for up to a second. */
export function isSlow(backend: BackendName): boolean {
  return backend === 'tcpdump' || backend === 'ssh'
}

export interface Lane {
  number: number
  wanted: string
  /** what the interface is called now */
  name: string
  index: number | null
  source: CaptureSource
  /** number of the capture's interface by number of the source's */
  map: number[]
  state: 'running' | 'waiting' | 'through'
  retry: NodeJS.Timeout | null
  /** of starts that are over */
  past: { received: number; drops: Drops }
  dropsBefore: number | null
  packets: number
  /** bytes on the wire */
  bytes: number
}

export interface LaneEvents {
  /** a new interface of the capture: answers its number */
  described(name: string, facts: WrittenInterface): number
  lost(lane: Lane, problem: CaptureProblem): void
  resumed(lane: Lane, was: string): void
  problem(problem: CaptureProblem): void
  /** every source has ended by itself, as finite ones do */
  through(): void
}

export class Lanes {
  readonly all: Lane[] = []
  /** packets that sources gave, and the time of the newest (ns from the base) */
  private arrived = 0
  private newest = Number.NEGATIVE_INFINITY
  /** by number of the capture's interface */
  private readonly keys: string[] = []
  private readonly laneOf: Lane[] = []
  private stopping = false

  constructor(
    private readonly choice: Choice,
    private readonly filter: string | null,
    private readonly base: TimeBase,
    private readonly merger: Merger,
    private readonly events: LaneEvents,
  ) {}

  /** Interfaces of the capture so far. */
  get interfaces(): number {
    return this.keys.length
  }

  /** Resolves when packets are captured on it. */
  async start(name: string): Promise<void> {
    const lane: Lane = {
      number: this.merger.addLane(),
      wanted: name,
      name,
      index: systemIndex(name),
      source: this.choice.make(name, this.filter),
      map: [],
      state: 'running',
      retry: null,
      past: { received: 0, drops: { kernel: 0, interface: 0, app: 0 } },
      dropsBefore: interfaceDrops(name),
      packets: 0,
      bytes: 0,
    }
    this.all.push(lane)
    await lane.source.start(this.base, this.sinkOf(lane))
  }

  /** What the kernel holds back of the time before the end is taken first: a capture program that is ended throws it away. */
  async catchUp(): Promise<void> {
    const end = Date.now()
    const patience = isSlow(this.choice.backend) ? SLOW_QUIET_MILLISECONDS : QUIET_MILLISECONDS
    let seen = this.arrived
    let quietSince = end
    for (let now = end; now - end < CATCH_UP_MILLISECONDS && now - quietSince < patience; now = Date.now()) {
      if (Number(this.base.nanoseconds / 1_000_000n) + this.newest / 1e6 >= end) return
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
      if (this.arrived !== seen) {
        seen = this.arrived
        quietSince = Date.now()
      }
    }
  }

  /** Ends all sources, and hands on what was still under way. */
  async stop(): Promise<void> {
    this.stopping = true
    for (const lane of this.all) if (lane.retry !== null) clearTimeout(lane.retry)
    await Promise.all(this.all.map((lane) => lane.source.stop()))
  }

  pause(pause: boolean): void {
    for (const { source } of this.all) {
      if (pause) source.pause()
      else source.resume()
    }
  }

  /** A packet of this interface of the capture was handed on. */
  count(iface: number, wire: number): void {
    const lane = this.laneOf[iface] as Lane
    lane.packets++
    lane.bytes += wire
  }

  // ------------------------------------------------------------------ what sources say

  private sinkOf(lane: Lane): Parameters<CaptureSource['start']>[1] {
    lane.map = []
    return {
      described: (facts) => this.describeAll(lane, facts),
      batch: (batch, facts) => this.onBatch(lane, batch, facts),
      problem: (problem) => this.events.problem(problem),
      ended: (problem) => this.onEnded(lane, problem),
    }
  }

  private onBatch(lane: Lane, batch: RecordBatch, facts: FileFacts): void {
    this.describeAll(lane, facts)
    this.arrived += batch.count
    if (batch.count > 0) this.newest = Math.max(this.newest, batch.time[batch.count - 1] as number)
    this.merger.add(lane.number, batch, lane.map, performance.now())
  }

  private describeAll(lane: Lane, facts: FileFacts): void {
    for (let id = lane.map.length; id < facts.interfaces.length; id++) lane.map[id] = this.describe(lane, facts, id)
  }

  /** Number of the capture's interface for one of a source; a source that was started again finds its own. */
  private describe(lane: Lane, facts: FileFacts, id: number): number {
    const found = facts.interfaces[id] as FileFacts['interfaces'][number]
    const local = this.choice.backend !== 'ssh' && this.choice.backend !== 'follow'
    const name = found.name ?? lane.name
    const key = `${lane.number} ${name} ${found.linkType} ${found.snaplen}`
    const known = this.keys.indexOf(key)
    if (known >= 0) return known
    const own = local ? interfaceFacts(name) : null
    const number = this.keys.push(key) - 1
    this.laneOf[number] = lane
    this.events.described(name, {
      linkType: found.linkType,
      snaplen: found.snaplen,
      name,
      description: found.description,
      addresses: own === null || own.addresses.length === 0 ? found.addresses : own.addresses,
      mac: own?.mac ?? found.mac,
      filter: this.filter ?? found.filter,
      hardware: own?.hardware ?? found.hardware,
      os: found.os ?? facts.os,
    })
    return number
  }

  // ------------------------------------------------------------------ interfaces that come and go

  private onEnded(lane: Lane, problem: CaptureProblem | null): void {
    this.merger.close(lane.number)
    const { past } = lane
    lane.past = { received: past.received + (lane.source.received() ?? 0), drops: addDrops(past.drops, lane.source.drops()) }
    lane.state = 'through'
    if (this.stopping) return
    if (problem === null) {
      if (this.all.every((one) => one.state === 'through')) this.events.through()
      return
    }
    lane.state = 'waiting'
    this.events.lost(lane, problem)
    this.retryLater(lane, RETRY_MILLISECONDS)
  }

  private retryLater(lane: Lane, milliseconds: number): void {
    lane.retry = setTimeout(() => void this.retry(lane, milliseconds), milliseconds)
  }

  private async retry(lane: Lane, milliseconds: number): Promise<void> {
    lane.retry = null
    if (this.stopping) return
    const was = lane.name
    const name = (lane.index === null ? null : nameOfIndex(lane.index)) ?? lane.wanted
    try {
      const source = this.choice.backend === 'synthetic' ? lane.source : this.choice.make(name, this.filter)
      await source.start(this.base, this.sinkOf(lane))
      lane.source = source
    } catch {
      if (!this.stopping) this.retryLater(lane, Math.min(RETRY_MOST, milliseconds * 1.5))
      return
    }
    lane.name = name
    lane.index = systemIndex(name)
    lane.state = 'running'
    this.merger.reopen(lane.number)
    if (this.stopping) {
      await lane.source.stop()
      return
    }
    this.events.resumed(lane, was)
  }

  // ------------------------------------------------------------------ counts

  drops(lane: Lane): Drops {
    const sum = lane.state === 'running' ? addDrops(lane.past.drops, lane.source.drops()) : lane.past.drops
    const system = interfaceDrops(lane.name)
    const own = system === null || lane.dropsBefore === null ? null : Math.max(0, system - lane.dropsBefore)
    return sum.interface === 'unknown' && own !== null ? { ...sum, interface: own } : sum
  }

  /** What the file says of each interface of the capture. */
  statistics(): WrittenStatistics[] {
    return this.laneOf.map((lane) => {
      const drops = this.drops(lane)
      const received = lane.past.received + (lane.state === 'running' ? (lane.source.received() ?? 0) : 0)
      return {
        received: received === 0 ? null : received,
        dropped: drops.interface === 'unknown' ? null : drops.interface,
        systemDropped: drops.kernel === 'unknown' ? null : drops.kernel,
      }
    })
  }
}

function addDrops(a: Drops, b: Drops): Drops {
  const sum = (x: number | 'unknown', y: number | 'unknown'): number | 'unknown' => (x === 'unknown' || y === 'unknown' ? 'unknown' : x + y)
  return { kernel: sum(a.kernel, b.kernel), interface: sum(a.interface, b.interface), app: sum(a.app, b.app) }
}

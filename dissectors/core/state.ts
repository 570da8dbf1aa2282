/**
 * What a walk remembers between packets so that bytes can be read rightly: flows, fragments being put together, TCP bases,
 * keys seen. Not sessions: those belong to the contexts. All of it is bounded.
 * In the index pass it grows; in a second pass over single packets it is `frozen` and only looked at.
 */
import { epochNanoseconds } from '../../shared/epoch.ts'
import type { CryptoPort } from './crypto.ts'
import { DecodeAs } from './dispatch.ts'
import { FlowTable } from './flows.ts'
import { type KeyPort, NO_KEYS } from './keys.ts'

let keys = 0

/** Names a protocol's own state; made once per protocol at module level. */
export class StateKey<T> {
  /** its place in `StreamState`: dissectors ask for every packet, and a map would be dearer than what they ask for */
  readonly place = keys++

  constructor(
    readonly name: string,
    readonly make: (state: StreamState) => T,
  ) {}
}

/** What the frame's own fields say of the interface a packet was captured on. */
export interface FrameInterface {
  /** number of the interface in its file */
  id: number
  name: string | null
  /** units a second of its time stamps: beyond 104 days from the first packet, the clock is rounded to them */
  ticksPerSecond: bigint
}

export class StreamState {
  readonly flows = new FlowTable()
  readonly decodeAs = new DecodeAs()
  /** not 0 once a protocol has identifiers that plain IPv6 packets may carry: see `ipv6/watch.ts` */
  watched = 0
  /** keys that the user or the capture supplied; set by the host */
  keys: KeyPort = NO_KEYS
  /**
   * A second pass over single packets, out of order: dissectors use what the first pass learned and change nothing.
   * `flowHint` is then the flow that the first pass gave to this packet (-1 unknown), right even when ports were used again.
   */
  frozen = false
  flowHint = -1
  directionHint = 0
  /** epoch nanoseconds of time 0: set by the host, for `frame.time_epoch` */
  baseNanoseconds = 0n
  /** by `walk.interface`; set by the host */
  interfaces: FrameInterface[] = []
  private readonly parts: unknown[] = []

  constructor(readonly crypto: CryptoPort) {}

  /** Epoch nanoseconds at `time` on an interface's clock, as the file has them: for fields, not for the index pass. */
  epochNanoseconds(time: number, iface: number): bigint {
    return epochNanoseconds(this.baseNanoseconds, time, this.interfaces[iface]?.ticksPerSecond ?? 0n)
  }

  of<T>(key: StateKey<T>): T {
    const part = this.parts[key.place] as T | undefined
    return part === undefined ? this.begin(key) : part
  }

  private begin<T>(key: StateKey<T>): T {
    const part = key.make(this)
    // Filled up to its place: an array with holes is looked through like a map.
    while (this.parts.length <= key.place) this.parts.push(undefined)
    this.parts[key.place] = part
    return part
  }
}

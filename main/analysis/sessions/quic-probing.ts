/**
 * Which datagrams of a connection without keys are path challenges and responses, not payload (rehoming.md section 3): isolated ones of 1,200 bytes
 * or more on a pair that is not the one in use. Data in full datagrams looks the same, so the first three on such a pair are taken for probes;
 * with the fourth in a row, or with the first shorter one, the pair is in use. A pair in use that falls back to probes is left with the next data
 * on another. Cost: a map look-up for full datagrams beside the pair in use.
 */
import { type Signal, SignalKind, UnitSpace } from '../../../shared/signals.ts'
import type { End } from '../model.ts'

/** RFC 9000 section 8.2.1 */
const CHALLENGE = 1200
const PROBES = 3

export class Probing {
  /** full datagrams on pairs beside the one in use, by sender and pair; only for connections that have such pairs */
  private counts: Map<number, number> | null = null

  static looksLikeChallenge(signal: Signal): boolean {
    return signal.kind === SignalKind.Payload && signal.space === UnitSpace.Datagram && signal.bytes >= CHALLENGE
  }

  /** `active`: pair of the sender's last payload, -1 none. */
  isChallenge(sender: End, pair: number, active: number, signal: Signal): boolean {
    if (active < 0 || pair === active) {
      if (this.counts !== null && this.counts.size > 0) this.forget(sender)
      return false
    }
    if (signal.bytes < CHALLENGE) return false
    this.counts ??= new Map()
    const key = pair * 2 + sender
    const count = (this.counts.get(key) ?? 0) + 1
    if (count > PROBES) return false
    this.counts.set(key, count)
    return true
  }

  /** Data went on where it was: what was seen elsewhere was isolated. */
  private forget(sender: End): void {
    for (const key of (this.counts as Map<number, number>).keys()) if (key % 2 === sender) this.counts?.delete(key)
  }
}

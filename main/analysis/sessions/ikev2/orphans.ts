/**
 * ESP that was running when the capture began, whose IKE SA nobody has seen yet. Where the captured host moves before its IKE SA says a word, the first
 * message comes from the new address (RFC 4555 section 3.5): it belongs to the ESP that the host has just left. Bounded: the 64 youngest.
 */
import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { type End, SECOND } from '../../model.ts'
import { isOver } from '../sessions-by-id.ts'
import type { Sa } from './sa.ts'

const MAX_ORPHANS = 64
/** longer than this ago, nothing ties the two together */
const LEFT = 60 * SECOND
/** ESP has ended when it is silent for as long as this many of its packets usually take, and no shorter than that */
const SILENT_PACKETS = 4
const SILENT = SECOND / 10
/** of fewer packets nobody knows how often they come */
const LEAST = 8

export class Orphans {
  private readonly list: Sa[] = []

  add(sa: Sa): void {
    this.list.push(sa)
    if (this.list.length > MAX_ORPHANS) this.list.shift()
  }

  /**
   * The ESP that the sender of the first message of a running IKE SA has left: the captured host's, to the same peer, from another address, and silent
   * now. null: there is none, or more than one.
   */
  leftFor(flows: FlowTable, signal: Signal): Sa | null {
    const own = flows.sender(signal.flow, signal.direction)
    const peer = flows.receiver(signal.flow, signal.direction)
    const found = this.list.filter((sa) => {
      const { session } = sa
      const end = session.capturedEnd
      if (session.protocol !== 'esp' || !session.midCapture || isOver(session) || (end !== 0 && end !== 1)) return false
      const other = (1 - end) as End
      return session.paths.every(({ ends }) => ends[end] !== own && ends[other] === peer) && isSilent(sa, signal.time)
    })
    return found.length === 1 ? (found[0] as Sa) : null
  }
}

function isSilent({ session }: Sa, now: number): boolean {
  const packets = session.pairs.reduce((sum, pair) => sum + pair.payloadUnits, 0)
  const silent = now - session.last
  return packets >= LEAST && silent <= LEFT && silent >= Math.max(SILENT, (SILENT_PACKETS * (session.last - session.opened)) / packets)
}

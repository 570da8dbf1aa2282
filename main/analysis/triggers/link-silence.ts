/**
 * A link that fails without a word: at least three contexts of one local interface fall silent within 1 s while another interface is alive
 * (rehoming.md section 4, 65). A context is a flow of the captured host in which the far end had been sending; closed ones are none.
 * Cost: looks at the 4,096 youngest flows once a move.
 */
import { SECOND } from '../model.ts'
import { type Move, nearEnd, newPath, oldPath, type TriggerCandidateRows } from './context.ts'

const FLOWS = 4096
const NEEDED = 3
/** a context that speaks has sent so many packets, over so long */
const PACKETS = 5
/** and was not about to fall silent by itself: its silence is longer than this, and than three of its usual gaps */
const SILENCE = 0.5 * SECOND

export function silentTogether(move: Move): TriggerCandidateRows | null {
  const { candidate, world, flows, captured } = move
  if (move.healthy || (captured !== 0 && captured !== 1)) return null
  const from = oldPath(move)
  // The new path lives; it has to run over another interface.
  if (newPath(move).interface === from.interface) return null
  const local = from.ends[nearEnd(move)]
  const heard = lastHeard(move)
  if (heard === null || candidate.time - heard < SILENCE) return null
  const sessions = new Set<number>()
  for (let flow = flows.count - 1, n = 0; flow >= 0 && n < FLOWS; flow--, n++) {
    const near = nearSide(move, flow, local)
    if (near < 0) continue
    const at = flow * 2 + (1 - near)
    const packets = flows.packets[at] as number
    if (packets < PACKETS || flows.lastInterface[at] !== from.interface) continue
    const last = flows.last[at] as number
    const first = flows.first[at] as number
    if (Math.abs(last - heard) > SECOND || last - first < SECOND || candidate.time - last < SILENCE) continue
    if (candidate.time - last < (3 * (last - first)) / packets) continue
    const number = world.openSession(flow, last)
    if (number >= 0) sessions.add(number)
  }
  if (sessions.size < NEEDED) return null
  const name = world.interfaceName(from.interface) ?? 'its interface'
  return {
    class: 'link',
    score: 65,
    time: heard,
    rows: [candidate.lastRow],
    text: `${sessions.size} sessions on ${name} fell silent within 1 s`,
    clause: `when all of ${name} fell silent`,
  }
}

/** Which side of the flow is the captured host's: 0 its `a`, 1 its `b`, -1 none. */
function nearSide(move: Move, flow: number, local: number): number {
  const { flows, world } = move
  for (const side of [0, 1] as const) {
    const address = (side === 0 ? flows.addressA[flow] : flows.addressB[flow]) as number
    if (address === local || world.isOwn(flows.addresses.text(address))) return side
  }
  return -1
}

/** When the far end was heard last on the old path before the move; null when it still was after it. */
function lastHeard(move: Move): number | null {
  const path = move.session.paths[move.candidate.from]
  if (path === undefined) return null
  const heard = nearEnd(move) === 0 ? path.heardResponder : path.heardInitiator
  return heard < 0 || heard > move.candidate.time ? null : heard
}

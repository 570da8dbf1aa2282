/**
 * What every trigger rule is given (rehoming.md section 4): the move, the session, the search window, and what happened outside the sessions
 * (link log, router advertisements). A rule gives candidates back; the highest score wins, on a tie the earliest.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { Candidate } from '../candidate.ts'
import { interfaceAt } from '../locators.ts'
import type { Cause, Path } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { pathName } from '../path-names.ts'
import type { World } from '../world.ts'

/** `text`: the fact, short: 'upA: carrier lost'; `clause`: the same as the end of 'moved at 4 s ...': 'when upA lost carrier' */
export interface TriggerCandidateRows extends Cause {
  /** an endpoint asked for the move: what only made the new path usable again stands behind it */
  asked?: true
}

export interface Move {
  session: MultiSession
  candidate: Candidate
  sender: 0 | 1
  flows: FlowTable
  world: World
  /** last good evidence on the old path */
  lastGood: number
  /** did the old path deliver until the move? */
  healthy: boolean
  /** end that was captured, -1 unknown */
  captured: number
  /** nothing acknowledges data: the peer, which had been heard regularly, fell silent on the old path */
  fellSilent: boolean
}

/** Room for the order of clocks: a log line of the event may be written just after the packets react. */
export const SLACK = 0.05e9

/** A path of the move with the interface that it ran over then. */
export interface MovePath {
  ends: [number, number]
  interface: number
  index: number
}

export function oldPath(move: Move): MovePath {
  return pathAt(move.session.paths[move.candidate.from] as Path, move.candidate.lastTime)
}

export function newPath(move: Move): MovePath {
  return pathAt(move.session.paths[move.candidate.to] as Path, move.candidate.time)
}

function pathAt(path: Path, time: number): MovePath {
  return { ends: path.ends, interface: interfaceAt(path, time), index: path.index }
}

/** Link-layer addresses that packets of `sender` on a path leave from and go to; -1 unknown. */
export function hopOf(move: Move, path: number, sender: 0 | 1): { from: number; to: number } {
  const { hops } = move.flows
  for (const pair of move.session.pairs) {
    if (pair.path !== path) continue
    const hop = hops.lastOf(pair.flow, (sender === 0) === pair.initiatorIsA ? 0 : 1)
    if (hop >= 0) return { from: hops.sender[hop] as number, to: hops.receiver[hop] as number }
  }
  return { from: -1, to: -1 }
}

/** The end whose first hop is in sight: the captured one, else the sender. */
export function nearEnd(move: Move): 0 | 1 {
  return move.captured === 0 || move.captured === 1 ? move.captured : move.sender
}

export function pathText(move: Move, index: number): string {
  const { session, candidate, flows, world } = move
  return pathName(session, index, flows, world, [candidate.from, candidate.to])
}

/** In a clause only a short name; a pair of addresses has been said just before. */
export function spoken(name: string, otherwise: string): string {
  return name.includes(' ⇄ ') ? otherwise : name
}

/**
 * What every trigger rule is given (rehoming.md section 4): the move, the session, the search window, and what happened outside the sessions
 * (link log, router advertisements). A rule gives candidates back; the highest score wins, on a tie the earliest.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { TriggerClass } from '../../../shared/report.ts'
import type { Candidate } from '../direction.ts'
import { interfaceAt } from '../locators.ts'
import type { MultiSession, Path } from '../model.ts'
import { pathName } from '../path-names.ts'
import type { World } from '../world.ts'

export interface TriggerCandidateRows {
  class: TriggerClass
  score: number
  time: number
  rows: number[]
  /** the fact, short: 'upA: carrier lost' */
  text: string
  /** the same as the end of 'moved at 4 s ...': 'when upA lost carrier' */
  clause: string
  /** it speaks for the new path, not against the old one */
  recovery?: true
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

export function pathText(move: Move, index: number): string {
  const { session, candidate, flows, world } = move
  return pathName(session, index, flows, world, [candidate.from, candidate.to])
}

/** In a clause only a short name; a pair of addresses has been said just before. */
export function spoken(name: string, otherwise: string): string {
  return name.includes(' ⇄ ') ? otherwise : name
}

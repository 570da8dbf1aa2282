/**
 * Connections on flows that they did not begin on: found by a connection id that is known (RFC 9000 section 9.5), else, without keys, guessed from
 * timing and form when the server has one connection at work only (quic.md, passive rules). Refuses to guess where there is a choice.
 * Cost: once for the first packets of a flow that nothing is known of.
 */
import type { Walk } from '../core/walk.ts'
import { type Connection, SERVER } from './connection.ts'
import { inferredMove, perhapsMoved } from './signals.ts'
import { isFrozen, type QuicState } from './state.ts'

/** header byte, unpredictable bits and token of a stateless reset: nothing shorter is looked at */
const LEAST_RESET = 21
/** RFC 9000 section 8.2.1: what carries PATH_CHALLENGE is expanded to this */
const LEAST_CHALLENGE = 1200
/** by how many hops a host's ways to the capture may differ */
const MOST_HOPS = 4

/** A flow that nothing is known of: does the packet name a connection? Then that flow is the connection's too. */
export function movedHere(walk: Walk, state: QuicState, offset: number): boolean {
  const cid = state.cidAt(walk, offset + 1)
  if (cid === null) {
    const candidate = walk.end - offset >= LEAST_RESET && !isFrozen(walk) ? state.movedFrom(walk) : null
    if (candidate === null) return false
    if (!looksLikeMove(walk, candidate, offset)) {
      if (walk.signalling) perhapsMoved(walk, state, candidate)
      return false
    }
    state.bind(candidate, walk.flow, walk.direction as 0 | 1)
    if (walk.signalling) inferredMove(walk, state, candidate)
    return true
  }
  if (!isFrozen(walk)) {
    const fromClient = cid.owner === SERVER
    state.bind(cid.connection, walk.flow, (fromClient ? walk.direction : 1 - walk.direction) as 0 | 1)
  }
  return true
}

/**
 * A client that goes to another address takes an id that was told under encryption, and proves the path with a datagram of 1,200 bytes or more
 * (RFC 9000 section 8.2.1). Where the keys are there its ids are known, and nothing is guessed. Another host is mostly as many hops away as it
 * ever was. The fixed bit says nothing: both ends may have agreed to grease it (RFC 9287).
 */
function looksLikeMove(walk: Walk, connection: Connection, offset: number): boolean {
  if (connection.hasSecrets || walk.end - offset < LEAST_CHALLENGE) return false
  return Math.abs(walk.hopLimit - connection.clientHops) <= MOST_HOPS
}

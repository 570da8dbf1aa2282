/**
 * Acknowledgements (RFC 9000 section 19.3): the largest number, then ranges downwards, each told by its distance from the one before.
 * Ranges of 1-RTT packets go to the signal; those that reach below number 0 are the sender's fault and tell nothing.
 */
import { MAX_ITEMS, Stop, type Walk } from '../core/walk.ts'
import { ONE_RTT } from './connection.ts'
import { acknowledged } from './signals.ts'
import type { QuicState } from './state.ts'
import { readVarint, takeVarint, takeVarints } from './varint.ts'
import { Field } from './wire.ts'

/** `path`: the packet number space that is acknowledged. */
export function ack(walk: Walk, state: QuicState, counts: boolean, body: number, path: number): number {
  let at = takeVarint(walk, Field.ackLargest, body)
  if (at < 0) return -1
  const largest = readVarint(walk, body)
  at = takeVarint(walk, Field.ackDelay, at)
  if (at < 0) return -1
  const rangeCount = readVarint(walk, at)
  at = takeVarint(walk, Field.ackRangeCount, at)
  if (at < 0) return -1
  const first = readVarint(walk, at)
  at = takeVarint(walk, Field.ackFirst, at)
  if (at < 0) return -1
  const { signal } = walk
  const telling = walk.signalling && state.level === ONE_RTT
  let low = largest - first
  let kept = 0
  if (telling) acknowledged.begin(walk, state)
  if (telling && low >= 0) kept = acknowledged.range(signal, kept, path, low, largest)
  for (let i = 0; i < rangeCount; i++) {
    if (i >= MAX_ITEMS) {
      walk.halt(Stop.Limit, at, `more than ${MAX_ITEMS} ACK ranges`)
      return -1
    }
    if (!walk.item(at)) return -1
    const gap = readVarint(walk, at)
    at = takeVarint(walk, Field.ackGap, at)
    if (at < 0) return -1
    const length = readVarint(walk, at)
    at = takeVarint(walk, Field.ackRange, at)
    if (at < 0) return -1
    const high = low - gap - 2
    low = high - length
    if (telling && low >= 0) kept = acknowledged.range(signal, kept, path, low, high)
  }
  if (telling && kept > 0) acknowledged.emit(walk, kept)
  return counts ? takeVarints(walk, at, Field.ect0, Field.ect1, Field.ce) : at
}

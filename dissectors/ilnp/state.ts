/**
 * Pairs of node identifiers that speak ILNP, each end with the nonce it presents and the locators it has advertised. A pair is ILNP's once
 * a packet with the nonce option was seen between the two (RFC 6744 section 3); equal lower halves of addresses alone mean nothing.
 * Bounded as `IdentifierPairs` and `WordTable` are; at most 32 locators an end.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { type IdentifierPair, IdentifierPairs, WordTable } from '../core/identifier-pairs.ts'
import { StateKey } from '../core/state.ts'
import { Extension, type Walk } from '../core/walk.ts'
import { NODE } from './wire.ts'

export const MAX_LOCATORS = 32

export interface End {
  /** the nonce it was first seen with, null before */
  nonce: Uint8Array | null
  /** the last one that was another */
  stranger: number
  /** addresses (ids) of its locators, by its last believed update */
  locators: number[]
}

export interface NodePair extends IdentifierPair {
  readonly ends: readonly [End, End]
}

const newEnd = (): End => ({ nonce: null, stranger: -1, locators: [] })

export class IlnpState {
  readonly nodes = new WordTable()
  readonly pairs: IdentifierPairs<NodePair>

  constructor(forgotten: Forgotten) {
    this.pairs = new IdentifierPairs((pair) => ({ ...pair, ends: [newEnd(), newEnd()] }), forgotten)
  }
}

export const ilnpState = new StateKey<IlnpState>('ilnp', (state) => new IlnpState(state.flows.forgotten))

/** Id of the node identifier in the address at `offset`, -1 when it was never seen. */
export function findNode(walk: Walk, state: IlnpState, offset: number): number {
  return state.nodes.find(walk.u32(offset + NODE), walk.u32(offset + NODE + 4))
}

export function internNode(walk: Walk, state: IlnpState, offset: number): number {
  return state.nodes.intern(walk.u32(offset + NODE), walk.u32(offset + NODE + 4))
}

export function hasNonce(walk: Walk): boolean {
  return (walk.extensions & Extension.Nonce) !== 0
}

/** Is the packet's nonce this one? */
export function sameNonce(walk: Walk, nonce: Uint8Array): boolean {
  if (!hasNonce(walk) || nonce.length !== walk.nonceLength) return false
  for (let i = 0; i < nonce.length; i++) if (nonce[i] !== walk.bytes[walk.nonce + i]) return false
  return true
}

/** Low 32 bits of the packet's nonce, 0 without one. */
export function nonceToken(walk: Walk): number {
  return hasNonce(walk) && walk.nonceLength >= 4 ? walk.u32(walk.nonce + walk.nonceLength - 4) : 0
}

export function hexAt(walk: Walk, offset: number, length: number): string {
  let out = ''
  for (let i = 0; i < length; i++)
    out += walk
      .u8(offset + i)
      .toString(16)
      .padStart(2, '0')
  return out
}

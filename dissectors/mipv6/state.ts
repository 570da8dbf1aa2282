/**
 * What is remembered of Mobile IPv6: home addresses and their peers as numbered pairs, the care-of address each was last bound to, the keygen
 * tokens that passed by, and which tunnels carry bound traffic. Grows in the index pass, is only looked at when frozen.
 * Bounded: pairs as in `IdentifierPairs`, 8,192 tokens, 16,384 tunnels of 512 bindings, 65,536 node identifiers; the oldest tokens and tunnels go first.
 */

import type { FlowTable } from '../core/flows.ts'
import type { Forgotten } from '../core/forgotten.ts'
import { type IdentifierPair, IdentifierPairs } from '../core/identifier-pairs.ts'
import { StateKey } from '../core/state.ts'
import { TunnelsBefore } from './before.ts'

const MAX_TOKENS = 8_192
const MAX_TUNNELS = 16_384
const MAX_NAMES = 65_536
const MAX_SAME = 4
const MAX_PER_TUNNEL = 512
/** ids of node identifiers begin where those of addresses end */
const FIRST_NAME = 4_000_000

export interface Prefix {
  bytes: Uint8Array
  length: number
}

export interface KeptToken {
  token: Uint8Array
  /** when it was last seen, ns */
  time: number
}

export interface MobilePair extends IdentifierPair {
  /** the end that moves, an id; -1 while no binding was seen */
  mobile: number
  /** address (id) it was last bound to; -1: none */
  careOf: number
  /** of the last update: sequence number, lifetime in seconds, key that its authenticator proved */
  sequence: number
  lifetime: number
  key: Uint8Array | null
  /** bound at a home agent or anchor, which need no test of return routability */
  registered: boolean
  opened: boolean
  /** mobile or home network prefixes bound together with it */
  prefixes: Prefix[]
}

export class MobilityState {
  readonly pairs: IdentifierPairs<MobilePair>
  /** data of tunnels that no binding is known for */
  readonly before: TunnelsBefore
  private readonly forgotten: Forgotten
  private readonly tokens = new Map<string, KeptToken[]>()
  private readonly tunnels = new Map<string, MobilePair[]>()
  private readonly homes = new Map<number, number>()
  private readonly names = new Map<string, number>()

  constructor(flows: FlowTable) {
    const { forgotten } = flows
    this.forgotten = forgotten
    this.before = new TunnelsBefore(flows)
    const make = (pair: IdentifierPair): MobilePair => ({
      ...pair,
      mobile: -1,
      careOf: -1,
      sequence: -1,
      lifetime: 0,
      key: null,
      registered: false,
      opened: false,
      prefixes: [],
    })
    this.pairs = new IdentifierPairs(make, forgotten)
  }

  /** A keygen token of `correspondent` for `node` (address ids). The same index may have served several tokens: all are kept, a few. */
  addToken(kind: 'home' | 'care-of', node: number, correspondent: number, index: number, token: Uint8Array, time: number): void {
    const key = `${kind} ${node} ${correspondent} ${index}`
    const known = this.tokens.get(key)
    const again = known?.find((other) => other.token.every((byte, i) => byte === token[i]))
    if (again !== undefined) {
      again.time = time
      return
    }
    const list = known ?? []
    if (list.length >= MAX_SAME) list.shift()
    list.push({ token, time })
    if (known !== undefined) return
    this.forgotten.room(this.tokens, MAX_TOKENS, 'keygen tokens')
    this.tokens.set(key, list)
  }

  tokensOf(kind: 'home' | 'care-of', node: number, correspondent: number, index: number): readonly KeptToken[] {
    return this.tokens.get(`${kind} ${node} ${correspondent} ${index}`) ?? []
  }

  /** Traffic of `pair`'s mobile end goes through the tunnel between these addresses (ids). */
  addTunnel(careOf: number, anchor: number, pair: MobilePair): void {
    const key = `${careOf} ${anchor}`
    const list = this.tunnels.get(key)
    if (list === undefined) {
      this.forgotten.room(this.tunnels, MAX_TUNNELS, 'tunnels of mobile nodes')
      this.tunnels.set(key, [pair])
    } else if (!list.includes(pair)) {
      if (list.length >= MAX_PER_TUNNEL) list.shift()
      list.push(pair)
    }
  }

  /** Bindings served by the tunnel between two addresses, in either direction. */
  tunnel(source: number, destination: number): readonly MobilePair[] {
    return this.tunnels.get(`${source} ${destination}`) ?? this.tunnels.get(`${destination} ${source}`) ?? []
  }

  get tunnelCount(): number {
    return this.tunnels.size
  }

  /** The home address (id) behind a care-of address, -1 when no binding told. */
  homeOf(careOf: number): number {
    return this.homes.get(careOf) ?? -1
  }

  setHome(careOf: number, home: number): void {
    if (!this.homes.has(careOf)) this.forgotten.room(this.homes, MAX_TUNNELS, 'home addresses')
    this.homes.set(careOf, home)
  }

  /** Id of a mobile node identifier: stands for a mobile node that has no home address of its own (RFC 5213). */
  nameId(name: string): number {
    const known = this.names.get(name)
    if (known !== undefined) return known
    if (this.forgotten.full(this.names.size, MAX_NAMES, 'messages of further mobile nodes that are known by a name')) return -1
    const id = FIRST_NAME + this.names.size
    this.names.set(name, id)
    return id
  }

  findName(name: string): number {
    return this.names.get(name) ?? -1
  }
}

/** Does the address of 16 bytes at `offset` lie in the prefix? */
export function inPrefix(prefix: Prefix, memory: Uint8Array, offset: number): boolean {
  const whole = prefix.length >> 3
  for (let i = 0; i < whole; i++) if (prefix.bytes[i] !== memory[offset + i]) return false
  const rest = prefix.length & 7
  if (rest === 0) return true
  const mask = (0xff << (8 - rest)) & 0xff
  return (((prefix.bytes[whole] as number) ^ (memory[offset + whole] as number)) & mask) === 0
}

export const mobilityState = new StateKey<MobilityState>('mobility', (state) => new MobilityState(state.flows))

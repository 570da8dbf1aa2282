/**
 * What Shim6 messages have told: contexts by ULID pair and forked instance, found again by the 47-bit tag that packets to an end carry,
 * whatever their locators (RFC 5533 section 6). Its number is `Signal.context`; end 0 is the initiator of the first exchange seen.
 * Bounded: 65,536 contexts and tags, 4,096 open exchanges, the oldest forgotten first; 64 locators, probes and requests an end.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { dropOldest } from '../core/oldest.ts'
import { StateKey } from '../core/state.ts'

const MAX_CONTEXTS = 65_536
const MAX_EXCHANGES = 4_096
const MAX_OPEN = 64
export const MAX_FAILURES = 10_000

export interface Shim6End {
  /** ULID as an address id, and its bytes */
  ulid: number
  ulidBytes: Uint8Array
  /** tag that packets to this end carry, -1 unknown; all 47 bits */
  tag: number
  /** locators (address ids) of its latest list; at first the ULID alone */
  locators: number[]
  /** generation of that list, -1 none yet */
  generation: number
  /** its CGA parameter data structure; null: never seen */
  parameters: Uint8Array | null
  /** request nonces of its updates that its peer has still to acknowledge, with the locators they claim */
  readonly requests: Map<number, readonly number[]>
  /** nonces of probes that it sent, with the pair (address ids) they went on */
  readonly probes: Map<number, { source: number; destination: number }>
}

export interface Shim6Context {
  number: number
  forked: number
  ends: [Shim6End, Shim6End]
}

/** A context establishment that has begun; what its messages claim becomes the context's when R2 ends it. */
export interface Exchange {
  context: Shim6Context
  initiator: 0 | 1
  tag: number
}

export interface TagOwner {
  context: Shim6Context
  /** end that packets with this tag go to */
  receiver: 0 | 1
}

function newEnd(ulid: number, ulidBytes: Uint8Array): Shim6End {
  return {
    ulid,
    ulidBytes,
    tag: -1,
    locators: [ulid],
    generation: -1,
    parameters: null,
    requests: new Map(),
    probes: new Map(),
  }
}

/** Adds to a bounded map of an end. */
export function remember<V>(map: Map<number, V>, key: number, value: V): void {
  map.delete(key)
  if (map.size >= MAX_OPEN) dropOldest(map)
  map.set(key, value)
}

export class Shim6State {
  constructor(private readonly forgotten: Forgotten) {}

  private count = 0
  /** signatures that were not right so far; beyond `MAX_FAILURES` no further one is checked */
  failures = 0
  private readonly contexts = new Map<string, Shim6Context>()
  private readonly tags = new Map<number, TagOwner>()
  /** update requests that wait for their answer, by nonce: an Error names no tag */
  private readonly requests = new Map<number, TagOwner>()
  private readonly exchanges = new Map<number, Exchange>()
  /** pairs of ULIDs (address ids) of contexts without a forked instance: plain packets between them are theirs */
  private readonly plain = new Map<number, Shim6Context>()

  /** The context of a pair of ULIDs, made when new: then `sender` is its end 0. */
  context(sender: { id: number; bytes: Uint8Array }, receiver: { id: number; bytes: Uint8Array }, forked: number): Shim6Context {
    const key = `${Math.min(sender.id, receiver.id)}:${Math.max(sender.id, receiver.id)}:${forked}`
    const known = this.contexts.get(key)
    if (known !== undefined) return known
    this.forgotten.room(this.contexts, MAX_CONTEXTS, 'Shim6 contexts')
    const context: Shim6Context = {
      number: ++this.count,
      forked,
      ends: [newEnd(sender.id, sender.bytes), newEnd(receiver.id, receiver.bytes)],
    }
    this.contexts.set(key, context)
    return context
  }

  /** The context is up: both ends know it, and plain packets between its ULIDs belong to it. */
  establish(context: Shim6Context): void {
    if (context.forked !== 0) return
    this.forgotten.room(this.plain, MAX_CONTEXTS, 'Shim6 contexts without a header')
    this.plain.set(pairKey(context.ends[0].ulid, context.ends[1].ulid), context)
  }

  /** Is there a context whose payload may travel without a header? */
  get established(): boolean {
    return this.plain.size > 0
  }

  plainContext(source: number, destination: number): Shim6Context | undefined {
    return this.plain.get(pairKey(source, destination))
  }

  setTag(context: Shim6Context, receiver: 0 | 1, tag: number): void {
    const end = context.ends[receiver]
    if (end.tag === tag) return
    if (end.tag >= 0 && this.tags.get(end.tag)?.context === context) this.tags.delete(end.tag)
    end.tag = tag
    this.forgotten.room(this.tags, MAX_CONTEXTS, 'Shim6 context tags')
    this.tags.set(tag, { context, receiver })
  }

  ofTag(tag: number): TagOwner | undefined {
    return this.tags.get(tag)
  }

  /** `receiver` is the end that the request goes to. */
  ask(nonce: number, owner: TagOwner): void {
    this.requests.delete(nonce)
    this.forgotten.room(this.requests, MAX_EXCHANGES, 'Shim6 requests')
    this.requests.set(nonce, owner)
  }

  asked(nonce: number): TagOwner | undefined {
    return this.requests.get(nonce)
  }

  begin(nonce: number, exchange: Exchange): void {
    this.exchanges.delete(nonce)
    this.forgotten.room(this.exchanges, MAX_EXCHANGES, 'Shim6 exchanges')
    this.exchanges.set(nonce, exchange)
  }

  exchange(nonce: number): Exchange | undefined {
    return this.exchanges.get(nonce)
  }
}

const SPAN = 0x400000

function pairKey(a: number, b: number): number {
  return a < b ? a * SPAN + b : b * SPAN + a
}

export const shim6State = new StateKey<Shim6State>('shim6', (state) => new Shim6State(state.flows.forgotten))

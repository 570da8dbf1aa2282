/**
 * What IKE remembers between packets: decrypted fragments of a message until all are there (RFC 7383 section 2.6), which requests carried
 * what their responses answer, and which SAs are up. And the message being read, as facts for its signals.
 * Bounded: 256 messages in fragments of at most 64 KiB, 1,024 put together, 4,096 SAs; the oldest go first.
 */

import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'

const MAX_PENDING = 256
const MAX_ASSEMBLED = 1_024
const MAX_MESSAGE_BYTES = 65_536
const MAX_SAS = 4_096

interface Pending {
  firstPayload: number
  total: number
  bytes: number
  readonly parts: (Uint8Array | undefined)[]
}

export interface Assembled {
  firstPayload: number
  data: Uint8Array
}

/** A request that waits for its response. */
export interface Asked {
  messageId: number
  update: boolean
  claims: boolean
  cookie2: string | null
}

/** One IKE SA. */
export interface Association {
  /** from 1, never used again */
  readonly number: number
  opened: boolean
  /** by sender: 0 the original initiator, 1 the responder */
  readonly asked: [Asked | null, Asked | null]
}

/** What the message being read says; filled by the payloads, read by `signals.ts`. */
export class MessageFacts {
  version = 2
  /** both SPIs as on the wire, the initiator's first */
  readonly spis = new Uint8Array(16)
  exchange = 0
  /** what signals name the SA by */
  token = 0
  context = 0
  messageId = 0
  fromInitiator = false
  response = false
  /** the payloads of an encrypted message could be read */
  readable = false
  encrypted = false
  authentication: ClaimAuthentication = 'A1'
  /** first error notify; 0 none */
  error = 0
  cookie = false
  mobike = false
  update = false
  noAdditional = false
  cookie2: string | null = null
  redirect: string | null = null
  /** ids of the address table */
  readonly additional: number[] = []
  deletesIkeSa = false
  readonly deletedSpis: string[] = []
  readonly childSpis: string[] = []
  /** NAT detection: null not told; else whether one of the hashes fits the packet */
  sourceFits: boolean | null = null
  destinationFits: boolean | null = null
  /** who the sender says it is, when that could be read; '' unknown */
  identity = ''
  line = ''

  reset(): void {
    this.readable = false
    this.encrypted = false
    this.authentication = 'A1'
    this.error = 0
    this.cookie = false
    this.mobike = false
    this.update = false
    this.noAdditional = false
    this.cookie2 = null
    this.redirect = null
    this.additional.length = 0
    this.deletesIkeSa = false
    this.deletedSpis.length = 0
    this.childSpis.length = 0
    this.sourceFits = null
    this.destinationFits = null
    this.identity = ''
    this.line = ''
  }
}

export class IkeState {
  readonly message = new MessageFacts()
  /** type of the first payload inside the encrypted one that is being read */
  innerFirst = 0
  private readonly pending = new Map<string, Pending>()
  /** by row of the packet that completed a message */
  private readonly assembled = new Map<number, Assembled>()
  private count = 0
  private readonly associations = new Map<string, Association>()

  constructor(private readonly forgotten: Forgotten) {}

  /** One decrypted fragment; the whole message when none is missing. `number` counts from 1. */
  fragment(key: string, row: number, number: number, total: number, firstPayload: number, part: Uint8Array): Assembled | null {
    let message = this.pending.get(key)
    if (message === undefined || message.total < total) {
      // RFC 7383 section 2.6: a larger total begins anew, a smaller one is stale
      message = { firstPayload: 0, total, bytes: 0, parts: [] }
      this.pending.delete(key)
      this.pending.set(key, message)
      if (this.pending.size > MAX_PENDING) this.forgotten.drop(this.pending, 'IKEv2 messages of which more fragments were to come')
    }
    if (message.total !== total || number < 1 || number > total || message.parts[number] !== undefined) return null
    if (message.bytes + part.length > MAX_MESSAGE_BYTES) return null
    message.parts[number] = part
    message.bytes += part.length
    if (number === 1) message.firstPayload = firstPayload
    for (let i = 1; i <= total; i++) if (message.parts[i] === undefined) return null
    const data = new Uint8Array(message.bytes)
    let at = 0
    for (let i = 1; i <= total; i++) {
      data.set(message.parts[i] as Uint8Array, at)
      at += (message.parts[i] as Uint8Array).length
    }
    this.pending.delete(key)
    const whole = { firstPayload: message.firstPayload, data }
    this.assembled.set(row, whole)
    if (this.assembled.size > MAX_ASSEMBLED) this.forgotten.drop(this.assembled, 'IKEv2 messages that came in fragments')
    return whole
  }

  /** The message that the packet of this row completed in the first pass. */
  assembledAt(row: number): Assembled | null {
    return this.assembled.get(row) ?? null
  }

  association(spi: string): Association {
    let known = this.associations.get(spi)
    if (known === undefined) {
      known = { number: ++this.count, opened: false, asked: [null, null] }
      this.associations.set(spi, known)
      if (this.associations.size > MAX_SAS) this.forgotten.drop(this.associations, 'IKE security associations')
    }
    return known
  }
}

export const ikeState = new StateKey('ikev2', (state) => new IkeState(state.flows.forgotten))

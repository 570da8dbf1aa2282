/**
 * What MPTCP remembers: which flow is a subflow of which connection, the keys and nonces that its HMACs are made of, and per direction
 * the mappings from subflow sequence to data sequence (one mapping may cover several segments and may come before its data).
 * One object a subflow and one a connection, made on handshake packets; nothing is made for a data segment.
 * Bounded: `MAX_SUBFLOWS` subflows, 64 mappings a direction. Where they are full a new one takes the place of one that has long been silent, and a
 * connection without any goes with it; that is counted. Whoever holds a subflow's number asks by its flow too (`of`): the place may be another's.
 */

import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import type { CryptoPort } from '../core/crypto.ts'
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'
import { deriveKey, type Key } from './keys.ts'

export const MAX_SUBFLOWS = 32_768
const MAX_MAPPINGS = 64
/** Length of an infinite mapping (RFC 8684 section 3.7): as long as a serial number can reach. */
export const INFINITE = 0x7fffffff

export const enum SubflowKind {
  /** first subflow, opened with MP_CAPABLE */
  Capable = 0,
  /** added with MP_JOIN */
  Join = 1,
  /** seen without its handshake */
  MidCapture = 2,
}

/** Notes given once a subflow; bits of `Subflow.noted`. */
export const enum Noted {
  Infinite = 1,
  Fail = 2,
  Fallback = 4,
  Refused = 8,
  Key = 16,
}

/** One MPTCP connection: side 0 sent the MP_CAPABLE SYN. */
export class Connection {
  readonly keys: [Key | null, Key | null] = [null, null]
  checksum = false
  /** bit per side: DATA_FIN seen */
  dataFin = 0
  /** subflows that are remembered */
  subflows = 0
  constructor(
    readonly stream: number,
    readonly version: number,
  ) {}
}

/** Mappings of one direction: a ring, newest last. */
export class Mappings {
  private rows = new Uint32Array(4 * 3)
  private size = 4
  private count = 0
  private head = -1
  /** result of `find`: data sequence number of the byte looked for (low 32 bits), and how far the mapping goes on from there */
  dsn = 0
  left = 0

  add(sequence: number, dsn: number, length: number): void {
    if (this.count > 0) {
      const at = this.head * 3
      // Segments cut from one send repeat its mapping.
      if (this.rows[at] === sequence && this.rows[at + 1] === dsn && this.rows[at + 2] === length) return
    }
    if (this.count === this.size && this.size < MAX_MAPPINGS) {
      const rows = new Uint32Array(this.size * 2 * 3)
      for (let i = 0; i < this.count; i++) {
        const from = ((this.head + 1 + i) % this.size) * 3
        for (let w = 0; w < 3; w++) rows[i * 3 + w] = this.rows[from + w] as number
      }
      this.rows = rows
      this.head = this.size - 1
      this.size *= 2
    }
    this.head = (this.head + 1) % this.size
    if (this.count < this.size) this.count++
    this.rows[this.head * 3] = sequence
    this.rows[this.head * 3 + 1] = dsn
    this.rows[this.head * 3 + 2] = length
  }

  /** The newest mapping that covers `sequence`. */
  find(sequence: number): boolean {
    let slot = this.head
    for (let i = 0; i < this.count; i++) {
      const at = slot * 3
      const past = (sequence - (this.rows[at] as number)) >>> 0
      const length = this.rows[at + 2] as number
      if (past < length) {
        this.dsn = ((this.rows[at + 1] as number) + past) >>> 0
        this.left = length - past
        return true
      }
      slot = slot === 0 ? this.size - 1 : slot - 1
    }
    return false
  }
}

/** What only joins say, as long as nothing was said: shared by all subflows. */
const UNKNOWN: readonly [number, number] = [-1, -1]
const NEITHER: readonly [boolean, boolean] = [false, false]

/** The pair with another value for one direction. */
export function withDirection<T>(pair: readonly [T, T], direction: number, value: T): readonly [T, T] {
  return direction === 0 ? [value, pair[1]] : [pair[0], value]
}

export class Subflow {
  connection: Connection | null = null
  /** index of its connection in order of appearance; a join takes over the one it names */
  stream = -1
  /** flow direction of the SYN's sender, -1 unknown */
  initiator = -1
  /** side of the connection that sent the SYN, -1 unknown */
  initiatorSide = -1
  version = -1
  /** MP_JOIN: token of the connection at the SYN's receiver */
  joinToken: number | null = null
  /** by flow direction; nonce -1: not seen */
  nonce = UNKNOWN
  addressId = UNKNOWN
  backup = NEITHER
  readonly mappings: [Mappings | null, Mappings | null] = [null, null]
  /** bit per direction: MPTCP was confirmed after the handshake (ACK with keys, or a DSS) */
  confirmed = 0
  /** a side did without MPTCP: from here on the flow is plain TCP */
  fallback = false
  /** SYN/ACK's and ACK's HMAC of a join */
  answerAuthentication: ClaimAuthentication | null = null
  joinAuthentication: ClaimAuthentication | null = null
  /** the fourth packet of a join, or data, was seen: a reset is then no refusal */
  established = false
  /** bit per direction: DATA_FIN was signalled */
  dataFin = 0
  noted = 0
  /** a segment of it was seen since it was last looked at for one to be forgotten */
  heard = true

  constructor(
    /** its place among the subflows */
    readonly number: number,
    readonly flow: number,
    public kind: SubflowKind,
  ) {}

  mapping(direction: number): Mappings {
    let found = this.mappings[direction as 0 | 1]
    if (found === null) {
      found = new Mappings()
      this.mappings[direction as 0 | 1] = found
    }
    return found
  }

  /** Side of the connection that sends packets of `direction`; -1 unknown. */
  side(direction: number): number {
    if (this.initiator < 0 || this.initiatorSide < 0) return -1
    return direction === this.initiator ? this.initiatorSide : 1 - this.initiatorSide
  }

  /** Key of the sender of `direction`, null when it was not seen. */
  key(direction: number): Key | null {
    const side = this.side(direction)
    return this.connection === null || side < 0 ? null : (this.connection.keys[side as 0 | 1] as Key | null)
  }
}

/** The MPTCP options of the segment at hand, filled by `dissect.ts`, read by `signals.ts`; reused. */
export class MptcpScan {
  count = 0
  readonly subtype = new Uint8Array(16)
  readonly offset = new Int32Array(16)
  readonly length = new Uint8Array(16)
  dss = false
  dssFlags = 0
  /** low 32 bits */
  dataAck = 0
  dsn = 0
  subflowSequence = 0
  dataLength = 0

  add(subtype: number, offset: number, length: number): void {
    if (this.count >= 16) return
    this.subtype[this.count] = subtype
    this.offset[this.count] = offset
    this.length[this.count++] = length
  }

  /** Position of the first option of a subtype, -1: none. */
  find(subtype: number): number {
    for (let i = 0; i < this.count; i++) if (this.subtype[i] === subtype) return i
    return -1
  }
}

/** Words of a subflow's direction in `MptcpState.numbers`; the eighth is free. */
export const enum Word {
  /** initial sequence number as far as mappings tell it: 0 unknown, 1 at most this, 2 exact */
  InitialKnown = 0,
  Initial = 1,
  /** 1: a data acknowledgment was signalled, the last one stands in the next word */
  Acknowledged = 2,
  DataAck = 3,
  /** the newest mapping, as in `Mappings`; length 0: none */
  Sequence = 4,
  Dsn = 5,
  Length = 6,
}
const WORDS = 8

export class MptcpState {
  readonly scan = new MptcpScan()
  /**
   * What nearly every segment of a subflow looks at, `WORDS` by subflow and direction: one place in memory instead of a chain of objects that
   * were all long out of cache.
   */
  numbers = new Uint32Array(2 * 64 * WORDS)
  /** result of `findMapping`: data sequence number of the byte looked for (low 32 bits), and how far the mapping goes on from there */
  mappedDsn = 0
  mappedLeft = 0
  readonly subflows: Subflow[] = []
  readonly byToken = new Map<number, Connection>()
  /** connections numbered so far */
  streams = 0
  /** place that is looked at next for one that may be forgotten */
  private hand = 0

  /** `most`: subflows that are remembered. */
  constructor(
    private readonly forgotten: Forgotten,
    private readonly most = MAX_SUBFLOWS,
  ) {}

  /** The subflow with a number, when it still is that of the flow; -1 is nobody's. */
  of(number: number, flow: number): Subflow | null {
    if (number < 0) return null
    const subflow = this.subflows[number] as Subflow
    return subflow.flow === flow ? subflow : null
  }

  /** A new subflow for a flow. */
  begin(flow: number, kind: SubflowKind): Subflow {
    const number = this.subflows.length < this.most ? this.subflows.length : this.forgetOne()
    const subflow = new Subflow(number, flow, kind)
    this.subflows[number] = subflow
    if (this.subflows.length * 2 * WORDS > this.numbers.length) {
      const numbers = new Uint32Array(this.numbers.length * 2)
      numbers.set(this.numbers)
      this.numbers = numbers
    }
    if (kind === SubflowKind.MidCapture) subflow.stream = this.streams++
    return subflow
  }

  /** Forgets a subflow that was silent while all others were looked at; its place. Cost: a look at each between two rounds. */
  private forgetOne(): number {
    const { subflows } = this
    while ((subflows[this.hand] as Subflow).heard) {
      ;(subflows[this.hand] as Subflow).heard = false
      this.hand = (this.hand + 1) % this.most
    }
    const place = this.hand
    this.hand = (place + 1) % this.most
    this.attach(subflows[place] as Subflow, null)
    this.numbers.fill(0, place * 2 * WORDS, (place + 1) * 2 * WORDS)
    this.forgotten.note('MPTCP subflows')
    return place
  }

  /** A connection whose last subflow leaves it is known by its tokens no longer. */
  private attach(subflow: Subflow, connection: Connection | null): void {
    const before = subflow.connection
    subflow.connection = connection
    if (before === connection) return
    if (connection !== null) connection.subflows++
    if (before === null || --before.subflows > 0) return
    for (const key of before.keys) if (key !== null && this.byToken.get(key.token) === before) this.byToken.delete(key.token)
  }

  /** Where the numbers of a subflow's direction begin. */
  numbersOf(subflow: Subflow, direction: number): number {
    return (subflow.number * 2 + direction) * WORDS
  }

  setInitial(subflow: Subflow, direction: number, sequence: number, known: 1 | 2): void {
    const at = this.numbersOf(subflow, direction)
    this.numbers[at + Word.Initial] = sequence
    this.numbers[at + Word.InitialKnown] = known
  }

  addMapping(subflow: Subflow, direction: number, sequence: number, dsn: number, length: number): void {
    const { numbers } = this
    const at = this.numbersOf(subflow, direction)
    // Segments cut from one send repeat its mapping.
    if (length > 0 && numbers[at + Word.Length] === length && numbers[at + Word.Sequence] === sequence && numbers[at + Word.Dsn] === dsn)
      return
    subflow.mapping(direction).add(sequence, dsn, length)
    numbers[at + Word.Sequence] = sequence
    numbers[at + Word.Dsn] = dsn
    numbers[at + Word.Length] = length
  }

  /** The newest mapping that covers `sequence`: `mappedDsn` and `mappedLeft` when there is one. */
  findMapping(subflow: Subflow, direction: 0 | 1, sequence: number): boolean {
    const { numbers } = this
    const at = this.numbersOf(subflow, direction)
    const past = (sequence - (numbers[at + Word.Sequence] as number)) >>> 0
    const length = numbers[at + Word.Length] as number
    if (past < length) {
      this.mappedDsn = ((numbers[at + Word.Dsn] as number) + past) >>> 0
      this.mappedLeft = length - past
      return true
    }
    const mappings = subflow.mappings[direction]
    if (mappings === null || !mappings.find(sequence)) return false
    this.mappedDsn = mappings.dsn
    this.mappedLeft = mappings.left
    return true
  }

  /**
   * The subflow's connection learns a side's key; false when another one is known already, which then stands.
   * The same keys on another flow (captured on both sides of a NAT) are one connection.
   */
  learn(crypto: CryptoPort, subflow: Subflow, side: 0 | 1, bytes: Uint8Array): boolean {
    const known = subflow.connection?.keys[side]
    if (known != null) return known.standsAt(bytes, 0)
    const key = deriveKey(crypto, subflow.version, bytes)
    const same = this.byToken.get(key.token)
    const other = same?.keys[side]
    if (same !== undefined && other?.standsAt(bytes, 0) === true) {
      const earlier = subflow.connection?.keys[1 - side]
      const counterpart = same.keys[1 - side]
      if (earlier == null || counterpart == null || earlier.same(counterpart)) {
        if (earlier != null) same.keys[1 - side] = earlier
        this.attach(subflow, same)
        subflow.stream = same.stream
        return true
      }
    }
    if (subflow.connection === null) {
      if (subflow.stream < 0) subflow.stream = this.streams++
      this.attach(subflow, new Connection(subflow.stream, subflow.version))
    }
    const connection = subflow.connection as unknown as Connection
    connection.keys[side] = key
    this.byToken.set(key.token, connection)
    return true
  }

  /** Ties a joining subflow to the connection whose token it named, once that is known. */
  resolve(subflow: Subflow): Connection | null {
    if (subflow.connection !== null || subflow.joinToken === null) return subflow.connection
    const connection = this.byToken.get(subflow.joinToken)
    if (connection === undefined) {
      if (subflow.stream < 0) subflow.stream = this.streams++
      return null
    }
    this.attach(subflow, connection)
    subflow.stream = connection.stream
    subflow.version = connection.version
    subflow.initiatorSide = connection.keys[0]?.token === subflow.joinToken ? 1 : 0
    return connection
  }
}

export const mptcpState = new StateKey<MptcpState>('mptcp', (state) => new MptcpState(state.flows.forgotten))

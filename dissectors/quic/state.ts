/**
 * All QUIC connections of a capture: found by flow, and for packets from a new address pair by connection id (RFC 9000 section 5.1, 9.5).
 * And what the packet being read says, for its frames and signals.
 * Bounded: 20,000 connections, the oldest forgotten first; Initial keys are derived for 100,000 of them at most without given keys.
 * Cost: a map look-up per datagram of a flow with QUIC; connection ids are looked up only for the first packets of an unknown flow.
 */
import type { FlowTable } from '../core/flows.ts'
import { hexOf } from '../core/hex.ts'
import { dropOldest } from '../core/oldest.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { Connection, type ConnectionId, type Level, ONE_RTT, SERVER, type Side } from './connection.ts'
import { MAX_CID } from './wire.ts'

const MAX_CONNECTIONS = 20_000
const MAX_TRIED = 50_000
/** ids shorter than this are no evidence of anything */
const LEAST_CID = 4
/** connections of one address and port that are looked through for one that moved */
const MAX_PER_END = 64
/** connections that one pair of addresses and ports had one after the other; packets of the first ones are read as those of the next */
const MAX_PER_FLOW = 64
/** a connection that moves was heard this short ago: 3 s (quic.md, passive rules) */
const AT_WORK = 3e9
/** packets of a flow that are looked up by their connection id before the flow is left alone */
const TRIES = 16

const NONE: readonly Connection[] = []

/** A long header's parts, as offsets. One object is used again. */
export class LongHeader {
  version = 0
  type = 0
  dcid = 0
  dcidLength = 0
  scid = 0
  scidLength = 0
  token = 0
  tokenLength = 0
  length = 0
  /** packet number */
  number = 0
  end = 0
}

export class QuicState {
  readonly header = new LongHeader()
  // --- the packet being read
  connection: Connection | null = null
  side: Side = 0
  level: Level = ONE_RTT
  packetNumber = 0
  path = 0
  /** bytes of streams and datagrams in it */
  dataBytes = 0
  line = ''
  /** handshake messages of this packet that were shown already; second pass only */
  readonly shown = new Set<object>()
  /** another packet stands before this one in the datagram */
  coalesced = false
  /** keys were tried on the packet being read */
  tried = false
  /** the handshake message that `tls.ts` reads */
  reading: Connection | null = null

  private count = 0
  private readonly byFlow = new Map<number, readonly Connection[]>()
  /** what `byFlow` has for the flow asked about last: each datagram asks twice */
  private askedFlow = -1
  private asked: readonly Connection[] | undefined
  private readonly byCid = new Map<string, ConnectionId>()
  private readonly cidLengths = new Uint32Array(MAX_CID + 1)
  private readonly all: Connection[] = []
  private oldest = 0
  private readonly tries = new Map<number, number>()
  /** by address and port of either end, youngest last */
  private readonly byEnd = new Map<number, readonly Connection[]>()

  get any(): boolean {
    return this.count > 0
  }

  /** The connection that a packet of this row on this flow belongs to: ports may be used again. */
  ofFlow(flow: number, row: number): Connection | null {
    if (flow !== this.askedFlow) {
      this.asked = this.byFlow.get(flow)
      this.askedFlow = flow
    }
    const list = this.asked
    if (list === undefined) return null
    for (let i = list.length - 1; i >= 0; i--) if ((list[i] as Connection).firstRow <= row || i === 0) return list[i] as Connection
    return null
  }

  /** Makes a connection whose client's packets have `clientDirection` on this flow. */
  open(flows: FlowTable, version: number, dcid: Uint8Array, flow: number, clientDirection: 0 | 1, row: number): Connection {
    const connection = new Connection(++this.count, version, dcid, row)
    this.all.push(connection)
    if (this.all.length - this.oldest > MAX_CONNECTIONS) this.forget()
    this.bind(connection, flow, clientDirection)
    const { portA, portB } = flows
    const ports = [portA[flow] as number, portB[flow] as number]
    connection.clientEnd = endKey(flows.sender(flow, clientDirection), ports[clientDirection] as number)
    connection.serverEnd = endKey(flows.receiver(flow, clientDirection), ports[1 - clientDirection] as number)
    for (const end of [connection.clientEnd, connection.serverEnd]) {
      const list = this.byEnd.get(end) ?? NONE
      this.byEnd.set(end, (list.length < MAX_PER_END ? list : list.slice(1)).concat(connection))
    }
    return connection
  }

  bind(connection: Connection, flow: number, clientDirection: 0 | 1): void {
    if (connection.flowCount >= 4_096) return
    connection.addFlow(flow, clientDirection)
    this.askedFlow = -1
    const list = this.byFlow.get(flow) ?? NONE
    if (list.includes(connection)) return
    if (list.length >= MAX_PER_FLOW) list[0]?.dropFlow(flow)
    this.byFlow.set(flow, (list.length < MAX_PER_FLOW ? list : list.slice(1)).concat(connection))
  }

  private forget(): void {
    const connection = this.all[this.oldest] as Connection
    this.askedFlow = -1
    ;(this.all as (Connection | null)[])[this.oldest++] = null
    for (const flow of connection.flows) {
      const left = (this.byFlow.get(flow) ?? []).filter((one) => one !== connection)
      if (left.length === 0) this.byFlow.delete(flow)
      else this.byFlow.set(flow, left)
    }
    for (const list of connection.cids) for (const cid of list) this.dropCid(cid)
    for (const end of [connection.clientEnd, connection.serverEnd]) {
      const left = (this.byEnd.get(end) ?? []).filter((one) => one !== connection)
      if (left.length === 0) this.byEnd.delete(end)
      else this.byEnd.set(end, left)
    }
    if (this.oldest > MAX_CONNECTIONS) {
      this.all.splice(0, this.oldest)
      this.oldest = 0
    }
  }

  addCid(connection: Connection, owner: Side, bytes: Uint8Array, sequence = -1, path = 0, resetToken: Uint8Array | null = null): boolean {
    if (bytes.length > MAX_CID || connection.knowsCid(owner, bytes)) return false
    const cid: ConnectionId = { bytes, owner, connection, sequence, path, resetToken, flow: -1 }
    const dropped = connection.addCid(cid)
    if (dropped !== null) this.dropCid(dropped)
    if (bytes.length < LEAST_CID) return true
    const key = hexOf(bytes, 0, bytes.length)
    if (!this.byCid.has(key)) this.cidLengths[bytes.length] = (this.cidLengths[bytes.length] as number) + 1
    this.byCid.set(key, cid)
    return true
  }

  private dropCid(cid: ConnectionId): void {
    const { length } = cid.bytes
    const key = hexOf(cid.bytes, 0, length)
    if (this.byCid.get(key) !== cid) return
    this.byCid.delete(key)
    this.cidLengths[length] = (this.cidLengths[length] as number) - 1
  }

  /** The connection id that stands at `offset` of a packet on a flow nothing is known of; the longest that fits. */
  cidAt(walk: Walk, offset: number): ConnectionId | null {
    if (!isFrozen(walk)) {
      const tried = this.tries.get(walk.flow) ?? 0
      if (tried >= TRIES) return null
      if (tried === 0 && this.tries.size >= MAX_TRIED) dropOldest(this.tries)
      this.tries.set(walk.flow, tried + 1)
    }
    for (let length = MAX_CID; length >= LEAST_CID; length--) {
      if (this.cidLengths[length] === 0 || offset + length > walk.limit) continue
      const cid = this.byCid.get(hexOf(walk.bytes, offset, offset + length))
      if (cid !== undefined) return cid
    }
    return null
  }

  /**
   * The connection that the first packet of an unknown flow may come from: of those at work a moment ago, the one whose client goes on to
   * another server address from the same port, else the only one that the server has. null when there is none, or a choice.
   */
  movedFrom(walk: Walk): Connection | null {
    if (walk.flow < 0 || this.tries.get(walk.flow) !== 1) return null
    const { flows } = walk.state
    const source = endKey(flows.sender(walk.flow, walk.direction), walk.sourcePort)
    const target = endKey(flows.receiver(walk.flow, walk.direction), walk.destinationPort)
    const same = this.atWork(walk, this.byEnd.get(source), 0, source)
    if (same.length > 0) return same.length === 1 ? (same[0] as Connection) : null
    const one = this.atWork(walk, this.byEnd.get(target), 1, target)
    return one.length === 1 ? (one[0] as Connection) : null
  }

  private atWork(walk: Walk, list: readonly Connection[] | undefined, role: 0 | 1, end: number): Connection[] {
    return (list ?? []).filter(
      (c) =>
        (role === 0 ? c.clientEnd : c.serverEnd) === end && c.oneRtt[0] && c.oneRtt[1] && !c.ended && walk.time - c.lastTime <= AT_WORK,
    )
  }

  sideOf(connection: Connection, flow: number, direction: number): Side {
    return connection.clientDirection(flow) === direction ? 0 : SERVER
  }
}

function endKey(address: number, port: number): number {
  return address * 0x10000 + port
}

/** In a second pass, and for what an ICMP error quotes, nothing is learned. */
export function isFrozen(walk: Walk): boolean {
  return walk.state.frozen || walk.quoted
}

/** Flow of the packet, also of a quoted one; -1 when nothing is known of it. */
export function flowOf(walk: Walk): number {
  return walk.quoted ? walk.quotedFlow : walk.flow
}

export function directionOf(walk: Walk): number {
  return walk.quoted ? walk.quotedDirection : walk.direction
}

export const quicState = new StateKey('quic', () => new QuicState())

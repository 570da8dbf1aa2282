/**
 * One QUIC connection as far as bytes cannot be read without it: connection ids of both ends, keys by level, packet numbers, the
 * handshake's bytes. Sides: 0 the client, 1 the server. A connection id belongs to the side that chose it, which is where packets go.
 * Bounded: 64 connection ids a side, 256 key updates, 16 flows, handshake messages of 64 KiB; older ids are forgotten first.
 */

import type { CryptoPort } from '../core/crypto.ts'
import { type KeyPort, TlsSecret } from '../core/keys.ts'
import { dropOldest } from '../core/oldest.ts'
import { CryptoStream, type HandshakeMessage } from './crypto-stream.ts'
import { NumberSpace } from './number-space.ts'
import { initialKeys, initialSalts, type PacketKeys, packetKeys, type Suite, suitesOfSecret, updatedKeys } from './protection.ts'
import { PacketType } from './wire.ts'

export type Side = 0 | 1
export const CLIENT = 0
export const SERVER = 1

/** Levels are packet types, and 1-RTT behind them. */
export const ONE_RTT = 4
export type Level = PacketType.Initial | PacketType.ZeroRtt | PacketType.Handshake | typeof ONE_RTT

export interface ConnectionId {
  readonly bytes: Uint8Array
  readonly owner: Side
  readonly connection: Connection
  /** -1 unknown */
  readonly sequence: number
  /** multipath: the path it is for */
  readonly path: number
  readonly resetToken: Uint8Array | null
  /** flow that it was last seen on, -1 none yet */
  flow: number
}

const MAX_CIDS = 64
const MAX_UPDATES = 256
const MAX_CHALLENGES = 256
const MAX_MESSAGES = 16
/** sets of Initial keys: versions times salts, before and after a Retry */
const MAX_ATTEMPTS = 12

const HANDSHAKE_SECRETS = [TlsSecret.ClientHandshake, TlsSecret.ServerHandshake] as const
const TRAFFIC_SECRETS = [TlsSecret.ClientTraffic, TlsSecret.ServerTraffic] as const

interface InitialAttempt {
  version: number
  dcid: Uint8Array
  keys: [PacketKeys, PacketKeys]
}

export class Connection {
  /** direction of the client's packets by flow */
  readonly clientDirection = new Map<number, 0 | 1>()
  readonly cids: [ConnectionId[], ConnectionId[]] = [[], []]
  clientRandom: Uint8Array | null = null
  suite: Suite | null = null
  /** what Initial packets of the client are sealed for: its first destination id, or after a Retry the one the server chose */
  initialDcid: Uint8Array
  retried = false
  /** multipath was offered by [client, server] */
  readonly multipath: [boolean, boolean] = [false, false]
  /** first packets seen: server's Initial answer, client's and server's 1-RTT */
  answered = false
  readonly oneRtt: [boolean, boolean] = [false, false]
  /** when a packet was seen last (ns), and the hop limit of the client's last one */
  lastTime = -1
  clientHops = 0
  /** address and port of [client, server] where it began, as keys */
  ends: readonly [client: string, server: string] = ['', '']
  /** its close was read */
  ended = false
  /** key updates that [client, server] made */
  readonly generation: [number, number] = [0, 0]
  readonly challenges = new Map<string, number>()
  /** of the server's handshake id and of its later ones: what a stateless reset ends with */
  readonly resetTokens: Uint8Array[] = []
  /** handshake messages by the row of the packet that completed them */
  readonly messages: { row: number; level: Level; side: Side; message: HandshakeMessage }[] = []
  /** first pass without keys: rows of the first Initials of [client, server], and their CRYPTO bytes in a second pass */
  readonly initialRows: readonly [number[], number[]] = [[], []]
  readonly replay: [CryptoStream, CryptoStream] = [new CryptoStream(), new CryptoStream()]
  private readonly initial: InitialAttempt[] = []
  private keysAsked = -1
  private early: PacketKeys[] = []
  private readonly handshake: [PacketKeys[], PacketKeys[]] = [[], []]
  /** by key generation; the first entry holds one candidate a suite until one has opened a packet */
  private readonly traffic: [PacketKeys[], PacketKeys[]] = [[], []]
  private readonly trafficCandidates: [PacketKeys[], PacketKeys[]] = [[], []]
  private readonly spaces = new Map<number, NumberSpace>()
  private readonly streams = new Map<number, CryptoStream>()

  constructor(
    readonly number: number,
    public version: number,
    readonly firstDcid: Uint8Array,
    readonly firstRow: number,
  ) {
    this.initialDcid = firstDcid
  }

  /** Remembers an id that `owner` chose; the id that had to be forgotten for it, if any. */
  addCid(cid: ConnectionId): ConnectionId | null {
    const list = this.cids[cid.owner]
    list.push(cid)
    return list.length > MAX_CIDS ? (list.splice(1, 1)[0] as ConnectionId) : null
  }

  /** The id of `owner` that stands at `offset`; the longest that fits. */
  cidAt(owner: Side, bytes: Uint8Array, offset: number, limit: number): ConnectionId | null {
    let found: ConnectionId | null = null
    for (const cid of this.cids[owner]) {
      const { length } = cid.bytes
      if (offset + length > limit || (found !== null && length <= found.bytes.length)) continue
      if (startsWith(bytes, offset, cid.bytes)) found = cid
    }
    return found
  }

  knowsCid(owner: Side, bytes: Uint8Array): boolean {
    return this.cids[owner].some((cid) => cid.bytes.length === bytes.length && startsWith(bytes, 0, cid.bytes))
  }

  /** Length of the ids that `owner` chooses; 0 when none is known. */
  cidLength(owner: Side): number {
    return this.cids[owner][0]?.bytes.length ?? 0
  }

  /** Initial keys of both sides that may fit a packet of `version`; after a Retry those from before it too, for packets sent late. */
  initialCandidates(crypto: CryptoPort, version: number): readonly { keys: readonly [PacketKeys, PacketKeys] }[] {
    for (const dcid of this.retried ? [this.initialDcid, this.firstDcid] : [this.initialDcid]) {
      if (this.initial.length >= MAX_ATTEMPTS || this.initial.some((one) => one.version === version && one.dcid === dcid)) continue
      for (const salt of initialSalts(version)) this.initial.push({ version, dcid, keys: initialKeys(crypto, salt, dcid, version) })
    }
    return this.initial.filter((one) => one.version === version)
  }

  /** Keys that may open a packet of a level above Initial from `side`; none without secrets. */
  candidates(crypto: CryptoPort, store: KeyPort, level: Level, side: Side, generation: number): readonly PacketKeys[] {
    this.ask(crypto, store)
    if (level === PacketType.ZeroRtt) return side === CLIENT ? this.early : []
    if (level === PacketType.Handshake) return this.handshake[side]
    const known = this.traffic[side]
    if (known.length === 0) return generation === 0 ? this.trafficCandidates[side] : []
    while (known.length <= generation && known.length <= MAX_UPDATES) known.push(updatedKeys(crypto, known[known.length - 1] as PacketKeys))
    const keys = known[generation]
    return keys === undefined ? [] : [keys]
  }

  /** These keys have opened a packet: their suite is the connection's. */
  proven(level: Level, side: Side, keys: PacketKeys): void {
    if (level === ONE_RTT && this.traffic[side].length === 0) this.traffic[side].push(keys)
    this.suite ??= keys.suite
  }

  /** Asks for secrets once the client's random is known, again when more keys came in or the suite became known. */
  private ask(crypto: CryptoPort, store: KeyPort): void {
    const random = this.clientRandom
    const asked = store.version * 2 + (this.suite === null ? 0 : 1)
    if (random === null || this.keysAsked === asked) return
    this.keysAsked = asked
    const keysOf = (label: TlsSecret, suite: Suite | null): PacketKeys[] => {
      const secret = store.tlsSecret(label, random, 0)
      if (secret === null) return []
      const suites = suite === null ? suitesOfSecret(secret.length) : [suite]
      return suites.map((one) => packetKeys(crypto, one, secret, this.version))
    }
    if (this.early.length === 0) this.early = keysOf(TlsSecret.ClientEarly, null)
    for (const side of [CLIENT, SERVER] as const) {
      this.handshake[side] = keysOf(HANDSHAKE_SECRETS[side], this.suite)
      this.trafficCandidates[side] = keysOf(TRAFFIC_SECRETS[side], this.suite)
    }
  }

  /** True when some packet above Initial could be opened. */
  get hasSecrets(): boolean {
    return this.trafficCandidates[0].length + this.trafficCandidates[1].length + this.handshake[0].length + this.handshake[1].length > 0
  }

  /** Packet numbers of one level, side and path; 0-RTT and 1-RTT share theirs. */
  space(level: Level, side: Side, path: number): NumberSpace {
    const key = (level === PacketType.ZeroRtt ? ONE_RTT : level) + 8 * side + 16 * path
    let space = this.spaces.get(key)
    if (space === undefined) {
      space = new NumberSpace()
      if (this.spaces.size < 256) this.spaces.set(key, space)
    }
    return space
  }

  stream(level: Level, side: Side): CryptoStream {
    const key = level * 2 + side
    let stream = this.streams.get(key)
    if (stream === undefined) {
      stream = new CryptoStream()
      this.streams.set(key, stream)
    }
    return stream
  }

  keep(row: number, level: Level, side: Side, message: HandshakeMessage): void {
    if (this.messages.length < MAX_MESSAGES) this.messages.push({ row, level, side, message })
  }

  /** The handshake begins anew with other keys: after a Retry, or with another version. */
  restart(dcid: Uint8Array): void {
    this.initialDcid = dcid
    this.retried = true
    this.streams.clear()
  }

  challenge(data: string, flow: number): void {
    this.challenges.set(data, flow)
    if (this.challenges.size > MAX_CHALLENGES) dropOldest(this.challenges)
  }
}

export function startsWith(bytes: Uint8Array, offset: number, begin: Uint8Array): boolean {
  for (let i = 0; i < begin.length; i++) if (bytes[offset + i] !== begin[i]) return false
  return true
}

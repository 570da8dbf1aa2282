/**
 * One QUIC connection as far as bytes cannot be read without it: connection ids of both ends, keys by level, packet numbers, the
 * handshake's bytes. Sides: 0 the client, 1 the server. A connection id belongs to the side that chose it, which is where packets go.
 * Bounded: 64 connection ids a side, 256 key updates, 16 flows, handshake messages of 64 KiB; older ids are forgotten first.
 * Most connections are seen without keys and on one flow: what only others need is made when it is needed, and lists are exact.
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

interface KeptMessage {
  row: number
  level: Level
  side: Side
  message: HandshakeMessage
}

/** Keys above Initial. */
interface TrafficKeys {
  early: PacketKeys[]
  readonly handshake: [PacketKeys[], PacketKeys[]]
  /** by key generation; the first entry holds one candidate a suite until one has opened a packet */
  readonly known: [PacketKeys[], PacketKeys[]]
  readonly candidates: [PacketKeys[], PacketKeys[]]
}

const NONE: readonly never[] = []
const NO_ROWS: readonly [readonly number[], readonly number[]] = [NONE, NONE]
const NEITHER: readonly [boolean, boolean] = [false, false]
const NO_UPDATES: readonly [number, number] = [0, 0]

export class Connection {
  /** direction of the client's packets on its first flow, and by flow on further ones */
  private firstFlow = -1
  private firstDirection: 0 | 1 = 0
  private furtherFlows: Map<number, 0 | 1> | null = null
  readonly cids: [readonly ConnectionId[], readonly ConnectionId[]] = [NONE, NONE]
  clientRandom: Uint8Array | null = null
  suite: Suite | null = null
  /** what Initial packets of the client are sealed for: its first destination id, or after a Retry the one the server chose */
  initialDcid: Uint8Array
  retried = false
  /** multipath was offered by [client, server] */
  multipath: readonly [boolean, boolean] = NEITHER
  /** first packets seen: server's Initial answer, client's and server's 1-RTT */
  answered = false
  oneRtt: readonly [boolean, boolean] = NEITHER
  /** when a packet was seen last (ns), and the hop limit of the client's last one */
  lastTime = -1
  clientHops = 0
  /** address and port of [client, server] where it began, as keys */
  clientEnd = -1
  serverEnd = -1
  /** its close was read */
  ended = false
  /** key updates that [client, server] made */
  generation: readonly [number, number] = NO_UPDATES
  private challenges: Map<string, number> | null = null
  /** of the server's handshake id and of its later ones: what a stateless reset ends with */
  resetTokens: readonly Uint8Array[] = NONE
  /** handshake messages by the row of the packet that completed them */
  messages: readonly KeptMessage[] = NONE
  /** first pass without keys: rows of the first Initials of [client, server], and their CRYPTO bytes in a second pass */
  initialRows = NO_ROWS
  private replays: [CryptoStream, CryptoStream] | null = null
  private initial: readonly InitialAttempt[] = NONE
  private keysAsked = -1
  private traffic: TrafficKeys | null = null
  private spaces: Map<number, NumberSpace> | null = null
  private streams: Map<number, CryptoStream> | null = null

  constructor(
    readonly number: number,
    public version: number,
    readonly firstDcid: Uint8Array,
    readonly firstRow: number,
  ) {
    this.initialDcid = firstDcid
  }

  /** Direction of the client's packets on a flow; -1 when the connection was not seen there. */
  clientDirection(flow: number): number {
    return flow === this.firstFlow ? this.firstDirection : (this.furtherFlows?.get(flow) ?? -1)
  }

  get flowCount(): number {
    return (this.firstFlow < 0 ? 0 : 1) + (this.furtherFlows?.size ?? 0)
  }

  get flows(): readonly number[] {
    return [...(this.firstFlow < 0 ? [] : [this.firstFlow]), ...(this.furtherFlows?.keys() ?? [])]
  }

  addFlow(flow: number, clientDirection: 0 | 1): void {
    if (this.firstFlow < 0 || flow === this.firstFlow) {
      this.firstFlow = flow
      this.firstDirection = clientDirection
      this.furtherFlows?.delete(flow)
      return
    }
    this.furtherFlows ??= new Map()
    this.furtherFlows.set(flow, clientDirection)
  }

  dropFlow(flow: number): void {
    if (flow === this.firstFlow) this.firstFlow = -1
    else this.furtherFlows?.delete(flow)
  }

  /** Remembers an id that `owner` chose; the id that had to be forgotten for it, if any. */
  addCid(cid: ConnectionId): ConnectionId | null {
    const list = this.cids[cid.owner].concat(cid)
    const forgotten = list.length > MAX_CIDS ? (list.splice(1, 1)[0] as ConnectionId) : null
    this.cids[cid.owner] = list
    return forgotten
  }

  addResetToken(token: Uint8Array): void {
    this.resetTokens = this.resetTokens.concat(token)
  }

  offerMultipath(side: Side): void {
    this.multipath = withSide(this.multipath, side, true)
  }

  noteOneRtt(side: Side): void {
    this.oneRtt = withSide(this.oneRtt, side, true)
  }

  noteUpdate(side: Side, generation: number): void {
    this.generation = withSide(this.generation, side, generation)
  }

  keepInitialRow(side: Side, row: number): void {
    this.initialRows = withSide(this.initialRows, side, this.initialRows[side].concat(row))
  }

  replay(side: Side): CryptoStream {
    this.replays ??= [new CryptoStream(), new CryptoStream()]
    return this.replays[side]
  }

  /** The handshake's first packet is read again. */
  restartReplay(side: Side): void {
    if (this.replays !== null) this.replays[side] = new CryptoStream()
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
      this.initial = this.initial.concat(
        initialSalts(version).map((salt): InitialAttempt => ({ version, dcid, keys: initialKeys(crypto, salt, dcid, version) })),
      )
    }
    return this.initial.filter((one) => one.version === version)
  }

  /** Keys that may open a packet of a level above Initial from `side`; none without secrets. */
  candidates(crypto: CryptoPort, store: KeyPort, level: Level, side: Side, generation: number): readonly PacketKeys[] {
    this.ask(crypto, store)
    const { traffic } = this
    if (traffic === null) return NONE
    if (level === PacketType.ZeroRtt) return side === CLIENT ? traffic.early : NONE
    if (level === PacketType.Handshake) return traffic.handshake[side]
    const known = traffic.known[side]
    if (known.length === 0) return generation === 0 ? traffic.candidates[side] : NONE
    while (known.length <= generation && known.length <= MAX_UPDATES) known.push(updatedKeys(crypto, known[known.length - 1] as PacketKeys))
    const keys = known[generation]
    return keys === undefined ? NONE : [keys]
  }

  /** These keys have opened a packet: their suite is the connection's. */
  proven(level: Level, side: Side, keys: PacketKeys): void {
    if (level === ONE_RTT && this.traffic?.known[side].length === 0) this.traffic.known[side].push(keys)
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
    this.traffic ??= { early: [], handshake: [[], []], known: [[], []], candidates: [[], []] }
    const { traffic } = this
    if (traffic.early.length === 0) traffic.early = keysOf(TlsSecret.ClientEarly, null)
    for (const side of [CLIENT, SERVER] as const) {
      traffic.handshake[side] = keysOf(HANDSHAKE_SECRETS[side], this.suite)
      traffic.candidates[side] = keysOf(TRAFFIC_SECRETS[side], this.suite)
    }
  }

  /** True when some packet above Initial could be opened. */
  get hasSecrets(): boolean {
    if (this.traffic === null) return false
    const { candidates, handshake } = this.traffic
    return candidates[0].length + candidates[1].length + handshake[0].length + handshake[1].length > 0
  }

  /** Packet numbers of one level, side and path; 0-RTT and 1-RTT share theirs. */
  space(level: Level, side: Side, path: number): NumberSpace {
    const key = (level === PacketType.ZeroRtt ? ONE_RTT : level) + 8 * side + 16 * path
    this.spaces ??= new Map()
    let space = this.spaces.get(key)
    if (space === undefined) {
      space = new NumberSpace()
      if (this.spaces.size < 256) this.spaces.set(key, space)
    }
    return space
  }

  stream(level: Level, side: Side): CryptoStream {
    const key = level * 2 + side
    this.streams ??= new Map()
    let stream = this.streams.get(key)
    if (stream === undefined) {
      stream = new CryptoStream()
      this.streams.set(key, stream)
    }
    return stream
  }

  keep(row: number, level: Level, side: Side, message: HandshakeMessage): void {
    if (this.messages.length < MAX_MESSAGES) this.messages = this.messages.concat({ row, level, side, message })
  }

  /** The handshake begins anew with other keys: after a Retry, or with another version. */
  restart(dcid: Uint8Array): void {
    this.initialDcid = dcid
    this.retried = true
    this.streams = null
  }

  challenge(data: string, flow: number): void {
    this.challenges ??= new Map()
    this.challenges.set(data, flow)
    if (this.challenges.size > MAX_CHALLENGES) dropOldest(this.challenges)
  }

  challenged(data: string): boolean {
    return this.challenges?.has(data) === true
  }
}

/** The pair with another value on one side. */
function withSide<T>(pair: readonly [T, T], side: Side, value: T): readonly [T, T] {
  return side === CLIENT ? [value, pair[1]] : [pair[0], value]
}

export function startsWith(bytes: Uint8Array, offset: number, begin: Uint8Array): boolean {
  for (let i = 0; i < begin.length; i++) if (bytes[offset + i] !== begin[i]) return false
  return true
}

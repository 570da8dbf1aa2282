/** A QUIC client and server for tests: seals packets as they would, so that the dissector has something to open. */
import { createCipheriv } from 'node:crypto'
import { StreamState } from '../../../dissectors/core/state.ts'
import {
  emitClientHello,
  emitCrypto,
  emitExtension,
  emitLong,
  emitServerHello,
  emitShort,
  joinBytes,
  type Seal,
  varint,
} from '../../../dissectors/quic/emit.ts'
import { initialKeys, initialSalts, type PacketKeys, packetKeys, suiteById, updatedKeys } from '../../../dissectors/quic/protection.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { KeyStore } from '../../../main/keys/store.ts'
import { type Seen, walkPacket } from '../core/record.ts'

export const seal: Seal = (keys, nonce, additional, plain) => {
  const name = keys.suite.cipher === 'aes-gcm' ? (`aes-${keys.suite.key * 8}-gcm` as const) : 'chacha20-poly1305'
  const cipher = createCipheriv(name as 'aes-128-gcm', keys.key, nonce, { authTagLength: 16 })
  cipher.setAAD(additional, { plaintextLength: plain.length })
  return joinBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

export interface Place {
  address: string
  port: number
}
export const CLIENT_A: Place = { address: '192.0.2.10', port: 40_001 }
export const CLIENT_B: Place = { address: '198.51.100.10', port: 50_002 }
export const CLIENT_6: Place = { address: '2001:db8:b::10', port: 50_003 }
export const SERVER_AT: Place = { address: '203.0.113.80', port: 4433 }
export const SERVER_6: Place = { address: '2001:db8:f::80', port: 4433 }

const RANDOM = new Uint8Array(32).fill(0x1c)
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export interface TestOptions {
  version?: number
  suite?: number
  /** further transport parameters of [client, server] */
  parameters?: readonly [Uint8Array, Uint8Array]
  keys?: boolean
  /** the client's first destination id */
  first?: Uint8Array
  /** as in the index pass */
  record?: boolean
}

export function parameter(id: number, value: Uint8Array): Uint8Array {
  return joinBytes(varint(id), varint(value.length), value)
}

/** One connection. Side 0 is the client. */
export class Conversation {
  readonly state = new StreamState(nodeCrypto)
  readonly version: number
  readonly suite: number
  readonly cids: [Uint8Array, Uint8Array] = [new Uint8Array(8).fill(0xc1), new Uint8Array(8).fill(0x5e)]
  readonly first: Uint8Array
  readonly initial: [PacketKeys, PacketKeys]
  readonly handshake: [PacketKeys, PacketKeys]
  readonly traffic: [PacketKeys, PacketKeys]
  readonly datagrams: Uint8Array[] = []
  readonly numbers = [0, 0]
  private readonly secrets: Uint8Array[]

  constructor(readonly options: TestOptions = {}) {
    this.version = options.version ?? 1
    this.suite = options.suite ?? 0x1301
    this.first = options.first ?? new Uint8Array(8).fill(0x0d)
    const suite = suiteById(this.suite)
    if (suite === null) throw new Error('no such suite')
    const size = suite.hash === 'sha384' ? 48 : 32
    this.secrets = [0xa0, 0xa1, 0xa2, 0xa3].map((byte) => new Uint8Array(size).fill(byte))
    const keysOf = (i: number): PacketKeys => packetKeys(nodeCrypto, suite, this.secrets[i] as Uint8Array, this.version)
    this.initial = initialKeys(nodeCrypto, initialSalts(this.version)[0] as Uint8Array, this.first, this.version)
    this.handshake = [keysOf(0), keysOf(1)]
    this.traffic = [keysOf(2), keysOf(3)]
    if (options.keys !== false) this.state.keys = new KeyStore([{ path: 'test.keys', text: this.keyLog() }])
  }

  keyLog(): string {
    const labels = [
      'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
      'SERVER_HANDSHAKE_TRAFFIC_SECRET',
      'CLIENT_TRAFFIC_SECRET_0',
      'SERVER_TRAFFIC_SECRET_0',
    ]
    return labels.map((label, i) => `${label} ${hexOf(RANDOM)} ${hexOf(this.secrets[i] as Uint8Array)}`).join('\n')
  }

  private datagram(side: 0 | 1, payload: Uint8Array, client: Place): Seen {
    const server = client.address.includes(':') ? SERVER_6 : SERVER_AT
    const [from, to] = side === 0 ? [client, server] : [server, client]
    const packet = emitUdpPacket(payload, {
      source: from.address,
      destination: to.address,
      sourcePort: from.port,
      destinationPort: to.port,
    })
    const row = this.datagrams.length
    this.datagrams.push(packet)
    return walkPacket(packet, { linkType: 101, state: this.state, row, time: row * 1e6, record: this.options.record })
  }

  /** The datagram again, as a second pass walks it. */
  again(row: number): Seen {
    this.state.frozen = true
    const seen = walkPacket(this.datagrams[row] as Uint8Array, { linkType: 101, state: this.state, row })
    this.state.frozen = false
    return seen
  }

  clientHello(): Uint8Array {
    const name = new TextEncoder().encode('www.example')
    const sni = joinBytes([0, name.length + 3, 0, 0, name.length], name)
    const parameters = joinBytes(parameter(0x0f, this.cids[0]), this.options.parameters?.[0] ?? [])
    return emitClientHello(
      RANDOM,
      joinBytes(emitExtension(0, sni), emitExtension(16, new Uint8Array([0, 3, 2, 0x68, 0x33])), emitExtension(0x39, parameters)),
    )
  }

  clientInitial(frames = emitCrypto(0, this.clientHello()), at = CLIENT_A, dcid = this.first): Seen {
    const keys = this.initial[0]
    const common = { version: this.version, dcid, scid: this.cids[0], keys, packetNumber: this.numbers[0] as number }
    this.numbers[0] = (this.numbers[0] as number) + 1
    return this.datagram(0, emitLong(nodeCrypto, seal, { ...common, type: 0, frames }), at)
  }

  /** ServerHello and EncryptedExtensions, coalesced. */
  serverHandshake(): Seen {
    const extensions = emitExtension(0x39, joinBytes(parameter(0x0f, this.cids[1]), this.options.parameters?.[1] ?? []))
    const list = joinBytes([extensions.length >> 8, extensions.length & 255], extensions)
    const message = joinBytes([8, 0, list.length >> 8, list.length & 255], list)
    const common = { version: this.version, dcid: this.cids[0], scid: this.cids[1], packetNumber: 0 }
    const hello = emitLong(nodeCrypto, seal, {
      ...common,
      type: 0,
      keys: this.initial[1],
      frames: emitCrypto(0, emitServerHello(this.suite)),
    })
    const rest = emitLong(nodeCrypto, seal, { ...common, type: 2, keys: this.handshake[1], frames: emitCrypto(0, message) })
    return this.datagram(1, joinBytes(hello, rest), CLIENT_A)
  }

  /** Handshake as far as 1-RTT keys. */
  open(): this {
    this.clientInitial()
    this.serverHandshake()
    return this
  }

  /** A 1-RTT packet from `side`. */
  send(
    side: 0 | 1,
    frames: Uint8Array,
    o: { at?: Place; dcid?: Uint8Array; updates?: number; packetNumber?: number; numberLength?: number; path?: number } = {},
  ): Seen {
    let keys = this.traffic[side]
    const updates = o.updates ?? 0
    for (let i = 0; i < updates; i++) keys = updatedKeys(nodeCrypto, keys)
    const packetNumber = o.packetNumber ?? (this.numbers[side] as number)
    this.numbers[side] = packetNumber + 1
    // A sample has to be there (RFC 9001 section 5.4.2).
    const padded = frames.length < 8 ? joinBytes(frames, new Uint8Array(8)) : frames
    const dcid = o.dcid ?? (this.cids[side === 0 ? 1 : 0] as Uint8Array)
    const keyPhase = (updates % 2) as 0 | 1
    const packet = emitShort(nodeCrypto, seal, {
      keys,
      dcid,
      keyPhase,
      packetNumber,
      numberLength: o.numberLength,
      frames: padded,
      path: o.path,
    })
    return this.datagram(side, packet, o.at ?? CLIENT_A)
  }

  raw(side: 0 | 1, payload: Uint8Array, at = CLIENT_A): Seen {
    return this.datagram(side, payload, at)
  }
}

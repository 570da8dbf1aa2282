/** WireGuard messages (whitepaper section 5.4): types, offsets, sizes and fields. All numbers are little-endian; nothing behind them can be read without keys. */
import { protocol } from '../core/fields.ts'

/** no port is assigned; this is the one its documents use */
export const WIREGUARD_PORT = 51820

export const enum Message {
  Initiation = 1,
  Response = 2,
  CookieReply = 3,
  Transport = 4,
}

export const INITIATION_SIZE = 148
export const RESPONSE_SIZE = 92
export const COOKIE_REPLY_SIZE = 64
export const TRANSPORT_HEADER = 16
/** authentication tag behind what is encrypted; a transport message of header and tag alone is a keepalive */
export const TAG = 16
export const KEEPALIVE_SIZE = TRANSPORT_HEADER + TAG

export const messageNames: Record<number, string> = {
  1: 'Handshake Initiation',
  2: 'Handshake Response',
  3: 'Cookie Reply',
  4: 'Transport Data',
}

export const wireguard = protocol('wg', 'WireGuard Protocol', 'WireGuard')
export const Field = {
  type: wireguard.uint8('wg.type', 'Type', { values: messageNames }),
  reserved: wireguard.bytes('wg.reserved', 'Reserved'),
  sender: wireguard.uint32('wg.sender', 'Sender', { base: 'hex' }),
  receiver: wireguard.uint32('wg.receiver', 'Receiver', { base: 'hex' }),
  ephemeral: wireguard.string('wg.ephemeral', 'Ephemeral'),
  encryptedStatic: wireguard.group('wg.encrypted_static', 'Encrypted Static'),
  encryptedTimestamp: wireguard.group('wg.encrypted_timestamp', 'Encrypted Timestamp'),
  encryptedEmpty: wireguard.group('wg.encrypted_empty', 'Encrypted Empty'),
  mac1: wireguard.bytes('wg.mac1', 'mac1'),
  mac2: wireguard.bytes('wg.mac2', 'mac2'),
  nonce: wireguard.bytes('wg.nonce', 'Nonce'),
  encryptedCookie: wireguard.bytes('wg.encrypted_cookie', 'Encrypted Cookie'),
  counter: wireguard.uint64('wg.counter', 'Counter'),
  encryptedPacket: wireguard.group('wg.encrypted_packet', 'Encrypted Packet'),
  keepalive: wireguard.group('wg.keepalive', 'This is a Keepalive message'),
} as const

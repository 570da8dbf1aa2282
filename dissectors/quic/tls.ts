/**
 * The few things QUIC takes from TLS handshake messages (RFC 8446 section 4, RFC 9001 section 8.2): the client's random, by which secrets
 * are found, the cipher suite, server name and ALPN, and the transport parameters. Everything else is passed over by its length.
 */
import { copyBytes } from '../core/copy.ts'
import type { Walk } from '../core/walk.ts'
import type { Connection, Side } from './connection.ts'
import { suiteById } from './protection.ts'
import { isFrozen, quicState } from './state.ts'
import { transportParameters } from './transport-parameters.ts'
import { Field } from './wire.ts'

const enum Handshake {
  ClientHello = 1,
  ServerHello = 2,
  EncryptedExtensions = 8,
}

const enum Extension {
  ServerName = 0,
  Alpn = 16,
  TransportParameters = 0x39,
  TransportParametersDraft = 0xffa5,
}

/** Messages that are read; others are only named. */
export function isNeeded(type: number): boolean {
  return type === Handshake.ClientHello || type === Handshake.ServerHello || type === Handshake.EncryptedExtensions
}

/** A handshake message at `offset`, up to walk.end. */
export function handshakeMessage(walk: Walk, offset: number): void {
  const state = walk.state.of(quicState)
  const connection = state.reading
  if (connection === null || !walk.need(offset, 4)) return
  const type = walk.u8(offset)
  walk.uint(Field.handshakeType, offset, 1, type)
  const begin = offset + 4
  if (type === Handshake.ClientHello) clientHello(walk, connection, state.side, begin)
  else if (type === Handshake.ServerHello) serverHello(walk, connection, begin)
  else if (type === Handshake.EncryptedExtensions) extensions(walk, connection, state.side, begin)
}

function clientHello(walk: Walk, connection: Connection, side: Side, begin: number): void {
  if (!walk.need(begin, 35)) return
  if (!isFrozen(walk)) connection.clientRandom = copyBytes(walk.bytes, begin + 2, begin + 34)
  let at = begin + 34
  at += 1 + walk.u8(at)
  if (!walk.need(at, 2)) return
  at += 2 + walk.u16(at)
  if (!walk.need(at, 1)) return
  at += 1 + walk.u8(at)
  extensions(walk, connection, side, at)
}

/** A Hello Retry Request has the same form, and names the suite that will stand. */
function serverHello(walk: Walk, connection: Connection, begin: number): void {
  if (!walk.need(begin, 35)) return
  const at = begin + 35 + walk.u8(begin + 34)
  if (!walk.need(at, 3)) return
  const suite = walk.u16(at)
  walk.uint(Field.cipherSuite, at, 2, suite)
  if (!isFrozen(walk)) connection.suite = suiteById(suite) ?? connection.suite
}

function extensions(walk: Walk, connection: Connection, side: Side, begin: number): void {
  if (begin + 2 > walk.end) return
  if (!walk.need(begin, 2)) return
  let at = begin + 2
  const end = Math.min(walk.end, at + walk.u16(begin))
  while (at + 4 <= end) {
    if (!walk.item(at)) return
    const type = walk.u16(at)
    const length = walk.u16(at + 2)
    const value = at + 4
    if (value + length > end) {
      walk.malformed(at + 2, `TLS extension of ${length} bytes, ${end - value} bytes left`)
      return
    }
    if (type === Extension.ServerName) serverName(walk, value, value + length)
    else if (type === Extension.Alpn) alpn(walk, value, value + length)
    else if (type === Extension.TransportParameters || type === Extension.TransportParametersDraft)
      transportParameters(walk, connection, side, value, value + length)
    at = value + length
  }
}

function serverName(walk: Walk, begin: number, end: number): void {
  if (begin + 5 > end) return
  const length = walk.u16(begin + 3)
  if (walk.u8(begin + 2) === 0 && begin + 5 + length <= end) walk.range(Field.serverName, begin + 5, length)
}

function alpn(walk: Walk, begin: number, end: number): void {
  for (let at = begin + 2; at < end && walk.item(at); ) {
    const length = walk.u8(at)
    if (at + 1 + length > end) return
    walk.range(Field.alpn, at + 1, length)
    at += 1 + length
  }
}

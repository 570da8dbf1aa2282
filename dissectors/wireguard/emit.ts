/** Builds WireGuard messages for tests: keys, tags and cookies are counted bytes. */
import { join } from '../link/emit.ts'
import { Message, TAG } from './wire.ts'

function little(value: number): Uint8Array {
  return new Uint8Array([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24])
}

function filler(size: number, begin = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (begin + i) & 255)
}

export function emitInitiation(sender: number): Uint8Array {
  return join(little(Message.Initiation), little(sender), filler(32), filler(48, 1), filler(28, 2), filler(16, 3), new Uint8Array(16))
}

export function emitResponse(sender: number, receiver: number): Uint8Array {
  return join(little(Message.Response), little(sender), little(receiver), filler(32), filler(TAG, 1), filler(16, 2), new Uint8Array(16))
}

export function emitCookieReply(receiver: number): Uint8Array {
  return join(little(Message.CookieReply), little(receiver), filler(24), filler(32, 1))
}

/** `size` bytes are carried, padded to 16; 0 is a keepalive. */
export function emitTransport(receiver: number, counter: number, size: number): Uint8Array {
  return join(little(Message.Transport), little(receiver), little(counter), little(0), filler(Math.ceil(size / 16) * 16 + TAG))
}

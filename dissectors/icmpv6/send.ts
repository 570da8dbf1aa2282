/**
 * SEND (RFC 3971): does a neighbour message come from who may use its address? The CGA option's parameters have to make the address (RFC 3972),
 * and the RSA signature option has to be made by their key. A signature is called wrong only when the same key has signed another message
 * rightly: before that, its form may just be unknown here (stacks differ in the checksum they sign). Says nothing of what was cut or damaged, of
 * addresses whose Sec value stands for a hash that is not known, nor of who may be a router: certificates are not followed.
 * Cost: two hashes and a signature a signed message; nothing for others. Bounded: MAX_KEYS keys, MAX_FAILURES wrong signatures are looked at.
 */
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import { hexOf } from '../core/hex.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { checkCga, Ownership, publicKeyOf } from '../shim6/addresses.ts'
import { Option } from './option-types.ts'

export type SendProof = 'right' | 'wrong' | null

/** CGA Message Type tag (RFC 3971 section 5.2) */
const TAG = Uint8Array.of(0x08, 0x6f, 0xca, 0x5e, 0x10, 0xb2, 0x00, 0xc9, 0x9c, 0x8c, 0xe0, 0x01, 0x64, 0x27, 0x7c, 0x08)
/** Sec values that stand for SHA-1 (RFC 4982 section 6) */
const SHA1_SEC = 2
const KEY_HASH = 16
const SIGNATURE_SIZES = [64, 96, 128, 192, 256, 384, 512]
const MAX_OPTIONS = 32
const MAX_KEYS = 10_000
const MAX_FAILURES = 10_000

class SendState {
  /** hashes of keys that have signed a message rightly */
  readonly proven = new Set<string>()
  failures = 0
}

const sendState = new StateKey<SendState>('send', () => new SendState())

/** Offset of the first option of a type, -1 without one. */
export function optionAt(walk: Walk, begin: number, type: number): number {
  let at = begin
  for (let n = 0; n < MAX_OPTIONS && at + 8 <= walk.limit; n++) {
    if (walk.u8(at) === type) return at
    const length = walk.u8(at + 1) * 8
    if (length === 0) return -1
    at += length
  }
  return -1
}

/** `offset`: the ICMPv6 header; `options`: its first option; `address`: who the message has to come from, its source or what it asks for. */
export function sendProof(walk: Walk, offset: number, options: number, address: number): SendProof {
  if (walk.limit < walk.end || walk.addressSize !== 16) return null
  const cga = optionAt(walk, options, Option.Cga)
  const rsa = optionAt(walk, options, Option.RsaSignature)
  if (cga < 0 || rsa < 0 || rsa + walk.u8(rsa + 1) * 8 > walk.end || cga + walk.u8(cga + 1) * 8 > walk.end) return null
  const { bytes } = walk
  const claimed = bytes.subarray(address, address + 16)
  if ((claimed[8] as number) >> 5 > SHA1_SEC || checksum(walk, offset, walk.end) !== 0) return null
  const parameters = bytes.slice(cga + 4, cga + walk.u8(cga + 1) * 8 - walk.u8(cga + 2))
  const { crypto } = walk.state
  const ownership = checkCga(crypto, parameters, claimed)
  if (ownership === Ownership.Wrong) return 'wrong'
  const key = publicKeyOf(parameters)
  return ownership === Ownership.Unknown || key === null ? null : signature(walk, offset, rsa, key.slice())
}

function signature(walk: Walk, offset: number, rsa: number, key: Uint8Array): SendProof {
  const state = walk.state.of(sendState)
  const { crypto, frozen } = walk.state
  if (state.failures >= MAX_FAILURES && !frozen) return null
  const begin = rsa + 4 + KEY_HASH
  const left = rsa + walk.u8(rsa + 1) * 8 - begin
  const size = SIGNATURE_SIZES.find((one) => one <= left && left - one < 8)
  if (size === undefined) return null
  const signed = walk.bytes.slice(begin, begin + size)
  const name = hexOf(crypto.sha1(key), 0, KEY_HASH)
  let verdict: boolean | null = false
  for (const sum of sums(walk, offset, rsa)) {
    verdict = crypto.verify({ kind: 'spki', der: key }, 'sha1', signedBytes(walk, offset, rsa, sum), signed)
    if (verdict !== false) break
  }
  if (verdict === true) {
    if (!frozen && state.proven.size < MAX_KEYS) state.proven.add(name)
    return 'right'
  }
  if (verdict === false && !frozen) state.failures++
  return verdict === false && state.proven.has(name) ? 'wrong' : null
}

/** Section 5.2: the tag, both addresses, type, code and checksum, and the message up to the signature option. */
function signedBytes(walk: Walk, offset: number, rsa: number, sum: number): Uint8Array {
  const { bytes } = walk
  const data = new Uint8Array(TAG.length + 32 + rsa - offset)
  data.set(TAG, 0)
  data.set(bytes.subarray(walk.source, walk.source + 16), TAG.length)
  data.set(bytes.subarray(walk.destination, walk.destination + 16), TAG.length + 16)
  data.set(bytes.subarray(offset, rsa), TAG.length + 32)
  data.set([sum >> 8, sum & 0xff], TAG.length + 34)
  return data
}

/** Checksums that stacks sign: of the message before its signature was added, as it is sent, none. */
function sums(walk: Walk, offset: number, rsa: number): number[] {
  return [checksum(walk, offset, rsa, true), walk.u16(offset + 2), 0]
}

/** 0 when the message holds its own right checksum; `without`: as if the field were 0. */
function checksum(walk: Walk, offset: number, end: number, without = false): number {
  const sum = pseudoHeader(walk.bytes, walk.source, walk.destination, 16, IpProtocol.Icmpv6, end - offset)
  return finish(sumWords(walk.bytes, offset, end, sum) - (without ? walk.u16(offset + 2) : 0))
}

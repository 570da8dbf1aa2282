/**
 * SHA-1 and SHA-256 (FIPS 180-4) and their HMACs (RFC 2104) for what handshakes hash: keys of 8 bytes, messages of 8 to 20. Such a hash is one
 * turn of the function; a call into a library costs several times that, and leaves objects behind.
 * Cost: about half a microsecond for each 64 bytes, and the answer's array. Right for any length; long data is better hashed elsewhere.
 */
const BLOCK = 64
const work = new Int32Array(80)
const state = new Int32Array(8)
/** the block at hand: what is left of the data, its end mark and its length */
const last = new Uint8Array(2 * BLOCK)

const INITIAL_1 = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
const INITIAL_256 = new Int32Array([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19])
const CONSTANTS_256 = cubeRoots()

/** First 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4 section 4.2.2). */
function cubeRoots(): Int32Array {
  const constants = new Int32Array(64)
  let found = 0
  for (let n = 2; found < 64; n++) {
    let prime = true
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0
    // 36 of a double's 53 bits are asked for: the root's whole part has 3 at most
    if (prime) constants[found++] = fraction(Math.cbrt(n))
  }
  return constants
}

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x100000000) | 0
}

function load(data: Uint8Array, offset: number): void {
  for (let i = 0; i < 16; i++, offset += 4)
    work[i] =
      ((data[offset] as number) << 24) |
      ((data[offset + 1] as number) << 16) |
      ((data[offset + 2] as number) << 8) |
      (data[offset + 3] as number)
}

function turn256(data: Uint8Array, offset: number): void {
  load(data, offset)
  for (let i = 16; i < 64; i++) {
    const x = work[i - 15] as number
    const y = work[i - 2] as number
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    work[i] = ((work[i - 16] as number) + s0 + (work[i - 7] as number) + s1) | 0
  }
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  let f = state[5] as number
  let g = state[6] as number
  let h = state[7] as number
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (CONSTANTS_256[i] as number) + (work[i] as number)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
  state[4] = (state[4] as number) + e
  state[5] = (state[5] as number) + f
  state[6] = (state[6] as number) + g
  state[7] = (state[7] as number) + h
}

function turn1(data: Uint8Array, offset: number): void {
  load(data, offset)
  for (let i = 16; i < 80; i++) {
    const x = (work[i - 3] as number) ^ (work[i - 8] as number) ^ (work[i - 14] as number) ^ (work[i - 16] as number)
    work[i] = (x << 1) | (x >>> 31)
  }
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  for (let i = 0; i < 80; i++) {
    const mixed =
      i < 20
        ? ((b & c) | (~b & d)) + 0x5a827999
        : i < 40
          ? (b ^ c ^ d) + 0x6ed9eba1
          : i < 60
            ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + mixed + e + (work[i] as number)) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
  state[4] = (state[4] as number) + e
}

type Turn = (data: Uint8Array, offset: number) => void

/** Hashes on from the state; `before` bytes (whole blocks) were hashed already. The answer is in the state. */
function finish(turn: Turn, data: Uint8Array, before: number): void {
  const { length } = data
  let offset = 0
  for (; offset + BLOCK <= length; offset += BLOCK) turn(data, offset)
  const rest = length - offset
  const end = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK
  for (let i = 0; i < rest; i++) last[i] = data[offset + i] as number
  last[rest] = 0x80
  for (let i = rest + 1; i < end; i++) last[i] = 0
  const bits = (before + length) * 8
  last[end - 5] = Math.floor(bits / 0x100000000) & 0xff
  last[end - 4] = bits >>> 24
  last[end - 3] = bits >>> 16
  last[end - 2] = bits >>> 8
  last[end - 1] = bits
  turn(last, 0)
  if (end > BLOCK) turn(last, BLOCK)
}

function answer(words: number, out: Uint8Array): Uint8Array {
  for (let i = 0; i < words; i++) {
    const word = state[i] as number
    out[i * 4] = word >>> 24
    out[i * 4 + 1] = word >>> 16
    out[i * 4 + 2] = word >>> 8
    out[i * 4 + 3] = word
  }
  return out
}

function hash(turn: Turn, initial: Int32Array, data: Uint8Array): Uint8Array {
  state.set(initial)
  finish(turn, data, 0)
  return answer(initial.length, new Uint8Array(initial.length * 4))
}

const padded = new Uint8Array(BLOCK)
const inner = new Uint8Array(32)

function hmac(turn: Turn, initial: Int32Array, key: Uint8Array, data: Uint8Array): Uint8Array {
  const secret = key.length > BLOCK ? hash(turn, initial, key) : key
  for (let i = 0; i < BLOCK; i++) padded[i] = 0x36 ^ (i < secret.length ? (secret[i] as number) : 0)
  state.set(initial)
  turn(padded, 0)
  finish(turn, data, BLOCK)
  const first = answer(initial.length, initial.length === 8 ? inner : new Uint8Array(initial.length * 4))
  for (let i = 0; i < BLOCK; i++) padded[i] = 0x5c ^ (i < secret.length ? (secret[i] as number) : 0)
  state.set(initial)
  turn(padded, 0)
  finish(turn, first, BLOCK)
  return answer(initial.length, new Uint8Array(initial.length * 4))
}

export function shortSha1(data: Uint8Array): Uint8Array {
  return hash(turn1, INITIAL_1, data)
}
export function shortSha256(data: Uint8Array): Uint8Array {
  return hash(turn256, INITIAL_256, data)
}
export function shortHmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(turn1, INITIAL_1, key, data)
}
export function shortHmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(turn256, INITIAL_256, key, data)
}

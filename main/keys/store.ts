/**
 * Keys that the user gave (`--keys`, the open dialog) or the capture brought (decryption secrets blocks), by what they open: TLS secrets
 * by client random, IKE SAs by SPI pair. A text is read through only when a packet first needs a key, or its bad lines are asked for.
 * Refuses: more than `MAX_KEYS` keys. Secrets live in private fields: printing, cloning or serializing a store shows counts and no key,
 * and words about bad lines name file and line number and never quote.
 */
import { inspect } from 'node:util'
import type { IkeKeys, KeyPort, TlsSecret } from '../../dissectors/core/keys.ts'
import { readIkeLine } from './ikev2-lines.ts'
import { readTlsLine } from './tls-lines.ts'

export const MAX_KEYS = 500_000
/** bad lines that are named one by one; a file of another kind would fill the screen */
const MAX_NAMED = 5

export interface KeyText {
  /** named in messages */
  path: string
  text: string
}

export class KeyStore implements KeyPort {
  /** counts the texts that were added */
  version = 0
  #unread: KeyText[] = []
  readonly #tls = new Map<string, (Uint8Array | undefined)[]>()
  readonly #ike = new Map<string, IkeKeys>()
  readonly #problems: string[] = []
  #count = 0

  constructor(texts: readonly KeyText[] = []) {
    for (const text of texts) this.add(text)
  }

  add(text: KeyText): void {
    this.#unread.push(text)
    this.version++
  }

  tlsSecret(secret: TlsSecret, memory: Uint8Array, offset: number): Uint8Array | null {
    this.#read()
    if (this.#tls.size === 0) return null
    return this.#tls.get(hexOf(memory, offset, 32))?.[secret] ?? null
  }

  ikeKeys(memory: Uint8Array, offset: number): IkeKeys | null {
    this.#read()
    if (this.#ike.size === 0) return null
    return this.#ike.get(hexOf(memory, offset, 16)) ?? null
  }

  /** One line a bad line: file, number and what is wrong. */
  problems(): string[] {
    this.#read()
    return [...this.#problems]
  }

  /** How many keys there are: all that may be told of them. */
  counts(): { tls: number; ikev2: number } {
    this.#read()
    return { tls: this.#tls.size, ikev2: this.#ike.size }
  }

  toJSON(): { tls: number; ikev2: number } {
    return this.counts()
  }

  [inspect.custom](): string {
    const { tls, ikev2 } = this.counts()
    return `KeyStore { ${tls} TLS connections, ${ikev2} IKE SAs }`
  }

  #read(): void {
    if (this.#unread.length === 0) return
    const texts = this.#unread
    this.#unread = []
    for (const { path, text } of texts) this.#readText(path, text)
  }

  #readText(path: string, text: string): void {
    let bad = 0
    let number = 0
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at)
      const end = newline < 0 ? text.length : newline
      const line = text.slice(at, end).trim()
      at = end + 1
      number++
      if (line === '' || line.startsWith('#') || line === '\ufeff') continue
      if (this.#count >= MAX_KEYS) {
        this.#problems.push(`${path}: line ${number} and those after it are passed over: ${MAX_KEYS} keys are held already`)
        return
      }
      const wrong = this.#readLine(line.startsWith('\ufeff') ? line.slice(1) : line)
      if (wrong === null || ++bad > MAX_NAMED) continue
      this.#problems.push(`${path}: line ${number} ${wrong}; it is passed over`)
    }
    if (bad > MAX_NAMED) this.#problems.push(`${path}: ${bad - MAX_NAMED} more lines are neither`)
  }

  /** Null when the line is in order, else what is wrong with it. */
  #readLine(line: string): string | null {
    if (line.includes(',')) {
      const read = readIkeLine(line)
      if (typeof read === 'string') return read
      this.#ike.set(read.spis, read.keys)
      this.#count++
      return null
    }
    const read = readTlsLine(line)
    if (read === 'bad') return 'is neither an SSLKEYLOGFILE nor an IKEv2 table line'
    if (read === 'other') return null
    const known = this.#tls.get(read.clientRandom)
    if (known === undefined) this.#tls.set(read.clientRandom, place([], read.secret, read.value))
    else place(known, read.secret, read.value)
    this.#count++
    return null
  }
}

function place(secrets: (Uint8Array | undefined)[], at: TlsSecret, value: Uint8Array): (Uint8Array | undefined)[] {
  secrets[at] = value
  return secrets
}

function hexOf(memory: Uint8Array, offset: number, length: number): string {
  return Buffer.from(memory.buffer, memory.byteOffset + offset, length).toString('hex')
}

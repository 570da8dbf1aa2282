/**
 * The bytes of CRYPTO frames of one level and side put in order (RFC 9000 section 7.5), and the TLS handshake messages in them.
 * Bounded: 64 KiB, 256 pieces; the byte that came first stands. A stream that broke its bounds gives no more messages.
 */
const MAX_BYTES = 65_536
const MAX_PIECES = 256

const NOTHING = new Uint8Array(0)

interface Piece {
  begin: number
  end: number
  row: number
}

export interface HandshakeMessage {
  /** with its 4-byte header */
  bytes: Uint8Array
  /** rows of the frames it came in, by their place in the stream */
  rows: number[]
}

export class CryptoStream {
  /** from the stream's begin on; let go of when all that came has been given as messages */
  private data = NOTHING
  private readonly pieces: Piece[] = []
  /** where the next message begins */
  private next = 0
  private broken = false

  /** `length` bytes of `memory` at `at`, which stand at `begin` in the stream. Messages that this completes. */
  add(begin: number, memory: Uint8Array, at: number, length: number, row: number): HandshakeMessage[] {
    const end = begin + length
    if (this.broken || length === 0) return []
    if (end > MAX_BYTES || this.pieces.length >= MAX_PIECES) {
      this.broken = true
      return []
    }
    if (end > this.data.length) {
      const grown = new Uint8Array(Math.min(MAX_BYTES, Math.max(end, this.data.length * 2)))
      grown.set(this.data)
      this.data = grown
    }
    // Only what is missing is written; a frame that was sent again is no new piece.
    let from = begin
    let place = 0
    const added: Piece[] = []
    for (const piece of this.pieces) {
      if (piece.begin >= end) break
      if (piece.begin > from) added.push({ begin: from, end: Math.min(piece.begin, end), row })
      if (piece.end > from) from = piece.end
      place++
    }
    if (from < end) added.push({ begin: from, end, row })
    if (added.length === 0) return []
    for (const piece of added) this.data.set(memory.subarray(at + piece.begin - begin, at + piece.end - begin), piece.begin)
    this.pieces.splice(place, 0, ...added)
    this.pieces.sort((a, b) => a.begin - b.begin)
    return this.complete()
  }

  private complete(): HandshakeMessage[] {
    let contiguous = 0
    for (const piece of this.pieces) {
      if (piece.begin > contiguous) break
      if (piece.end > contiguous) contiguous = piece.end
    }
    const messages: HandshakeMessage[] = []
    while (this.next + 4 <= contiguous) {
      const { data, next } = this
      const length = 4 + (((data[next + 1] as number) << 16) | ((data[next + 2] as number) << 8) | (data[next + 3] as number))
      if (next + length > contiguous) {
        if (length > MAX_BYTES) this.broken = true
        break
      }
      const rows = this.pieces.filter((piece) => piece.end > next && piece.begin < next + length).map((piece) => piece.row)
      messages.push({ bytes: data.slice(next, next + length), rows })
      this.next = next + length
    }
    if (this.next === this.pieces[this.pieces.length - 1]?.end) this.data = NOTHING
    return messages
  }
}

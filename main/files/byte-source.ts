/**
 * Bytes of a capture file as a run of chunks, the next one being read while the present one is looked at: plain files, and gzip
 * (any number of members). Refuses nothing: damage in a gzip ends the stream and is told in `damage`.
 * Each chunk comes in a fresh memory with free room before it, where the reader puts the end of the chunk before (a record that
 * straddles two chunks). Cost: one allocation and one read a chunk; the gzip source copies its output once.
 */
import type { FileHandle } from 'node:fs/promises'
import { createGunzip, type Gunzip } from 'node:zlib'

/** A screenful of packets: what reads them is not warm yet. Each chunk is twice as long as the one before, until they are as long as they get. */
export const firstChunkBytes = 64 * 1024
/** Two or three of them, used in turn, stay in a processor's second-level cache. */
export const chunkBytes = 512 * 1024
/** Room before each chunk. A longer carry costs one more copy, nothing else. */
export const headroom = 64 * 1024
/** Compressed bytes given to zlib at once: deflate expands at most 1,032 times (RFC 1951), so that at most about 16 MiB come back. */
const gzipInputBytes = 16 * 1024

/** Unpacking takes its time: smaller chunks, so that a cancel waits for no more than some 10 ms. */
const gzipChunkBytes = 1024 * 1024
/** Output that zlib gathers before it hands it over: what a damaged stream may lose before the damage. */
const gzipOutputBytes = 16 * 1024

export interface Chunk {
  memory: Uint8Array
  /** the chunk's bytes are [begin, end) */
  begin: number
  end: number
}

export interface ByteSource {
  next(): Promise<Chunk | null>
  /** bytes of the file on disk that the chunks handed out so far stand for */
  bytesRead: number
  /** what was wrong with the compression, once the stream has ended */
  damage: string | null
  /** gives a chunk's memory back, when nobody can have kept it */
  recycle(memory: Uint8Array): void
  /** waits for a read that is still under way; the handle is closed by its owner */
  close(): Promise<void>
}

/** Memory that is not zeroed first: every byte of it that is handed out is written by a read. */
export function freshMemory(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer)
}

export function plainSource(handle: FileHandle): ByteSource {
  let position = 0
  let size = firstChunkBytes
  let spare: Uint8Array | null = null
  const read = async (): Promise<Chunk | null> => {
    const memory = spare ?? freshMemory(headroom + size)
    spare = null
    let end = headroom
    while (end < memory.length) {
      const { bytesRead } = await handle.read(memory, end, memory.length - end, position)
      if (bytesRead === 0) break
      position += bytesRead
      end += bytesRead
    }
    size = Math.min(2 * size, chunkBytes)
    return end === headroom ? null : { memory, begin: headroom, end }
  }
  let ahead: Promise<Chunk | null> | null = null
  let ended = false
  return {
    bytesRead: 0,
    damage: null,
    async next() {
      if (ended) return null
      const chunk = await (ahead ?? read())
      ahead = null
      if (chunk === null) {
        ended = true
        return null
      }
      this.bytesRead += chunk.end - chunk.begin
      // a chunk that is not full was the last one
      if (chunk.end < chunk.memory.length) ended = true
      else {
        ahead = read()
        // a failure is reported by the next call; until then it must not count as unhandled
        ahead.catch(() => undefined)
      }
      return chunk
    },
    recycle(memory) {
      if (memory.length === headroom + chunkBytes) spare = memory
    },
    async close() {
      ended = true
      await ahead?.catch(() => undefined)
    },
  }
}

export function gzipSource(handle: FileHandle): ByteSource {
  const gunzip: Gunzip = createGunzip({ chunkSize: gzipOutputBytes })
  const ready: Uint8Array[] = []
  let readyBytes = 0
  let position = 0
  let size = firstChunkBytes
  let inputEnded = false
  let failure: (Error & { code?: string }) | null = null
  let wake: (() => void) | null = null
  const settle = (): void => {
    wake?.()
    wake = null
  }
  gunzip.on('data', (piece: Buffer) => {
    ready.push(piece)
    readyBytes += piece.length
  })
  let outputEnded = false
  gunzip.on('error', (error: Error) => {
    failure ??= error
    outputEnded = true
    settle()
  })
  gunzip.on('end', () => {
    outputEnded = true
    settle()
  })
  const feed = async (): Promise<void> => {
    const input = Buffer.allocUnsafeSlow(gzipInputBytes)
    const { bytesRead } = await handle.read(input, 0, input.length, position)
    if (outputEnded) return
    position += bytesRead
    await new Promise<void>((resolve) => {
      wake = resolve
      if (bytesRead === 0) {
        inputEnded = true
        gunzip.end()
      } else gunzip.write(input.subarray(0, bytesRead), settle)
    })
  }
  return {
    bytesRead: 0,
    damage: null,
    async next() {
      while (readyBytes < size && !outputEnded && !inputEnded) await feed()
      if (outputEnded && failure !== null && this.damage === null) {
        this.damage = failure.code === 'Z_BUF_ERROR' ? 'the gzip stream ends too early' : `the gzip stream is damaged (${failure.message})`
      }
      this.bytesRead = position
      if (readyBytes === 0) return null
      const length = Math.min(readyBytes, size)
      const memory = freshMemory(headroom + length)
      let end = headroom
      while (end < memory.length) {
        const piece = ready[0] as Uint8Array
        const part = Math.min(piece.length, memory.length - end)
        memory.set(part === piece.length ? piece : piece.subarray(0, part), end)
        end += part
        if (part === piece.length) ready.shift()
        else ready[0] = piece.subarray(part)
      }
      readyBytes -= length
      size = Math.min(2 * size, gzipChunkBytes)
      return { memory, begin: headroom, end }
    },
    recycle() {},
    async close() {
      gunzip.removeAllListeners()
      gunzip.on('error', () => undefined)
      gunzip.destroy()
      settle()
    },
  }
}

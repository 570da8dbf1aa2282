/** Writes bytes to a file of their own and reads it with the reader: every packet copied out, for whole-object comparisons. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCapture } from '../../../main/files/reader.ts'
import type { FileFacts, ReadOptions } from '../../../main/files/types.ts'

export interface ReadPacket {
  time: number
  interface: number
  wire: number
  data: Uint8Array
  fileOffset: number
}

export interface ReadResult {
  facts: FileFacts
  packets: ReadPacket[]
  comments: [packet: number, text: string][]
  batches: number
}

export async function inFile<T>(bytes: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rehome-test-'))
  try {
    const path = join(directory, 'capture')
    await writeFile(path, bytes)
    return await work(path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

export async function readPath(path: string, options?: ReadOptions): Promise<ReadResult> {
  const packets: ReadPacket[] = []
  const comments: [number, string][] = []
  let batches = 0
  const facts = await readCapture(
    path,
    (batch) => {
      batches++
      for (const { index, text } of batch.comments) comments.push([packets.length + index, text])
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.offset[i] as number
        packets.push({
          time: batch.time[i] as number,
          interface: batch.interface[i] as number,
          wire: batch.wire[i] as number,
          data: batch.memory.slice(offset, offset + (batch.captured[i] as number)),
          fileOffset: batch.fileOffset[i] as number,
        })
      }
    },
    options,
  )
  return { facts, packets, comments, batches }
}

export function readBytes(bytes: Uint8Array, options?: ReadOptions): Promise<ReadResult> {
  return inFile(bytes, (path) => readPath(path, options))
}

/**
 * Sends a file that the page was given to the engine, in parts of at most 768 KiB, one after the other, under one id.
 * Refuses nothing about the content: the engine says what it is. Costs one part of the file in memory at a time.
 */
import type { ContractError, Status } from '../../shared/contract.ts'
import type { ScreenClient } from './client.ts'

/** divisible by three, so that parts of base64 never carry padding inside the file */
export const PART = 786_432

export interface UploadSource {
  name: string
  size: number
  slice(from: number, to: number): Blob
}

export type UploadResult = { ok: true; status: Status | null } | { ok: false; error: ContractError }

export function uploadId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `u-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export async function base64OfBlob(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += 0x6000) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x6000)))
  return btoa(pieces.join(''))
}

/** `cancelled` is looked at before every part. */
export async function uploadFile(
  client: ScreenClient,
  file: UploadSource,
  onProgress: (sent: number) => void,
  cancelled: () => boolean,
): Promise<UploadResult> {
  const id = uploadId()
  const name = file.name.slice(-255)
  let offset = 0
  for (;;) {
    if (cancelled()) {
      await client.send('cancel', {})
      return {
        ok: false,
        error: { code: 'cancelled', message: `Stopped sending ${name} after ${offset} bytes.`, hint: 'Open it again to start over.' },
      }
    }
    const end = Math.min(file.size, offset + PART)
    let base64: string
    try {
      base64 = await base64OfBlob(file.slice(offset, end))
    } catch {
      return {
        ok: false,
        error: {
          code: 'unreadable',
          message: `${name} could not be read at byte ${offset}.`,
          hint: 'Check that the file is still there and may be read, then drop it again.',
        },
      }
    }
    const last = end >= file.size
    const answer = await client.send('upload', { name, id, offset, base64, last })
    if (!answer.ok) return answer
    offset = end
    onProgress(offset)
    if (last) return { ok: true, status: answer.value.status }
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Stop } from '../../dissectors/core/walk.ts'
import { readCapture } from '../../main/files/reader.ts'
import { CaptureFileError, type RecordBatch } from '../../main/files/types.ts'
import { capturesIn } from '../shared-material.ts'
import { hex, hostileBench } from './bench.ts'

describe('hostile input', () => {
  test('every hostile capture ends within its fuel and time, without an exception', async () => {
    const files = capturesIn('captures', 'hostile')
    expect(files.length).toBeGreaterThan(400)
    const failures: string[] = []
    let packets = 0
    const stops = new Map<Stop, number>()
    for (const file of files) {
      const bench = hostileBench()
      const started = performance.now()
      try {
        await readCapture(
          file,
          (batch: RecordBatch, facts) => {
            for (let i = 0; i < batch.count; i++) {
              const begin = batch.offset[i] as number
              const bytes = batch.memory.subarray(begin, begin + (batch.captured[i] as number))
              const linkType = facts.interfaces[batch.interface[i] as number]?.linkType ?? 1
              packets++
              try {
                const stop = bench.walk(bytes, batch.wire[i] as number, linkType)
                stops.set(stop, (stops.get(stop) ?? 0) + 1)
              } catch (error) {
                failures.push(
                  `${file} packet ${bench.packets}: ${error instanceof Error ? error.stack : error}\n${hex(bytes.subarray(0, 400))}`,
                )
              }
            }
          },
          {},
        )
        bench.finish()
      } catch (error) {
        if (!(error instanceof CaptureFileError)) failures.push(`${file}: ${error instanceof Error ? error.stack : error}`)
      }
      const took = performance.now() - started
      if (took > 5000) failures.push(`${file} took ${took.toFixed(0)} ms`)
    }
    console.log(`# ${files.length} hostile files, ${packets} packets, stops ${JSON.stringify([...stops])}`)
    expect(failures.slice(0, 5)).toEqual([])
  })

  test('packets that once broke a dissector are read to an end', () => {
    const folder = join(import.meta.dirname, '..', 'hostile')
    const files = readdirSync(folder).filter((name) => name.endsWith('.hex'))
    const bench = hostileBench()
    for (const name of files) {
      // first line: '# link type N, wire length M: why'; the rest: hex
      const [head = '', ...lines] = readFileSync(join(folder, name), 'utf8').split('\n')
      const told = /link type (\d+), wire length (\d+)/.exec(head)
      expect(told, `${name} begins with its link type and wire length`).not.toBeNull()
      const bytes = Uint8Array.from(Buffer.from(lines.join('').replace(/\s/g, ''), 'hex'))
      bench.walk(bytes, Number(told?.[2]), Number(told?.[1]))
    }
    bench.finish()
    expect(bench.packets).toBe(files.length)
  })
})

/** Filters on network layers stop at the transport header where nothing can follow: the rows they find are those of the whole walk. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registerAll } from '../../../dissectors/all.ts'
import { IndexColumns } from '../../../main/engine/index-columns.ts'
import { PlainLayers } from '../../../main/engine/network-only.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { compileOrFail, type ReadyFilter, runFilter } from '../../../main/engine/queries/filter.ts'

registerAll()
const ready = (text: string): ReadyFilter => compileOrFail(text)

test.each([
  ['ip.ttl == 1', true],
  ['ip.addr == 10.0.0.1 && vlan.id == 5', true],
  ['ipv6.hlim < 64 || eth.src[0] == 2', true],
  ['ip.ttl == 1 && tcp.port == 80', false],
  ['frame.protocols contains "tcp"', false],
  ['ip.ttl == 1 && mh.note', false],
  ['icmp.type == 3 && ip.ttl > 1', false],
])('%s: network layers alone %s', (text, expected) => {
  expect(ready(text).networkOnly).toBe(expected)
})

const FILTERS = [
  'ip.ttl == 64',
  'ip.ttl != 64',
  'ip.src == ip.dst',
  'ipv6.hlim >= 1',
  'ip.len > 100',
  'ip.proto == 6',
  'eth.type == 0x0800',
]
const shared = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'captures')
if (!existsSync(shared)) throw new Error(`${shared} is missing: it lies beside the repository`)
const folders = ['tunnels', 'icmp', 'mipv6', 'ordinary'].map((name) => join(shared, name))

test('the same rows as with the whole walk, through tunnels, quoted packets, extension headers and plain traffic', async () => {
  const different: string[] = []
  let plain = 0
  let walked = 0
  for (const folder of folders)
    for (const name of readdirSync(folder)
      .filter((file) => /cap(ng)?$/.test(file))
      .slice(0, 6)) {
      const capture = await openCapture([join(folder, name)]).catch(() => null)
      if (capture === null) continue
      const columns = new IndexColumns(capture)
      const layers = new PlainLayers(capture.layers)
      for (let row = 0; row < capture.index.rows; row++)
        if (layers.has(capture.index.layers(row))) plain++
        else walked++
      for (const text of FILTERS) {
        const filter = ready(text)
        const { signal } = new AbortController()
        const short = await runFilter(capture, columns, filter, signal)
        const whole = await runFilter(capture, columns, { ...filter, networkOnly: false }, signal)
        if (!filter.networkOnly || short.join() !== whole.join()) different.push(`${name} ${text}`)
      }
      closeCapture(capture)
    }
  expect([different, plain > 500, walked > 50]).toEqual([[], true, true])
}, 60_000)

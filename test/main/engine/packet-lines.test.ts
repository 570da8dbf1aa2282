/**
 * The line of a packet says the same whatever else is recorded: `rehome packets` makes it without the fields and titles of a tree, which would
 * be most of its work.
 */
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { allFields } from '../../../dissectors/core/fields.ts'
import { walkFiles } from '../../../main/engine/file-order.ts'
import { packetLine } from '../../../main/engine/packet-line.ts'
import { capturesIn } from '../../shared-material.ts'

async function linesOf(path: string, options: { wanted?: Uint8Array; infos?: boolean }): Promise<[lines: string[], fields: number]> {
  const lines: string[] = []
  let fields = 0
  await walkFiles(
    [path],
    (walk, recorder, packet) => {
      lines.push(`${packet.frame} ${Object.values(packetLine(walk, packet.batch.memory)).join('|')}`)
      fields += recorder.count
      return undefined
    },
    options,
  )
  return [lines, fields]
}

const FILES = [...capturesIn('testbed', 'recorded'), ...capturesIn('captures', 'hip'), ...capturesIn('captures', 'sctp')]

test.each(FILES.map((path) => [basename(path), path]))('%s', async (_name, path) => {
  const [whole] = await linesOf(path, {})
  const [alone, fields] = await linesOf(path, { wanted: new Uint8Array(allFields().length), infos: true })
  expect(fields).toBe(0)
  expect(alone).toEqual(whole)
})

/** Several captures opened at once tell the same, in whatever order they are named. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { shared } from '../../shared-material.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-several-'))
afterAll(() => rmSync(folder, { recursive: true }))

// recorded in this order
const EARLIER = shared('testbed', 'recorded', 'mptcp-backup.pcapng')
const LATER = shared('testbed', 'recorded', 'sctp-failover.pcapng')
/** a section without interfaces or packets */
const EMPTY = join(folder, 'empty.pcapng')
// 0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
writeFileSync(EMPTY, Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex'))

async function told(...paths: string[]): Promise<unknown[]> {
  let begun = 0
  const capture = await openCapture(paths, { onBegin: () => begun++ })
  try {
    const { sessions, rehomings } = capture.analyzer.report([], '0')
    expect(begun).toBe(1)
    return [
      ...sessions.map((s) => [s.protocol, s.opened, s.pairs.map((p) => `${p.initiator} ${p.interface} ${p.packets}`)]),
      ...rehomings.map((r) => [r.t, r.from.interface, r.to.interface, r.label]),
    ].sort()
  } finally {
    await closeCapture(capture)
  }
}

test.each([
  ['the later one first', [LATER, EARLIER]],
  ['an empty one before them', [EMPTY, EARLIER, LATER]],
  ['an empty one between them', [LATER, EMPTY, EARLIER]],
])('%s', async (_, paths) => {
  const inOrder = await told(EARLIER, LATER)
  expect(inOrder).toHaveLength(6)
  expect(await told(...paths)).toEqual(inOrder)
})

test.runIf(existsSync('/proc/self/fd'))('when one is refused, those that were opened before it are closed', async () => {
  const refused = join(folder, 'refused.pcapng')
  writeFileSync(refused, readFileSync(LATER))
  const handles = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((number) => {
      try {
        return readlinkSync(join('/proc/self/fd', number))
      } catch {
        return [] // the one that the listing itself was read by
      }
    })
  // It is gone by the time that its turn comes.
  const opening = openCapture([EARLIER, refused], { onBegin: () => rmSync(refused) })
  await expect(opening).rejects.toThrow('no such file')
  await expect.poll(() => handles().filter((path) => path === EARLIER)).toEqual([])
})

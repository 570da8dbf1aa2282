/** A large heap is held, put together while it is mostly holes, and left alone when all is read. */
import { expect, test } from 'vitest'
import { HeapHold, LARGE_HEAP } from '../../../main/engine/heap.ts'

/** what the sizes below are counted in */
const UNIT = 1e7

function hold() {
  const said: string[] = []
  const size = { total_heap_size: 500, used_heap_size: 400 }
  const heap = new HeapHold(
    (setting) => said.push(setting),
    () => size,
  )
  let rows = 0
  const read = (total: number, used: number): string[] => {
    Object.assign(size, { total_heap_size: total * UNIT, used_heap_size: used * UNIT })
    said.length = 0
    rows += 50_000
    heap.seen(rows)
    heap.seen(rows + 1)
    return [...said]
  }
  return { heap, said, read }
}

test('nothing is said of a heap that is not large', () => {
  const { heap, said, read } = hold()
  for (let i = 0; i < 20; i++) expect(read(LARGE_HEAP / UNIT - 1, 10)).toEqual([])
  heap.release()
  expect(said).toEqual([])
})

test('growth is held once; holes are closed from the moment that they are too much until they are little', () => {
  const { heap, said, read } = hold()
  expect(read(500, 400)).toEqual(['--heap-growing-percent=30'])
  expect([read(600, 450), read(670, 520)]).toEqual([[], []])
  // the least in use lately is what is alive
  expect(read(690, 600)).toEqual(['--optimize-for-size'])
  expect([read(690, 600), read(620, 500)]).toEqual([[], []])
  expect(read(590, 400)).toEqual(['--no-optimize-for-size'])
  expect(read(900, 880)).toEqual(['--optimize-for-size'])
  said.length = 0
  heap.release()
  expect(said).toEqual(['--heap-growing-percent=0', '--no-optimize-for-size'])
})

test('what was alive long ago does not count', () => {
  const { read } = hold()
  read(150, 100)
  for (let i = 0; i < 9; i++) expect(read(165, 150)).toEqual([])
  expect([read(240, 150), read(260, 150)]).toEqual([[], ['--optimize-for-size']])
})

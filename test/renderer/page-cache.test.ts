/** The window onto a long list: what is asked for, how much at once, what is forgotten, what is asked again as the list grows. */
import { describe, expect, it } from 'vitest'
import { createPageCache } from '../../renderer/state/page-cache.ts'

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

function setUp(total: number, parallel = 2) {
  const asked: number[] = []
  const open: (() => void)[] = []
  let size = total
  let held = false
  const cache = createPageCache<number>({
    pageSize: 10,
    maximumPages: 4,
    parallel,
    async fetch(from, count) {
      asked.push(from / 10)
      if (held) await new Promise<void>((release) => open.push(release))
      if (from >= 9000) return null
      return { total: size, items: Array.from({ length: Math.max(0, Math.min(count, size - from)) }, (_, at) => from + at) }
    },
  })
  return { cache, asked, open, hold: (on: boolean) => (held = on), resize: (next: number) => (size = next) }
}

describe('page cache', () => {
  it('loads the pages of the window and answers from them', async () => {
    const { cache, asked } = setUp(1000)
    cache.grow(1000)
    cache.want(25, 42)
    await settle()
    expect(asked).toEqual([2, 3, 4])
    expect([cache.get(25), cache.get(41), cache.get(60), cache.total()]).toEqual([25, 41, undefined, 1000])
    cache.want(28, 40)
    await settle()
    expect(asked).toHaveLength(3)
  })

  it('loads what is likely to be next after what is looked at, within the list', async () => {
    const { cache, asked } = setUp(1000, 1)
    cache.grow(1000)
    cache.want(42, 48, 5)
    await settle()
    expect(asked).toEqual([4, 5, 3])
    cache.want(995, 1000, 25)
    await settle()
    expect(asked).toEqual([4, 5, 3, 99, 98, 97])
    cache.want(0, 10, 5)
    await settle()
    expect(asked).toEqual([4, 5, 3, 99, 98, 97, 0, 1])
  })

  it('while scrolling fast asks only for where it came to rest', async () => {
    const { cache, asked, open, hold } = setUp(1000)
    cache.grow(1000)
    hold(true)
    for (let from = 0; from < 900; from += 30) cache.want(from, from + 15)
    expect(asked).toEqual([0, 1])
    hold(false)
    for (const release of open) release()
    await settle()
    expect(asked).toEqual([0, 1, 87, 88])
    expect(cache.get(879)).toBe(879)
  })

  it('forgets the pages longest unseen', async () => {
    const { cache } = setUp(1000)
    cache.grow(1000)
    for (const from of [0, 100, 200, 300, 400]) {
      cache.want(from, from + 5)
      await settle()
    }
    expect([cache.get(0), cache.get(100), cache.get(400)]).toEqual([undefined, 100, 400])
  })

  it('asks again for a page that was short when the list grows', async () => {
    const { cache, asked, resize } = setUp(14)
    cache.want(0, 30)
    await settle()
    cache.want(0, 30)
    await settle()
    expect([cache.get(13), cache.get(14)]).toEqual([13, undefined])
    resize(18)
    cache.grow(18)
    await settle()
    expect(cache.get(17)).toBe(17)
    expect(asked.filter((page) => page === 1)).toHaveLength(2)
  })

  it('ignores answers for a list that was dropped, and gives up on pages that never come', async () => {
    const { cache, asked, open, hold } = setUp(10_000)
    cache.grow(10_000)
    hold(true)
    cache.want(0, 5)
    cache.drop(10_000)
    hold(false)
    for (const release of open) release()
    await settle()
    expect([cache.get(0), cache.loading()]).toEqual([undefined, false])
    cache.want(9500, 9505)
    await settle()
    for (let turn = 0; turn < 10; turn++) {
      cache.want(9500, 9505)
      await settle()
    }
    expect(asked.filter((page) => page === 950)).toHaveLength(3)
  })
})

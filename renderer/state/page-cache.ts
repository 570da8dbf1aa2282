/**
 * A window onto a list that lives in the engine: pages are asked for when they are looked at and forgotten when long unseen.
 * At most `parallel` questions are under way, and only the newest wish is kept: dragging through five million rows asks for
 * what is on screen when a slot frees, never for what flew past. A page that was short when it came is asked for again as the list grows.
 */

export interface PageAnswer<T> {
  total: number
  items: T[]
}

export interface PageCache<T> {
  get(index: number): T | undefined
  /** the rows now looked at, [from, to), and how many around them are likely to be next: these come last */
  want(from: number, to: number, around?: number): void
  total(): number
  /** the list is known to have grown (or shrunk) to this */
  grow(total: number): void
  /** everything may have changed: what is looked at is asked for again, and stays until the answer comes */
  renew(): void
  loading(): boolean
  version(): number
  subscribe(listener: () => void): () => void
  /** forgets everything and ignores answers still under way */
  drop(total: number): void
}

interface Page<T> {
  items: T[]
  used: number
}

export function createPageCache<T>(options: {
  pageSize: number
  maximumPages: number
  parallel: number
  fetch(from: number, count: number): Promise<PageAnswer<T> | null>
}): PageCache<T> {
  const { pageSize, maximumPages, parallel } = options
  const pages = new Map<number, Page<T>>()
  const underWay = new Set<number>()
  const failures = new Map<number, number>()
  const stale = new Set<number>()
  const listeners = new Set<() => void>()
  let wanted: number[] = []
  let total = 0
  let version = 0
  let epoch = 0
  let clock = 0

  function changed(): void {
    version++
    for (const listener of listeners) listener()
  }

  function complete(number: number): boolean {
    const page = pages.get(number)
    return page !== undefined && !stale.has(number) && page.items.length >= Math.min(pageSize, total - number * pageSize)
  }

  function evict(): void {
    if (pages.size <= maximumPages) return
    const oldest = [...pages].sort((a, b) => a[1].used - b[1].used).slice(0, pages.size - maximumPages)
    for (const [number] of oldest) pages.delete(number)
  }

  function pump(): void {
    while (underWay.size < parallel) {
      const next = wanted.find((number) => !underWay.has(number) && !complete(number) && (failures.get(number) ?? 0) < 3)
      if (next === undefined) return
      void load(next)
    }
  }

  async function load(number: number): Promise<void> {
    const mine = epoch
    underWay.add(number)
    stale.delete(number)
    let answer: PageAnswer<T> | null = null
    try {
      answer = await options.fetch(number * pageSize, pageSize)
    } catch {
      answer = null
    }
    if (mine !== epoch) return
    underWay.delete(number)
    const before = pages.get(number)?.items.length ?? 0
    if (answer === null || (answer.items.length <= before && answer.items.length < Math.min(pageSize, answer.total - number * pageSize))) {
      failures.set(number, (failures.get(number) ?? 0) + 1)
    } else failures.delete(number)
    if (answer !== null) {
      pages.set(number, { items: answer.items, used: ++clock })
      total = answer.total
      evict()
    }
    changed()
    pump()
  }

  return {
    get(index) {
      const number = Math.floor(index / pageSize)
      const page = pages.get(number)
      return page?.items[index - number * pageSize]
    },
    want(from, to, around = 0) {
      const pageOf = (index: number): number => Math.floor(Math.max(0, Math.min((total || pageSize) - 1, index)) / pageSize)
      const first = Math.floor(Math.max(0, from) / pageSize)
      const last = pageOf(to - 1)
      const list: number[] = []
      for (let number = first; number <= last; number++) {
        list.push(number)
        const page = pages.get(number)
        if (page) page.used = ++clock
      }
      if (list.length > 0) {
        for (let number = last + 1; number <= pageOf(to - 1 + around); number++) list.push(number)
        for (let number = first - 1; number >= pageOf(from - around); number--) list.push(number)
      }
      wanted = list
      pump()
    },
    total: () => total,
    grow(next) {
      if (next === total) return
      total = next
      failures.clear()
      changed()
      pump()
    },
    renew() {
      for (const number of pages.keys()) stale.add(number)
      failures.clear()
      pump()
    },
    loading: () => underWay.size > 0,
    version: () => version,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    drop(next) {
      epoch++
      pages.clear()
      underWay.clear()
      failures.clear()
      stale.clear()
      wanted = []
      total = next
      changed()
    },
  }
}

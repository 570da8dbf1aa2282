/**
 * The oldest entry of a map or set that is kept bounded. `map.keys().next()` looks through all the places of entries that were deleted since the
 * map was last put in order: with the oldest going each time that is thousands for one answer. An iterator that is kept goes on from where it was.
 * Cost: one look-up and one step. Right as long as entries enter at the end, as they do.
 */
const iterators = new WeakMap<object, IterableIterator<unknown>>()

/** Removes the entry that was put in first, and gives its value. */
export function takeOldest<K, V>(from: Map<K, V>): V | undefined {
  const next = oldestKey(from)
  if (next === null) return undefined
  const value = from.get(next.value)
  from.delete(next.value)
  return value
}

/** Removes the entry that was put in first. */
export function dropOldest<K>(from: Map<K, unknown> | Set<K>): void {
  const next = oldestKey(from)
  if (next !== null) from.delete(next.value)
}

function oldestKey<K>(from: Map<K, unknown> | Set<K>): { value: K } | null {
  let keys = iterators.get(from) as IterableIterator<K> | undefined
  let next = keys?.next()
  if (next === undefined || next.done === true) {
    // at its end an iterator stays there, whatever came in since
    keys = from.keys()
    iterators.set(from, keys)
    next = keys.next()
    if (next.done === true) return null
  }
  return next
}

/**
 * A sorted list with whatever travels inside something else right below it: families stand where their first member stood, the parent leads, its
 * children follow as they were sorted, their own children below them. Refuses to lose anything: what is its own ancestor stands alone.
 * Cost: a few look-ups an entry; nothing is made for lists without families but the copy.
 */
const DEEPEST = 16

export interface FamilyOrder<Key> {
  order: Key[]
  /** how many of the list it stands below; absent: none */
  depth: Map<Key, number>
}

export function familyOrder<Key>(sorted: readonly Key[], parentOf: (key: Key) => Key | null): FamilyOrder<Key> {
  const depth = new Map<Key, number>()
  const nested = sorted.filter((key) => parentOf(key) !== null)
  if (nested.length === 0) return { order: [...sorted], depth }
  const listed = new Set(sorted)
  const above = (key: Key): Key | null => {
    const parent = parentOf(key)
    return parent !== null && parent !== key && listed.has(parent) ? parent : null
  }
  const children = new Map<Key, Key[]>()
  for (const key of nested) {
    const parent = above(key)
    if (parent === null) continue
    const list = children.get(parent)
    if (list === undefined) children.set(parent, [key])
    else list.push(key)
  }
  const order: Key[] = []
  const placed = new Set<Key>()
  const place = (first: Key): void => {
    // not by recursion: a chain of parents is as long as a capture makes it
    const open: [Key, number][] = [[first, 0]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [key, level] = next
      if (placed.has(key)) continue
      placed.add(key)
      order.push(key)
      if (level > 0) depth.set(key, level)
      for (const child of (children.get(key) ?? []).toReversed()) open.push([child, level + 1])
    }
  }
  for (const key of sorted) {
    if (placed.has(key)) continue
    let root = key
    for (let steps = 0; steps < DEEPEST; steps++) {
      const parent = above(root)
      if (parent === null || placed.has(parent)) break
      root = parent
    }
    place(root)
    if (!placed.has(key)) place(key)
  }
  return { order, depth }
}

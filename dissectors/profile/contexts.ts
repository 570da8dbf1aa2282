/** Numbers of the contexts that profiles speak of, from 1, by what names them. Bounded: 65,536, later ones have none. */
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'

const MAX_CONTEXTS = 65_536

const CONTEXTS = new StateKey<Map<string, number>>('profile contexts', () => new Map())

/** Number of a context; 0 when there are too many. */
export function contextOf(walk: Walk, key: string): number {
  const contexts = walk.state.of(CONTEXTS)
  const known = contexts.get(key)
  if (known !== undefined) return known
  if (contexts.size >= MAX_CONTEXTS) {
    walk.state.flows.forgotten.note('messages of further contexts of profiles')
    return 0
  }
  contexts.set(key, contexts.size + 1)
  return contexts.size
}

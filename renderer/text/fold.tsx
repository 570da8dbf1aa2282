/**
 * The beginning of a list that may be long, and the button that shows the rest of it: forty lines of one kind hide what stands below them.
 */
import { useState } from 'react'
import { count } from './format.ts'

export function useFold<T>(list: readonly T[], most: number): { shown: readonly T[]; more: React.ReactNode } {
  const [all, setAll] = useState(false)
  // one line over is no reason for a button
  if (list.length <= most + 1) return { shown: list, more: null }
  return {
    shown: all ? list : list.slice(0, most),
    more: (
      <button type="button" className="fold" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? 'Show fewer' : `Show ${count(list.length - most)} more`}
      </button>
    ),
  }
}

/**
 * Filters out of a value, as Wireshark's menus make them: applied at once, or prepared in the filter bar to be looked at first.
 */
import type { MenuEntry } from '../frame/menu.tsx'
import { applyFilter, prepareFilter, usePackets } from '../state/packet-store.ts'
import { visible } from '../text/visible.ts'

type How = 'selected' | 'not' | 'and' | 'or' | 'and not' | 'or not'

const WORDS: [How, string][] = [
  ['selected', 'Selected'],
  ['not', 'Not selected'],
  ['and', '… and selected'],
  ['or', '… or selected'],
  ['and not', '… and not selected'],
  ['or not', '… or not selected'],
]

/** what binds less tightly than what it is put beside stands in parentheses */
const part = (text: string): string => (/\b(and|or|xor|not)\b|&&|\|\||\^\^|!/.test(text) ? `(${text})` : text)

export function combined(before: string, filter: string, how: How): string {
  const own = how.endsWith('not') ? `not ${/^[\w.]+$/.test(filter) ? filter : `(${filter})`}` : filter
  if (how === 'selected' || how === 'not' || before.trim() === '') return own
  return `${part(before.trim())} ${how.startsWith('and') ? 'and' : 'or'} ${how.endsWith('not') ? own : part(filter)}`
}

/** 'Apply as filter' and 'Prepare as filter'; both closed where a value makes no filter. */
export function filterEntries(filter: string): MenuEntry[] {
  const { applied, draft } = usePackets.getState()
  const entries = (before: string, use: (text: string) => void): MenuEntry[] =>
    WORDS.map(([how, label]) => ({
      label,
      disabled: label.startsWith('…') && before.trim() === '',
      run: () => use(combined(before, filter, how)),
    }))
  const none = filter === ''
  return [
    { label: 'Apply as filter', hint: visible(filter), disabled: none, entries: entries(applied, (text) => void applyFilter(text)) },
    { label: 'Prepare as filter', disabled: none, entries: entries(draft, prepareFilter) },
  ]
}

export const copyText = (text: string) => (): void => void navigator.clipboard?.writeText(text)

/**
 * How the window looks: theme, sizes of the panes, whether help is open. What a person chose is remembered by the browser;
 * where storage is refused the choice lasts as long as the window.
 */
import { create } from 'zustand'

export type Theme = 'system' | 'light' | 'dark'
export type Details = 'beside' | 'below' | 'hidden'

export interface ViewState {
  theme: Theme
  help: boolean
  opening: boolean
  /** packets are about to be saved */
  saving: boolean
  /** the interface picker is shown */
  picking: boolean
  /** words on the desktop when something moved */
  notify: boolean
  sidebarWidth: number
  footerHeight: number
  footer: 'normal' | 'full'
  details: Details
  detailsShare: number
  treeShare: number
  table: boolean
}

const KEY = 'rehome.view'

interface Remembered {
  theme: Theme
  notify: boolean
  sidebarWidth: number
  footerHeight: number
  details: Details
  detailsShare: number
  treeShare: number
}

const within = (value: unknown, low: number, high: number, otherwise: number) =>
  typeof value === 'number' && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise

export function recall(text: string | null): Remembered {
  let kept: Partial<Record<keyof Remembered, unknown>> = {}
  try {
    const parsed: unknown = JSON.parse(text ?? '{}')
    if (parsed && typeof parsed === 'object') kept = parsed
  } catch {
    // a spoilt memory is no memory
  }
  const theme = kept.theme
  const details = kept.details
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    notify: kept.notify !== false,
    // 0: nobody has chosen, the window gives it its share
    sidebarWidth: kept.sidebarWidth === 0 ? 0 : within(kept.sidebarWidth, 200, 640, 0),
    footerHeight: kept.footerHeight === 0 ? 0 : within(kept.footerHeight, 120, 2000, 0),
    details: details === 'below' || details === 'hidden' ? details : 'beside',
    detailsShare: within(kept.detailsShare, 0.15, 0.85, 0.42),
    treeShare: within(kept.treeShare, 0.15, 0.85, 0.55),
  }
}

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null
  } catch {
    return null
  }
}

export const useView = create<ViewState>(() => ({
  ...recall(stored()),
  help: false,
  opening: false,
  saving: false,
  picking: false,
  footer: 'normal',
  table: false,
}))

export function applyTheme(theme: Theme): void {
  const root = document.documentElement
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
}

export function change(part: Partial<ViewState>): void {
  useView.setState(part)
  const { theme, notify, sidebarWidth, footerHeight, details, detailsShare, treeShare } = useView.getState()
  if (part.theme !== undefined) applyTheme(theme)
  try {
    localStorage.setItem(KEY, JSON.stringify({ theme, notify, sidebarWidth, footerHeight, details, detailsShare, treeShare }))
  } catch {
    // kept for this window only
  }
}

/**
 * Words on the desktop when something moved or was found while nobody looks: at most one in ten seconds, what comes in between is told
 * together. Shows nothing while the window has the focus, and nothing without the person's leave.
 */
import type { LiveFeedEntry } from '../../shared/live.ts'
import { visible } from '../text/visible.ts'
import { eventWords } from './event-words.ts'

export const QUIET_MILLISECONDS = 10_000

export interface Notifier {
  take(entry: LiveFeedEntry): void
  close(): void
}

export interface Desktop {
  now(): number
  looked(): boolean
  show(title: string, body: string): void
  later(work: () => void, milliseconds: number): () => void
}

/** Worth a word on the desktop: a move, and what was found beyond mere notes. */
export function worthTelling(entry: LiveFeedEntry): boolean {
  return entry.type === 'rehoming' || (entry.type === 'finding' && entry.finding.severity !== 'info')
}

export function createNotifier(desktop: Desktop = thisDesktop()): Notifier {
  let shownAt = Number.NEGATIVE_INFINITY
  let held: LiveFeedEntry[] = []
  let cancel: (() => void) | null = null

  const show = () => {
    cancel = null
    const [first, ...rest] = held
    held = []
    if (first === undefined) return
    shownAt = desktop.now()
    const words = eventWords(first)
    const more = rest.length === 0 ? '' : ` and ${rest.length} more`
    desktop.show(`${first.type === 'rehoming' ? 'Rehoming' : 'Finding'}${more}`, visible(words?.text ?? '').slice(0, 300))
  }

  return {
    take(entry) {
      if (!worthTelling(entry) || desktop.looked()) return
      held.push(entry)
      if (cancel !== null) return
      const wait = shownAt + QUIET_MILLISECONDS - desktop.now()
      if (wait <= 0) show()
      else cancel = desktop.later(show, wait)
    },
    close() {
      cancel?.()
      held = []
    },
  }
}

function thisDesktop(): Desktop {
  return {
    now: () => performance.now(),
    looked: () => document.visibilityState === 'visible' && document.hasFocus(),
    show(title, body) {
      if (permission() !== 'granted') return
      const made = new Notification(`Rehome: ${title}`, { body, tag: 'rehome-live' })
      made.onclick = () => window.focus()
    },
    later(work, milliseconds) {
      const timer = setTimeout(work, milliseconds)
      return () => clearTimeout(timer)
    },
  }
}

export function permission(): NotificationPermission | 'unsupported' {
  return typeof Notification === 'undefined' ? 'unsupported' : Notification.permission
}

/** Asks the person; must come from a click. */
export async function askForLeave(): Promise<boolean> {
  if (typeof Notification === 'undefined') return false
  if (Notification.permission === 'default') await Notification.requestPermission()
  return Notification.permission === 'granted'
}

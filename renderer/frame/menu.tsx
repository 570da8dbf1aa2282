/**
 * A small menu at a point, with menus inside it: arrows move and open, Enter runs, Escape and a click elsewhere close. Stays inside the window.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'

export interface MenuEntry {
  label: string
  hint?: string
  disabled?: boolean
  run?(): void
  /** a menu of its own instead of `run` */
  entries?: MenuEntry[]
  /** a line stands above it */
  apart?: boolean
}

interface Shown {
  label: string
  entries: MenuEntry[]
  /** preferred corner; `other`: left edge of what it must not cover, when there is no room to the right */
  x: number
  y: number
  other?: number
  /** by keys, which go on in it; a menu that the pointer opened leaves the focus where it is */
  focus: boolean
}

export function Menu({ x, y, label, entries, onClose }: { x: number; y: number; label: string; entries: MenuEntry[]; onClose(): void }) {
  const box = useRef<HTMLElement>(null)
  // looked at before the menu takes the focus
  const [back] = useState(() => document.activeElement)
  const close = useRef(onClose)
  close.current = onClose

  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) close.current()
    }
    window.addEventListener('pointerdown', away, true)
    return () => window.removeEventListener('pointerdown', away, true)
  }, [])

  const leave = () => {
    onClose()
    if (back instanceof HTMLElement) back.focus()
  }
  return createPortal(
    <section aria-label={`${label} menu`} ref={box}>
      <List shown={{ label, entries, x, y, focus: true }} onLeave={leave} onBack={leave} />
    </section>,
    document.body,
  )
}

function List({ shown, onLeave, onBack }: { shown: Shown; onLeave(): void; onBack(): void }) {
  const { label, entries, x, y, other, focus } = shown
  const box = useRef<HTMLDivElement>(null)
  const [inside, setInside] = useState<(Shown & { at: number }) | null>(null)

  useLayoutEffect(() => {
    const element = box.current!
    const room = window.innerWidth - element.offsetWidth - 4
    const left = x > room && other !== undefined ? other - element.offsetWidth : Math.min(x, room)
    element.style.left = `${Math.max(4, left)}px`
    element.style.top = `${Math.max(4, Math.min(y, window.innerHeight - element.offsetHeight - 4))}px`
    if (focus) buttonsOf(element)[0]?.focus()
  }, [x, y, other, focus])

  const open = (at: number, button: HTMLElement, focus: boolean) => {
    const entry = entries[at]
    if (!entry?.entries || entry.disabled) return setInside(null)
    const place = button.getBoundingClientRect()
    setInside({ label: entry.label, entries: entry.entries, x: place.right - 2, y: place.top - 5, other: place.left + 2, at, focus })
  }
  const keys = (event: React.KeyboardEvent) => {
    event.stopPropagation()
    const buttons = buttonsOf(box.current!)
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    if (event.key === 'Tab') {
      event.preventDefault()
      onLeave()
      return
    }
    if (event.key === 'Escape' || (event.key === 'ArrowLeft' && other !== undefined)) {
      event.preventDefault()
      onBack()
      return
    }
    const here = buttons[at]
    if (event.key === 'ArrowRight' && here?.ariaHasPopup === 'menu') {
      event.preventDefault()
      open(Number(here.dataset.at), here, true)
      return
    }
    const step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 }
    const next = step[event.key]
    if (next === undefined || buttons.length === 0) return
    event.preventDefault()
    setInside(null)
    buttons[next % buttons.length]!.focus()
  }

  return (
    <>
      <div className="menu" role="menu" aria-label={label} tabIndex={-1} ref={box} onKeyDown={keys}>
        {entries.map((entry, at) => (
          <button
            key={entry.label}
            type="button"
            role="menuitem"
            data-at={at}
            className={entry.apart ? 'apart' : undefined}
            disabled={entry.disabled}
            aria-haspopup={entry.entries ? 'menu' : undefined}
            aria-expanded={entry.entries ? inside?.at === at : undefined}
            onPointerEnter={(event) => {
              event.currentTarget.focus()
              if (inside?.at !== at) open(at, event.currentTarget, false)
            }}
            onClick={(event) => {
              if (entry.entries) {
                open(at, event.currentTarget, true)
                return
              }
              onLeave()
              entry.run?.()
            }}
          >
            <span>{entry.label}</span>
            {entry.hint && <span className="muted mono">{entry.hint}</span>}
            {entry.entries && (
              <span className="muted" aria-hidden="true">
                ▸
              </span>
            )}
          </button>
        ))}
      </div>
      {inside && (
        <List
          key={inside.at}
          shown={inside}
          onLeave={onLeave}
          onBack={() => {
            const { at } = inside
            setInside(null)
            box.current?.querySelector<HTMLButtonElement>(`[data-at="${at}"]`)?.focus()
          }}
        />
      )}
    </>
  )
}

function buttonsOf(box: HTMLElement): HTMLButtonElement[] {
  return [...box.querySelectorAll<HTMLButtonElement>(':scope > button:not(:disabled)')]
}

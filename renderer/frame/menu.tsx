/**
 * A small menu at a point: arrows move, Enter runs, Escape and a click elsewhere close. Stays inside the window.
 */
import { useEffect, useLayoutEffect, useRef } from 'react'
import { createPortal } from 'react-dom'

export interface MenuEntry {
  label: string
  hint?: string
  disabled?: boolean
  run(): void
}

export function Menu({ x, y, label, entries, onClose }: { x: number; y: number; label: string; entries: MenuEntry[]; onClose(): void }) {
  const box = useRef<HTMLDivElement>(null)
  const back = useRef<Element | null>(null)
  const close = useRef(onClose)
  close.current = onClose

  useLayoutEffect(() => {
    const element = box.current!
    back.current = document.activeElement
    element.style.left = `${Math.max(4, Math.min(x, window.innerWidth - element.offsetWidth - 4))}px`
    element.style.top = `${Math.max(4, Math.min(y, window.innerHeight - element.offsetHeight - 4))}px`
    element.querySelector<HTMLButtonElement>('button:not(:disabled)')?.focus()
  }, [x, y])

  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) close.current()
    }
    window.addEventListener('pointerdown', away, true)
    return () => window.removeEventListener('pointerdown', away, true)
  }, [])

  const leave = () => {
    onClose()
    if (back.current instanceof HTMLElement) back.current.focus()
  }
  const keys = (event: React.KeyboardEvent) => {
    event.stopPropagation()
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      leave()
      return
    }
    const buttons = [...box.current!.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 }
    const next = step[event.key]
    if (next === undefined || buttons.length === 0) return
    event.preventDefault()
    buttons[next % buttons.length]!.focus()
  }

  return createPortal(
    <section aria-label={`${label} menu`}>
      <div className="menu" role="menu" aria-label={label} tabIndex={-1} ref={box} onKeyDown={keys}>
        {entries.map((entry) => (
          <button
            key={entry.label}
            type="button"
            role="menuitem"
            disabled={entry.disabled}
            onClick={() => {
              leave()
              entry.run()
            }}
          >
            <span>{entry.label}</span>
            {entry.hint && <span className="muted mono">{entry.hint}</span>}
          </button>
        ))}
      </div>
    </section>,
    document.body,
  )
}

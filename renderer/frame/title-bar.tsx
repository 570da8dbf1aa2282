/**
 * Product, file and its facts in one line, and the few things that belong to the window: open, theme, help.
 */
import { worstOf } from '../findings/groups.ts'
import { useCapture } from '../state/capture-store.ts'
import { isLive, useLive } from '../state/live-store.ts'
import { change, type Theme, useView } from '../state/view-store.ts'
import { bytes, count, plural, seconds } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const SIGNS: Record<Theme, string> = { system: '◐', light: '☼', dark: '☾' }

export function TitleBar() {
  const status = useCapture((state) => state.status)
  const theme = useView((state) => state.theme)
  const picking = useView((state) => state.picking)
  const live = useLive((state) => isLive(state.status))
  const worst = worstOf(status?.findings ?? [])
  // what could not be opened has no facts
  const shown = status && status.state !== 'empty' && status.name && !(status.state === 'failed' && status.packets === 0)
  return (
    <header className="title-bar">
      <span className="brand">
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M2 6h6l4 8h6" className="brand-new" />
          <path d="M8 6h10M2 14h10" className="brand-old" />
        </svg>
        Rehome
      </span>
      {shown && (
        <p className="capture-facts muted">
          <b title={visible(status.name ?? '')}>{visible(status.name ?? '')}</b>
          <span className="number listed-fact">{plural(status.packets, 'packet')}</span>
          <span className="number file-fact">{bytes(status.bytesTotal)}</span>
          {status.start !== null && status.end !== null && <span className="number file-fact">{seconds(status.end - status.start)}</span>}
          {(status.state === 'ready' || status.state === 'live' || status.state === 'cancelled') && (
            <>
              <span className="number listed-fact">{plural(status.sessions, 'session')}</span>
              <span className={status.rehomings > 0 ? 'accent-text number' : 'number'}>{plural(status.rehomings, 'rehoming')}</span>
              {worst !== null && (
                <span className={`severity-word-${worst} number`} title={`${plural(status.findings.length, 'finding')}, at worst ${worst}`}>
                  ⚑ {count(status.findings.length)}
                </span>
              )}
            </>
          )}
        </p>
      )}
      <span className="grow" />
      <button type="button" onClick={() => change({ opening: true })} disabled={live} title="Open a capture (Ctrl+O)">
        Open…
      </button>
      <button
        type="button"
        onClick={() => change({ saving: true })}
        disabled={!shown || picking || status.packets === 0}
        title="All, those displayed or selected, a session's (Ctrl+S)"
      >
        Save packets…
      </button>
      <button
        type="button"
        aria-pressed={picking}
        disabled={live}
        onClick={() => change({ picking: !picking })}
        title="Capture live (c, Ctrl+K)"
      >
        Capture…
      </button>
      <button
        type="button"
        onClick={() => change({ theme: NEXT[theme] })}
        title={`Colours: ${theme === 'system' ? 'as the system has them' : theme}. Click for ${NEXT[theme]}.`}
        aria-label={`Colours: ${theme}. Change to ${NEXT[theme]}`}
      >
        {SIGNS[theme]}
      </button>
      <button type="button" onClick={() => change({ help: true })} title="Keys ( ? )" aria-label="Keyboard help">
        ?
      </button>
    </header>
  )
}

/**
 * The sessions, worst first, those that travel inside others below them, as the engine orders them: virtual lines over pages of summaries, a search, the whole capture on top.
 * Arrows move through the list, Enter goes to the page. Refuses to load what is not looked at.
 */

import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { SessionSummary } from '../../shared/contract.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import { worstOf } from '../findings/groups.ts'
import { searchSessions, sessionPages, useCapture } from '../state/capture-store.ts'
import { chooseOverview, chooseSession, useSession } from '../state/session-store.ts'
import { ChipTag } from '../text/badges.tsx'
import { bytes, count, milliseconds, plural } from '../text/format.ts'
import { Middle } from '../text/middle.tsx'
import { chipsOf, isBroken, standing } from '../text/session-words.ts'
import { visible } from '../text/visible.ts'
import { PathStrip } from './path-strip.tsx'

/** indents beyond it say nothing more, and leave no room */
const DEEPEST = 4

/** `children`: the bar that makes it wider */
export function SessionList({ children }: { children: React.ReactNode }) {
  const total = useCapture((state) => state.sessionsTotal)
  const all = useCapture((state) => state.status?.sessions ?? 0)
  const packets = useCapture((store) => store.status?.packets ?? 0)
  const state = useCapture((store) => store.status?.state)
  const search = useCapture((store) => store.search)
  const findings = useCapture((store) => store.status?.findings.length ?? 0)
  const worst = useCapture((store) => worstOf(store.status?.findings ?? []))
  const id = useSession((store) => store.id)
  // without a session to look at, the page is that of the whole capture
  const overview = useSession((store) => store.overview || store.id === null)
  const version = useSyncExternalStore(sessionPages.subscribe, sessionPages.version)
  const box = useRef<HTMLDivElement>(null)
  const [text, setText] = useState('')
  const rows = total ?? 0
  const [at, setAt] = useState(0)
  /** a line that was gone to before its page came */
  const awaited = useRef<number | null>(null)
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => box.current,
    estimateSize,
    overscan: 6,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = (items.at(-1)?.index ?? 0) + 1

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version may have forgotten what is looked at
  useEffect(() => {
    if (rows > 0) sessionPages.want(first, last)
  }, [first, last, rows, version])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version may be the page that was waited for
  useEffect(() => {
    const session = awaited.current === null ? undefined : sessionPages.get(awaited.current)
    if (!session) return
    awaited.current = null
    void chooseSession(session.id)
  }, [version])
  useEffect(() => {
    if (text === search) return
    const timer = setTimeout(() => void searchSessions(text), 120)
    return () => clearTimeout(timer)
  }, [text, search])

  const go = (index: number) => {
    const next = Math.min(rows - 1, Math.max(-1, index))
    setAt(next)
    if (next < 0) return chooseOverview()
    virtual.scrollToIndex(next, { align: 'auto' })
    const session = sessionPages.get(next)
    awaited.current = session ? null : next
    if (session) void chooseSession(session.id)
  }
  const keys = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 8,
      PageUp: Math.max(0, at - 8),
      Home: 0,
      End: rows - 1,
    }
    if (event.key === 'Enter') document.getElementById('page')?.focus()
    else if (step[event.key] !== undefined) go(step[event.key]!)
    else return
    event.preventDefault()
  }

  return (
    <nav className="sidebar" aria-label="Sessions">
      <div className="sidebar-head">
        <h2>
          {total === null
            ? 'Sessions'
            : search
              ? `${count(total)} of ${plural(all, 'session')}`
              : `${plural(all, 'session')}${state === 'opening' ? ' so far' : ''}`}
          {rows > 1 && <span className="muted">, worst first</span>}
        </h2>
        <input
          type="search"
          id="session-search"
          aria-label="Search sessions"
          placeholder="Address, protocol, label…"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setText('')
            else if (event.key === 'ArrowDown' || event.key === 'Enter') {
              box.current?.focus()
              go(0)
            } else return
            event.preventDefault()
          }}
        />
      </div>
      <button
        type="button"
        className={`capture-line ${overview ? 'chosen' : ''}`}
        aria-current={overview ? 'page' : undefined}
        onClick={chooseOverview}
      >
        <span>{state === 'live' ? 'Live capture' : 'Whole capture'}</span>
        <span className={worst === null ? 'muted' : `severity-word-${worst}`}>
          {worst === null
            ? state === 'opening'
              ? 'being read'
              : 'no findings'
            : state === 'opening'
              ? `⚑ ${worst} so far`
              : `⚑ ${plural(findings, 'finding')}`}
        </span>
      </button>
      {(state === 'ready' || state === 'cancelled') && rows === 0 && (
        <p className="muted note">
          {search
            ? 'No session matches: ids, addresses, protocols, states, labels and headlines were looked through.'
            : packets === 0
              ? 'No packets, and so no sessions. Open another capture, or capture live.'
              : 'No sessions in this capture: none of its packets is of a conversation that can be followed. They are in the list below.'}
        </p>
      )}
      {(state === 'live' || state === 'opening') && rows === 0 && (
        <p className="muted note">
          {search ? 'No session matches.' : state === 'live' ? 'Sessions appear as they open.' : 'Sessions appear as they are read.'}
        </p>
      )}
      <div
        className="session-list"
        hidden={rows === 0}
        id="session-list"
        role="listbox"
        aria-label="Sessions, worst first"
        aria-activedescendant={items.some((item) => item.index === at) ? `session-${at}` : undefined}
        tabIndex={0}
        ref={box}
        onKeyDown={keys}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {items.map((item) => {
            const session = sessionPages.get(item.index)
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list
              // biome-ignore lint/a11y/useFocusableInteractive: the list itself has the focus
              <div
                key={item.key}
                id={`session-${item.index}`}
                data-index={item.index}
                ref={virtual.measureElement}
                role="option"
                aria-selected={!overview && session !== undefined && session.id === id}
                aria-setsize={rows}
                aria-posinset={item.index + 1}
                className={`session-line ${session?.depth ? 'inner' : ''}`}
                style={
                  { transform: `translateY(${item.start}px)`, '--depth': Math.min(DEEPEST, session?.depth ?? 0) } as React.CSSProperties
                }
                onClick={() => {
                  setAt(item.index)
                  if (session) void chooseSession(session.id)
                }}
              >
                {session ? <Line session={session} /> : <span className="muted">…</span>}
              </div>
            )
          })}
        </div>
      </div>
      {children}
    </nav>
  )
}

/** one end of a session; its arrow stays with it */
function Ending({ text }: { text: string }) {
  const arrow = text.startsWith(' → ')
  return (
    <span className="session-end">
      {arrow && <span className="muted"> → </span>}
      <Middle text={arrow ? text.slice(3) : text} />
    </span>
  )
}

/** Not made anew with each rendering, and lines known by their number: all lines would be gone through again at every step of scrolling. */
function estimateSize(index: number): number {
  const session = sessionPages.get(index)
  return session !== undefined && chipsOf(session).length > 0 ? 86 : 64
}

function Line({ session }: { session: SessionSummary }) {
  const start = useCapture((state) => state.status?.start ?? session.opened)
  const end = useCapture((state) => state.status?.end ?? session.closed ?? session.opened)
  const state = standing(session)
  const chips = chipsOf(session)
  const lastPayload = session.strip.reduce((latest, [, to]) => Math.max(latest, to), session.opened)
  return (
    <>
      <span className="session-head">
        <span className="muted number">{visible(session.id)}</span>
        <span className="protocol">{visible(protocolName(session.protocol))}</span>
        <b className={`${state.tone}-text`}>{state.text}</b>
        <span className="grow" />
        <span className="muted number" title={`${bytes(session.bytes)} on the wire`}>
          {session.worstOutage === null ? (
            bytes(session.bytes)
          ) : (
            <>
              <span className="spare">outage </span>
              {milliseconds(session.worstOutage)}
            </>
          )}
        </span>
      </span>
      <span className="session-title">
        {visible(session.title)
          .split(/(?= → )/)
          .map((end) => (
            <Ending key={end} text={end} />
          ))}
      </span>
      <PathStrip strip={session.strip} pairs={session.pairs} from={start} to={end} broken={isBroken(session) ? lastPayload : null} />
      {chips.length > 0 && (
        <span className="chips">
          {chips.map((chip) => (
            <ChipTag key={chip.text} chip={chip} />
          ))}
          <span className="muted number session-facts">
            {session.initiatorLocators.length} ⇄ {session.responderLocators.length} locators
          </span>
        </span>
      )}
    </>
  )
}

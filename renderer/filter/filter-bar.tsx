/**
 * The display filter in Wireshark's language: green or red while typing, the fault underlined and explained, field names offered,
 * older filters by arrow keys. Enter applies, Escape closes the list, then clears. The engine judges; nothing is parsed here.
 */
import { useEffect, useId, useRef, useState } from 'react'
import type { Answers, ContractError } from '../../shared/contract.ts'
import { useCapture } from '../state/capture-store.ts'
import { ask } from '../state/engine.ts'
import { applyFilter, usePackets } from '../state/packet-store.ts'
import { useSession } from '../state/session-store.ts'
import { count, milliseconds } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { complete, errorSpan, type WordAtCaret, withoutPosition, wordAtCaret } from './filter-error.ts'

type Field = Answers['fields']['fields'][number]

const HISTORY = 'rehome.filters'
const PAUSE = 120

function readHistory(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HISTORY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((entry): entry is string => typeof entry === 'string').slice(0, 50) : []
  } catch {
    return []
  }
}

function remember(text: string): void {
  const list = [text, ...readHistory().filter((entry) => entry !== text)].slice(0, 50)
  try {
    localStorage.setItem(HISTORY, JSON.stringify(list))
  } catch {
    // without storage there is no history
  }
}

export function FilterBar() {
  const applied = usePackets((state) => state.applied)
  const onlySession = usePackets((state) => state.onlySession)
  const matched = usePackets((state) => state.matched)
  const spent = usePackets((state) => state.milliseconds)
  const filtering = usePackets((state) => state.filtering)
  const notice = usePackets((state) => state.notice)
  const refused = usePackets((state) => state.filterError)
  const prepared = usePackets((state) => state.prepared)
  // on the page of the whole capture there is no session that 'this' could mean
  const session = useSession((state) => (state.overview ? null : state.id))
  const packets = useCapture((state) => state.status?.packets ?? 0)
  const [text, setText] = useState(applied)
  const [verdict, setVerdict] = useState<'empty' | 'checking' | 'good' | 'bad'>('empty')
  const [error, setError] = useState<ContractError | null>(null)
  const [word, setWord] = useState<WordAtCaret | null>(null)
  const [fields, setFields] = useState<Field[]>([])
  const [offered, setOffered] = useState(-1)
  const [scroll, setScroll] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const past = useRef<{ at: number; draft: string }>({ at: -1, draft: '' })
  const list = useId()

  // the filter may change from elsewhere: a tree line, a toggle, an evidence button
  useEffect(() => {
    setText(applied)
    setVerdict(applied ? 'good' : 'empty')
    setError(null)
  }, [applied])
  // one that is prepared waits here, with the caret at its end
  useEffect(() => {
    if (!prepared) return
    setText(prepared.text)
    setVerdict('checking')
    const box = input.current
    box?.focus()
    requestAnimationFrame(() => box?.setSelectionRange(prepared.text.length, prepared.text.length))
  }, [prepared])
  useEffect(() => usePackets.setState({ draft: text }), [text])
  useEffect(() => {
    if (!refused) return
    setError(refused)
    setVerdict('bad')
  }, [refused])

  // checked while typing, after a pause; a late answer for an older text is dropped
  useEffect(() => {
    if (text.trim() === '') {
      setVerdict('empty')
      setError(null)
      return
    }
    if (text.trim() === applied) {
      setVerdict('good')
      setError(null)
      return
    }
    let late = false
    const timer = setTimeout(async () => {
      const answer = await ask('filter', { text, check: true })
      if (late) return
      setVerdict(answer.ok ? 'good' : 'bad')
      setError(answer.ok ? null : answer.error)
    }, PAUSE)
    return () => {
      late = true
      clearTimeout(timer)
    }
  }, [text, applied])

  useEffect(() => {
    if (!word) {
      setFields([])
      return
    }
    let late = false
    void ask('fields', { prefix: word.word, limit: 30 }).then((answer) => {
      if (late || !answer.ok) return
      const found = answer.value.fields
      setFields(found.length === 1 && found[0]!.name === word.word ? [] : found)
      setOffered(-1)
    })
    return () => {
      late = true
    }
  }, [word])

  const close = () => {
    setWord(null)
    setFields([])
    setOffered(-1)
  }
  const apply = async (wish: string) => {
    close()
    past.current = { at: -1, draft: '' }
    if (await applyFilter(wish)) if (wish.trim()) remember(wish.trim())
  }
  const accept = (field: Field) => {
    if (!word) return
    const next = complete(text, word, field.name)
    setText(next.text)
    close()
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret))
  }
  const older = (step: 1 | -1) => {
    const history = readHistory()
    const at = Math.min(history.length - 1, Math.max(-1, past.current.at + step))
    if (past.current.at === -1) past.current.draft = text
    past.current.at = at
    setText(at === -1 ? past.current.draft : history[at]!)
    close()
  }

  const keys = (event: React.KeyboardEvent) => {
    const open = fields.length > 0
    if (event.key === 'Enter') {
      if (open && offered >= 0) accept(fields[offered]!)
      // what holds already needs no second time: on to its packets
      else if (text.trim() === applied && applied !== '' && verdict === 'good') document.getElementById('packet-list')?.focus()
      else void apply(text)
    } else if (event.key === 'Tab' && open && offered >= 0) accept(fields[offered]!)
    else if (event.key === 'Escape') {
      if (open) close()
      else {
        setText('')
        if (applied) void apply('')
      }
    } else if (event.key === 'ArrowDown') {
      if (open) setOffered((at) => Math.min(fields.length - 1, at + 1))
      else older(-1)
    } else if (event.key === 'ArrowUp') {
      if (open && offered >= 0) setOffered((at) => at - 1)
      else older(1)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  const span = error && verdict === 'bad' ? errorSpan(text, error.position) : null
  const shown = matched ?? packets
  return (
    <div className="filter-bar">
      <div className={`filter is-${verdict}`}>
        <label className="hidden" htmlFor="filter-input">
          Display filter
        </label>
        <span className="filter-mark" aria-hidden="true">
          {verdict === 'bad' ? '✕' : verdict === 'good' ? '✓' : '⌕'}
        </span>
        <div className="filter-field">
          {span && (
            <div className="filter-under mono" aria-hidden="true">
              <span style={{ transform: `translateX(${-scroll}px)` }}>
                {span.before}
                <u>{span.at}</u>
              </span>
            </div>
          )}
          <input
            id="filter-input"
            ref={input}
            className="mono"
            role="combobox"
            aria-expanded={fields.length > 0}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={offered >= 0 ? `${list}-${offered}` : undefined}
            aria-invalid={verdict === 'bad'}
            aria-describedby={error ? 'filter-error' : undefined}
            placeholder="Display filter, e.g. mptcp && ip.addr == 192.0.2.1   ( / )"
            value={text}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            onChange={(event) => {
              const { value, selectionStart } = event.target
              past.current.at = -1
              setText(value)
              setVerdict(value.trim() ? 'checking' : 'empty')
              setWord(wordAtCaret(value, selectionStart ?? value.length))
            }}
            onKeyDown={keys}
            onBlur={close}
            onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
          />
        </div>
        {text !== '' && (
          <button type="button" className="quiet" onClick={() => void apply('')} aria-label="Clear the filter" title="Clear (Escape)">
            ✕
          </button>
        )}
        {fields.length > 0 && (
          <div className="suggestions" id={list} role="listbox" aria-label="Field names">
            {fields.map((field, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the input
              // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus
              <div
                key={field.name}
                id={`${list}-${at}`}
                role="option"
                aria-selected={at === offered}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => accept(field)}
                ref={at === offered ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              >
                <b className="mono">{field.name}</b>
                <span>{field.label}</span>
                <span className="muted">{field.type}</span>
              </div>
            ))}
          </div>
        )}
        {error && verdict === 'bad' && fields.length === 0 && (
          <div className="filter-error" id="filter-error" role="alert">
            <b>Column {span?.column}:</b> {visible(withoutPosition(error.message))} <span className="muted">{visible(error.hint)}</span>
          </div>
        )}
      </div>
      <button
        type="button"
        aria-pressed={onlySession}
        disabled={session === null && !onlySession}
        onClick={() => void applyFilter(applied, !onlySession)}
        title={session === null ? 'Choose a session first' : `mh.session == "${session}"`}
      >
        Only this session
      </button>
      <span className="filter-count number" role="status" aria-live="polite">
        {filtering ? (
          'filtering…'
        ) : (
          <>
            <b>{count(shown)}</b>
            {matched !== null && (
              <span className="muted">
                {' '}
                of {count(packets)} · {milliseconds(spent)}
              </span>
            )}
            {matched === null && <span className="muted"> {shown === 1 ? 'packet' : 'packets'}</span>}
          </>
        )}
        {notice && <span className="notice"> {visible(notice)}</span>}
      </span>
    </div>
  )
}

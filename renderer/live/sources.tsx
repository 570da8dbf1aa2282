/** Ways of capturing: the best that works is taken, another can be chosen; what does not work says what would make it work, to copy. */
import { useState } from 'react'
import type { LiveSource } from '../../shared/live.ts'
import { visible } from '../text/visible.ts'

const NAMES: Record<LiveSource['backend'], string> = {
  dumpcap: 'dumpcap',
  tcpdump: 'tcpdump',
  cap: 'cap',
  ssh: 'Another machine (ssh)',
  follow: 'A file that grows',
}

export type SourceChoice = LiveSource['backend'] | 'best' | 'elevate'

export function Sources(props: { sources: LiveSource[]; elevate: boolean; choice: SourceChoice; onChoose(choice: SourceChoice): void }) {
  const { sources, elevate, choice, onChoose } = props
  const best = sources.find((source) => source.best)
  return (
    <fieldset className="sources">
      <legend>Source</legend>
      <Source
        id="best"
        name={best ? `Best available: ${NAMES[best.backend]}` : 'Best available: none'}
        words={best ? best.words : 'Nothing here may capture yet. One of the commands below changes that.'}
        checked={choice === 'best'}
        disabled={!best}
        onChoose={onChoose}
      />
      {sources.map((source) => (
        <Source
          key={source.backend}
          id={source.backend}
          name={NAMES[source.backend]}
          words={source.words}
          command={source.command}
          checked={choice === source.backend}
          disabled={!source.available}
          onChoose={onChoose}
        />
      ))}
      {elevate && (
        <Source
          id="elevate"
          name="Once, as administrator"
          words="the system asks you for the rights for this capture only (pkexec)"
          checked={choice === 'elevate'}
          disabled={false}
          onChoose={onChoose}
        />
      )}
    </fieldset>
  )
}

function Source(props: {
  id: SourceChoice
  name: string
  words: string
  command?: string | null
  checked: boolean
  disabled: boolean
  onChoose(choice: SourceChoice): void
}) {
  const { id, name, words, command, checked, disabled, onChoose } = props
  return (
    <div className="source">
      <input
        className="tick"
        type="radio"
        name="source"
        id={`source-${id}`}
        checked={checked}
        disabled={disabled}
        onChange={() => onChoose(id)}
      />
      <label htmlFor={`source-${id}`}>
        <b className={disabled ? 'source-name off' : 'source-name'}>{name}</b>
        <span className="muted small source-words">{visible(words)}</span>
      </label>
      {command && <Command text={command} />}
    </div>
  )
}

/** A command to copy; where the clipboard is refused it is selected instead. */
export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <span className="command">
      <code className="mono command-text">{visible(text)}</code>
      <button
        type="button"
        className="command-copy"
        aria-label={`Copy: ${text}`}
        onClick={async (event) => {
          const code = event.currentTarget.previousElementSibling
          try {
            await navigator.clipboard.writeText(text)
            setCopied(true)
          } catch {
            if (code) window.getSelection()?.selectAllChildren(code)
          }
        }}
      >
        {copied ? 'Copied' : 'Copy'}
      </button>
    </span>
  )
}

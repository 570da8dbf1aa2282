/**
 * Before a capture: on which interfaces, with what, which packets, and what is kept. The filter is checked while it is typed, and once more
 * by the program that captures. Escape goes back to what was open.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Parameters_ } from '../../shared/contract.ts'
import { ask } from '../state/engine.ts'
import { dismissLiveProblem, loadSources, lookAtDevices, startCapturing, useLive } from '../state/live-store.ts'
import { change } from '../state/view-store.ts'
import { visible } from '../text/visible.ts'
import { Devices } from './devices.tsx'
import { Recording, type RecordingChoice, recordingOf } from './recording.tsx'
import { type SourceChoice, Sources } from './sources.tsx'

const LOOK = 1_000

type Checked = { state: 'none' | 'checking' | 'good' | 'bad'; words: string }

const NOTHING_NAMED: Partial<Record<SourceChoice, string>> = {
  ssh: 'Name at least one interface there.',
  follow: 'Name the file to follow.',
}

export function LivePicker() {
  const devices = useLive((state) => state.devices)
  const sources = useLive((state) => state.sources)
  const elevate = useLive((state) => state.elevate)
  const problem = useLive((state) => state.problem)
  const starting = useLive((state) => state.status?.state === 'starting')
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null)
  const [source, setSource] = useState<SourceChoice>('best')
  const [remote, setRemote] = useState({ host: '', program: 'dumpcap' as 'dumpcap' | 'tcpdump', interfaces: '' })
  const [followed, setFollowed] = useState('')
  const [filter, setFilter] = useState('')
  const [recording, setRecording] = useState<RecordingChoice>({ keep: 'ask', path: '', megabytes: '', seconds: '', files: '' })
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    dismissLiveProblem()
    heading.current?.focus()
    void loadSources()
    void lookAtDevices()
    const timer = setInterval(() => void lookAtDevices(), LOOK)
    return () => clearInterval(timer)
  }, [])
  // until someone chooses: what leads out of this machine
  const picked =
    chosen ?? new Set((devices ?? []).filter((one) => one.state === 'up' && one.prefixes.includes('default')).map((one) => one.name))
  const local = source !== 'ssh' && source !== 'follow'
  const names =
    source === 'ssh'
      ? remote.interfaces.split(/[\s,]+/).filter(Boolean)
      : source === 'follow'
        ? [followed.trim()].filter(Boolean)
        : [...picked]
  const checked = useFilterCheck(filter, local ? names[0] : undefined, source)
  const kept = recordingOf(recording)
  const nothing = sources !== null && !sources.some((one) => one.best) && local && source !== 'elevate'
  const missing = nothing
    ? 'Nothing here may capture yet: see Source.'
    : source === 'ssh' && remote.host.trim() === ''
      ? 'Name the machine to capture on.'
      : names.length === 0
        ? (NOTHING_NAMED[source] ?? 'Choose at least one interface.')
        : checked.state === 'bad'
          ? 'The filter is not understood.'
          : kept.problem

  const toggle = useCallback(
    (name: string) => {
      const next = new Set(picked)
      if (!next.delete(name)) next.add(name)
      setChosen(next)
    },
    [picked],
  )
  const start = () => {
    if (missing !== null || starting) return
    const options: Parameters_<'liveStart'> = {
      interfaces: names,
      ...(filter.trim() ? { filter: filter.trim() } : {}),
      ...(source === 'elevate' ? { elevate: true } : source === 'best' ? {} : { backend: source }),
      ...(source === 'ssh' ? { remote: remote.host.trim(), remoteProgram: remote.program } : {}),
      ...kept.options,
    }
    void startCapturing(options)
  }

  return (
    <main className="page picker" id="page" tabIndex={-1}>
      <form
        aria-label="Live capture"
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <header className="picker-head">
          <div>
            <h1 ref={heading} tabIndex={-1}>
              Capture live
            </h1>
            <p className="muted">Packets go to the disk first, then to the analysis: sessions, moves and findings appear as they happen.</p>
          </div>
          <span className="grow" />
          <button type="button" onClick={() => change({ picking: false })}>
            Back
          </button>
          <button type="submit" className="primary" disabled={missing !== null || starting} aria-describedby="picker-missing">
            {starting ? 'Starting…' : 'Start capture'}
          </button>
        </header>
        <p className="picker-missing small muted" id="picker-missing">
          {missing ?? `${names.length === 1 ? 'One interface' : `${names.length} interfaces`}: ${names.map(visible).join(', ')}`}
        </p>
        {problem && (
          <div className="picker-problem" role="alert">
            <b>{visible(problem.message)}</b> {visible(problem.hint)}
          </div>
        )}
        <div className="picker-columns">
          <section className="card" aria-labelledby="devices-heading">
            <div className="card-head">
              <h2 id="devices-heading">
                {source === 'ssh' ? 'Interfaces of the other machine' : source === 'follow' ? 'File' : 'Interfaces'}
              </h2>
              {local && <span className="muted">several at once are merged by time</span>}
            </div>
            {source === 'ssh' ? (
              <RemoteForm remote={remote} onChange={setRemote} />
            ) : source === 'follow' ? (
              <Field
                id="follow-path"
                label="Path of a capture that another program is writing"
                value={followed}
                onChange={setFollowed}
                placeholder="/var/tmp/growing.pcapng"
              />
            ) : devices === null ? (
              <p className="muted">Looking for interfaces…</p>
            ) : devices.length === 0 ? (
              <p className="muted">This system tells of no interface.</p>
            ) : (
              <Devices devices={devices} chosen={picked} onToggle={toggle} />
            )}
          </section>
          <div className="column">
            <section className="card" aria-label="Source">
              {sources === null ? (
                <p className="muted">Looking for capture programs…</p>
              ) : (
                <Sources sources={sources} elevate={elevate} choice={source} onChoose={setSource} />
              )}
            </section>
            <section className="card" aria-label="Filter">
              <label className="card-label" htmlFor="capture-filter">
                Capture filter (BPF)
              </label>
              <input
                id="capture-filter"
                className="mono wide-input"
                value={filter}
                placeholder="all packets; e.g. tcp port 443 or sctp"
                spellCheck={false}
                autoComplete="off"
                aria-invalid={checked.state === 'bad'}
                aria-describedby="capture-filter-words"
                onChange={(event) => setFilter(event.target.value)}
              />
              <p
                id="capture-filter-words"
                className={`small ${checked.state === 'bad' ? 'bad-text' : checked.state === 'good' ? 'ok-text' : 'muted'}`}
                aria-live="polite"
              >
                {checked.state === 'bad' && '× '}
                {checked.state === 'good' && '✓ '}
                {visible(checked.words)}
              </p>
            </section>
            <section className="card" aria-label="Recording">
              <Recording choice={recording} onChange={setRecording} />
            </section>
          </div>
        </div>
      </form>
    </main>
  )
}

/** Asked a moment after the last key. */
function useFilterCheck(filter: string, on: string | undefined, source: SourceChoice): Checked {
  const [checked, setChecked] = useState<Checked>({ state: 'none', words: 'everything is captured' })
  useEffect(() => {
    const text = filter.trim()
    if (text === '') {
      setChecked({ state: 'none', words: 'everything is captured' })
      return
    }
    let late = false
    setChecked({ state: 'checking', words: 'checking…' })
    const timer = setTimeout(async () => {
      const backend = source === 'best' || source === 'elevate' ? {} : { backend: source }
      const answer = await ask('liveCheck', { filter: text, ...(on === undefined ? {} : { interface: on }), ...backend })
      if (late) return
      if (!answer.ok) setChecked({ state: 'bad', words: answer.error.message.replace(/^the capture filter is /, '') })
      else setChecked({ state: answer.value.checked ? 'good' : 'none', words: answer.value.words })
    }, 250)
    return () => {
      late = true
      clearTimeout(timer)
    }
  }, [filter, on, source])
  return checked
}

interface Remote {
  host: string
  program: 'dumpcap' | 'tcpdump'
  interfaces: string
}

function RemoteForm({ remote, onChange }: { remote: Remote; onChange(remote: Remote): void }) {
  return (
    <div className="fields">
      <Field
        id="remote-host"
        label="Machine, as ssh knows it; your keys are used, no password is asked"
        value={remote.host}
        placeholder="root@router.example"
        onChange={(host) => onChange({ ...remote, host })}
      />
      <Field
        id="remote-interfaces"
        label="Interfaces there, separated by spaces"
        value={remote.interfaces}
        placeholder="eth0 wwan0"
        onChange={(interfaces) => onChange({ ...remote, interfaces })}
      />
      <fieldset className="inline">
        <legend className="small muted">Program there</legend>
        {(['dumpcap', 'tcpdump'] as const).map((program) => (
          <label key={program} className="inline-choice">
            <input
              className="tick"
              type="radio"
              name="remote-program"
              checked={remote.program === program}
              onChange={() => onChange({ ...remote, program })}
            />
            {program}
          </label>
        ))}
      </fieldset>
    </div>
  )
}

export function Field(props: { id: string; label: string; value: string; placeholder?: string; onChange(value: string): void }) {
  const { id, label, value, placeholder, onChange } = props
  return (
    <p className="field">
      <label className="small muted field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="mono wide-input"
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </p>
  )
}

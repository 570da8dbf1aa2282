/**
 * The line that is there as long as there is a live capture: does it run, since when, how much, is anything lost, how far behind is the
 * analysis; and stop, restart, save.
 */
import { useEffect, useRef, useState } from 'react'
import type { LiveCounts, LiveStatus } from '../../shared/live.ts'
import { useCapture } from '../state/capture-store.ts'
import {
  dismissLiveProblem,
  isLive,
  restartCapturing,
  saveCapture,
  savedName,
  saveTo,
  stopCapturing,
  useLive,
} from '../state/live-store.ts'
import { change, useView } from '../state/view-store.ts'
import { bytes, count, plural, seconds } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { Leftovers } from './leftovers.tsx'
import { askForLeave, permission } from './notify.ts'

const REASONS: Record<NonNullable<LiveStatus['stopReason']>, string> = {
  asked: '',
  duration: 'after the time given',
  rehoming: 'with the first rehoming',
  through: 'because the source is through',
  disk: 'because the disk is full or failed',
  analysis: 'because the analysis failed',
}

export function clock(from: number, to: number): string {
  const whole = Math.max(0, Math.floor(to - from))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}

/** Sum over all interfaces of what is known to be lost. */
export function lostPackets(counts: LiveCounts): { known: number; unknown: boolean } {
  let known = 0
  let unknown = false
  for (const { drops } of counts.lanes)
    for (const value of [drops.kernel, drops.interface, drops.app])
      if (value === 'unknown') unknown = true
      else known += value
  return { known, unknown }
}

export function LiveBar() {
  const status = useLive((state) => state.status)
  const problem = useLive((state) => state.problem)
  const saving = useLive((state) => state.saving)
  const picking = useView((view) => view.picking)
  const shown = useCapture((state) => state.status?.path ?? null)
  if (status === null) return null
  const mine = isLive(status) || (status.state === 'stopped' && status.files.some((file) => file === shown))
  return (
    <>
      <Leftovers leftovers={status.leftovers} busy={isLive(status)} />
      {problem && !picking && (
        <div className="strip bad" role="alert">
          <b>{visible(problem.message)}</b> {visible(problem.hint)}
          <span className="grow" />
          <button type="button" className="quiet" onClick={dismissLiveProblem} aria-label="Dismiss">
            ✕
          </button>
        </div>
      )}
      {mine && status.state !== 'starting' && <Running status={status} />}
      {saving && <SaveDialog />}
    </>
  )
}

function Running({ status }: { status: LiveStatus }) {
  const running = isLive(status)
  const [, tick] = useState(0)
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => tick((at) => at + 1), 1_000)
    return () => clearInterval(timer)
  }, [running])
  const { counts, problem } = status
  const to = status.ended ?? Date.now() / 1000
  const lost = counts === null ? null : lostPackets(counts)
  const unsaved = !running && status.temporary && status.saved === null
  return (
    <section className={`strip live-bar ${status.state}`} aria-label="Live capture">
      <b>
        <i className={running ? 'live-dot on' : 'live-dot'} aria-hidden="true">
          {running ? '●' : '■'}
        </i>
        {status.state === 'stopping' ? 'Stopping' : running ? 'Capturing' : 'Stopped'}
      </b>
      {!running && status.stopReason !== null && REASONS[status.stopReason] !== '' && <span>{REASONS[status.stopReason]}</span>}
      {!running && problem !== null && <span className="bad-text">{visible(problem.message)}</span>}
      <span className="number">{status.started === null ? '' : clock(status.started, to)}</span>
      {counts !== null && (
        <>
          <span className="number">{plural(counts.packets, 'packet')}</span>
          <span className="number spare-1">{bytes(counts.bytes)}</span>
          <span className={`number ${lost !== null && lost.known > 0 ? 'warn-text' : 'muted'}`}>
            {lost === null ? '' : `${count(lost.known)} lost${lost.unknown ? ', some unknown' : ''}`}
          </span>
          {running && (
            <span
              className={`number ${counts.lag.seconds >= 1 ? 'warn-text' : 'muted'}`}
              title="How far the analysis is behind what is on disk; nothing is lost by it"
            >
              {status.analysis === 'running' ? `analysis ${seconds(counts.lag.seconds)} behind` : `analysis ${status.analysis}`}
            </span>
          )}
        </>
      )}
      {status.saved !== null && <span className="ok-text spare-1">saved to {visible(status.saved)}</span>}
      {unsaved && <span className="muted spare-1">not saved</span>}
      <span className="grow" />
      {running && <Notify />}
      {running ? (
        <button
          type="button"
          className="stop"
          disabled={status.state === 'stopping'}
          onClick={() => void stopCapturing()}
          title="Stop (Ctrl+Shift+K)"
        >
          <i className="stop-sign" aria-hidden="true">
            ■
          </i>{' '}
          Stop
        </button>
      ) : (
        <button type="button" onClick={() => change({ picking: true })}>
          New capture…
        </button>
      )}
      <Restart ask={running ? status.temporary : unsaved} />
      <button
        type="button"
        disabled={status.files.length === 0 || (counts?.packets ?? 0) === 0}
        onClick={() => void saveCapture()}
        title="Save a copy of what was recorded until now"
      >
        Save…
      </button>
    </section>
  )
}

/** What was not saved goes with a restart: said before it happens. */
function Restart({ ask }: { ask: boolean }) {
  const [sure, setSure] = useState(false)
  useEffect(() => {
    if (!sure) return
    const timer = setTimeout(() => setSure(false), 5_000)
    return () => clearTimeout(timer)
  }, [sure])
  return (
    <button
      type="button"
      className={sure ? 'warn-text' : undefined}
      onClick={() => {
        if (ask && !sure) setSure(true)
        else {
          setSure(false)
          void restartCapturing()
        }
      }}
    >
      {sure ? 'Discard and restart' : 'Restart'}
    </button>
  )
}

function Notify() {
  const on = useView((view) => view.notify)
  const [leave, setLeave] = useState(permission)
  if (leave === 'unsupported') return null
  const works = on && leave === 'granted'
  return (
    <button
      type="button"
      aria-pressed={works}
      className="spare-2"
      disabled={leave === 'denied'}
      title={
        leave === 'denied'
          ? 'This browser was told to show no notifications of this page'
          : 'A word on the desktop when a session moves or something is found'
      }
      onClick={async () => {
        if (works) return change({ notify: false })
        change({ notify: true })
        await askForLeave()
        setLeave(permission())
      }}
    >
      Notify
    </button>
  )
}

function SaveDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const status = useLive((state) => state.status)
  const problem = useLive((state) => state.problem)
  const [path, setPath] = useState(() => `/var/tmp/${savedName(status)}`)
  useEffect(() => {
    if (!dialog.current!.open) dialog.current!.showModal()
  }, [])
  const several = (status?.files.length ?? 0) > 1
  const close = () => useLive.setState({ saving: false })
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="save-heading" onClose={close}>
      <h2 id="save-heading">Save the capture</h2>
      <form
        className="open-path"
        onSubmit={(event) => {
          event.preventDefault()
          void saveTo(path.trim())
        }}
      >
        <label htmlFor="save-path">
          {several
            ? 'Folder and name on the machine that runs Rehome; the files of the ring keep their names'
            : 'Path on the machine that runs Rehome'}
        </label>
        <span className="open-line">
          <input
            id="save-path"
            className="mono"
            value={path}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setPath(event.target.value)}
          />
          <button type="submit" className="primary" disabled={path.trim() === ''}>
            Save
          </button>
        </span>
        {problem && (
          <p className="bad-text small" role="alert">
            {visible(problem.message)} {visible(problem.hint)}
          </p>
        )}
      </form>
      <div className="dialog-foot">
        <span className="muted small">What is captured later is not in it.</span>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  )
}

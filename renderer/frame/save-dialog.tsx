/**
 * What Wireshark calls 'Export Specified Packets': which packets, in what format, what goes along; how many that is before it begins, and how far it
 * is while it goes on.
 */
import { useEffect, useRef, useState } from 'react'
import { useCapture } from '../state/capture-store.ts'
import { useMarks } from '../state/mark-store.ts'
import { usePackets } from '../state/packet-store.ts'
import { look, resetSaving, save, selectedFrames, stopSaving, useSave, type Which, type Wish } from '../state/save-store.ts'
import { useSession } from '../state/session-store.ts'
import { change } from '../state/view-store.ts'
import { bytes, count, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const PAUSE = 120

export function SaveDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const packets = useCapture((state) => state.status?.packets ?? 0)
  const filterId = usePackets((state) => state.filterId)
  const matched = usePackets((state) => state.matched)
  const applied = usePackets((state) => state.applied)
  const session = useSession((state) => state.id)
  const marks = useMarks((state) => state.marked.size)
  const [range] = useState(() => selectedFrames())
  const { found, problem, progress, done } = useSave()
  const [wish, setWish] = useState<Wish>({
    which: range !== null ? 'selected' : filterId !== null ? 'displayed' : 'all',
    frames: '',
    format: 'pcapng',
    remarks: false,
    secrets: false,
  })
  const set = (part: Partial<Wish>) => {
    setWish((before) => ({ ...before, ...part }))
    useSave.setState({ done: '' })
  }

  useEffect(() => {
    if (!dialog.current!.open) dialog.current!.showModal()
    dialog.current!.querySelector<HTMLInputElement>('input:checked')?.focus()
    return resetSaving
  }, [])
  useEffect(() => {
    const timer = setTimeout(() => void look(wish), PAUSE)
    return () => clearTimeout(timer)
  }, [wish])

  const choices: [Which, string, string][] = [
    ['all', 'All', plural(packets, 'packet')],
    ...(filterId === null
      ? []
      : [
          ['displayed', 'Displayed', `${plural(matched ?? 0, 'packet')}${applied === '' ? '' : `: ${applied}`}`] as [Which, string, string],
        ]),
    ...(range === null
      ? []
      : [
          ['selected', 'Selected', `from frame ${count(range[0])} to ${count(range[1])}${filterId === null ? '' : ', as displayed'}`] as [
            Which,
            string,
            string,
          ],
        ]),
    ...(marks === 0 ? [] : [['marked', 'Marked', plural(marks, 'packet')] as [Which, string, string]]),
    ...(session === null ? [] : [['session', 'Session', session] as [Which, string, string]]),
    ['frames', 'Frames', ''],
  ]
  const ready = found !== null && found.packets > 0 && progress === null
  return (
    <dialog
      ref={dialog}
      className="dialog save"
      aria-labelledby="save-heading"
      onClose={() => change({ saving: false })}
      onCancel={(event) => {
        // Escape gives up what goes on, and closes what does not
        if (progress === null) return
        event.preventDefault()
        stopSaving()
      }}
    >
      <h2 id="save-heading">Save packets</h2>
      <form
        className="save-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void save(wish)
        }}
      >
        <fieldset disabled={progress !== null}>
          <legend>Packets</legend>
          {choices.map(([which, label, words]) => (
            <div className="save-choice" key={which}>
              <input type="radio" name="save-which" id={`save-${which}`} checked={wish.which === which} onChange={() => set({ which })} />
              <label htmlFor={`save-${which}`}>{label}</label>
              {which === 'frames' ? (
                <input
                  className="mono"
                  aria-label="Frames to save"
                  placeholder="1-100, 250, 400-"
                  spellCheck={false}
                  autoComplete="off"
                  value={wish.frames}
                  aria-invalid={wish.which === 'frames' && problem !== null}
                  onFocus={() => set({ which: 'frames' })}
                  onChange={(event) => set({ which: 'frames', frames: event.target.value })}
                />
              ) : (
                <span className="muted save-words" title={visible(words)}>
                  {visible(words)}
                </span>
              )}
            </div>
          ))}
        </fieldset>
        <fieldset disabled={progress !== null}>
          <legend>As</legend>
          {(
            [
              ['pcapng', 'with names of interfaces, comments and nanoseconds'],
              ['pcap', 'for older tools; one link type, no names, no comments'],
            ] as const
          ).map(([format, words]) => (
            <div className="save-choice" key={format}>
              <input
                type="radio"
                name="save-format"
                id={`save-${format}`}
                checked={wish.format === format}
                onChange={() => set({ format })}
              />
              <label htmlFor={`save-${format}`}>{format}</label>
              <span className="muted save-words">{words}</span>
            </div>
          ))}
        </fieldset>
        <fieldset disabled={progress !== null || wish.format === 'pcap'}>
          <legend>Along with them</legend>
          <label className="save-tick">
            <input type="checkbox" checked={wish.remarks} onChange={(event) => set({ remarks: event.target.checked })} />
            <span>Rehomings and findings, as comments of the packets that show them</span>
          </label>
          {(found?.secrets ?? 0) > 0 && (
            <label className="save-tick">
              <input type="checkbox" checked={wish.secrets} onChange={(event) => set({ secrets: event.target.checked })} />
              <span>Decryption secrets that the capture holds: whoever has the file can read what they open</span>
            </label>
          )}
        </fieldset>
        <div className="save-state" role="status" aria-live="polite">
          {progress !== null ? (
            <>
              <progress value={progress.written} max={Math.max(1, progress.packets)} aria-label="Saving" />
              <span className="number">
                {count(progress.written)} of {plural(progress.packets, 'packet')}
              </span>
            </>
          ) : problem !== null ? (
            <span className="bad-text">
              {visible(problem.message)}. {visible(problem.hint)}
            </span>
          ) : done !== '' ? (
            <span className="ok-text">{visible(done)}</span>
          ) : found === null ? (
            <span className="muted">Which frames?</span>
          ) : found.packets === 0 ? (
            <span className="muted">None of the packets.</span>
          ) : (
            <span className="muted">
              {plural(found.packets, 'packet')}, about {bytes(found.bytes)}
            </span>
          )}
        </div>
        <div className="dialog-foot">
          <button type="submit" className="primary" disabled={!ready}>
            Save
          </button>
          <button type="button" onClick={() => (progress === null ? change({ saving: false }) : stopSaving())}>
            {progress === null ? 'Close' : 'Stop'}
          </button>
        </div>
      </form>
    </dialog>
  )
}

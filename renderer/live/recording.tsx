/** What is kept of a capture: a file that goes unless it is saved, or a named one; in one piece or as a ring of files. */
import type { Parameters_ } from '../../shared/contract.ts'

export interface RecordingChoice {
  keep: 'ask' | 'file'
  path: string
  /** texts as they are typed */
  megabytes: string
  seconds: string
  files: string
}

type Kept = { options: Pick<Parameters_<'liveStart'>, 'file' | 'ring'>; problem: string | null }

/** The words as the contract has them, or what is wrong with them. */
export function recordingOf({ keep, path, megabytes, seconds, files }: RecordingChoice): Kept {
  const options: Kept['options'] = {}
  if (keep === 'file') {
    if (path.trim() === '') return { options, problem: 'Name the file to record to.' }
    options.file = path.trim()
  }
  const number = (text: string): number | null | undefined => {
    if (text.trim() === '') return undefined
    const value = Number(text)
    return Number.isFinite(value) && value >= 1 ? value : null
  }
  const ring = { megabytes: number(megabytes), seconds: number(seconds), files: number(files) }
  for (const [name, value] of Object.entries(ring))
    if (value === null || (name === 'files' && value !== undefined && !Number.isInteger(value)))
      return { options, problem: `Ring: ${name} must be a${name === 'files' ? ' whole' : ''} number of at least 1.` }
  if (ring.files !== undefined && ring.megabytes === undefined && ring.seconds === undefined)
    return { options, problem: 'Ring: say after how many megabytes or seconds the next file begins.' }
  if (ring.megabytes !== undefined || ring.seconds !== undefined)
    options.ring = Object.fromEntries(Object.entries(ring).filter(([, value]) => value !== undefined))
  return { options, problem: null }
}

export function Recording({ choice, onChange }: { choice: RecordingChoice; onChange(choice: RecordingChoice): void }) {
  const set = (part: Partial<RecordingChoice>) => onChange({ ...choice, ...part })
  return (
    <>
      <fieldset className="sources">
        <legend>Recording</legend>
        <div className="source">
          <input
            className="tick"
            type="radio"
            name="keep"
            id="keep-ask"
            checked={choice.keep === 'ask'}
            onChange={() => set({ keep: 'ask' })}
          />
          <label htmlFor="keep-ask">
            <b className="source-name">Save afterwards</b>
            <span className="muted small source-words">a temporary file, until you save it</span>
          </label>
        </div>
        <div className="source">
          <input
            className="tick"
            type="radio"
            name="keep"
            id="keep-file"
            checked={choice.keep === 'file'}
            onChange={() => set({ keep: 'file' })}
          />
          <label htmlFor="keep-file">
            <b className="source-name">To a file</b>
            <span className="muted small source-words">pcapng on the machine that captures; never overwrites</span>
          </label>
        </div>
      </fieldset>
      {choice.keep === 'file' && (
        <input
          className="mono wide-input"
          aria-label="File to record to"
          placeholder="/var/tmp/uplinks.pcapng"
          spellCheck={false}
          autoComplete="off"
          value={choice.path}
          onChange={(event) => set({ path: event.target.value })}
        />
      )}
      <details className="ring">
        <summary className="small muted">Ring of files</summary>
        <div className="ring-fields">
          {(
            [
              ['megabytes', 'next after MB'],
              ['seconds', 'next after seconds'],
              ['files', 'files kept'],
            ] as const
          ).map(([name, label]) => (
            <label key={name} className="small muted ring-field">
              {label}
              <input
                className="number ring-number"
                inputMode="numeric"
                value={choice[name]}
                placeholder={name === 'files' ? 'all' : 'never'}
                onChange={(event) => set({ [name]: event.target.value })}
              />
            </label>
          ))}
        </div>
      </details>
    </>
  )
}

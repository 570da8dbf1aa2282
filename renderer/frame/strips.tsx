/**
 * Lines that must be seen: a lost connection, progress of opening with a way to stop it, what went wrong, what is wrong with the file.
 */
import { useState } from 'react'
import { cancelOpening, dismissProblem, useCapture } from '../state/capture-store.ts'
import { bytes, count, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'

export function Strips() {
  const connection = useCapture((state) => state.connection)
  const problem = useCapture((state) => state.problem)
  const status = useCapture((state) => state.status)
  const upload = useCapture((state) => state.upload)
  const generation = useCapture((state) => state.generation)
  const [read, setRead] = useState<{ generation: number; number: number } | null>(null)
  const [all, setAll] = useState(false)
  const warnings = status?.warnings ?? []
  const dismissed = read !== null && read.generation === generation && read.number === warnings.length
  return (
    <>
      {connection === 'lost' && (
        <div className="strip bad" role="alert">
          <b>Not connected.</b> The host that served this page does not answer. Trying again by itself; what is on screen may be out of
          date.
        </div>
      )}
      {upload && (
        <Progress
          words={`Sending ${visible(upload.name)}`}
          done={upload.sent}
          total={upload.total}
          facts={`${bytes(upload.sent)} of ${bytes(upload.total)}`}
        />
      )}
      {!upload && status?.state === 'opening' && (
        <Progress
          words={`Reading ${visible(status.name ?? 'the capture')}`}
          done={status.bytesRead}
          total={status.bytesTotal}
          facts={`${plural(status.packets, 'packet')} · ${bytes(status.bytesRead)} of ${bytes(status.bytesTotal)}`}
        />
      )}
      {problem && (
        <div className="strip bad" role="alert">
          <b>{visible(problem.message)}</b> {visible(problem.hint)}
          <span className="grow" />
          <button type="button" className="quiet" onClick={dismissProblem} aria-label="Dismiss">
            ✕
          </button>
        </div>
      )}
      {status?.state === 'cancelled' && (
        <div className="strip warn" role="status">
          <b>Stopped after {plural(status.packets, 'packet')}.</b> What is shown is of these alone: for the rest, open the capture again.
        </div>
      )}
      {warnings.length > 0 && !dismissed && (
        <div className="strip warn" role="status">
          <b>! {warnings.length === 1 ? '' : `${count(warnings.length)} warnings: `}</b>
          <span className={all ? 'warning-list' : undefined}>
            {(all ? warnings.slice(0, 100) : warnings.slice(0, 1)).map((warning) => (
              <span key={warning}>{visible(warning)} </span>
            ))}
          </span>
          <span className="grow" />
          {warnings.length > 1 && (
            <button type="button" className="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'Less' : 'All'}
            </button>
          )}
          <button
            type="button"
            className="quiet"
            onClick={() => setRead({ generation, number: warnings.length })}
            aria-label="Dismiss warnings"
          >
            ✕
          </button>
        </div>
      )}
    </>
  )
}

function Progress({ words, done, total, facts }: { words: string; done: number; total: number; facts: string }) {
  const share = total > 0 ? Math.min(1, done / total) : 0
  return (
    <div className="strip progress">
      <b>{words}</b>
      <span
        className="progress-rail"
        role="progressbar"
        aria-label={words}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <i style={{ transform: `scaleX(${share})` }} />
      </span>
      <span className="number">{facts}</span>
      <button type="button" onClick={() => void cancelOpening()}>
        Cancel
      </button>
    </div>
  )
}

/**
 * Captures of which nobody has said yet what is to become of them: the host ended while they ran. The newest first, and as a rule only that one: they
 * must not push the page out of the window. Forgetting one deletes what was recorded, so it is asked for twice.
 */
import { useState } from 'react'
import type { LiveStatus } from '../../shared/live.ts'
import { openPath } from '../state/capture-store.ts'
import { forgetCapture } from '../state/live-store.ts'
import { count, wallClock } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const MOST = 20

/** `busy`: a capture runs, whose place no other may take */
export function Leftovers({ leftovers, busy }: { leftovers: LiveStatus['leftovers']; busy: boolean }) {
  const [all, setAll] = useState(false)
  const [sure, setSure] = useState<string | null>(null)
  const newest = [...leftovers].sort((a, b) => b.started - a.started)
  return newest.slice(0, all ? MOST : 1).map(({ file, started }, at) => (
    <div className="strip warn" role="status" key={file}>
      <b>A capture was left behind</b>
      <span className="muted">
        begun {wallClock(started).replace(/\.\d+/, '')}, <span className="mono">{visible(file)}</span>
      </span>
      <span className="grow" />
      {at === 0 && newest.length > 1 && (
        <button type="button" className="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Only the newest' : `and ${count(newest.length - 1)} more`}
        </button>
      )}
      <button type="button" disabled={busy} onClick={() => void openPath(file)}>
        Open
      </button>
      <button
        type="button"
        title="A temporary file is deleted with it"
        onClick={() => {
          if (sure === file) void forgetCapture(file)
          setSure(sure === file ? null : file)
        }}
        onBlur={() => setSure(null)}
      >
        {sure === file ? 'Forget for good?' : 'Forget'}
      </button>
    </div>
  ))
}

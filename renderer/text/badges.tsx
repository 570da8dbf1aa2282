/**
 * Small shared pieces: a path's letter in its colour, a chip, a button that goes to a frame. Colour is never alone.
 */

import { goToFrame } from '../state/packet-store.ts'
import { pathLetter, pathVariable } from '../timeline/palette.ts'
import type { Chip } from './session-words.ts'
import { visible } from './visible.ts'

export function PathBadge({ path }: { path: number }) {
  return (
    <span className="path-badge" style={{ borderColor: pathVariable(path) }}>
      {pathLetter(path)}
    </span>
  )
}

export function ChipTag({ chip }: { chip: Chip }) {
  return (
    <span className={`chip ${chip.tone}`}>
      <i aria-hidden="true">{chip.sign}</i>
      {visible(chip.text)}
    </span>
  )
}

/** evidence: at most `most` frames as buttons, the rest as a count */
export function Frames({ frames, most = 6 }: { frames: readonly number[]; most?: number }) {
  if (frames.length === 0) return null
  return (
    <span className="frames">
      {frames.slice(0, most).map((frame) => (
        <button key={frame} type="button" className="link number" onClick={() => void goToFrame(frame)} aria-label={`Go to frame ${frame}`}>
          #{frame}
        </button>
      ))}
      {frames.length > most && <span className="muted">and {frames.length - most} more</span>}
    </span>
  )
}

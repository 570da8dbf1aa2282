/**
 * Saves what is known of the session: the engine makes the file, the page hands it out as a download.
 */
import { useState } from 'react'
import type { ContractError } from '../../shared/contract.ts'
import { Menu } from '../frame/menu.tsx'
import { ask } from '../state/engine.ts'
import { download } from '../state/save-store.ts'
import { decodeBase64 } from '../text/base64.ts'
import { visible } from '../text/visible.ts'

const FORMATS = [
  ['json', 'JSON report'],
  ['csv', 'CSV timeline'],
  ['html', 'HTML page'],
  ['svg', 'SVG picture'],
  ['pcapng', 'Packets (pcapng)'],
] as const

export function ExportMenu({ session }: { session: string }) {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ContractError | null>(null)
  const run = async (format: (typeof FORMATS)[number][0]) => {
    setBusy(true)
    setProblem(null)
    const answer = await ask('exportSession', { session, format })
    setBusy(false)
    if (!answer.ok) {
      setProblem(answer.error)
      return
    }
    const { fileName, mediaType, base64 } = answer.value
    download(new Blob([decodeBase64(base64) as BlobPart], { type: mediaType }), fileName)
  }
  return (
    <div className="export">
      <button
        type="button"
        id="export-session"
        aria-haspopup="menu"
        aria-expanded={at !== null}
        disabled={busy}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          setAt({ x: box.right - 200, y: box.bottom + 4 })
        }}
      >
        {busy ? 'Exporting…' : 'Export ▾'}
      </button>
      {at && (
        <Menu
          x={at.x}
          y={at.y}
          label="Export the session"
          entries={FORMATS.map(([format, label]) => ({ label, hint: `.${format}`, run: () => void run(format) }))}
          onClose={() => setAt(null)}
        />
      )}
      {problem && (
        <p className="bad-text" role="alert">
          {visible(problem.message)} {visible(problem.hint)}
        </p>
      )}
    </div>
  )
}

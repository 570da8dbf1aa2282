/**
 * Opening a capture: the system's dialog where the host has one, a path on the host's machine, a file of the browser's, or a drop.
 * Says what is accepted. A link log and key files may go along with a path.
 */
import { useEffect, useId, useRef, useState } from 'react'
import { askForFile, openFile, openPath, type SideFiles, useCapture } from '../state/capture-store.ts'
import { client } from '../state/engine.ts'
import { change } from '../state/view-store.ts'

export function dropTarget(onOver: (over: boolean) => void): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let depth = 0
  const files = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  window.addEventListener(
    'dragenter',
    (event) => {
      if (!files(event)) return
      depth++
      onOver(true)
    },
    { signal },
  )
  window.addEventListener(
    'dragleave',
    (event) => {
      if (!files(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) onOver(false)
    },
    { signal },
  )
  window.addEventListener('dragover', (event) => files(event) && event.preventDefault(), { signal })
  window.addEventListener(
    'drop',
    (event) => {
      depth = 0
      onOver(false)
      const file = event.dataTransfer?.files[0]
      if (!file) return
      event.preventDefault()
      change({ opening: false })
      void openFile(file)
    },
    { signal },
  )
  return () => stop.abort()
}

/** what a person types to open a capture by path */
interface Typed {
  path: string
  netlink: string
  keys: string
  site: string
  profiles: string
}
const NOTHING: Typed = { path: '', netlink: '', keys: '', site: '', profiles: '' }
/** as it was asked for last */
let asked = NOTHING

/** What could not be opened stands there again: one wrong letter in a long path is mended, not typed anew. */
function wordsToBeginWith(): Typed {
  const { status, problem } = useCapture.getState()
  return problem !== null || status?.state === 'failed' ? asked : NOTHING
}

function OpenForm({ heading }: { heading: string }) {
  const input = useRef<HTMLInputElement>(null)
  // the window without a capture and the dialog over it have a form each
  const id = useId()
  const [first] = useState(wordsToBeginWith)
  const [path, setPath] = useState(first.path)
  const [netlink, setNetlink] = useState(first.netlink)
  const [keys, setKeys] = useState(first.keys)
  const [site, setSite] = useState(first.site)
  const [profiles, setProfiles] = useState(first.profiles)
  const native = client().openDialog !== undefined
  const several = (text: string) =>
    text
      .split(/[\n,]/)
      .map((word) => word.trim())
      .filter(Boolean)
      .slice(0, 16)
  const extra = (): SideFiles => ({
    ...(netlink.trim() ? { netlink: netlink.trim() } : {}),
    ...(keys.trim() ? { keys: several(keys) } : {}),
    ...(site.trim() ? { site: site.trim() } : {}),
    ...(profiles.trim() ? { profiles: several(profiles) } : {}),
  })
  return (
    <>
      <div className="open-choices">
        <button
          type="button"
          className="primary"
          onClick={() => {
            if (!native) input.current?.click()
            else void askForFile().then(() => change({ opening: false }))
          }}
        >
          Open a capture…
        </button>
        <span className="muted">or drop a file anywhere in this window</span>
      </div>
      <input
        ref={input}
        type="file"
        className="hidden"
        aria-label="Capture file"
        tabIndex={-1}
        accept=".pcap,.pcapng,.cap,.dmp,.ntar,application/vnd.tcpdump.pcap"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (!file) return
          change({ opening: false })
          void openFile(file)
        }}
      />
      <form
        className="open-path"
        aria-label={heading}
        onSubmit={(event) => {
          event.preventDefault()
          if (!path.trim()) return
          asked = { path: path.trim(), netlink, keys, site, profiles }
          change({ opening: false })
          void openPath(path.trim(), extra())
        }}
      >
        <label htmlFor={`${id}path`}>Path on {native ? 'this machine' : 'the machine that runs Rehome'}</label>
        <span className="open-line">
          <input
            id={`${id}path`}
            className="mono"
            value={path}
            placeholder="/var/tmp/uplinks.pcapng"
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setPath(event.target.value)}
          />
          <button type="submit" disabled={!path.trim()}>
            Open
          </button>
        </span>
        <details open={first.netlink + first.keys + first.site + first.profiles !== ''}>
          <summary>Link log, keys, site and profiles</summary>
          <label htmlFor={`${id}netlink`}>Link log, text of “ip -t monitor all” taken beside the capture</label>
          <input
            id={`${id}netlink`}
            className="mono"
            value={netlink}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setNetlink(event.target.value)}
          />
          <label htmlFor={`${id}keys`}>Key files, separated by commas</label>
          <input
            id={`${id}keys`}
            className="mono"
            value={keys}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setKeys(event.target.value)}
          />
          <label htmlFor={`${id}site`}>Site model, a JSON file with prefixes and filter modes by interface</label>
          <input
            id={`${id}site`}
            className="mono"
            value={site}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setSite(event.target.value)}
          />
          <label htmlFor={`${id}profiles`}>Decode-as profiles: presets, files or folders, separated by commas</label>
          <input
            id={`${id}profiles`}
            className="mono"
            value={profiles}
            placeholder="tcp-mh, /etc/rehome/mine.json"
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setProfiles(event.target.value)}
          />
        </details>
      </form>
    </>
  )
}

export function EmptyState() {
  const busy = useCapture((state) => state.upload !== null || state.status?.state === 'opening')
  return (
    <main className="empty" id="page">
      <div className="empty-box">
        <EmptyPicture />
        <h1>Which path, since when, why not the other?</h1>
        <p className="muted">
          Capture live on a multihomed host, or open what was captured. Rehome follows every session over its addresses, dates each
          rehoming, and shows the packets that prove it.
        </p>
        {!busy && (
          <div className="open-choices">
            <button type="button" className="primary" onClick={() => change({ picking: true })}>
              Capture live…
            </button>
            <span className="muted">on several interfaces at once, with link events</span>
          </div>
        )}
        {!busy && <OpenForm heading="Open by path" />}
        <ul className="accepts muted">
          <li>
            <b>pcapng and pcap</b>, micro- or nanoseconds, either byte order, several interfaces in one file
          </li>
          <li>
            <b>Ethernet, Linux cooked, raw IP, loopback</b> and more, cut or still growing
          </li>
          <li>
            <b>MPTCP, SCTP, QUIC, MOBIKE, HIP, Shim6, Mobile IPv6, NEMO, LISP, ILNP</b>, and plain TCP and UDP that break
          </li>
        </ul>
      </div>
    </main>
  )
}

/** the product in one picture: payload that moves from one path to the other */
function EmptyPicture() {
  return (
    <svg viewBox="0 0 360 96" className="empty-picture" aria-hidden="true">
      <path d="M8 30H352M8 78H352" className="strip-line" />
      {Array.from({ length: 18 }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a drawing
        <rect key={`a${at}`} x={10 + at * 8} y={30 - 8 - ((at * 7) % 12)} width={6} height={8 + ((at * 7) % 12)} fill="var(--path-1)" />
      ))}
      {Array.from({ length: 22 }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a drawing
        <rect key={`b${at}`} x={176 + at * 8} y={78 - 8 - ((at * 5) % 12)} width={6} height={8 + ((at * 5) % 12)} fill="var(--path-2)" />
      ))}
      <path d="M164 32V66" className="empty-arrow" />
      <path d="M164 76l-6-11h12z" fill="var(--accent)" />
    </svg>
  )
}

export function OpenDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (!dialog.current!.open) dialog.current!.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="open-heading" onClose={() => change({ opening: false })}>
      <h2 id="open-heading">Open a capture</h2>
      <OpenForm heading="Open by path" />
      <div className="dialog-foot">
        <button type="button" onClick={() => change({ opening: false })}>
          Close
        </button>
      </div>
    </dialog>
  )
}

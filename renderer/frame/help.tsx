/**
 * All keys on one sheet.
 */
import { useEffect, useRef } from 'react'
import { useCapture } from '../state/capture-store.ts'
import { change } from '../state/view-store.ts'

const KEYS: [string, [string, string][]][] = [
  [
    'Everywhere',
    [
      ['?', 'this sheet'],
      ['Ctrl+O', 'open a capture'],
      ['Ctrl+S', 'save packets'],
      ['c or Ctrl+K', 'capture live'],
      ['Ctrl+Shift+K', 'stop the capture'],
      ['/ or Ctrl+F', 'display filter; Ctrl+/ too'],
      ['Ctrl+G', 'go to frame'],
      ['s', 'session list'],
      ['p', 'packet list'],
      ['f', 'packets over the whole window'],
      ['[ and ]', 'previous and next rehoming'],
      ['!', 'findings of what is on the page'],
    ],
  ],
  [
    'Packets',
    [
      ['↑ ↓', 'packet by packet'],
      ['PgUp PgDn', 'page by page'],
      ['Home End', 'first and last; at its end the list follows a live capture'],
      ['Shift+↑ ↓', 'select several, to be saved'],
      ['Ctrl+M', 'mark, and unmark'],
      ['n and N', 'next and previous marked; Ctrl+Shift+N and B, too'],
      ['Ctrl+C', 'copy lines, or the line of the tree'],
      ['Ctrl+Shift+C, V', 'copy as filter; the value, in the tree'],
      ['Enter', 'to the tree'],
      ['← →', 'fold and unfold, in the tree'],
      ['Shift+F10', 'menu of a packet, field or column'],
    ],
  ],
  [
    'Timeline',
    [
      ['+ and -', 'zoom'],
      ['← →', 'pan'],
      ['0', 'whole session'],
      ['wheel', 'zoom at the pointer'],
      ['Shift+wheel, drag', 'pan'],
      ['Shift+drag', 'zoom to a stretch; so does dragging on the axis'],
      ['click a signal', 'its packet'],
    ],
  ],
  [
    'Column names',
    [
      ['Tab, from the list', 'to the names; ← → from one to the next'],
      ['Shift+← →', 'narrower, wider'],
      ['Enter', 'as wide as what it shows'],
      ['Alt+← →', 'move the column'],
      ['Delete', 'remove it'],
    ],
  ],
  [
    'Filter',
    [
      ['Enter', 'apply; once more: to the packets'],
      ['Escape', 'close the list, then clear'],
      ['↓', 'into the field names'],
      ['↑', 'older filters'],
      ['Tab', 'take the field name'],
    ],
  ],
]

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null)
  const version = useCapture((state) => state.status?.version)
  useEffect(() => {
    if (!dialog.current!.open) dialog.current!.showModal()
    // the button at its end has the focus; what is read first stands at its top
    dialog.current!.scrollTop = 0
  }, [])
  return (
    <dialog ref={dialog} className="dialog help" aria-labelledby="help-heading" onClose={() => change({ help: false })}>
      <h2 id="help-heading">Keys</h2>
      <div className="help-groups">
        {KEYS.map(([heading, keys]) => (
          <section key={heading}>
            <h3>{heading}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="dialog-foot">
        <span className="muted">{version ? `Rehome ${version}` : 'Rehome'}</span>
        <button type="button" onClick={() => change({ help: false })}>
          Close
        </button>
      </div>
    </dialog>
  )
}

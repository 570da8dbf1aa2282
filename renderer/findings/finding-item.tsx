/**
 * One finding: what was judged, how sure, on which frames, which harmless explanations were looked at, and what a person may do about it. What was
 * dealt with is folded to a line.
 */
import { useState } from 'react'
import { apart, partiesOf } from '../../shared/finding-words.ts'
import type { FindingReport } from '../../shared/report.ts'
import { Menu } from '../frame/menu.tsx'
import { acknowledge, findingHost, suppress, wiresharkFilter } from '../state/finding-store.ts'
import { chooseSession } from '../state/session-store.ts'
import { Frames } from '../text/badges.tsx'
import { moment, plural } from '../text/format.ts'
import { SeverityMark } from '../text/severity-mark.tsx'
import { visible } from '../text/visible.ts'

export function Finding({ finding, origin, done, linked }: { finding: FindingReport; origin: number; done: boolean; linked: boolean }) {
  const parties = partiesOf(finding)
  const { told, repairs } = apart(finding.detail)
  const [open, setOpen] = useState(finding.severity === 'critical' || finding.severity === 'high')
  return (
    <article className={`finding severity-${finding.severity} ${done ? 'acknowledged' : ''}`} id={`finding-${finding.id}`} tabIndex={-1}>
      <h3>
        <SeverityMark severity={finding.severity} />
        {visible(finding.title)}
        <span className="muted number">
          {moment(finding.t - origin)} · {Math.round(finding.confidence)} % sure · {visible(finding.rule)}
          {done && ' · acknowledged'}
        </span>
      </h3>
      {!done && (
        <>
          <p>
            {visible(told)} <Frames frames={finding.frames} />
          </p>
          {parties.length > 0 && <p className="muted">{parties.map(visible).join(' · ')}</p>}
          {repairs !== null && <p>{visible(repairs)}</p>}
        </>
      )}
      {open && !done && <Checks finding={finding} />}
      <Actions finding={finding} done={done} open={open} setOpen={setOpen} linked={linked} />
    </article>
  )
}

function Checks({ finding }: { finding: FindingReport }) {
  return (
    <>
      {finding.checks.length > 0 && (
        <>
          <h4>Harmless explanations that were looked at</h4>
          <ul className="checks">
            {finding.checks.map((check) => (
              <li key={check.name}>
                {visible(check.name)}: <b>{visible(check.result)}</b>
                {check.detail && <span className="muted"> {visible(check.detail)}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {finding.reference && <p className="muted">{visible(finding.reference)}</p>}
    </>
  )
}

function Actions({
  finding,
  done,
  open,
  setOpen,
  linked,
}: {
  finding: FindingReport
  done: boolean
  open: boolean
  setOpen: (open: boolean) => void
  linked: boolean
}) {
  const [copied, setCopied] = useState(false)
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null)
  const host = findingHost(finding)
  const filter = wiresharkFilter(finding)
  return (
    <div className="finding-actions">
      {!done && finding.checks.length > 0 && (
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Fold' : `Why it is believed (${plural(finding.checks.length, 'check')})`}
        </button>
      )}
      {linked && finding.session && (
        <button type="button" onClick={() => void chooseSession(finding.session as string)}>
          Session {visible(finding.session)}
        </button>
      )}
      {filter !== '' && (
        <button
          type="button"
          title={filter}
          onClick={() => void navigator.clipboard?.writeText(filter).then(() => setCopied(true))}
          onBlur={() => setCopied(false)}
        >
          {copied ? 'Copied' : 'Copy as Wireshark filter'}
        </button>
      )}
      <button type="button" aria-pressed={done} onClick={() => acknowledge(finding, !done)}>
        {done ? 'Acknowledged' : 'Acknowledge'}
      </button>
      <button
        type="button"
        className="quiet"
        aria-haspopup="menu"
        aria-expanded={menu !== null}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          setMenu({ x: box.left, y: box.bottom + 4 })
        }}
      >
        Suppress ▾
      </button>
      {menu && (
        <Menu
          x={menu.x}
          y={menu.y}
          label={`Do not show ${finding.rule} any more`}
          entries={[
            ...(host === null ? [] : [{ label: `${visible(finding.rule)} for ${visible(host)}`, run: () => suppress(finding.rule, host) }]),
            { label: `${visible(finding.rule)} for every address`, run: () => suppress(finding.rule, null) },
          ]}
          onClose={() => setMenu(null)}
        />
      )}
    </div>
  )
}

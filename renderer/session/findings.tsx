/**
 * Findings: what was judged, how sure, on which frames, and which harmless explanations were looked at. Shown only when there are any; the worst
 * first. What was dealt with is folded to a line, what is not wanted is counted and can be shown again.
 */
import { useState } from 'react'
import type { FindingReport } from '../../shared/report.ts'
import {
  acknowledge,
  findingHost,
  findingKey,
  isSuppressed,
  showAgain,
  suppress,
  useFindings,
  wiresharkFilter,
} from '../state/finding-store.ts'
import { chooseSession } from '../state/session-store.ts'
import { Frames } from '../text/badges.tsx'
import { moment } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const SIGNS: Record<FindingReport['severity'], string> = { critical: '▲▲', high: '▲', medium: '◆', low: '●', info: 'i' }
const RANK: Record<FindingReport['severity'], number> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 }
const MOST = 200

export function Findings({ findings, origin, linked = false }: { findings: readonly FindingReport[]; origin: number; linked?: boolean }) {
  const memory = useFindings()
  if (findings.length === 0) return null
  const hidden = findings.filter((finding) => isSuppressed(memory, finding))
  const done = (finding: FindingReport): boolean => memory.acknowledged.includes(findingKey(finding))
  const shown = findings
    .filter((finding) => !hidden.includes(finding))
    .sort((a, b) => Number(done(a)) - Number(done(b)) || RANK[a.severity] - RANK[b.severity] || a.t - b.t)
  return (
    <section className="card wide" aria-labelledby="findings-heading">
      <div className="card-head">
        <h2 id="findings-heading">Findings</h2>
        <span className="muted">
          {shown.length}
          {hidden.length > 0 && `, ${hidden.length} suppressed`}
        </span>
        {hidden.length > 0 && (
          <button type="button" onClick={() => showAgain(hidden)}>
            Show them again
          </button>
        )}
      </div>
      {shown.slice(0, MOST).map((finding) => (
        <Finding key={finding.id} finding={finding} origin={origin} done={done(finding)} linked={linked} />
      ))}
      {shown.length > MOST && <p className="muted">and {shown.length - MOST} more; the report has them all.</p>}
    </section>
  )
}

function Finding({ finding, origin, done, linked }: { finding: FindingReport; origin: number; done: boolean; linked: boolean }) {
  const [open, setOpen] = useState(finding.severity === 'critical' || finding.severity === 'high')
  return (
    <article className={`finding severity-${finding.severity} ${done ? 'acknowledged' : ''}`}>
      <h3>
        <span className="severity">
          <i aria-hidden="true">{SIGNS[finding.severity]}</i> {finding.severity}
        </span>
        {visible(finding.title)}
        <span className="muted number">
          {moment(finding.t - origin)} · {Math.round(finding.confidence)} % sure · {visible(finding.rule)}
          {done && ' · acknowledged'}
        </span>
      </h3>
      {!done && (
        <>
          <p>
            {visible(finding.detail)} <Frames frames={finding.frames} />
          </p>
          {(finding.claimant || finding.victim) && (
            <p className="muted">
              {finding.claimant && `claimed by ${visible(finding.claimant)}`}
              {finding.claimant && finding.victim && ' · '}
              {finding.victim && `affects ${visible(finding.victim)}`}
            </p>
          )}
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
  const host = findingHost(finding)
  const filter = wiresharkFilter(finding)
  return (
    <div className="finding-actions">
      {!done && finding.checks.length > 0 && (
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Fold' : `Why it is believed (${finding.checks.length} checks)`}
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
      {host !== null && (
        <button type="button" onClick={() => suppress(finding.rule, host)} title={`Do not show ${finding.rule} about ${host} any more`}>
          Suppress for {visible(host)}
        </button>
      )}
      <button type="button" onClick={() => suppress(finding.rule, null)} title={`Do not show ${finding.rule} any more`}>
        Suppress rule
      </button>
    </div>
  )
}

/**
 * Findings: what was judged, how sure, on which frames, and which harmless explanations were looked at. Shown only when there are any.
 */
import type { FindingReport } from '../../shared/report.ts'
import { Frames } from '../text/badges.tsx'
import { moment } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const SIGNS: Record<FindingReport['severity'], string> = { critical: '▲▲', high: '▲', medium: '◆', low: '●', info: 'i' }

export function Findings({ findings, origin }: { findings: readonly FindingReport[]; origin: number }) {
  if (findings.length === 0) return null
  return (
    <section className="card wide" aria-labelledby="findings-heading">
      <div className="card-head">
        <h2 id="findings-heading">Findings</h2>
        <span className="muted">{findings.length}</span>
      </div>
      {findings.slice(0, 200).map((finding) => (
        <article key={finding.id} className={`finding severity-${finding.severity}`}>
          <h3>
            <span className="severity">
              <i aria-hidden="true">{SIGNS[finding.severity]}</i> {finding.severity}
            </span>
            {visible(finding.title)}
            <span className="muted number">
              {moment(finding.t - origin)} · {Math.round(finding.confidence * (finding.confidence <= 1 ? 100 : 1))} % sure ·{' '}
              {visible(finding.rule)}
            </span>
          </h3>
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
          {finding.checks.length > 0 && (
            <ul className="checks">
              {finding.checks.map((check) => (
                <li key={check.name}>
                  {visible(check.name)}: <b>{visible(check.result)}</b>
                  {check.detail && <span className="muted"> {visible(check.detail)}</span>}
                </li>
              ))}
            </ul>
          )}
          {finding.reference && <p className="muted">{visible(finding.reference)}</p>}
        </article>
      ))}
      {findings.length > 200 && <p className="muted">and {findings.length - 200} more; the report has them all.</p>}
    </section>
  )
}

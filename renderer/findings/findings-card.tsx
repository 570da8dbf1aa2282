/**
 * The findings of a session or of the whole capture: counts by severity that filter, equal rules together, the worst first. Shown only when there
 * are any. What is not wanted is counted and can be shown again. At most 100 groups and 50 findings of each.
 */
import { useState } from 'react'
import type { FindingReport } from '../../shared/report.ts'
import { SEVERITY_SIGNS, type Severity, severities } from '../../shared/severity.ts'
import { findingKey, isSuppressed, showAgain, useFindings } from '../state/finding-store.ts'
import { useFold } from '../text/fold.tsx'
import { moment, plural } from '../text/format.ts'
import { SeverityMark } from '../text/severity-mark.tsx'
import { visible } from '../text/visible.ts'
import { Finding } from './finding-item.tsx'
import { countSeverities, type FindingGroup, groupFindings } from './groups.ts'

const MOST_GROUPS = 100
const FEW_MEMBERS = 8
const MOST_MEMBERS = 50

interface Props {
  findings: readonly FindingReport[]
  origin: number
  /** a finding names its session */
  linked?: boolean
  /** the capture is still being read: there may be more, and these are the worst of them */
  soFar?: boolean
}

export function Findings({ findings, origin, linked = false, soFar = false }: Props) {
  const memory = useFindings()
  const [wanted, setWanted] = useState<Severity | null>(null)
  if (findings.length === 0) return null
  const hidden = findings.filter((finding) => isSuppressed(memory, finding))
  const acknowledged = new Set(memory.acknowledged)
  const isDone = (finding: FindingReport): boolean => acknowledged.has(findingKey(finding))
  const left = findings.filter((finding) => !hidden.includes(finding))
  const counts = countSeverities(left)
  // a severity that is there no more is asked for no more
  const severity = counts.some((entry) => entry.severity === wanted) ? wanted : null
  const groups = groupFindings(severity === null ? left : left.filter((finding) => finding.severity === severity), isDone)
  return (
    <section className="card wide" id="findings" tabIndex={-1} aria-labelledby="findings-heading">
      <div className="card-head">
        <h2 id="findings-heading">{soFar ? 'Worst findings so far' : 'Findings'}</h2>
        {counts.length > 1 ? (
          <fieldset className="buttons kinds" aria-label="Findings by severity">
            <button type="button" aria-pressed={severity === null} onClick={() => setWanted(null)}>
              all <span className="number">{left.length}</span>
            </button>
            {counts.map((entry) => (
              <button
                key={entry.severity}
                type="button"
                className={`severity-word-${entry.severity}`}
                aria-pressed={severity === entry.severity}
                onClick={() => setWanted(severity === entry.severity ? null : entry.severity)}
              >
                <i className="severity-sign" aria-hidden="true">
                  {SEVERITY_SIGNS[entry.severity]}
                </i>{' '}
                {entry.severity} <span className="number">{entry.count}</span>
              </button>
            ))}
          </fieldset>
        ) : (
          <span className="muted">{left.length > 0 ? `${left.length} ${counts[0]?.severity ?? ''}` : 'none shown'}</span>
        )}
        {hidden.length > 0 && (
          <>
            <span className="muted">{hidden.length} suppressed</span>
            <button type="button" onClick={() => showAgain(hidden)}>
              Show them again
            </button>
          </>
        )}
      </div>
      {groups
        .slice(0, MOST_GROUPS)
        .map((group) =>
          group.members.length === 1 ? (
            <Finding
              key={group.rule}
              finding={group.members[0] as FindingReport}
              origin={origin}
              done={isDone(group.members[0] as FindingReport)}
              linked={linked}
            />
          ) : (
            <Group key={group.rule} group={group} origin={origin} isDone={isDone} linked={linked} />
          ),
        )}
      {groups.length > MOST_GROUPS && <p className="muted">and {groups.length - MOST_GROUPS} more rules; the report has them all.</p>}
    </section>
  )
}

/** Findings of one rule: a line that says how many, and the findings under it. Those that weigh little stay folded. */
function Group({
  group,
  origin,
  isDone,
  linked,
}: {
  group: FindingGroup
  origin: number
  isDone: (finding: FindingReport) => boolean
  linked: boolean
}) {
  const { rule, worst, members, done, hosts, from, to } = group
  const [open, setOpen] = useState(!done && severities.indexOf(worst) <= severities.indexOf('medium'))
  const { shown, more } = useFold(members, FEW_MEMBERS)
  const body = `group-${rule}`
  return (
    <article className={`finding-group severity-${worst} ${done ? 'acknowledged' : ''}`}>
      <h3 className="finding-group-head">
        <button type="button" className="quiet" aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
          <i className="severity-sign" aria-hidden="true">
            {open ? '▾' : '▸'}
          </i>
          <SeverityMark severity={worst} />
          <b>{open ? `${members.length} findings alike` : visible(members[0]?.title ?? rule)}</b>
        </button>
        <span className="muted number">
          {!open && `and ${plural(members.length - 1, 'more finding')} of `}
          {visible(rule)} · {moment(from - origin)} to {moment(to - origin)}
          {done && ' · acknowledged'}
        </span>
      </h3>
      {!open && hosts.length > 0 && (
        <p className="muted">
          {hosts.slice(0, 4).map(visible).join(', ')}
          {hosts.length > 4 && ` and ${hosts.length - 4} more addresses`}
        </p>
      )}
      <div id={body}>
        {open &&
          shown
            .slice(0, MOST_MEMBERS)
            .map((finding) => <Finding key={finding.id} finding={finding} origin={origin} done={isDone(finding)} linked={linked} />)}
        {open && more}
        {open && shown.length > MOST_MEMBERS && <p className="muted">and {members.length - MOST_MEMBERS} more; the report has them all.</p>}
      </div>
    </article>
  )
}

/**
 * One rehoming explained: what moved, the candidates for why with their scores and frames, where the outage went, and what it cost.
 */

import { useEffect, useRef } from 'react'
import { failedWords, neededWords } from '../../shared/failure.ts'
import { isPause } from '../../shared/outage.ts'
import { outageParts } from '../../shared/outage-parts.ts'
import type { Count, Metric, PairReport, RehomingReport, SessionReport } from '../../shared/report.ts'
import { TRIGGER_WORDS } from '../../shared/trigger-words.ts'
import { showFinding } from '../findings/show.ts'
import { chooseRehoming } from '../state/session-store.ts'
import { Frames, PathBadge } from '../text/badges.tsx'
import { count, milliseconds, moment, NONE } from '../text/format.ts'
import { Ends } from '../text/middle.tsx'
import { moveWords } from '../text/session-words.ts'
import { visible } from '../text/visible.ts'
import { pathNumbers } from '../timeline/slice.ts'

/** number of a pair's path among the session's, -1 when it is not one of them */
export function pathOf(session: SessionReport, pair: PairReport | null): number {
  if (!pair) return -1
  const same = (entry: PairReport) => entry.initiator === pair.initiator && entry.responder === pair.responder
  const exact = session.pairs.findIndex((entry) => same(entry) && (pair.interface == null || entry.interface === pair.interface))
  return pathNumbers(session.pairs)[exact >= 0 ? exact : session.pairs.findIndex(same)] ?? -1
}

function PairName({ session, pair }: { session: SessionReport; pair: PairReport }) {
  const path = pathOf(session, pair)
  return (
    <dd className="pair">
      {path >= 0 && <PathBadge path={path} />}
      {pair.interface && <span>{visible(pair.interface)}</span>}
      <Ends initiator={pair.initiator} responder={pair.responder} className="muted" />
    </dd>
  )
}

export function Rehomings({
  session,
  rehomings,
  chosen,
  origin,
}: {
  session: SessionReport
  rehomings: RehomingReport[]
  chosen: string | null
  origin: number
}) {
  const shown = rehomings.find((entry) => entry.id === chosen) ?? rehomings[0]
  const tabs = useRef<HTMLDivElement>(null)
  const id = shown?.id
  // the chosen one is brought into the row of tabs, never the row into the page: its headline must stay where it is
  useEffect(() => {
    const row = tabs.current
    const tab = id === undefined ? null : document.getElementById(`tab-${id}`)
    if (!row || !tab) return
    const { offsetLeft: left, offsetWidth: wide } = tab
    if (left < row.scrollLeft) row.scrollLeft = left
    else if (left + wide > row.scrollLeft + row.clientWidth) row.scrollLeft = left + wide - row.clientWidth
  }, [id])
  if (!shown) return null
  return (
    <section className="card" id="rehomings" aria-labelledby="rehomings-heading">
      <div className="card-head">
        <h2 id="rehomings-heading">Why it moved</h2>
        <span className="muted">{rehomings.length === 1 ? '' : `${count(rehomings.length)} rehomings; [ and ] step through them`}</span>
      </div>
      {rehomings.length > 1 && (
        <div className="tabs rehoming-tabs" role="tablist" aria-label="Rehomings" ref={tabs}>
          {rehomings.map((entry) => {
            const from = pathOf(session, entry.from)
            const to = pathOf(session, entry.to)
            return (
              <button
                key={entry.id}
                type="button"
                role="tab"
                id={`tab-${entry.id}`}
                aria-selected={entry === shown}
                aria-controls="rehoming-panel"
                tabIndex={entry === shown ? 0 : -1}
                onClick={() => chooseRehoming(entry.id, true)}
                onKeyDown={(event) => {
                  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
                  const next = rehomings[rehomings.indexOf(entry) + step]
                  if (!step || !next) return
                  event.preventDefault()
                  chooseRehoming(next.id, true)
                  requestAnimationFrame(() => document.getElementById(`tab-${next.id}`)?.focus())
                }}
              >
                <span className="number">{moment(entry.t - origin, 2)}</span>
                {from >= 0 && <PathBadge path={from} />}→{to >= 0 && <PathBadge path={to} />}
                <span className="number muted">{isPause(entry) ? 'pause' : milliseconds(entry.metrics.outage?.value)}</span>
              </button>
            )
          })}
        </div>
      )}
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: labelled by its tab when it is a tab panel */}
      <div
        id="rehoming-panel"
        role={rehomings.length > 1 ? 'tabpanel' : undefined}
        aria-labelledby={rehomings.length > 1 ? `tab-${shown.id}` : undefined}
      >
        <Rehoming session={session} rehoming={shown} origin={origin} />
      </div>
    </section>
  )
}

function Rehoming({ session, rehoming, origin }: { session: SessionReport; rehoming: RehomingReport; origin: number }) {
  const { metrics, trigger } = rehoming
  const candidates = trigger.candidates?.length ? [...trigger.candidates].sort((a, b) => b.score - a.score) : []
  return (
    <>
      <p className="rehoming-sentence">
        {rehoming.headline
          ? visible(rehoming.headline)
          : `The session ${moveWords(rehoming.label)} at ${moment(rehoming.t - origin)}; trigger: ${trigger.class}.`}
      </p>
      <dl className="rehoming-move">
        <dt>from</dt>
        <PairName session={session} pair={rehoming.from} />
        <dt>to</dt>
        <PairName session={session} pair={rehoming.to} />
      </dl>
      <h3>What made it move, and how strongly it shows, of 100</h3>
      {candidates.length === 0 && (
        <div className="candidate">
          <b title={TRIGGER_WORDS[trigger.class]}>{trigger.class}</b>
          <Score value={trigger.score} winner />
          <span className="candidate-detail">
            {TRIGGER_WORDS[trigger.class]} <Frames frames={trigger.frames} />
          </span>
        </div>
      )}
      {candidates.map((candidate, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their rank
        <div className="candidate" key={at}>
          <b title={TRIGGER_WORDS[candidate.class]}>{candidate.class}</b>
          <Score value={candidate.score} winner={at === 0} />
          <span className="candidate-detail">
            <span className="muted number">{moment(candidate.t - origin)}</span> {visible(candidate.detail)}{' '}
            <Frames frames={candidate.frames} />
          </span>
        </div>
      ))}
      <h3>Where the time went</h3>
      <OutageBar rehoming={rehoming} origin={origin} />
      <dl className="facts">
        <Fact name="lost" value={countText(metrics.lost)} frames={metrics.lost?.frames} />
        <Fact name="resent" value={countText(metrics.retransmitted)} frames={metrics.retransmitted?.frames} />
        <Fact
          name="new path verified before"
          value={rehoming.verifiedBefore ? 'yes' : 'no'}
          tone={rehoming.verifiedBefore ? 'ok' : 'warn'}
        />
        <Fact name="signalled" value={rehoming.signalled ? 'yes' : 'no'} />
        <Fact name="needed" value={neededWords(rehoming) ?? NONE} tone={rehoming.spurious ? 'warn' : undefined} />
        <Fact name="failed direction" value={failedWords(rehoming)} />
        <Fact name="direction" value={rehoming.direction.replaceAll('-', ' ')} />
        <Fact name="end that moved" value={rehoming.moved} />
        <Fact
          name="certain since"
          value={moment(rehoming.decidedAt - origin)}
          title="from then on the capture shows that the move was one"
        />
        {rehoming.tentative && <Fact name="certainty" value="tentative: too little followed to be sure" tone="warn" />}
        {rehoming.threats.length > 0 && (
          <div>
            <dt>findings about it</dt>
            <dd>
              {rehoming.threats.slice(0, 8).map((id) => (
                <button key={id} type="button" className="link bad-text" onClick={() => showFinding(id)}>
                  ⚑ {visible(id)}
                </button>
              ))}
            </dd>
          </div>
        )}
        <div>
          <dt>frames</dt>
          <dd>{rehoming.frames.length ? <Frames frames={rehoming.frames} most={8} /> : NONE}</dd>
        </div>
      </dl>
    </>
  )
}

function countText(value: Count): string {
  return value === null ? 'not observable' : count(value.value)
}

function Fact({ name, value, frames, tone, title }: { name: string; value: string; frames?: number[]; tone?: string; title?: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd className={tone ? `${tone}-text` : undefined}>
        {visible(value)} {frames && <Frames frames={frames} most={3} />}
      </dd>
    </div>
  )
}

function Score({ value, winner }: { value: number; winner: boolean }) {
  const share = Math.min(100, Math.max(0, value))
  return (
    <span className="score" role="img" aria-label={`score ${Math.round(value)} of 100`}>
      <span className="score-rail">
        <i className={winner ? 'winner' : ''} style={{ width: `${share}%` }} />
      </span>
      <b className="number">{Math.round(value)}</b>
    </span>
  )
}

function range(metric: Metric): string {
  if (!metric || (metric.low === null && metric.high === null)) return ''
  return ` [${metric.low === null ? '?' : milliseconds(metric.low)}, ${metric.high === null ? '?' : milliseconds(metric.high)}]`
}

function OutageBar({ rehoming, origin }: { rehoming: RehomingReport; origin: number }) {
  const { outage } = rehoming.metrics
  const pause = isPause(rehoming)
  const parts = outageParts(rehoming.metrics)
  const sum = parts.reduce((total, part) => total + part.value, 0)
  // the switch runs until new data flows, which may be long after delivery began again with re-sent data
  const within = outage && sum > outage.value * 1.02 ? outage.value / sum : null
  return (
    <div className="outage">
      {within !== null && (
        <div
          className="outage-rule"
          style={{ width: `${Math.max(1, within * 100)}%` }}
          title={`how far of the bar the ${pause ? 'pause' : 'outage'} reaches`}
        >
          {pause ? 'pause' : 'outage'}
        </div>
      )}
      {parts.some((part) => part.share > 0) && (
        <div className="outage-bar" role="img" aria-label={parts.map((part) => `${part.label} ${milliseconds(part.value)}`).join(', ')}>
          {parts
            .filter((part) => part.share > 0)
            .map((part) => (
              <span key={part.name} className={`part-${part.name}`} style={{ flexGrow: part.share }} title={`${part.label}: ${part.what}`}>
                <i>
                  {part.label} {milliseconds(part.value)}
                </i>
              </span>
            ))}
        </div>
      )}
      <div className="outage-parts">
        <span>
          <b>
            {pause ? 'no outage, between deliveries' : 'outage'} {outage ? milliseconds(outage.value) : 'not observable'}
          </b>
          <span className="muted number">{range(outage)}</span> <Frames frames={outage?.frames ?? []} most={4} />
        </span>
        {parts.map((part) => (
          <span key={part.name} title={part.what}>
            <i className={`key part-${part.name}`} aria-hidden="true" />
            {part.label} <b className="number">{milliseconds(part.value)}</b>
            <span className="muted number">{range({ value: part.value, low: part.low, high: part.high, frames: [] })}</span>{' '}
            <Frames frames={part.frames} most={2} />
          </span>
        ))}
        {rehoming.metrics.parts?.newData != null && (
          <span className="resumed">
            Delivery resumed at {moment(rehoming.t - origin)} with data re-sent on the new path, which ends the outage; the first new data
            came {milliseconds(rehoming.metrics.parts.newData)} later, which ends the switch.
          </span>
        )}
        {rehoming.metrics.parts?.inconsistent && (
          <span className="warn-text">! the parts do not add up to the outage; trust the frames</span>
        )}
      </div>
    </div>
  )
}

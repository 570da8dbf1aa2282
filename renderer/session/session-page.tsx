/**
 * A session's page: a sentence that answers the question, the facts, the picture, the reasons, the evidence.
 * Everything comes from one `session` answer plus slices; nothing here grows with the capture.
 */

import { lazy, Suspense, useEffect, useRef } from 'react'
import { protocolName } from '../../shared/protocol-words.ts'
import type { FindingReport, SessionReport } from '../../shared/report.ts'
import { SEVERITY_SIGNS } from '../../shared/severity.ts'
import { Findings } from '../findings/findings-card.tsx'
import { countSeverities } from '../findings/groups.ts'
import { showFindings } from '../findings/show.ts'
import { useCapture } from '../state/capture-store.ts'
import { chooseSession, useSession } from '../state/session-store.ts'
import { Frames } from '../text/badges.tsx'
import { bytes, moment, plural, seconds } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { TimelineCard } from '../timeline/timeline-card.tsx'
import { Entries } from './entries.tsx'
import { ExportMenu } from './export-menu.tsx'
import { Ladder } from './ladder.tsx'
import { LocatorsTable, PathsTable } from './path-tables.tsx'
import { QuestionnaireCard } from './questionnaire-card.tsx'
import { Rehomings } from './rehoming-card.tsx'
import { RelatedSessions } from './related.tsx'

const Throughput = lazy(() => import('./throughput.tsx'))

export function SessionPage() {
  const id = useSession((state) => state.id)
  const data = useSession((state) => state.data)
  const problem = useSession((state) => state.problem)
  const chosen = useSession((state) => state.rehoming)
  const origin = useCapture((state) => state.status?.zero ?? state.status?.start ?? data?.session.opened ?? 0)
  const page = useRef<HTMLElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another session begins at its top
  useEffect(() => {
    page.current?.scrollTo(0, 0)
  }, [data?.session.id])

  if (problem) {
    return (
      <main className="page" id="page" tabIndex={-1}>
        <h1>{visible(problem.message)}</h1>
        <p className="muted">{visible(problem.hint)}</p>
      </main>
    )
  }
  if (!data) {
    return (
      <main className="page" id="page" tabIndex={-1}>
        <p className="muted">{id === null ? 'Choose a session on the left.' : 'Loading the session…'}</p>
      </main>
    )
  }
  const { session, rehomings, findings } = data
  const reasons = rehomings.length > 0 || (session.noFailover?.length ?? 0) > 0
  return (
    <main className="page" id="page" tabIndex={-1} ref={page} aria-busy={session.id !== id}>
      <header className="page-head">
        <div>
          <h1>{visible(session.headline ?? fallbackHeadline(session, rehomings.length))}</h1>
          <Facts session={session} origin={origin} findings={findings} />
        </div>
        <ExportMenu session={session.id} />
      </header>
      <TimelineCard key={session.id} session={session} origin={origin} />
      <div className="cards">
        {reasons && (
          <div className="column">
            <Rehomings session={session} rehomings={rehomings} chosen={chosen} origin={origin} />
            {rehomings.length === 0 && <Standby session={session} />}
          </div>
        )}
        <div className={reasons ? 'column' : 'wide columns'}>
          <PathsTable session={session} origin={origin} />
          <section className="card" aria-labelledby="rate-heading">
            <div className="card-head">
              <h2 id="rate-heading">Payload rate by path</h2>
            </div>
            {session.pairs.some((pair) => pair.payloadBytes > 0) ? (
              <Suspense fallback={<div className="throughput" />}>
                <Throughput session={session} origin={origin} />
              </Suspense>
            ) : (
              <p className="muted">No path carried any payload.</p>
            )}
          </section>
        </div>
        <RelatedSessions related={data.related ?? []} />
        <LocatorsTable session={session} origin={origin} />
        <Findings key={`findings ${session.id}`} findings={findings} origin={origin} />
        <Ladder key={`ladder ${session.id}`} session={session} origin={origin} />
        <QuestionnaireCard key={`questions ${session.id}`} session={session} />
        <Entries key={session.id} session={session} origin={origin} />
      </div>
    </main>
  )
}

export function fallbackHeadline(session: SessionReport, rehomings: number): string {
  const [initiator, responder] = session.endpoints
  const ends = `${initiator.locators[0]?.address ?? 'the initiator'} and ${responder.locators[0]?.address ?? 'the responder'}`
  const what =
    rehomings > 0 ? `moved ${rehomings === 1 ? 'once' : `${rehomings} times`}` : session.state === 'failed' ? 'broke' : 'stayed on its path'
  return `${protocolName(session.protocol)} between ${ends} ${what}`
}

function Facts({ session, origin, findings }: { session: SessionReport; origin: number; findings: readonly FindingReport[] }) {
  const worst = countSeverities(findings)[0]?.severity
  const identifiers = session.endpoints.map((endpoint) => endpoint.identifiers.slice(0, 2))
  const payload = session.pairs.reduce((sum, pair) => sum + pair.payloadBytes, 0)
  const last = session.closed ?? session.pairs.reduce((latest, pair) => Math.max(latest, pair.last), session.opened)
  const [left, right] = identifiers
  const kinds = [...new Set([...left!, ...right!].map((entry) => entry.kind))].join(', ')
  return (
    <p className="page-facts muted">
      <span>{visible(protocolName(session.protocol))}</span>
      {kinds && (
        <span>
          {visible(kinds.replaceAll('-', ' '))}{' '}
          <span className="mono">
            {visible(left!.map((entry) => entry.value).join(' ') || '?')} ⇄ {visible(right!.map((entry) => entry.value).join(' ') || '?')}
          </span>
        </span>
      )}
      <span>
        {session.midCapture ? 'already open when the capture began' : `opened at ${moment(session.opened - origin)}`},{' '}
        {seconds(last - session.opened)} long
      </span>
      <span>{bytes(payload)} payload</span>
      <span>{stateWords(session)}</span>
      {session.capturedEnd && <span>captured at {session.capturedEnd === 'both' ? 'both ends' : `the ${session.capturedEnd}`}</span>}
      {session.replaces && <Other word="replaces" id={session.replaces} />}
      {session.replacedBy && <Other word="replaced by" id={session.replacedBy} />}
      {session.parent && <Other word="travels inside" id={session.parent} />}
      {session.children && session.children.length > 0 && <span>carries {plural(session.children.length, 'session')}</span>}
      {session.gap && <span>gap {seconds(session.gap.value / 1000)}</span>}
      {worst && (
        <span>
          <button type="button" className={`link severity-word-${worst}`} onClick={showFindings} title="To the findings ( ! )">
            {SEVERITY_SIGNS[worst]} {plural(findings.length, 'finding')}, {findings.length > 1 ? 'at worst ' : ''}
            {worst}
          </button>
        </span>
      )}
    </p>
  )
}

function stateWords(session: SessionReport): string {
  if (session.state !== 'failed') return session.state
  if (session.protocol === 'udp') return 'not answered'
  return session.pairs.some((pair) => pair.payloadBytes > 0) ? 'broken' : 'never came up'
}

function Other({ word, id }: { word: string; id: string }) {
  return (
    <span>
      {word}{' '}
      <button type="button" className="link" onClick={() => void chooseSession(id)}>
        session {visible(id)}
      </button>
    </span>
  )
}

/** why a session that did not move could not, when the engine says so */
function Standby({ session }: { session: SessionReport }) {
  const reasons = session.noFailover ?? []
  if (reasons.length === 0) return null
  return (
    <section className="card" aria-labelledby="standby-heading">
      <div className="card-head">
        <h2 id="standby-heading">Why it did not move</h2>
        <span className="muted">{plural(reasons.length, 'reason')}</span>
      </div>
      <ul className="checks">
        {reasons.slice(0, 50).map((entry, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no identity
          <li key={at}>
            {visible(entry.reason)}
            {entry.pair && (
              <span className="muted mono">
                {' '}
                {visible(entry.pair.initiator)} ⇄ {visible(entry.pair.responder)}
              </span>
            )}{' '}
            <Frames frames={entry.frames} most={5} />
          </li>
        ))}
      </ul>
    </section>
  )
}

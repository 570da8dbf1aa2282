/**
 * A session's page: a sentence that answers the question, the facts, the picture, the reasons, the evidence.
 * Everything comes from one `session` answer plus slices; nothing here grows with the capture.
 */

import { lazy, Suspense, useDeferredValue, useEffect, useRef } from 'react'
import type { Answers } from '../../shared/contract.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import type { SessionReport } from '../../shared/report.ts'
import { Findings } from '../findings/findings-card.tsx'
import { useCapture } from '../state/capture-store.ts'
import { useSession } from '../state/session-store.ts'
import { Frames } from '../text/badges.tsx'
import { plural } from '../text/format.ts'
import { Ends } from '../text/middle.tsx'
import { visible } from '../text/visible.ts'
import { TimelineCard } from '../timeline/timeline-card.tsx'
import { Entries } from './entries.tsx'
import { ExportMenu } from './export-menu.tsx'
import { Facts, neverCameUp } from './facts.tsx'
import { Ladder } from './ladder.tsx'
import { LocatorsTable, PathsTable } from './path-tables.tsx'
import { QuestionnaireCard } from './questionnaire-card.tsx'
import { Rehomings } from './rehoming-card.tsx'
import { RelatedSessions } from './related.tsx'
import { Verdict } from './verdict.tsx'

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
          <Verdict findings={findings} />
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
        <Below data={data} origin={origin} />
      </div>
    </main>
  )
}

/** What stands below comes when the picture and the paths are there; what is known anew of the same session shows at once. */
function Below({ data, origin }: { data: Answers['session']; origin: number }) {
  const settled = useDeferredValue<Answers['session'] | null>(data, null)
  const { session, findings } = data
  if (settled?.session.id !== session.id) return null
  return (
    <>
      <RelatedSessions related={data.related ?? []} />
      <LocatorsTable session={session} origin={origin} />
      <Findings key={`findings ${session.id}`} findings={findings} origin={origin} />
      <Ladder key={`ladder ${session.id}`} session={session} origin={origin} />
      <QuestionnaireCard key={`questions ${session.id}`} session={session} />
      <Entries key={session.id} session={session} origin={origin} />
    </>
  )
}

export function fallbackHeadline(session: SessionReport, rehomings: number): string {
  const [initiator, responder] = session.endpoints
  const ends = `${initiator.locators[0]?.address ?? 'the initiator'} and ${responder.locators[0]?.address ?? 'the responder'}`
  const what =
    rehomings > 0 ? `moved ${rehomings === 1 ? 'once' : `${rehomings} times`}` : session.state === 'failed' ? 'broke' : 'stayed on its path'
  return `${protocolName(session.protocol)} between ${ends} ${what}`
}

/** why a session that did not move could not, when the engine says so */
function Standby({ session }: { session: SessionReport }) {
  const reasons = session.noFailover ?? []
  if (reasons.length === 0) return null
  return (
    <section className="card" aria-labelledby="standby-heading">
      <div className="card-head">
        <h2 id="standby-heading">{neverCameUp(session) ? 'Why it never came up' : 'Why it did not move'}</h2>
        <span className="muted">{plural(reasons.length, 'reason')}</span>
      </div>
      <ul className="checks">
        {reasons.slice(0, 50).map((entry, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no identity
          <li key={at}>
            {visible(entry.reason)}
            {entry.pair && (
              <>
                {' '}
                <Ends className="muted" initiator={entry.pair.initiator} responder={entry.pair.responder} />
              </>
            )}{' '}
            <Frames frames={entry.frames} most={5} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/**
 * The capture as a whole: what the file is, its interfaces with drops, and the findings of all sessions.
 */

import type { Status } from '../../shared/contract.ts'
import { interfacesTold } from '../../shared/interfaces-told.ts'
import { HostsCard } from '../capture/hosts-card.tsx'
import { LimitsCard } from '../capture/limits-card.tsx'
import { NetworkCard } from '../capture/network-card.tsx'
import { SiteCard } from '../capture/site-card.tsx'
import { WorstCard } from '../capture/worst-card.tsx'
import { Findings } from '../findings/findings-card.tsx'
import { isShownLive, LiveCards, LiveHead } from '../live/live-page.tsx'
import { useCapture } from '../state/capture-store.ts'
import { useLive } from '../state/live-store.ts'
import { bytes, count, NONE, plural, seconds, wallClock } from '../text/format.ts'
import { visible } from '../text/visible.ts'

function headlineOf({ state, packets, start, end, sessions, rehomings, findings }: Status): string {
  const moved = plural(rehomings, 'rehoming')
  if (state === 'opening') return `Reading the capture${rehomings > 0 ? `: ${moved} so far` : ''}`
  if (state === 'ready' && packets === 0) return 'No packets in this capture'
  if (state !== 'ready' && state !== 'cancelled') return 'The capture was read in part'
  const length = seconds(start !== null && end !== null ? end - start : null)
  const span = state === 'ready' ? length : `the ${length} that were read`
  return `${plural(sessions, 'session')} in ${span}, ${moved}, ${findings.length ? plural(findings.length, 'finding') : 'no findings'}`
}

const MOST_INTERFACES = 100

export function CapturePage() {
  const status = useCapture((state) => state.status)
  const live = useLive((state) => isShownLive(state.status, status?.path ?? null, status?.state))
  if (!status) return <main className="page" id="page" tabIndex={-1} />
  const { capture } = status
  // A live capture has a page of its own until it has ended; then what is said of any capture is said of it, too.
  const whole = !live || status.state === 'ready'
  const { told, rest } = interfacesTold(capture?.interfaces ?? [], MOST_INTERFACES)
  return (
    <main className="page" id="page" tabIndex={-1}>
      {live ? (
        <LiveHead />
      ) : (
        <header className="page-head">
          <div>
            <h1>{headlineOf(status)}</h1>
            <p className="page-facts muted">
              <span className="mono">{visible(status.name && status.path?.endsWith(status.name) ? status.path : (status.name ?? ''))}</span>
              {capture && <span>{capture.format}</span>}
              <span>{plural(status.packets, 'packet')}</span>
              <span>{bytes(status.bytesTotal)}</span>
              {status.start !== null && <span>from {wallClock(status.start)}</span>}
              {status.end !== null && <span>to {wallClock(status.end)}</span>}
            </p>
          </div>
        </header>
      )}
      {(capture || live || status.findings.length > 0) && (
        <div className="cards">
          {live && <LiveCards />}
          {whole && <WorstCard />}
          <Findings findings={status.findings} origin={status.zero ?? status.start ?? 0} linked soFar={status.state === 'opening'} />
          {whole && <NetworkCard origin={status.zero ?? status.start ?? 0} />}
          {capture && !live && (
            <section className="card wide" aria-labelledby="interfaces-heading">
              <div className="card-head">
                <h2 id="interfaces-heading">Interfaces</h2>
                <span className="muted">
                  {plural(capture.malformedPackets, 'malformed packet')}
                  {capture.truncated ? ', file cut short' : ''}
                </span>
              </div>
              <table>
                <thead>
                  <tr>
                    <th scope="col">number</th>
                    <th scope="col">interface</th>
                    <th scope="col">link type</th>
                    <th scope="col" className="right">
                      packets
                    </th>
                    <th scope="col" className="right">
                      dropped
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {told.map((entry) => (
                    <tr key={entry.id}>
                      <td>{entry.id}</td>
                      <th scope="row">{visible(entry.name ?? NONE)}</th>
                      <td>{visible(entry.linkType)}</td>
                      <td className="right">{count(entry.packets)}</td>
                      <td className="right">{entry.dropped == null ? 'unknown' : count(entry.dropped)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {rest !== '' && <p className="muted">and {rest}; the report has them all.</p>}
            </section>
          )}
          {status.state === 'ready' && <SiteCard />}
          {whole && <HostsCard />}
          {whole && <LimitsCard />}
        </div>
      )}
    </main>
  )
}

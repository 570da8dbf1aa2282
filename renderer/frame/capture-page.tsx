/**
 * The capture as a whole: what the file is, its interfaces with drops, and the findings of all sessions.
 */

import { HostsCard } from '../capture/hosts-card.tsx'
import { LimitsCard } from '../capture/limits-card.tsx'
import { SiteCard } from '../capture/site-card.tsx'
import { WorstCard } from '../capture/worst-card.tsx'
import { Findings } from '../findings/findings-card.tsx'
import { isShownLive, LiveCards, LiveHead } from '../live/live-page.tsx'
import { useCapture } from '../state/capture-store.ts'
import { useLive } from '../state/live-store.ts'
import { bytes, count, NONE, plural, seconds, wallClock } from '../text/format.ts'
import { visible } from '../text/visible.ts'

export function CapturePage() {
  const status = useCapture((state) => state.status)
  const live = useLive((state) => isShownLive(state.status, status?.path ?? null, status?.state))
  if (!status) return <main className="page" id="page" tabIndex={-1} />
  const { capture } = status
  const length = status.start !== null && status.end !== null ? status.end - status.start : null
  const headline =
    status.state === 'ready' && status.packets === 0
      ? 'No packets in this capture'
      : status.state === 'ready'
        ? `${plural(status.sessions, 'session')} in ${seconds(length)}, ${plural(status.rehomings, 'rehoming')}, ${status.findings.length ? plural(status.findings.length, 'finding') : 'no findings'}`
        : status.state === 'opening'
          ? 'Reading the capture'
          : 'The capture was read in part'
  return (
    <main className="page" id="page" tabIndex={-1}>
      {live ? (
        <LiveHead />
      ) : (
        <header className="page-head">
          <div>
            <h1>{headline}</h1>
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
      {(capture || live) && (
        <div className="cards">
          {live && <LiveCards />}
          {live && <Findings findings={status.findings} origin={status.zero ?? status.start ?? 0} linked />}
          {!live && <WorstCard />}
          {!live && <Findings findings={status.findings} origin={status.zero ?? status.start ?? 0} linked />}
          {capture && (
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
                  {capture.interfaces.slice(0, 200).map((entry) => (
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
            </section>
          )}
          {status.state === 'ready' && <SiteCard />}
          {!live && <HostsCard />}
          {!live && <LimitsCard />}
        </div>
      )}
    </main>
  )
}

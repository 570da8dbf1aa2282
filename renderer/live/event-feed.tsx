/** What happened, the newest first: moves, findings, links, interfaces, problems; sessions that every host has by the hundred only when asked for. */
import { useState } from 'react'
import { useLive } from '../state/live-store.ts'
import { chooseRehoming, chooseSession } from '../state/session-store.ts'
import { visible } from '../text/visible.ts'
import { eventWords, isCommon } from './event-words.ts'

const SHOWN = 150

const timeOf = (epochSeconds: number) => new Date(epochSeconds * 1000).toTimeString().slice(0, 8)

export function EventFeed() {
  const events = useLive((state) => state.events)
  const [all, setAll] = useState(false)
  const lines = events
    .filter((entry) => all || !isCommon(entry))
    .slice(-SHOWN)
    .reverse()
    .flatMap((entry) => {
      const words = eventWords(entry)
      return words === null ? [] : [{ entry, words }]
    })
  return (
    <section className="card feed-card" aria-labelledby="feed-heading">
      <div className="card-head">
        <h2 id="feed-heading">Events</h2>
        <span className="muted">newest first</span>
        <span className="grow" />
        <button type="button" aria-pressed={all} onClick={() => setAll(!all)} title="Also plain TCP, UDP and DNS sessions">
          Every session
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <div className="feed" role="log" aria-label="Events, newest first" tabIndex={0}>
        {lines.length === 0 && <p className="muted">Nothing yet.</p>}
        {lines.map(({ entry, words }) => (
          <div key={entry.number} className="feed-line">
            <time className="number muted" dateTime={new Date(entry.t * 1000).toISOString()}>
              {timeOf(entry.t)}
            </time>
            <b className={`feed-kind ${words.tone}`}>
              <i className="feed-sign" aria-hidden="true">
                {words.sign}
              </i>{' '}
              {visible(words.kind)}
            </b>
            <span className="feed-text">
              {words.session !== null ? (
                <button
                  type="button"
                  className="link feed-link"
                  onClick={() => {
                    const { session, rehoming } = words
                    void chooseSession(session!).then(() => rehoming !== null && chooseRehoming(rehoming, true))
                  }}
                >
                  {visible(words.text)}
                </button>
              ) : (
                visible(words.text)
              )}
            </span>
          </div>
        ))}
      </div>
    </section>
  )
}

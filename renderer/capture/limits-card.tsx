/**
 * What this capture does not show: missing evidence, messages that it cut, what was more than is kept. What was not seen must not pass for what
 * did not happen. Frames that the sentences name are links.
 */
import { Frames } from '../text/badges.tsx'
import { plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { useAnswer } from './use-answer.ts'

const MOST = 50

export function LimitsCard() {
  const limits = useAnswer('limits', {})
  if (limits === null) return null
  const { evictedSessions, notObservable } = limits
  if (notObservable.length === 0 && evictedSessions === 0) return null
  return (
    <section className="card wide" aria-labelledby="limits-heading">
      <div className="card-head">
        <h2 id="limits-heading">Not observable here</h2>
        <span className="muted">what this capture cannot show</span>
      </div>
      <ul className="limits">
        {notObservable.slice(0, MOST).map((words) => (
          <li key={words}>
            <Sentence words={words} />
          </li>
        ))}
        {notObservable.length > MOST && <li>and {notObservable.length - MOST} more; the report has them all.</li>}
        {evictedSessions > 0 && <li>{plural(evictedSessions, 'session')} left out: more than are kept at once</li>}
      </ul>
    </section>
  )
}

/** 'first: frame 9' names a packet: a link to it. */
function Sentence({ words }: { words: string }) {
  const at = /\bframe (\d+)/.exec(words)
  if (at === null) return visible(words)
  return (
    <>
      {visible(words.slice(0, at.index))}
      <Frames frames={[Number(at[1])]} />
      {visible(words.slice(at.index + at[0].length))}
    </>
  )
}

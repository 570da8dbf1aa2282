/**
 * What this capture does not show: missing evidence, messages that it cut, what was more than is kept. What was not seen must not pass for what
 * did not happen. Frames that the sentences name are links.
 */
import { useEffect, useState } from 'react'
import type { Answers } from '../../shared/contract.ts'
import { useCapture } from '../state/capture-store.ts'
import { ask } from '../state/engine.ts'
import { Frames } from '../text/badges.tsx'
import { plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'

const MOST = 50

export function LimitsCard() {
  const generation = useCapture((state) => state.generation)
  const ready = useCapture((state) => state.status?.state === 'ready')
  const [limits, setLimits] = useState<Answers['limits'] | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another capture has other limits
  useEffect(() => {
    setLimits(null)
    if (!ready) return
    let current = true
    void ask('limits', {}).then((answer) => {
      if (current && answer.ok) setLimits(answer.value)
    })
    return () => {
      current = false
    }
  }, [ready, generation])
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

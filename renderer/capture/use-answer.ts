/** What the engine answers about the capture as a whole: asked for once it is read or given up, and anew when it is read again; null until then. */
import { useEffect, useState } from 'react'
import type { Answers, CallName, Parameters_ } from '../../shared/contract.ts'
import { useCapture } from '../state/capture-store.ts'
import { ask } from '../state/engine.ts'

/** `parameters` must not change from one drawing to the next: they are those of the first. */
export function useAnswer<K extends CallName>(call: K, parameters: Parameters_<K>): Answers[K] | null {
  const generation = useCapture((state) => state.generation)
  const ready = useCapture((state) => state.status?.state === 'ready' || state.status?.state === 'cancelled')
  const [answer, setAnswer] = useState<Answers[K] | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another capture has other answers
  useEffect(() => {
    setAnswer(null)
    if (!ready) return
    let current = true
    void ask(call, parameters).then((result) => {
      if (current && result.ok) setAnswer(result.value)
    })
    return () => {
      current = false
    }
  }, [ready, generation])
  return answer
}

/**
 * The whole of a session's timeline, asked for the moment its report has come: the engine makes the slice while the page is built around the
 * canvas that will show it. Refuses to guess: how wide the canvas is, the one before it has told; when the new one asks for something else, it
 * is asked for anew. At most one slice is kept, until it is taken or another session comes.
 */
import type { TimelineSlice } from '../../shared/contract.ts'
import { useCapture } from '../state/capture-store.ts'
import { type Answer, ask } from '../state/engine.ts'
import { useSession } from '../state/session-store.ts'
import { boundsOf } from './bounds.ts'

interface Question {
  session: string
  /** epoch seconds */
  from: number
  to: number
  width: number
}

let lastWidth = 0
let ahead: { question: Question; answer: Promise<Answer<'timeline'>> } | null = null

/** Follows the session on the page; returns what undoes it. */
export function followTimeline(): () => void {
  return useSession.subscribe((now, before) => {
    if (now.data === before.data) return
    ahead = null
    if (now.data === null || now.overview || lastWidth === 0) return
    const { session } = now.data
    if (session.id === before.data?.session.id) return
    const { status } = useCapture.getState()
    const origin = status?.zero ?? status?.start ?? session.opened
    const { from, to } = boundsOf(session, origin)
    const question = { session: session.id, from: from + origin, to: to + origin, width: lastWidth }
    ahead = { question, answer: ask('timeline', question) }
  })
}

/** `whole`: of all of the session, which is what is asked for ahead. */
export async function askSlice(question: Question, whole: boolean): Promise<TimelineSlice | null> {
  if (whole) lastWidth = question.width
  const known = ahead
  const same = known !== null && (['session', 'from', 'to', 'width'] as const).every((name) => known.question[name] === question[name])
  if (same) ahead = null
  const answer = await (same ? known.answer : ask('timeline', question))
  return answer.ok ? answer.value : null
}

/**
 * The session on the page: its report, its rehomings and findings, and which rehoming is looked at.
 * One session at a time; an answer for a session that was left meanwhile is thrown away.
 */
import { create } from 'zustand'
import type { Answers, ContractError } from '../../shared/contract.ts'
import { ask } from './engine.ts'

export interface SessionState {
  id: string | null
  /** the whole capture is shown instead of a session */
  overview: boolean
  data: Answers['session'] | null
  problem: ContractError | null
  rehoming: string | null
  /** raised to bring the chosen rehoming into view on the timeline */
  showRehoming: number
}

export const useSession = create<SessionState>(() => ({
  id: null,
  overview: false,
  data: null,
  problem: null,
  rehoming: null,
  showRehoming: 0,
}))

export function resetSession(): void {
  useSession.setState({ id: null, overview: false, data: null, problem: null, rehoming: null })
}

export async function chooseSession(id: string): Promise<void> {
  if (useSession.getState().id === id) {
    useSession.setState({ overview: false })
    return
  }
  useSession.setState({ id, overview: false, problem: null, rehoming: null })
  const answer = await ask('session', { id })
  if (useSession.getState().id !== id) return
  if (answer.ok) useSession.setState({ data: answer.value, problem: null, rehoming: answer.value.rehomings[0]?.id ?? null })
  else useSession.setState({ data: null, problem: answer.error })
}

/** the same session again, as it is by now; what was chosen stays chosen. false: there is no such session any more */
export async function refreshSession(): Promise<boolean> {
  const { id } = useSession.getState()
  if (id === null) return true
  const answer = await ask('session', { id })
  const now = useSession.getState()
  if (now.id !== id) return true
  if (!answer.ok) return answer.error.code !== 'not-found'
  const chosen = now.rehoming !== null && answer.value.rehomings.some((entry) => entry.id === now.rehoming)
  useSession.setState({ data: answer.value, problem: null, rehoming: chosen ? now.rehoming : (answer.value.rehomings[0]?.id ?? null) })
  return true
}

export function chooseOverview(): void {
  useSession.setState({ overview: true })
}

export function chooseRehoming(id: string, show = false): void {
  useSession.setState((state) => ({ rehoming: id, showRehoming: show ? state.showRehoming + 1 : state.showRehoming }))
}

/** the rehoming before or after the chosen one; stays at the ends */
export function stepRehoming(step: 1 | -1): void {
  const { data, rehoming } = useSession.getState()
  const list = data?.rehomings ?? []
  if (list.length === 0) return
  const at = list.findIndex((entry) => entry.id === rehoming)
  const next = list[Math.min(list.length - 1, Math.max(0, at + step))]
  if (next) chooseRehoming(next.id, true)
}

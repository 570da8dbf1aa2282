/** What client and worker say to each other: calls with a number, their results, events, and words about the live capture. */
import type { Status } from '../../shared/contract.ts'
import type { AnalysisAnswer } from '../capture/live-analysis.ts'
import type { Result } from './dispatch.ts'
import type { EngineEvent, FollowOrder } from './engine.ts'

export type ToWorker = { id: number; call: unknown; parameters: unknown } | { follow: FollowOrder } | 'close'

export type FromWorker = { id: number; result: Result } | { event: EngineEvent; value: Status } | { live: AnalysisAnswer }

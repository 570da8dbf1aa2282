/** What client and worker say to each other: calls with a number, their results, and events. */
import type { EventName, Events } from '../../shared/contract.ts'
import type { Result } from './dispatch.ts'

export interface ToWorker {
  id: number
  call: unknown
  parameters: unknown
}

export type FromWorker = { id: number; result: Result } | { event: EventName; value: Events[EventName] }

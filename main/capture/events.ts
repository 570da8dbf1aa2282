/** Events of a live capture as its parts make them; their words are shared with the screens (shared/live.ts). */
import type { LiveEventBody } from '../../shared/live.ts'

export type { LiveEvent, LiveEventBody, LiveSession, LiveStopReason as StopReason, LiveSummary } from '../../shared/live.ts'

/** Events as the analysis gives them: `at` is added where they are told. */
export type AnalysisEvent = { t: number } & Extract<
  LiveEventBody,
  { type: 'session-opened' | 'session-closed' | 'rehoming' | 'stalled' | 'interruption' | 'finding' | 'link' | 'problem' }
>

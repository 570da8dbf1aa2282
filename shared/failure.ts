/** Whether a move was needed, and which way the path it left had failed, in words: one wording for window, pages and command line. Pure. */
import type { RehomingReport } from './report.ts'

/** Was there a failure to leave? null: the report does not say. */
export function neededWords({ spurious, failedDirection }: Pick<RehomingReport, 'spurious' | 'failedDirection'>): string | null {
  if (spurious === undefined) return null
  if (spurious) return 'no, spurious: the old path still delivered'
  return failedDirection === null ? 'no: nothing had failed' : 'yes'
}

/** A peer that answers only what reaches it is silent too when the way to it alone has failed: a lost link is known to fail both. */
export function failedWords({
  failedDirection,
  trigger,
}: Pick<RehomingReport, 'failedDirection'> & { trigger: { class: string } }): string {
  if (failedDirection === null) return 'none: the old path still worked'
  if (failedDirection === undefined || failedDirection === 'undecided') return 'not observable'
  if (failedDirection !== 'both') return `${failedDirection} only`
  return trigger.class === 'link' ? 'both ways' : 'both ways: neither was seen to work'
}

/**
 * What a live capture tells of a session that stands still: while that lasts, and once it is over and no move can have been in it any more.
 * Asked again and again; `key` is the same for the same news.
 */
import type { SessionBrief } from '../analysis/types.ts'
import type { AnalysisEvent } from './events.ts'

/** the confirmation window of a move (rehoming.md section 3), with the time of an acknowledgement */
const SETTLED_SECONDS = 3
/** a path that fails moves its session within this, where another is ready and its stack is quick */
const STALLED_SECONDS = 3

/** `now`: epoch s of the last packet; `final`: the capture is over. */
export function stallNews(
  { id, closed, trouble, interruptions }: SessionBrief,
  now: number,
  final: boolean,
): { key: string; event: AnalysisEvent }[] {
  const out: ReturnType<typeof stallNews> = []
  if (trouble !== undefined && now - trouble.since >= STALLED_SECONDS) {
    const { since, text } = trouble
    out.push({ key: `stalled ${id} ${since}`, event: { type: 'stalled', t: now, session: id, interface: trouble.interface, since, text } })
  }
  for (const interruption of interruptions)
    if (final || closed !== null || now - interruption.to > SETTLED_SECONDS)
      out.push({
        key: `interruption ${id} ${interruption.from}`,
        event: { type: 'interruption', t: interruption.to, session: id, interruption },
      })
  return out
}

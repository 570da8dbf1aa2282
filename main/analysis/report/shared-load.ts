/**
 * A session that shares its data over several paths and loses one of them has not moved: no path had nine tenths of it (rehoming.md section 3,
 * MPTCP). What a reader wants to know all the same is that a path failed and that the others carried on. Said only where its link went down or
 * data on it timed out: a sender may leave a path alone for reasons of its own. Cost: one look at the session's marks.
 */
import type { Path } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { shortInterface } from '../path-names.ts'
import { downClause } from '../triggers/link.ts'
import { pathWords, type Scope } from './scope.ts'
import { seconds } from './text.ts'

const SECOND = 1e9
/** a path's silence from which its data is said to have paused (`delivery.ts`) */
const PAUSE = 2 * SECOND
/** how long before the last data its cause may lie, and how long after it a loss shows */
const AROUND = 5 * SECOND

interface Rest {
  path: Path
  time: number
  why: string
}

/** '; upB carried all of it when upA was set down (7.450 s)'; empty where no path failed. */
export function carriedOn(scope: Scope, session: MultiSession, sharing: readonly Path[]): string {
  const rests = sharing.flatMap((path) => restsOf(scope, session, path)).sort((a, b) => a.time - b.time)
  const [first] = rests
  if (first === undefined) return ''
  const left = sharing.filter((path) => path !== first.path)
  const who = left.length === 1 ? pathWords(scope, session, (left[0] as Path).index) : 'the others'
  const more = rests.length === 1 ? '' : rests.length === 2 ? ', and once more' : `, and ${rests.length - 1} times more`
  return `; ${who} carried all of it ${first.why} (${seconds(first.time)})${more}`
}

function restsOf(scope: Scope, session: MultiSession, path: Path): Rest[] {
  const rests: Rest[] = []
  const { world } = scope
  for (const stop of stopsOf(session, path)) {
    if (!session.paths.some((other) => other !== path && other.lastData > stop + PAUSE)) continue
    if (!carriedMeanwhile(session, path, stop)) continue
    const down = world.linkDown(path.interface, stop - AROUND, stop + AROUND)
    const lost = session.evidence.find(
      (e) => e.what === 'retransmission-timeout' && e.path === path.index && e.until >= stop - SECOND && e.time <= stop + AROUND,
    )
    if (down === null && lost === undefined) continue
    const time = down === null ? stop : down.time
    const before = rests[rests.length - 1]
    // what is sent into the dead path once in a while is the same failure
    if (before !== undefined && (down === null ? time - before.time < 2 * AROUND : time === before.time)) continue
    const words = pathWords(scope, session, path.index)
    const why =
      down === null ? `when data on ${words} was lost` : downClause(shortInterface(world, path.interface) ?? words, down.detail.message)
    rests.push({ path, time, why })
  }
  return rests
}

/** Did data go over another path while this one had none, for half a pause at least? A session that had none to send left no path. */
function carriedMeanwhile(session: MultiSession, path: Path, stop: number): boolean {
  const starts = session.marks.filter((mark) => mark.kind === 'payload-started' && mark.time > stop)
  const again = starts.reduce((least, mark) => (session.pairs[mark.pair]?.way === path ? Math.min(least, mark.time) : least), Infinity)
  return session.pairs.some((pair) => {
    if (pair.way === path || pair.lastPayload < 0) return false
    let since = -1
    for (const mark of session.marks) {
      if (mark.pair !== pair.index) continue
      if (mark.kind === 'payload-started') since = mark.time
      else if (mark.kind === 'payload-stopped' && since >= 0) {
        if (Math.min(mark.time, again) - Math.max(since, stop) >= PAUSE / 2) return true
        since = -1
      }
    }
    return since >= 0 && Math.min(pair.lastPayload, again) - Math.max(since, stop) >= PAUSE / 2
  })
}

/** When data on the path paused, for its pause or for good, while the session went on. */
function stopsOf(session: MultiSession, path: Path): number[] {
  const own = new Set(session.pairs.filter((pair) => pair.path === path.index).map((pair) => pair.index))
  const stops = session.marks.filter((mark) => mark.kind === 'payload-stopped' && own.has(mark.pair)).map((mark) => mark.time)
  const last = path.lastData
  return last < 0 || stops.includes(last) ? stops : [...stops, last]
}

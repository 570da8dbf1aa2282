/**
 * Signalling as a ladder: a column an address, a line a message in time order, an arrow from who sent it to whom. Claims, probes and answers that
 * follow each other on one pair are readable at a glance where a list of packets is not. The first 40 messages, more when asked for (at most 400).
 */
import { useMemo, useState } from 'react'
import type { SessionReport, TimelineEntry, TimelineKind } from '../../shared/report.ts'
import { Frames, PathBadge } from '../text/badges.tsx'
import { moment, plural } from '../text/format.ts'
import { Middle } from '../text/middle.tsx'
import { visible } from '../text/visible.ts'
import { pathVariable } from '../timeline/palette.ts'
import { pathOf } from './rehoming-card.tsx'

const FIRST = 40
const MOST = 400
/** with more addresses than that a column each would stand outside of the card: then it is a column an end, and letters of paths */
const MOST_COLUMNS = 8
/** words that an arrow over half of the lane has no room for: they end with what tells one address from another */
const LONG = 38
const SIGNALLING: ReadonlySet<TimelineKind> = new Set([
  'opened',
  'claimed',
  'withdrawn',
  'preferred',
  'probed',
  'verified',
  'refused',
  'icmp',
  'closed',
  'rehomed',
  'routing',
  'other',
])

interface Column {
  role: 'initiator' | 'responder'
  address: string
}

interface Step {
  entry: TimelineEntry
  from: number
  to: number
  both: boolean
  path: number
}

export function Ladder({ session, origin }: { session: SessionReport; origin: number }) {
  const [all, setAll] = useState(false)
  const { columns, steps, folded } = useMemo(() => ladderOf(session), [session])
  if (steps.length < 2) return null
  const shown = steps.slice(0, all ? MOST : FIRST)
  // in a capture of days the times are long; they only grow
  const times = Math.max(12, moment(shown[shown.length - 1]!.entry.t - origin).length)
  const at = (column: number): number => ((column + 0.5) / columns.length) * 100
  return (
    <section className="card wide" aria-labelledby="ladder-heading">
      <div className="card-head">
        <h2 id="ladder-heading">Signalling, message by message</h2>
        <span className="muted">{plural(steps.length, 'message')} between the addresses of the two ends</span>
      </div>
      <div className="scroll-x">
        <div className="ladder" style={{ minWidth: columns.length * 84 + 210, '--time': `${times}ch` } as React.CSSProperties}>
          <div className="ladder-row ladder-head">
            <span />
            <span className="ladder-lane">
              {columns.map(({ role, address }, i) => (
                <span
                  key={`${role} ${address}`}
                  className="ladder-name"
                  style={{ left: `${at(i)}%`, maxWidth: `calc(${100 / columns.length}% - 10px)` }}
                >
                  <span className="muted">{role}</span>
                  <Middle className="mono" text={address} />
                </span>
              ))}
            </span>
            <span />
          </div>
          <ol>
            {shown.map((step, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other identity and never change place
              <li key={i} className="ladder-row">
                <span className="number right muted">{moment(step.entry.t - origin)}</span>
                <span className="ladder-lane">
                  {columns.map(({ role, address }, c) => (
                    <i key={`${role} ${address}`} className="ladder-line" style={{ left: `${at(c)}%` }} aria-hidden="true" />
                  ))}
                  {step.entry.kind === 'rehomed' ? (
                    <span className="ladder-moved" title={visible(step.entry.detail)}>
                      {visible(step.entry.detail)}
                    </span>
                  ) : (
                    <Arrow step={step} from={at(step.from)} to={at(step.to)} lettered={folded} />
                  )}
                </span>
                <Frames frames={step.entry.frames} most={1} />
              </li>
            ))}
          </ol>
        </div>
      </div>
      {steps.length > shown.length && !all && (
        <button type="button" onClick={() => setAll(true)}>
          Show {Math.min(MOST, steps.length) - shown.length} more
        </button>
      )}
    </section>
  )
}

/** letters that have room over one per cent of the lane where it is narrow */
const LETTERS = 0.5

/** The arrow, and its words over it: where it is short they run on into the free side of the lane. */
function Arrow({ step, from, to, lettered }: { step: Step; from: number; to: number; lettered: boolean }) {
  const left = Math.min(from, to)
  const right = Math.max(from, to)
  const place =
    (right - left >= 45 && step.entry.detail.length <= LONG) || step.entry.detail.length <= (right - left) * LETTERS
      ? { left: `${left}%`, right: `${100 - right}%` }
      : left + right < 100 || lettered
        ? { left: `${left}%`, right: 0, textAlign: 'left' as const }
        : { left: 0, right: `${100 - right}%`, textAlign: 'right' as const }
  return (
    <>
      <span className="ladder-words" style={place}>
        <span
          className="ladder-word"
          title={lettered ? `${pairWords(step.entry)}\n${visible(step.entry.detail)}` : visible(step.entry.detail)}
        >
          {lettered && step.path >= 0 && <PathBadge path={step.path} />} {visible(step.entry.detail)}
        </span>
      </span>
      <i
        className={`ladder-arrow ${step.both ? 'both' : to > from ? 'to-right' : 'to-left'}`}
        style={{ left: `${left}%`, width: `${right - left}%`, color: pathVariable(step.path) }}
        aria-hidden="true"
      />
    </>
  )
}

function pairWords({ pair }: TimelineEntry): string {
  return pair === null ? '' : visible(`${pair.initiator} \u21c4 ${pair.responder}`)
}

/** Addresses of the initiator, then of the responder, and the messages between them; the two ends alone where there are too many addresses. */
export function ladderOf(session: SessionReport): { columns: Column[]; steps: Step[]; folded: boolean } {
  const entries = session.timeline.filter((entry) => SIGNALLING.has(entry.kind) && entry.pair !== null && entry.direction !== null)
  const left = [...new Set(entries.map((entry) => entry.pair!.initiator))]
  const right = [...new Set(entries.map((entry) => entry.pair!.responder))]
  const folded = left.length + right.length > MOST_COLUMNS
  const steps = entries.map((entry): Step => {
    const a = folded ? 0 : left.indexOf(entry.pair!.initiator)
    const b = folded ? 1 : left.length + right.indexOf(entry.pair!.responder)
    const back = entry.direction === 'responder-to-initiator'
    return {
      entry,
      from: back ? b : a,
      to: back ? a : b, // a pair is proven for both of its ends
      both: entry.direction === 'both' || entry.kind === 'verified',
      path: pathOf(session, entry.pair),
    }
  })
  if (folded) {
    const columns: Column[] = [
      { role: 'initiator', address: plural(left.length, 'address', 'addresses') },
      { role: 'responder', address: plural(right.length, 'address', 'addresses') },
    ]
    return { columns, steps, folded }
  }
  const columns: Column[] = [
    ...left.map((address): Column => ({ role: 'initiator', address })),
    ...right.map((address): Column => ({ role: 'responder', address })),
  ]
  return { columns, steps, folded }
}

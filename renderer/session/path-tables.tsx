/**
 * The paths and the locators of a session as tables: state, how each was verified and when, what it carried.
 */
import type { LocatorReport, SessionReport } from '../../shared/report.ts'
import { Frames, PathBadge } from '../text/badges.tsx'
import { useFold } from '../text/fold.tsx'
import { bytes, count, milliseconds, moment, NONE } from '../text/format.ts'
import { Ends, Middle, withPort } from '../text/middle.tsx'
import { visible } from '../text/visible.ts'
import { pathOf } from './rehoming-card.tsx'

const FEW_PATHS = 8
/** from here on a moment is written in days, hours, minutes and seconds, and needs lines of its own */
const DAY = 86_400
const MOST_PATHS = 200
const FEW_LOCATORS = 14

export function PathsTable({ session, origin }: { session: SessionReport; origin: number }) {
  // those that carried something first, where there are many
  const pairs =
    session.pairs.length <= FEW_PATHS
      ? session.pairs
      : [...session.pairs].sort((a, b) => Number(b.payloadBytes > 0) - Number(a.payloadBytes > 0))
  const { shown, more } = useFold(pairs, FEW_PATHS)
  return (
    <section className="card" aria-labelledby="paths-heading">
      <div className="card-head">
        <h2 id="paths-heading">Paths</h2>
        <span className="muted">{count(session.pairs.length)}</span>
      </div>
      <table className="paths">
        <thead>
          <tr>
            <th scope="col">path</th>
            <th scope="col">locators; state, verified by</th>
            <th scope="col" className="right">
              RTT
            </th>
            <th scope="col" className="right">
              payload
            </th>
            <th scope="col" className="right">
              seen
            </th>
          </tr>
        </thead>
        {shown.slice(0, MOST_PATHS).map((pair) => (
          <PathRows
            // ports used again make pairs that are alike in all
            key={session.pairs.indexOf(pair)}
            pair={pair}
            path={pathOf(session, pair)}
            origin={origin}
          />
        ))}
      </table>
      {more}
      {shown.length > MOST_PATHS && <p className="muted">and {count(session.pairs.length - MOST_PATHS)} more; the report has them all.</p>}
    </section>
  )
}

/** addresses on a line of their own: two of IPv6 do not fit beside anything */
function PathRows({ pair, path, origin }: { pair: SessionReport['pairs'][number]; path: number; origin: number }) {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" rowSpan={2}>
          <PathBadge path={path} />
          {pair.interface && <div className="muted small">{visible(pair.interface)}</div>}
        </th>
        <td colSpan={4} className="path-ends">
          <Ends initiator={withPort(pair.initiator, pair.initiatorPort)} responder={withPort(pair.responder, pair.responderPort)} />
        </td>
      </tr>
      <tr>
        <td>
          {visible(pair.state ?? NONE)}
          <br />
          <span className={pair.verified ? 'muted' : 'warn-text'}>{visible(pair.verified ?? 'not verified')}</span>
        </td>
        <td className="right">{milliseconds(pair.rtt)}</td>
        <td className="right">
          {bytes(pair.payloadBytes)}
          <br />
          <span className="muted">{pair.retransmitted === undefined ? NONE : `${count(pair.retransmitted)} resent`}</span>
        </td>
        <td className={`right ${Math.abs(pair.last - origin) < DAY ? '' : 'days'}`}>
          {moment(pair.first - origin, 2)}
          <br />
          <span className="muted">to {moment(pair.last - origin, 2)}</span>
        </td>
      </tr>
    </tbody>
  )
}

const CLAIMS: Record<string, string> = {
  A0: 'not authenticated',
  A1: 'knows the cookie or tag',
  A2: 'weakly authenticated',
  A3v: 'keyed, checked',
  A3u: 'keyed, not checkable here',
  A4v: 'signed, checked',
  A4u: 'signed, not checkable here',
  AX: 'authentication failed',
}

export function LocatorsTable({ session, origin }: { session: SessionReport; origin: number }) {
  const locators = session.endpoints.flatMap((endpoint) => endpoint.locators.map((locator, at) => ({ role: endpoint.role, locator, at })))
  const { shown, more } = useFold(locators, FEW_LOCATORS)
  if (locators.length === 0) return null
  return (
    <section className="card wide" aria-labelledby="locators-heading">
      <div className="card-head">
        <h2 id="locators-heading">Locators</h2>
        <span className="muted">what each end may be reached by, and who says so</span>
      </div>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">end</th>
              <th scope="col">locator</th>
              <th scope="col">known by</th>
              <th scope="col" className="right">
                added
              </th>
              <th scope="col" className="right">
                removed
              </th>
              <th scope="col">verified</th>
              <th scope="col">frames</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ role, locator, at }) => (
              <tr
                key={`${role}|${locator.address}|${locator.port ?? ''}|${locator.added}`}
                className={locator.removed === null ? undefined : 'gone'}
              >
                <th scope="row">{at === 0 ? role : <span className="hidden">{role}</span>}</th>
                <td className="mono locator">
                  <Middle text={withPort(locator.address, locator.port)} />
                </td>
                <td>{howKnown(locator)}</td>
                <td className="right">{moment(locator.added - origin)}</td>
                <td className="right">{locator.removed === null ? NONE : moment(locator.removed - origin)}</td>
                <td className={locator.verified === null ? 'warn-text' : undefined}>
                  {locator.verified === null
                    ? 'not verified'
                    : `${moment(locator.verified - origin)}${locator.verifiedHow ? `, ${visible(locator.verifiedHow)}` : ''}`}
                </td>
                <td>
                  <Frames frames={locator.frames} most={2} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </section>
  )
}

function howKnown(locator: LocatorReport): string {
  const claim = locator.claimAuthentication
  return visible(
    [locator.signal ?? locator.how, claim ? `${CLAIMS[claim] ?? claim} (${claim})` : null].filter((part) => part !== null).join(', '),
  )
}

/**
 * The multihomed hosts of the capture: their addresses and interfaces, what multihoming was worth to each (the seven benefits of the multihoming
 * goals and benefits draft, each with the sentence it was made from), and the site's exits. Asked for once the capture is read, not while it is.
 */
import type { HostReport } from '../../shared/report.ts'
import { count, NONE, plural } from '../text/format.ts'
import { visible } from '../text/visible.ts'
import { useAnswer } from './use-answer.ts'

const WORDS: Readonly<Record<string, string>> = {
  permanentAccess: 'Permanent access',
  redundancy: 'Redundancy',
  loadSharing: 'Load sharing',
  loadBalancing: 'Load balancing',
  biCasting: 'Bi-casting',
  preferenceSettings: 'Preferences',
  increasedBandwidth: 'More bandwidth',
}

const CASES = {
  none: 'not multihomed',
  case1: 'one interface, several prefixes (case 1)',
  case2: 'several interfaces (case 2)',
} as const

export function HostsCard() {
  const answer = useAnswer('hosts', {})
  if (answer === null || answer.multihomed === 0) return null
  const shown = answer.hosts.filter((host) => host.case !== 'none').slice(0, 20)
  return (
    <section className="card wide" aria-labelledby="hosts-heading">
      <div className="card-head">
        <h2 id="hosts-heading">Multihomed hosts</h2>
        <span className="muted">
          {count(answer.multihomed)} of {plural(answer.total, 'host')}: what having several addresses was worth in this capture
        </span>
      </div>
      {shown.map((host) => (
        <Host key={host.id} host={host} />
      ))}
      {answer.multihomed > shown.length && (
        <p className="muted">and {count(answer.multihomed - shown.length)} more; the report has them all.</p>
      )}
    </section>
  )
}

function Host({ host }: { host: HostReport }) {
  const { indices } = host
  const facts = [
    indices?.fateSharing == null ? null : `fate sharing ${indices.fateSharing}`,
    indices?.pathDiversity == null ? null : `${Math.round(indices.pathDiversity * 100)} % of the possible paths proven`,
    indices?.flapShare == null || indices.flapShare === 0 ? null : `${Math.round(indices.flapShare * 100)} % of the moves were flaps`,
    indices?.overhead == null ? null : `${Math.round(indices.overhead * 100)} % overhead beside payload`,
  ].filter((words) => words !== null)
  return (
    <article className="host">
      <div className="host-addresses">
        {host.addresses.slice(0, 8).map((address) => (
          <b key={address} className="mono">
            {visible(address)}
          </b>
        ))}
        {host.addresses.length > 8 && <span className="muted">and {host.addresses.length - 8} more</span>}
        <span className="muted">
          {CASES[host.case]}
          {host.interfaces && host.interfaces.length > 0 && ` on ${visible(host.interfaces.join(', '))}`}
        </span>
      </div>
      <div className="benefits">
        {Object.entries(host.benefitDetails ?? {}).map(([name, benefit]) => (
          <Benefit key={name} name={name} score={benefit.score} ceiling={benefit.ceiling} why={benefit.why} />
        ))}
      </div>
      {facts.length > 0 && <p className="muted small">{facts.join(' · ')}</p>}
    </article>
  )
}

function Benefit({ name, score, ceiling, why }: { name: string; score: number | null; ceiling: number; why: string }) {
  return (
    <>
      <span>{WORDS[name] ?? visible(name)}</span>
      <span className={`benefit-rail ${score === null ? 'unattainable' : ''}`} aria-hidden="true">
        {score !== null && <i style={{ width: `${score}%` }} />}
      </span>
      <span className="right number">{ceiling === 0 || score === null ? NONE : score}</span>
      <span className="muted">{visible(why)}</span>
    </>
  )
}

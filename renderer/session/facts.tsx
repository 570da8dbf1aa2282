/**
 * The line under a session's sentence: protocol, identifiers by their kind, when, how much, how it stands, whom it belongs to, its findings.
 * Identifiers carry the field's own spelling; a kind that both ends have stands once, with both values.
 */
import { protocolName } from '../../shared/protocol-words.ts'
import type { FindingReport, SessionReport } from '../../shared/report.ts'
import { SEVERITY_SIGNS } from '../../shared/severity.ts'
import { countSeverities } from '../findings/groups.ts'
import { showFindings } from '../findings/show.ts'
import { chooseSession } from '../state/session-store.ts'
import { bytes, moment, plural, seconds } from '../text/format.ts'
import { Middle } from '../text/middle.tsx'
import { visible } from '../text/visible.ts'

const MOST_KINDS = 4

const SPELLED: Readonly<Record<string, string>> = {
  'eid-prefix': 'EID prefix',
  'esp-spi': 'ESP SPI',
  'gre-key': 'GRE key',
  hit: 'HIT',
  'ike-id': 'IKE ID',
  'ike-spi': 'IKE SPI',
  'node-identifier': 'NID',
  spi: 'SPI',
  teid: 'TEID',
  ulid: 'ULID',
}

/** 'ike-spi' as people write it */
export function identifierWords(kind: string): string {
  return SPELLED[kind] ?? kind.replaceAll('-', ' ')
}

interface Identified {
  kind: string
  initiator: string[]
  responder: string[]
}

/** the kinds in the order they are named; values of each end */
export function identifiersOf(session: SessionReport): Identified[] {
  const kinds = new Map<string, Identified>()
  for (const endpoint of session.endpoints) {
    for (const { kind, value } of endpoint.identifiers) {
      const entry = kinds.get(kind) ?? { kind, initiator: [], responder: [] }
      kinds.set(kind, entry)
      entry[endpoint.role].push(value)
    }
  }
  return [...kinds.values()]
}

export function Facts({ session, origin, findings }: { session: SessionReport; origin: number; findings: readonly FindingReport[] }) {
  const worst = countSeverities(findings)[0]?.severity
  const kinds = identifiersOf(session)
  const payload = session.pairs.reduce((sum, pair) => sum + pair.payloadBytes, 0)
  const last = session.closed ?? session.pairs.reduce((latest, pair) => Math.max(latest, pair.last), session.opened)
  return (
    <p className="page-facts muted">
      <span>
        session {visible(session.id)}, {visible(protocolName(session.protocol))}
      </span>
      {kinds.slice(0, MOST_KINDS).map((entry) => (
        <Identifier key={entry.kind} entry={entry} />
      ))}
      <span>
        {begunWords(session, origin)}, {seconds(last - session.opened)} long
      </span>
      <span>{bytes(payload)} payload</span>
      <span>{stateWords(session)}</span>
      {session.capturedEnd && <span>captured at {session.capturedEnd === 'both' ? 'both ends' : `the ${session.capturedEnd}`}</span>}
      {session.replaces && <Other word="replaces" id={session.replaces} />}
      {session.replacedBy && <Other word="replaced by" id={session.replacedBy} />}
      {session.parent && <Other word="travels inside" id={session.parent} />}
      {session.children && session.children.length > 0 && <span>carries {plural(session.children.length, 'session')}</span>}
      {session.gap && <span>gap {seconds(session.gap.value / 1000)}</span>}
      {worst && (
        <span>
          <button type="button" className={`link severity-word-${worst}`} onClick={showFindings} title="To the findings ( ! )">
            {SEVERITY_SIGNS[worst]} {plural(findings.length, 'finding')}, {findings.length > 1 ? 'at worst ' : ''}
            {worst}
          </button>
        </span>
      )}
    </p>
  )
}

/** one value an end; how many more there are, with all of them under the pointer */
function Identifier({ entry }: { entry: Identified }) {
  const more = Math.max(0, entry.initiator.length - 1) + Math.max(0, entry.responder.length - 1)
  const all = `${entry.initiator.join(', ') || '?'} ⇄ ${entry.responder.join(', ') || '?'}`
  const ends = [entry.initiator[0], entry.responder[0]].filter((value) => value !== undefined)
  return (
    <span className="identifier">
      {visible(identifierWords(entry.kind))}
      {ends.map((value, at) => (
        <span key={at === 0 ? 'first' : 'second'} className="mono">
          {at > 0 && '⇄ '}
          <Middle text={value} />
        </span>
      ))}
      {more > 0 && <span title={visible(all)}>and {more} more</span>}
    </span>
  )
}

function stateWords(session: SessionReport): string {
  if (session.state !== 'failed') return session.state
  if (session.protocol === 'udp') return 'not answered'
  return neverCameUp(session) ? 'never came up' : 'broken'
}

/** what never came up was not open at any time, also where its first packet looks like one of a session that was */
export function begunWords(session: SessionReport, origin: number): string {
  const at = moment(session.opened - origin)
  if (neverCameUp(session)) return `tried at ${at}`
  return session.midCapture ? 'already open when the capture began' : `opened at ${at}`
}

/** it failed before any data went over it */
export function neverCameUp(session: SessionReport): boolean {
  return session.state === 'failed' && session.protocol !== 'udp' && session.pairs.every((pair) => pair.payloadBytes === 0)
}

function Other({ word, id }: { word: string; id: string }) {
  return (
    <span>
      {word}{' '}
      <button type="button" className="link" onClick={() => void chooseSession(id)}>
        session {visible(id)}
      </button>
    </span>
  )
}

/**
 * The name of a timeline mark: the message that made it (MP_JOIN, INIT ACK, ADD_ADDR), with which the sentences of marks begin; where no
 * message did, what happened in one or two words.
 */
import type { TimelineKind } from '../../../shared/report.ts'

const PLAIN: Record<TimelineKind, string> = {
  opened: 'opened',
  claimed: 'address claimed',
  withdrawn: 'address withdrawn',
  preferred: 'preference',
  probed: 'probe',
  verified: 'verified',
  refused: 'refused',
  'payload-started': 'data begins',
  'payload-stopped': 'data ends',
  retransmitted: 'data re-sent',
  rehomed: 'rehomed',
  finding: 'finding',
  link: 'link',
  routing: 'routing',
  icmp: 'ICMP error',
  closed: 'closed',
  other: 'note',
}

/** Upper-case words at the head of a sentence: a message as its specification writes it. */
const MESSAGE = /^[A-Z][A-Z0-9_]+(?:[ /-][A-Z][A-Z0-9_]+)*\b/

export function markLabel(kind: TimelineKind, text: string): string {
  if (kind === 'icmp') return /^ICMP(?:v6)?(?: [a-z-]+){1,4}/.exec(text)?.[0] ?? PLAIN.icmp
  if (kind === 'link') return linkLabel(text)
  if (kind === 'routing') return /^router advertisement/.test(text) ? 'RA' : /^redirect/.test(text) ? 'redirect' : routeLabel(text)
  const message = MESSAGE.exec(text)?.[0]
  if (message !== undefined && message.length <= 24) return message
  if (text.startsWith('already running')) return 'capture begins'
  if (kind === 'closed' && text.startsWith('subflow')) return text.startsWith('subflow reset') ? 'RST' : 'FIN'
  if (text.startsWith('fallback')) return 'fallback'
  if (text.startsWith('interrupted')) return 'interrupted'
  return PLAIN[kind]
}

/** 'upA: carrier lost' is told on upA's own line. */
function linkLabel(text: string): string {
  const words = text.replace(/^\S+: /, '')
  if (words.startsWith('address ')) return words.endsWith('removed') ? 'address removed' : 'address added'
  return words.length <= 24 ? words : PLAIN.link
}

function routeLabel(text: string): string {
  const exit = / go by (\S+) from here$/.exec(text)?.[1]
  if (exit !== undefined) return `by ${exit}`
  if (text.startsWith('route removed')) return 'route removed'
  return text.startsWith('route added') ? 'route added' : PLAIN.routing
}

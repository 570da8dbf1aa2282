/**
 * What a live event says, in one line, with a sign and a tone; null for those that say nothing to people. Pure.
 */

import type { LiveDrops, LiveFeedEntry } from '../../shared/live.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import { count, milliseconds, plural, seconds } from '../text/format.ts'

export interface EventWords {
  sign: string
  tone: 'ok' | 'bad' | 'warn' | 'accent' | 'plain'
  kind: string
  text: string
  /** session to go to */
  session: string | null
  rehoming: string | null
}

/** Sessions that every host has by the hundred: told only when asked for. */
export const isCommon = (entry: LiveFeedEntry): boolean =>
  (entry.type === 'session-opened' || entry.type === 'session-closed') &&
  /^(tcp|udp|dns|icmp|icmpv6)$/.test(entry.session.protocol) &&
  entry.session.rehomings === 0

export function dropWords({ kernel, interface: own, app }: LiveDrops): string {
  const one = (value: number | 'unknown') => (value === 'unknown' ? 'unknown' : count(value))
  return `kernel ${one(kernel)}, interface ${one(own)}, application ${one(app)}`
}

const NOTHING = { session: null, rehoming: null }

export function eventWords(entry: LiveFeedEntry): EventWords | null {
  switch (entry.type) {
    case 'capture-started':
      return { sign: '●', tone: 'ok', kind: 'started', text: `on ${entry.interfaces.join(', ')} with ${entry.backend}`, ...NOTHING }
    case 'capture-stopped':
      return {
        sign: '■',
        tone: 'plain',
        kind: 'stopped',
        text: `${plural(entry.packets, 'packet')}, ${plural(entry.rehomings, 'rehoming')}`,
        ...NOTHING,
      }
    case 'session-opened':
    case 'session-closed': {
      const { session } = entry
      const end = (list: string[], port: number | null) => `${list.join(', ')}${port === null ? '' : ` port ${port}`}`
      const ends = `${end(session.initiator, session.initiatorPort)} → ${end(session.responder, session.responderPort)}`
      const opened = entry.type === 'session-opened'
      const failed = !opened && session.state === 'failed'
      return {
        sign: opened ? '○' : failed ? '×' : '–',
        tone: failed ? 'bad' : 'plain',
        kind: `${protocolName(session.protocol)} ${opened ? 'opened' : session.state}`,
        text: ends,
        session: session.id,
        rehoming: null,
      }
    }
    case 'rehoming': {
      const { rehoming } = entry
      const moved = `moved from ${rehoming.from.initiator} – ${rehoming.from.responder} to ${rehoming.to.initiator} – ${rehoming.to.responder} (${rehoming.trigger.class})`
      return {
        sign: '⇄',
        tone: 'accent',
        kind: 'rehoming',
        text: rehoming.headline ?? moved,
        session: rehoming.session,
        rehoming: rehoming.id,
      }
    }
    case 'stalled': {
      const where = entry.interface === null ? '' : ` on ${entry.interface}`
      return {
        sign: '‖',
        tone: 'bad',
        kind: 'stalled',
        text: `${entry.session}: nothing gets through${where} for ${seconds(entry.t - entry.since)}: ${entry.text}`,
        session: entry.session,
        rehoming: null,
      }
    }
    case 'interruption': {
      const { ms, pair, text } = entry.interruption
      const where = pair === null ? '' : ` on ${pair.interface ?? `${pair.initiator} – ${pair.responder}`}`
      return {
        sign: '‖',
        tone: 'warn',
        kind: 'interruption',
        text: `${entry.session}: nothing got through${where} for ${milliseconds(ms)} ${text}; it went on there`,
        session: entry.session,
        rehoming: null,
      }
    }
    case 'finding': {
      const { finding } = entry
      const bad = finding.severity === 'high' || finding.severity === 'critical'
      return {
        sign: '⚑',
        tone: bad ? 'bad' : 'warn',
        kind: finding.severity,
        text: finding.title,
        session: finding.session ?? null,
        rehoming: null,
      }
    }
    case 'link': {
      const { link } = entry
      if (link.what === 'other') return null
      const down = link.what === 'link-down'
      return {
        sign: down ? '▼' : link.what === 'link-up' ? '▲' : '·',
        tone: down ? 'warn' : 'plain',
        kind: 'link',
        text: link.message,
        ...NOTHING,
      }
    }
    case 'interface-lost':
      return {
        sign: '×',
        tone: 'bad',
        kind: 'interface',
        text: `${entry.interface} is gone (${entry.problem.message}); waiting for it`,
        ...NOTHING,
      }
    case 'interface-resumed':
      return {
        sign: '✓',
        tone: 'ok',
        kind: 'interface',
        text: `${entry.interface}${entry.was === entry.interface ? '' : `, which was ${entry.was},`} is captured again`,
        ...NOTHING,
      }
    case 'drops':
      return { sign: '!', tone: 'warn', kind: 'dropped', text: `${entry.interface}: ${dropWords(entry.drops)}`, ...NOTHING }
    case 'lag':
      return entry.seconds === 0
        ? { sign: '✓', tone: 'ok', kind: 'analysis', text: 'has caught up', ...NOTHING }
        : { sign: '!', tone: 'warn', kind: 'analysis', text: `is ${seconds(entry.seconds)} behind; nothing is lost`, ...NOTHING }
    case 'problem':
      return {
        sign: '!',
        tone: 'bad',
        kind: 'problem',
        text: `${entry.problem.message}${entry.problem.hint ? `. ${entry.problem.hint}` : ''}`,
        ...NOTHING,
      }
    case 'file-removed':
      return { sign: '·', tone: 'plain', kind: 'file', text: `${entry.path} was removed by the ring`, ...NOTHING }
    case 'file':
      return { sign: '·', tone: 'plain', kind: 'file', text: entry.path, ...NOTHING }
    case 'interface-described':
      return null
  }
}

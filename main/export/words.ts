/**
 * Numbers, times and names of report objects as people read them. What is not known is an en dash, never a number.
 * Texts from captures are not escaped here: that is done where they are written (escape.ts).
 */

import { interfacesTold } from '../../shared/interfaces-told.ts'
import { LABEL_WORDS, MOVE_WORDS } from '../../shared/label-words.ts'
import { bytes, count, milliseconds, moment as momentOf, NONE, plural, seconds } from '../../shared/numbers.ts'
import { isPause, longestWithout, worstOutage } from '../../shared/outage.ts'
import { protocolName } from '../../shared/protocol-words.ts'
import type { CaptureReport, EndpointReport, Metric, PairReport, RehomingReport, SessionReport } from '../../shared/report.ts'

export { bytes, count, milliseconds, plural, seconds }
export const unknown = NONE

/** A measured value with its bounds. */
export function metric(value: Metric | undefined): string {
  if (value == null) return 'not observable'
  const { low, high } = value
  const bounds =
    low !== null && high !== null && (low !== value.value || high !== value.value) ? ` [${milliseconds(low)}, ${milliseconds(high)}]` : ''
  return `${milliseconds(value.value)}${bounds}`
}

/** 'outage 2.3 s', or that it was none */
export function outageWords(rehoming: RehomingReport): string {
  const { outage, lost } = rehoming.metrics
  if (!isPause(rehoming)) return `outage ${metric(outage)}`
  return lost === null ? `after a pause of ${metric(outage)}` : `nothing lost, ${metric(outage)} between deliveries`
}

/** A moment relative to `zero`, both epoch seconds, with microseconds. */
export function moment(time: number, zero: number): string {
  return momentOf(time - zero, 6)
}

/** ISO 8601 with microseconds, as far as a date can hold it. */
export function isoTime(epochSeconds: number | null): string {
  if (epochSeconds === null || !Number.isFinite(epochSeconds)) return ''
  const micro = Math.round(epochSeconds * 1e6)
  const whole = Math.floor(micro / 1e6)
  const date = new Date(whole * 1000)
  if (Number.isNaN(date.getTime())) return ''
  return `${date.toISOString().slice(0, -5)}.${String(micro - whole * 1e6).padStart(6, '0')}Z`
}

function end(address: string, port: number | null | undefined): string {
  if (port == null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** A locator pair on one line; ports only where they are asked for. */
export function pairText(pair: PairReport, ports = false): string {
  return ports
    ? `${end(pair.initiator, pair.initiatorPort)} ⇄ ${end(pair.responder, pair.responderPort)}`
    : `${pair.initiator} ⇄ ${pair.responder}`
}

/** Two pairs are the same path when addresses, ports and interface agree as far as both tell them. */
export function samePair(a: PairReport, b: PairReport): boolean {
  const agree = (x: string | number | null | undefined, y: string | number | null | undefined): boolean => x == null || y == null || x === y
  return (
    a.initiator === b.initiator &&
    a.responder === b.responder &&
    agree(a.interface, b.interface) &&
    agree(a.initiatorPort, b.initiatorPort) &&
    agree(a.responderPort, b.responderPort)
  )
}

/** Frame numbers, at most `limit` of them. */
export function frameList(frames: readonly number[], limit = 12): string {
  const shown = frames.slice(0, limit).map((frame) => `#${frame}`)
  if (frames.length > limit) shown.push(`and ${count(frames.length - limit)} more`)
  return shown.join(' ')
}

/** The same in words: '#12' means an issue where Markdown is read. */
export function frameWords(frames: readonly number[], limit = 6): string {
  if (frames.length === 0) return ''
  const more = frames.length > limit ? ` and ${count(frames.length - limit)} more` : ''
  return `${frames.length === 1 ? 'frame' : 'frames'} ${frames.slice(0, limit).join(' ')}${more}`
}

export const moveWords = MOVE_WORDS

export function directionWords(direction: string | null): string {
  if (direction === 'initiator-to-responder') return 'initiator → responder'
  if (direction === 'responder-to-initiator') return 'responder → initiator'
  return direction === 'both' ? 'both directions' : ''
}

/** How a session fared, in a few plain words: its state first, then what matters. */
export function fateOf(session: SessionReport, rehomings: number): string[] {
  const carried = session.pairs.some((pair) => pair.payloadBytes > 0)
  const failed = carried || rehomings > 0 ? 'broken' : 'never came up'
  const unsettled: Partial<Record<SessionReport['state'], string>> =
    session.protocol === 'udp' ? { opening: 'not answered', failed: 'not answered' } : { opening: 'not up', failed }
  const state = unsettled[session.state] ?? session.state
  const fate = [session.replacedBy ? `broken, re-established as ${session.replacedBy}` : (session.audience ?? state)]
  if (session.replaces) fate.push(`in place of ${session.replaces}`)
  if (rehomings > 0) fate.push(plural(rehomings, 'rehoming'))
  const interruptions = session.interruptions?.length ?? 0
  if (interruptions > 0) fate.push(plural(interruptions, 'interruption'))
  for (const label of session.labels) {
    const words = LABEL_WORDS[label]
    if (words !== undefined) fate.push(words)
  }
  return fate
}

/** How delivery began again, where re-sent data came first; '' where it began with new data. */
export function resumedWords(rehoming: RehomingReport): string {
  const later = rehoming.metrics.parts?.newData
  if (later == null) return ''
  return `delivery resumed with data sent again; the first new data came ${milliseconds(later)} later`
}

/** The sentence that opens a session's page; made from the plainest facts when the analysis gave none. */
export function headlineOf(session: SessionReport, rehomings: readonly RehomingReport[]): string {
  if (session.headline) return session.headline
  const moved = rehomings.length === 0 ? 'stayed on its path' : `moved ${plural(rehomings.length, 'time')}`
  return `${protocolName(session.protocol)} session ${session.id} ${moved}`
}

/** An address that left and came back is one locator twice. */
export function addressesOf(end: EndpointReport): string[] {
  return [...new Set(end.locators.map((one) => one.address))]
}

/** Short facts beneath the sentence. */
export function factsOf(session: SessionReport, rehomings: readonly RehomingReport[]): string[] {
  const total = session.pairs.reduce((sum, pair) => sum + pair.bytes, 0)
  const payload = session.pairs.reduce((sum, pair) => sum + pair.payloadBytes, 0)
  const worst = worstOutage(rehomings)
  const [initiator, responder] = session.endpoints
  const facts = [
    protocolName(session.protocol),
    `session ${session.id}`,
    `${fateOf(session, 0)[0]}${session.midCapture ? ', opened before the capture' : ''}`,
    `${addressesOf(initiator).length} ⇄ ${addressesOf(responder).length} locators`,
    plural(session.pairs.length, 'path'),
    `${bytes(payload)} payload, ${bytes(total)} on the wire`,
    plural(rehomings.length, 'rehoming'),
  ]
  if (worst !== null) facts.push(`worst outage ${milliseconds(worst)}`)
  const stayed = longestWithout(session, [])
  if (stayed !== null) facts.push(`${plural(session.interruptions?.length ?? 0, 'interruption')}, worst ${milliseconds(stayed)}`)
  if (session.replaces) facts.push(`re-established ${session.replaces}`)
  return facts
}

/** What stands for those of a list that are not shown: '3 further findings', or '' when all are. */
export function further(all: number, shown: number, one: string, many?: string): string {
  return all > shown ? plural(all - shown, `further ${one}`, `further ${many ?? `${one}s`}`) : ''
}

/** The first `most` texts, and in the last place how many more there are. */
export function firstOf(texts: readonly string[], most: number, one: string, many?: string): string[] {
  const rest = further(texts.length, most, one, many)
  return rest === '' ? [...texts] : [...texts.slice(0, most), rest]
}

/** Interfaces of a capture, one text each: the busiest when there are more than `most`. */
export function interfaceTexts(capture: CaptureReport, most: number, text: (one: CaptureReport['interfaces'][number]) => string): string[] {
  const { told, rest } = interfacesTold(capture.interfaces, most)
  return [...told.map(text), ...(rest === '' ? [] : [rest])]
}

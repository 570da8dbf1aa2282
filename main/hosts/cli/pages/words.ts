/** Places, moments and evidence in words, the same on every page of the command line; numbers are said as in exports. */
import { escapeText } from '../../../../dissectors/core/values.ts'
import { moment as momentOf } from '../../../../shared/numbers.ts'
import type { PairReport, SessionReport } from '../../../../shared/report.ts'

/** UTC, to the second. */
export function moment(epoch: number): string {
  const date = new Date(epoch * 1000)
  return Number.isNaN(date.getTime()) ? String(epoch) : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Time after frame 1, in seconds up to a day, as the packet list counts; `zero` is that frame's epoch time. */
export function since(zero: number, epoch: number): string {
  const words = momentOf(epoch - zero)
  return words.startsWith('-') ? words : `+${words}`
}

export function pair(value: PairReport, ports = false): string {
  const via = value.interface === null || value.interface === undefined || value.interface === '' ? '' : ` via ${value.interface}`
  const [from, to] = ports
    ? [place(value.initiator, value.initiatorPort), place(value.responder, value.responderPort)]
    : [value.initiator, value.responder]
  return escapeText(`${from} → ${to}${via}`)
}

/** The paths of one session, with ports where addresses and interface do not tell two of them apart. */
export function pairTexts(pairs: readonly PairReport[]): string[] {
  const plain = pairs.map((one) => pair(one))
  return pairs.map((one, i) => pair(one, plain.indexOf(plain[i] as string) !== plain.lastIndexOf(plain[i] as string)))
}

function place(address: string, port: number | null | undefined): string {
  if (port === null || port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

export function frames(list: readonly number[], most = 6): string {
  if (list.length === 0) return ''
  const shown = list.slice(0, most).join(', ')
  return `frame${list.length === 1 ? '' : 's'} ${shown}${list.length > most ? `, … (${list.length})` : ''}`
}

/** The two ends as first seen. */
export function ends(session: SessionReport): string {
  const [initiator, responder] = session.endpoints
  const first = session.pairs[0]
  const named = (address: string | undefined, port: number | null | undefined): string =>
    address === undefined ? '?' : place(address, port)
  return escapeText(
    `${named(initiator.locators[0]?.address ?? first?.initiator, initiator.locators[0]?.port ?? first?.initiatorPort)} → ${named(responder.locators[0]?.address ?? first?.responder, responder.locators[0]?.port ?? first?.responderPort)}`,
  )
}

/** Wraps words at `width`, each further line indented. Whole words only; a long one stands alone. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width - indent.length) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines.map((part) => indent + part).join('\n')
}

/** What links, routers and routing protocols did meanwhile, as `summary` prints it. */
import { escapeText } from '../../../../dissectors/core/values.ts'
import { networkLines } from '../../../../shared/network-lines.ts'
import type { NetworkEvent, Report } from '../../../../shared/report.ts'
import { plural } from '../../../export/words.ts'
import type { Paint } from '../output.ts'
import { frames, since, wrap } from './words.ts'

const MAX_LINES = 8

export function networkText(report: Report, paint: Paint, width: number, zero: number): string {
  const lines = changes(report, zero, MAX_LINES).map((line) => wrap(line, width, '  '))
  return lines.length === 0 ? '' : `${paint.bold('Network')}\n${lines.join('\n')}`
}

/** A line an event: of all of them, or where it is given of one interface (null: of none in particular). */
export function changes(report: Report, zero: number, most: number, name?: string | null): string[] {
  const events = (report.network ?? []).filter((event) => !toldAsWithdrawn(event) && (name === undefined || event.interface === name))
  // beneath the interface's name its name is not said again
  const all = networkLines(name === undefined ? events : events.map((event) => ({ ...event, interface: null })))
  const lines = all.slice(0, most).map(({ event: { t, until, frames: evidence }, words }) => {
    const span = until === null ? since(zero, t) : `${since(zero, t)} to ${since(zero, until)}`
    return `${span}  ${escapeText(words)}${evidence.length > 0 ? ` (${frames(evidence, 3)})` : ''}`
  })
  const more = all.length - lines.length
  if (more > 0) lines.push(`and ${plural(more, 'further event')}: rehome report, under "network"`)
  return lines
}

/** The page says of prefixes at its head that they were withdrawn. */
function toldAsWithdrawn({ what, text }: NetworkEvent): boolean {
  return what === 'prefix-gone' || (what === 'lease-lost' && text.startsWith('delegated prefix'))
}

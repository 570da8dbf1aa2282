/** What links, routers and routing protocols did meanwhile, as `summary` prints it. */
import { escapeText } from '../../../../dissectors/core/values.ts'
import { networkLines } from '../../../../shared/network-lines.ts'
import type { NetworkEvent, Report } from '../../../../shared/report.ts'
import { plural } from '../../../export/words.ts'
import type { Paint } from '../output.ts'
import { frames, since, wrap } from './words.ts'

const MAX_LINES = 8

export function networkText(report: Report, paint: Paint, width: number, zero: number): string {
  const all = networkLines((report.network ?? []).filter((event) => !toldAsWithdrawn(event)))
  if (all.length === 0) return ''
  const lines = all.slice(0, MAX_LINES).map(({ event: { t, until, frames: evidence }, words }) => {
    const span = until === null ? since(zero, t) : `${since(zero, t)} to ${since(zero, until)}`
    return wrap(`${span}  ${escapeText(words)}${evidence.length > 0 ? ` (${frames(evidence, 3)})` : ''}`, width, '  ')
  })
  const more = all.length - lines.length
  if (more > 0) lines.push(`  and ${plural(more, 'further event')}: rehome report, under "network"`)
  return `${paint.bold('Network')}\n${lines.join('\n')}`
}

/** The page says of prefixes at its head that they were withdrawn. */
function toldAsWithdrawn({ what, text }: NetworkEvent): boolean {
  return what === 'prefix-gone' || (what === 'lease-lost' && text.startsWith('delegated prefix'))
}

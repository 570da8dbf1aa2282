/** Events of links and routers as lists show them: what was said again, or of others in the same packet, is one line. Pure. */
import { plural } from './numbers.ts'
import type { NetworkEvent } from './report.ts'

export interface NetworkLine {
  event: NetworkEvent
  /** what happened, with how often and of how many others; where it is not in the words, the interface */
  words: string
}

/** In the order of the events. Equal words that follow each other are a withdrawal that is said again; a packet may speak of a thousand routes. */
export function networkLines(events: readonly NetworkEvent[]): NetworkLine[] {
  const lines: { event: NetworkEvent; times: number; others: number }[] = []
  for (const event of events) {
    const last = lines.at(-1)
    const alike = last !== undefined && last.event.what === event.what && last.event.interface === event.interface
    if (alike && last.event.text === event.text) {
      last.event = { ...last.event, until: event.until, frames: [...last.event.frames, ...event.frames] }
      last.times++
    } else if (alike && event.frames.length > 0 && last.event.frames.includes(event.frames[0] as number)) last.others++
    else lines.push({ event, times: 1, others: 0 })
  }
  return lines.map(({ event, times, others }) => {
    const where = event.interface === null || event.kind === 'link' ? '' : ` on ${event.interface}`
    // of a route what it is for and where it goes; its further attributes are in the report
    const text = event.kind === 'link' ? event.text.replace(/( dev \S+).*$/, '$1') : event.text
    const beside = others > 0 ? `, and ${plural(others, 'other')} with it` : ''
    return { event, words: `${text}${where}${beside}${times > 1 ? `, ${times} times` : ''}` }
  })
}

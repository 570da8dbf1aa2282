/**
 * A session as a picture: a lane a locator pair, grouped by interface, with its traffic as density, signals as marks, rehomings as
 * arrows with their outage and trigger. Light background and own styles, readable when printed; as part of a page it takes the
 * page's colours. Colours (Okabe-Ito) are doubled by letters, shapes and words. Every text is escaped; no scripts, no references.
 * Cost: bounded by the layout (see picture-layout.ts): about 100 KB at most.
 */
import type { TimelineKind } from '../../shared/report.ts'
import { htmlText } from './escape.ts'
import {
  barWidth,
  type Group,
  groupName,
  type Lane,
  layOut,
  letterWidth,
  type Mark,
  type Move,
  type Picture,
  pictureWidth,
  plotLeft,
  plotRight,
  type Stay,
} from './picture-layout.ts'
import { type SessionExport, timeZero } from './session-export.ts'
import { bytes, factsOf, frameList, headlineOf, isoTime, milliseconds, moment, outageWords, pairText, plural, seconds } from './words.ts'

/** Okabe-Ito, in an order that keeps neighbours apart; the name is the page's variable. */
const pathColours: [name: string, light: string][] = [
  ['path-1', '#0072b2'],
  ['path-2', '#cc79a7'],
  ['path-3', '#c08400'],
  ['path-4', '#2e93cf'],
  ['path-5', '#009e73'],
  ['path-6', '#6e5200'],
]
const colours = {
  panel: '#ffffff',
  ink: '#1b1f27',
  muted: '#5c6677',
  line: '#d9dde4',
  grid: '#eceef2',
  ok: '#009e73',
  bad: '#d55e00',
  warn: '#e69f00',
  accent: '#3538cd',
  'on-accent': '#ffffff',
}
type Colour = keyof typeof colours

type Paint = { of: (name: Colour) => string; path: (number: number) => string }

/** Standing alone the picture has fixed colours; inside a page the page's variables, so that it follows light and dark. */
function paint(embedded: boolean): Paint {
  const give = (name: string, light: string): string => (embedded ? `var(--${name})` : light)
  return {
    of: (name) => give(name, colours[name]),
    path: (number) => give(...(pathColours[number % pathColours.length] as [string, string])),
  }
}

export function pathLetter(number: number): string {
  return number < 26 ? String.fromCharCode(65 + number) : `${String.fromCharCode(65 + (number % 26))}${Math.floor(number / 26)}`
}

export function sessionSvg(data: SessionExport, options: { embedded?: boolean } = {}): string {
  const embedded = options.embedded ?? false
  const colour = paint(embedded)
  const headline = headlineOf(data.session, data.rehomings)
  const title = embedded ? { lines: [], height: 10 } : titleBlock(data, headline, colour)
  const picture = layOut(data, title.height)
  const legend = legendBlock(data, picture, colour, picture.plotBottom + 30)
  const height = Math.ceil(legend.height)
  const zero = timeZero(data)
  const out: string[] = []
  out.push(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pictureWidth} ${height}"${embedded ? '' : ` width="${pictureWidth}" height="${height}"`} role="img" aria-label="${htmlText(headline)}" font-family="Inter, 'Segoe UI', system-ui, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif" font-size="11">`,
    `<title>${htmlText(headline)}</title>`,
  )
  if (!embedded) out.push(`<rect width="${pictureWidth}" height="${height}" fill="${colours.panel}"/>`)
  out.push(...title.lines)
  for (const { x, label } of picture.ticks) {
    out.push(
      `<line x1="${at(x)}" x2="${at(x)}" y1="${at(picture.plotTop)}" y2="${at(picture.plotBottom)}" stroke="${colour.of('grid')}"/>`,
      `<text x="${at(x)}" y="${at(picture.plotBottom + 15)}" text-anchor="${x < plotLeft + 12 ? 'start' : x > plotRight - 12 ? 'end' : 'middle'}" fill="${colour.of('muted')}">${htmlText(label)}</text>`,
    )
  }
  for (const { top } of picture.groups)
    out.push(`<line x1="${plotLeft}" x2="${plotRight}" y1="${at(top)}" y2="${at(top)}" stroke="${colour.of('line')}"/>`)
  for (const move of picture.moves) out.push(...outageBand(move, colour))
  for (const { lane, x, to } of picture.stays) out.push(band(x, to, lane.box, lane.box + lane.height, colour))
  if (picture.sessionRow !== null) {
    out.push(`<text x="${plotLeft}" y="${at(picture.sessionRow - 2)}" fill="${colour.of('muted')}" font-size="10">session</text>`)
    out.push(...marks(picture.sessionMarks, picture.sessionRow + 11, zero, colour))
  }
  for (const lane of picture.lanes) out.push(...traffic(lane, picture, colour))
  for (const stay of picture.stays) out.push(...stayed(stay, colour))
  for (const move of picture.moves) out.push(...arrow(move, picture, zero, colour))
  for (const group of picture.groups) out.push(...groupNames(group, zero, colour))
  out.push(...legend.lines, '</svg>')
  return `${out.join('\n')}\n`
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function titleBlock(data: SessionExport, headline: string, colour: Paint): { lines: string[]; height: number } {
  const lines: string[] = []
  let y = 30
  for (const line of wrap(headline, 112, 3)) {
    lines.push(`<text x="${plotLeft}" y="${y}" font-size="17" font-weight="600" fill="${colour.of('ink')}">${htmlText(line)}</text>`)
    y += 22
  }
  for (const line of wrap(factsOf(data.session, data.rehomings).join(' · '), 185, 2)) {
    lines.push(`<text x="${plotLeft}" y="${y}" font-size="12" fill="${colour.of('muted')}">${htmlText(line)}</text>`)
    y += 17
  }
  return { lines, height: y + 4 }
}

/** Breaks a text into lines of about `width` letters; the last one says with an ellipsis that there was more. */
export function wrap(text: string, width: number, limit: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    const whole = word.length > width ? `${word.slice(0, width - 1)}…` : word
    if (line !== '' && line.length + 1 + whole.length > width) {
      lines.push(line)
      line = whole
    } else line = line === '' ? whole : `${line} ${whole}`
  }
  if (line !== '') lines.push(line)
  return lines.length <= limit ? lines : [...lines.slice(0, limit - 1), `${(lines[limit - 1] as string).slice(0, width - 2)} …`]
}

/** The page's colour behind letters, so that they stay readable over lines. */
function halo(colour: Paint): string {
  return `stroke="${colour.of('panel')}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"`
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

function groupNames(group: Group, zero: number, colour: Paint): string[] {
  const out = [
    `<text x="${plotLeft}" y="${at(group.top + 14)}" font-size="12" font-weight="600" fill="${colour.of(group.name === null ? 'muted' : 'ink')}" ${halo(colour)}>${htmlText(groupName(group))}</text>`,
    ...marks(group.marks, group.top + 10, zero, colour),
  ]
  for (const lane of group.lanes) out.push(...laneNames(lane, colour), ...marks(lane.marks, lane.row + 11, zero, colour))
  return out
}

function laneNames({ facts, number, pair, top }: Lane, colour: Paint): string[] {
  const about = facts === null ? ['no packets'] : [`${bytes(facts.payloadBytes)} payload`, plural(facts.packets, 'packet')]
  if (facts?.state) about.push(facts.state)
  if (facts?.rtt != null) about.push(`RTT ${milliseconds(facts.rtt)}`)
  if (facts?.retransmitted) about.push(`${facts.retransmitted} re-sent`)
  if (facts?.verified) about.push(`verified: ${facts.verified}`)
  const y = top + 12
  const path = pairText(pair, pair.initiatorPort != null || pair.responderPort != null)
  return [
    `<rect x="${plotLeft}" y="${at(top + 2)}" width="16" height="13" rx="3" fill="${colour.path(number)}"/>`,
    `<text x="${plotLeft + 8}" y="${at(y)}" text-anchor="middle" font-size="10" font-weight="700" fill="#ffffff" stroke="#00000066" stroke-width="2" paint-order="stroke">${pathLetter(number)}</text>`,
    `<text x="${plotLeft + 23}" y="${at(y)}" fill="${colour.of('ink')}" ${halo(colour)} font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace">${htmlText(shorten(path, 100))}</text>`,
    `<text x="${plotRight}" y="${at(y)}" text-anchor="end" fill="${colour.of('muted')}" ${halo(colour)}>${htmlText(shorten(about.join(' · '), 80))}</text>`,
  ]
}

function traffic(lane: Lane, picture: Picture, colour: Paint): string[] {
  return [
    `<rect x="${plotLeft}" y="${at(lane.box)}" width="${plotRight - plotLeft}" height="${lane.height}" fill="none" stroke="${colour.of('line')}"/>`,
    density(lane, picture.maximum, colour.path(lane.number)),
  ]
}

/** One outline for all bars of a lane. Heights follow the cube root, so that a trickle is seen beside a burst. */
function density(lane: Lane, maximum: number, fill: string): string {
  if (maximum <= 0) return ''
  const base = lane.box + lane.height
  const parts: string[] = []
  let open = false
  let last = -1
  lane.bars.forEach((value, bar) => {
    const height = value > 0 ? Math.max(1.5, Math.cbrt(value / maximum) * (lane.height - 2)) : 0
    if (height > 0 && !open) parts.push(`M${plotLeft + bar * barWidth} ${at(base)}V${at(base - height)}`)
    else if (height > 0 && height !== last) parts.push(`V${at(base - height)}`)
    else if (height === 0 && open) parts.push(`V${at(base)}Z`)
    open = height > 0
    if (open) parts.push(`H${plotLeft + (bar + 1) * barWidth}`)
    last = height
  })
  if (open) parts.push(`V${at(base)}Z`)
  return parts.length === 0 ? '' : `<path d="${parts.join('')}" fill="${fill}"/>`
}

/** Shape and colour of a kind: the shape alone tells it in print. */
const glyphs: Record<TimelineKind, { path: string; fill: Colour; stroke: Colour; words: string }> = {
  opened: { path: 'M0-5.5L5.5 0 0 5.5-5.5 0Z', fill: 'ink', stroke: 'ink', words: 'opened' },
  claimed: { path: 'M0-5.5L5.5 0 0 5.5-5.5 0Z', fill: 'panel', stroke: 'ink', words: 'locator claimed' },
  withdrawn: { path: 'M0-5.5L5.5 0 0 5.5-5.5 0ZM-5.5 0H5.5', fill: 'panel', stroke: 'bad', words: 'locator withdrawn' },
  preferred: { path: 'M0-5.5L5 4H-5Z', fill: 'panel', stroke: 'ink', words: 'preference' },
  probed: { path: 'M3.6 0A3.6 3.6 0 1 1-3.6 0 3.6 3.6 0 1 1 3.6 0Z', fill: 'panel', stroke: 'muted', words: 'probe' },
  verified: { path: 'M5 0A5 5 0 1 1-5 0 5 5 0 1 1 5 0ZM-2.4.2L-.6 2 2.6-1.8', fill: 'panel', stroke: 'ok', words: 'verified' },
  refused: { path: 'M-4-4L4 4M4-4L-4 4', fill: 'panel', stroke: 'bad', words: 'refused' },
  'payload-started': { path: '', fill: 'panel', stroke: 'ink', words: 'payload began' },
  'payload-stopped': { path: '', fill: 'panel', stroke: 'ink', words: 'payload ended' },
  retransmitted: { path: 'M-4.5-4L-.5 0-4.5 4M.5-4L4.5 0 .5 4', fill: 'panel', stroke: 'warn', words: 're-sent' },
  rehomed: { path: '', fill: 'panel', stroke: 'accent', words: 'rehomed' },
  finding: { path: 'M-3 5.5V-5.5L5-2.7-3 0', fill: 'bad', stroke: 'bad', words: 'finding' },
  link: { path: 'M-4.5-4.5H4.5V4.5H-4.5Z', fill: 'panel', stroke: 'ink', words: 'link' },
  routing: { path: 'M-4.5-4.5H4.5V4.5H-4.5ZM-4.5 0H4.5', fill: 'panel', stroke: 'ink', words: 'routing' },
  icmp: { path: 'M0-5.5L5.5 4.5H-5.5ZM0-2V1.5M0 2.6V3.4', fill: 'panel', stroke: 'bad', words: 'ICMP error' },
  closed: { path: 'M-4-4H4V4H-4Z', fill: 'ink', stroke: 'ink', words: 'closed' },
  other: { path: 'M2.4 0A2.4 2.4 0 1 1-2.4 0 2.4 2.4 0 1 1 2.4 0Z', fill: 'muted', stroke: 'muted', words: 'other' },
}

function glyph(kind: TimelineKind, x: number, y: number, colour: Paint): string {
  const { path, fill, stroke } = glyphs[kind] ?? glyphs.other
  return `<path transform="translate(${at(x)} ${at(y)})" d="${path}" fill="${fill === 'panel' && /^M-4-4L|^M-4.5-4L/.test(path) ? 'none' : colour.of(fill)}" stroke="${colour.of(stroke)}" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round"/>`
}

function marks(list: Mark[], y: number, zero: number, colour: Paint): string[] {
  return list.map((mark) => {
    const told = mark.entries
      .slice(0, 6)
      .map((entry) => `${moment(entry.t, zero)} ${entry.detail}${entry.frames.length > 0 ? ` (${frameList(entry.frames, 4)})` : ''}`)
    if (mark.entries.length > 6) told.push(`and ${mark.entries.length - 6} more`)
    const words =
      mark.label === ''
        ? ''
        : `<text x="${at(mark.x + 10)}" y="${at(y + 3.8)}" fill="${colour.of('muted')}" ${halo(colour)}>${htmlText(mark.label)}</text>`
    return `<g><title>${told.map(htmlText).join('&#10;')}</title>${glyph(mark.kind, mark.x, y, colour)}${words}</g>`
  })
}

/** The time without delivery, behind the lanes that the move concerns. */
function outageBand({ from, to, x, outageX }: Move, colour: Paint): string[] {
  const lane = from ?? to
  if (lane === null || outageX >= x) return []
  const other = to ?? lane
  const first = Math.min(lane.box, other.box)
  const last = Math.max(lane.box + lane.height, other.box + other.height)
  return [band(outageX, x, first, last, colour)]
}

function band(from: number, to: number, top: number, bottom: number, colour: Paint): string {
  return `<rect x="${at(from)}" y="${at(top)}" width="${at(Math.max(1.5, to - from))}" height="${at(bottom - top)}" fill="${colour.of('bad')}" opacity="0.13"/>`
}

/** A bracket over the time in which the session stood still, with how long that was. */
function stayed({ lane, x, to, words }: Stay, colour: Paint): string[] {
  const room = to - x > words.length * letterWidth + 8
  const text = `<text x="${at((x + to) / 2)}" y="${at(lane.box + lane.height / 2 + 4)}" text-anchor="middle" fill="${colour.of('bad')}" ${halo(colour)}>${htmlText(words)}</text>`
  return [bracket(x, to, lane.box, colour), ...(room ? [text] : [])]
}

function arrow(move: Move, picture: Picture, zero: number, colour: Paint): string[] {
  const { from, to, x, outageX, pill, rehoming, number } = move
  const accent = colour.of('accent')
  const told = [
    `${rehoming.id} at ${moment(rehoming.t, zero)}: ${rehoming.headline ?? `${pairText(rehoming.from)} to ${pairText(rehoming.to)}`}`,
    outageWords(rehoming),
    `trigger ${rehoming.trigger.class}, score ${rehoming.trigger.score}`,
  ]
  const out = [`<g><title>${told.map(htmlText).join('&#10;')}</title>`]
  const down = from !== null && to !== null && to.box > from.box
  const start = from === null ? picture.plotTop : down ? from.box + from.height : from.box
  const end = to === null ? picture.plotBottom : down ? to.box : to.box + to.height
  const highest = Math.min(start, end)
  out.push(
    `<line x1="${at(x)}" x2="${at(x)}" y1="${at(pill.y + 18)}" y2="${at(highest)}" stroke="${accent}" stroke-width="1" stroke-dasharray="2 3"/>`,
  )
  if (from !== null && to !== null && from !== to) {
    // the head lies inside the lane that was moved to, where no words are
    const tip = end + (down ? 9 : -9)
    const back = end
    out.push(
      `<line x1="${at(x)}" x2="${at(x)}" y1="${at(start)}" y2="${at(back)}" stroke="${colour.of('panel')}" stroke-width="5"/>`,
      `<line x1="${at(x)}" x2="${at(x)}" y1="${at(start)}" y2="${at(back)}" stroke="${accent}" stroke-width="2.2"/>`,
      `<path d="M${at(x - 5.5)} ${at(back)}H${at(x + 5.5)}L${at(x)} ${at(tip)}Z" fill="${accent}"/>`,
    )
  }
  if (outageX < x && (from ?? to) !== null) out.push(bracket(outageX, x, (from ?? (to as Lane)).box, colour))
  const width = at(pill.width)
  out.push(
    `<rect x="${at(pill.x)}" y="${at(pill.y)}" width="${width}" height="19" rx="9.5" fill="${accent}"${rehoming.tentative ? ` fill-opacity="0.75" stroke="${accent}" stroke-dasharray="3 2"` : ''}/>`,
    `<circle cx="${at(pill.x + 10)}" cy="${at(pill.y + 9.5)}" r="7" fill="${colour.of('on-accent')}"/>`,
    `<text x="${at(pill.x + 10)}" y="${at(pill.y + 13)}" text-anchor="middle" font-size="10" font-weight="700" fill="${accent}">${number}</text>`,
    `<text x="${at(pill.x + 22)}" y="${at(pill.y + 13.4)}" font-weight="600" fill="${colour.of('on-accent')}">${htmlText(pill.text)}</text>`,
    '</g>',
  )
  return out
}

/** A bracket over the outage, with a least width so that milliseconds are seen in a picture of minutes. */
function bracket(outageX: number, x: number, top: number, colour: Paint): string {
  const left = Math.min(outageX, x - 3)
  return `<path d="M${at(left)} ${at(top + 7)}V${at(top + 2)}H${at(x)}V${at(top + 7)}" fill="none" stroke="${colour.of('bad')}" stroke-width="1.6"/>`
}

function legendBlock(data: SessionExport, picture: Picture, colour: Paint, top: number): { lines: string[]; height: number } {
  const used = new Set<TimelineKind>()
  for (const row of [picture.sessionMarks, ...picture.groups.map((group) => group.marks), ...picture.lanes.map((lane) => lane.marks)])
    for (const mark of row) used.add(mark.kind)
  const lines: string[] = []
  let x = plotLeft + 6
  let y = top + 8
  const put = (drawn: (x: number) => string, words: string): void => {
    const width = 16 + words.length * letterWidth + 14
    if (x + width > plotRight) {
      x = plotLeft + 6
      y += 18
    }
    lines.push(drawn(x), `<text x="${at(x + 11)}" y="${at(y + 3.8)}" fill="${colour.of('muted')}">${htmlText(words)}</text>`)
    x += width
  }
  for (const kind of Object.keys(glyphs) as TimelineKind[])
    if (used.has(kind)) put((where) => glyph(kind, where, y, colour), glyphs[kind].words)
  if (picture.stays.length > 0 || picture.moves.some((move) => move.outageX < move.x))
    put((where) => bracket(where - 4, where + 6, y - 5, colour), 'outage: nothing was delivered')
  y += 20
  const notes = [
    `Bars: payload bytes in ${seconds(picture.barSeconds)}, height by cube root, full height ${bytes(picture.maximum)}`,
    `0 s is ${isoTime(timeZero(data)).replace('T', ' ').replace('Z', ' UTC')}`,
    `${data.generator.name} ${data.generator.version}`,
  ]
  if (picture.omittedLanes > 0) notes.push(`${plural(picture.omittedLanes, 'quiet path')} not drawn`)
  if (picture.omittedMarks > 0) notes.push(`${plural(picture.omittedMarks, 'mark')} not drawn`)
  if (picture.omittedMoves > 0) notes.push(`${plural(picture.omittedMoves, 'rehoming')} not drawn`)
  for (const line of wrap(notes.join(' · '), 190, 2)) {
    lines.push(`<text x="${plotLeft}" y="${at(y + 4)}" font-size="10.5" fill="${colour.of('muted')}">${htmlText(line)}</text>`)
    y += 15
  }
  return { lines, height: y + 6 }
}

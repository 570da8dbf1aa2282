/** Exports of a session: the formats' own rules, the report schema, and hostile texts in every place. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { reportHtml } from '../../../main/export/report-html.ts'
import { reportMarkdown } from '../../../main/export/report-markdown.ts'
import { sessionCsv } from '../../../main/export/session-csv.ts'
import type { SessionExport } from '../../../main/export/session-export.ts'
import { sessionHtml } from '../../../main/export/session-html.ts'
import { sessionJson } from '../../../main/export/session-json.ts'
import { type ExportedPacket, packetPieces, sessionPcapng } from '../../../main/export/session-pcapng.ts'
import { sessionSvg, wrap } from '../../../main/export/session-svg.ts'
import type { PairReport, Report, SessionReport } from '../../../shared/report.ts'
import { payload } from '../files/capture-bytes.ts'
import { readBytes } from '../files/read-all.ts'
import { example, hostileReport, hostileTexts, rehomings, report, session, start } from './example.ts'
import { forbidden, readMarkup, type Tag } from './markup.ts'

const schemaPath = join(import.meta.dirname, '../../../../shared/contract/report.schema.json')
if (!existsSync(schemaPath)) throw new Error(`${schemaPath} is missing: it lies beside the repository`)

function hostile(): SessionExport {
  const { sessions, rehomings: moves, findings, captures, generator } = hostileReport()
  const only = sessions[0] as SessionReport
  return { session: only, rehomings: moves, findings, captures, generator }
}

describe('report schema', () => {
  const schema = JSON.parse(readFileSync(schemaPath, 'utf8'))
  it('holds for the examples and for the session that JSON exports', () => {
    const ajv = new Ajv({ strict: false })
    const check = ajv.compile(schema)
    for (const one of [report, hostileReport()]) {
      check(one)
      expect(check.errors ?? []).toEqual([])
    }
    const checkSession = ajv.compile({
      ...schema,
      $id: 'session',
      $ref: '#/$defs/session',
      type: undefined,
      required: undefined,
      properties: undefined,
    })
    checkSession(JSON.parse(sessionJson(example())).session)
    expect(checkSession.errors ?? []).toEqual([])
    checkSession({ ...session, pairs: null })
    expect(checkSession.errors?.length).toBeGreaterThan(0)
  })
})

describe('session as JSON', () => {
  it('is the session, its rehomings and findings, unchanged', () => {
    for (const data of [example(), hostile()]) {
      const text = sessionJson(data)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ schema: 'rehome.session/1', ...data })))
      expect(text).not.toMatch(forbidden)
    }
  })
})

/** RFC 4180, strictly. */
function parseCsv(text: string): string[][] {
  expect(text.endsWith('\r\n')).toBe(true)
  const rows: string[][] = [[]]
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    if (found === null) throw new Error('not RFC 4180')
    const [, value = '', end] = found
    rows.at(-1)?.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value)
    if (end === '\r\n') rows.push([])
  }
  rows.pop()
  return rows
}

describe('session as CSV', () => {
  it('is the timeline', () => {
    const rows = parseCsv(sessionCsv(example()))
    expect(rows.length).toBe(session.timeline.length + 1)
    expect(rows.slice(0, 2)).toEqual([
      [
        'session',
        'protocol',
        'time',
        'epoch_seconds',
        'seconds',
        'kind',
        'direction',
        'initiator',
        'initiator_port',
        'responder',
        'responder_port',
        'interface',
        'frames',
        'detail',
      ],
      [
        's1',
        'mptcp',
        '2026-09-21T14:13:21.410000Z',
        '1790000001.41',
        '1.16',
        'opened',
        'initiator-to-responder',
        '2001:db8:a:1::10',
        '44505',
        '2001:db8:f1:1::80',
        '5001',
        'upA',
        '11',
        'MP_CAPABLE SYN',
      ],
    ])
    expect(rows.find((row) => row[5] === 'link')).toEqual([
      's1',
      'mptcp',
      '2026-09-21T14:13:24.300000Z',
      '1790000004.3',
      '4.05',
      'link',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      'upA NO-CARRIER, line 14 of the link log',
    ])
  })

  it('runs nothing in a spreadsheet', () => {
    const data = hostile()
    for (const text of hostileTexts)
      data.session.timeline.push({
        t: start,
        kind: 'other',
        direction: null,
        pair: { initiator: text, responder: text, interface: text },
        frames: [],
        detail: text,
      })
    const text = sessionCsv(data)
    expect(text.replaceAll('\r\n', '')).not.toMatch(forbidden)
    const rows = parseCsv(text)
    expect(rows.every((row) => row.length === 14)).toBe(true)
    for (const row of rows.slice(1)) for (const [i, cell] of row.entries()) if (i !== 3 && i !== 4) expect(cell).not.toMatch(/^\s*[=+\-@]/)
  })
})

const safeTags = new Set(
  '!doctype html head meta title style body main h1 h2 h3 p section article div span b br ul li dl dt dd table thead tbody tr th td figure footer a svg g rect line path circle text'.split(
    ' ',
  ),
)
const safeAttributes =
  /^(?:html|lang|charset|http-equiv|content|name|class|id|href|scope|role|aria-(?:label|hidden)|xmlns|viewBox|width|height|x|y|x1|x2|y1|y2|cx|cy|r|rx|d|fill|fill-opacity|stroke|stroke-(?:width|dasharray|linejoin|linecap)|paint-order|opacity|font-(?:family|size|weight)|text-anchor|transform|preserveAspectRatio)$/

function expectSafe(tags: Tag[]): void {
  for (const { name, attributes } of tags) {
    expect(safeTags).toContain(name)
    for (const [attribute, value] of attributes) {
      expect(attribute).toMatch(safeAttributes)
      if (attribute === 'href') expect(value).toMatch(/^#session-\d+$/)
      if (attribute === 'class' || attribute === 'id') expect(value).toMatch(/^[a-z0-9 -]+$/)
      expect(value).not.toMatch(/url\(|javascript:/i)
    }
  }
}

describe('session as picture', () => {
  it('has a lane a pair, marks, moves, and says what is what', () => {
    const svg = sessionSvg(example())
    const { tags, text } = readMarkup(svg)
    expectSafe(tags)
    expect(tags[0]).toMatchObject({
      name: 'svg',
      attributes: expect.arrayContaining([['viewBox', expect.stringMatching(/^0 0 1200 \d+$/)]]),
    })
    for (const wanted of [
      'The download moved from upA to upB when upA lost carrier',
      '[2001:db8:a:1::10]:44505 ⇄ [2001:db8:f1:1::80]:5001',
      '192.0.2.10:40112 ⇄ 198.51.100.80:5001',
      'rehomed · 37 ms · link',
      'failed back · 3.1 ms · policy',
      'upA NO-CARRIER',
      '4.081000 s: Moved to upB',
      'outage: nothing was delivered',
      'MP_JOIN verified',
    ]) {
      expect(text).toContain(wanted)
    }
    // three traffic boxes, two of them with traffic; arrow heads at the two moves
    expect(tags.filter((tag) => tag.attributes.some(([name, value]) => name === 'width' && value === '1160')).length).toBe(3)
    expect(svg.match(/fill="#(?:0072b2|cc79a7)"\/>/g)?.length).toBe(4)
    expect(svg.match(/L[\d.]+ [\d.]+Z" fill="#3538cd"/g)?.length).toBe(2)
    expect(svg).not.toContain('var(')
  })

  it('shows where a session stood still and went on in the same lane', () => {
    const data = structuredClone(example())
    data.rehomings = []
    const [pair] = data.session.pairs
    data.session.interruptions = [
      {
        from: start + 6,
        to: start + 306,
        ms: 300_000,
        direction: 'both',
        pair: pair as PairReport,
        cause: 'link',
        text: 'when upA lost carrier',
        frames: [1],
      },
    ]
    const { text } = readMarkup(sessionSvg(data))
    expect(text).toContain('5 min 0 s without delivery')
    expect(text).toContain('outage: nothing was delivered')
    expect(text).toContain('1 interruption, worst 5 min 0 s')
  })

  it('takes the colours of the page that it is part of', () => {
    const svg = sessionSvg(example(), { embedded: true })
    expect(svg).toContain('var(--path-1)')
    expect(svg).not.toMatch(/="#(?!ffffff"|00000066")/)
  })

  const odd: [name: string, change: (data: SessionExport) => void][] = [
    ['no pairs, no timeline', (data) => void Object.assign(data.session, { pairs: [], timeline: [], activity: undefined })],
    ['an instant', (data) => void Object.assign(data.session, { pairs: [], timeline: [], activity: [], closed: start, opened: start })],
    ['times that are no numbers', (data) => void Object.assign(data.session, { opened: Number.NaN, closed: Number.POSITIVE_INFINITY })],
    [
      'an unknown pair in a rehoming',
      (data) => void data.rehomings.push({ ...(rehomings[0] as (typeof rehomings)[0]), to: { initiator: 'x', responder: 'y' } }),
    ],
    [
      'no metrics',
      (data) =>
        void Object.assign(data.rehomings[0] as object, {
          metrics: { outage: null, detection: null, signalling: null, switch: null, lost: null, retransmitted: null },
        }),
    ],
    ['a day', (data) => void Object.assign(data.session, { closed: start + 86_400 })],
  ]
  it.each(odd)('stands %s', (_name, change) => {
    const data = structuredClone(example())
    change(data)
    const svg = sessionSvg(data)
    expectSafe(readMarkup(svg).tags)
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
    readMarkup(sessionHtml(data))
    parseCsv(sessionCsv(data))
  })

  it('stays bounded with thousands of paths, signals and rehomings', () => {
    const data = structuredClone(example())
    for (let i = 0; i < 3000; i++) {
      const pair = { initiator: `10.0.${i >> 8}.${i & 255}`, responder: '192.0.2.1', interface: `if${i}` }
      data.session.pairs.push({ ...pair, packets: 1, bytes: 1, payloadBytes: 1, first: start + 2, last: start + 3 })
      data.session.timeline.push({
        t: start + i / 300,
        kind: i % 2 ? 'probed' : 'claimed',
        direction: null,
        pair: null,
        frames: [i],
        detail: `signal ${i}`,
      })
      data.rehomings.push({ ...(rehomings[0] as (typeof rehomings)[0]), id: `r${i}`, t: start + i / 300 })
    }
    const svg = sessionSvg(data)
    expect(svg.length).toBeLessThan(300_000)
    expect(readMarkup(svg).text).toMatch(/2991 quiet paths|2,991 quiet paths/)
    expect(sessionHtml(data).length).toBeLessThan(3_000_000)
  })

  it('breaks headlines into lines', () => {
    expect([wrap('aaa bbb ccc ddd', 7, 2), wrap('aaa bbb ccc ddd eee fff', 7, 2), wrap('x'.repeat(30), 10, 2), wrap('', 10, 2)]).toEqual([
      ['aaa bbb', 'ccc ddd'],
      ['aaa bbb', 'ccc d …'],
      [`${'x'.repeat(9)}…`],
      [],
    ])
  })
})

describe('pages', () => {
  const pages: [name: string, make: () => string][] = [
    ['session', () => sessionHtml(example())],
    ['report', () => reportHtml(report)],
    ['hostile session', () => sessionHtml(hostile())],
    ['hostile report', () => reportHtml(hostileReport())],
    ['hostile picture', () => sessionSvg(hostile())],
    [
      'empty report',
      () =>
        reportHtml({
          ...report,
          captures: [],
          sessions: [],
          rehomings: [],
          findings: [],
          site: { interfaces: [] },
          limits: { evictedSessions: 3, notObservable: [] },
        }),
    ],
  ]
  it.each(pages)('%s is well formed, self-contained and safe', (_name, make) => {
    const markup = make()
    expect(markup).not.toMatch(forbidden)
    const { tags } = readMarkup(markup)
    expectSafe(tags)
    expect(tags.some((tag) => ['script', 'img', 'link', 'iframe', 'foreignobject'].includes(tag.name))).toBe(false)
  })

  it('allows its own style sheet and nothing else', () => {
    const markup = sessionHtml(example())
    const style = /<style>([^<]*)<\/style>/.exec(markup)?.[1] ?? ''
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(markup)?.[1]
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`,
    )
  })

  it('tells the story', () => {
    const { text } = readMarkup(sessionHtml(example()))
    for (const wanted of [
      'worst outage 37 ms',
      '37 ms [36.7 ms, 37.2 ms]',
      'upA NO-CARRIER (line 14 of the link log)',
      'detection 22.2 ms',
      'signalled, verified before',
      'initiator token 0x8682619b',
      'Source address of upA left by upB',
      'ADD_ADDR 2001:db8:b:1::10 (HMAC good)',
      '#613 #614 #615'.slice(0, 4),
    ]) {
      expect(text).toContain(wanted)
    }
  })

  it('puts the worst session first', () => {
    const quiet = { ...session, id: 's2', headline: 'quiet one', timeline: [], activity: [] }
    const broken = { ...session, id: 's3', headline: 'broken one', state: 'failed' as const }
    const many: Report = { ...report, sessions: [quiet, session, broken] }
    for (const made of [reportHtml(many), reportMarkdown(many)]) {
      const at = ['broken one', 'The download moved', 'quiet one'].map((text) => made.indexOf(text))
      expect(at).toEqual([...at].sort((x, y) => x - y))
      expect(at[0]).toBeGreaterThan(0)
    }
  })
})

describe('report as Markdown', () => {
  it('has sentences, tables and causes', () => {
    const text = reportMarkdown(report)
    for (const wanted of [
      '# 1 session, 2 rehomings, 1 finding in mptcp-failover.pcapng',
      '| s1 | MPTCP | closed | 2001:db8:a:1::10, 2001:db8:b:1::10 | 2001:db8:f1:1::80 | 2 | 37 ms | 13.9 s | 11.2 MB |',
      '- **r1: rehomed at 4.081000 s** from 2001:db8:a:1::10 ⇄ 2001:db8:f1:1::80 on upA to 2001:db8:b:1::10 ⇄ 2001:db8:f1:1::80 on upB; outage 37 ms',
      '  - link, score 90: upA NO-CARRIER (line 14 of the link log) (4.051000 s frame 612)',
      '| 2.190000 s | claimed | ADD_ADDR 2001:db8:b:1::10 (HMAC good) | 2001:db8:a:1::10 ⇄ 2001:db8:f1:1::80 | 89 |',
      '- **info: Source address of upA left by upB**',
    ]) {
      expect(text).toContain(wanted)
    }
  })

  it('holds no markup of others', () => {
    const text = reportMarkdown(hostileReport())
    expect(text).not.toMatch(forbidden)
    const unescaped = text.replace(/\\./g, '')
    expect(unescaped).not.toMatch(/[<>`[\]]/)
    expect(unescaped).not.toMatch(/https?:\/\//)
    let cells = 0
    for (const line of unescaped.split('\n')) {
      if (!line.startsWith('|')) cells = 0
      else {
        const count = line.split('|').length
        if (cells === 0) cells = count
        expect(count).toBe(cells)
      }
    }
  })
})

describe('session as pcapng', () => {
  const packets: ExportedPacket[] = [610, 612, 613, 614, 1000, 1300].map((frame, i) => ({
    frame,
    epochNanoseconds: BigInt(Math.round((start + [4.0, 4.04, 4.081, 4.082, 9, 12.8][i]!) * 1e6)) * 1000n,
    interface: i % 2,
    wire: 100 + i,
    bytes: payload(i, 60 + i),
    comments: frame === 612 ? ['kept from the capture'] : undefined,
  }))
  const data = {
    interfaces: [
      { linkType: 1, name: 'upA', addresses: ['2001:db8:a:1::10/64'] },
      { linkType: 1, name: 'upB' },
    ],
    packets,
    rehomings,
    findings: report.findings,
    session,
    origin: 'mptcp-failover.pcapng',
    generator: report.generator,
  }

  it('has the packets, and rehomings and findings as comments on those that show them', async () => {
    const { facts, packets: read, comments } = await readBytes(sessionPcapng(data))
    expect(read.map((one) => [one.interface, one.wire, one.data])).toEqual(packets.map((one) => [one.interface, one.wire, one.bytes]))
    expect(facts.baseNanoseconds + BigInt(read[2]?.time ?? 0)).toBe(packets[2]?.epochNanoseconds)
    expect(comments).toEqual([
      [1, 'kept from the capture'],
      [
        2,
        'r1: rehomed from 2001:db8:a:1::10 ⇄ 2001:db8:f1:1::80 to 2001:db8:b:1::10 ⇄ 2001:db8:f1:1::80 (both directions); trigger link (score 90, frames 612 613); outage 37 ms [36.7 ms, 37.2 ms], detection 22.2 ms, 0 lost',
      ],
      // its evidence frames lie before its moment here: it goes to the first packet after them
      [4, expect.stringContaining('r2: failed back from 2001:db8:b:1::10')],
      // its evidence is not exported
      [4, expect.stringMatching(/^f1: ING-1 info \(confidence 90\): Source address of upA/)],
    ])
    expect([facts.comments, facts.application, facts.interfaces.map((one) => one.name), facts.warnings]).toEqual([
      ['Session s1 (MPTCP) of mptcp-failover.pcapng. Frame numbers in packet comments are those of the original capture.'],
      'Rehome 0.1.0',
      ['upA', 'upB'],
      [],
    ])
  })

  it('comes in pieces and with hostile texts made plain', async () => {
    const { rehomings: moves, findings } = hostileReport()
    const many = Array.from({ length: 3000 }, (_, i) => ({ ...(packets[0] as ExportedPacket), frame: i + 1, bytes: payload(i, 1000) }))
    const pieces = [...packetPieces({ ...data, packets: many, rehomings: moves, findings, origin: '\u202efdp.exe' })]
    expect(pieces.length).toBe(3)
    const { facts, comments } = await readBytes(Uint8Array.from(pieces.flatMap((piece) => [...piece])))
    expect([facts.packets, comments.length, facts.comments[0]?.includes('\\u{202e}fdp.exe')]).toEqual([3000, 3, true])
    for (const [, text] of comments) expect(text).not.toMatch(forbidden)
  })
})

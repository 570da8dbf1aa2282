/** What the cards make of a report: the ladder's columns and steps, groups of findings, a site that is edited as text. */
import { describe, expect, it } from 'vitest'
import { countSeverities, groupFindings } from '../../renderer/findings/groups.ts'
import { ladderOf } from '../../renderer/session/ladder.tsx'
import { verdictOf } from '../../renderer/session/verdict.tsx'
import { useCapture } from '../../renderer/state/capture-store.ts'
import { setClient } from '../../renderer/state/engine.ts'
import { askForSite, changeDraft, draftOf, edit, faultOf, recallSites, siteOf, useSite } from '../../renderer/state/site-store.ts'
import { laneOrder } from '../../renderer/timeline/lane-layout.ts'
import type { ScreenClient } from '../../renderer/transport/client.ts'
import type { FindingReport, SessionReport, TimelineEntry } from '../../shared/report.ts'
import { worseFirst } from '../../shared/severity.ts'

const entry = (t: number, kind: TimelineEntry['kind'], initiator: string | null, part: Partial<TimelineEntry> = {}): TimelineEntry => ({
  t,
  kind,
  direction: 'initiator-to-responder',
  pair: initiator === null ? null : { initiator, responder: 'R' },
  frames: [t],
  detail: `${kind} ${t}`,
  ...part,
})

const session = (timeline: TimelineEntry[]): SessionReport =>
  ({
    timeline,
    pairs: [
      { initiator: 'A', responder: 'R' },
      { initiator: 'B', responder: 'R' },
    ],
  }) as unknown as SessionReport

describe('the ladder', () => {
  it('has the addresses of the initiator, then of the responder, and an arrow from who sent', () => {
    const { columns, steps } = ladderOf(
      session([
        entry(1, 'opened', 'A'),
        entry(2, 'opened', 'A', { direction: 'responder-to-initiator' }),
        entry(3, 'claimed', 'B'),
        entry(4, 'verified', 'B', { direction: 'responder-to-initiator' }),
        entry(5, 'rehomed', 'B', { direction: 'both' }),
      ]),
    )
    expect(columns).toEqual([
      { role: 'initiator', address: 'A' },
      { role: 'initiator', address: 'B' },
      { role: 'responder', address: 'R' },
    ])
    expect(steps.map(({ from, to, both, path }) => [from, to, both, path])).toEqual([
      [0, 2, false, 0],
      [2, 0, false, 0],
      [1, 2, false, 1],
      [2, 1, true, 1],
      [1, 2, true, 1],
    ])
  })

  it('is one of the two ends where a column an address would not fit', () => {
    const crowd = Array.from({ length: 12 }, (_, at) => entry(at, 'probed', `A${at}`))
    const answered = entry(12, 'verified', 'A3', { direction: 'responder-to-initiator' })
    const { columns, steps, folded } = ladderOf(session([...crowd, answered]))
    expect(folded).toBe(true)
    expect(columns).toEqual([
      { role: 'initiator', address: '12 addresses' },
      { role: 'responder', address: '1 address' },
    ])
    expect(steps.map(({ from, to }) => [from, to])).toEqual([...crowd.map(() => [0, 1]), [1, 0]])
  })

  it('leaves out what is no message: traffic, links, findings, and what has no pair or direction', () => {
    const kinds = ['payload-started', 'payload-stopped', 'retransmitted', 'link', 'finding'] as const
    const { columns, steps } = ladderOf(
      session([...kinds.map((kind, at) => entry(at, kind, 'A')), entry(8, 'claimed', null), entry(9, 'claimed', 'A', { direction: null })]),
    )
    expect([columns, steps]).toEqual([[], []])
  })
})

const finding = (
  id: string,
  rule: string,
  severity: FindingReport['severity'],
  t: number,
  part: Partial<FindingReport> = {},
): FindingReport => ({
  id,
  rule,
  severity,
  confidence: 70,
  t,
  session: null,
  title: id,
  detail: '',
  claimant: null,
  victim: null,
  frames: [],
  checks: [],
  reference: '',
  ...part,
})

describe('findings', () => {
  const list = [
    finding('low late', 'A', 'low', 9, { claimant: '::1', victim: '::2' }),
    finding('low', 'B', 'low', 1),
    finding('high', 'C', 'high', 5),
    finding('medium', 'A', 'medium', 10, { claimant: '::2' }),
    finding('info', 'D', 'info', 0),
  ]

  it('stand by rule, the worst rule first, and the worst of a rule first', () => {
    const groups = groupFindings(list, () => false)
    expect(groups.map(({ rule, worst, members, from, to }) => [rule, worst, members.map((one) => one.id), from, to])).toEqual([
      ['C', 'high', ['high'], 5, 5],
      ['A', 'medium', ['medium', 'low late'], 9, 10],
      ['B', 'low', ['low'], 1, 1],
      ['D', 'info', ['info'], 0, 0],
    ])
    expect(groups[1]?.hosts).toEqual(['::2', '::1'])
  })

  it('that were dealt with go last, and do not count for the severity of their rule', () => {
    const groups = groupFindings(list, (one) => one.id === 'medium' || one.id === 'high')
    expect(groups.map(({ rule, worst, done, members }) => [rule, worst, done, members.map((one) => one.id)])).toEqual([
      ['B', 'low', false, ['low']],
      ['A', 'low', false, ['low late', 'medium']],
      ['D', 'info', false, ['info']],
      ['C', 'high', true, ['high']],
    ])
  })

  it('the worst that nobody has dealt with is the verdict on a session, and nothing that is not serious', () => {
    const memory = { acknowledged: [] as string[], suppressed: [] as string[] }
    const worst = (part: Partial<typeof memory>) => verdictOf(list, { ...memory, ...part })?.id ?? null
    expect(worst({})).toBe('high')
    expect(worst({ suppressed: ['C'] })).toBe('medium')
    expect(worst({ suppressed: ['A ::2'], acknowledged: ['C - -'] })).toBe(null)
    expect(verdictOf(list.slice(0, 2), memory)).toBe(null)
  })

  it('are counted by severity, the worst first', () => {
    expect(countSeverities(list)).toEqual([
      { severity: 'high', count: 1 },
      { severity: 'medium', count: 1 },
      { severity: 'low', count: 2 },
      { severity: 'info', count: 1 },
    ])
    expect([worseFirst('critical', 'high') < 0, worseFirst('low', 'low'), worseFirst('info', 'low') > 0]).toEqual([true, 0, true])
  })
})

describe('the site as text', () => {
  const given = {
    interfaces: [
      {
        name: 'upB',
        addresses: [],
        prefixes: ['192.0.2.0/24'],
        routers: [{ address: 'fe80::1', mac: null }],
        filterMode: 'strict' as const,
      },
    ],
  }

  it('offers every exit that is known or was named', () => {
    expect(draftOf({ interfaces: [{ name: 'upA', prefixes: [] }], given })).toEqual([
      { name: 'upA', prefixes: '', filterMode: 'unknown' },
      { name: 'upB', prefixes: '192.0.2.0/24', filterMode: 'strict' },
    ])
  })

  it('goes back with what was not edited, and is nothing when nothing is said', () => {
    const draft = [
      { name: 'upA', prefixes: ' 2001:db8::/32,\n10.0.0.0/8 ', filterMode: 'unknown' as const },
      { name: 'upB', prefixes: '', filterMode: 'unknown' as const },
      { name: 'upC', prefixes: '', filterMode: 'unknown' as const },
    ]
    expect(siteOf(draft, given)).toEqual({
      interfaces: [
        { name: 'upA', addresses: [], prefixes: ['2001:db8::/32', '10.0.0.0/8'], routers: [], filterMode: null },
        { name: 'upB', addresses: [], prefixes: [], routers: [{ address: 'fe80::1', mac: null }], filterMode: null },
      ],
    })
    expect(siteOf(draft.slice(2), null)).toBeNull()
  })

  it.each([
    ['', null],
    ['2001:db8::/48 10.0.0.0/8', null],
    ['2001:db8::/129', '2001:db8::/129'],
    ['10.0.0.0/8, 10.0.0.0/33', '10.0.0.0/33'],
    ['10.0.0.1', '10.0.0.1'],
    ['::/0/0', '::/0/0'],
    ['everything/8', 'everything/8'],
  ])('names what is no prefix in %j', (prefixes, fault) => {
    expect(faultOf({ name: 'x', prefixes, filterMode: 'none' })).toBe(fault)
  })

  it('is given up when another capture comes, and kept while its own is judged again', async () => {
    const answer = { interfaces: [], given }
    setClient({ send: async () => ({ ok: true, value: answer }) } as unknown as ScreenClient)
    const open = (generation: number): Promise<void> => {
      useCapture.setState({ generation })
      return askForSite()
    }
    const draft = (): string[] | undefined => useSite.getState().draft?.map(({ prefixes }) => prefixes)
    await open(1)
    edit()
    changeDraft('upB', { prefixes: '10.0.0.0/8' })
    await open(1)
    expect(draft()).toEqual(['10.0.0.0/8'])
    useSite.setState({ busy: true })
    await open(2)
    useSite.setState({ busy: false })
    await open(2)
    expect(draft()).toEqual(['10.0.0.0/8'])
    await open(3)
    expect(draft()).toBeUndefined()
  })

  it('is remembered by capture, as far as it has the form', () => {
    expect(recallSites(JSON.stringify([['a', given], ['b', 5], 'c', [1, given]]))).toEqual([['a', given]])
    expect([recallSites(null), recallSites('{'), recallSites('{}')]).toEqual([[], [], []])
    expect(recallSites(JSON.stringify(new Array(30).fill(['a', given]))).length).toBe(20)
  })
})

it('lanes stand by the letters of their paths, those of one interface together', () => {
  const lanes = [{ interface: 'upB' }, { interface: 'upA' }, { interface: 'upB' }, { interface: null }]
  expect(laneOrder(lanes, (lane) => [2, 0, 1, 3][lane] as number)).toEqual([1, 2, 0, 3])
})

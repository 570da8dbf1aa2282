/** What the cards show of the made-up capture: further findings, hosts, the site, the answers to the questionnaire, sessions that belong together. */
import type { Answers, RelatedSession } from '../../shared/contract.ts'
import type { FindingReport, HostReport, SessionReport, SiteInterface } from '../../shared/report.ts'
import type { SiteFile } from '../../shared/site.ts'
import { ORIGIN } from './made-up-capture.ts'

const finding = (id: string, part: Partial<FindingReport>): FindingReport => ({
  id,
  rule: 'ING-1',
  severity: 'low',
  confidence: 70,
  t: ORIGIN + 30,
  session: null,
  title: 'Packets with a source of upB leave by upA',
  detail: '14 packets with source 10.0.2.10, which belongs to upB, left by upA. None of it was answered.',
  claimant: '10.0.2.10',
  victim: null,
  frames: [1200, 1300],
  checks: [{ name: 'a tunnel', result: 'ruled out', detail: 'none is seen' }],
  reference: 'BCP 38, BCP 84',
  ...part,
})

export const FURTHER_FINDINGS: FindingReport[] = [
  finding('f2', {}),
  finding('f3', { t: ORIGIN + 44, claimant: '10.0.2.11', title: 'Packets with another source of upB leave by upA' }),
  finding('f4', {
    rule: 'T-REDIR-EST',
    severity: 'high',
    session: 's2',
    t: ORIGIN + 220,
    title: 'An association was led to an address that never answered',
    checks: [],
  }),
]

const benefit = (score: number | null, ceiling: number, why: string) => ({ score, ceiling, why })

export const HOSTS: HostReport[] = [
  {
    id: 'h1',
    addresses: ['10.0.1.10', '10.0.2.10', '2001:db8:a:1::10', '2001:db8:b:1::10'],
    case: 'case2',
    interfaces: ['upA', 'upB'],
    benefits: { permanentAccess: 92, redundancy: 80, loadBalancing: null },
    benefitDetails: {
      permanentAccess: benefit(92, 100, 'one outage of 37 ms'),
      redundancy: benefit(80, 100, 'a second verified pair stood ready'),
      loadBalancing: benefit(null, 0, 'not attainable in this case'),
    },
    indices: {
      fateSharing: 2,
      pathDiversity: 0.5,
      claimsPerHour: 3,
      flapShare: 0,
      overhead: 0.04,
      goals: { redundancy: 80, loadSharing: null, trafficEngineering: null, survivability: 90, legacy: null },
    },
  },
  { id: 'h2', addresses: ['2001:db8:f1:1::80'], case: 'none', benefits: {} },
]

/** The site as it was learned, with what was given before it. */
export function siteWith(given: SiteFile | null): SiteInterface[] {
  return (['upA', 'upB'] as const).map((name, at) => {
    const said = given?.interfaces.find((one) => one.name === name)
    return {
      name,
      addresses: [`10.0.${at + 1}.10`],
      routers: [{ address: `fe80::${at + 1}`, mac: '02:00:00:00:01:01' }],
      filterMode: said?.filterMode ?? 'unknown',
      prefixes: [
        ...(said?.prefixes ?? []).map((prefix) => ({ prefix, source: 'user' as const, validUntil: null, frames: [] })),
        {
          prefix: at === 0 ? '2001:db8:a::/48' : '2001:db8:b::/48',
          source: 'ra',
          validUntil: ORIGIN + 2_592_000,
          preferredUntil: ORIGIN + 604_800,
          frames: [at + 1],
        },
      ],
    }
  })
}

export const QUESTIONNAIRE: NonNullable<SessionReport['questionnaire']> = {
  '7.1.a': { value: 'a token', confidence: 90, source: 'observed', frames: [1, 2] },
  '7.1.f': { value: 'joins name them', confidence: 100, source: 'protocol-default', reference: 'RFC 8684 section 3.2', frames: [] },
  '7.2.e': { value: 'not observable', confidence: 0, source: 'observed', frames: [] },
}

/** s4 took the place of s3. */
export function relatedOf({ id, title, headline }: { id: string; title: string; headline: string }): RelatedSession[] {
  const facts = { protocol: 'tcp', title, headline, packets: 40, bytes: 52_000, rehomings: 0 }
  if (id === 's3') return [{ id: 's4', relation: 'replaced by', ...facts }]
  return id === 's4' ? [{ id: 's3', relation: 'replaces', ...facts }] : []
}

export const limitsAnswer = (): Answers['limits'] => ({
  evictedSessions: 3,
  notObservable: [
    'link state of the interfaces: no link log was given, so link triggers can only be inferred',
    '4 SCTP messages end where the capture cut them (first: frame 9): what they say behind that is not known (capture whole packets)',
  ],
})

export const hostsAnswer = (): Answers['hosts'] => ({ total: 2, multihomed: 1, hosts: HOSTS, site: siteWith(null) })

/** Who a finding is about, in the same words on every screen, page and export. */
import type { FindingReport } from './report.ts'

/** 'claimed by 2001:db8::1', 'affects 2001:db8::2': as far as it names them. A wrong source is nobody's claim. */
export function partiesOf({ rule, claimant, victim }: Pick<FindingReport, 'rule' | 'claimant' | 'victim'>): string[] {
  const whose = /^(ING|SEL)-/.test(rule) ? 'sent by' : 'claimed by'
  return [claimant ? `${whose} ${claimant}` : '', victim ? `affects ${victim}` : ''].filter((words) => words !== '')
}

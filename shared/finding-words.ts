/** Who a finding is about, in the same words on every screen, page and export. */
import type { FindingReport } from './report.ts'

/** 'claimed by 2001:db8::1', 'affects 2001:db8::2': as far as it names them. A wrong source is nobody's claim. */
export function partiesOf({ rule, claimant, victim }: Pick<FindingReport, 'rule' | 'claimant' | 'victim'>): string[] {
  const whose = /^(ING|SEL)-/.test(rule) ? 'sent by' : 'claimed by'
  return [claimant ? `${whose} ${claimant}` : '', victim ? `affects ${victim}` : ''].filter((words) => words !== '')
}

/** what a detail says to do begins so, after what happened */
export const REPAIRS_BEGIN = 'Repairs: '
const PARTS = new RegExp(`^(.*?) (${REPAIRS_BEGIN}.+?)( Seen \\d+ times\\.)?$`, 's')

/** What happened, and what to do about it where the finding says so: one after the other they are a wall of words. */
export function apart(detail: string): { told: string; repairs: string | null } {
  const [, before, repairs, seen] = PARTS.exec(detail) ?? []
  return before === undefined || repairs === undefined ? { told: detail, repairs: null } : { told: before + (seen ?? ''), repairs }
}

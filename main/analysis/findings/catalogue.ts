/**
 * The catalogue: every rule once, as data. Findings take their reference from here, the pages under `docs/rules/` are made from it
 * (`scripts/rule-pages.ts`), and a test compares both. One list a file in `catalogue/`, one line a list here.
 */
import type { FindingReport } from '../../../shared/report.ts'
import { INGRESS_RULES } from './catalogue/ingress.ts'
import { NAME_RULES } from './catalogue/names.ts'
import { NEIGHBOUR_RULES } from './catalogue/neighbour.ts'
import { REFLECTION_RULES } from './catalogue/reflection.ts'
import { ROUTING_RULES } from './catalogue/routing.ts'
import { SELECTION_RULES } from './catalogue/selection.ts'

export interface CatalogueRule {
  /** name in the report, e.g. 'T-ND-FLIP', 'ING-2' */
  id: string
  title: string
  /** RFCs with sections, or where else the rule comes from; what findings print as their reference */
  source: string
  /** the condition in plain sentences, with its thresholds */
  rule: string
  severity: { value: FindingReport['severity']; when: string }[]
  /** where confidence begins; adjustments are in `judge.ts` */
  confidence: { value: number; when: string }[]
  /** benign causes that look alike, and how each is told apart */
  lookAlikes: string[]
  /** a sequence of packets that fires it, and one that does not */
  fires: string
  quiet: string
  /** what to do about it */
  repair: string
}

export const CATALOGUE: readonly CatalogueRule[] = [
  ...INGRESS_RULES,
  ...NEIGHBOUR_RULES,
  ...ROUTING_RULES,
  ...NAME_RULES,
  ...SELECTION_RULES,
  ...REFLECTION_RULES,
]

const byId = new Map(CATALOGUE.map((rule) => [rule.id, rule]))

/** What a finding of this rule cites; '' for a rule that is not in the catalogue. */
export function referenceOf(id: string): string {
  return byId.get(id)?.source ?? ''
}

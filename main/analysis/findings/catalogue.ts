/**
 * The catalogue: every rule once, as data. Findings take their reference from here, the pages under `docs/rules/` are made from it
 * (`scripts/rule-pages.ts`), and a test compares both. One list a file in `catalogue/`, one line a list here.
 */
import { CONTEXT_RULES } from './catalogue/contexts.ts'
import { INGRESS_RULES } from './catalogue/ingress.ts'
import { MOBILITY_RULES } from './catalogue/mobility.ts'
import { NAME_RULES } from './catalogue/names.ts'
import { NEIGHBOUR_RULES } from './catalogue/neighbour.ts'
import { RECOGNITION_RULES } from './catalogue/recognition.ts'
import { REFLECTION_RULES } from './catalogue/reflection.ts'
import { ROUTING_RULES } from './catalogue/routing.ts'
import type { CatalogueRule } from './catalogue/rule.ts'
import { SELECTION_RULES } from './catalogue/selection.ts'
import { TRANSPORT_RULES } from './catalogue/transports.ts'

export type { CatalogueRule } from './catalogue/rule.ts'

export const CATALOGUE: readonly CatalogueRule[] = [
  ...INGRESS_RULES,
  ...NEIGHBOUR_RULES,
  ...ROUTING_RULES,
  ...NAME_RULES,
  ...SELECTION_RULES,
  ...REFLECTION_RULES,
  ...RECOGNITION_RULES,
  ...CONTEXT_RULES,
  ...TRANSPORT_RULES,
  ...MOBILITY_RULES,
]

const byId = new Map(CATALOGUE.map((rule) => [rule.id, rule]))

/** What a finding of this rule cites; '' for a rule that is not in the catalogue. */
export function referenceOf(id: string): string {
  return byId.get(id)?.source ?? ''
}

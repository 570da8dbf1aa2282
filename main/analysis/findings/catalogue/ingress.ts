/** Rules of the catalogue: ingress. */
import type { CatalogueRule } from '../catalogue.ts'

export const INGRESS_RULES: readonly CatalogueRule[] = []

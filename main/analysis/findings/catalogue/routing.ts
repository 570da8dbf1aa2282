/** Rules of the catalogue: routing. */
import type { CatalogueRule } from '../catalogue.ts'

export const ROUTING_RULES: readonly CatalogueRule[] = []

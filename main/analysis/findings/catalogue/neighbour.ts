/** Rules of the catalogue: neighbour. */
import type { CatalogueRule } from '../catalogue.ts'

export const NEIGHBOUR_RULES: readonly CatalogueRule[] = []

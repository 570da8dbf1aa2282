/** Rules of the catalogue: names. */
import type { CatalogueRule } from '../catalogue.ts'

export const NAME_RULES: readonly CatalogueRule[] = []

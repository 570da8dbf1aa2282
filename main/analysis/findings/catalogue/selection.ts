/** Rules of the catalogue: selection. */
import type { CatalogueRule } from '../catalogue.ts'

export const SELECTION_RULES: readonly CatalogueRule[] = []

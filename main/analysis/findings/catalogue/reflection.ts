/** Rules of the catalogue: reflection. */
import type { CatalogueRule } from '../catalogue.ts'

export const REFLECTION_RULES: readonly CatalogueRule[] = []

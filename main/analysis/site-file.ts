/**
 * The site model that a person gives (`shared/site.ts`), as the analysis takes it: prefixes with their host bits cleared, every entry in its long
 * form. Refuses what it does not understand, with the place in the file.
 */
import { type SiteFile, siteModel } from '../../shared/site.ts'
import { maskedPrefix } from './site-prefixes.ts'

export type { SiteFile } from '../../shared/site.ts'

/** `value` is what JSON.parse gave. Throws an Error that names the place and the fault. */
export function readSiteFile(value: unknown): SiteFile {
  const found = siteModel.safeParse(Array.isArray(value) ? { interfaces: value } : value)
  if (!found.success) {
    const issue = found.error.issues[0]
    throw new Error(`${issue?.path.map(String).join('.') || 'the whole file'}: ${issue?.message ?? 'not understood'}`)
  }
  return {
    interfaces: found.data.interfaces.map((one) => ({
      name: one.name,
      addresses: one.addresses,
      prefixes: one.prefixes.map((entry) => masked(typeof entry === 'string' ? entry : entry.prefix)),
      routers: one.routers.map((entry) =>
        typeof entry === 'string' ? { address: entry, mac: null } : { address: entry.address, mac: entry.mac?.toLowerCase() ?? null },
      ),
      filterMode: one.filterMode == null || one.filterMode === 'unknown' ? null : one.filterMode,
    })),
  }
}

function masked(prefix: string): string {
  const [base, length] = prefix.split('/') as [string, string]
  return maskedPrefix(base, Number(length)) ?? prefix
}

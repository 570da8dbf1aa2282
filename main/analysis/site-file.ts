/**
 * The site model that a person gives (`shared/site.ts`), as the analysis takes it: prefixes with their host bits cleared, every entry in its long
 * form, thresholds looked at. A file of thresholds alone needs no interfaces. Refuses what it does not understand, with the place in the file.
 */
import { type SiteFile, siteModel } from '../../shared/site.ts'
import { givenThresholds } from './findings/thresholds.ts'
import { maskedPrefix } from './site-prefixes.ts'

export type { SiteFile } from '../../shared/site.ts'

/** `value` is what JSON.parse gave. Throws an Error that names the place and the fault. */
export function readSiteFile(value: unknown): SiteFile {
  const found = siteModel.safeParse(completed(value))
  if (!found.success) {
    const issue = found.error.issues[0]
    throw new Error(`${issue?.path.map(String).join('.') || 'the whole file'}: ${issue?.message ?? 'not understood'}`)
  }
  const { thresholds } = found.data
  if (thresholds !== undefined) looked(thresholds)
  return {
    ...(thresholds === undefined ? {} : { thresholds }),
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

/** A list is one of interfaces; thresholds may stand alone. */
function completed(value: unknown): unknown {
  if (Array.isArray(value)) return { interfaces: value }
  if (typeof value !== 'object' || value === null || !('thresholds' in value) || 'interfaces' in value) return value
  return { interfaces: [], ...value }
}

function looked(values: Record<string, number>): void {
  try {
    givenThresholds(values)
  } catch (error) {
    throw new Error(`thresholds: ${(error as Error).message}`)
  }
}

function masked(prefix: string): string {
  const [base, length] = prefix.split('/') as [string, string]
  return maskedPrefix(base, Number(length)) ?? prefix
}

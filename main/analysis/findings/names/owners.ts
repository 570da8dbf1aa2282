/**
 * T-DNS-OWNER: a name of the site suddenly has the address of another machine of the site (threats.md T-DNS f). Said only when both machines were
 * heard with their own link-layer addresses before, the name had been stable, and its former answer was still to hold: a service that moves, a
 * lease that passes on and a rotation of single answers look the same without that. Cost: only answers that replace all former addresses.
 */
import type { SiteModel } from '../../site.ts'

/** so many equal answers over so long make a name stable */
export const STABLE_EQUAL = 3
export const STABLE_SPAN = 60e9

export interface Owned {
  address: string
  mac: string
}

/** Link-layer address that an address of the site answered with before `row`; null: none, or it is no address of the site. */
export function ownerOf(site: SiteModel, address: string, row: number): Owned | null {
  if (site.prefixOf(address) === null) return null
  for (const uplink of site.all()) {
    const heard = uplink.neighbours.get(address)
    if (heard !== undefined && heard.row < row) return { address, mac: heard.mac }
  }
  return null
}

/** The machines before and after, when a name went from one known machine of the site to another. */
export function changedOwner(site: SiteModel, before: readonly string[], after: readonly string[], row: number): [Owned, Owned] | null {
  const former = before.map((address) => ownerOf(site, address, row))
  const latter = after.map((address) => ownerOf(site, address, row))
  if (former.includes(null) || latter.includes(null)) return null
  const [one, two] = [former[0] as Owned, latter[0] as Owned]
  // One machine may have many addresses.
  return latter.some((now) => former.some((then) => then?.mac === now?.mac)) ? null : [one, two]
}

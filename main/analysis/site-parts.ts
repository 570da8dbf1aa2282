/** What the site model consists of: interfaces with their addresses, prefixes, routers and neighbours, and how far a source of prefixes is believed. */
import type { SiteInterface } from '../../shared/report.ts'

export type PrefixSource = SiteInterface['prefixes'][number]['source']
export type FilterMode = NonNullable<SiteInterface['filterMode']>
/** how much a source of prefixes is believed (rehoming section 8.1); what is believed more is not overwritten by less */
export const BELIEF: Readonly<Record<PrefixSource, number>> = {
  user: 100,
  'dhcpv6-pd': 95,
  interface: 90,
  bgp: 90,
  ra: 80,
  learned: 60,
}

export interface SitePrefix {
  prefix: string
  source: PrefixSource
  /** ns on the capture's clock; null: for ever, or not told */
  validUntil: number | null
  preferredUntil: number | null
  /** addresses of the routers that advertise it; empty when it is known otherwise */
  routers: Set<string>
  /** when it was taken back, ns; null: it stands */
  withdrawn: number | null
  frames: number[]
}

export interface SiteRouter {
  address: string
  mac: string | null
  /** ns until which it offers itself as default router; null: for ever, or not told */
  until: number | null
  /** its last advertisement said lifetime 0: it is no default router, or no longer */
  notDefault: boolean
  frames: number[]
}

export interface Uplink {
  name: string
  /** packets were captured on it: what is only named by a link log is no interface that packets can be compared with */
  captured: boolean
  /** told by the user or inferred from what happened to packets; null: nothing is known */
  mode: { value: FilterMode; given: boolean } | null
  addresses: Map<string, { since: number; removed: number | null }>
  prefixes: Map<string, SitePrefix>
  routers: Map<string, SiteRouter>
  /** link-layer addresses heard for on-link addresses, for routers that are only named by a route */
  neighbours: Map<string, { mac: string; row: number }>
}

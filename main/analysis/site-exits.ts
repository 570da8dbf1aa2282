/**
 * Exits and verdicts (rehoming.md 8.1, 8.2): by which way a packet leaves the site, and whether its source belongs there. An exit is a captured
 * interface, or one of several routers on it that advertise different prefixes (RFC 8028). A verdict needs a prefix that is known for the exit;
 * without one it is 'unknown', never a mismatch. The pseudo-interface 'any' mixes all links and is no exit.
 * Cost: one pass over the prefixes of the site a question; callers ask once for (source, hop) and again when the model has grown.
 */
import type { HopTable } from '../../dissectors/core/hops.ts'
import { macNumber } from '../../shared/address.ts'
import { BELIEF, type SiteModel, type SitePrefix, type Uplink } from './site.ts'
import { coverLength } from './site-prefixes.ts'

/** RFC 4862 section 5.5.3: a prefix that was taken back may be in use for two hours */
const STALE = 7200e9

export type VerdictKind = 'ok' | 'mismatch' | 'deprecated' | 'stale' | 'foreign' | 'local' | 'unknown'

export interface Verdict {
  kind: VerdictKind
  /** the exit that the source belongs to, and its prefix */
  owner: Exit | null
  prefix: SitePrefix | null
}

export interface Exit {
  /** interface, with the router where there are several: 'upA', 'lan0 by fe80::1' */
  name: string
  uplink: Uplink
  /** address of the router; null when the interface has one way out */
  router: string | null
}

const NONE: Verdict = { kind: 'unknown', owner: null, prefix: null }

export class SiteExits {
  /** routers of an uplink by their link-layer address, as of `version` of the model */
  private readonly routers = new Map<Uplink, Map<number, string>>()
  private version = -1

  constructor(
    private readonly site: SiteModel,
    private readonly hops: HopTable,
  ) {}

  /** Exit that a frame over this hop goes to; null when it is none. */
  exitOf(hop: number): Exit | null {
    const uplink = this.site.named(this.site.nameOf(this.hops.interface[hop] as number))
    if (uplink === null || !uplink.captured || uplink.name === 'any') return null
    return exit(uplink, this.routerBy(uplink, this.hops.receiver[hop] as number))
  }

  /** Does the frame come from a router of its link (true), go to one (false), or is neither known (null)? */
  fromRouter(hop: number): boolean | null {
    const uplink = this.site.named(this.site.nameOf(this.hops.interface[hop] as number))
    if (uplink === null) return null
    if (this.routerBy(uplink, this.hops.sender[hop] as number) !== null) return true
    return this.routerBy(uplink, this.hops.receiver[hop] as number) !== null ? false : null
  }

  /** Address of the first router of the uplink that has this link-layer address. */
  private routerBy(uplink: Uplink, mac: number): string | null {
    if (mac < 0 || uplink.routers.size === 0) return null
    if (this.version !== this.site.version) {
      this.version = this.site.version
      this.routers.clear()
    }
    let byMac = this.routers.get(uplink)
    if (byMac === undefined) {
      byMac = new Map()
      for (const router of uplink.routers.values())
        if (router.mac !== null) {
          const number = macNumber(router.mac)
          if (!byMac.has(number)) byMac.set(number, router.address)
        }
      this.routers.set(uplink, byMac)
    }
    return byMac.get(mac) ?? null
  }

  /** Is the address in a prefix of the link that this hop is on? */
  onLink(hop: number, address: Uint8Array): boolean {
    const uplink = this.site.named(this.site.nameOf(this.hops.interface[hop] as number))
    if (uplink === null) return false
    for (const { prefix } of uplink.prefixes.values()) if (coverLength(prefix, address) >= 0) return true
    return false
  }

  /** A packet with this source left by `exit` at `time`. */
  verdict(source: Uint8Array, exitTaken: Exit, time: number): Verdict {
    const { uplink, router } = exitTaken
    let family = false
    let here: SitePrefix | null = null
    let hereLength = -1
    for (const prefix of uplink.prefixes.values()) {
      if (prefix.prefix.includes(':') !== (source.length === 16)) continue
      if (!serves(uplink, prefix, router)) continue
      family = true
      const length = coverLength(prefix.prefix, source)
      if (length > hereLength) {
        here = prefix
        hereLength = length
      }
    }
    if (here !== null) {
      const kind = state(here, time)
      return { kind, owner: exitTaken, prefix: here }
    }
    if (!family) return NONE
    const elsewhere = this.owner(source)
    if (elsewhere !== null) return { kind: 'mismatch', ...elsewhere }
    return { kind: isUniqueLocal(source) ? 'local' : 'foreign', owner: null, prefix: null }
  }

  /** The exit whose prefix covers an address most closely; null when none does. */
  owner(address: Uint8Array): { owner: Exit; prefix: SitePrefix } | null {
    let best: { owner: Exit; prefix: SitePrefix } | null = null
    let bestLength = -1
    for (const uplink of this.site.all()) {
      if (!uplink.captured || uplink.name === 'any') continue
      for (const prefix of uplink.prefixes.values()) {
        const length = coverLength(prefix.prefix, address)
        if (length < 0 || length < bestLength) continue
        if (length === bestLength && best !== null && BELIEF[best.prefix.source] >= BELIEF[prefix.source]) continue
        best = { owner: exit(uplink, prefix.routers.size === 1 ? ([...prefix.routers][0] as string) : null), prefix }
        bestLength = length
      }
    }
    return best
  }

  /** Exits whose prefixes of this family are better known than by guessing from traffic. */
  knownExits(size: number): number {
    let n = 0
    for (const uplink of this.site.all()) {
      if (!uplink.captured || uplink.name === 'any') continue
      if ([...uplink.prefixes.values()].some((p) => p.prefix.includes(':') === (size === 16) && BELIEF[p.source] >= 80)) n++
    }
    return n
  }
}

function state(prefix: SitePrefix, time: number): VerdictKind {
  if (prefix.withdrawn !== null && time > prefix.withdrawn) return time - prefix.withdrawn <= STALE ? 'stale' : 'foreign'
  if (prefix.validUntil !== null && time > prefix.validUntil) return time - prefix.validUntil <= STALE ? 'stale' : 'foreign'
  return prefix.preferredUntil !== null && time > prefix.preferredUntil ? 'deprecated' : 'ok'
}

/** Several routers that advertise different prefixes: each serves its own, and those that nobody advertises. */
function serves(uplink: Uplink, prefix: SitePrefix, router: string | null): boolean {
  return router === null || uplink.routers.size < 2 || prefix.routers.size === 0 || prefix.routers.has(router)
}

/** Uplinks as exits: nearly every hop's. */
const wholes = new WeakMap<Uplink, Exit>()

function exit(uplink: Uplink, router: string | null): Exit {
  if (router !== null && uplink.routers.size > 1) return { name: `${uplink.name} by ${router}`, uplink, router }
  let whole = wholes.get(uplink)
  if (whole === undefined) {
    whole = { name: uplink.name, uplink, router: null }
    wholes.set(uplink, whole)
  }
  return whole
}

export function isUniqueLocal(address: Uint8Array): boolean {
  return address.length === 16 && ((address[0] as number) & 0xfe) === 0xfc
}

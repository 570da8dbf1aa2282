/**
 * The site model as far as it is learned: which interface (uplink) has which addresses, prefixes and routers, and until when.
 * Sources, by how much they are believed: the interface's own addresses (pcapng, link log), router advertisements on that interface, and
 * what the traffic shows: addresses that answer for themselves on the link (ARP, neighbour discovery: only on-link addresses do), and
 * ten flows answered through one interface. Routes that a router only offers (RIO) are destinations and stay out.
 * Refuses link-local, loopback and multicast addresses. Bounded: MAX_ENTRIES of each kind an interface, MAX_INTERFACES interfaces.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import { Forgotten } from '../../dissectors/core/forgotten.ts'
import { parseAddress } from '../../shared/address.ts'
import type { SiteInterface } from '../../shared/report.ts'
import type { LeaseDetail, NeighbourDetail, RoutingDetail } from '../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../shared/signals.ts'
import { Arrivals } from './site-arrivals.ts'
import type { SiteFile } from './site-file.ts'
import type { FilterMode, PrefixSource, SitePrefix, Uplink } from './site-parts.ts'
import { coverLength, isLocalScope, maskedPrefix } from './site-prefixes.ts'
import type { AnalyzerInterface, LinkEvent } from './types.ts'

const MAX_INTERFACES = 256
const MAX_ENTRIES = 1_000
const MAX_FRAMES = 10
const MAX_ROUTERS = 16
const INFINITE = 0xffffffff
const SECOND = 1e9

export type { FilterMode, SitePrefix, SiteRouter, Uplink } from './site-parts.ts'
export { BELIEF } from './site-parts.ts'

export class SiteModel {
  private readonly uplinks = new Map<string, Uplink>()
  /** counts what was learned: verdicts made from an older state are made again */
  version = 0
  private namedSoFar = 0
  private readonly arrivals = new Arrivals()

  /** `interfaces` may grow while a file is read. */
  constructor(
    private readonly interfaces: readonly AnalyzerInterface[],
    private readonly forgotten = new Forgotten(),
  ) {}

  /** Name of a capture interface, as reports show it. */
  nameOf(index: number): string {
    return this.interfaces[index]?.name ?? `interface ${this.interfaces[index]?.id ?? index}`
  }

  private uplink(name: string): Uplink | null {
    let found = this.uplinks.get(name)
    if (found === undefined) {
      if (this.forgotten.full(this.uplinks.size, MAX_INTERFACES, 'facts about further interfaces')) return null
      found = { name, captured: false, mode: null, addresses: new Map(), prefixes: new Map(), routers: new Map(), neighbours: new Map() }
      this.uplinks.set(name, found)
    }
    return found
  }

  /** Takes up what the file has told of its interfaces since the last call. */
  private takeInterfaces(): void {
    for (; this.namedSoFar < this.interfaces.length; this.namedSoFar++) {
      const one = this.interfaces[this.namedSoFar] as AnalyzerInterface
      const uplink = this.uplink(this.nameOf(this.namedSoFar))
      if (uplink === null) continue
      uplink.captured = true
      this.version++
      for (const text of one.addresses) {
        const [address, length] = text.split('/') as [string, string | undefined]
        this.addAddress(uplink, address, length === undefined ? null : Number(length), 0)
      }
    }
  }

  private addAddress(uplink: Uplink, address: string, length: number | null, time: number): void {
    const bytes = parseAddress(address)
    if (bytes === null || isLocalScope(bytes)) return
    const known = uplink.addresses.get(address)
    if (known !== undefined || !this.forgotten.full(uplink.addresses.size, MAX_ENTRIES, 'facts about addresses of interfaces'))
      uplink.addresses.set(address, { since: known?.since ?? time, removed: null })
    // A host route says nothing of the link's prefix.
    if (length === null || length >= bytes.length * 8 || length === 0) return
    const prefix = maskedPrefix(address, length)
    if (prefix !== null) this.addPrefix(uplink, prefix, 'interface', null, null, -1)
  }

  private addPrefix(
    uplink: Uplink,
    prefix: string,
    source: PrefixSource,
    validUntil: number | null,
    preferredUntil: number | null,
    row: number,
    router = '',
  ): void {
    const known = uplink.prefixes.get(prefix)
    if (known === undefined) {
      if (this.forgotten.full(uplink.prefixes.size, MAX_ENTRIES, 'facts about prefixes of interfaces')) return
      const routers = new Set(router === '' ? [] : [router])
      const frames = row < 0 ? [] : [row + 1]
      uplink.prefixes.set(prefix, { prefix, source, validUntil, preferredUntil, routers, withdrawn: null, frames })
      this.version++
      return
    }
    if (row >= 0 && known.frames.length < MAX_FRAMES) known.frames.push(row + 1)
    if (router !== '' && !known.routers.has(router) && known.routers.size < MAX_ROUTERS) {
      known.routers.add(router)
      this.version++
    }
    // An advertisement tells lifetimes, an address only that the prefix is there.
    if (source === 'learned' || known.source === 'user' || (source === 'interface' && known.source === 'ra')) return
    if (known.source !== source) this.version++
    known.source = source
    known.validUntil = validUntil
    known.preferredUntil = preferredUntil
  }

  /** Routing and neighbour signals; others are ignored. */
  signal(signal: Signal, flows: FlowTable): void {
    if (signal.detail === null) return
    if (signal.kind === SignalKind.Routing) this.routing(signal, signal.detail as RoutingDetail, flows)
    else if (signal.kind === SignalKind.Neighbour) this.neighbour(signal, signal.detail as NeighbourDetail, flows)
  }

  private routing(signal: Signal, detail: RoutingDetail, flows: FlowTable): void {
    if (detail.message !== 'router-advertisement') return
    this.takeInterfaces()
    const uplink = this.uplink(this.nameOf(signal.interface))
    if (uplink === null) return
    const address = flows.addresses.text(detail.router)
    const lifetime = detail.routerLifetime
    this.addRouter(uplink, address, detail.mac, lifetime === null ? null : signal.time + lifetime * SECOND, signal.row)
    const router = uplink.routers.get(address)
    if (router !== undefined) router.notDefault = lifetime === 0
    for (const one of detail.prefixes) {
      const base = parseAddress(one.prefix)
      const prefix = maskedPrefix(one.prefix, one.length)
      if (prefix === null || base === null || isLocalScope(base) || !(one.onLink || one.autonomous)) continue
      this.addPrefix(uplink, prefix, 'ra', until(signal.time, one.valid), until(signal.time, one.preferred), signal.row, address)
      this.withdraw(uplink, prefix, one.valid === 0 ? signal.time : null)
    }
  }

  private withdraw(uplink: Uplink, prefix: string, time: number | null): void {
    const known = uplink.prefixes.get(prefix)
    if (known !== undefined) known.withdrawn = time === null ? null : (known.withdrawn ?? time)
  }

  /** A prefix is delegated to the site over this interface (DHCPv6 IA_PD), taken back with lifetime 0, or given back by whoever has it. */
  delegated(signal: Signal): void {
    const detail = signal.detail as LeaseDetail | null
    const givenBack = detail?.message === 'RELEASE'
    if (detail === null || detail.version !== 6 || !(givenBack || detail.message === 'REPLY')) return
    for (const grant of detail.grants) {
      if (grant.what !== 'prefix') continue
      this.takeInterfaces()
      const uplink = this.uplink(this.nameOf(signal.interface))
      const prefix = maskedPrefix(grant.subject, grant.prefixLength)
      if (uplink === null || prefix === null) continue
      if (givenBack) {
        this.release(uplink, prefix, signal)
        continue
      }
      const end = (seconds: number | null): number | null => (seconds === null ? null : until(signal.time, seconds))
      this.addPrefix(uplink, prefix, 'dhcpv6-pd', end(grant.valid), end(grant.preferred), signal.row)
      this.withdraw(uplink, prefix, grant.valid === 0 ? signal.time : null)
    }
  }

  /** The lifetimes in a RELEASE say nothing (RFC 8415 section 18.2.7): what was delegated is over with it, unless it was never seen delegated. */
  private release(uplink: Uplink, prefix: string, signal: Signal): void {
    const known = uplink.prefixes.get(prefix)
    if (known?.source !== 'dhcpv6-pd' || known.withdrawn !== null) return
    if (signal.row >= 0 && known.frames.length < MAX_FRAMES) known.frames.push(signal.row + 1)
    this.withdraw(uplink, prefix, signal.time)
  }

  /** What a person says of the site: believed before all else. */
  given(file: SiteFile): void {
    for (const one of file.interfaces) {
      const uplink = this.uplink(one.name)
      if (uplink === null) continue
      for (const text of one.addresses) {
        const [address, length] = text.split('/') as [string, string | undefined]
        this.addAddress(uplink, address, length === undefined ? null : Number(length), 0)
      }
      for (const prefix of one.prefixes) this.addPrefix(uplink, prefix, 'user', null, null, -1)
      for (const { address, mac } of one.routers) this.addRouter(uplink, address, mac, null, -1)
      if (one.filterMode !== null) uplink.mode = { value: one.filterMode, given: true }
    }
  }

  /** What happened to packets says how the provider filters. What a person said stands. */
  inferMode(name: string, value: FilterMode): void {
    const uplink = this.uplinks.get(name)
    if (uplink !== undefined && uplink.mode?.given !== true) uplink.mode = { value, given: false }
  }

  /** Every interface that is known, for those who compare packets with the model. */
  all(): Iterable<Uplink> {
    this.takeInterfaces()
    return this.uplinks.values()
  }

  named(name: string): Uplink | null {
    this.takeInterfaces()
    return this.uplinks.get(name) ?? null
  }

  private addRouter(uplink: Uplink, address: string, mac: string | null, end: number | null, row: number): void {
    const known = uplink.routers.get(address)
    if (known === undefined) {
      if (parseAddress(address) === null) return
      if (this.forgotten.full(uplink.routers.size, MAX_ENTRIES, 'facts about routers of interfaces')) return
      const heard = mac ?? uplink.neighbours.get(address)?.mac ?? null
      uplink.routers.set(address, { address, mac: heard, until: end, notDefault: false, frames: row < 0 ? [] : [row + 1] })
      this.version++
      return
    }
    if (mac !== null && mac !== known.mac) this.version++
    known.mac = mac ?? known.mac
    known.until = end
    if (row >= 0 && known.frames.length < MAX_FRAMES) known.frames.push(row + 1)
  }

  private neighbour(signal: Signal, detail: NeighbourDetail, flows: FlowTable): void {
    // Only what an address says of itself.
    if (detail.mac === null || (detail.message !== 'advertisement' && detail.message !== 'arp-reply' && detail.message !== 'gratuitous'))
      return
    this.takeInterfaces()
    const uplink = this.uplink(this.nameOf(signal.interface))
    if (uplink === null) return
    const address = flows.addresses.text(detail.address)
    const heard = uplink.neighbours.get(address)
    if (heard !== undefined) heard.mac = detail.mac
    else if (!this.forgotten.full(uplink.neighbours.size, MAX_ENTRIES, 'neighbours of interfaces'))
      uplink.neighbours.set(address, { mac: detail.mac, row: signal.row })
    const router = uplink.routers.get(address)
    if (router !== undefined && router.mac === null) router.mac = detail.mac
  }

  /** A line of the link log. */
  link(event: LinkEvent): void {
    const { detail, time } = event
    if (detail.interfaceName === null) return
    this.takeInterfaces()
    const matters = detail.what === 'address-added' || detail.what === 'address-removed' || detail.what === 'route-added'
    if (!matters && detail.mac === undefined) return
    const uplink = this.uplink(detail.interfaceName)
    if (uplink === null) return
    const subject = detail.subject ?? ''
    if (detail.what === 'address-added') {
      this.addAddress(uplink, subject, detail.prefixLength ?? null, time)
      const prefix = detail.prefixLength == null ? null : maskedPrefix(subject, detail.prefixLength)
      const known = prefix === null ? undefined : uplink.prefixes.get(prefix)
      if (known !== undefined && known.source === 'interface' && detail.valid !== undefined && detail.preferred !== undefined) {
        known.validUntil = until(time, detail.valid)
        known.preferredUntil = until(time, detail.preferred)
      }
    } else if (detail.what === 'address-removed') {
      const known = uplink.addresses.get(subject)
      if (known !== undefined) known.removed = time
    } else if (detail.what === 'route-added') {
      if (subject === 'default' && detail.nextHop != null) this.addRouter(uplink, detail.nextHop, null, null, -1)
      // A connected route is what the kernel makes of an address and its length, or of an advertised prefix.
      else if (detail.nextHop == null && / proto kernel /.test(detail.message)) this.connected(uplink, subject)
    } else if (detail.mac !== undefined && detail.nextHop != null) this.addRouter(uplink, detail.nextHop, detail.mac, null, -1)
  }

  private connected(uplink: Uplink, subject: string): void {
    const [base, length] = subject.split('/') as [string, string | undefined]
    const bytes = parseAddress(base)
    if (bytes === null || isLocalScope(bytes) || length === undefined || Number(length) >= bytes.length * 8) return
    const prefix = maskedPrefix(base, Number(length))
    if (prefix !== null) this.addPrefix(uplink, prefix, 'interface', null, null, -1)
  }

  // ------------------------------------------------------------------ learning from traffic

  /** To be called when flows are complete; looks at each flow once a call. */
  learn(flows: FlowTable): void {
    this.learnNeighbours()
    if (!this.arrivals.take(flows, (index) => this.nameOf(index))) return
    for (const { address, name, frame } of this.arrivals.settled()) {
      const bytes = parseAddress(address)
      if (bytes === null || isLocalScope(bytes) || this.owner(bytes) !== null) continue
      const uplink = this.uplink(name)
      const prefix = maskedPrefix(address, guessedLength(bytes))
      if (uplink !== null && prefix !== null) this.addPrefix(uplink, prefix, 'learned', null, null, frame - 1)
    }
  }

  /** Links on which an address answered for itself have its prefix, as long as nothing better is known. */
  learnNeighbours(): void {
    for (const uplink of this.uplinks.values())
      for (const [address, { row }] of uplink.neighbours) {
        const bytes = parseAddress(address)
        if (bytes === null || isLocalScope(bytes)) continue
        const owner = this.owner(bytes)
        const prefix = maskedPrefix(address, guessedLength(bytes))
        if (prefix !== null && (owner === null || (owner.uplink !== uplink && owner.prefix.source === 'learned')))
          this.addPrefix(uplink, prefix, 'learned', null, null, row)
      }
  }

  // ------------------------------------------------------------------ questions

  /** Uplink and prefix that cover an address: the longest prefix wins, of equal ones that of an interface or router. */
  private owner(address: Uint8Array): { uplink: Uplink; prefix: SitePrefix } | null {
    let best: { uplink: Uplink; prefix: SitePrefix } | null = null
    let length = -1
    for (const uplink of this.uplinks.values())
      for (const prefix of uplink.prefixes.values()) {
        const cover = coverLength(prefix.prefix, address)
        if (cover > length || (cover === length && cover >= 0 && best?.prefix.source === 'learned')) {
          best = { uplink, prefix }
          length = cover
        }
      }
    return best
  }

  /** Interface that an address belongs to: its own, else that of its prefix, else where packets to it arrive; null when nothing tells. */
  interfaceOfAddress(text: string): string | null {
    this.takeInterfaces()
    let former: string | null = null
    for (const uplink of this.uplinks.values()) {
      const known = uplink.addresses.get(text)
      if (known === undefined) continue
      if (known.removed === null) return uplink.name
      former = uplink.name
    }
    const bytes = parseAddress(text)
    if (bytes === null) return null
    const owner = this.owner(bytes)
    if (owner !== null) return owner.uplink.name
    if (former !== null) return former
    return this.arrivals.interfaceOf(text)
  }

  /** The prefix that covers an address, as text with its length; null when none is known. */
  prefixOf(text: string): string | null {
    this.takeInterfaces()
    const bytes = parseAddress(text)
    return bytes === null ? null : (this.owner(bytes)?.prefix.prefix ?? null)
  }

  /** Is `address` in a prefix of this interface? null when the interface has no known prefix of that family. */
  covers(interfaceName: string, address: string): boolean | null {
    const bytes = parseAddress(address)
    return bytes === null ? null : this.coversBytes(interfaceName, bytes)
  }

  coversBytes(interfaceName: string, bytes: Uint8Array): boolean | null {
    this.takeInterfaces()
    const uplink = this.uplinks.get(interfaceName)
    if (uplink === undefined) return null
    let family = false
    for (const { prefix } of uplink.prefixes.values()) {
      if (coverLength(prefix, bytes) >= 0) return true
      if (prefix.includes(':') === (bytes.length === 16)) family = true
    }
    return family ? false : null
  }

  /** `baseNanoseconds`: epoch of the capture's time 0. */
  toReport(baseNanoseconds: bigint): SiteInterface[] {
    this.takeInterfaces()
    const epoch = (ns: number | null): number | null =>
      ns === null ? null : Number(baseNanoseconds / 1000n + BigInt(Math.round(ns / 1000))) / 1e6
    return [...this.uplinks.values()].map((uplink) => ({
      name: uplink.name,
      addresses: [...uplink.addresses.keys()],
      routers: [...uplink.routers.values()].map(({ address, mac, notDefault }) => ({
        address,
        mac,
        ...(notDefault ? { notDefault } : {}),
      })),
      filterMode: uplink.mode?.value ?? 'unknown',
      prefixes: [...uplink.prefixes.values()].map((one) => ({
        prefix: one.prefix,
        source: one.source,
        validUntil: epoch(one.validUntil),
        preferredUntil: epoch(one.preferredUntil),
        ...(one.withdrawn === null ? {} : { withdrawn: epoch(one.withdrawn) }),
        frames: one.frames,
      })),
    }))
  }
}

function until(time: number, seconds: number): number | null {
  return seconds === INFINITE ? null : time + seconds * SECOND
}

/** Length of a link's prefix when nothing tells it: 64 for IPv6 (RFC 4291 section 2.5.4), the usual 24 for IPv4. */
function guessedLength(address: Uint8Array): number {
  return address.length === 4 ? 24 : 64
}

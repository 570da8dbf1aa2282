/**
 * Hosts: addresses that are one endpoint's verified or payload-carrying locators belong to one host (rehoming.md section 7.1), and the captured
 * host's addresses are those that the sessions' captured ends used. The case (section 7.2) is told from what was seen: two capture interfaces
 * used make case 2, two prefixes without that case 1. Benefits and indices are made for multihomed hosts. Bounded to 10,000 hosts.
 */
import { parseAddress } from '../../../shared/address.ts'
import type { HostReport } from '../../../shared/report.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { LightFlag } from '../sessions/light.ts'
import { BENEFITS, benefitsOf, type HostFacts, type LightPart } from './benefits.ts'
import { indicesOf } from './indices.ts'
import { machines } from './machines.ts'
import type { Scope } from './scope.ts'

/** hosts of a report */
export const MAX_HOSTS = 10_000

/** Which addresses are one host, and what was seen of them. */
class Grouping {
  private readonly parent = new Map<number, number>()
  readonly interfaces = new Map<number, Set<number>>()
  readonly captured = new Set<number>()

  get size(): number {
    return this.parent.size
  }

  root(address: number): number {
    let at = address
    for (let up = this.parent.get(at); up !== undefined && up !== at; up = this.parent.get(at)) at = up
    return at
  }

  join(a: number, b: number): void {
    if (!this.parent.has(a)) this.parent.set(a, a)
    if (!this.parent.has(b)) this.parent.set(b, b)
    const x = this.root(a)
    const y = this.root(b)
    if (x !== y) this.parent.set(Math.max(x, y), Math.min(x, y))
  }

  seenOn(address: number, iface: number): void {
    const seen = this.interfaces.get(address) ?? new Set<number>()
    seen.add(iface)
    this.interfaces.set(address, seen)
  }

  /** Addresses by host. */
  groups(): Map<number, number[]> {
    const groups = new Map<number, number[]>()
    for (const address of this.parent.keys()) {
      const root = this.root(address)
      const list = groups.get(root)
      if (list === undefined) groups.set(root, [address])
      else list.push(address)
    }
    return groups
  }
}

export function hosts(scope: Scope): HostReport[] {
  const grouping = new Grouping()
  for (const session of scope.registry.multi) if (session.mergedInto < 0) placeMulti(grouping, session)
  placeLight(scope, grouping)
  // A captured host is one, whatever sessions its addresses served.
  const own = [...grouping.captured].filter((a) => (grouping.interfaces.get(a)?.size ?? 0) > 0)
  for (const list of machines(scope.flows, own)) for (const a of list) grouping.join(list[0] as number, a)
  const groups = [...grouping.groups()].slice(0, MAX_HOSTS)
  const facts = new Map<number, HostFacts>()
  for (const [root, list] of groups) facts.set(root, emptyFacts(scope, grouping, list))
  fill(scope, grouping, facts)
  return groups.map(([root, list], i) => hostReport(scope, `h${i + 1}`, list, facts.get(root) as HostFacts))
}

function hostReport(scope: Scope, id: string, list: readonly number[], facts: HostFacts): HostReport {
  const report: HostReport = {
    id,
    addresses: list.map((a) => scope.flows.addresses.text(a)).sort(),
    case: facts.case,
    benefits: Object.fromEntries(BENEFITS.map((b) => [b, null])),
  }
  if (facts.interfaces.length > 0) report.interfaces = facts.interfaces.map((n) => scope.world.interfaceName(n) ?? `interface ${n}`)
  if (facts.case === 'none') return report
  const details = benefitsOf(scope, facts)
  for (const benefit of BENEFITS) report.benefits[benefit] = details[benefit].score
  report.benefitDetails = details
  report.indices = indicesOf(scope, facts, details)
  return report
}

/** Locators of an end that are surely its own: proven, or data ran there. */
function usedLocators(session: MultiSession, end: End): number[] {
  return session.endpoints[end].locators
    .filter((l) => l.verified !== null || session.pairs.some((p) => p.payloadUnits > 0 && session.paths[p.path]?.ends[end] === l.address))
    .map((l) => l.address)
}

function placeMulti(grouping: Grouping, session: MultiSession): void {
  for (const end of [0, 1] as const) {
    const used = usedLocators(session, end)
    for (const address of used) grouping.join(used[0] as number, address)
    if (session.capturedEnd !== end && session.capturedEnd !== 2) continue
    for (const address of used) grouping.captured.add(address)
    for (const path of session.paths) if (used.includes(path.ends[end])) grouping.seenOn(path.ends[end], path.interface)
  }
}

function placeLight(scope: Scope, grouping: Grouping): void {
  const { registry, flows } = scope
  for (let n = 0; n < registry.count && grouping.size < MAX_HOSTS * 2; n++) {
    const index = registry.lightOf(n)
    if (index < 0) continue
    const flow = registry.light.flow[index] as number
    const a = flows.addressA[flow] as number
    const b = flows.addressB[flow] as number
    grouping.join(a, a)
    grouping.join(b, b)
    const old = registry.lightOf(registry.light.replaces[index] as number)
    if (old >= 0) grouping.join(client(scope, index), client(scope, old))
    for (const [address, direction] of [
      [a, 0],
      [b, 1],
    ] as const) {
      if ((flows.packets[flow * 2 + direction] ?? 0) === 0 || !isOwn(scope, flow, direction, address)) continue
      grouping.captured.add(address)
      grouping.seenOn(address, flows.lastInterface[flow * 2 + direction] as number)
    }
  }
}

/** The captured host's: known as such, or its packets were never forwarded while those of its peer were. */
function isOwn(scope: Scope, flow: number, direction: 0 | 1, address: number): boolean {
  const { flows, world } = scope
  if (world.isOwn(flows.addresses.text(address))) return true
  const fresh = (d: number): boolean => [64, 128, 255].includes(flows.hopLimit[flow * 2 + d] as number)
  return fresh(direction) && !fresh(1 - direction) && (flows.packets[flow * 2 + 1 - direction] ?? 0) > 0
}

function emptyFacts(scope: Scope, grouping: Grouping, list: readonly number[]): HostFacts {
  const interfaces = [...new Set(list.flatMap((a) => [...(grouping.interfaces.get(a) ?? [])]))].sort((a, b) => a - b)
  const prefixes = new Set(list.map((a) => prefixOf(scope.flows.addresses.text(a))))
  return {
    case: interfaces.length >= 2 ? 'case2' : sameFamilyPrefixes(prefixes) ? 'case1' : 'none',
    captured: list.some((a) => grouping.captured.has(a)),
    interfaces,
    parts: [],
    light: [],
  }
}

/** Gives every multihomed host its sessions. */
function fill(scope: Scope, grouping: Grouping, facts: Map<number, HostFacts>): void {
  const { registry, flows } = scope
  for (const session of registry.multi) {
    if (session.mergedInto >= 0) continue
    for (const end of [0, 1] as const) {
      const address = usedLocators(session, end)[0] ?? session.paths[0]?.ends[end] ?? -1
      const host = facts.get(grouping.root(address))
      if (host !== undefined && host.case !== 'none') host.parts.push({ session, end })
    }
  }
  for (let n = 0; n < registry.count; n++) {
    const index = registry.lightOf(n)
    if (index < 0) continue
    const flow = registry.light.flow[index] as number
    for (const address of [flows.addressA[flow], flows.addressB[flow]]) {
      const host = facts.get(grouping.root(address as number))
      if (host !== undefined && host.case !== 'none') host.light.push(lightPart(scope, index, flow))
    }
  }
}

function lightPart(scope: Scope, index: number, flow: number): LightPart {
  const { light } = scope.registry
  const at = index * 2
  const firsts = [light.firstPayload[at] as number, light.firstPayload[at + 1] as number].filter((t) => t >= 0)
  return {
    index,
    interface: scope.flows.lastInterface[flow * 2] as number,
    bytes: (light.payloadBytes[at] as number) + (light.payloadBytes[at + 1] as number),
    from: firsts.length === 0 ? (light.opened[index] as number) : Math.min(...firsts),
    to: Math.max(light.lastPayload[at] as number, light.lastPayload[at + 1] as number),
    opened: light.opened[index] as number,
  }
}

/** The initiator's address of a light session. */
function client(scope: Scope, index: number): number {
  const { registry, flows } = scope
  const flow = registry.light.flow[index] as number
  return (registry.light.has(index, LightFlag.InitiatorIsA) ? flows.addressA[flow] : flows.addressB[flow]) as number
}

/** The first 64 bits of an IPv6 address, 24 of an IPv4 one. */
function prefixOf(text: string): string {
  const bytes = parseAddress(text)
  if (bytes === null) return text
  return bytes.length === 4 ? `4:${bytes.subarray(0, 3).join('.')}` : `6:${bytes.subarray(0, 8).join('.')}`
}

function sameFamilyPrefixes(prefixes: Set<string>): boolean {
  let four = 0
  let six = 0
  for (const p of prefixes) {
    if (p.startsWith('4:')) four++
    else if (!p.startsWith('6:254.128')) six++
  }
  return four >= 2 || six >= 2
}

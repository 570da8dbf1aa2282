/**
 * Hosts: addresses that are one endpoint's verified or payload-carrying locators belong to one host (rehoming.md section 7.1), and the captured
 * host's addresses are those that the sessions' captured ends used. The case (section 7.2) is told from what was seen: two capture interfaces
 * used make case 2, two prefixes without that case 1. Benefits are not scored here: null. Bounded to 10,000 hosts.
 */
import { parseAddress } from '../../../shared/address.ts'
import type { HostReport } from '../../../shared/report.ts'
import { LightFlag } from '../sessions/light.ts'
import type { Scope } from './scope.ts'

const MAX_HOSTS = 10_000

export const BENEFITS = [
  'permanentAccess',
  'redundancy',
  'loadSharing',
  'loadBalancing',
  'biCasting',
  'preferenceSettings',
  'increasedBandwidth',
] as const

export function hosts(scope: Scope): HostReport[] {
  const { registry, flows } = scope
  const parent = new Map<number, number>()
  const root = (address: number): number => {
    let at = address
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up
    return at
  }
  const join = (a: number, b: number): void => {
    if (!parent.has(a)) parent.set(a, a)
    if (!parent.has(b)) parent.set(b, b)
    const x = root(a)
    const y = root(b)
    if (x !== y) parent.set(Math.max(x, y), Math.min(x, y))
  }
  const interfaces = new Map<number, Set<number>>()
  const captured = new Set<number>()
  for (const session of registry.multi) {
    if (session.mergedInto >= 0) continue
    for (const end of [0, 1] as const) {
      const used = session.endpoints[end].locators.filter(
        (l) => l.verified !== null || session.pairs.some((p) => p.payloadUnits > 0 && session.paths[p.path]?.ends[end] === l.address),
      )
      const first = used[0]
      for (const l of used) join((first as typeof l).address, l.address)
      if (session.capturedEnd === end || session.capturedEnd === 2) {
        for (const l of used) captured.add(l.address)
        for (const p of session.paths) {
          const address = p.ends[end]
          if (!used.some((l) => l.address === address)) continue
          const seen = interfaces.get(address) ?? new Set<number>()
          seen.add(p.interface)
          interfaces.set(address, seen)
        }
      }
    }
  }
  for (let n = 0; n < registry.count && parent.size < MAX_HOSTS * 2; n++) {
    const index = registry.lightOf(n)
    if (index < 0) continue
    const flow = registry.light.flow[index] as number
    const a = flows.addressA[flow] as number
    const b = flows.addressB[flow] as number
    join(a, a)
    join(b, b)
    const old = registry.lightOf(registry.light.replaces[index] as number)
    if (old >= 0) join(client(scope, index), client(scope, old))
    for (const [address, direction] of [
      [a, 0],
      [b, 1],
    ] as const) {
      if (!scope.world.isOwn(flows.addresses.text(address)) || (flows.packets[flow * 2 + direction] ?? 0) === 0) continue
      captured.add(address)
      const seen = interfaces.get(address) ?? new Set<number>()
      seen.add(flows.lastInterface[flow * 2 + direction] as number)
      interfaces.set(address, seen)
    }
  }
  // The captured host is one, whatever sessions its addresses served.
  const own = [...captured].filter((a) => (interfaces.get(a)?.size ?? 0) > 0)
  for (const a of own) join(own[0] as number, a)
  const groups = new Map<number, number[]>()
  for (const address of parent.keys()) {
    const r = root(address)
    const list = groups.get(r)
    if (list === undefined) groups.set(r, [address])
    else list.push(address)
  }
  const out: HostReport[] = []
  for (const list of groups.values()) {
    if (out.length >= MAX_HOSTS) break
    const texts = list.map((a) => flows.addresses.text(a)).sort()
    const links = new Set(list.flatMap((a) => [...(interfaces.get(a) ?? [])]))
    const prefixes = new Set(texts.map(prefixOf))
    out.push({
      id: `h${out.length + 1}`,
      addresses: texts,
      case: links.size >= 2 ? 'case2' : sameFamilyPrefixes(prefixes) ? 'case1' : 'none',
      benefits: Object.fromEntries(BENEFITS.map((b) => [b, null])),
    })
  }
  return out
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

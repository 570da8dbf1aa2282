/**
 * How the provider behind an exit filters (rehoming.md 8.3, BCP 84), from what happened to packets. A drop says strict path or access list; strict
 * path only when the site itself announces the prefix by that exit, which feasible path would let pass; feasible path when announced foreign
 * sources pass where others are dropped; loose when foreign sources that have a route pass and those that can have none are refused. What passes
 * without such a comparison may be no filter at all, and stays unknown. What a person said of the exit stands.
 * Bounded: MAX_PREFIXES announced prefixes an exit.
 */
import type { RouteDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../../shared/signals.ts'
import type { Exit } from '../../site-exits.ts'
import { coverLength } from '../../site-prefixes.ts'
import type { Surroundings } from '../watch.ts'

const MAX_PREFIXES = 1_000

interface Evidence {
  /** prefixes that the site announces by this exit */
  announced: Set<string>
  dropped: boolean
  droppedAnnounced: boolean
  passed: boolean
  passedAnnounced: boolean
  bogonRefused: boolean
}

export class FilterModes {
  private readonly exits = new Map<string, Evidence>()

  constructor(private readonly around: Surroundings) {}

  /** BGP of the site to its provider: only what an own address says, for the provider tells the site of its other prefixes, too. */
  routed(signal: Signal): void {
    if (signal.kind !== SignalKind.Routed || signal.flow < 0) return
    const { flows, world, site } = this.around
    if (!world.isOwn(flows.addresses.text(flows.sender(signal.flow, signal.direction)))) return
    const { announced } = this.of(site.nameOf(signal.interface))
    const detail = signal.detail as RouteDetail
    for (const { prefix, length } of detail.withdrawn) announced.delete(`${prefix}/${length}`)
    for (const { prefix, length } of detail.announced) if (length > 0 && announced.size < MAX_PREFIXES) announced.add(`${prefix}/${length}`)
  }

  private of(name: string): Evidence {
    let known = this.exits.get(name)
    if (known === undefined) {
      const none = { dropped: false, droppedAnnounced: false, passed: false, passedAnnounced: false, bogonRefused: false }
      known = { announced: new Set(), ...none }
      this.exits.set(name, known)
    }
    return known
  }

  /** Does the site announce the prefix of this source by the exit? */
  announces(exit: Exit, source: Uint8Array): boolean {
    for (const prefix of this.exits.get(exit.uplink.name)?.announced ?? []) if (coverLength(prefix, source) >= 0) return true
    return false
  }

  dropped(exit: Exit | null, source: Uint8Array): void {
    if (exit === null) return
    const known = this.of(exit.uplink.name)
    if (this.announces(exit, source)) known.droppedAnnounced = true
    known.dropped = true
    this.infer(exit, known)
  }

  passed(exit: Exit | null, source: Uint8Array): void {
    if (exit === null) return
    const known = this.of(exit.uplink.name)
    if (this.announces(exit, source)) known.passedAnnounced = true
    else known.passed = true
    this.infer(exit, known)
  }

  /** A source that no route can lead to was refused by a filter. */
  bogonRefused(exit: Exit | null): void {
    if (exit === null) return
    const known = this.of(exit.uplink.name)
    known.bogonRefused = true
    this.infer(exit, known)
  }

  private infer(exit: Exit, known: Evidence): void {
    const { site } = this.around
    const { name } = exit.uplink
    if (known.droppedAnnounced) site.inferMode(name, 'strict')
    else if (known.dropped) site.inferMode(name, known.passedAnnounced ? 'feasible' : 'strict-or-acl')
    else if (known.passed && known.bogonRefused) site.inferMode(name, 'loose')
  }
}

/** No router of the Internet has a route to it (RFC 6890): what is private, shared, local or reserved. */
export function isBogon(address: Uint8Array): boolean {
  const [a, b] = [address[0] as number, address[1] as number]
  if (address.length === 16) return (a & 0xe0) !== 0x20
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true
  return (a === 100 && (b & 0xc0) === 64) || (a === 169 && b === 254) || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168)
}

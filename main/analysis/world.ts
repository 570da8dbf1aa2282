/**
 * What happened outside the sessions: the link log, router advertisements and redirects, marks of re-attachment. Asked by the trigger rules.
 * Bounded: 4,000 events of a kind; the oldest go.
 */

import { parseAddress } from '../../shared/address.ts'
import type { LinkDetail, NeighbourDetail, RoutingDetail, Signal } from '../../shared/signals.ts'
import type { AnalyzerInterface, LinkEvent } from './types.ts'

const MAX_EVENTS = 4000

const ATTACHMENT_MARKS: Partial<Record<NeighbourDetail['message'], string>> = {
  dad: 'duplicate address detection on the new interface',
  gratuitous: 'gratuitous ARP on the new interface',
  'group-joined': 'multicast groups were joined on the new interface',
}

export interface WorldEvent {
  time: number
  detail: LinkDetail
  rows: number[]
}

export interface RoutingFact {
  time: number
  interface: number
  what: 'router-gone' | 'prefix-gone' | 'redirect'
  rows: number[]
  text: string
  covers(address: Uint8Array): boolean
}

export class World {
  events: WorldEvent[] = []
  routing: RoutingFact[] = []
  private attachments: { time: number; interface: number; row: number; text: string }[] = []
  /** addresses that the link log or the capture's interfaces call the host's own */
  readonly own = new Set<string>()

  constructor(
    private readonly interfaces: AnalyzerInterface[],
    log: LinkEvent[],
  ) {
    for (const event of log) this.add(event.time, event.detail, [])
  }

  private add(time: number, detail: LinkDetail, rows: number[]): void {
    this.events.push({ time, detail, rows })
    if (this.events.length > MAX_EVENTS) this.events.shift()
    if ((detail.what === 'address-added' || detail.what === 'address-removed') && detail.subject !== null)
      this.own.add(detail.subject.split('/')[0] as string)
  }

  /** Events of a log that grows while packets are seen. */
  onLog(events: readonly LinkEvent[]): void {
    let ordered = true
    for (const { time, detail } of events) {
      ordered &&= time >= (this.events.at(-1)?.time ?? Number.NEGATIVE_INFINITY)
      this.add(time, detail, [])
    }
    if (!ordered) this.events.sort((a, b) => a.time - b.time)
  }

  onLink(signal: Signal): void {
    const detail = signal.detail as LinkDetail
    // A message on the link itself (LLDP, PPP) is about the interface it was captured on.
    const interfaceName = detail.interfaceName ?? this.interfaceName(signal.interface)
    this.add(signal.time, { ...detail, interfaceName }, signal.row < 0 ? [] : [signal.row])
    this.events.sort((a, b) => a.time - b.time)
  }

  onRouting(signal: Signal): void {
    const d = signal.detail as RoutingDetail
    const { time, row } = signal
    const iface = signal.interface
    if (d.message === 'router-advertisement') {
      if (d.routerLifetime === 0)
        this.fact({
          time,
          interface: iface,
          what: 'router-gone',
          rows: [row],
          text: 'router advertisement with lifetime 0: no longer a default router',
          covers: () => true,
        })
      for (const p of d.prefixes) {
        if (p.preferred > 0 && p.valid > 0) continue
        const text = `router advertisement ${p.valid === 0 ? 'ends' : 'deprecates'} prefix ${p.prefix}/${p.length}`
        this.fact({ time, interface: iface, what: 'prefix-gone', rows: [row], text, covers: (a) => within(a, p.prefix, p.length) })
      }
    } else if (d.message === 'redirect' && d.destination !== null) {
      const { destination } = d
      this.fact({
        time,
        interface: iface,
        what: 'redirect',
        rows: [row],
        text: `redirect for ${destination}`,
        covers: (a) => within(a, destination, 128),
      })
    } else if (d.message === 'router-solicitation') this.attach(time, iface, row, 'router solicitation on the new interface')
  }

  onNeighbour(signal: Signal): void {
    const d = signal.detail as NeighbourDetail
    const mark = ATTACHMENT_MARKS[d.message]
    if (mark !== undefined) this.attach(signal.time, signal.interface, signal.row, mark)
  }

  private fact(fact: RoutingFact): void {
    this.routing.push(fact)
    if (this.routing.length > MAX_EVENTS) this.routing.shift()
  }

  private attach(time: number, iface: number, row: number, text: string): void {
    this.attachments.push({ time, interface: iface, row, text })
    if (this.attachments.length > MAX_EVENTS) this.attachments.shift()
  }

  attachedOn(iface: number, from: number, to: number): { time: number; rows: number[]; text: string } | null {
    for (let i = this.attachments.length - 1; i >= 0; i--) {
      const a = this.attachments[i] as (typeof this.attachments)[number]
      if (a.time < from) break
      if (a.interface === iface && a.time <= to) return { time: a.time, rows: [a.row], text: a.text }
    }
    return null
  }

  interfaceName(id: number): string | null {
    return this.interfaces.find((i) => i.id === id)?.name ?? null
  }

  /** Did the link come up again between the two times? */
  cameBack(name: string, from: number, to: number): boolean {
    return this.events.some((e) => e.detail.what === 'link-up' && e.detail.interfaceName === name && e.time > from && e.time <= to)
  }

  /** Link losses of an interface within a time. */
  linkDown(iface: number, from: number, to: number): WorldEvent | null {
    const name = this.interfaceName(iface)
    if (name === null) return null
    return (
      this.events.find((e) => e.detail.what === 'link-down' && e.detail.interfaceName === name && e.time >= from && e.time <= to) ?? null
    )
  }

  /** Other global addresses of the capturing host, of the same family as `address`. */
  othersOf(address: string): string[] {
    const all = new Set([...this.own, ...this.interfaces.flatMap((i) => i.addresses.map((a) => a.split('/')[0] as string))])
    const six = address.includes(':')
    return [...all].filter((a) => a !== address && a.includes(':') === six && !/^(fe[89ab]|::1$|127\.|169\.254\.)/i.test(a)).sort()
  }

  /** Is any address known to be the capturing host's? */
  get knowsOwn(): boolean {
    return this.own.size > 0 || this.interfaces.some((i) => i.addresses.length > 0)
  }

  /** Is this text one of the capturing host's own addresses, as far as is known? */
  isOwn(address: string): boolean {
    return this.own.has(address) || this.interfaces.some((i) => i.addresses.some((a) => a.split('/')[0] === address))
  }
}

function within(address: Uint8Array, prefix: string, length: number): boolean {
  const bytes = parseAddress(prefix)
  if (bytes === null || bytes.length !== address.length) return false
  for (let bit = 0; bit < length && bit < address.length * 8; bit++) {
    const mask = 0x80 >> (bit & 7)
    if (((bytes[bit >> 3] as number) & mask) !== ((address[bit >> 3] as number) & mask)) return false
  }
  return true
}

/**
 * What is known of the machines on one link: which link-layer address claimed which address when, who is a router, who asked for whom, and
 * when each link-layer address was last heard. Virtual addresses of first-hop redundancy (VRRP, CARP, HSRP, GLBP) change hands by design.
 * Bounded: MAX_ADDRESSES, MAX_MACS, MAX_ROUTERS a link; the oldest questions go.
 */

import type { Forgotten } from '../../../../dissectors/core/forgotten.ts'
import type { HopTable } from '../../../../dissectors/core/hops.ts'
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import { Places, roomFor } from '../places.ts'

const MAX_ADDRESSES = 20_000
const MAX_MACS = 20_000
const MAX_ROUTERS = 200
const MAX_QUESTIONS = 4_000
const MAX_FLIPS = 32
const NEVER = Number.NEGATIVE_INFINITY

/** One claim that changed who has an address. */
export interface Flip {
  time: number
  row: number
  from: number
  to: number
  /** nobody had asked for the address shortly before */
  unsolicited: boolean
  /** it says that it replaces what is known (NA with the override flag, gratuitous ARP, ARP reply) */
  overrides: boolean
  /** it carries a signature (SEND): right, or one that cannot be verified; what carries a wrong one claims nothing */
  signed: 'no' | 'right' | 'unknown'
}

export interface Binding {
  mac: number
  firstOwner: number
  since: number
  last: number
  row: number
  flips: Flip[]
}

export interface LinkRouter {
  address: number
  mac: number
  first: number
  last: number
  count: number
  row: number
}

export interface Machine {
  first: number
  last: number
  /** it has answered as no router */
  host: number
  /** when it last sent an echo message, and when one was last sent to it: these have no flow, and so no hop */
  echoed: number
  gotEcho: number
  /** addresses that it claimed; at most 64 */
  claims: Set<number>
}

/** A question that waits for its answer: who asked, when. */
export interface Question {
  time: number
  mac: number
  row: number
}

export class Link {
  readonly bindings = new Map<number, Binding>()
  readonly routers = new Map<number, LinkRouter>()
  readonly machines = new Map<number, Machine>()
  readonly asked = new Map<number, Question>()
  readonly probed = new Map<number, Question>()
  /** solicitations of routers: when, and who has answered since */
  readonly solicited: { time: number; answered: Set<number> }[] = []
  /** link-layer addresses that packets to beyond the link were sent to */
  readonly forwarders = new Set<number>()
  /** addresses that VRRP or HSRP moves about */
  readonly shared = new Set<number>()
  /** senders on this link, the youngest hop of each + 1, and by hop the one of the same sender before it; as far as hops were taken up */
  private readonly senders = new Places()
  private youngest = new Int32Array(16)
  private former = new Int32Array(16)
  private taken = 0

  /** what findings of this link are told apart by */
  get key(): string {
    return this.segment === 0 ? `${this.iface}` : `${this.iface}.${this.segment}`
  }

  constructor(
    readonly iface: number,
    /** VLAN or overlay network, 0 none: links of one trunk share nothing but the wire */
    readonly segment: number,
    /** for messages: the interface, with its VLAN where there is one */
    readonly name: string,
    private readonly hops: HopTable,
    private readonly forgotten: Forgotten,
  ) {}

  heard(mac: number, time: number): Machine | null {
    if (mac < 0) return null
    let machine = this.machines.get(mac)
    if (machine === undefined) {
      if (this.forgotten.full(this.machines.size, MAX_MACS, 'messages of further machines on a link')) return null
      machine = { first: time, last: time, host: -1, echoed: NEVER, gotEcho: NEVER, claims: new Set() }
      this.machines.set(mac, machine)
    }
    machine.last = time
    return machine
  }

  /** An echo message on this link. */
  echo(from: number, to: number, time: number): void {
    const sender = this.heard(from, time)
    if (sender !== null) sender.echoed = time
    const receiver = this.machines.get(to)
    if (receiver !== undefined) receiver.gotEcho = time
  }

  /** When a link-layer address last sent, and was last sent, anything but questions and claims. Looks at every hop: for what happens seldom. */
  traffic(mac: number): { sent: number; got: number } {
    const { hops } = this
    const machine = this.machines.get(mac)
    let sent = machine?.echoed ?? NEVER
    let got = machine?.gotEcho ?? NEVER
    for (let hop = 0; hop < hops.sender.length; hop++) {
      if (hops.interface[hop] !== this.iface || hops.segment[hop] !== this.segment) continue
      if (hops.sender[hop] === mac) sent = Math.max(sent, hops.seen[hop] as number)
      if (hops.receiver[hop] === mac) got = Math.max(got, hops.seen[hop] as number)
    }
    return { sent, got }
  }

  /** When a link-layer address last sent anything. */
  lastHeard(mac: number): number {
    let last = this.machines.get(mac)?.last ?? Number.NEGATIVE_INFINITY
    const { hops } = this
    for (; this.taken < hops.sender.length; this.taken++) {
      if (hops.interface[this.taken] !== this.iface || hops.segment[this.taken] !== this.segment) continue
      this.takeUp(hops.sender[this.taken] as number, this.taken)
    }
    const place = mac < 0 ? -1 : this.senders.of(mac)
    for (let hop = place < 0 ? 0 : (this.youngest[place] as number); hop !== 0; hop = this.former[hop - 1] as number)
      last = Math.max(last, hops.seen[hop - 1] as number)
    return last
  }

  private takeUp(sender: number, hop: number): void {
    if (sender < 0) return
    let place = this.senders.of(sender)
    if (place < 0) {
      place = this.senders.enter(sender)
      this.youngest = roomFor(this.youngest, place)
    }
    this.former = roomFor(this.former, hop)
    this.former[hop] = this.youngest[place] as number
    this.youngest[place] = hop + 1
  }

  ask(table: Map<number, Question>, address: number, time: number, mac: number, row: number): void {
    if (address < 0) return
    if (table.size >= MAX_QUESTIONS) dropOldest(table)
    table.delete(address)
    table.set(address, { time, mac, row })
  }

  /** A claim: returns the change it made, null when it made none. */
  claim(
    address: number,
    mac: number,
    time: number,
    row: number,
    unsolicited: boolean,
    overrides: boolean,
    signed: Flip['signed'] = 'no',
  ): Flip | null {
    const machine = this.heard(mac, time)
    if (machine !== null && machine.claims.size < 64) machine.claims.add(address)
    const known = this.bindings.get(address)
    if (known === undefined) {
      if (!this.forgotten.full(this.bindings.size, MAX_ADDRESSES, 'claims of further addresses on a link'))
        this.bindings.set(address, { mac, firstOwner: mac, since: time, last: time, row, flips: [] })
      return null
    }
    if (known.mac === mac) {
      known.last = time
      known.row = row
      return null
    }
    const flip: Flip = { time, row, from: known.mac, to: mac, unsolicited, overrides, signed }
    known.mac = mac
    known.since = time
    known.last = time
    known.row = row
    if (known.flips.length >= MAX_FLIPS) known.flips.shift()
    known.flips.push(flip)
    return flip
  }

  addRouter(router: LinkRouter): void {
    if (!this.forgotten.full(this.routers.size, MAX_ROUTERS, 'further routers on a link')) this.routers.set(router.address, router)
  }

  /** Two link-layer addresses of one machine: each claimed an address that was the other's first (Linux answers on any of its interfaces). */
  sameMachine(one: number, two: number): boolean {
    const claimsOf = (a: number, b: number): boolean => {
      for (const address of this.machines.get(a)?.claims ?? []) if (this.bindings.get(address)?.firstOwner === b) return true
      return false
    }
    return claimsOf(one, two) && claimsOf(two, one)
  }
}

/** VRRP and CARP (RFC 9568 section 7.3), HSRP, GLBP: group addresses that several routers use in turn. */
export function isVirtual(mac: number): boolean {
  const high = Math.floor(mac / 0x1_0000)
  const top = Math.floor(mac / 0x100)
  return (
    top === 0x00005e0001 ||
    top === 0x00005e0002 ||
    top === 0x00000c07ac ||
    high === 0x00000c9f ||
    high === 0x0007b400 ||
    Math.floor(mac / 0x1000) === 0x000573a00
  )
}

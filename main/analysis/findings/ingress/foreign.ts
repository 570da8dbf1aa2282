/**
 * ING-6, ING-7, ING-8: sources that belong to no exit or must not leave at all, and own prefixes that come in from outside. Packets count when
 * their frame shows the direction, so a router of the link has to be known by its link-layer address; and when the prefixes of the exits are
 * known from better than traffic. An address that answers for itself on a link as neighbour is no stranger there.
 */
import { BELIEF } from '../../site.ts'
import { isFresh } from '../../site-arrivals.ts'
import { isUniqueLocal } from '../../site-exits.ts'
import { coverLength } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import type { Departed, Departures, Use } from './departures.ts'
import { howMany, towards } from './words.ts'

const MIN_PACKETS = 3

export class ForeignSources {
  constructor(
    private readonly around: Surroundings,
    private readonly departures: Departures,
  ) {}

  sweep(): void {
    const { exits } = this.departures
    for (const use of this.departures.uses) {
      if (use.exit === null) {
        this.linkLocal(use)
        continue
      }
      const from = exits.fromRouter(use.hop)
      if (from === true) this.fromOutside(use)
      else if (from === false && (use.verdict?.kind === 'foreign' || use.verdict?.kind === 'stale')) this.foreign(use)
      else if (from === false && use.verdict?.kind === 'local') this.local(use, this.departures.departed(use))
    }
  }

  private foreign(use: Use): void {
    const { exits } = this.departures
    const bytes = this.departures.bytesOf(use)
    if (exits.knownExits(bytes.length) < 2 || isPrivate(bytes)) return
    const departed = this.departures.departed(use)
    if (departed.packets < MIN_PACKETS || !this.sentHere(use)) return
    const stale = use.verdict?.kind === 'stale'
    // Whoever answers was reached: somebody behind the exit translates the source, or the site has more prefixes than are known.
    const answered = this.departures.answeredHere(use)
    const home = this.around.homes.has(this.departures.text(use.source))
    const source = this.departures.text(use.source)
    const exit = use.exit?.name ?? ''
    const why = stale ? `whose prefix ${use.verdict?.prefix?.prefix} was taken back` : 'which belongs to none of the known exits'
    this.add('ING-6', use, departed, {
      severity: stale || answered || home ? 'low' : 'medium',
      title: stale ? `A source of a withdrawn prefix leaves by ${exit}` : `A source that belongs to no exit leaves by ${exit}`,
      detail: `${howMany(departed.packets, 'packet')} with source ${source}, ${why}, left by ${exit} towards ${towards(this.departures, departed)}. ${stale ? 'Hosts may use such a prefix for up to two hours (RFC 4862).' : 'A source that the site was never given looks like a forged one; providers drop it (BCP 38).'}`,
      checks: [
        check(
          'the model of the site is incomplete',
          answered ? true : null,
          answered ? 'its packets are answered' : 'nothing of it was answered',
        ),
        check(
          'a translator stands between the capture and the exit',
          answered,
          answered ? 'its packets are answered' : 'nothing of it was answered',
        ),
        check('the prefix was taken back a short time ago', stale),
        check(
          'a home address sent on through a reverse tunnel whose end is here',
          home,
          home ? 'its binding was captured' : 'no binding of it was',
        ),
      ],
    })
  }

  /** From a host of this link: nobody has forwarded it yet, and no neighbour of the link has that address by rights. */
  private sentHere(use: Use): boolean {
    const { flows } = this.around
    return this.departures.recordsOf(use).some((record) => isFresh(flows.hopLimit[flows.hops.at[record] as number] as number))
  }

  private local(use: Use, departed: Departed): void {
    if (departed.packets < MIN_PACKETS) return
    const source = this.departures.text(use.source)
    this.add('ING-7', use, departed, {
      severity: 'low',
      title: `A source of local scope leaves by ${use.exit?.name}`,
      detail: `${howMany(departed.packets, 'packet')} with source ${source}, an address that means nothing outside the site, left by ${use.exit?.name} towards ${towards(this.departures, departed)}: no answer can come back.`,
      checks: [possible('a translator stands between the capture and the exit')],
    })
  }

  /** A link-local source to a receiver beyond the link (RFC 4291 section 2.5.6: must not be forwarded). */
  private linkLocal(use: Use): void {
    const { flows } = this.around
    const { exits } = this.departures
    const bytes = this.departures.bytesOf(use)
    const a = bytes[0]
    const b = bytes[1] as number
    const scope = bytes.length === 4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80
    if (!scope || exits.fromRouter(use.hop) !== false) return
    const exit = exits.exitOf(use.hop)
    if (exit === null) return
    const records = this.departures.recordsOf(use).filter((record) => {
      const at = flows.hops.at[record] as number
      const to = flows.addresses.get(flows.receiver(at >> 1, at & 1))
      return isGlobal(to) && !exits.onLink(use.hop, to)
    })
    const departed = this.departures.departed(use, records, [])
    this.local({ ...use, exit }, departed)
  }

  private fromOutside(use: Use): void {
    const { flows } = this.around
    const bytes = this.departures.bytesOf(use)
    const owned = this.departures.exits.owner(bytes)
    if (owned === null || BELIEF[owned.prefix.source] < 80 || this.isNeighbour(use)) return
    // A router's own packets have a hop limit that nobody has lowered yet.
    const rows: number[] = []
    let packets = 0
    let certain = 0
    for (const record of this.departures.recordsOf(use)) {
      const at = flows.hops.at[record] as number
      const limit = flows.hopLimit[at] as number
      if (isFresh(limit) || limit === 1 || coverLength(owned.prefix.prefix, bytes) < 0) continue
      packets += flows.hops.packets[record] as number
      rows.push(flows.hops.firstRow[record] as number)
      certain = Math.max(certain, flows.hops.thirdTime[record] as number, flows.hops.firstTime[record] as number)
    }
    if (packets < MIN_PACKETS) return
    const source = this.departures.text(use.source)
    const departed: Departed = {
      packets,
      flows: rows.length,
      answered: 0,
      destinations: [],
      rows: rows.slice(0, 20),
      certain,
      first: 0,
      last: certain,
    }
    this.add('ING-8', use, departed, {
      severity: 'medium',
      title: `The site's own address ${source} comes in from outside by ${use.exit?.name}`,
      detail: `${howMany(packets, 'packet')} with source ${source}, of the site's own prefix ${owned.prefix.prefix} (${owned.owner.name}), came in from the router of ${use.exit?.name}: nobody outside may send with it (BCP 38, RFC 2827 section 3).`,
      checks: [
        ruledOut("the router's own address", 'the packets had been forwarded before'),
        check(
          'a host of the site that sends by its other exit',
          null,
          'a packet that left by one exit and came back by the other would look the same',
        ),
      ],
    })
  }

  /** The address answered for itself on that link: what comes from it there is not from outside. */
  private isNeighbour(use: Use): boolean {
    const text = this.departures.text(use.source)
    return use.exit?.uplink.neighbours.has(text) === true
  }

  private add(
    rule: string,
    use: Use,
    departed: Departed,
    what: { severity: 'low' | 'medium'; title: string; detail: string; checks: ReturnType<typeof possible>[] },
  ): void {
    const about = `${this.departures.text(use.source)} by ${use.exit?.name}`
    const known = this.around.ledger.known(rule, -1, about, departed.last)
    if (known !== null) {
      known.detail = what.detail
      known.last = departed.last
      return
    }
    this.around.ledger.add({
      rule,
      confidence: rule === 'ING-6' ? 80 : 90,
      time: departed.certain,
      session: -1,
      claimant: use.source,
      victim: -1,
      rows: departed.rows,
      reference: referenceOf(rule),
      about,
      ...what,
    })
  }
}

/** Private and shared addresses (RFC 1918, RFC 6598) leave a site through a translator as a rule. */
function isPrivate(address: Uint8Array): boolean {
  if (address.length === 16) return isUniqueLocal(address)
  const [a, b] = address as unknown as [number, number]
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)
}

function isGlobal(address: Uint8Array): boolean {
  return address.length === 16 ? ((address[0] as number) & 0xe0) === 0x20 : !isPrivate(address) && (address[0] as number) < 224
}

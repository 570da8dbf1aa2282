/**
 * T-PRIV: one interface identifier in several networks makes a host known wherever it goes (RFC 7721). Only identifiers made from a link-layer
 * address count (EUI-64, RFC 4291 appendix A); networks of one site, as the model knows them or as SITE_HOSTS hosts show that are in the same
 * ones, are a property of that site and no finding. Also a
 * connection ID of QUIC on two paths (RFC 9000 section 9.5) and a DUID in the networks of two sites (RFC 8415 section 11). What protocols show on
 * all their paths by design (tags, HITs, home addresses) is theirs and no finding; a translator that changes its binding stays in its network.
 * Addresses are looked at once, at the end; MAX_ADDRESSES addresses, MAX_CLIENTS clients.
 */
import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import { formatMac, parseAddress } from '../../../../shared/address.ts'
import type { LeaseDetail, NoteDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText } from '../contexts/rule.ts'
import { samePrefix } from '../contexts/unknown-source.ts'
import { check, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_ADDRESSES = 200_000
const MAX_CLIENTS = 10_000
/** a traveller meets nobody everywhere: so many hosts in the same networks are hosts of one site */
const SITE_HOSTS = 3

export class Privacy {
  private readonly clients = new Map<string, { networks: Map<string, string>; row: number; time: number }>()

  constructor(private readonly around: Surroundings) {}

  /** The dissector's word: the connection ID had been seen on another path. */
  noted(signal: Signal, { message }: NoteDetail, session: MultiSession, sender: End): void {
    if (!message.startsWith('the connection ID of this packet was used on another path') || signal.flow < 0) return
    const { flows, ledger } = this.around
    const source = flows.sender(signal.flow, signal.direction)
    const text = flows.addresses.text(source)
    const former = session.paths
      .map((path) => path.ends[sender])
      .find((one) => one !== source && !samePrefix(flows.addresses.text(one), text))
    if (former === undefined) return
    ledger.add({
      rule: 'T-PRIV',
      severity: 'low',
      confidence: 80,
      time: signal.time,
      session: session.number,
      title: 'A QUIC connection keeps its connection ID on another path',
      detail: `Packets to ${flows.addresses.text(flows.receiver(signal.flow, signal.direction))} carry the connection ID from ${text} that they carried from ${addressText(this.around, former)}: whoever sees both knows that it is one connection.`,
      claimant: source,
      victim: -1,
      rows: [signal.row],
      checks: [ruledOut('a translator changed its binding', 'the addresses are in different networks')],
      reference: referenceOf('T-PRIV'),
      about: `connection ${text}`,
    })
  }

  /** What a DHCPv6 client was given in which networks: its DUID is the same for good. */
  leased(signal: Signal, { version, client, grants, message }: LeaseDetail): void {
    if (version !== 6 || client === '' || message !== 'REPLY') return
    let known = this.clients.get(client)
    if (known === undefined) {
      this.around.flows.forgotten.room(this.clients, MAX_CLIENTS, 'DHCPv6 clients')
      known = { networks: new Map(), row: signal.row, time: signal.time }
      this.clients.set(client, known)
    }
    for (const { subject } of grants) {
      const bytes = parseAddress(subject)
      if (bytes !== null && bytes.length === 16 && ((bytes[0] as number) & 0xe0) === 0x20 && known.networks.size < 16)
        known.networks.set(formatMac(bytes, 0, 6), subject)
    }
    known.row = signal.row
    known.time = signal.time
  }

  private known(): void {
    const { site, ledger } = this.around
    for (const [client, { networks, row, time }] of this.clients) {
      const texts = [...networks.values()]
      if (texts.length < 2 || texts.every((text) => site.prefixOf(text) !== null)) continue
      ledger.add({
        rule: 'T-PRIV',
        severity: 'low',
        confidence: 80,
        time,
        session: -1,
        title: `One DHCP client in ${texts.length} networks`,
        detail: `The client with DUID ${client.slice(0, 64)} was given ${texts.slice(0, 4).join(', ')}: whoever sees both knows that it is one host.`,
        claimant: -1,
        victim: -1,
        rows: [row],
        checks: [check('networks of one site', false, 'not all of them are known as this site')],
        reference: referenceOf('T-PRIV'),
        about: `client ${client}`,
      })
    }
  }

  finish(): void {
    this.known()
    const { flows, site, ledger } = this.around
    const { addresses } = flows
    const byIdentifier = new Map<string, { ids: number[]; networks: Set<string> }>()
    for (let id = 0; id < Math.min(addresses.count, MAX_ADDRESSES); id++) {
      if (addresses.size(id) !== 16) continue
      const bytes = addresses.get(id)
      // Global unicast; the universal bit set, and ff:fe in the middle.
      if (((bytes[0] as number) & 0xe0) !== 0x20 || bytes[11] !== 0xff || bytes[12] !== 0xfe || ((bytes[8] as number) & 2) === 0) continue
      const identifier = formatMac(bytes, 8, 8)
      const known = byIdentifier.get(identifier) ?? { ids: [], networks: new Set() }
      byIdentifier.set(identifier, known)
      if (known.ids.length < 16) known.ids.push(id)
      known.networks.add(formatMac(bytes, 0, 6))
    }
    const hosts = new Map<string, number>()
    for (const { networks } of byIdentifier.values()) {
      const key = networksKey(networks)
      hosts.set(key, (hosts.get(key) ?? 0) + 1)
    }
    const shared = [...byIdentifier].filter(
      ([, { ids, networks }]) =>
        networks.size > 1 &&
        (hosts.get(networksKey(networks)) as number) < SITE_HOSTS &&
        ids.some((id) => site.prefixOf(addresses.text(id)) === null),
    )
    if (shared.length === 0) return
    const first = firstPackets(flows, new Set(shared.flatMap(([, { ids }]) => ids)))
    for (const [identifier, { ids, networks }] of shared) {
      const texts = ids.map((id) => addresses.text(id))
      // an address that was only named has no packet
      const seen = ids.flatMap((id) => first.get(id) ?? []).sort((a, b) => a.time - b.time)
      ledger.add({
        rule: 'T-PRIV',
        severity: 'low',
        confidence: 80,
        time: Math.max(0, ...seen.map(({ time }) => time)),
        session: -1,
        title: `One interface identifier in ${networks.size} networks`,
        detail: `${texts.slice(0, 4).join(', ')} share the identifier ${identifier}, which is made from a link-layer address: whoever sees both knows that it is one host.`,
        claimant: ids[0] as number,
        victim: -1,
        rows: seen.map(({ row }) => row),
        checks: [
          ruledOut('an identifier that many hosts have', 'it is made from a unique link-layer address'),
          check(
            'networks of one site',
            false,
            `not all of them are known as this site, and fewer than ${SITE_HOSTS} hosts are in all of them`,
          ),
        ],
        reference: referenceOf('T-PRIV'),
        about: identifier,
      })
    }
  }
}

/** The first packet of each address, by a look at every flow. */
function firstPackets(flows: FlowTable, wanted: ReadonlySet<number>): Map<number, { row: number; time: number }> {
  const first = new Map<number, { row: number; time: number }>()
  for (let flow = 0; flow < flows.count; flow++)
    for (const id of [flows.addressA[flow] as number, flows.addressB[flow] as number]) {
      if (first.has(id) || !wanted.has(id)) continue
      // flows are numbered as they appear, and begin with a packet from `a`
      first.set(id, { row: flows.firstRow[flow] as number, time: flows.first[flow * 2] as number })
    }
  return first
}

function networksKey(networks: ReadonlySet<string>): string {
  return [...networks].sort().join(' ')
}

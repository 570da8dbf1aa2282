/**
 * T-DHCP-SERVER: a second DHCP server on a link gives hosts other routers or name servers than the first. A pair that shares the work gives the
 * same ones. Whether it is meant to be there cannot be told from the packets, so it stays a hint until a host takes what it offers.
 * Bounded: MAX_LINKS links, 32 servers each.
 */
import type { LeaseDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, signalBit } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible } from '../judge.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'

const MAX_LINKS = 256
const MAX_SERVERS = 32
const ESTABLISHED = 60e9
/** messages by which a server speaks; the second of each pair is the one that binds */
const SPEAKS = new Map([
  ['DHCPOFFER', false],
  ['DHCPACK', true],
  ['ADVERTISE', false],
  ['REPLY', true],
])

interface Server {
  first: number
  row: number
  offers: string
}

class LeaseWatch implements Watch {
  readonly kinds = signalBit(SignalKind.Leased)
  private readonly links = new Map<string, Map<string, Server>>()

  constructor(private readonly around: Surroundings) {}

  on(signal: Signal): void {
    const detail = signal.detail as LeaseDetail
    const binds = SPEAKS.get(detail.message)
    const { flows, ledger, site } = this.around
    // Through a relay the servers of other links speak, too.
    if (binds === undefined || detail.server === '' || detail.relay !== null || detail.grants.length === 0) return
    const routers = detail.routers.map((id) => flows.addresses.text(id)).sort()
    const offers = `routers ${routers.join(', ') || 'none'}; name servers ${[...detail.nameServers].sort().join(', ') || 'none'}`
    const key = `${signal.interface}|${signal.segment}|${detail.version}`
    let servers = this.links.get(key)
    if (servers === undefined) {
      if (flows.forgotten.full(this.links.size, MAX_LINKS, 'leases on links')) return
      servers = new Map()
      this.links.set(key, servers)
    }
    const known = servers.get(detail.server)
    if (known === undefined && !flows.forgotten.full(servers.size, MAX_SERVERS, 'answers of DHCP servers'))
      servers.set(detail.server, { first: signal.time, row: signal.row, offers })
    const other = [...servers].find(([name, one]) => name !== detail.server && one.offers !== offers && one.first < signal.time)
    const own = servers.get(detail.server)
    if (other === undefined || own === undefined || other[1].first > own.first) return
    const established = own.first - other[1].first >= ESTABLISHED
    const name = site.nameOf(signal.interface)
    ledger.add({
      rule: 'T-DHCP-SERVER',
      severity: binds && established && detail.version === 4 && routers.length > 0 ? 'low' : 'info',
      confidence: established ? 55 : 45,
      time: signal.time,
      session: -1,
      title: `A second DHCP server on ${name} gives out something else`,
      detail:
        `Server ${detail.server} gives ${offers}; server ${other[0]} gave ${other[1].offers}. ${binds ? 'A host took it.' : ''}`.trim(),
      claimant: flows.sender(signal.flow, signal.direction),
      victim: -1,
      rows: [signal.row, other[1].row],
      checks: [
        check('a pair of servers that share the work', false, 'they give different routers or name servers'),
        possible('one server for each of two networks on the link'),
      ],
      reference: referenceOf('T-DHCP-SERVER'),
      about: `${key}|${detail.server}`,
    })
  }
}

export const LEASE_WATCH: WatchMaker = { rules: ['T-DHCP-SERVER'], make: (around) => new LeaseWatch(around) }

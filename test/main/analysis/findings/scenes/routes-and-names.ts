/** Scenes of rules about routes and about names. */
import { parseAddress } from '../../../../../shared/address.ts'
import type { FindingReport } from '../../../../../shared/report.ts'
import type { OpenDetail, RouteDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { HOST, LinkScene, OTHER, siteOf } from '../link-scene.ts'
import type { RuleScenes } from './scenes.ts'

class Routes extends LinkScene {
  say(t: number, announced: string[], path: number[], more: Partial<RouteDetail> & { neighbour?: string } = {}): this {
    const { neighbour = '192.0.2.1', ...rest } = more
    const prefixes = announced.map(split)
    const none = { withdrawn: [], more: 0, nextHop: null, localPreference: null, metric: null, communities: [], endOfTable: false }
    const detail: RouteDetail = { message: 'UPDATE', announced: prefixes, path, origins: path.slice(-1), ...none, ...rest }
    this.stage.packet(t, { protocol: SignalProtocol.Tcp, from: neighbour, to: '192.0.2.9', fromPort: 179, toPort: 40000 })
    this.stage.signal.protocol = SignalProtocol.Bgp
    this.stage.emit(SignalKind.Routed, { detail })
    return this
  }
  withdraw(t: number, prefix: string, neighbour = '192.0.2.1'): this {
    return this.say(t, [], [], { neighbour, origins: [], withdrawn: [split(prefix)] })
  }
}
const split = (text: string) => ({ prefix: text.split('/')[0] as string, length: Number(text.split('/')[1]), path: null })
const [SITE, HALF] = ['2001:db8:a::/48', '2001:db8:a::/49'] as [string, string]
const settled = (one: Routes): Routes => one.say(0.2, [], [], { endOfTable: true, origins: [] })
const table = (path = [64510, 64500]): Routes => settled(new Routes().say(0, [SITE], path))
const BLACKHOLE = { communities: ['65535:666'] }

const N = 'service.example'
const [ONE, TWO, FAR] = ['2001:db8:f1::80', '2001:db8:f2::80', '2001:db8:bad::66'] as [string, string, string]
const [printer, other] = ['2001:db8:a:1::20', '2001:db8:a:1::66'] as [string, string]

const asked = (times: number, first: string[], second: string[], more: object = {}): FindingReport[] => {
  const one = new LinkScene()
  for (let i = 0; i < times; i++) one.name(1 + i / 10, 'query', N)
  return one.name(1.3, 'answer', N, first, { detail: more }).name(1.34, 'answer', N, second).end(60)
}
const guessed = (seen: boolean): FindingReport[] => {
  const one = new LinkScene()
  if (seen) one.name(1, 'query', N, [], { transaction: 5000 })
  for (let i = 0; i < 100; i++) one.name(1.1 + i / 100, 'answer', N, [FAR], { transaction: i + 1, detail: { authentication: 'A0' } })
  return one.end(60)
}
/** The same name asked for again and again; with an alias in front of its addresses, or not. */
const history = (ttl: number, sets: string[][], alias = false, gap = 20): LinkScene => {
  const one = new LinkScene()
  sets.forEach((set, i) => {
    const records = set.map((value) => ({ name: N, type: 28, ttl, address: one.stage.address(value), value }))
    const cname = { name: N, type: 5, ttl, address: -1, value: 'edge.example' }
    one.lookup(1 + i * gap, N, set, { ttl, ...(alias ? { detail: { records: [cname, ...records], answers: set.length + 1 } } : {}) })
  })
  return one
}
const owners = (to: string, more: { macs?: [string, string]; heard?: number; sets?: string[] } = {}): FindingReport[] => {
  const { macs = [HOST, OTHER], heard = 0.2, sets = [printer, printer, printer] } = more
  const one = new LinkScene({ site: siteOf(['upA', ['2001:db8:a::/48']]) }).neighbour(0.1, 'advertisement', printer, macs[0])
  if (heard < 1) one.neighbour(heard, 'advertisement', other, macs[1])
  sets.forEach((set, i) => {
    one.lookup(1 + i * 30, N, [set], { ttl: 300 })
  })
  const t = 1 + (sets.length - 1) * 30 + 20
  if (heard >= 1) one.neighbour(t - 5, 'advertisement', other, macs[1])
  return one.lookup(t, N, [to], { ttl: 300 }).end(t + 60)
}
const update = (client: string): FindingReport[] =>
  new LinkScene({ site: siteOf(['upA', ['2001:db8:a::/48', '2001:db8:53::/48']]) })
    .name(1, 'update', N, [], { client })
    .name(1.1, 'update-answer', N, [], { client })
    .end(60)
/** The name service binds a name to HITs; another, or one of them, answers there. */
const identity = (hits: string[], seen: string): FindingReport[] => {
  const one = new LinkScene()
  const host = { name: N, type: 28, ttl: 3600, address: one.stage.address(ONE), value: ONE }
  const records = [host, ...hits.map((value) => ({ name: N, type: 55, ttl: 3600, address: -1, value }))]
  one.lookup(1, N, [ONE], { detail: { records, answers: records.length } })
  const [mine, theirs] = [[{ kind: 'hit', value: '2001:20::99' }], [{ kind: 'hit', value: seen }]]
  for (const n of [1, 2, 3, 4]) {
    const own = n % 2 === 1
    const [from, to] = own ? ['2001:db8:a:1::10', ONE] : [ONE, '2001:db8:a:1::10']
    const ids: Partial<OpenDetail> = own ? { sender: mine, receiver: theirs } : { sender: theirs, receiver: mine }
    const detail = opening(`step ${n}`, n, ids)
    const wire = { protocol: SignalProtocol.Hip, from: from as string, to: to as string, fromPort: 0, toPort: 0, hops: own ? 64 : 57 }
    one.stage.packet(5 + n / 10, wire).emit(n === 4 ? SignalKind.Opened : SignalKind.Opening, { context: 1, side: own ? 0 : 1, detail })
  }
  return one.end(60)
}
const reversed = (names: string[], has: string[], alias = false): FindingReport[] => {
  const bytes = parseAddress(FAR) as Uint8Array
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]).reverse()
  const pointer = `${nibbles.map((x) => x.toString(16)).join('.')}.ip6.arpa`
  const pointers = names.map((value) => ({ name: pointer, type: 12, ttl: 60, address: -1, value }))
  const one = new LinkScene().lookup(1, pointer, [], { detail: { questionType: 12, records: pointers, answers: pointers.length } })
  const records = has.map((value) => ({ name: N, type: 28, ttl: 60, address: one.stage.address(value), value }))
  const all = alias ? [{ name: N, type: 5, ttl: 60, address: -1, value: 'edge.example' }, ...records] : records
  one.lookup(2, N, has, { detail: { records: all, answers: all.length } })
  return one.udp(3, '2001:db8:a:1::10', FAR).end(60)
}
/** A signed answer, then one without, to questions that ask for signatures or not; the first holds for some time. */
const checked = (more: { after?: boolean; asks?: boolean; ttl?: number } = {}): FindingReport[] => {
  const { after = false, asks = true, ttl = 300 } = more
  const one = new LinkScene()
  for (const [t, signed] of [
    [1, true],
    [100, after],
  ] as const)
    one
      .name(t, 'query', N, [], { transaction: t, detail: asks ? { wantsSignatures: true } : {} })
      .name(t + 0.1, 'answer', N, [ONE], { transaction: t, ttl, detail: { signed, authentication: 'A3u' } })
  return one.end(200)
}
const left = (...neighbours: string[]): FindingReport[] => {
  const one = new Routes().say(0, [SITE], [64510, 64500]).say(0, [SITE], [64511, 64500], { neighbour: '192.0.2.2' })
  for (const neighbour of neighbours) one.withdraw(100, SITE, neighbour)
  return one.end(200)
}

export const ROUTE_AND_NAME_SCENES: Record<string, RuleScenes> = {
  'T-RTE-ORIGIN': {
    quiet: () => table().say(7200, [SITE], [64511, 64500]).end(8000),
    lookAlikes: {
      provider: (benign) =>
        table()
          .say(7200, [SITE], benign ? [64510] : [64666])
          .end(8000),
      anycast: (benign) => {
        const one = new Routes().say(0, [SITE], [64510, 64500])
        if (benign) one.say(0.1, [SITE], [64510, 64501])
        return settled(one).say(7200, [SITE], [64510, 64666]).end(8000)
      },
      merger: (benign) => (benign ? table().withdraw(7100, SITE) : table()).say(7200, [SITE], [64510, 64666]).end(8000),
      'flood-protection': (benign) =>
        table(benign ? [64510, 64777, 64500] : [64510, 64500])
          .say(7200, [SITE], [64510, 64777])
          .end(8000),
      'first-table': (benign) =>
        (benign ? new Routes().say(0, [SITE], [64510, 64500]) : table()).say(benign ? 1 : 7200, [SITE], [64510, 64666]).end(8000),
    },
  },
  'T-RTE-SPECIFIC': {
    quiet: () => new Routes().say(0, [SITE], [64510, 64500]).say(1, [HALF], [64510, 64666]).end(100),
    lookAlikes: {
      provider: (benign) =>
        table()
          .say(7200, [HALF], benign ? [64510] : [64666])
          .end(8000),
      'same-origin': (benign) =>
        table()
          .say(7200, [HALF, '2001:db8:a:8000::/49'], [64510, benign ? 64500 : 64666])
          .end(8000),
    },
  },
  'T-RTE-BLACKHOLE': {
    quiet: () => table().say(30, [SITE], [64510, 64500], BLACKHOLE).end(100),
    lookAlikes: {
      provider: (benign) =>
        table()
          .say(30, [SITE], benign ? [64510] : [64666], BLACKHOLE)
          .end(100),
    },
  },
  'T-RTE-PATH': {
    fires: () => table().say(30, ['2001:db8:c::/48'], [3356, 65010, 64500]).end(100),
    quiet: () => new Routes().say(0, [SITE], [3356, 65010, 64500]).end(100),
    lookAlikes: {
      laboratory: (benign) =>
        table()
          .say(30, ['2001:db8:c::/48'], [benign ? 64512 : 3356, 65010, 64500])
          .end(100),
    },
    more: [() => table([3356, 1299, 174, 64500]).say(60, [SITE], [3356, 64500]).end(100)],
  },
  'T-RTE-GONE': { fires: () => left('192.0.2.1', '192.0.2.2'), quiet: () => left('192.0.2.1'), lookAlikes: {} },
  'T-DNS-TWO': {
    quiet: () => asked(1, [ONE], [ONE]),
    lookAlikes: {
      'asked-twice': (benign) => asked(benign ? 2 : 1, [ONE], [FAR]),
      rotation: (benign) => asked(1, [ONE, TWO], benign ? [TWO, ONE] : [ONE, FAR]),
      truncated: (benign) => asked(1, [ONE], [ONE, TWO], { truncated: benign }),
    },
  },
  'T-DNS-GUESS': {
    quiet: () => new LinkScene().lookup(1, N, [ONE]).end(60),
    lookAlikes: { 'unseen-question': (benign) => guessed(!benign) },
  },
  'T-DNS-EARLY': {
    quiet: () => history(3600, [[ONE], [ONE], [ONE]]).end(100),
    lookAlikes: {
      'content-network': (benign) => history(benign ? 60 : 3600, [[ONE], [ONE], [FAR]], benign).end(100),
      rotation: (benign) => history(3600, [[ONE, TWO], [ONE, TWO], [benign ? TWO : FAR]]).end(100),
      'two-faced': (benign) =>
        history(3600, [[ONE], [ONE]])
          .lookup(60, N, [FAR], { ttl: 3600, ...(benign ? { server: '2001:db8:54::53' } : {}) })
          .end(100),
      renumbering: (benign) => history(600, [[ONE], [ONE], [FAR]], false, benign ? 700 : 20).end(2000),
    },
  },
  'T-DNS-OWNER': {
    quiet: () => owners(printer),
    lookAlikes: {
      rotation: (benign) => owners(other, benign ? { sets: [printer, other, printer, other, printer] } : {}),
      'one-machine': (benign) => owners(other, { macs: [HOST, benign ? HOST : OTHER] }),
      lease: (benign) => owners(other, { heard: benign ? 2 : 0.2 }),
    },
  },
  'T-DNS-MOVED': {
    fires: () => history(60, [[ONE], [ONE], [ONE, FAR]]).end(100),
    quiet: () => history(60, [[ONE], [ONE], [ONE]]).end(100),
    lookAlikes: { 'content-network': (benign) => history(60, [[ONE], [ONE], [ONE, FAR]], benign).end(100) },
  },
  'T-DNS-UNSIGNED': {
    quiet: () => checked({ after: true }),
    lookAlikes: {
      'not-asked': (benign) => checked({ asks: !benign }),
      'zone-unsigned': (benign) => checked({ ttl: benign ? 60 : 300 }),
    },
  },
  'T-DNS-UPDATE': { quiet: () => update('2001:db8:a::5'), lookAlikes: {} },
  'T-DNS-IDENTITY': {
    quiet: () => identity(['2001:20::2'], '2001:20::2'),
    lookAlikes: {
      'several-identities': (benign) => identity(['2001:20::1', benign ? '2001:20::2' : '2001:20::3'], '2001:20::2'),
    },
  },
  'T-DNS-REVERSE': {
    fires: () => reversed([N], [ONE]),
    quiet: () => reversed([N], [FAR]),
    lookAlikes: {
      'several-names': (benign) => reversed(benign ? [N, 'other.example'] : [N], [ONE]),
      'content-network': (benign) => reversed([N], [ONE], benign),
    },
  },
}

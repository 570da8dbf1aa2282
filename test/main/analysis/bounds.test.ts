/**
 * Memory that stays bounded: each family is given more contexts than the registry and its own tables may keep, over capture time that runs on.
 * What was dropped has to be counted, and nothing may grow with the number of contexts.
 */
import { describe, expect, test } from 'vitest'
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { Ledger } from '../../../main/analysis/findings/ledger.ts'
import { Visibility } from '../../../main/analysis/findings/visibility.ts'
import { MarkLog, NO_ADDRESS } from '../../../main/analysis/mark-log.ts'
import { CarriedFlows } from '../../../main/analysis/sessions/carried-flows.ts'
import type { Contexts, PacketOutcome } from '../../../main/analysis/sessions/contexts.ts'
import { FAMILIES } from '../../../main/analysis/sessions/families.ts'
import { FlowShares } from '../../../main/analysis/sessions/flow-shares.ts'
import { InnerFlows } from '../../../main/analysis/sessions/inner-flows.ts'
import { LightFlag } from '../../../main/analysis/sessions/light.ts'
import { MptcpContexts } from '../../../main/analysis/sessions/mptcp.ts'
import { ParallelHandshakes } from '../../../main/analysis/sessions/parallel-handshakes.ts'
import { Registry } from '../../../main/analysis/sessions/registry.ts'
import { SctpContexts } from '../../../main/analysis/sessions/sctp.ts'
import type { World } from '../../../main/analysis/world.ts'
import type { ClaimDetail, NameDetail } from '../../../shared/signal-details.ts'
import { Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, opening, Stage } from './stage.ts'

const MULTI = 300
const GIVEN = 3000

/** All entries of maps, sets and lists that an object holds, but for the registry's and the flow table's. */
function entries(of: object, seen = new Set<object>()): number {
  if (seen.has(of) || of instanceof Registry || of instanceof FlowTable || of instanceof MarkLog || ArrayBuffer.isView(of)) return 0
  seen.add(of)
  let count = 0
  const values: unknown[] = of instanceof Map ? [...of.values()] : of instanceof Set || Array.isArray(of) ? [...of] : Object.values(of)
  if (of instanceof Map || of instanceof Set || Array.isArray(of)) count += values.length
  for (const value of values) if (typeof value === 'object' && value !== null) count += entries(value, seen)
  return count
}

/** Contexts of one family over a small registry. */
function drive(protocol: SignalProtocol, make: (registry: Registry) => Contexts, given: number, multi = MULTI, onlyOpened = false) {
  const flows = new FlowTable()
  const registry = new Registry(flows, 1000, multi)
  const contexts = make(registry)
  const signal = new Signal()
  const outcome: PacketOutcome = { retransmitted: false, session: null, sender: -1 }
  const sizes: number[] = []
  for (let i = 1; i <= given; i++) {
    const time = i * 1e9
    const ends = Uint8Array.of(10, (i >> 16) & 255, (i >> 8) & 255, i & 255, 192, 0, 2, 1)
    const flow = flows.get(ends, 0, 4, 4, 17, 1024 + (i % 60_000), 500, i, 0)
    const say = (kind: SignalKind, facts: object): void => {
      Object.assign(signal, {
        kind,
        protocol,
        flow,
        direction: 0,
        time,
        row: i,
        context: i,
        side: 0,
        token: 0x10000 + i,
        hopLimit: 64,
        ...facts,
      })
      contexts.on(signal, outcome)
    }
    const id = [{ kind: 'identifier', value: `i${i}` }]
    const own = { initiateTag: i, senderToken: i, receiverToken: 0x10000 + i, sender: id, receiver: id }
    say(SignalKind.Opening, { detail: opening('x OPEN', 1, own) })
    if (onlyOpened) continue
    say(SignalKind.Opened, { detail: opening('x OPENED', 2, own) })
    const data = { space: UnitSpace.Datagram, span: 1, bytes: 100 }
    for (let n = 0; n < 3; n++) say(SignalKind.Payload, { ...data, unit: i * 3 + n, detail: { message: 'x' } })
    if (i % 10 === 0) contexts.sweep(time)
    if (i === given / 2 || i === given) sizes.push(entries(contexts))
  }
  return { registry, sizes, flows }
}

const families: [string, SignalProtocol, (registry: Registry) => Contexts][] = [
  ['SCTP', SignalProtocol.Sctp, (registry) => new SctpContexts(registry)],
  ['MPTCP', SignalProtocol.Mptcp, (registry) => new MptcpContexts(registry)],
  ...FAMILIES.flatMap((family) =>
    family.protocols.map((protocol): [string, SignalProtocol, (registry: Registry) => Contexts] => [
      `signal protocol ${protocol}`,
      protocol,
      (registry) => family.make(registry),
    ]),
  ),
]

/** How often a table of thousands was looked through from its begin while `work` ran. */
function longLooks(work: () => void): number {
  const { prototype } = Map
  const plain = prototype.entries
  let count = 0
  const counted = function (this: Map<unknown, unknown>) {
    if (this.size > 1000) count++
    return plain.call(this)
  }
  prototype.entries = counted
  prototype[Symbol.iterator] = counted
  try {
    work()
  } finally {
    prototype.entries = plain
    prototype[Symbol.iterator] = plain
  }
  return count
}

// Each of 5,000 further mobile bindings looked through the 20,000 before it: four of five seconds went there.
test.each(families)('a table that is full is not looked through for each new entry: %s', (_name, protocol, make) => {
  expect(longLooks(() => drive(protocol, make, 22_000, 30_000, true))).toBeLessThan(50)
})

describe('more contexts than may be kept', () => {
  test.each(families)('%s', (_name, protocol, make) => {
    const { registry, sizes } = drive(protocol, make, GIVEN)
    const [half, whole] = sizes as [number, number]
    expect(registry.multi.length).toBeLessThanOrEqual(MULTI)
    // All that were made are still here or counted.
    if (registry.count > MULTI) expect(registry.multi.length + registry.evicted).toBeGreaterThanOrEqual(registry.count)
    // Twice as many contexts need no more memory: what a table may keep for good is a few bytes a context.
    expect(whole).toBeLessThanOrEqual(half * 1.25 + 100)
  })
})

describe('what was forgotten is said', () => {
  test('in the limits of the report, with its number', () => {
    const stage = new Stage()
    stage.flows.forgotten.note('questions to name servers', 120)
    const seen = new Set([1, 2, 3])
    stage.flows.forgotten.room(seen, 3, 'tokens')
    expect([...seen]).toEqual([2, 3])
    stage.finish()
    const { limits } = stage.analyzer.report([], '0')
    expect(limits.notObservable.filter((line) => line.endsWith('than is remembered'))).toEqual([
      '120 questions to name servers: more than is remembered',
      '1 tokens: more than is remembered',
    ])
  })

  test('locators that there is no room for', () => {
    const association = new Association()
    const { stage } = association
    stage.packet(0, association.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: Association.TAG[0] }) })
    for (let i = 0; i < 71; i++) {
      const detail = { message: 'INIT', address: stage.address(`10.0.0.${i}`), port: null, addressId: null, how: 'listed', serial: null }
      stage.emit(SignalKind.Claimed, { detail: { ...detail, authentication: 'A1', correlation: null, wildcard: false } as ClaimDetail })
    }
    stage.finish()
    const { sessions, limits } = stage.analyzer.report([], '0')
    expect(sessions[0]?.endpoints.map(({ locators }) => locators.length)).toEqual([64, 1])
    expect(limits.notObservable).toContain('8 times a session was told of a locator beyond the 64 that are kept of an end')
  })

  test('light sessions: the limit holds, the rest is counted', () => {
    const flows = new FlowTable()
    const registry = new Registry(flows, 1000, 10)
    for (let i = 0; i < 5000; i++) {
      const flow = flows.get(Uint8Array.of(10, 0, i >> 8, i & 255, 192, 0, 2, 1), 0, 4, 4, 6, 1000, 443, i, 0)
      registry.addLight(1, flow, i * 1e6, i)
    }
    expect([registry.live <= 1000, registry.live + registry.evicted, registry.light.count <= 1000]).toEqual([true, 5000, true])
  })

  test('marks of sessions that were dropped are given back, those of others stay as they were', () => {
    const log = new MarkLog({ text: (id) => `a${id}` })
    const kept = { lastMark: -1, markCount: 0 }
    for (let i = 0; i < 300_000; i++) {
      if (i % 1000 === 0) {
        kept.lastMark = log.add(kept.lastMark, i, 'other', 0, 0, i, `mark ${i}`, NO_ADDRESS)
        kept.markCount++
      } else log.add(-1, i, 'other', 0, 0, i, `of another ${i}`, NO_ADDRESS)
    }
    const before = log.list(kept.lastMark)
    log.keepOnly([kept])
    expect([log.count, log.list(kept.lastMark)]).toEqual([300, before])
    log.add(kept.lastMark, 1, 'other', 0, 0, 1, 'later', NO_ADDRESS)
    expect(log.count).toBe(301)
  })

  test('findings and pairs of addresses have a limit', () => {
    const ledger = new Ledger()
    const finding = {
      rule: 'T-X',
      severity: 'info',
      confidence: 90,
      time: 0,
      session: -1,
      title: '',
      detail: '',
      claimant: -1,
      victim: -1,
    } as const
    for (let i = 0; i < 10_100; i++) ledger.add({ ...finding, rows: [], checks: [], reference: '', about: `${i}` })
    expect([ledger.findings.length, ledger.dropped]).toEqual([10_000, 100])
    const flows = new FlowTable()
    for (let i = 0; i < 110_000; i++)
      flows.get(Uint8Array.of(10, (i >> 16) & 255, (i >> 8) & 255, i & 255, 192, 0, 2, 1), 0, 4, 4, 6, 1000, 443, i, 0)
    const visibility = new Visibility(flows)
    visibility.between(0, 1, 0, 1)
    expect([
      (visibility as unknown as { byPair: Map<number, unknown> }).byPair.size,
      flows.forgotten.of('pairs of addresses whose packets were seen'),
    ]).toEqual([200_000, 20_000])
  })
})

test('attempts that another one overtook: of more than are remembered the oldest go, and are counted', () => {
  const flows = new FlowTable()
  const registry = new Registry(flows, 1000, 10)
  const probes = new ParallelHandshakes(registry, 3)
  const world = { knowsOwn: false } as unknown as World
  const signal = new Signal()
  const tried: [number, number][] = []
  for (let i = 0; i < 5; i++) {
    const lights = [1, 2].map((server) => {
      const flow = flows.get(Uint8Array.of(10, 0, 0, 1, 192, 0, i, server), 0, 4, 4, 6, 1000 + i * 2 + server, 443, i, 0)
      return registry.addLight(1, flow, i * 10e9, i)
    }) as [number, number]
    const records = [1, 2].map((server) => ({ type: 1, address: flows.addresses.intern(Uint8Array.of(192, 0, i, server), 0, 4) }))
    probes.named({ message: 'response', question: `n${i}`, records } as unknown as NameDetail)
    for (const index of lights) {
      registry.light.flags[index] = LightFlag.InitiatorIsA
      probes.on(Object.assign(signal, { kind: SignalKind.Opening, detail: opening('SYN', 1) }), index, world)
    }
    registry.light.confirmed[lights[1]] = i * 10e9 + 1
    probes.on(Object.assign(signal, { kind: SignalKind.Opened, detail: opening('ACK', 3) }), lights[1], world)
    tried.push([registry.light.number[lights[0]] as number, registry.light.number[lights[1]] as number])
  }
  expect(tried.map(([loser]) => probes.winnerOf(loser))).toEqual([-1, -1, ...tried.slice(2).map(([, winner]) => winner)])
  expect(tried.map(([, winner]) => probes.probesOf(winner).length)).toEqual([0, 0, 1, 1, 1])
  expect(flows.forgotten.of('attempts that another one of the same host overtook')).toBe(2)
})

test('an association that fell silent gives back what only decisions need; its report stays', () => {
  const { stage } = new Association().open()
  const association = new Association(stage)
  for (let i = 0; i < 20; i++) association.data(1 + i, 0, 0, 100 + i).sack(1.02 + i, 1, 0, 100 + i)
  const { registry } = stage.analyzer as unknown as { registry: Registry }
  const [session] = registry.multi
  const before = session?.directions[0].count
  stage.analyzer.tick(90_000e9)
  stage.analyzer.tick(90_020e9)
  expect([before, session?.directions[0].count, session?.state, session?.pairs[0]?.payloadUnits]).toEqual([20, 0, 'closed', 20])
})

test('flows that went from session to session: beyond 200,000 entries a session is told the whole flow, and is counted', () => {
  const flows = new FlowTable()
  const flow = flows.get(Uint8Array.of(10, 0, 0, 1, 192, 0, 2, 1), 0, 4, 4, 132, 1000, 443, 0, 0)
  const shares = new FlowShares(flows)
  for (let i = 0; i < 200_003; i++) {
    flows.count1(flow, 0, 100, i, 0, 64)
    shares.pass(flow, i, i + 1)
  }
  const of = (session: number): unknown => shares.of(flow, session, 1e9, (one) => one)
  expect([of(0), of(199_998), of(200_002), flows.forgotten.of('sessions that took over a flow of others')]).toEqual([
    { packets: 1, bytes: 100, last: 0, after: Number.NEGATIVE_INFINITY },
    { packets: 1, bytes: 100, last: 199_998, after: 199_997 },
    null,
    4,
  ])
})

test('transports inside sessions: those beyond 65,536 go by their addresses, known ones stay on their first flow', () => {
  const flows = new FlowTable()
  const inner = new InnerFlows(new Registry(flows))
  const carrier = { number: 1, innerBefore: null, pairs: [] } as never
  const place = (host: number, port: number): number => {
    const flow = flows.get(Uint8Array.of(10, 0, 0, host, 192, 0, 2, 1), 0, 4, 4, 6, port & 0xffff, 443 + (port >> 16), 0, 0)
    const signal = Object.assign(new Signal(), { flow, direction: 0 })
    inner.place(carrier, 0, signal)
    return signal.flow
  }
  for (let port = 0; port < 65_536 + 2; port++) place(1, port)
  expect([place(2, 7), place(2, 65_535), flows.forgotten.of('packets of transports inside sessions')]).toEqual([7, 65_535, 2])
  // not followed: the flow is its own
  expect([place(2, 65_537) > 65_537, flows.forgotten.of('packets of transports inside sessions')]).toEqual([true, 3])
})

test('ways of what travels inside sessions: 4,096 changes of a flow are told apart, then the last one stands; 200,000 flows are followed', () => {
  const flows = new FlowTable()
  const carried = new CarriedFlows(flows.forgotten)
  const around = (session: number) => ({ session, flow: 9, direction: 0, sender: 0 }) as const
  for (let t = 0; t < 4_100; t++) carried.note(1, 0, t, around(t % 2))
  const at = (time: number): number | undefined => carried.at(1, 0, time)?.session
  expect([at(-1), at(0), at(1), at(1.5), at(4_095), at(4_099)]).toEqual([undefined, 0, 1, 1, 1, 1])
  expect(carried.at(1, 1, 5)).toBeNull()
  expect(flows.forgotten.of('changes of the way of sessions inside others')).toBe(2)
  for (let flow = 2; flow < 200_002; flow++) carried.note(flow, 0, 0, around(1))
  expect([carried.has(200_000), carried.has(200_001), flows.forgotten.of('packets of sessions inside others')]).toEqual([true, false, 1])
  for (let flow = 1; flow <= 65_537; flow++) carried.alias(flow, 0, false)
  expect([carried.firstOf(65_536), carried.firstOf(65_537), flows.forgotten.of('packets of transports inside sessions')]).toEqual([
    0, 65_537, 1,
  ])
})

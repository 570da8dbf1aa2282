/** What rules keep of sessions and contexts goes with them: a long capture has more of both than any table holds. */
import { expect, test } from 'vitest'
import { FlowTable } from '../../../../dissectors/core/flows.ts'
import { Forgotten } from '../../../../dissectors/core/forgotten.ts'
import { ContextBook, Located } from '../../../../main/analysis/findings/contexts/book.ts'
import { Claimants } from '../../../../main/analysis/findings/contexts/claimants.ts'
import { FlowTimes } from '../../../../main/analysis/findings/contexts/flow-times.ts'
import type { Seen, Tools } from '../../../../main/analysis/findings/contexts/rule.ts'
import { SharedSources } from '../../../../main/analysis/findings/contexts/shared-sources.ts'
import { Departures } from '../../../../main/analysis/findings/ingress/departures.ts'
import { Restart } from '../../../../main/analysis/findings/sctp/restart.ts'
import { SELECTION_WATCH } from '../../../../main/analysis/findings/selection/watch.ts'
import type { Surroundings } from '../../../../main/analysis/findings/watch.ts'
import { addLocator } from '../../../../main/analysis/locators.ts'
import { MultiSession } from '../../../../main/analysis/multi-session.ts'
import { Registry } from '../../../../main/analysis/sessions/registry.ts'
import { Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'

test('a claim is forgotten with its context, those of others stay', () => {
  const claimants = new Claimants()
  const forgotten = new Forgotten()
  const book = new ContextBook(forgotten, (context) => claimants.forget(context), 10)
  for (let i = 1; i <= 25; i++) {
    const context = book.get(SignalProtocol.Sctp, 0, i, false)
    for (const address of [1, 100 + i]) {
      const located = new Located(address, 'signalled', 'ASCONF', 'A1', 5, { time: i, row: i, hopLimit: 64, interface: 0 }, undefined)
      context.sides[0].locators.set(located)
      claimants.watch(context, 0, located)
    }
  }
  expect(claimants.of(1).map((one) => one.context.session)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
  expect([115, 116].map((address) => claimants.of(address).length)).toEqual([0, 1])
  expect([[...book.all()].length, forgotten.of('contexts that rules watch')]).toEqual([10, 15])
})

test('times of flows go when nothing was seen on them and their neighbours for hours', () => {
  const times = new FlowTimes()
  const hour = 3600e9
  const pages = (): number => (times as unknown as { pages: (object | null)[] }).pages.filter((page) => page !== null).length
  for (let at = 0; at < 100_000; at++) times.control(at, 1)
  times.data(70_000, 5 * hour)
  times.judged(70_000, 7)
  const before = pages()
  for (let i = 0; i < 20; i++) times.sweep(6 * hour)
  expect([before, pages()]).toEqual([196, 196])
  for (let i = 0; i < 20; i++) times.sweep(7 * hour)
  expect([pages(), times.lastAt(0), times.dataAt(70_000), times.lastAt(70_001), times.data(70_000, 7 * hour)]).toEqual([
    1,
    -1,
    5 * hour,
    1,
    7,
  ])
  // whoever begins anew on a page that went is as new as any
  expect([times.data(3, 8 * hour), times.lastAt(3), times.dataAt(2)]).toEqual([0, 8 * hour, -1])
})

test('tokens of flows: those of the last 20,000 directions, and of one that is forgotten the first two count again', () => {
  const flows = { sender: () => 1, receiver: () => 2, forgotten: new Forgotten() }
  const sources = new SharedSources({ flows } as unknown as Tools)
  const signal = Object.assign(new Signal(), { protocol: SignalProtocol.Esp, direction: 0, token: 7 })
  const packet = (flow: number): boolean => sources.packet(Object.assign(signal, { flow }))
  expect([packet(0), packet(0), packet(0)]).toEqual([true, true, false])
  for (let flow = 1; flow <= 25_000; flow++) packet(flow)
  expect((sources as unknown as { places: { size: number } }).places.size).toBe(20_000)
  expect([packet(25_000), packet(25_000)]).toEqual([true, false])
})

/** All sessions that an object leads to, but for the registry's own. */
function held(of: object, seen = new Set<object>()): MultiSession[] {
  if (seen.has(of) || of instanceof Registry || ArrayBuffer.isView(of)) return []
  seen.add(of)
  if (of instanceof MultiSession) return [of]
  const values: unknown[] = of instanceof Map ? [...of.values()] : Array.isArray(of) ? of : Object.values(of)
  return values.flatMap((value) => (typeof value === 'object' && value !== null ? held(value, seen) : []))
}

test('locators of live associations name their session and do not hold it', () => {
  const flows = new FlowTable()
  const registry = new Registry(flows, 10, 10)
  const restart = new Restart({ flows, registry } as unknown as Tools)
  const signal = Object.assign(new Signal(), { kind: SignalKind.Opened, protocol: SignalProtocol.Sctp })
  for (let i = 0; i < 5; i++) {
    const session = registry.addMulti('sctp', i, i) as MultiSession
    session.ports = [1000, 2000]
    addLocator(session, 0, i, 'initial', 'INIT', 'A1', i, i)
    restart.control({ signal, session, side: 0 } as unknown as Seen)
  }
  expect([(restart as unknown as { byLocator: { size: number } }).byLocator.size, held(restart).length]).toEqual([5, 0])
})

test('names that hosts have asked for: the oldest goes with what leads to it, and is counted', () => {
  const flows = { receiver: () => 7, forgotten: new Forgotten() }
  const watch = SELECTION_WATCH.make({ flows } as unknown as Surroundings)
  const answer = (name: string, addresses: number[], time: number): void => {
    const records = addresses.map((address) => ({ address, ttl: 60 }))
    const detail = { message: 'answer', service: 'dns', records, answers: records.length, question: name }
    watch.on?.(Object.assign(new Signal(), { kind: SignalKind.Named, flow: 0, time, detail }), null, -1)
  }
  const { names, namesOf } = watch as unknown as { names: Map<string, object>; namesOf: Map<number, string[]> }
  for (let i = 0; i < 20_003; i++) answer(`host-${i}.example`, [i, 1_000_000], i)
  expect([names.size, namesOf.size, flows.forgotten.lines()]).toEqual([20_000, 20_001, ['3 names that hosts have asked for']])
  expect([names.has('7|host-2.example'), names.has('7|host-3.example'), namesOf.has(2), namesOf.get(3)]).toEqual([
    false,
    true,
    false,
    ['7|host-3.example'],
  ])
  // long after its time it has other addresses
  answer('host-3.example', [5], 1e15)
  expect([names.size, namesOf.has(3), namesOf.get(5)]).toEqual([20_000, false, ['7|host-5.example', '7|host-3.example']])
})

test('sources by their way out: those beyond the bound are counted, known ones are still found', () => {
  const flows = new FlowTable()
  const departures = new Departures(flows, { version: 0 } as never)
  const pair = (source: number, hop: number): number =>
    (departures as unknown as { pair(source: number, hop: number): number }).pair(source, hop)
  const memory = new Uint8Array(4)
  const source = (i: number): number => {
    memory.set([10, i >> 16, i >> 8, i])
    return flows.addresses.intern(memory, 0, 4)
  }
  for (let i = 0; i < 50_002; i++) pair(source(i), 1)
  expect([departures.size, pair(source(50_001), 1), pair(source(49_999), 1), flows.forgotten.lines()]).toEqual([
    50_000,
    -1,
    49_999,
    ['3 flows by their source and way out'],
  ])
})

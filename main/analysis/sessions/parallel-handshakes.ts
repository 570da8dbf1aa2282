/**
 * Happy Eyeballs (RFC 8305): a host that tries several addresses of one service at once, less than 2 s apart, and goes on with the one that
 * answers first. That is one session; the others were probes (rehoming.md section 3, PROBING). Taken for it is only an attempt that never
 * completed, carried nothing and was given up when the other one completed, to another address of the same name; where no name was seen, of
 * the other address family. Bounded: the last 128 attempts, 50,000 addresses of names, 10,000 probes, the oldest go. Refuses to join attempts of two hosts.
 */
import { takeOldest } from '../../../dissectors/core/oldest.ts'
import type { NameDetail, OpenDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { SECOND } from '../model.ts'
import type { World } from '../world.ts'
import { LightFlag } from './light.ts'
import type { Registry } from './registry.ts'

const MAX_ATTEMPTS = 128
const MAX_NAMES = 50_000
const MAX_PROBES = 10_000
/** attempts further apart are two sessions */
const APART = 2 * SECOND
/** what the client had sent already when the other attempt completed may come this much later */
const GIVEN_UP = 0.1 * SECOND
const A = 1
const AAAA = 28

export class ParallelHandshakes {
  /** session numbers of light TCP sessions, youngest last */
  private attempts: number[] = []
  /** address to the name it was last an answer for */
  private readonly names = new Map<number, string>()
  /** attempt to the session that it was a probe for, and back */
  private readonly winners = new Map<number, number>()
  private readonly losers = new Map<number, number[]>()

  /** `most`: probes that are remembered. */
  constructor(
    private readonly registry: Registry,
    private readonly most = MAX_PROBES,
  ) {}

  named(d: NameDetail): void {
    if (d.message === 'query' || d.question === '') return
    for (const record of d.records) {
      if ((record.type !== A && record.type !== AAAA) || record.address < 0) continue
      if (this.names.size >= MAX_NAMES && !this.names.has(record.address))
        this.registry.flows.forgotten.drop(this.names, 'names of addresses that were asked for')
      this.names.set(record.address, d.question.toLowerCase())
    }
  }

  /** After the contexts have taken a TCP signal of a light session in. */
  on(signal: Signal, index: number, world: World): void {
    if (signal.kind === SignalKind.Opening && (signal.detail as OpenDetail).step === 1) {
      const number = this.registry.light.number[index] as number
      if (this.attempts.at(-1) === number) return
      this.attempts.push(number)
      if (this.attempts.length > MAX_ATTEMPTS) this.attempts.splice(0, MAX_ATTEMPTS / 2)
    } else if (signal.kind === SignalKind.Opened) this.completed(index, world)
  }

  private completed(index: number, world: World): void {
    const { light } = this.registry
    const number = light.number[index] as number
    if (this.losers.has(number)) return
    const port = this.port(index)
    const opened = light.opened[index] as number
    for (const other of this.attempts) {
      const loser = this.registry.lightOf(other)
      if (loser < 0 || loser === index || (light.confirmed[loser] as number) >= 0 || this.port(loser) !== port) continue
      if (Math.abs((light.opened[loser] as number) - opened) >= APART || this.winners.has(other)) continue
      if (!this.sameName(this.address(index, 1), this.address(loser, 1)) || !this.sameHost(index, loser, world)) continue
      if (this.winners.size >= this.most) this.forgetProbe()
      this.winners.set(other, number)
      const list = this.losers.get(number)
      if (list === undefined) this.losers.set(number, [other])
      else list.push(other)
    }
  }

  private forgetProbe(): void {
    const winner = takeOldest(this.winners) as number
    this.registry.flows.forgotten.note('attempts that another one of the same host overtook')
    const rest = (this.losers.get(winner) ?? []).filter((number) => this.winners.has(number))
    if (rest.length === 0) this.losers.delete(winner)
    else this.losers.set(winner, rest)
  }

  /** Another address of the same name. */
  private sameName(one: number, two: number): boolean {
    if (one === two) return false
    const name = this.names.get(one)
    const other = this.names.get(two)
    if (name !== undefined || other !== undefined) return name === other
    const { addresses } = this.registry.flows
    return addresses.size(one) !== addresses.size(two)
  }

  private sameHost(one: number, two: number, world: World): boolean {
    const [a, b] = [this.address(one, 0), this.address(two, 0)]
    if (a === b) return true
    const { addresses } = this.registry.flows
    if (world.knowsOwn && world.isOwn(addresses.text(a)) && world.isOwn(addresses.text(b))) return true
    const mac = this.ownMac(one)
    return mac >= 0 && mac === this.ownMac(two)
  }

  /** Link-layer address of the client, when its packets were not forwarded; -1 otherwise. */
  private ownMac(index: number): number {
    const { flows, light } = this.registry
    const flow = light.flow[index] as number
    const direction = light.has(index, LightFlag.InitiatorIsA) ? 0 : 1
    const hop = flows.hops.lastOf(flow, direction)
    const fresh = [64, 128, 255].includes(flows.hopLimit[flow * 2 + direction] as number)
    return hop >= 0 && fresh ? (flows.hops.sender[hop] as number) : -1
  }

  /** The initiator's (0) or the responder's (1). */
  private address(index: number, end: 0 | 1): number {
    const { flows, light } = this.registry
    const isA = light.has(index, LightFlag.InitiatorIsA) === (end === 0)
    return (isA ? flows.addressA : flows.addressB)[light.flow[index] as number] as number
  }

  /** The responder's. */
  private port(index: number): number {
    const { flows, light } = this.registry
    return (light.has(index, LightFlag.InitiatorIsA) ? flows.portB : flows.portA)[light.flow[index] as number] as number
  }

  /** Number of the session that this one was only an attempt of; -1: it is one of its own. */
  winnerOf(number: number): number {
    const winner = this.winners.size === 0 ? undefined : this.winners.get(number)
    if (winner === undefined) return -1
    const { light } = this.registry
    const [index, other] = [this.registry.lightOf(number), this.registry.lightOf(winner)]
    if (index < 0 || other < 0 || (light.confirmed[index] as number) >= 0) return -1
    if ((light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number) > 0) return -1
    // A client that goes on trying wants this connection too.
    const ended = light.has(index, LightFlag.Reset)
    return ended || (light.lastHeard[index * 2] as number) <= (light.confirmed[other] as number) + GIVEN_UP ? winner : -1
  }

  /** Light indexes of the attempts that this session won against. */
  probesOf(number: number): number[] {
    return (this.losers.get(number) ?? []).filter((n) => this.winnerOf(n) === number).map((n) => this.registry.lightOf(n))
  }
}

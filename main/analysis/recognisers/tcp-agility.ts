/**
 * A TCP connection that goes on from another address without a SYN: same ports, and sequence and acknowledgment numbers that continue those of
 * a connection that was seen before. TCP-MH, LIN6, 8+8, NOID, Mobile IPv6 without its option and changed prefixes all look like that.
 *
 * A flow without SYN that fits is watched for a moment and is taken in only when it carried data that was on no other pair, which the other side
 * acknowledged. It is left alone when the numbers do not fit (more than a window off), when the same segments are on both pairs within
 * milliseconds (a translator, captured on both sides), and when the receiver rejects it.
 * Cost: nothing for connections that begin with SYN; a flow that does not is one look in a fixed table. At most 64 flows are watched at a time,
 * 10 s each, 256 signals of each.
 */
import type { OpenDetail } from '../../../shared/signal-details.ts'
import { Signal, SignalKind, UnitSpace } from '../../../shared/signals.ts'
import { onAcknowledged, onPayload } from '../delivery.ts'
import { carriesPayload, heard } from '../locators.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { LightFlag, LightProtocol, LightState } from '../sessions/light.ts'
import type { Registry } from '../sessions/registry.ts'
import { type TcpBefore, type TcpContexts, tcpBefore } from '../sessions/tcp-joined.ts'

/** numbers further apart than this are not one window: the chance of both by accident is below 1 in 10 million */
const WINDOW = 1 << 20
/** a copy of a segment this close on the other pair is the same segment, captured twice */
const TWICE = 0.1 * SECOND
const WATCHED_FOR = 10 * SECOND
const MAX_WATCHED = 64
const MAX_KEPT = 256

interface Kept {
  flow: number
  direction: number
  kind: SignalKind
  time: number
  row: number
  unit: number
  span: number
  bytes: number
  hopLimit: number
  interface: number
}

interface Watched {
  /** the flow without SYN, and the flow of the connection it may continue */
  flow: number
  of: number
  /** direction of `flow` that the connection's initiator sends, 0 or 1 */
  initiator: number
  /** the same of `of` */
  initiatorOf: number
  since: number
  row: number
  opener: End
  before: TcpBefore
  kept: Kept[]
  /** data on `flow` alone that the other side has acknowledged: when it was sent; -1 none yet */
  proven: number
}

export class TcpAgility {
  private watched: Watched[] = []

  constructor(
    private readonly registry: Registry,
    private readonly contexts: TcpContexts,
  ) {}

  get active(): boolean {
    return this.watched.length > 0
  }

  /** A connection was met without SYN: does it continue another one? To be asked before its signal is taken in by `note`. */
  met(signal: Signal): void {
    const { flow, time } = signal
    const { flows } = this.registry
    if (signal.kind !== SignalKind.Acknowledged && signal.kind !== SignalKind.Payload) return
    if (flow < 0) return
    flows.portPairs.others(flow, (of) => {
      const found = this.fits(signal, of)
      if (found === null) return false
      if (this.watched.length >= MAX_WATCHED) flows.forgotten.note('TCP flows that may have continued another one')
      else this.watched.push({ ...found, flow, of, since: time, row: signal.row, kept: [], proven: -1 })
      return true
    })
  }

  private fits(signal: Signal, of: number): Pick<Watched, 'initiator' | 'initiatorOf' | 'opener' | 'before'> | null {
    const { registry } = this
    const { flows, light } = registry
    const { flow } = signal
    const [a, b] = [flows.portA[flow] as number, flows.portB[flow] as number]
    const number = registry.sessionOfFlow(of)
    const index = registry.lightOf(number)
    const joined = registry.multiOf(number)
    if (index < 0 && (joined === null || joined.protocol !== 'tcp' || joined.state === 'closed')) return null
    if (index >= 0 && (light.protocol[index] !== LightProtocol.Tcp || light.has(index, LightFlag.Superseded))) return null
    if (index >= 0 && light.state[index] !== LightState.Established && light.state[index] !== LightState.Closing) return null
    let initiatorIsA: boolean
    if (index >= 0) initiatorIsA = light.has(index, LightFlag.InitiatorIsA)
    else {
      const pair = registry.pairOfFlow(of)
      if (pair === null) return null
      initiatorIsA = pair.initiatorIsA
    }
    // Which end is which: by the ports, or by the address that stayed when both have the same.
    let sameWay = a === flows.portA[of]
    if (a === b) {
      sameWay = flows.addressA[flow] === flows.addressA[of] || flows.addressB[flow] === flows.addressB[of]
      if (!sameWay && flows.addressA[flow] !== flows.addressB[of] && flows.addressB[flow] !== flows.addressA[of]) return null
    }
    const initiatorOf = initiatorIsA ? 0 : 1
    const initiator = sameWay ? initiatorOf : initiatorOf ^ 1
    const before = index >= 0 ? tcpBefore(registry, index) : this.contexts.before(joined as MultiSession)
    const opener: End = signal.direction === initiator ? 0 : 1
    if (!continues(before, opener, signal)) return null
    return { initiator, initiatorOf, opener, before }
  }

  /** Hears of every signal of plain TCP while flows are watched. Returns the session when a flow was taken into it with this signal. */
  note(signal: Signal): MultiSession | null {
    let found: MultiSession | null = null
    for (const one of this.watched) {
      if (signal.flow !== one.flow && signal.flow !== one.of) continue
      const verdict = this.take(one, signal)
      if (verdict === 'wait') continue
      this.watched = this.watched.filter((other) => other !== one)
      if (verdict === 'joined') found = this.join(one)
      break
    }
    return found
  }

  /** Ends what has been watched long enough; gives back the sessions that flows were taken into. */
  sweep(now: number, final: boolean): MultiSession[] {
    const out: MultiSession[] = []
    for (const one of this.watched) {
      const ready = one.proven >= 0 && (final || now - one.proven > TWICE)
      if (!ready && !final && now - one.since <= WATCHED_FOR) continue
      this.watched = this.watched.filter((other) => other !== one)
      const session = ready ? this.join(one) : null
      if (session !== null) out.push(session)
    }
    return out
  }

  private take(one: Watched, signal: Signal): 'wait' | 'drop' | 'joined' {
    const { kind, time, flow } = signal
    if (kind === SignalKind.Opening && (signal.detail as OpenDetail).step === 1) return 'drop'
    if (flow === one.flow && (kind === SignalKind.Refused || (kind === SignalKind.Closed && abrupt(signal)))) return 'drop'
    if (kind === SignalKind.Payload || kind === SignalKind.Acknowledged) {
      const side = sideOf(one, signal)
      if (flow === one.flow && !continues(one.before, side, signal)) return 'drop'
      if (kind === SignalKind.Payload && this.twice(one, signal, side)) return 'drop'
      if (one.kept.length < MAX_KEPT)
        one.kept.push({
          flow,
          direction: signal.direction,
          kind,
          time,
          row: signal.row,
          unit: signal.unit,
          span: signal.span,
          bytes: signal.bytes,
          hopLimit: signal.hopLimit,
          interface: signal.interface,
        })
      if (kind === SignalKind.Acknowledged && one.proven < 0) this.prove(one, signal, side)
    }
    if (one.proven >= 0 && time - one.proven > TWICE) return 'joined'
    return time - one.since > WATCHED_FOR ? 'drop' : 'wait'
  }

  /** The same data on both pairs at nearly the same time: one segment, seen before and behind a translator. */
  private twice(one: Watched, signal: Signal, side: End): boolean {
    const { unit, span, time, flow } = signal
    // What the connection had sent last before the flow was met.
    if (
      flow === one.flow &&
      (unit + span) >>> 0 === one.before.next[side] &&
      time - one.before.last[side] <= TWICE &&
      one.before.last[side] >= 0
    )
      return true
    for (let i = one.kept.length - 1; i >= 0; i--) {
      const k = one.kept[i] as Kept
      if (time - k.time > TWICE) break
      if (k.flow !== flow && k.kind === SignalKind.Payload && k.unit === unit && k.span === span && sideOf(one, k) === side) return true
    }
    return false
  }

  /** Does this acknowledgement cover data of its receiver that only `flow` carried? */
  private prove(one: Watched, signal: Signal, side: End): void {
    for (const k of one.kept) {
      if (k.flow !== one.flow || k.kind !== SignalKind.Payload || sideOf(one, k) === side) continue
      const end = (k.unit + k.span) >>> 0
      const known = one.before.next[1 - side] as number
      if (one.before.units[1 - side] !== 0 && ((end - known) | 0) <= 0) continue
      if (((signal.unit - end) | 0) < 0) continue
      if (one.kept.some((o) => o.flow === one.of && o.kind === SignalKind.Payload && sideOf(one, o) !== side && overlap(o, k))) continue
      one.proven = k.time
      return
    }
  }

  private join(one: Watched): MultiSession | null {
    const { registry, contexts } = this
    const session = registry.multiOf(registry.sessionOfFlow(one.of)) ?? contexts.promote(one.of, one.before)
    if (session === null) return null
    const old = registry.pairOfFlow(one.of)
    const pair = contexts.join(session, one.flow, one.initiator === 0, one.opener, one.since, one.row)
    if (pair === null || old === null) return session
    const promoted = session.pairs.length === 2
    const signal = new Signal()
    for (const k of one.kept) {
      // A session that had moved before has taken its own pair's signals in already.
      if (k.flow === one.of && !promoted) continue
      Object.assign(signal, k, { space: UnitSpace.Seq, gapCount: 0, duplicates: 0, sub: 0, subSpan: 0, detail: null })
      this.replay(session, k.flow === one.of ? old : pair, sideOf(one, k), signal)
    }
    return session
  }

  private replay(session: MultiSession, pair: Pair, side: End, signal: Signal): void {
    heard(session, pair, side, signal.time, signal.hopLimit, signal.interface)
    if (signal.kind === SignalKind.Acknowledged) onAcknowledged(session, side, pair, signal)
    else {
      carriesPayload(session, pair, signal.time, signal.row)
      onPayload(session, side, pair, signal)
    }
  }
}

function sideOf(one: Watched, k: { flow: number; direction: number }): End {
  return k.direction === (k.flow === one.flow ? one.initiator : one.initiatorOf) ? 0 : 1
}

function overlap(a: Kept, b: Kept): boolean {
  return ((a.unit + a.span - b.unit) | 0) > 0 && ((b.unit + b.span - a.unit) | 0) > 0
}

function abrupt(signal: Signal): boolean {
  return (signal.detail as { abrupt?: boolean } | null)?.abrupt === true
}

/** How far a side had got; null when nothing of it is known. */
function position(before: TcpBefore, side: End): number | null {
  if (before.units[side] !== 0) return before.next[side]
  return before.acknowledged[side] === 0 ? null : before.acknowledged[side]
}

/** Are the numbers of a signal of `side` inside the connection's window? Both ends must be known. */
function continues(before: TcpBefore, side: End, signal: Signal): boolean {
  const of = signal.kind === SignalKind.Payload ? side : ((1 - side) as End)
  const known = position(before, of)
  if (known === null || position(before, (1 - of) as End) === null) return false
  return Math.abs((signal.unit - known) | 0) <= WINDOW
}

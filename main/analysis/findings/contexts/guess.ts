/**
 * T-TAG: somebody tries tokens out (threats.md 3): many different tags, tokens or SPIs to one target in ten seconds that belong to nothing
 * seen, from few sources. The first ten seconds of a capture do not count. A hit that was accepted is told by `unknown-source.ts`. Also two live
 * contexts at one receiver with the same tag.
 * Bounded: 256 targets with 1,024 tokens each.
 */

import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { confidence, possible, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'
import { Places, roomFor } from '../places.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const MAX_TARGETS = 256
const MAX_TOKENS = 1024
const MAX_TAGS = 50_000
/** seen more often it is a context that began before the capture, not a guess */
const ONCE = 1

const SPACE: Partial<Record<SignalProtocol, string>> = {
  [SignalProtocol.Shim6]: 'context tags (47 bits)',
  [SignalProtocol.Sctp]: 'verification tags (32 bits)',
  [SignalProtocol.Mptcp]: 'join tokens (32 bits)',
  [SignalProtocol.Esp]: 'security parameter indexes (32 bits)',
}

interface Target {
  tokens: Map<number, { time: number; source: number; count: number; row: number }>
  found: boolean
}

/** An association that uses a tag, as five numbers. */
interface Association {
  receiver: number
  port: number
  peer: number
  session: number
  row: number
}
const ASSOCIATION = 5

export class Guessing implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp, SignalProtocol.Sctp]
  readonly kinds = signalBit(SignalKind.Opening) | signalBit(SignalKind.Opened)
  readonly onlyJoins = true
  private readonly targets = new Map<string, Target>()
  /** by tag: the last association that uses it */
  private readonly tags = new Places()
  private associations = new Int32Array(64 * ASSOCIATION)

  /** by source: what was said of those who tried */
  private readonly guessers = new Map<number, Finding>()

  constructor(private readonly tools: Tools) {}

  /** Somebody's packet was accepted in a session that is not his: had he tried tokens out before? */
  hit(source: number, row: number): void {
    const finding = this.guessers.get(source)
    if (finding === undefined || finding.severity === 'critical') return
    finding.severity = 'critical'
    finding.detail += ` Then a packet of ${addressText(this.tools, source)} had the right one and was accepted.`
    finding.rows.push(row)
  }

  stranger(seen: Seen): void {
    this.note(seen, seen.signal.token)
  }

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.protocol === SignalProtocol.Mptcp && signal.kind === SignalKind.Opening) {
      const { joinToken, step } = signal.detail as OpenDetail
      if (joinToken !== null && step === 1 && session?.midCapture === true) this.note(seen, joinToken)
    } else if (signal.protocol === SignalProtocol.Sctp && signal.kind === SignalKind.Opened) this.collision(seen)
  }

  private note(seen: Seen, token: number): void {
    const { signal } = seen
    const { limits } = this.tools
    if (token === 0 || seen.destination < 0 || signal.time < limits.captureStart) return
    // Who is answered in kind holds keys: two gateways begin many associations at once.
    if (signal.protocol === SignalProtocol.Esp && (this.tools.flows.packets[signal.flow * 2 + (signal.direction ^ 1)] ?? 0) > 0) return
    const key = `${signal.protocol}/${seen.destination}`
    let target = this.targets.get(key)
    if (target === undefined) {
      this.tools.flows.forgotten.room(this.targets, MAX_TARGETS, 'hosts that tokens were sent to')
      target = { tokens: new Map(), found: false }
      this.targets.set(key, target)
    }
    const { tokens } = target
    const known = tokens.get(token)
    if (known !== undefined) {
      known.count++
      return
    }
    if (tokens.size >= MAX_TOKENS) dropOldest(tokens)
    tokens.set(token, { time: signal.time, source: seen.source, count: 1, row: signal.row })
    if (target.found || tokens.size < limits.guessDistinct) return
    const recent = [...tokens].filter(([, t]) => signal.time - t.time <= limits.guessTime && t.count <= ONCE)
    if (recent.length < limits.guessDistinct) return
    const sources = new Set(recent.map(([, t]) => t.source))
    if (sources.size > limits.guessSources) return
    target.found = true
    this.found(seen, recent, [...sources])
  }

  private found(seen: Seen, recent: [number, { time: number; row: number }][], sources: number[]): void {
    const { signal } = seen
    const values = recent.map(([token]) => token)
    const rising = values.every((value, i) => i === 0 || (value - (values[i - 1] as number)) >>> 0 < 0x10000)
    const target = addressText(this.tools, seen.destination)
    const finding = this.tools.ledger.add({
      rule: 'T-TAG',
      severity: 'medium',
      confidence: confidence(60, {}, rising ? 10 : 0),
      time: signal.time,
      session: -1,
      title: `${SPACE[signal.protocol] ?? 'tokens'} of ${target} are tried out`,
      detail: `${recent.length} different values came to ${target} within ${this.tools.limits.guessTime / 1e9} s from ${sources.map((s) => addressText(this.tools, s)).join(', ')}; none belongs to anything seen${rising ? ', and they count upwards' : ''}.`,
      claimant: sources[0] ?? -1,
      victim: seen.destination,
      movesTo: -1,
      rows: recent.slice(0, 20).map(([, t]) => t.row),
      checks: [
        ruledOut(
          'sessions from before the capture',
          `the first ${this.tools.limits.captureStart / 1e9} s do not count, and each value came once`,
        ),
        ruledOut('a host that has restarted', 'its peers would send few tags, again and again'),
        possible('backscatter of a forged flood', 'answers to somebody who used this address'),
      ],
      reference: referenceOf('T-TAG'),
      about: `${signal.protocol} ${target}`,
    })
    for (const source of sources) if (this.guessers.size < 10 * MAX_TARGETS) this.guessers.set(source, finding)
  }

  /** Puts the association down as the last that uses a tag, and gives the one before it. */
  private inPlaceOf(tag: number, receiver: number, port: number, peer: number, session: number, row: number): Association | null {
    let place = this.tags.of(tag)
    const before = place < 0 ? null : this.association(place)
    if (place < 0) {
      if (this.tags.size >= MAX_TAGS) this.tags.dropOldest()
      place = this.tags.enter(tag)
      this.associations = roomFor(this.associations, place * ASSOCIATION + ASSOCIATION - 1)
    }
    const { associations } = this
    const at = place * ASSOCIATION
    associations[at] = receiver
    associations[at + 1] = port
    associations[at + 2] = peer
    associations[at + 3] = session
    associations[at + 4] = row
    return before
  }

  private association(place: number): Association {
    const at = place * ASSOCIATION
    const [receiver, port, peer, session, row] = this.associations.subarray(at, at + ASSOCIATION) as unknown as number[]
    return { receiver, port, peer, session, row } as Association
  }

  /** One receiver, one tag, two peers (RFC 9260 section 5.3.1). */
  private collision(seen: Seen): void {
    const { signal, session } = seen
    if (session === null) return
    const path = session.paths[0]
    if (path === undefined) return
    for (let one = 0; one < 2; one++) {
      const end = one as End
      if (!session.tagKnown[end]) continue
      const receiver = path.ends[end]
      const peer = path.ends[1 - end] as number
      const tag = session.tag(end)
      const port = session.ports[end]
      const other = this.inPlaceOf(tag, receiver, port, peer, session.number, signal.row)
      if (other === null || other.receiver !== receiver || other.port !== port || other.session === session.number || other.peer === peer)
        continue
      const living = this.tools.registry.multiOf(other.session)
      if (living === null || living.state === 'closed' || living.state === 'failed') continue
      const text = addressText(this.tools, receiver)
      this.tools.ledger.add({
        rule: 'T-TAG',
        severity: 'low',
        confidence: 60,
        time: signal.time,
        session: session.number,
        title: `${text} uses one verification tag for two associations`,
        detail: `Packets of ${addressText(this.tools, peer)} and ${addressText(this.tools, other.peer)} to ${text} carry the same tag: one can speak for the other.`,
        claimant: receiver,
        victim: other.peer,
        movesTo: -1,
        rows: [other.row, signal.row],
        checks: [ruledOut('the older association is over', 'it is still open')],
        reference: referenceOf('T-TAG'),
        about: `tag ${text}`,
      })
    }
  }
}

/**
 * T-REDIR-PRE: an address is claimed by somebody before its owner comes (threats.md 1). Weak evidence: the address, named by another one and
 * never proven, answers the peer's probe or data with a refusal of the protocol itself. Strong: its owner opens a session of its own with the
 * peer and is turned away. Claims count for 300 s after they were made or repeated, and while their context lives.
 */

import type { CloseDetail, IcmpDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, hinted, possible, ruledOut } from '../judge.ts'
import type { Check } from '../ledger.ts'
import { lastFrom } from './book.ts'
import { proof } from './redirect.ts'
import { addressText, type Claimant, type ContextRule, type Seen, type Tools } from './rule.ts'

const SECOND = 1e9
const TURNED_AWAY = 3 * SECOND
const MAX_WAITING = 256

interface Owner {
  claimant: Claimant
  address: number
  peer: number
  flow: number
  /** what packets to the owner's own session carry; 0: nothing that could be told */
  tag: number
  time: number
  row: number
  hops: boolean | null
  message: string
}

/** what turned the owner away */
interface Refusal {
  time: number
  row: number
  words: string
}

export class PreClaim implements ContextRule {
  readonly protocols = [
    SignalProtocol.Icmp,
    SignalProtocol.Sctp,
    SignalProtocol.Hip,
    SignalProtocol.Shim6,
    SignalProtocol.Mip6,
    SignalProtocol.Ilnp,
  ]
  readonly kinds =
    signalBit(SignalKind.IcmpError) | signalBit(SignalKind.Closed) | signalBit(SignalKind.Refused) | signalBit(SignalKind.Opening)
  private waiting: Owner[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal } = seen
    switch (signal.kind) {
      case SignalKind.IcmpError:
        this.icmp(seen, signal.detail as IcmpDetail)
        break
      case SignalKind.Closed:
      case SignalKind.Refused: {
        const detail = signal.detail as CloseDetail
        if (detail.abrupt) this.refused(seen, detail)
        break
      }
      case SignalKind.Opening: {
        const detail = signal.detail as OpenDetail
        if (detail.step === 1) this.owner(seen, detail)
        else if (this.waiting.length > 0) this.misled(seen, detail)
        break
      }
    }
  }

  /** The address itself says that it does not speak the protocol. */
  private icmp(seen: Seen, detail: IcmpDetail): void {
    if (detail.reporter !== seen.destination || !disowns(detail)) return
    for (const claimant of this.tools.claimedBy(detail.reporter)) {
      const peer = claimant.context.sides[1 - claimant.end]
      if (peer?.locators.has(seen.source)) this.weak(seen, claimant, detail.message)
    }
  }

  private refused(seen: Seen, detail: CloseDetail): void {
    const { signal } = seen
    for (const owner of this.waiting)
      if (owner.flow === signal.flow && signal.time - owner.time <= TURNED_AWAY && seen.source === owner.peer)
        this.strong(owner, { time: signal.time, row: signal.row, words: `answered with ${detail.message}` })
    this.waiting = this.waiting.filter(
      (one) => signal.time - one.time <= TURNED_AWAY && !(one.flow === signal.flow && one.peer === seen.source),
    )
    if (signal.protocol !== SignalProtocol.Sctp) return
    for (const claimant of this.tools.claimedBy(seen.source)) {
      const { context, end } = claimant
      // It answers what was sent to it.
      const asked = (this.tools.flows.packets[signal.flow * 2 + (signal.direction ^ 1)] ?? 0) > 0
      if (asked && context.sides[1 - end]?.locators.has(seen.destination) && this.ofItsPorts(claimant, signal))
        this.weak(seen, claimant, detail.message)
    }
  }

  /** Is it between the ports of the claimant's association? What another one of the same two hosts is answered says nothing of the claim. */
  private ofItsPorts({ context, end }: Claimant, { flow, direction }: Signal): boolean {
    const pair = this.tools.registry.multiOf(context.session)?.pairs[0]
    if (pair === undefined) return true
    const { portA, portB } = this.tools.flows
    const [own, theirs] = pair.initiatorIsA === (end === 0) ? [portA, portB] : [portB, portA]
    const [from, to] = direction === 0 ? [portA, portB] : [portB, portA]
    return own[pair.flow] === from[flow] && theirs[pair.flow] === to[flow]
  }

  /** What answers the owner goes to the claimant. */
  private misled(seen: Seen, detail: OpenDetail): void {
    const { signal } = seen
    for (const owner of this.waiting) {
      if (owner.tag === 0 || signal.token !== owner.tag || seen.source !== owner.peer || seen.destination === owner.address) continue
      if (signal.time - owner.time > TURNED_AWAY || signal.protocol !== SignalProtocol.Sctp) continue
      const { context, end } = owner.claimant
      if (!context.sides[end].locators.has(seen.destination)) continue
      const words = `sent the ${detail.message} to ${addressText(this.tools, seen.destination)}`
      this.strong(owner, { time: signal.time, row: signal.row, words })
    }
  }

  private owner(seen: Seen, detail: OpenDetail): void {
    if (detail.joinToken !== null) return
    for (const claimant of this.tools.claimedBy(seen.source)) {
      const { context, end, located } = claimant
      if (context === seen.context || !context.sides[1 - end]?.locators.has(seen.destination) || !this.holds(claimant, seen.signal.time))
        continue
      if (located.claimSource === seen.source) continue
      const hops = located.claimSource < 0 ? null : seen.signal.hopLimit !== located.claimHops
      this.waiting.push({
        claimant,
        address: seen.source,
        peer: seen.destination,
        flow: seen.signal.flow,
        tag: detail.initiateTag ?? 0,
        time: seen.signal.time,
        row: seen.signal.row,
        hops,
        message: detail.message,
      })
      if (this.waiting.length > MAX_WAITING) this.tools.flows.forgotten.shift(this.waiting, 'claims of addresses before their owner')
    }
  }

  /** A claim that the peer took, and that has not run out. What it dropped holds nobody off. */
  private holds({ context, located }: Claimant, time: number): boolean {
    if (located.authentication === 'AX' || (located.how !== 'listed' && located.acceptedAt < 0)) return false
    return time - located.refreshedAt <= this.tools.limits.preclaimWindow || (context.closed < 0 && context.established >= 0)
  }

  private checks(claimant: Claimant, more: Check[]): Check[] {
    const { located, context } = claimant
    const text = addressText(this.tools, located.address)
    return [
      ruledOut("the claimant's own second interface", 'no packet of the session came from it and it answered no test'),
      check('the claimant sits behind a translator and named a private address', isPrivate(text), text),
      check('the context began before the capture', context.midCapture),
      possible('the address was handed to another host meanwhile', 'no such lease was captured'),
      ...more,
    ]
  }

  private weak(seen: Seen, claimant: Claimant, answer: string): void {
    const { located, context } = claimant
    if (
      located.claimSource === located.address ||
      located.claimSource < 0 ||
      located.how === 'observed' ||
      !this.holds(claimant, seen.signal.time)
    )
      return
    if (lastFrom(located, this.tools) >= located.claimedAt && seen.signal.kind === SignalKind.IcmpError) return
    const target = addressText(this.tools, located.address)
    const privately = isPrivate(target)
    this.tools.ledger.add({
      rule: 'T-REDIR-PRE',
      severity: hinted(privately ? 'low' : 'medium', context.midCapture),
      confidence: confidence(55, { midCapture: context.midCapture, sameNode: privately }),
      time: seen.signal.time,
      session: context.session,
      title: `${target} was claimed by ${addressText(this.tools, located.claimSource)} but knows nothing of it`,
      detail: `${addressText(this.tools, located.claimSource)} named ${target} as its own in ${located.message}${proof(located.authentication)}. What was sent there to test it was answered with ${answer} by ${target} itself.`,
      claimant: located.claimSource,
      victim: located.address,
      movesTo: located.address,
      rows: [located.claimRow, seen.signal.row],
      checks: this.checks(claimant, []),
      reference: referenceOf('T-REDIR-PRE'),
      about: `${context.key} ${target}`,
    })
  }

  /** The peer goes on with its sessions and says nothing at all to the owner, who is another machine. */
  sweep(now: number, final: boolean): void {
    if (this.waiting.length === 0) return
    const due = this.waiting.filter((one) => now - one.time > TURNED_AWAY)
    this.waiting = this.waiting.filter((one) => !due.includes(one) && !final)
    const { flows, visibility } = this.tools
    for (const owner of due) {
      const { claimant, flow, time } = owner
      const back = flow * 2 + (flows.sender(flow, 0) === owner.address ? 1 : 0)
      if (owner.hops !== true || (flows.packets[back] ?? 0) > 0) continue
      if (visibility.between(owner.peer, claimant.located.claimSource, time, time + TURNED_AWAY))
        this.strong(owner, { time: time + TURNED_AWAY, row: -1, words: `said nothing for ${TURNED_AWAY / SECOND} s` })
    }
  }

  private strong(owner: Owner, refusal: Refusal): void {
    const { claimant } = owner
    const { located, context } = claimant
    const target = addressText(this.tools, located.address)
    this.tools.ledger.add({
      rule: 'T-REDIR-PRE',
      severity: hinted('high', context.midCapture),
      confidence: confidence(55, { hopLimitDiffers: owner.hops, midCapture: context.midCapture }),
      time: refusal.time,
      session: context.session,
      title: `${target} is turned away because ${addressText(this.tools, located.claimSource)} had claimed it`,
      detail: `${addressText(this.tools, located.claimSource)} had named ${target} in ${located.message}${proof(located.authentication)}. When ${target} sent ${owner.message} itself, ${addressText(this.tools, owner.peer)} ${refusal.words}.`,
      claimant: located.claimSource,
      victim: located.address,
      movesTo: located.address,
      rows: [located.claimRow, owner.row, refusal.row].filter((row) => row >= 0),
      checks: this.checks(claimant, [check('both are the same machine', owner.hops === false, 'their hop limits are compared')]),
      reference: referenceOf('T-REDIR-PRE'),
      about: `${context.key} ${target}`,
    })
  }
}

/** The protocol is not spoken there. A closed port, or what routers and filters say, is no such word. */
function disowns(detail: IcmpDetail): boolean {
  if (detail.version === 6) return detail.type === 4 && detail.code === 1
  return detail.type === 3 && detail.code === 2
}

export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe80:)/.test(
    address,
  )
}

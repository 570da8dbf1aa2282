/**
 * T-REPLAY of ADD_ADDR and T-MPTCP-KEY, what is certain of them. An ADD_ADDR that was taken back comes again unchanged: its HMAC depends on
 * nothing that changes, so a host that announces an interface again sends the very same; only a packet whose hop limit is not the announcer's is
 * a copy. A join with the right HMAC from an address that nobody announced may be any second uplink; it is somebody else's when it uses an
 * address id that another address of that end holds, both go on, and it comes over a path of another length. Bounded: 500 of each.
 */
import type { ClaimAnswerDetail, ClaimDetail, OpenDetail, VerifyDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { pairOf } from '../../locators.ts'
import type { End, Pair } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { samePrefix } from '../contexts/unknown-source.ts'
import { check, confidence, hinted, notObservable, ruledOut } from '../judge.ts'
import { Shelf } from './shelf.ts'

const MAX_KEPT = 500
const WAIT = 5e9
/** what an address that has moved may still send */
const BOTH_ALIVE = 1e9

interface Announced {
  session: MultiSession
  by: End
  addressId: number | null
  address: number
  port: number | null
  source: number
  time: number
  row: number
  withdrawn: boolean
}

interface Copy {
  original: Announced
  source: number
  peer: number
  time: number
  row: number
  accepted: boolean
}

interface Joined {
  session: MultiSession
  by: End
  pair: Pair
  source: number
  peer: number
  hops: number
  iface: number
  time: number
  row: number
  proven: boolean
}

export class Copies implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp]
  readonly onlyJoins = true
  readonly kinds =
    signalBit(SignalKind.Claimed) |
    signalBit(SignalKind.Withdrawn) |
    signalBit(SignalKind.ClaimAnswered) |
    signalBit(SignalKind.Opening) |
    signalBit(SignalKind.Verified)
  private readonly announced = new Shelf<Announced>()
  private copies: Copy[] = []
  private readonly joined = new Shelf<Joined>()
  /** hop limit and interface (* 256) of the first step of each join, by session, end and address: two packets are too few for a baseline */
  private readonly hops = new Map<number, number>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.protocol !== SignalProtocol.Mptcp || session === null || seen.side < 0) return
    switch (signal.kind) {
      case SignalKind.Claimed:
        this.claimed(seen, session, signal.detail as ClaimDetail)
        break
      case SignalKind.Withdrawn: {
        const { addressId } = signal.detail as ClaimDetail
        for (const a of this.announced.of(session)) if (a.by === seen.side && a.addressId === addressId) a.withdrawn = true
        break
      }
      case SignalKind.ClaimAnswered: {
        const { address, accepted } = signal.detail as ClaimAnswerDetail
        for (const c of this.copies)
          if (accepted && c.original.session === session && c.original.by !== seen.side && c.original.address === address) c.accepted = true
        break
      }
      case SignalKind.Opening: {
        const { joinToken, step } = signal.detail as OpenDetail
        if (joinToken !== null && step === 1) this.join(seen, session)
        break
      }
      case SignalKind.Verified: {
        const { message, authentication } = signal.detail as VerifyDetail
        if (message !== 'MP_JOIN ACK' || authentication !== 'A3v') break
        for (const j of this.joined.of(session)) if (j.pair.flow === signal.flow && j.by === seen.side) j.proven = true
      }
    }
  }

  private claimed(seen: Seen, session: MultiSession, detail: ClaimDetail): void {
    const { signal } = seen
    if (detail.authentication === 'AX') return
    const original = this.announced
      .of(session)
      .find((a) => a.by === seen.side && a.addressId === detail.addressId && a.address === detail.address && a.port === detail.port)
    if (original === undefined) {
      this.announced.add({
        session,
        by: seen.side as End,
        addressId: detail.addressId,
        address: detail.address,
        port: detail.port,
        source: seen.source,
        time: signal.time,
        row: signal.row,
        withdrawn: false,
      })
      if (this.announced.size > MAX_KEPT) this.announced.shift()
      return
    }
    const { limits, hops } = this.tools
    const age = signal.time - original.time
    if (!original.withdrawn || age > limits.replayWindow) return
    if (age <= limits.replayAge || hops.differs(seen.source, signal.interface, signal.hopLimit) !== true) {
      original.withdrawn = false
      return
    }
    if (this.copies.some((c) => c.original === original)) return
    if (this.tools.flows.forgotten.full(this.copies.length, MAX_KEPT, 'suspicions of T-REPLAY')) return
    this.copies.push({ original, source: seen.source, peer: seen.destination, time: signal.time, row: signal.row, accepted: false })
  }

  private join(seen: Seen, session: MultiSession): void {
    const { signal } = seen
    for (const c of this.copies) if (c.original.session === session && c.original.address === seen.destination) c.accepted = true
    if (session.midCapture) return
    const pair = pairOf(session, signal.flow)
    if (pair === null || this.joined.of(session).some((j) => j.pair === pair)) return
    if (this.tools.flows.forgotten.full(this.joined.size, MAX_KEPT, 'suspicions of T-MPTCP-KEY')) return
    if (this.hops.size >= 10 * MAX_KEPT) this.hops.clear()
    this.hops.set(joinKey(session, seen.side as End, seen.source), signal.hopLimit + signal.interface * 256)
    this.joined.add({
      session,
      by: seen.side as End,
      pair,
      source: seen.source,
      peer: seen.destination,
      hops: signal.hopLimit,
      iface: signal.interface,
      time: signal.time,
      row: signal.row,
      proven: false,
    })
  }

  sweep(now: number, final: boolean): void {
    if (this.copies.length > 0) {
      const due = this.copies.filter((c) => final || now - c.time > WAIT)
      this.copies = this.copies.filter((c) => !due.includes(c))
      for (const c of due) this.copied(c)
    }
    if (this.joined.size > 0) {
      const due = this.joined.all.filter((j) => final || now - j.time > WAIT)
      if (due.length > 0) this.joined.keep((j) => !final && now - j.time <= WAIT)
      for (const j of due) if (j.proven) this.foreign(j)
    }
  }

  private copied({ original, source, peer, time, row, accepted }: Copy): void {
    const address = addressText(this.tools, original.address)
    const age = Math.round((time - original.time) / 1e8) / 10
    this.tools.ledger.add({
      rule: 'T-REPLAY',
      severity: hinted(accepted ? 'high' : 'low', original.session.midCapture),
      confidence: confidence(accepted ? 75 : 60, { hopLimitDiffers: true, midCapture: original.session.midCapture }),
      time,
      session: original.session.number,
      title: `Old ADD_ADDR sent again, ${accepted ? 'and believed' : 'without effect'}`,
      detail: `${address} was announced ${age} s before and taken back; the same ADD_ADDR came again in the name of ${addressText(this.tools, source)} over a path of another length. ${accepted ? `${addressText(this.tools, peer)} acted on it.` : `Nothing shows that ${addressText(this.tools, peer)} acted on it.`}`,
      claimant: source,
      victim: original.source,
      movesTo: original.address,
      rows: [original.row, row],
      checks: [
        ruledOut('the host announces its interface again', 'the hop limit is not that of its packets'),
        ruledOut('a retransmission', `the original is ${age} s old and was taken back`),
      ],
      reference: referenceOf('T-REPLAY'),
      about: `${original.session.number} add ${address}`,
    })
  }

  /** Does another address of that end hold the same id, and go on? */
  private foreign(j: Joined): void {
    const { tools } = this
    const { session, by, pair } = j
    const id = pair.addressId[by]
    if (id === null || id === 0 || tools.visibility.lossy || pair.lastPayload < 0) return
    if (session.claims.some((c) => c.what === 'add' && c.by === by && c.address === j.source)) return
    const { addresses } = tools.flows
    const owner = session.pairs.find((p) => {
      const held = p.way.ends[by] as number
      if (p === pair || p.addressId[by] !== id || held === j.source || p.verifiedAt === null || p.openedAt > j.time) return false
      const at = p.flow * 2 + (tools.flows.sender(p.flow, 0) === held ? 0 : 1)
      return (tools.flows.last[at] as number) > j.time + BOTH_ALIVE && !samePrefix(addresses.text(held), addresses.text(j.source))
    })
    if (owner === undefined) return
    const held = owner.way.ends[by] as number
    const usual = this.hops.get(joinKey(session, by, held))
    if (usual === undefined || usual >>> 8 !== j.iface || Math.abs((usual & 255) - j.hops) < 3) return
    const [claimant, victim] = [addressText(tools, j.source), addressText(tools, held)]
    tools.ledger.add({
      rule: 'T-MPTCP-KEY',
      severity: 'medium',
      confidence: confidence(45, {}),
      time: j.time,
      session: session.number,
      title: `${claimant} joined with ${victim}'s keys`,
      detail: `${claimant} joined ${addressText(tools, j.peer)} with the right HMAC under the address id ${id}, which ${victim} holds and goes on to use; nobody announced ${claimant}, and its path has another length. The keys went in clear when the connection was opened.`,
      claimant: j.source,
      victim: held,
      movesTo: j.source,
      rows: [owner.openedRow, j.row],
      checks: [
        ruledOut('a second uplink of the host', 'a host gives each of its addresses an id of its own'),
        ruledOut('the address behind the id has changed', `${victim} went on for more than ${BOTH_ALIVE / 1e9} s`),
        check('a translator changed its binding', false, 'the addresses are in different prefixes'),
        notObservable('how the keys were read', 'they are in the first handshake for all on its path'),
      ],
      reference: referenceOf('T-MPTCP-KEY'),
      about: `${session.number} ${claimant}`,
    })
  }
}

/** Addresses are fewer than 2^24. */
function joinKey(session: MultiSession, end: End, address: number): number {
  return (session.number * 2 + end) * 0x1000000 + address
}

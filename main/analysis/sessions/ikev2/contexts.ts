/**
 * IKEv2 SAs with MOBIKE and the ESP they control: one session an IKE SA, known by its SPI pair whatever the addresses (RFC 7296 section 2.6,
 * RFC 4555). ESP that no readable exchange has named is tied to the SA of its addresses and ports (mobike.md), else it is a session of its own
 * ('esp'), one an address pair. Without keys an INFORMATIONAL exchange from a new address stands for the claim that it cannot show.
 * Refuses: claims whose checksum is wrong, NAT keepalives and ESP of 40 bytes or less as payload. Bounded: 20,000 SAs, 65,536 SPIs.
 */
import { takeOldest } from '../../../../dissectors/core/oldest.ts'
import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { onPayload } from '../../delivery.ts'
import { carriesPayload, findLocator, verifyLocator } from '../../locators.ts'
import { type End, type Pair, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from '../contexts.ts'
import { onlyPortChanged, placeOn } from '../pairing.ts'
import type { Registry } from '../registry.ts'
import { addIdentifiers, isOver, noteRebinding, reopen } from '../sessions-by-id.ts'
import { type Spi, SpiTable } from './esp-spis.ts'
import { take } from './messages.ts'
import { Orphans } from './orphans.ts'
import { newSa, type Sa } from './sa.ts'

const MAX_SAS = 20_000
const MAX_RECENT = 64
/** rehoming.md section 2: ESP of this length or less carries nothing */
const EMPTY_ESP = 40
const HANDSHAKE_IDLE = 60 * SECOND
const IDLE = 600 * SECOND
/** mobike.md: ESP begins within this after the exchange that made its SA */
const NEW_CHILD = 2 * SECOND
/** a new IKE SA without IKE_SA_INIT, this soon after a CREATE_CHILD_SA exchange, is the rekeyed one */
const REKEYED = 10 * SECOND
const REPLACED = 30 * SECOND

export const ikev2Family: ContextFamily = {
  protocols: [SignalProtocol.Ikev2, SignalProtocol.Esp],
  make: (registry) => new IkeContexts(registry),
}

class IkeContexts implements Contexts {
  private readonly byContext = new Map<number, Sa>()
  private readonly bySession = new Map<number, Sa>()
  /** SAs and ESP sessions by address pair, youngest last: ESP over IP has no flow of IKE's */
  private readonly byAddresses = new Map<string, Sa[]>()
  private readonly spis: SpiTable
  private readonly recent: Sa[] = []
  private readonly orphans = new Orphans()
  private dropped = 0
  private readonly all: Sa[] = []

  constructor(private readonly registry: Registry) {
    this.spis = new SpiTable(registry.flows.forgotten, 'security parameter indexes of ESP')
    registry.canForget('ikev2', (session) => this.forget(session))
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.flow < 0) return
    if (signal.protocol === SignalProtocol.Esp) this.esp(signal, outcome)
    else if (signal.kind === SignalKind.Payload) this.namedEsp(signal, outcome)
    else this.message(signal, outcome)
  }

  // ------------------------------------------------------------------ which SA

  private message(signal: Signal, outcome: PacketOutcome): void {
    let sa = this.byContext.get(signal.context) ?? null
    if (sa === null || this.registry.gone(sa.session.number)) {
      sa = this.open(signal)
      if (sa === null) return
      this.byContext.set(signal.context, sa)
      this.bound()
    }
    const { session } = sa
    const sender = ((signal.side === 1) === sa.flipped ? 0 : 1) as End
    const pair = this.place(sa, sender, signal)
    outcome.session = session
    outcome.sender = sender
    if (pair === null) return
    if (signal.kind !== SignalKind.Noted) this.again(sa)
    const opening = session.state === 'opening'
    take(sa, pair, sender, signal)
    if (opening && signal.kind === SignalKind.Opened) this.replaces(sa, signal.time, signal.row)
  }

  private place(sa: Sa, sender: End, signal: Signal): Pair | null {
    const { session } = sa
    const paths = session.paths.length
    const pair = placeOn(this.registry, session, sender, signal)
    if (session.paths.length !== paths) this.remember(sa, signal.flow)
    if (pair === null || sa.proven.length === 0) return pair
    // Something of the asker after the answer: that reached it (threats.md 0.3).
    const at = sa.proven.findIndex((p) => p.path === pair.path && p.by === sender)
    if (at >= 0) {
      sa.proven.splice(at, 1)
      verifyLocator(session, sender, pair.way.ends[sender], 'traffic after an answered request', signal.time, signal.row)
    }
    return pair
  }

  private open(signal: Signal): Sa | null {
    const { kind, time, row } = signal
    const detail = kind === SignalKind.Opening || kind === SignalKind.Opened ? (signal.detail as OpenDetail) : null
    // A note says nothing of which SA this is; a message with a wrong checksum is only noted.
    if (kind === SignalKind.Noted || kind === SignalKind.Refused) return null
    if (detail === null || detail.step > 2) {
      const old = this.onAddresses(signal.flow)
      if (old !== null && old.session.protocol === 'esp') return this.adopt(old, signal)
      const left = old === null && detail === null ? this.orphans.leftFor(this.registry.flows, signal) : null
      if (left !== null) return this.adopt(left, signal)
      if (detail === null && old !== null && !isOver(old.session) && time - old.exchange < REKEYED) {
        old.session.mark(time, 'other', -1, -1, row, 'the IKE SA was rekeyed: new SPIs, same session')
        return old
      }
    }
    const session = this.registry.addMulti('ikev2', time, row)
    if (session === null) return null
    const sa = this.make(session)
    if (detail === null || detail.step > 2) {
      session.midCapture = true
      session.state = detail === null ? 'established' : 'opening'
      session.mark(time, 'opened', -1, 0, row, 'already running when the capture began')
    }
    return sa
  }

  private make(session: MultiSession): Sa {
    session.oneAtATime = true
    const sa = newSa(session)
    this.bySession.set(session.number, sa)
    this.all.push(sa)
    return sa
  }

  /** ESP between these addresses was seen before any message of its IKE SA. */
  private adopt(sa: Sa, signal: Signal): Sa {
    const { session } = sa
    session.protocol = 'ikev2'
    const pair = this.registry.pairOfFlow(signal.flow)
    const path = pair?.session === session ? pair.way : (session.paths[0] ?? null)
    const source = this.registry.flows.sender(signal.flow, signal.direction)
    // a host that has moved is known by whom it talks to
    const destination = this.registry.flows.receiver(signal.flow, signal.direction)
    const end = path !== null && (path.ends[1] === source || (path.ends[0] !== source && path.ends[0] === destination)) ? 1 : 0
    sa.flipped = end !== signal.side
    session.mark(signal.time, 'other', -1, -1, signal.row, 'its IKE SA was seen for the first time')
    return sa
  }

  private again(sa: Sa): void {
    if (sa.session.state === 'closed' && reopen(sa.session)) this.all.push(sa)
  }

  private remember(sa: Sa, flow: number): void {
    const key = this.addressKey(flow)
    const list = this.byAddresses.get(key)
    if (list === undefined) {
      if (this.byAddresses.size > 4 * MAX_SAS) this.registry.flows.forgotten.clear(this.byAddresses, 'security associations by address')
      this.byAddresses.set(key, [sa])
    } else if (!list.includes(sa)) {
      list.push(sa)
      if (list.length > 8) list.shift()
    }
  }

  private addressKey(flow: number): string {
    const { addressA, addressB } = this.registry.flows
    const [a, b] = [addressA[flow] as number, addressB[flow] as number]
    return a < b ? `${a}-${b}` : `${b}-${a}`
  }

  /** The SA that ESP of an unknown SPI between these addresses belongs to: its flow's, the one that has just made a child, or the only one. */
  private onAddresses(flow: number, time = Number.NaN): Sa | null {
    const own = this.bySession.get(this.registry.sessionOfFlow(flow))
    const alive = (this.byAddresses.get(this.addressKey(flow)) ?? []).filter((sa) => !isOver(sa.session))
    const fresh = alive.filter((sa) => time - sa.exchange <= NEW_CHILD)
    if (fresh.length > 0) return fresh.reduce((a, b) => (b.exchange > a.exchange ? b : a))
    if (own !== undefined && !isOver(own.session)) return own
    return alive.length === 1 ? (alive[0] as Sa) : null
  }

  private forget(session: MultiSession): void {
    this.bySession.delete(session.number)
  }

  private bound(): void {
    if (this.byContext.size <= MAX_SAS) return
    const sa = takeOldest(this.byContext)
    if (sa !== undefined) this.bySession.delete(sa.session.number)
    this.registry.flows.forgotten.note('IKE security associations')
  }

  // ------------------------------------------------------------------ ESP

  /** ESP of an SPI that a readable exchange has named. */
  private namedEsp(signal: Signal, outcome: PacketOutcome): void {
    const sa = this.byContext.get(signal.context)
    if (sa === undefined) return
    const sender = ((signal.side === 1) === sa.flipped ? 0 : 1) as End
    const spi =
      this.spis.of(signal.token, sa.session, sender) ?? this.spis.add(signal.token, sa.session, sender, signal.unit, sa.top[sender])
    this.payload(sa, spi, signal, outcome)
  }

  private esp(signal: Signal, outcome: PacketOutcome): void {
    if (signal.kind !== SignalKind.Payload) return
    const { flow, direction, token, unit, time } = signal
    const { flows } = this.registry
    const [source, destination] = [flows.sender(flow, direction), flows.receiver(flow, direction)]
    let spi = this.spis.find(token, unit, source, destination)
    let sa = spi === null ? null : (this.bySession.get(spi.session.number) ?? null)
    if (spi === null || sa === null) {
      sa = this.onAddresses(flow, time) ?? this.orphan(signal)
      if (sa === null) return
      const sender = senderOn(sa.session, source, destination)
      spi = this.spis.add(token, sa.session, sender, unit, sa.top[sender])
      // An SPI is its receiver's.
      const value = `0x${token.toString(16).padStart(8, '0')}`
      addIdentifiers(sa.session, (1 - sender) as End, [{ kind: 'esp-spi', value }])
    }
    this.payload(sa, spi, signal, outcome)
  }

  private orphan(signal: Signal): Sa | null {
    const { time, row } = signal
    const session = this.registry.addMulti('esp', time, row)
    if (session === null) return null
    session.state = 'established'
    session.midCapture = signal.unit !== 1
    session.mark(time, 'opened', 0, 0, row, session.midCapture ? 'already running when the capture began' : 'first ESP packet')
    const sa = this.make(session)
    this.orphans.add(sa)
    return sa
  }

  private payload(sa: Sa, spi: Spi, signal: Signal, outcome: PacketOutcome): void {
    const { session } = sa
    const { sender } = spi
    const { time, row, unit } = signal
    outcome.session = session
    outcome.sender = sender
    const pair = this.place(sa, sender, signal)
    if (pair === null) return
    if (unit > spi.last) spi.last = unit
    if (signal.bytes <= EMPTY_ESP) return
    this.again(sa)
    const placed = (spi.base + unit) >>> 0
    if (placed > sa.top[sender]) sa.top[sender] = placed
    signal.unit = placed
    if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
    signal.unit = unit
    carriesPayload(session, pair, time, row)
    if (session.state === 'opening') session.state = 'established'
    pair.state = 'active'
    const before = sa.lastPair[sender]
    if (before !== pair) {
      if (before !== null && before.lastPayload >= 0 && onlyPortChanged(this.registry, before, pair))
        noteRebinding(this.registry, session, sender, before, pair, time, row)
      sa.lastPair[sender] = pair
    }
    sa.active[sender] = pair.path
  }

  /** A new IKE SA between the same hosts, the old one silent: it took its place (rehoming.md section 3, RE-ESTABLISHED). */
  private replaces(sa: Sa, time: number, row: number): void {
    const { session } = sa
    const path = session.paths[0]
    for (let i = this.recent.length - 1; i >= 0 && path !== undefined; i--) {
      const old = (this.recent[i] as Sa).session
      const silent = session.opened - old.last
      if (old === session || old.replacedBy >= 0 || old.closedWhy === 'DELETE' || silent < SECOND || silent > REPLACED) continue
      if (findLocator(old, 1, path.ends[1]) === null) continue
      // An orderly end cannot be seen without keys: it broke when something was left unanswered, or the new SA had to take another way.
      const way = (this.recent[i] as Sa).active[0]
      const elsewhere = way >= 0 && (old.paths[way]?.ends[0] !== path.ends[0] || old.paths[way]?.ends[1] !== path.ends[1])
      if (old.probes.length === 0 && !elsewhere) continue
      const own = old.capturedEnd === 0 && session.capturedEnd === 0
      if (!own && findLocator(old, 0, path.ends[0]) === null) continue
      session.replaces = old.number
      old.replacedBy = session.number
      old.state = 'closed'
      old.closed = old.last
      old.closedWhy = 'a new IKE SA took its place'
      old.mark(time, 'closed', 2, -1, row, 'a new IKE SA between the same hosts took its place')
      break
    }
    this.recent.push(sa)
    if (this.recent.length > MAX_RECENT) this.recent.shift()
  }

  // ------------------------------------------------------------------ end

  /** Silent for three times its dead peer detection, or for 10 min where none was seen: over. */
  sweep(now: number): void {
    if (this.dropped !== this.registry.dropped) {
      this.dropped = this.registry.dropped
      this.registry.forgetGone(this.byContext, (sa) => sa.session)
      for (const [key, list] of this.byAddresses) {
        const left = list.filter((sa) => !this.registry.gone(sa.session.number))
        if (left.length === 0) this.byAddresses.delete(key)
        else if (left.length < list.length) this.byAddresses.set(key, left)
      }
      this.spis.forget((session) => this.registry.gone(session.number))
    }
    let kept = 0
    for (const sa of this.all) {
      const { session } = sa
      if (isOver(session)) continue
      this.all[kept++] = sa
      const idle = now - session.last
      if (session.state === 'opening') {
        if (idle < HANDSHAKE_IDLE) continue
        session.state = 'failed'
      } else {
        const limit = session.state === 'closing' ? 10 * SECOND : sa.detection > 0 ? Math.max(HANDSHAKE_IDLE, 3 * sa.detection) : IDLE
        if (idle < limit) continue
        session.state = 'closed'
        if (session.closedWhy === '') session.closedWhy = 'nothing more was heard of it'
      }
      session.closed = session.last
    }
    this.all.length = kept
  }
}

/** Which end sends from `source` to `destination`: by the session's paths; the opener where both are new. */
function senderOn(session: MultiSession, source: number, destination: number): End {
  for (const path of session.paths) {
    if (path.ends[0] === source || path.ends[1] === destination) return 0
    if (path.ends[1] === source || path.ends[0] === destination) return 1
  }
  return 0
}

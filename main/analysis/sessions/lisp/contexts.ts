/**
 * LISP (RFC 9300, 9301): encapsulated data belongs to the session of its two sites. Mappings carry no session of their own: they are kept by
 * prefix and told to the sites they speak of, as are probes of locators and solicitations, by the locators they run between.
 * A mapping is in force when a question asked for it or the map server notified it; a locator that somebody only named becomes one when data
 * uses it, with the weak standing of that claim. Bounded: 20,000 EID pairs, 2,000 sites, 64 sites a locator message.
 */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  NoteDetail,
  OpenDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { addLocator, findLocator, heard, pairBetween, verifyPair } from '../../locators.ts'
import { ADDRESS } from '../../mark-log.ts'
import { type End, type Pair, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from '../contexts.ts'
import { onProbe, onProbeAnswer } from '../probes.ts'
import type { Registry } from '../registry.ts'
import { type EidPrefix, holds, type MappingRecord, Mappings, parsePrefix } from './mappings.ts'
import { applyMapping, carryData, dropIdle, evidence, newSite, type Site } from './site.ts'

const MAX_PAIRS = 20_000
const MAX_SITES = 2_000
const MAX_TOUCHED = 64
const MAX_PROBED = 4_096
/** nothing told how long the mapping holds */
const IDLE = 600 * SECOND
/** data may still be under way when a mapping goes */
const OVER = 10 * SECOND

export const lispFamily: ContextFamily = { protocols: [SignalProtocol.Lisp], make: (registry) => new LispContexts(registry) }

/** A pair of EIDs: their sites, and which end of the pair is the site session's initiator. */
interface EidPair {
  site: Site
  side: 0 | 1
  /** of both sides, to find their sites again when a session is over */
  eids: [EidPrefix, EidPrefix]
  instance: string
}

interface EarlyProbe {
  /** the question that waits for its answer, and when it was put */
  match: string
  asked: number
  trip: number | null
  /** what proved the pair; null: nothing yet */
  how: string | null
  time: number
  row: number
}

class LispContexts implements Contexts {
  private readonly pairs = new Map<number, EidPair>()
  private readonly sites = new Map<string, Site>()
  private readonly followed = { count: 0 }
  private readonly mappings = new Mappings((record, before) => this.adopt(record, before))
  /** locator pairs that were probed before any data used them: 'low high' */
  private readonly probed = new Map<string, EarlyProbe>()

  constructor(private readonly registry: Registry) {}

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    this.mappings.settle(signal.row)
    if (signal.flow < 0) return
    if (signal.context === 0) this.control(signal, outcome)
    else this.data(signal, outcome)
  }

  // ------------------------------------------------------------------ control

  private control(signal: Signal, outcome: PacketOutcome): void {
    switch (signal.kind) {
      case SignalKind.Claimed:
      case SignalKind.Withdrawn: {
        const d = signal.detail as ClaimDetail
        this.mappings.take(signal)
        const asked = parsePrefix(d.asked ?? d.prefixes?.[0] ?? '')
        if (asked !== null) this.tell(asked, outcome)
        break
      }
      case SignalKind.ClaimAnswered: {
        this.mappings.settle()
        const d = signal.detail as ClaimAnswerDetail
        if (d.authentication !== 'AX') this.mappings.notified(d.serial)
        break
      }
      case SignalKind.Probed:
      case SignalKind.ProbeAnswered:
      case SignalKind.Verified:
      case SignalKind.Noted:
        this.between(signal, outcome)
        break
    }
  }

  /** The session that a mapping is about, for whoever watches. */
  private tell(prefix: EidPrefix, outcome: PacketOutcome): void {
    for (const site of this.sites.values())
      for (const end of [0, 1] as const)
        if (holds(site.prefixes[end], prefix) || holds(prefix, site.prefixes[end])) {
          outcome.session = site.session
          outcome.sender = end
          return
        }
  }

  /** A message between two locators: of every session that has one at each end. */
  private between(signal: Signal, outcome: PacketOutcome): void {
    const { flows } = this.registry
    const from = flows.sender(signal.flow, signal.direction)
    const to = flows.receiver(signal.flow, signal.direction)
    let touched = 0
    for (const site of this.sites.values()) {
      if (touched >= MAX_TOUCHED) break
      const { session } = site
      if (over(session)) continue
      const sender = endWith(session, from, to)
      if (sender < 0) continue
      touched++
      if (outcome.session === null) {
        outcome.session = session
        outcome.sender = sender
      }
      this.message(site, sender as End, signal)
    }
    if (touched === 0) this.early(pairKey(from, to), signal)
  }

  /** A probe between locators that no data runs between yet: what it proves, and how long its answer took, is for the session to come. */
  private early(key: string, signal: Signal): void {
    const { time, row } = signal
    let known = this.probed.get(key)
    if (known === undefined) {
      if (this.probed.size >= MAX_PROBED) this.registry.flows.forgotten.clear(this.probed, 'proofs of LISP locators')
      known = { match: '', asked: -1, trip: null, how: null, time, row }
      this.probed.set(key, known)
    }
    if (signal.kind === SignalKind.Probed) Object.assign(known, { match: (signal.detail as ProbeDetail).match, asked: time })
    else if (signal.kind === SignalKind.Verified) Object.assign(known, { how: (signal.detail as VerifyDetail).message, time, row })
    else if (signal.kind === SignalKind.ProbeAnswered && known.match === (signal.detail as ProbeDetail).match) {
      known.trip = time - known.asked
      known.match = ''
    }
  }

  private message(site: Site, sender: End, signal: Signal): void {
    const { session } = site
    const { time, row } = signal
    if (signal.kind === SignalKind.Noted) {
      const { message } = signal.detail as NoteDetail
      session.mark(time, 'other', sender, -1, row, message)
      // Not to be believed, but to be followed up: the sender's own mapping has changed (RFC 9301 section 6.1).
      if (message.startsWith('SMR')) evidence(session, sender, -1, signal, 'preference', -1, 'solicit-map-request')
      return
    }
    const pair = pairBetween(session, this.registry.flows, signal, sender)
    if (pair === null) return
    heard(session, pair, sender, time, signal.hopLimit, signal.interface)
    this.path(session, pair, sender, signal)
  }

  /** Probes and what they prove, of locators or by the nonces of data. */
  private path(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    const { time, row } = signal
    if (signal.kind === SignalKind.Probed) onProbe(session, sender, pair, signal, signal.detail as ProbeDetail)
    else if (signal.kind === SignalKind.ProbeAnswered) onProbeAnswer(session, sender, signal, signal.detail as ProbeDetail)
    else if (signal.kind === SignalKind.Verified) {
      verifyPair(session, pair, (signal.detail as VerifyDetail).message, time, row)
      if (pair.state === 'opening') pair.state = 'active'
    }
  }

  /** A mapping is in force: every session with EIDs of its prefix hears of it. */
  private adopt(record: MappingRecord, before: MappingRecord | null): void {
    for (const site of this.sites.values()) {
      if (over(site.session)) continue
      for (const end of [0, 1] as const) {
        const own = site.prefixes[end]
        const same = own.text === record.prefix.text
        const part = holds(own, record.prefix)
        const asked = record.asked !== null && holds(own, record.asked)
        // A record for more than the site speaks of it only when it answers a question for it.
        if (same || part || (asked && holds(record.prefix, own))) applyMapping(site, end, record, same)
        else if (before === null && holds(record.prefix, own) && site.session.endpoints[end].locators.every((l) => l.how === 'observed'))
          applyMapping(site, end, record, true)
      }
    }
  }

  // ------------------------------------------------------------------ data

  private data(signal: Signal, outcome: PacketOutcome): void {
    const { kind, time, row } = signal
    let entry = this.pairs.get(signal.context)
    if (kind === SignalKind.Opening || kind === SignalKind.Opened) entry ??= this.enter(signal, signal.detail as OpenDetail)
    if (entry === undefined) return
    if (over(entry.site.session)) {
      if (kind !== SignalKind.Payload) return
      const site = this.siteOf(entry.eids, entry.instance, signal)
      if (site === null) return
      entry.site = site.site
      entry.side = site.side
    }
    const { site, side } = entry
    const { session } = site
    const sender: End = signal.side === side ? 0 : 1
    outcome.session = session
    outcome.sender = sender
    const pair = pairBetween(session, this.registry.flows, signal, sender)
    if (pair === null) return
    heard(session, pair, sender, time, signal.hopLimit, signal.interface)
    // Errors quote little more than the outer packet: its flow tells whose it was.
    if (this.registry.sessionOfFlow(signal.flow) < 0) this.registry.assign(signal.flow, session.number)
    switch (kind) {
      case SignalKind.Payload:
        this.carry(site, pair, sender, signal)
        if (carryData(site, sender, pair, signal, (signal.context % 0x100000) * 0x100000000 + signal.sub)) outcome.retransmitted = true
        break
      case SignalKind.Claimed:
      case SignalKind.Withdrawn:
        this.status(session, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.Noted:
        session.mark(time, 'other', sender, pair.index, row, (signal.detail as NoteDetail).message)
        break
      default:
        this.path(session, pair, sender, signal)
    }
  }

  private enter(signal: Signal, d: OpenDetail): EidPair | undefined {
    const eid = (list: OpenDetail['sender']): EidPrefix | null => parsePrefix(list.find((i) => i.kind === 'eid')?.value ?? '')
    const sender = eid(d.sender)
    const receiver = eid(d.receiver)
    if (sender === null || receiver === null) return undefined
    const instance = d.sender.find((i) => i.kind === 'instance')?.value ?? ''
    const eids: [EidPrefix, EidPrefix] = signal.side === 1 ? [receiver, sender] : [sender, receiver]
    const site = this.siteOf(eids, instance, signal)
    if (site === null) return undefined
    const entry: EidPair = { ...site, eids, instance }
    if (this.pairs.size >= MAX_PAIRS) {
      this.registry.flows.forgotten.drop(this.pairs, 'pairs of LISP endpoints')
    }
    this.pairs.set(signal.context, entry)
    return entry
  }

  /** The session of the two sites, opened by this packet when there is none. `eids` by side of the dissector's pair. */
  private siteOf(eids: readonly [EidPrefix, EidPrefix], instance: string, signal: Signal): { site: Site; side: 0 | 1 } | null {
    // Records do not tell their instance here: within one, EIDs stand for themselves.
    const records = eids.map((eid) => (instance === '' ? this.mappings.of(eid) : null)) as [MappingRecord | null, MappingRecord | null]
    let prefixes = records.map((r, i) => r?.prefix ?? (eids[i] as EidPrefix)) as [EidPrefix, EidPrefix]
    if (prefixes[0].text === prefixes[1].text) prefixes = [...eids]
    const key = `${instance} ${[prefixes[0].text, prefixes[1].text].sort().join(' ')}`
    const known = this.sites.get(key)
    if (known !== undefined && !over(known.session)) return { site: known, side: known.prefixes[0].text === prefixes[0].text ? 0 : 1 }
    const session = this.registry.addMulti('lisp', signal.time, signal.row)
    if (session === null) return null
    const side: 0 | 1 = signal.side === 1 ? 1 : 0
    const site = newSite(session, key, side === 0 ? prefixes : [prefixes[1], prefixes[0]], this.followed)
    if (known !== undefined) this.leave(key, known)
    if (this.sites.size >= MAX_SITES) this.forget()
    this.sites.set(key, site)
    for (const end of [0, 1] as const) {
      const { text } = site.prefixes[end]
      const endpoint = session.endpoints[end]
      endpoint.identify({ kind: text.includes('/') ? 'eid-prefix' : 'eid', value: text })
      if (instance !== '') endpoint.identify({ kind: 'instance', value: instance })
      const record = records[end === 0 ? side : 1 - side]
      if (record !== null && record !== undefined) applyMapping(site, end, record, true)
    }
    session.state = 'established'
    session.midCapture = records[1 - side] === null
    const how = session.midCapture
      ? 'data between these EIDs; their mapping was asked for before the capture, or never'
      : 'first data that uses the mapping'
    session.mark(signal.time, 'opened', 0, 0, signal.row, how)
    return { site, side }
  }

  private forget(): void {
    for (const [key, site] of this.sites) if (over(site.session)) this.leave(key, site)
    // A tenth at once: looking through all of them for each new one would cost more than all else.
    for (const [key, site] of this.sites) {
      if (this.sites.size <= MAX_SITES * 0.9) break
      this.leave(key, site)
      this.registry.flows.forgotten.note('LISP sites')
    }
  }

  /** Its session stays, with what is yet to be decided. */
  private leave(key: string, site: Site): void {
    dropIdle(site, Number.POSITIVE_INFINITY)
    this.followed.count -= site.flows.size
    site.flows.clear()
    this.sites.delete(key)
  }

  /** The outer addresses carry data: locators, whoever named them. */
  private carry(site: Site, pair: Pair, sender: End, signal: Signal): void {
    if (pair.carried) return
    pair.carried = true
    const { session } = site
    const { time, row } = signal
    for (const end of [0, 1] as const) {
      const address = pair.way.ends[end]
      if (findLocator(session, end, address) !== null) continue
      const offer = this.mappings.offered(site.prefixes[end], address)
      // Somebody's word made the peer send there; data from there is its own word only.
      if (offer !== null && end !== sender) {
        addLocator(session, end, address, 'signalled', offer.message, offer.authentication, offer.time, offer.row)
        session.mark(time, 'claimed', sender, pair.index, row, `data uses ${ADDRESS}, which an unasked ${offer.message} named`, address)
      } else addLocator(session, end, address, 'observed', null, 'A0', time, row)
    }
    const known = this.probed.get(pairKey(pair.way.ends[0], pair.way.ends[1]))
    if (known !== undefined && known.how !== null) verifyPair(session, pair, known.how, known.time, known.row)
    pair.rtt ??= known?.trip ?? null
    if (pair.state === 'opening') pair.state = 'active'
  }

  /** A locator status bit of the sender's site: 1 up, 0 down. Anybody can send such bits (RFC 9300 section 16). */
  private status(session: MultiSession, sender: End, pair: Pair, signal: Signal, d: ClaimDetail): void {
    const { time, row } = signal
    const up = signal.kind === SignalKind.Claimed
    const words = d.address < 0 ? d.message : `${d.message}: ${ADDRESS} is ${up ? 'up' : 'down'}`
    session.mark(time, up ? 'claimed' : 'withdrawn', sender, pair.index, row, words, d.address)
    if (up) return
    const text = `cleared ${d.message.replace(' cleared', '')}`
    if (d.address < 0) evidence(session, sender, -1, signal, 'withdrawal', -1, text)
    for (const path of session.paths)
      if (path.ends[sender] === d.address) evidence(session, sender, path.index, signal, 'withdrawal', d.address, text)
  }

  // ------------------------------------------------------------------ time

  sweep(now: number): void {
    this.mappings.settle()
    for (const site of this.sites.values()) {
      const { session } = site
      if (over(session)) continue
      const idle = now - session.last
      const expires = Math.min(...site.expires)
      if (site.removedAt >= 0 && idle > OVER) close(site, Math.max(site.removedAt, session.last), 'its mapping was taken away')
      else if (now > expires + OVER && idle > OVER) close(site, Math.max(expires, session.last), 'its mapping ran out')
      else if (expires === Number.POSITIVE_INFINITY && idle > IDLE) close(site, session.last, 'nothing more was heard of it')
    }
  }
}

function over(session: MultiSession): boolean {
  return session.state === 'closed' || session.state === 'failed'
}

function close(site: Site, time: number, why: string): void {
  const { session } = site
  session.mark(time, 'closed', -1, -1, -1, why)
  session.state = 'closed'
  session.closed = time
  session.closedWhy = why
  // its lanes are for moves to come
  dropIdle(site, time)
}

/** The end that has `from`, when the other has `to`; -1 when they are not the session's. */
function endWith(session: MultiSession, from: number, to: number): End | -1 {
  for (const end of [0, 1] as const) {
    const other = (1 - end) as End
    if (session.paths.some((p) => p.ends[end] === from && p.ends[other] === to)) return end
    if (findLocator(session, end, from, true) !== null && findLocator(session, other, to, true) !== null) return end
  }
  return -1
}

function pairKey(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

/**
 * How hosts choose their addresses: new flows are replayed against RFC 6724 with the addresses known then (SEL-SOURCE, SEL-DESTINATION); answers
 * that come from another address than the one asked (SEL-REPLY); interface identifiers that go along from network to network (T-PRIV).
 * A program may bind what it likes, so a choice against the rules is information. Looked at every sweep; each flow once. Bounded: MAX_* below.
 */
import { takeOldest } from '../../../../dissectors/core/oldest.ts'
import { parseAddress } from '../../../../shared/address.ts'
import type { LeaseDetail, NameDetail, NoteDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { isFresh } from '../../site-arrivals.ts'
import { coverLength, isLocalScope } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'
import { Privacy } from './privacy.ts'
import { type Candidate, chooseSource, compareTargets, type Target } from './rfc6724.ts'

const MAX_QUESTIONS = 50_000
const MAX_NAMES = 20_000
const MAX_FINDINGS = 200
const ANSWER_TIME = 3e9
const NAME_TIME = 300e9

/** What a host was told of a name. */
interface Known {
  /** of it in `names` */
  key: string
  name: string
  addresses: Set<number>
  time: number
  until: number
  row: number
}

class SelectionWatch implements Watch {
  readonly kinds = signalBit(SignalKind.Echo) | signalBit(SignalKind.Named) | signalBit(SignalKind.Noted) | signalBit(SignalKind.Leased)
  private taken = 0
  private found = 0
  /** flows by what tells a question */
  private readonly asked = new Places()
  private askedBy = new Int32Array(64)
  private readonly pings = new Map<string, { destination: number; time: number; row: number }>()
  private readonly names = new Map<string, Known>()
  private readonly namesOf = new Map<number, string[]>()
  private readonly tried = new Set<string>()
  private readonly privacy: Privacy

  constructor(private readonly around: Surroundings) {
    this.privacy = new Privacy(around)
  }

  on(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    if (signal.kind === SignalKind.Noted) {
      if (signal.protocol === SignalProtocol.Quic && session !== null && sender >= 0)
        this.privacy.noted(signal, signal.detail as NoteDetail, session, sender as End)
    } else if (signal.kind === SignalKind.Leased) this.privacy.leased(signal, signal.detail as LeaseDetail)
    else if (signal.kind === SignalKind.Named) this.named(signal, signal.detail as NameDetail)
    else if (signal.span === 0) this.ping(signal)
    else this.pong(signal)
  }

  // ------------------------------------------------------------------ answers from elsewhere

  private ping(signal: Signal): void {
    if (this.pings.size >= MAX_QUESTIONS) this.around.flows.forgotten.drop(this.pings, 'pings that wait for an answer')
    this.pings.set(`${signal.sub}|${signal.unit}`, { destination: signal.subSpan, time: signal.time, row: signal.row })
  }

  private pong(signal: Signal): void {
    const key = `${signal.subSpan}|${signal.unit}`
    const asked = this.pings.get(key)
    if (asked === undefined || signal.time - asked.time > ANSWER_TIME) return
    if (asked.destination === signal.sub) {
      this.pings.delete(key)
      return
    }
    if (this.toMany(asked.destination)) return
    this.reply(signal.subSpan, asked.destination, signal.sub, signal.time, [asked.row, signal.row], 'an echo request', 'low')
    this.pings.delete(key)
  }

  /** Multicast and broadcast are answered by whoever feels addressed. */
  private toMany(address: number): boolean {
    const bytes = this.around.flows.addresses.get(address)
    return isLocalScope(bytes) || (bytes.length === 4 && (bytes[3] === 255 || bytes[3] === 0))
  }

  private elsewhere(flow: number): void {
    const { flows } = this.around
    const protocol = flows.protocol[flow] as number
    const [a, b] = [flows.portA[flow] as number, flows.portB[flow] as number]
    if (a === b || a === 0 || b === 0 || (protocol !== 6 && protocol !== 17 && protocol !== 132)) return
    const question = questionOf(protocol, flows.addressA[flow] as number, a, b)
    let place = this.asked.of(question)
    if (place < 0) {
      if (this.asked.size >= MAX_QUESTIONS) {
        this.asked.dropOldest()
        flows.forgotten.note('names that were asked for')
      }
      place = this.asked.enter(question)
      this.askedBy = roomFor(this.askedBy, place)
    }
    this.askedBy[place] = flow
    // Teredo and STUN servers answer from their other address on purpose (RFC 4380 section 5.2.1, RFC 5780).
    if (b < 1024 || a >= b || a === 3544 || a === 3478) return
    const former = this.asked.of(questionOf(protocol, flows.addressB[flow] as number, b, a))
    const other = this.askedBy[former] ?? -1
    if (former < 0 || flows.protocol[other] !== protocol || flows.addressA[other] !== flows.addressB[flow]) return
    if ((flows.packets[other * 2 + 1] as number) > 0) return
    const [target, answerer] = [flows.addressB[other] as number, flows.addressA[flow] as number]
    const late = (flows.first[flow * 2] as number) - (flows.last[other * 2] as number)
    if (target === answerer || (flows.first[flow * 2] as number) < (flows.first[other * 2] as number) || late > ANSWER_TIME) return
    if (this.toMany(target)) return
    const what = protocol === 6 ? 'a connection request' : protocol === 132 ? 'an association request' : 'a datagram'
    const rows = [flows.firstRow[other] as number, flows.firstRow[flow] as number]
    this.reply(
      flows.addressA[other] as number,
      target,
      answerer,
      flows.first[flow * 2] as number,
      rows,
      what,
      protocol === 132 ? 'info' : 'low',
    )
  }

  private reply(
    client: number,
    asked: number,
    answerer: number,
    time: number,
    rows: number[],
    what: string,
    severity: 'info' | 'low',
  ): void {
    const { flows, ledger } = this.around
    const [c, a, w] = [client, asked, answerer].map((id) => flows.addresses.text(id)) as [string, string, string]
    ledger.add({
      rule: 'SEL-REPLY',
      severity,
      confidence: 75,
      time,
      session: -1,
      title: `${w} answers what was asked of ${a}`,
      detail: `${c} sent ${what} to ${a}; the answer came from ${w}. ${severity === 'info' ? 'An association allows that once both addresses are known to belong to one host, but filters and translators on the way may not.' : 'The asker has no reason to believe it belongs together and drops it. A host with several addresses has to answer with the one that was asked (RFC 1122 section 3.3.4.2).'}`,
      claimant: answerer,
      victim: client,
      rows,
      checks: [
        ruledOut('a question to many', `${a} is the address of one host`),
        possible('a translator in front of the answerer that rewrites only one way'),
      ],
      reference: referenceOf('SEL-REPLY'),
      about: `${a}|${w}`,
    })
  }

  // ------------------------------------------------------------------ RFC 6724

  private named(signal: Signal, detail: NameDetail): void {
    if (detail.message !== 'answer' || detail.service !== 'dns' || signal.flow < 0) return
    const client = this.around.flows.receiver(signal.flow, signal.direction)
    const records = detail.records.slice(0, detail.answers).filter((one) => one.address >= 0)
    if (records.length === 0) return
    const name = detail.question.toLowerCase()
    const key = `${client}|${name}`
    const until = signal.time + Math.min(...records.map((one) => one.ttl), 3600) * 1e9 + NAME_TIME
    let known = this.names.get(key)
    if (known === undefined || known.until < signal.time) {
      if (known !== undefined) this.forget(known)
      else if (this.around.flows.forgotten.full(this.names.size, MAX_NAMES, 'names that hosts have asked for'))
        this.forget(takeOldest(this.names) as Known)
      known = { key, name, addresses: new Set(), time: signal.time, until, row: signal.row }
      this.names.set(key, known)
    }
    for (const one of records) {
      if (known.addresses.size >= 32 || known.addresses.has(one.address)) continue
      known.addresses.add(one.address)
      const keys = this.namesOf.get(one.address)
      if (keys === undefined) this.namesOf.set(one.address, [key])
      else if (keys.length < 64 && !keys.includes(key)) keys.push(key)
    }
    known.until = Math.max(known.until, until)
  }

  private forget({ key, addresses }: Known): void {
    this.names.delete(key)
    for (const address of addresses) {
      const keys = this.namesOf.get(address)?.filter((one) => one !== key) ?? []
      if (keys.length === 0) this.namesOf.delete(address)
      else this.namesOf.set(address, keys)
    }
  }

  /** Own addresses of one family at a time, as source candidates for packets that leave by `uplink`. */
  private candidates(uplink: string, size: number, time: number): { text: string; candidate: Candidate }[] {
    const { site } = this.around
    const out: { text: string; candidate: Candidate }[] = []
    for (const one of site.all()) {
      for (const [text, { since, removed }] of one.addresses) {
        if (since > time || (removed !== null && removed <= time) || out.length >= 64) continue
        const bytes = this.bytesOf(text)
        if (bytes === null || bytes.length !== size) continue
        let deprecated = false
        let length = size === 16 ? 64 : 32
        for (const prefix of one.prefixes.values()) {
          const cover = coverLength(prefix.prefix, bytes)
          if (cover < 0) continue
          length = cover
          deprecated = prefix.preferredUntil !== null && prefix.preferredUntil <= time
        }
        out.push({ text, candidate: { address: bytes, deprecated, outgoing: one.name === uplink, fromNextHop: null, length } })
      }
    }
    return out
  }

  private bytesOf(text: string): Uint8Array | null {
    const parsed = this.parsed.get(text)
    if (parsed !== undefined) return parsed
    const bytes = parseAddress(text)
    if (this.parsed.size < 10_000) this.parsed.set(text, bytes)
    return bytes
  }
  private readonly parsed = new Map<string, Uint8Array | null>()

  private replay(flow: number): void {
    const { flows, site } = this.around
    if (this.found >= MAX_FINDINGS || !isFresh(flows.hopLimit[flow * 2] as number)) return
    const { addresses, addressA, addressB } = flows
    if (isLocalScope(addresses.look(addressB[flow] as number)) || isLocalScope(addresses.look(addressA[flow] as number))) return
    const target = addresses.get(addressB[flow] as number)
    const uplink = site.nameOf(flows.firstInterface[flow] as number)
    const time = flows.first[flow * 2] as number
    const source = flows.addresses.text(flows.addressA[flow] as number)
    const own = this.candidates(uplink, target.length, time)
    const observed = own.find((one) => one.text === source)
    if (observed === undefined) return
    if (own.length > 1) this.source(flow, time, source, target, own, observed.candidate)
    this.destination(flow, time, uplink)
  }

  private source(
    flow: number,
    time: number,
    source: string,
    target: Uint8Array,
    own: { text: string; candidate: Candidate }[],
    observed: Candidate,
  ): void {
    const { flows, ledger } = this.around
    const choice = chooseSource(
      own.map((one) => one.candidate),
      target,
      observed,
    )
    // Rule 8 often ends in a tie, and temporary addresses (rule 7) are not known: only what comes before is held against a choice.
    if (choice === null || choice.rule === '' || choice.rule === '8') return
    const expected = own.find((one) => one.candidate === choice.best)?.text ?? ''
    this.found++
    ledger.add({
      rule: 'SEL-SOURCE',
      severity: 'info',
      confidence: 60,
      time,
      session: this.around.registry.sessionOfFlow(flow),
      title: `${source} is not the source that the rules would have chosen`,
      detail: `For ${flows.addresses.text(flows.addressB[flow] as number)} RFC 6724 chooses ${expected} (rule ${choice.rule}: ${SOURCE_RULES[choice.rule]}); the packets carry ${source}.`,
      claimant: flows.addressA[flow] as number,
      victim: -1,
      rows: [flows.firstRow[flow] as number],
      checks: [possible('the program has bound that address on purpose'), possible('the host has a policy table of its own')],
      reference: referenceOf('SEL-SOURCE'),
      about: `${source}|${expected}|${choice.rule}`,
    })
  }

  /** The first flow to a name with several addresses, against the order that the rules give them. */
  private destination(flow: number, time: number, uplink: string): void {
    const { flows, ledger } = this.around
    const client = flows.addressA[flow] as number
    const taken = flows.addressB[flow] as number
    for (const key of this.namesOf.get(taken) ?? []) {
      const known = this.names.get(key)
      if (known === undefined || !known.addresses.has(taken) || known.until < time || known.time > time || known.addresses.size < 2)
        continue
      if (!key.startsWith(`${client}|`) && !this.sameHost(client, Number(key.split('|')[0]))) continue
      if (this.tried.has(`${key}|${known.time}`)) continue
      flows.forgotten.room(this.tried, MAX_NAMES, 'names whose first use was judged')
      this.tried.add(`${key}|${known.time}`)
      const targets = [...known.addresses].map((id): Target & { id: number } => {
        const address = flows.addresses.get(id)
        const own = this.candidates(uplink, address.length, time).map((one) => one.candidate)
        const best = own[0] === undefined ? null : (chooseSource(own, address, own[0])?.best ?? null)
        return { id, address, source: best }
      })
      const mine = targets.find((one) => one.id === taken)
      const first = [...targets].sort((a, b) => compareTargets(a, b)[0])[0]
      if (mine === undefined || first === undefined || first === mine) continue
      const [order, rule] = compareTargets(first, mine)
      if (order >= 0 || rule === '9' || rule === '10') continue
      this.found++
      ledger.add({
        rule: 'SEL-DESTINATION',
        severity: 'info',
        confidence: 55,
        time,
        session: this.around.registry.sessionOfFlow(flow),
        title: `${known.name} is not tried first where the rules would have`,
        detail: `Of the addresses of ${known.name}, RFC 6724 puts ${flows.addresses.text(first.id)} before ${flows.addresses.text(taken)} (rule ${rule}); the first attempt went to ${flows.addresses.text(taken)}.`,
        claimant: client,
        victim: -1,
        rows: [flows.firstRow[flow] as number, known.row],
        checks: [possible('attempts to several addresses at once (RFC 8305)'), check('the name had other addresses then', null)],
        reference: referenceOf('SEL-DESTINATION'),
        about: `${known.name}|${rule}`,
      })
    }
  }

  /** Both are own addresses of the captured host. */
  private sameHost(one: number, two: number): boolean {
    const { world, flows } = this.around
    return world.isOwn(flows.addresses.text(one)) && world.isOwn(flows.addresses.text(two))
  }

  sweep(_now: number, final: boolean): void {
    const { flows, site } = this.around
    let ownKnown = false
    for (const { addresses } of site.all()) ownKnown ||= addresses.size > 0
    for (; this.taken < flows.count; this.taken++) {
      // Counted only after its first packet was walked.
      if ((flows.packets[this.taken * 2] as number) === 0 && !final) break
      this.elsewhere(this.taken)
      if (ownKnown) this.replay(this.taken)
    }
    if (final) this.privacy.finish()
  }
}

/**
 * Ports and address in 53 bits. The protocol is mixed into the address's upper bits, so whoever is found is looked at again; above 500,000
 * addresses an older question may be taken for a younger one's and be forgotten.
 */
function questionOf(protocol: number, address: number, port: number, to: number): number {
  const mixed = (address ^ (protocol === 17 ? 0x80000 : protocol === 132 ? 0x100000 : 0)) & 0x1fffff
  return (port * 65_536 + to) * 0x200000 + mixed
}

const SOURCE_RULES: Readonly<Record<string, string>> = {
  '1': 'the destination itself',
  '2': 'fitting scope',
  '3': 'no deprecated address',
  '5': 'an address of the outgoing interface',
  '5.5': 'a prefix that the next hop advertises',
  '6': 'the same label',
}

export const SELECTION_WATCH: WatchMaker = {
  rules: ['SEL-SOURCE', 'SEL-DESTINATION', 'SEL-REPLY', 'T-PRIV'],
  make: (around) => new SelectionWatch(around),
}

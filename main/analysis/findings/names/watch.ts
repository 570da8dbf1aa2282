/**
 * Rules of name answers (T-DNS-*): two answers to one question, guessed transaction ids, sets that are replaced before they may be, names that
 * move to unrelated addresses, signatures that are gone, updates from outside, identities that contradict the name service.
 * Multicast DNS and LLMNR are left out: several may answer there. Encrypted DNS cannot be seen.
 * Bounded: MAX_NAMES names, MAX_QUESTIONS questions. Cost: DNS messages only.
 */
import { parseAddress } from '../../../../shared/address.ts'
import type { NameDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, signalBit } from '../../../../shared/signals.ts'
import { milliseconds } from '../../report/text.ts'
import { maskedPrefix } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { check, notObservable, possible, ruledOut } from '../judge.ts'
import type { Check, Finding } from '../ledger.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'
import { IdentityRule } from './identities.ts'
import { OutdatedRule } from './outdated.ts'
import { changedOwner, STABLE_EQUAL, STABLE_SPAN } from './owners.ts'
import { ReverseRule } from './reverse.ts'
import { UpdateRule } from './updates.ts'

const MAX_NAMES = 50_000
const MAX_QUESTIONS = 20_000
const TWICE = 5e9
const GUESSES = 100
const GUESS_TIME = 10e9
const LONG_LIFE = 300
const STABLE_ANSWERS = 2
const STABLE_TIME = 1e9
const SECOND = 1e9

interface Question {
  time: number
  row: number
  asked: number
  /** it asked for signatures, each time */
  wants: boolean
  answer: { time: number; row: number; set: string; code: number } | null
  reported: boolean
}

interface History {
  /** addresses of the last answer, sorted */
  set: string[]
  time: number
  row: number
  /** when the last answer's set may no longer be used */
  until: number
  ttl: number
  /** equal answers in a row, and since when */
  same: number
  sameSince: number
  /** when its networks last changed, and answers since */
  since: number
  answers: number
  /** /24 and /48 prefixes of every address it had */
  prefixes: Set<string>
  signed: boolean
  /** the signatures themselves were in the last answer */
  withSignatures: boolean
}

interface Guess {
  ids: Map<number, number>
  rows: number[]
}

class NameWatch implements Watch {
  readonly kinds = signalBit(SignalKind.Named)
  private readonly questions = new Map<string, Question>()
  /** youngest question by client, name and type: what guesses are made against */
  private readonly waiting = new Map<string, { time: number; transaction: number }>()
  private readonly names = new Map<string, History>()
  private readonly guesses = new Map<string, Guess>()
  private readonly identities: IdentityRule
  private readonly reverse: ReverseRule
  private readonly outdated: OutdatedRule
  private readonly updates: UpdateRule

  constructor(private readonly around: Surroundings) {
    this.identities = new IdentityRule(around)
    this.reverse = new ReverseRule(around)
    this.outdated = new OutdatedRule(around)
    this.updates = new UpdateRule(around)
  }

  on(signal: Signal): void {
    const detail = signal.detail as NameDetail | null
    if (detail === null || detail.service !== 'dns' || signal.flow < 0) return
    const { flows } = this.around
    const name = detail.question.toLowerCase()
    const sender = flows.sender(signal.flow, signal.direction)
    const receiver = flows.receiver(signal.flow, signal.direction)
    switch (detail.message) {
      case 'query':
        this.asked(signal, detail, name, sender)
        return
      case 'answer':
        this.identities.named(detail, signal)
        if (detail.authentication !== 'A0') {
          this.reverse.named(detail, signal)
          this.outdated.named(detail, signal, name, receiver)
        }
        this.answered(signal, detail, name, receiver, sender)
        return
      case 'update':
      case 'update-answer':
        this.updates.updated(signal, detail, name, sender, receiver)
    }
  }

  private asked(signal: Signal, detail: NameDetail, name: string, client: number): void {
    const key = `${signal.flow}|${detail.transaction}|${name}|${detail.questionType}`
    const known = this.questions.get(key)
    const wants = detail.wantsSignatures === true
    if (known !== undefined && signal.time - known.time <= TWICE) {
      known.asked++
      known.wants &&= wants
    } else {
      if (this.questions.size >= MAX_QUESTIONS) this.around.flows.forgotten.drop(this.questions, 'questions to name servers')
      this.questions.set(key, { time: signal.time, row: signal.row, asked: 1, wants, answer: null, reported: false })
    }
    const waits = `${client}|${name}|${detail.questionType}`
    if (this.waiting.size >= MAX_QUESTIONS) this.around.flows.forgotten.drop(this.waiting, 'answers of name servers that are waited for')
    this.waiting.set(waits, { time: signal.time, transaction: detail.transaction })
  }

  private answered(signal: Signal, detail: NameDetail, name: string, client: number, server: number): void {
    const set = answersOf(detail)
    const question = this.questions.get(`${signal.flow}|${detail.transaction}|${name}|${detail.questionType}`)
    if (question !== undefined) this.twice(signal, detail, name, client, server, question, set)
    else this.guessed(signal, detail, name, client, server)
    if (detail.code === 0 && set.length > 0 && (question !== undefined || detail.authentication !== 'A0'))
      this.history(signal, detail, name, client, server, set, question?.wants === true && !detail.truncated)
  }

  // ------------------------------------------------------------------ (a) two answers

  private twice(signal: Signal, detail: NameDetail, name: string, client: number, server: number, question: Question, set: string[]): void {
    const text = set.join(' ')
    const before = question.answer
    if (before === null) {
      if (!detail.truncated) question.answer = { time: signal.time, row: signal.row, set: text, code: detail.code }
      return
    }
    const counts = (code: number): boolean => code === 0 || code === 3
    const differs = before.set !== text && counts(before.code) && counts(detail.code) && !detail.truncated
    if (!differs || question.asked > 1 || question.reported || signal.time - before.time > TWICE) return
    question.reported = true
    this.add({
      rule: 'T-DNS-TWO',
      severity: 'high',
      confidence: 75,
      signal,
      title: `Two different answers to one question for ${name}`,
      detail: `${this.text(client)} asked ${this.text(server)} once for ${name}; it got '${before.set || 'no address'}' and ${milliseconds((signal.time - before.time) / 1e6)} later '${text || 'no address'}' with the same transaction number.`,
      claimant: server,
      victim: client,
      rows: [before.row, signal.row, question.row],
      checks: [
        ruledOut('the question was sent again', 'it was seen once'),
        ruledOut('rotation of the same set', 'the sets differ'),
        check('another resolver answered', false, 'both answers have the same addresses and ports'),
      ],
      about: `${name}|${client}`,
    })
  }

  // ------------------------------------------------------------------ (b) guessed transaction numbers

  private guessed(signal: Signal, detail: NameDetail, name: string, client: number, server: number): void {
    const waits = this.waiting.get(`${client}|${name}|${detail.questionType}`)
    if (waits === undefined || waits.transaction === detail.transaction || signal.time - waits.time > GUESS_TIME) return
    const key = `${client}|${name}`
    let guess = this.guesses.get(key)
    if (guess === undefined) {
      if (this.guesses.size >= 1_000) this.around.flows.forgotten.drop(this.guesses, 'answers that no question fits')
      guess = { ids: new Map(), rows: [] }
      this.guesses.set(key, guess)
    }
    guess.ids.delete(detail.transaction)
    guess.ids.set(detail.transaction, signal.time)
    for (const [id, time] of guess.ids) {
      if (signal.time - time <= GUESS_TIME) break
      guess.ids.delete(id)
    }
    if (guess.rows.length < 20) guess.rows.push(signal.row)
    if (guess.ids.size < GUESSES) return
    this.add({
      rule: 'T-DNS-GUESS',
      severity: 'high',
      confidence: 80,
      signal,
      title: `Somebody guesses transaction numbers of answers for ${name}`,
      detail: `${guess.ids.size} answers for ${name} with different wrong transaction numbers came to ${this.text(client)} in the name of ${this.text(server)} within 10 s, while it waited for one.`,
      claimant: server,
      victim: client,
      rows: guess.rows,
      checks: [ruledOut('questions that were not captured', 'the waiting question was seen, and its number is another')],
      about: `${name}|${client}`,
    })
    guess.ids.clear()
  }

  // ------------------------------------------------------------------ (c), (e) history of a name

  private history(signal: Signal, detail: NameDetail, name: string, client: number, server: number, set: string[], wants: boolean): void {
    const key = `${server}|${name}|${detail.questionType}`
    const ttl = Math.min(...detail.records.slice(0, detail.answers).map((one) => one.ttl), Number.POSITIVE_INFINITY)
    const alias = detail.records.slice(0, detail.answers).some((one) => one.type === 5)
    const signed = detail.signed || detail.authenticatedData
    const known = this.names.get(key)
    const prefixes = set.map(prefixOf)
    if (known === undefined) {
      this.around.flows.forgotten.room(this.names, MAX_NAMES, 'answers of name servers')
      const { time, row } = signal
      const until = time + ttl * SECOND
      this.names.set(key, {
        set,
        time,
        row,
        until,
        ttl,
        same: 1,
        sameSince: time,
        since: time,
        answers: 1,
        prefixes: new Set(prefixes),
        signed,
        withSignatures: detail.signed,
      })
      return
    }
    const strange = prefixes.some((prefix) => !known.prefixes.has(prefix))
    const disjoint = !set.some((address) => known.set.includes(address))
    const stable = known.answers >= STABLE_ANSWERS && signal.time - known.since >= STABLE_TIME
    if (strange && disjoint && !alias && known.ttl > LONG_LIFE && signal.time < known.until - SECOND)
      this.replaced(signal, name, client, server, known, set)
    else if (strange && stable && !alias) this.strangers(signal, name, client, server, known, set)
    else if (disjoint && !alias && signal.time < known.until - SECOND) this.owner(signal, name, client, server, known, set)
    const equal = set.length === known.set.length && set.every((address, i) => address === known.set[i])
    // A frame that was captured twice is one answer.
    if (!equal) known.same = 1
    else if (signal.time - known.time >= SECOND) known.same++
    if (!equal) known.sameSince = signal.time
    if (known.signed && !signed)
      this.unsigned(signal, name, client, server, known, wants && known.withSignatures && signal.time < known.until)
    known.signed = signed
    known.withSignatures = detail.signed
    if (strange) {
      known.since = signal.time
      known.answers = 0
      for (const prefix of prefixes) if (known.prefixes.size < 256) known.prefixes.add(prefix)
    }
    Object.assign(known, { set, time: signal.time, row: signal.row, until: signal.time + ttl * SECOND, ttl, answers: known.answers + 1 })
  }

  private replaced(signal: Signal, name: string, client: number, server: number, known: History, set: string[]): void {
    const left = Math.round((known.until - signal.time) / SECOND)
    this.add({
      rule: 'T-DNS-EARLY',
      severity: known.answers >= 2 ? 'medium' : 'low',
      confidence: 50,
      signal,
      title: `${name} has other addresses before the old ones may be forgotten`,
      detail: `${this.text(server)} said ${known.set.join(', ')} for ${known.ttl} s, and ${left} s before their end ${set.join(', ')}: nothing in common, not even a network.`,
      claimant: this.idOf(set),
      victim: client,
      rows: [signal.row, known.row],
      checks: [
        ruledOut('a content network that answers anew each time', `the answer was to hold ${known.ttl} s, without an alias`),
        ruledOut('rotation of one set', 'the sets have no address in common'),
        possible('several machines behind one resolver address, with memories of their own'),
        check('renumbering after the lifetime', false, `${left} s were left`),
      ],
      about: `${name}|${server}`,
    })
  }

  /** Within the site, where all machines are known: another one than before. */
  private owner(signal: Signal, name: string, client: number, server: number, known: History, set: string[]): void {
    if (known.same < STABLE_EQUAL || known.time - known.sameSince < STABLE_SPAN) return
    const changed = changedOwner(this.around.site, known.set, set, known.row)
    if (changed === null) return
    const [then, now] = changed
    const left = Math.round((known.until - signal.time) / SECOND)
    this.add({
      rule: 'T-DNS-OWNER',
      severity: 'medium',
      confidence: 50,
      signal,
      title: `${name} has the address of another machine of the site`,
      detail: `${this.text(server)} said ${then.address} (${then.mac}) ${known.same} times over ${Math.round((known.time - known.sameSince) / SECOND)} s, and ${left} s before the end of that answer ${now.address}, which belongs to ${now.mac}.`,
      claimant: this.idOf(set),
      victim: client,
      rows: [signal.row, known.row],
      checks: [
        ruledOut('rotation of one set', `${known.same} equal answers came before`),
        ruledOut('one machine with several addresses', 'the link-layer addresses differ'),
        ruledOut('a lease that passed on to a new machine', `${now.mac} had ${now.address} before`),
        possible('a service that was moved from one machine to another on purpose'),
      ],
      about: `${name}|${server}`,
    })
  }

  /** Not by itself an attack: a hint, which is why it never rises above a low severity. */
  private strangers(signal: Signal, name: string, client: number, server: number, known: History, set: string[]): void {
    const strangers = set.filter((address) => !known.prefixes.has(prefixOf(address)))
    this.add({
      rule: 'T-DNS-MOVED',
      severity: 'info',
      confidence: 45,
      signal,
      title: `${name} now has an address in a network where it never was`,
      detail: `${this.text(server)} answers ${name} with ${strangers.join(', ')}; in ${known.answers} answers before it was ${known.set.join(', ')}. A renumbering looks the same; so does an answer that somebody changed.`,
      claimant: this.idOf(strangers),
      victim: client,
      rows: [signal.row, known.row],
      checks: [
        ruledOut('a content network behind an alias', 'the answer has none'),
        possible('renumbering, or a further location of the service', `the answers hold ${known.ttl} s`),
        notObservable('whether the answers are signed and good'),
      ],
      about: `${name}|${server}`,
    })
  }

  private unsigned(signal: Signal, name: string, client: number, server: number, known: History, wanted: boolean): void {
    this.add({
      rule: 'T-DNS-UNSIGNED',
      severity: wanted ? 'medium' : 'low',
      confidence: 45,
      signal,
      title: `Answers for ${name} are no longer signed`,
      detail: `${this.text(server)} gave signatures or a checked answer for ${name} before, and gives none now. ${wanted ? 'The client asked for them, and those of before may still be used.' : 'A client that does not ask for them gets none either.'}`,
      claimant: server,
      victim: client,
      rows: [signal.row, known.row],
      checks: [
        wanted
          ? ruledOut('the client did not ask for signatures this time', 'it did')
          : possible('the client did not ask for signatures this time'),
        wanted
          ? ruledOut('the zone is no longer signed', 'the signed answer was still to be used')
          : possible('the zone is no longer signed'),
        notObservable('several resolvers behind one address'),
      ],
      about: `${name}|${server}`,
    })
  }

  sweep(_now: number, final: boolean): void {
    this.updates.sweep()
    if (!final) return
    this.identities.finish()
    this.reverse.finish()
    this.outdated.finish()
  }

  private text(id: number): string {
    return this.around.flows.addresses.text(id)
  }

  private idOf(set: string[]): number {
    const bytes = parseAddress(set[0] ?? '')
    return bytes === null ? -1 : this.around.flows.addresses.find(bytes, 0, bytes.length as 4 | 16)
  }

  private add(
    what: Pick<Finding, 'rule' | 'severity' | 'confidence' | 'title' | 'detail' | 'claimant' | 'victim' | 'rows' | 'about'> & {
      signal: Signal
      checks: Check[]
    },
  ): void {
    const { signal, ...rest } = what
    this.around.ledger.add({ ...rest, time: signal.time, session: -1, reference: referenceOf(what.rule) })
  }
}

/** Addresses of the answer, sorted. */
function answersOf(detail: NameDetail): string[] {
  const out = new Set<string>()
  for (const one of detail.records.slice(0, detail.answers)) if (one.type === 1 || one.type === 28) out.add(one.value)
  return [...out].sort()
}

function prefixOf(address: string): string {
  return maskedPrefix(address, address.includes(':') ? 48 : 24) ?? address
}

export const NAME_WATCH: WatchMaker = {
  rules: [
    'T-DNS-TWO',
    'T-DNS-GUESS',
    'T-DNS-EARLY',
    'T-DNS-OWNER',
    'T-DNS-MOVED',
    'T-DNS-UNSIGNED',
    'T-DNS-UPDATE',
    'T-DNS-IDENTITY',
    'T-DNS-REVERSE',
    'T-TIMESHIFT',
  ],
  make: (around) => new NameWatch(around),
}

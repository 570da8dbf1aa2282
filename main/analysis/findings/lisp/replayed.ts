/**
 * T-REPLAY of LISP (threats.md 1): a Map-Reply whose nonce has been answered before comes again with locators that the mapping no longer has. The
 * answer of another router of the site to a question that was sent twice says the same, so it is quiet. High when data goes to what it names.
 * Keeps MAX_KEPT answers for 600 s.
 */
import type { ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { lastTo } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { confidence, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'

const MAX_KEPT = 2000
const MAX_LOCATORS = 32
const EFFECT = 5e9
/** whoever sent there this shortly before has not moved */
const LEFT = 1e9
/** out of order, not old */
const REORDERED = 3e9

interface Answer {
  nonce: string
  prefix: string
  source: number
  peer: number
  locators: number[]
  time: number
  row: number
  hops: boolean | null
  /** of a copy: when data last went to what it names and the mapping no longer has */
  used: number
}

interface Stale {
  finding: Finding
  locators: number[]
  time: number
  /** when data last went there before */
  used: number
}

export class ReplayedMappings implements ContextRule {
  readonly protocols = [SignalProtocol.Lisp]
  /** by nonce and prefix: the first answer; by prefix: the last one that was new */
  private readonly answers = new Map<string, Answer>()
  private readonly latest = new Map<string, Answer>()
  /** answer of the packet that is being read: its locators come one by one */
  private current: Answer | null = null
  private readonly stale: Stale[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal } = seen
    if (this.current !== null && this.current.row !== signal.row) this.complete()
    if (signal.protocol !== SignalProtocol.Lisp || signal.kind !== SignalKind.Claimed) return
    const detail = signal.detail as ClaimDetail
    const prefix = detail.prefixes?.[0]
    const nonce = detail.proof ?? ''
    if (detail.message !== 'Map-Reply' || prefix === undefined || nonce === '' || detail.address < 0) return
    if (this.current !== null && this.current.prefix === prefix) {
      if (this.current.locators.length < MAX_LOCATORS) this.current.locators.push(detail.address)
      return
    }
    this.complete()
    const hops = this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit)
    const { source, destination: peer } = seen
    this.current = { nonce, prefix, source, peer, locators: [detail.address], time: signal.time, row: signal.row, hops, used: -1 }
    const original = this.answers.get(keyOf(this.current))
    if (original !== undefined) this.current.used = this.usedAt(this.gone(original.locators, prefix, peer))
  }

  private complete(): void {
    const { current } = this
    this.current = null
    if (current === null) return
    const { flows, limits } = this.tools
    const key = keyOf(current)
    const place = `${current.prefix} ${current.peer}`
    const original = this.answers.get(key)
    const latest = this.latest.get(place)
    if (original !== undefined && current.time - original.time <= limits.replayWindow) {
      const age = current.time - original.time
      const superseded = latest !== undefined && latest !== original && current.locators.some((one) => !latest.locators.includes(one))
      if (superseded && age > limits.replayAge && current.time - (latest as Answer).time > REORDERED)
        this.old(current, original, latest as Answer)
      return
    }
    flows.forgotten.room(this.answers, MAX_KEPT, 'LISP answers')
    this.answers.set(key, current)
    flows.forgotten.room(this.latest, MAX_KEPT, 'LISP mappings by asker')
    this.latest.set(place, current)
  }

  private old(copy: Answer, original: Answer, latest: Answer): void {
    const age = Math.round((copy.time - original.time) / 1e8) / 10
    const [source, peer] = [addressText(this.tools, copy.source), addressText(this.tools, copy.peer)]
    const names = (one: Answer): string => one.locators.map((address) => addressText(this.tools, address)).join(', ')
    const finding = this.tools.ledger.add({
      rule: 'T-REPLAY',
      severity: 'low',
      confidence: confidence(60, { hopLimitDiffers: copy.hops }),
      time: copy.time,
      session: -1,
      title: `Old Map-Reply for ${copy.prefix} sent again`,
      detail: `${source} sent ${peer} a Map-Reply that had been sent ${age} s before with the same nonce: ${copy.prefix} at ${names(copy)}; it is at ${names(latest)} since.`,
      claimant: copy.source,
      victim: original.source,
      movesTo: copy.locators[0] as number,
      rows: [original.row, latest.row, copy.row],
      checks: [
        ruledOut('another router of the site answers the same question', 'it would say what the mapping is now'),
        ruledOut('a copy of the capture, or packets out of order', `the original is ${age} s old, and a newer one had come`),
      ],
      reference: referenceOf('T-REPLAY'),
      about: `${copy.prefix} ${peer} ${copy.nonce}`,
    })
    const locators = this.gone(copy.locators, copy.prefix, copy.peer)
    if (!this.tools.flows.forgotten.full(this.stale.length, MAX_KEPT, 'suspicions of T-REPLAY'))
      this.stale.push({ finding, locators, time: copy.time, used: copy.used })
  }

  private gone(locators: readonly number[], prefix: string, peer: number): number[] {
    const latest = this.latest.get(`${prefix} ${peer}`)?.locators ?? []
    return locators.filter((one) => !latest.includes(one))
  }

  /** When data last went to one of the locators. */
  private usedAt(locators: readonly number[]): number {
    let last = -1
    for (const context of this.tools.book.all())
      if (context.protocol === SignalProtocol.Lisp)
        for (const end of [0, 1] as const) for (const address of locators) last = Math.max(last, lastTo(context, end, address, this.tools))
    return last
  }

  /** Data goes to what the copy names, though it did not before. */
  private believed(one: Stale): void {
    if (one.used >= one.time - LEFT || this.usedAt(one.locators) <= one.time) return
    one.finding.severity = 'high'
    one.finding.confidence = Math.min(100, one.finding.confidence + 15)
    one.finding.title += ', and believed'
    one.finding.detail += ' Data goes there since.'
  }

  sweep(now: number, final: boolean): void {
    this.complete()
    while (this.stale.length > 0 && (final || now - (this.stale[0] as Stale).time > EFFECT)) this.believed(this.stale.shift() as Stale)
  }
}

function keyOf({ nonce, prefix, peer }: Answer): string {
  return `${nonce} ${prefix} ${peer}`
}

/**
 * T-REPLAY of LISP (threats.md 1): a Map-Reply whose nonce has been answered before comes again with locators that the mapping no longer has. The
 * answer of another router of the site to a question that was sent twice says the same, so it is quiet. High when data goes to what it names.
 * Keeps MAX_KEPT answers for 600 s.
 */
import { type ClaimDetail, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { confidence, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'

const MAX_KEPT = 2000
const MAX_LOCATORS = 32
const EFFECT = 5e9
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
}

export class ReplayedMappings implements ContextRule {
  readonly protocols = [SignalProtocol.Lisp]
  /** by nonce and prefix: the first answer; by prefix: the last one that was new */
  private readonly answers = new Map<string, Answer>()
  private readonly latest = new Map<string, Answer>()
  /** answer of the packet that is being read: its locators come one by one */
  private current: Answer | null = null
  private readonly stale: { finding: Finding; locators: number[]; time: number }[] = []

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
    this.current = { nonce, prefix, source, peer, locators: [detail.address], time: signal.time, row: signal.row, hops }
  }

  private complete(): void {
    const { current } = this
    this.current = null
    if (current === null) return
    const { flows, limits } = this.tools
    const key = `${current.nonce} ${current.prefix} ${current.peer}`
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
    const only = copy.locators.filter((one) => !latest.locators.includes(one))
    if (this.stale.length < MAX_KEPT) this.stale.push({ finding, locators: only, time: copy.time })
  }

  payload(seen: Seen): void {
    const { signal } = seen
    if (signal.protocol !== SignalProtocol.Lisp || this.stale.length === 0) return
    for (const one of this.stale) {
      if (signal.time - one.time > EFFECT || one.finding.severity !== 'low' || !one.locators.includes(seen.destination)) continue
      one.finding.severity = 'high'
      one.finding.confidence = Math.min(100, one.finding.confidence + 15)
      one.finding.title += ', and believed'
      one.finding.detail += ` ${addressText(this.tools, seen.source)} sends data to ${addressText(this.tools, seen.destination)} since.`
      one.finding.rows.push(signal.row)
    }
  }

  sweep(now: number): void {
    this.complete()
    while (this.stale.length > 0 && now - (this.stale[0] as { time: number }).time > 2 * EFFECT) this.stale.shift()
  }
}

/**
 * T-REPLAY: an old binding comes again (threats.md 1). Each protocol has its own sense of old: HIP update ids, Mobile IPv6 sequence numbers
 * mod 65536, Shim6 generations and nonces, SCTP ASCONF serials. ILNP's updates carry no number: a copy of one that has been replaced since is
 * told by what its sender does next. Keeps the last 32 updates of each context for 600 s.
 * MPTCP and the message ids of IKEv2 have their own (`mptcp/copies.ts`, `ikev2/message-ids.ts`).
 */

import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'
import { type Context, contextName, currentTo, lastFrom, lastTo } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const SECOND = 1e9
const MAX_UPDATES = 32
const MAX_PENDING = 200
const WAIT = 5 * SECOND
/** out of order, not old */
const REORDERED = 3 * SECOND

interface Update {
  side: End
  serial: number | null
  correlation: number | null
  nonce: string
  source: number
  row: number
  time: number
  message: string
  content: string
  locators: number[]
  /** where data went when it came */
  current: number
  signalled: boolean
  /** the dissector's word that it is older than the newest */
  old: string
  hops: number
  iface: number
  /** the peer took it, or refused it */
  answered: 'accepted' | 'refused' | null
  answer: string
  code: number
}

interface Suspect {
  context: Context
  update: Update
  original: Update
  why: string
  /** ILNP: needs to be confirmed by what the sender does next */
  confirm: boolean
  /** counts only when the peer answers that the number is out of its window */
  refused: boolean
}

/** Mobile IPv6: 'sequence number out of window' (RFC 6275 section 6.1.8) */
const OUT_OF_WINDOW = 135

export class Replay implements ContextRule {
  readonly protocols = [
    SignalProtocol.Sctp,
    SignalProtocol.Hip,
    SignalProtocol.Shim6,
    SignalProtocol.Mip6,
    SignalProtocol.Ilnp,
    SignalProtocol.Ikev2,
  ]
  /** what opens and ends contexts updates none; HIP's updates come in many kinds */
  readonly kinds = ~[SignalKind.Opening, SignalKind.Opened, SignalKind.Closed, SignalKind.Refused].reduce(
    (bits, kind) => bits | signalBit(kind),
    0,
  )
  /** by context */
  private readonly updates = new Map<number, Update[]>()
  private pending: Suspect[] = []
  /** update of the packet that is being read: several claims come from one */
  private current: { row: number; key: number; update: Update } | null = null

  constructor(private readonly tools: Tools) {}

  next(signal: Signal): void {
    if (this.pending.length > 0) this.decide(signal.time, false)
    if (this.current !== null && this.current.row !== signal.row) this.complete()
  }

  control(seen: Seen): void {
    const { signal, context } = seen
    if (context === null || seen.side < 0) return
    if (context.protocol === SignalProtocol.Hip) this.hip(seen, context)
    if (signal.kind === SignalKind.Claimed) this.claimed(seen, context, signal.detail as ClaimDetail)
    else if (signal.kind === SignalKind.ClaimAnswered) this.answered(seen, context, signal.detail as ClaimAnswerDetail)
  }

  /** Last UPDATE of each end, whatever it says: an id is old when the newest is. */
  private readonly lastUpdate = new Map<number, { time: number; row: number; source: number }>()
  private hip(seen: Seen, context: Context): void {
    const { signal } = seen
    const message = (signal.detail as { message?: string } | null)?.message ?? ''
    if (!message.startsWith('UPDATE')) return
    if (signal.kind === SignalKind.Noted && / is older than /.test(message) && this.current?.row === signal.row) {
      this.current.update.old = message.slice('UPDATE: '.length)
      return
    }
    if (this.current?.row === signal.row || signal.kind === SignalKind.Claimed) return
    if (this.lastUpdate.size > 20_000) this.tools.flows.forgotten.clear(this.lastUpdate, 'last updates of contexts')
    this.lastUpdate.set(context.id * 2 + seen.side, { time: signal.time, row: signal.row, source: seen.source })
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    const { signal } = seen
    if (context.protocol === SignalProtocol.Mptcp || context.protocol === SignalProtocol.Lisp) return
    if (detail.how === 'listed' && context.protocol !== SignalProtocol.Shim6) return
    const item = `${detail.address}/${detail.preference ?? ''}/${detail.lifetime ?? ''}/${(detail.prefixes ?? []).join()}`
    if (this.current !== null && this.current.row === signal.row && this.current.key === context.id) {
      this.current.update.content += ` ${item}`
      this.current.update.locators.push(detail.address)
      return
    }
    this.current = {
      row: signal.row,
      key: context.id,
      update: {
        side: seen.side as End,
        serial: detail.serial,
        correlation: detail.correlation,
        nonce: detail.proof ?? '',
        source: seen.source,
        row: signal.row,
        time: signal.time,
        message: detail.message,
        content: item,
        locators: [detail.address],
        current: currentTo(context, seen.side as End, this.tools),
        signalled: detail.how === 'signalled',
        old: '',
        hops: signal.hopLimit,
        iface: signal.interface,
        answered: null,
        answer: '',
        code: -1,
      },
    }
    this.currentContext = context
  }
  private currentContext: Context | null = null

  /** All claims of a packet are in: is it old? */
  private complete(): void {
    const { current, currentContext } = this
    this.current = null
    if (current === null || currentContext === null) return
    const { update, key } = current
    const known = (this.updates.get(key) ?? []).filter((u) => update.time - u.time <= this.tools.limits.replayWindow)
    const suspect = update.old === '' ? staleness(currentContext.protocol, update, known) : this.oldId(key, update, known)
    const age = suspect === null ? 0 : update.time - suspect.original.time
    const least = this.tools.limits.replayAge
    // A packet out of order has the source that it was sent with.
    const young = suspect !== null && age < REORDERED && update.source === suspect.original.source
    const late = young && suspect.latest !== undefined && suspect.latest !== suspect.original
    if (suspect !== null && age > least && !late) {
      if (!this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-REPLAY'))
        this.pending.push({
          context: currentContext,
          update,
          original: suspect.original,
          why: suspect.why,
          confirm: suspect.confirm,
          refused: suspect.refused,
        })
      // What is old must not become the newest that later ones are measured by.
      if (!suspect.confirm) return
    }
    if (currentContext.protocol === SignalProtocol.Hip)
      this.lastUpdate.set(key * 2 + update.side, { time: update.time, row: update.row, source: update.source })
    known.push(update)
    if (known.length > MAX_UPDATES) known.shift()
    this.updates.set(key, known)
    if (this.updates.size > 20_000) this.tools.flows.forgotten.drop(this.updates, 'updates that may be replayed')
  }

  /** HIP: the dissector follows all update ids, also of updates without locators. */
  private oldId(key: number, update: Update, known: readonly Update[]): Stale | null {
    const copied = known.find((u) => u.side === update.side && u.serial === update.serial)
    const newest = this.lastUpdate.get(key * 2 + update.side)
    if (copied === undefined && newest === undefined) return null
    const original = copied ?? { ...update, ...(newest as { time: number; row: number; source: number }) }
    return { original, latest: newest, why: update.old, confirm: false, refused: false }
  }

  private answered(seen: Seen, context: Context, detail: ClaimAnswerDetail): void {
    const set = (update: Update): void => {
      if (update.answered !== null || seen.signal.time - update.time > WAIT || seen.signal.time < update.time) return
      if (update.side === seen.side || !ties(detail, update)) return
      update.answered = detail.accepted ? 'accepted' : 'refused'
      update.answer = detail.cause ?? ''
      update.code = detail.code ?? -1
    }
    for (const p of this.pending) if (p.context === context) set(p.update)
    const list = this.updates.get(context.id)
    const last = list?.[list.length - 1]
    if (last !== undefined) set(last)
  }

  sweep(now: number, final: boolean): void {
    this.complete()
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const first = this.pending[0]
    if (first === undefined || (!final && now - first.update.time <= WAIT)) return
    const due = this.pending.filter((p) => final || now - p.update.time > WAIT)
    if (due.length === 0) return
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  /** A host that goes back to an old address sends from it afterwards; one whose old update was copied is heard, or sent to, elsewhere. */
  private superseded(context: Context, update: Update): boolean {
    let elsewhere = false
    for (const located of context.sides[update.side].locators.values()) {
      const last = lastFrom(located, this.tools)
      if (located.address === update.source) {
        if (last > update.time) return false
      } else if (last > update.time || lastTo(context, update.side, located.address, this.tools) > update.time) elsewhere = true
    }
    return elsewhere
  }

  private judge({ context, update, original, why, confirm, refused }: Suspect): void {
    const { hops } = this.tools
    const sourceDiffers = update.source !== original.source
    if (refused && update.code !== OUT_OF_WINDOW) return
    if (confirm && !this.superseded(context, update)) return
    const moved = update.locators.find(
      (address) => address !== update.current && lastTo(context, update.side, address, this.tools) > update.time,
    )
    const accepted = update.answered === 'accepted' || (update.answered === null && moved !== undefined)
    const differs = hops.differs(update.source, update.iface, update.hops)
    const age = Math.round((update.time - original.time) / 1e8) / 10
    this.tools.ledger.add({
      rule: 'T-REPLAY',
      severity: hinted(accepted ? 'high' : 'low', context.midCapture),
      confidence: confidence(accepted ? 75 : 60, { hopLimitDiffers: differs, midCapture: context.midCapture }),
      time: update.time,
      session: context.session,
      title: `Old ${update.message} sent again, ${accepted ? 'and believed' : 'without effect'}`,
      detail: `${addressText(this.tools, update.source)} sent ${update.message} ${age} s after the original${sourceDiffers ? `, which came from ${addressText(this.tools, original.source)}` : ''}: ${why}. ${outcome(update, accepted)}`,
      claimant: update.source,
      victim: original.source,
      movesTo: moved ?? (update.locators[0] as number),
      rows: [original.row, update.row],
      checks: [
        ruledOut('a retransmission', `the original is ${age} s old`),
        ruledOut('the capture holds the packet twice', 'copies of a capture are milliseconds apart'),
        ruledOut('packets out of order', 'something newer had been answered long before'),
        check('the peer began anew between the two', false, `the same ${contextName(context)}`),
      ],
      reference: referenceOf('T-REPLAY'),
      about: `${context.key} ${addressText(this.tools, update.source)} ${update.serial ?? update.content}`,
    })
  }
}

/** Does an answer speak of an update? */
function ties(answer: ClaimAnswerDetail, update: Update): boolean {
  if (answer.serial !== null) return answer.serial === update.serial
  if (answer.correlation !== null) return answer.correlation === update.correlation
  return update.locators.includes(answer.address)
}

function outcome(update: Update, accepted: boolean): string {
  if (update.answered === 'refused') return `It was refused${update.answer === '' ? '' : `: ${update.answer}`}.`
  return accepted ? 'The peer acted on it.' : 'Nothing shows that the peer acted on it.'
}

interface Stale {
  original: Update
  /** the newest update: a copy of a young one before it may be a packet out of order */
  latest?: { time: number }
  why: string
  confirm: boolean
  refused: boolean
}

/** Is an update older than what came before it, and which one is it a copy of? */
function staleness(protocol: SignalProtocol, update: Update, known: readonly Update[]): Stale | null {
  const own = known.filter((u) => u.side === update.side)
  const latest = own[own.length - 1]
  if (protocol === SignalProtocol.Ilnp) {
    if (latest === undefined) return null
    const original = own.find((u) => u.content === update.content && u.nonce === update.nonce)
    if (original === undefined || latest.content === update.content) return null
    return { original, why: 'it is the same as one that has been replaced since', confirm: true, refused: false }
  }
  if (update.serial === null) return null
  if (protocol === SignalProtocol.Shim6) {
    if (!update.signalled) return null
    const reused =
      update.nonce === ''
        ? undefined
        : known.find((u) => u.signalled && u.nonce === update.nonce && (u.side !== update.side || u.content !== update.content))
    if (reused !== undefined)
      return { original: reused, why: `its nonce ${update.nonce} had been used before`, confirm: false, refused: false }
    if (latest === undefined || latest.serial === null || update.serial > latest.serial) return null
    if (update.serial === latest.serial && same(update, latest)) return null
    const original = own.find((u) => u.serial === update.serial) ?? latest
    return {
      original,
      latest,
      why: `its locator list is of generation ${update.serial}, the latest is ${latest.serial}`,
      confirm: false,
      refused: false,
    }
  }
  if (latest === undefined || latest.serial === null) return null
  if (protocol === SignalProtocol.Mip6) {
    const ahead = (update.serial - latest.serial) & 0xffff
    if (ahead >= 1 && ahead <= 32_768) return null
    const original = own.find((u) => u.serial === update.serial)
    if (original === undefined) return null
    // What is the very latest again changes nothing: a retransmission by a careless node, or because the answer was lost. The peer's word decides.
    const refused = original === latest && latest.source === update.source && latest.content === update.content
    return { original, latest, why: `its sequence number ${update.serial} is not after ${latest.serial}`, confirm: false, refused }
  }
  const ahead = (update.serial - latest.serial) >>> 0
  if (ahead !== 0 && ahead < 0x8000_0000) return null
  const original = own.find((u) => u.serial === update.serial)
  if (original === undefined) return null
  // Not answered yet: sent again, perhaps on another path.
  if (original === latest && (original.answered === null || (update.source === original.source && update.content === original.content)))
    return null
  const name = protocol === SignalProtocol.Hip ? 'update id' : 'serial number'
  return { original, latest, why: `its ${name} ${update.serial} is not after ${latest.serial}`, confirm: false, refused: false }
}

function same(a: Update, b: Update): boolean {
  return [...a.locators].sort().join() === [...b.locators].sort().join()
}

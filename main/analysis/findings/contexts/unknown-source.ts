/**
 * T-UNKLOC: a packet with a session's own token comes from an address that its sender never named (threats.md 3). What the receiver makes of
 * it decides: acknowledged, answered there, or nothing seen (an attempt). Judged five seconds later, for the claim may come behind the packet.
 * Refuses protocols whose packets may come from anywhere by design or whose claims are encrypted (QUIC, IKEv2), and new addresses in the
 * prefix of a known one (translators).
 */

import { SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import type { Check } from '../ledger.ts'
import { type Context, contextName, type Located, lastTo, NEVER } from './book.ts'
import type { Guessing } from './guess.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const SECOND = 1e9
const ACCEPTED_WITHIN = 2 * SECOND
const MAX_PENDING = 500
const ANYWHERE = new Set<SignalProtocol>([SignalProtocol.Quic, SignalProtocol.Ikev2, SignalProtocol.Mip6])

interface Pending {
  context: Context
  end: End
  located: Located
  peer: number
  time: number
  row: number
  unit: number
  isNew: boolean
  acknowledgedAt: number
  hops: boolean | null
}

export class UnknownSource implements ContextRule {
  private pending: Pending[] = []

  constructor(
    private readonly tools: Tools,
    private readonly guessing: Guessing,
  ) {}

  payload(seen: Seen, from: Located, _to: Located, fresh: boolean): void {
    const { signal, context } = seen
    if (!fresh || context === null || from.how !== 'observed' || from.claimSource >= 0) return
    if (context.established < 0 || context.midCapture || ANYWHERE.has(context.protocol)) return
    const end = seen.side as End
    if (this.translated(context, end, from.address)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-UNKLOC')) return
    this.pending.push({
      context,
      end,
      located: from,
      peer: seen.destination,
      time: signal.time,
      row: signal.row,
      unit: signal.unit,
      isNew: signal.protocol === SignalProtocol.Sctp,
      acknowledgedAt: -1,
      hops: this.tools.hops.differs(from.address, signal.interface, signal.hopLimit),
    })
  }

  cares(): boolean {
    return this.pending.length > 0
  }

  acknowledged(seen: Seen): void {
    const { signal } = seen
    for (const p of this.pending)
      if (p.isNew && p.context === seen.context && seen.side !== p.end && p.acknowledgedAt < 0 && signal.time - p.time <= ACCEPTED_WITHIN) {
        const ahead = (signal.unit - p.unit) >>> 0
        if (ahead >= 1 && ahead < 0x1000) p.acknowledgedAt = signal.time
      }
  }

  sweep(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || now - p.time > this.tools.limits.claimSlack)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Pending): void {
    const { located, context } = p
    if (located.how !== 'observed' || located.verifiedAt !== NEVER) return
    const side = context.sides[p.end]
    for (const one of side.locators.values()) if (one.address === located.address && one.how !== 'observed') return
    const unread = unreadBefore(this.tools, context, p.time)
    const replied = lastTo(context, p.end, located.address, this.tools) >= p.time
    const accepted = p.acknowledgedAt >= 0 || replied
    if (accepted) this.guessing.hit(located.address, p.row)
    const source = addressText(this.tools, located.address)
    const owner = [...side.locators.values()].find((one) => one !== located)
    this.tools.ledger.add({
      rule: 'T-UNKLOC',
      // Whichever router of a LISP site sends: one that no answer listed may well be of the site.
      severity: accepted && unread < 0 && context.protocol !== SignalProtocol.Lisp ? 'medium' : 'low',
      confidence: confidence(55, { hopLimitDiffers: p.hops }),
      time: p.time,
      session: context.session,
      title: `${contextName(context)}: data from ${source}, an address its sender never named${accepted ? ', was accepted' : ''}`,
      detail: `Data with the session's own identifiers came from ${source}${owner === undefined ? '' : `; the sender is known at ${addressText(this.tools, owner.address)}`}. ${
        p.acknowledgedAt >= 0
          ? 'The receiver acknowledged it.'
          : replied
            ? 'The receiver sent data there.'
            : 'Nothing shows that the receiver took it.'
      }`,
      claimant: located.address,
      victim: owner?.address ?? p.peer,
      movesTo: located.address,
      rows: unread < 0 ? [p.row] : [p.row, unread],
      checks: [
        ruledOut('a translator changed its binding', 'the address is in no prefix that the sender is known in'),
        ruledOut('the address was named a little later', `no claim within ${this.tools.limits.claimSlack / SECOND} s`),
        check('the list of addresses was sent before the capture', false, 'the handshake was captured'),
        namedUnread(unread),
        check('another router of the same site', context.protocol === SignalProtocol.Lisp ? null : false),
      ],
      reference: referenceOf('T-UNKLOC'),
      about: `${context.key} ${source}`,
    })
  }

  /** Only the end of the address changed: a translator's or a router's own choice. */
  private translated(context: Context, end: End, address: number): boolean {
    const { addresses } = this.tools.flows
    for (const one of context.sides[end].locators.values())
      if (one.address !== address && samePrefix(addresses.text(one.address), addresses.text(address))) return true
    return false
  }
}

/** A message of the protocol that may have named the address, of which the capture holds the beginning only: its row, -1 none. */
export function unreadBefore(tools: Tools, context: Context, time: number): number {
  return tools.flows.unread.until(context.protocol, time + tools.limits.claimSlack)
}

export function namedUnread(row: number): Check {
  const name = 'the address was named in what the capture cut off'
  return row < 0 ? ruledOut(name) : check(name, null, `frame ${row + 1} is cut before the end of its addresses`)
}

/** The same /64 or /24, by their texts. */
export function samePrefix(a: string, b: string): boolean {
  const six = a.includes(':')
  if (six !== b.includes(':')) return false
  return six ? groups(a) === groups(b) : a.slice(0, a.lastIndexOf('.')) === b.slice(0, b.lastIndexOf('.'))
}

function groups(text: string): string {
  const [head = '', tail] = text.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  return [...front, ...Array.from({ length: missing }, () => '0'), ...back].slice(0, 4).join(':')
}

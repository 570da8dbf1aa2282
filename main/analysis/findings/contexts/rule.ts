/**
 * What a rule about contexts is given. The tracker keeps the book and calls every rule in turn: `control` for signals of the protocols and kinds
 * that it names, `acknowledged` where it `cares`, `payload` only for packets that could matter (a source that is new to the context, a locator
 * that is not verified or whose binding has run out). The `Seen` object is used again for every packet.
 */
import type { Signal, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Surroundings } from '../watch.ts'
import type { Context, ContextBook, Located } from './book.ts'

export interface Seen {
  signal: Signal
  session: MultiSession | null
  /** null: the packet's tokens belong to nothing that was seen */
  context: Context | null
  /** end of the context that sent the packet; -1: not known */
  side: End | -1
  /** ids of the address table, -1: none */
  source: number
  destination: number
}

export interface Tools extends Surroundings {
  book: ContextBook
  /** when a packet of a context was last seen on flow * 2 + direction; -1 never */
  lastAt(at: number): number
  /** the same of its data */
  payloadAt(at: number): number
  /** has an address been claimed by contexts that have not verified it? Those, with the end that it was claimed for */
  claimedBy(address: number): readonly Claimant[]
}

export interface Claimant {
  context: Context
  end: End
  located: Located
}

export interface ContextRule {
  /** whose signals `control` wants; errors of ICMP are those of their own protocol */
  readonly protocols?: readonly SignalProtocol[]
  /** bits of the kinds that `control` wants. Left out: all of them */
  readonly kinds?: number
  /** of MPTCP's openings only those that join a connection: the others are most of them */
  readonly onlyJoins?: true
  control?(seen: Seen): void
  /** For what waits for the packets after it: hears of every signal of the rule's protocols, whatever its kind, before `control`. */
  next?(signal: Signal): void
  /** whose payload it wants. Left out: everybody's */
  readonly payloadOf?: readonly SignalProtocol[]
  /** `fresh`: the source had not been seen in this context before. `to`: the locator that it goes to; null when nothing was claimed */
  payload?(seen: Seen, from: Located, to: Located, fresh: boolean): void
  /** Would `acknowledged` make anything of it? Asked of each acknowledgement, most of which are of no interest. */
  cares?(signal: Signal, session: MultiSession, sender: End): boolean
  acknowledged?(seen: Seen): void
  /** payload or another packet of a token that nothing in the capture has named: for SCTP all of them, before `control` */
  stranger?(seen: Seen): void
  /** a locator counts as proven because data sent there was acknowledged, and for nothing else */
  acknowledgedOnly?(context: Context, end: End, located: Located, session: MultiSession, time: number): void
  sweep?(now: number, final: boolean): void
}

export type RuleMaker = (tools: Tools) => ContextRule

/** Address as text; the words where there is none. */
export function addressText(tools: Pick<Tools, 'flows'>, address: number): string {
  return address < 0 ? 'an unknown address' : tools.flows.addresses.text(address)
}

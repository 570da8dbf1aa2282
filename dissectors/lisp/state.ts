/**
 * What is remembered of LISP: pairs of endpoint identifiers that encapsulated packets were seen for, questions under way by their nonce,
 * and the locators of each EID prefix in their order, which is what locator status bits count by (RFC 9300 section 10).
 * Bounded: pairs as in `IdentifierPairs`, 8,192 questions, 1,024 prefixes, which are searched one by one when status bits change; the
 * oldest go first.
 */

import type { Forgotten } from '../core/forgotten.ts'
import { type IdentifierPair, IdentifierPairs } from '../core/identifier-pairs.ts'
import { StateKey } from '../core/state.ts'
import type { MappingRecord } from './records.ts'

const MAX_QUESTIONS = 8_192
const MAX_PREFIXES = 1_024

/** What is known of one end's packets. */
export interface End {
  /** locator status bits, map version, nonce that this end asked to have echoed and whether it was; -1: none seen */
  status: number
  version: number
  asked: number
  echoed: boolean
  sends: boolean
}

export interface EidPair extends IdentifierPair {
  readonly ends: readonly [End, End]
}

const newEnd = (): End => ({ status: -1, version: -1, asked: -1, echoed: false, sends: false })

export interface Question {
  message: string
  /** prefix that was asked for, and its length; '' for registrations */
  asked: string
  length: number
  /** address (id) it was sent to, and from */
  to: number
  from: number
}

export class LispState {
  readonly pairs: IdentifierPairs<EidPair>
  private readonly questions = new Map<string, Question>()
  private readonly mappings = new Map<string, MappingRecord>()

  constructor(private readonly forgotten: Forgotten) {
    this.pairs = new IdentifierPairs((pair) => ({ ...pair, ends: [newEnd(), newEnd()] }), forgotten)
  }

  ask(nonce: string, question: Question): void {
    if (!this.questions.has(nonce)) this.forgotten.room(this.questions, MAX_QUESTIONS, 'LISP questions')
    this.questions.set(nonce, question)
  }

  question(nonce: string): Question | undefined {
    return this.questions.get(nonce)
  }

  learn(record: MappingRecord): void {
    const key = `${record.instance} ${record.prefix}`
    if (!this.mappings.has(key)) this.forgotten.room(this.mappings, MAX_PREFIXES, 'LISP mappings')
    this.mappings.set(key, record)
  }

  /** The most specific record that holds the EID at `offset`. */
  recordOf(bytes: Uint8Array, offset: number, size: number, instance: number): MappingRecord | undefined {
    let best: MappingRecord | undefined
    for (const record of this.mappings.values())
      if (record.instance === instance && record.bytes.length === size && covers(record, bytes, offset))
        if (best === undefined || record.length > best.length) best = record
    return best
  }
}

function covers(record: MappingRecord, bytes: Uint8Array, offset: number): boolean {
  const length = Math.min(record.length, record.bytes.length * 8)
  const whole = length >> 3
  for (let i = 0; i < whole; i++) if (record.bytes[i] !== bytes[offset + i]) return false
  const rest = length & 7
  if (rest === 0) return true
  return (((record.bytes[whole] as number) ^ (bytes[offset + whole] as number)) & ((0xff << (8 - rest)) & 0xff)) === 0
}

export const lispState = new StateKey<LispState>('lisp', (state) => new LispState(state.flows.forgotten))

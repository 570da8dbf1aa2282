/**
 * Who owns the locators that a message lists? Each is checked by the method that the list names for it (RFC 5533 section 4.3.1): HBA by the
 * parameter data structure alone, CGA by that of the ULID and a signature over the list. The structure stands in the same message or was
 * told by its sender before. Ownership says nothing of reachability: that is what probes are for.
 * Cost: one or two hashes a locator, one signature a list; only for lists.
 */
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import type { Walk } from '../core/walk.ts'
import { checkCga, checkHba, checkListSignature, MAX_PARAMETERS, Ownership } from './addresses.ts'
import type { ListedLocator, Shim6Facts } from './facts.ts'
import { MAX_FAILURES, type Shim6Context, type Shim6End, shim6State } from './state.ts'
import { Message, OPTION_HEADER, Option, optionSize, Verification } from './wire.ts'

export interface Party {
  context: Shim6Context
  side: 0 | 1
}

/** The sender of a message as far as tags and nonces of earlier ones tell; null when they do not. */
export function knownParty(walk: Walk, facts: Shim6Facts): Party | null {
  const state = walk.state.of(shim6State)
  const { type } = facts
  if (type === Message.R1 || type === Message.R2) {
    const exchange = state.exchange(facts.nonce)
    return exchange === undefined ? null : { context: exchange.context, side: exchange.initiator === 0 ? 1 : 0 }
  }
  if (type === Message.I1 || type === Message.I2 || type === Message.I2bis) {
    const exchange = state.exchange(facts.nonce)
    return exchange === undefined ? null : { context: exchange.context, side: exchange.initiator }
  }
  if (type === Message.Error) {
    const asked = facts.quotedNonce < 0 ? undefined : state.asked(facts.quotedNonce)
    return asked === undefined ? null : { context: asked.context, side: asked.receiver }
  }
  const owner = facts.tag < 0 ? undefined : state.ofTag(facts.tag)
  if (owner === undefined) return null
  // R1bis carries the tag of the packet it answers: whoever sends it was that packet's receiver.
  const other = owner.receiver === 0 ? 1 : 0
  return { context: owner.context, side: type === Message.R1bis ? owner.receiver : other }
}

/** The parameter data structure that a message carries, or that its sender told before. */
export function parametersOf(walk: Walk, facts: Shim6Facts, sender: Shim6End | null): Uint8Array | null {
  const { parametersAt: at, parametersEnd: end } = facts
  if (at >= 0 && end <= walk.limit && end - at <= MAX_PARAMETERS) return walk.bytes.slice(at, end)
  return sender === null ? null : sender.parameters
}

/** The ULID that a CGA signature stands for: the one known, else the one the message names, else its source. */
function ulidOf(walk: Walk, facts: Shim6Facts, sender: Shim6End | null): Uint8Array {
  if (facts.ulidsAt >= 0) return walk.bytes.slice(facts.ulidsAt, facts.ulidsAt + 16)
  return sender === null ? walk.bytes.slice(walk.source, walk.source + 16) : sender.ulidBytes
}

function signatureHolds(walk: Walk, facts: Shim6Facts, parameters: Uint8Array): boolean | null {
  const { signatureAt: at, signatureEnd: end } = facts
  const state = walk.state.of(shim6State)
  if (at < 0 || end > walk.limit || facts.listEnd > walk.limit || state.failures >= MAX_FAILURES) return null
  const signed = (facts.locators ?? []).filter((one) => one.method === Verification.Cga).map((one) => walk.bytes.slice(one.at, one.at + 16))
  const verdict = checkListSignature(
    walk.state.crypto,
    parameters,
    walk.bytes.slice(facts.listAt, facts.listEnd),
    signed,
    walk.bytes.slice(at, end),
  )
  if (verdict === false && !walk.state.frozen) state.failures++
  return verdict
}

/** Level of each locator of the message's list, in its order. */
export function levelsOf(walk: Walk, facts: Shim6Facts, sender: Shim6End | null): ClaimAuthentication[] {
  const locators = facts.locators ?? []
  const parameters = parametersOf(walk, facts, sender)
  let cga: ClaimAuthentication | null = null
  return locators.map((locator) => {
    if (locator.method === Verification.Cga) {
      cga ??= levelOfCga(walk, facts, sender, parameters)
      return cga
    }
    if (locator.method !== Verification.Hba) return 'A1'
    return levelOfHba(walk, locator, parameters)
  })
}

function levelOfHba(walk: Walk, locator: ListedLocator, parameters: Uint8Array | null): ClaimAuthentication {
  const verdict = checkHba(walk.state.crypto, parameters, walk.bytes.subarray(locator.at, locator.at + 16))
  return verdict === Ownership.Proven ? 'A4v' : verdict === Ownership.Wrong ? 'AX' : 'A4u'
}

function levelOfCga(walk: Walk, facts: Shim6Facts, sender: Shim6End | null, parameters: Uint8Array | null): ClaimAuthentication {
  const { crypto } = walk.state
  const ulid = ulidOf(walk, facts, sender)
  const verdict = checkCga(crypto, parameters, ulid)
  // A set that has a real key may be both: the ULID is then proven by its HBA (RFC 5535 section 6).
  const owner = verdict === Ownership.Wrong && checkHba(crypto, parameters, ulid) === Ownership.Proven ? Ownership.Proven : verdict
  if (owner === Ownership.Unknown || parameters === null) return 'A4u'
  if (owner === Ownership.Wrong) return 'AX'
  const signed = signatureHolds(walk, facts, parameters)
  return signed === null ? 'A4u' : signed ? 'A4v' : 'AX'
}

/** An option's content in the message, for one that stands behind what is being read. */
function findOption(walk: Walk, facts: Shim6Facts, begin: number, wanted: Option): { at: number; end: number } | null {
  for (let at = begin, n = 0; at + OPTION_HEADER <= Math.min(facts.end, walk.captured) && n < 64; n++) {
    const { bytes } = walk
    const type = (((bytes[at] as number) << 8) | (bytes[at + 1] as number)) >> 1
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    const content = at + OPTION_HEADER
    if (type === wanted) return content + length <= facts.end ? { at: content, end: content + length } : null
    at += optionSize(length)
  }
  return null
}

const WORDS: Partial<Record<ClaimAuthentication, string>> = {
  A4v: 'proven',
  AX: 'wrong: the address does not follow from the parameters',
  A4u: 'not verifiable',
  A1: 'no verification method',
}

/** Verdicts on the locators of a list that is being read, as words; options that follow the list are looked up first. */
export function ownershipWords(walk: Walk, facts: Shim6Facts): string[] {
  const behind = facts.listAt - OPTION_HEADER + optionSize(walk.end - facts.listAt)
  const seen = { ...facts }
  if (seen.parametersAt < 0) {
    const option = findOption(walk, facts, behind, Option.CgaParameters)
    if (option !== null) [seen.parametersAt, seen.parametersEnd] = [option.at, option.end]
  }
  if (seen.signatureAt < 0) {
    const option = findOption(walk, facts, behind, Option.CgaSignature)
    if (option !== null) [seen.signatureAt, seen.signatureEnd] = [option.at, option.end]
  }
  const party = knownParty(walk, facts)
  const sender = party === null ? null : party.context.ends[party.side]
  const { end } = walk
  walk.restore(facts.end)
  const levels = levelsOf(walk, seen, sender)
  walk.restore(end)
  return levels.map((level) => WORDS[level] ?? 'not verifiable')
}

/**
 * ICMPv6 locator updates (RFC 6743) as signals. An advertisement lists all locators its sender can be reached at: those missing since the
 * last one are withdrawn. It must carry the session's nonce: with it a claim is A1, with another AX, without one, or in a session whose nonce
 * was not seen, A0. An acknowledgement repeats the locators it accepts; one that arrives at such a locator verifies it.
 */
import type { ClaimAuthentication, ClaimDetail, SignalDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { sideOf } from '../core/identifier-pairs.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { findNode, hasNonce, hexAt, ilnpState, MAX_LOCATORS, type NodePair, nonceToken, sameNonce } from './state.ts'
import { At, ENTRY_SIZE, LOCATOR_SIZE, NODE, nonceVerdict, Operation } from './wire.ts'

interface Update {
  pair: NodePair | undefined
  side: 0 | 1 | -1
  authentication: ClaimAuthentication
}

function judge(walk: Walk): Update {
  const state = walk.state.of(ilnpState)
  const sender = findNode(walk, state, walk.source)
  const receiver = findNode(walk, state, walk.destination)
  const pair = sender < 0 || receiver < 0 ? undefined : state.pairs.find(sender, receiver)
  if (pair === undefined) return { pair, side: -1, authentication: 'A0' }
  const side = sideOf(pair, sender)
  const { nonce } = pair.ends[side]
  return { pair, side, authentication: !hasNonce(walk) || nonce === null ? 'A0' : sameNonce(walk, nonce) ? 'A1' : 'AX' }
}

/** Records how the update's nonce stands, behind its other fields. */
export function recordNonceVerdict(walk: Walk, offset: number): void {
  if (walk.quoted || walk.addressSize !== 16) return
  const { pair, authentication } = judge(walk)
  const words = !hasNonce(walk)
    ? 'missing'
    : authentication === 'A1'
      ? "the session's"
      : authentication === 'AX'
        ? "not the session's"
        : pair === undefined
          ? 'session not seen'
          : "sender's nonce not seen"
  walk.words(nonceVerdict, offset, 0, words)
  walk.generated()
}

/** `offset` is the ICMPv6 header's. */
export function emitLocatorUpdate(walk: Walk, offset: number): void {
  if (walk.addressSize !== 16) return
  if (walk.need(offset + At.Count, At.Locators - At.Count)) update(walk, offset)
  walk.noteUnread(SignalProtocol.Ilnp)
}

function update(walk: Walk, offset: number): void {
  walk.toFlow(IpProtocol.Icmpv6, 0, 0)
  const judged = judge(walk)
  const operation = walk.u8(offset + At.Operation)
  // An acknowledgement repeats the locators of the node that it goes to.
  const list = entries(walk, offset, operation === Operation.Acknowledgement ? walk.destination : walk.source)
  if (operation === Operation.Advertisement) advertised(walk, list, walk.u8(offset + At.Count), judged)
  else if (operation === Operation.Acknowledgement) acknowledged(walk, list, judged)
  else emit(walk, SignalKind.Noted, judged, { message: `Locator Update, operation ${operation}` })
}

function emit(walk: Walk, kind: SignalKind, { pair, side }: Update, detail: SignalDetail): void {
  const s = walk.newSignal(kind, SignalProtocol.Ilnp)
  s.context = pair?.number ?? 0
  s.side = side
  s.token = nonceToken(walk)
  s.detail = detail
  walk.emit(s)
}

const joined = new Uint8Array(16)

/** Id of the address that a locator makes with the node identifier of the address at `node`. */
function addressOf(walk: Walk, locator: number, node: number): number {
  for (let i = 0; i < LOCATOR_SIZE; i++) {
    joined[i] = walk.u8(locator + i)
    joined[NODE + i] = walk.u8(node + NODE + i)
  }
  return walk.state.flows.addresses.intern(joined, 0, 16)
}

interface Entry {
  address: number
  preference: number
  lifetime: number
}

function entries(walk: Walk, offset: number, node: number): Entry[] {
  const list: Entry[] = []
  let at = offset + At.Locators
  const count = walk.u8(offset + At.Count)
  for (let n = 0; n < count && n < MAX_ITEMS && walk.item(at) && walk.need(at, ENTRY_SIZE); n++, at += ENTRY_SIZE)
    list.push({ address: addressOf(walk, at, node), preference: walk.u16(at + 8), lifetime: walk.u16(at + 10) })
  return list
}

function advertised(walk: Walk, list: readonly Entry[], count: number, update: Update): void {
  const { authentication } = update
  const claim = (address: number): ClaimDetail => ({
    message: 'Locator Update',
    address,
    port: null,
    addressId: null,
    how: 'signalled',
    authentication,
    serial: null,
    correlation: null,
    wildcard: false,
    proof: hasNonce(walk) ? hexAt(walk, walk.nonce, walk.nonceLength) : '',
  })
  for (const { address, preference, lifetime } of list)
    emit(walk, lifetime === 0 ? SignalKind.Withdrawn : SignalKind.Claimed, update, { ...claim(address), preference, lifetime })
  // of a list that the capture cut nobody knows what it leaves out
  if (list.length < count || update.pair === undefined || update.side < 0 || authentication !== 'A1') return
  const end = update.pair.ends[update.side as 0 | 1]
  const now = list.filter(({ lifetime }) => lifetime > 0).map(({ address }) => address)
  const named = list.map(({ address }) => address)
  for (const address of end.locators)
    if (!named.includes(address)) emit(walk, SignalKind.Withdrawn, update, { ...claim(address), message: 'Locator Update without it' })
  end.locators = now.slice(0, MAX_LOCATORS)
}

function acknowledged(walk: Walk, list: readonly Entry[], update: Update): void {
  const { authentication } = update
  const here = walk.state.flows.addresses.intern(walk.bytes, walk.destination, 16)
  let arrived = false
  for (const { address, lifetime } of list) {
    if (address === here) arrived = true
    emit(walk, SignalKind.ClaimAnswered, update, {
      message: 'Locator Update acknowledgement',
      accepted: true,
      serial: null,
      correlation: null,
      addressId: null,
      address,
      authentication,
      cause: null,
      lifetime,
    })
  }
  if (arrived && authentication === 'A1')
    emit(walk, SignalKind.Verified, update, { message: 'Locator Update acknowledgement', authentication })
}

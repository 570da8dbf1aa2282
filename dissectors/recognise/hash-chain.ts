/**
 * Values that hash to a value which the same two hosts showed before: the links of a hash chain, or what had been committed to (WIMP, LHIP).
 * Looked for in payloads of IP protocols that nobody knows and in fields that a profile calls `hashAnchor`: MD5 over 16 bytes, SHA-1 over 20 and,
 * cut to 16, over 16. Found by accident once in 2^128, so one is proof enough.
 * Bounded: windows on 4-byte borders of the first 128 bytes, 64 packets of a pair of hosts, 4,096 packets of a capture, 65,536 values.
 */
import type { RecognisedDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { hexOf } from '../core/hex.ts'
import { shortSha1 } from '../core/short-hashes.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'

const DEPTH = 128
const STEP = 4
const PER_PAIR = 64
const MAX_PACKETS = 4096
const MAX_PAIRS = 4096
const MAX_VALUES = 65_536
const SHORT = 16
const LONG = 20

class ChainState {
  packets = 0
  readonly pairs = new Map<string, number>()
  /** row by pair and first 16 bytes of a value */
  readonly values = new Map<string, number>()
}

const CHAINS = new StateKey<ChainState>('hash chains', () => new ChainState())

/** The payload of an IP protocol without a dissector. */
export function seekHashChain(walk: Walk, offset: number): void {
  if (walk.signals === null || walk.quoted || walk.state.frozen || walk.limit - offset < SHORT) return
  const end = Math.min(walk.limit, offset + DEPTH)
  const at: number[] = []
  for (let i = offset; i + SHORT <= end; i += STEP) at.push(i)
  seek(walk, at, end, `${walk.ipProtocol}`)
}

/** Fields of a profile that are values of a chain. */
export function seekAnchors(walk: Walk, anchors: readonly { offset: number; size: number }[], id: string): void {
  if (anchors.length === 0 || walk.signals === null || walk.state.frozen) return
  for (const { offset, size } of anchors)
    if (size >= SHORT && offset + size <= walk.limit) seek(walk, [offset], Math.min(offset + size, offset + DEPTH), id)
}

function seek(walk: Walk, at: readonly number[], end: number, kind: string): void {
  const { state, bytes } = walk
  const { addresses, forgotten } = state.flows
  const chains = state.of(CHAINS)
  const size = walk.addressSize
  if (size === 0) return
  const source = addresses.intern(bytes, walk.source, size)
  const target = addresses.intern(bytes, walk.destination, size)
  const pair = source < target ? `${kind} ${source} ${target}` : `${kind} ${target} ${source}`
  const seen = chains.pairs.get(pair) ?? 0
  if (seen >= PER_PAIR || chains.packets >= MAX_PACKETS) {
    if (seen < PER_PAIR) forgotten.note('payloads that were not searched for hash chains')
    return
  }
  if (seen === 0) forgotten.room(chains.pairs, MAX_PAIRS, 'pairs of hosts whose payloads were searched for hash chains')
  chains.pairs.set(pair, seen + 1)
  chains.packets++
  const fresh: string[] = []
  for (const i of at) {
    const short = bytes.slice(i, i + SHORT)
    const link =
      known(chains, pair, state.crypto.digest('md5', short), 'MD5') ??
      known(chains, pair, shortSha1(short), 'SHA-1') ??
      (i + LONG <= end ? known(chains, pair, shortSha1(bytes.slice(i, i + LONG)), 'SHA-1') : null)
    if (link !== null) say(walk, source, target, link)
    fresh.push(`${pair} ${hexOf(short, 0, SHORT)}`)
  }
  for (const key of fresh) {
    if (chains.values.has(key)) continue
    forgotten.room(chains.values, MAX_VALUES, 'values that may have been links of a hash chain')
    chains.values.set(key, walk.row)
  }
}

function known(chains: ChainState, pair: string, hash: Uint8Array, name: string): { row: number; name: string } | null {
  const row = chains.values.get(`${pair} ${hexOf(hash, 0, SHORT)}`)
  return row === undefined ? null : { row, name }
}

function say(walk: Walk, source: number, target: number, link: { row: number; name: string }): void {
  const detail: RecognisedDetail = {
    what: 'hash-chain',
    message: link.name,
    addresses: [source, target],
    rows: [link.row, walk.row],
    flow: walk.flow,
  }
  const signal = walk.newSignal(SignalKind.Recognised, SignalProtocol.None)
  signal.detail = detail
  walk.emit(signal)
}

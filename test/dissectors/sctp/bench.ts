/**
 * A bench for SCTP alone: packets are put behind a pair of addresses, as an IP layer would leave them, and walked.
 * What comes out is plain objects: signals with addresses as text, fields as 'name: value' lines, the stop reason.
 */
import { fieldById } from '../../../dissectors/core/fields.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { Stop, Walk } from '../../../dissectors/core/walk.ts'
import { dissectSctp } from '../../../dissectors/sctp/dissect.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { parseAddress } from '../../../shared/address.ts'
import { type Signal, SignalKind, type SignalSink } from '../../../shared/signals.ts'

export { nodeCrypto }

const ADDRESSES = 32
const KINDS: Partial<Record<SignalKind, string>> = {
  [SignalKind.Opening]: 'opening',
  [SignalKind.Opened]: 'opened',
  [SignalKind.Closed]: 'closed',
  [SignalKind.Payload]: 'payload',
  [SignalKind.Acknowledged]: 'acknowledged',
  [SignalKind.Claimed]: 'claimed',
  [SignalKind.ClaimAnswered]: 'answered',
  [SignalKind.Withdrawn]: 'withdrawn',
  [SignalKind.Preferred]: 'preferred',
  [SignalKind.Probed]: 'probed',
  [SignalKind.ProbeAnswered]: 'probe-answered',
  [SignalKind.Noted]: 'noted',
}

export interface Seen {
  kind: string
  token: string
  [key: string]: unknown
}

export interface Outcome {
  signals: Seen[]
  fields: string[]
  stop: string
  info: string
}

const STOPS = { [Stop.None]: '', [Stop.Cut]: 'cut', [Stop.Malformed]: 'malformed', [Stop.Limit]: 'limit' } as const

export class Bench implements SignalSink {
  readonly state = new StreamState(nodeCrypto)
  readonly recorder = new FieldRecorder()
  private row = 0
  private seen: Seen[] = []

  emit(signal: Signal): void {
    this.seen.push(plain(signal, this.state))
  }

  /** Walks a packet between two addresses. `wire` is its length on the wire when the capture cut it. */
  packet(
    source: string,
    destination: string,
    sctp: Uint8Array,
    options: { wire?: number; fields?: boolean; quoted?: boolean } = {},
  ): Outcome {
    const memory = new Uint8Array(ADDRESSES + sctp.length)
    const from = parseAddress(source) as Uint8Array
    memory.set(from, 0)
    memory.set(parseAddress(destination) as Uint8Array, 16)
    memory.set(sctp, ADDRESSES)
    const walk = new Walk(this.state, options.fields === false ? null : this.recorder, this)
    walk.start(memory, 0, memory.length, ADDRESSES + (options.wire ?? sctp.length), this.row, this.row * 1e6, 0)
    this.row++
    walk.addressSize = from.length as 4 | 16
    walk.source = 0
    walk.destination = 16
    walk.hopLimit = 64
    walk.quoted = options.quoted ?? false
    this.seen = []
    dissectSctp(walk, ADDRESSES)
    const fields: string[] = []
    if (walk.recorder !== null)
      for (let i = 0; i < this.recorder.count; i++)
        if (this.recorder.kind[i] !== 0) fields.push(`${fieldById(this.recorder.field[i] as number).name}: ${valueText(this.recorder, i)}`)
    return { signals: this.seen, fields, stop: STOPS[walk.stop], info: walk.info }
  }
}

function plain(signal: Signal, state: StreamState): Seen {
  const { flows } = state
  const out: Seen = { kind: KINDS[signal.kind] ?? String(signal.kind), token: `0x${signal.token.toString(16)}` }
  if (signal.kind === SignalKind.Payload) Object.assign(out, { unit: signal.unit, span: signal.span, bytes: signal.bytes })
  if (signal.kind === SignalKind.Acknowledged) {
    const gaps = Array.from({ length: signal.gapCount }, (_, i) => [signal.gapStart[i], signal.gapEnd[i]])
    Object.assign(out, { unit: signal.unit, gaps, duplicates: signal.duplicates })
    if (signal.noRoom) out.noRoom = true
  }
  if (signal.detail !== null) {
    const detail: Record<string, unknown> = { ...signal.detail }
    if (typeof detail.address === 'number') detail.address = detail.address < 0 ? null : flows.addresses.text(detail.address)
    Object.assign(out, detail)
  }
  return out
}

/** Hexadecimal text, blanks ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '')
  const out = new Uint8Array(digits.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return out
}

/**
 * Walks IP packets, or whole capture files, as the first pass does and gives what comes out as plain objects and lines: signals of the
 * identity protocols with addresses as text, fields as 'name value', the stop reason.
 */
import { registerAll } from '../../../dissectors/all.ts'
import { fieldById } from '../../../dissectors/core/fields.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { readCapture } from '../../../main/files/reader.ts'
import { type Signal, SignalKind, SignalProtocol, type SignalSink } from '../../../shared/signals.ts'

registerAll()

const LINK_RAW = 101
const KINDS: Partial<Record<SignalKind, string>> = {
  [SignalKind.Opening]: 'opening',
  [SignalKind.Opened]: 'opened',
  [SignalKind.Closed]: 'closed',
  [SignalKind.Payload]: 'payload',
  [SignalKind.Claimed]: 'claimed',
  [SignalKind.ClaimAnswered]: 'answered',
  [SignalKind.Withdrawn]: 'withdrawn',
  [SignalKind.Preferred]: 'preferred',
  [SignalKind.Probed]: 'probed',
  [SignalKind.ProbeAnswered]: 'probe-answered',
  [SignalKind.Verified]: 'verified',
  [SignalKind.Refused]: 'refused',
  [SignalKind.Identified]: 'identified',
  [SignalKind.Noted]: 'noted',
}
const PROTOCOLS: Partial<Record<SignalProtocol, string>> = {
  [SignalProtocol.Hip]: 'hip',
  [SignalProtocol.Shim6]: 'shim6',
  [SignalProtocol.Esp]: 'esp',
  [SignalProtocol.Ah]: 'ah',
}
const STOPS = ['', 'cut', 'malformed', 'limit'] as const

export interface Outcome {
  /** one line a signal of these protocols */
  signals: string[]
  fields: string[]
  stop: string
  info: string
  checksum: number
  walk: Walk
}

export class Bench implements SignalSink {
  readonly state: StreamState
  readonly recorder: FieldRecorder
  private row = 0
  private seen: string[] = []

  constructor(options: { state?: StreamState } = {}) {
    this.state = options.state ?? new StreamState(nodeCrypto)
    this.recorder = new FieldRecorder()
  }

  emit(signal: Signal): void {
    const protocol = PROTOCOLS[signal.protocol]
    if (protocol !== undefined) this.seen.push(line(signal, protocol, this.state))
  }

  /** A packet that begins with its IP header. `wire`: length on the wire of one that the capture cut. */
  packet(bytes: Uint8Array, options: { wire?: number; fields?: boolean; signals?: boolean; linkType?: number } = {}): Outcome {
    const walk = new Walk(this.state, options.fields === false ? null : this.recorder, options.signals === false ? null : this)
    this.seen = []
    // An odd place in a larger memory: wrong offsets show.
    const memory = new Uint8Array(bytes.length + 10).fill(0xee)
    memory.set(bytes, 5)
    walk.start(memory, 5, 5 + bytes.length, options.wire ?? bytes.length, this.row, this.row * 1e6, 0)
    this.row++
    dissectFrame(walk, options.linkType ?? LINK_RAW)
    return {
      signals: this.seen,
      fields: options.fields === false ? [] : fieldLines(this.recorder),
      stop: STOPS[walk.stop] as string,
      info: walk.info,
      checksum: walk.checksum,
      walk,
    }
  }

  /** Signals of a capture file, a list of lines a packet that has any; `take` sees every packet. */
  async capture(path: string): Promise<Map<number, string[]>> {
    const out = new Map<number, string[]>()
    await readCapture(
      path,
      (batch, facts) => {
        for (let i = 0; i < batch.count; i++) {
          const begin = batch.offset[i] as number
          const bytes = batch.memory.subarray(begin, begin + (batch.captured[i] as number))
          const linkType = facts.interfaces[batch.interface[i] as number]?.linkType ?? 1
          const { signals } = this.packet(bytes, { wire: batch.wire[i] as number, fields: false, linkType })
          if (signals.length > 0) out.set(this.row, signals)
        }
      },
      {},
    )
    return out
  }
}

function fieldLines(recorder: FieldRecorder): string[] {
  const out: string[] = []
  for (let i = 0; i < recorder.count; i++) {
    const field = fieldById(recorder.field[i] as number)
    if (field.type !== 'none') out.push(`${field.name} ${valueText(recorder, i)}`)
  }
  return out
}

/** Fields of one protocol and of ours for it. */
export function family(outcome: Outcome, name: string): string[] {
  return outcome.fields.filter((one) => one.startsWith(`${name}.`) || one.startsWith(`mh.${name}.`))
}

function line(signal: Signal, protocol: string, state: StreamState): string {
  const words = [`${protocol} ${KINDS[signal.kind] ?? signal.kind}`]
  if (signal.context !== 0) words.push(`#${signal.context}${signal.side === -1 ? '' : signal.side === 0 ? '>' : '<'}`)
  if (signal.token !== 0) words.push(`token=0x${signal.token.toString(16)}`)
  if (signal.kind === SignalKind.Payload) words.push(`space=${signal.space} unit=${signal.unit} bytes=${signal.bytes}`)
  const text = (id: number): string => (id < 0 ? '-' : state.flows.addresses.text(id))
  for (const [name, value] of Object.entries(signal.detail ?? {})) {
    if (value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0)) continue
    if (name === 'address' || name === 'source' || name === 'destination') words.push(`${name}=${text(value as number)}`)
    else if (Array.isArray(value))
      words.push(`${name}=${value.map((one: { kind: string; value: string }) => `${one.kind}:${one.value}`).join(',')}`)
    else words.push(name === 'message' ? `"${value}"` : value === true ? name : `${name}=${value}`)
  }
  return words.join(' ')
}

export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/**
 * A bench for TCP and MPTCP: whole IP packets (raw link type) are walked in order with one stream state, as the index pass does.
 * What comes out is plain objects: signals with addresses as text, fields as 'name: value' lines, the stop reason.
 */
import { registerAll } from '../../../dissectors/all.ts'
import { finish, sumWords } from '../../../dissectors/core/checksum.ts'
import { fieldById } from '../../../dissectors/core/fields.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { Stop, Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { emitTcp, type TcpSegment } from '../../../dissectors/tcp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { type Signal, SignalKind, SignalProtocol, type SignalSink, UnitSpace } from '../../../shared/signals.ts'

registerAll()

export const RAW_IP = 101

const KINDS: Partial<Record<SignalKind, string>> = {
  [SignalKind.Opening]: 'opening',
  [SignalKind.Opened]: 'opened',
  [SignalKind.Closed]: 'closed',
  [SignalKind.Payload]: 'payload',
  [SignalKind.Acknowledged]: 'acknowledged',
  [SignalKind.Claimed]: 'claimed',
  [SignalKind.ClaimAnswered]: 'claim-answered',
  [SignalKind.Withdrawn]: 'withdrawn',
  [SignalKind.Preferred]: 'preferred',
  [SignalKind.Probed]: 'probed',
  [SignalKind.ProbeAnswered]: 'probe-answered',
  [SignalKind.Verified]: 'verified',
  [SignalKind.Refused]: 'refused',
  [SignalKind.Fallback]: 'fallback',
  [SignalKind.Noted]: 'noted',
}
const SPACES = { [UnitSpace.Dsn]: 'dsn', [UnitSpace.Seq]: 'seq' } as Record<number, string>
const STOPS = { [Stop.None]: '', [Stop.Cut]: 'cut', [Stop.Malformed]: 'malformed', [Stop.Limit]: 'limit' } as const

export function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** An IPv4 or IPv6 packet around a segment, with lengths and header checksum right. */
export function packet(segment: TcpSegment): Uint8Array {
  const body = emitTcp(segment)
  if (segment.source.length === 16) {
    const bytes = new Uint8Array(40 + body.length)
    bytes.set([0x60, 0, 0, 0, body.length >> 8, body.length & 0xff, 6, 64])
    bytes.set(segment.source, 8)
    bytes.set(segment.destination, 24)
    bytes.set(body, 40)
    return bytes
  }
  const bytes = new Uint8Array(20 + body.length)
  const size = bytes.length
  bytes.set([0x45, 0, size >> 8, size & 0xff, 0, 1, 0, 0, 64, 6])
  bytes.set(segment.source, 12)
  bytes.set(segment.destination, 16)
  const sum = finish(sumWords(bytes, 0, 20))
  bytes.set([sum >> 8, sum & 0xff], 10)
  bytes.set(body, 20)
  return bytes
}

export interface Outcome {
  signals: string[]
  stop: string
  protocol: number
  fuel: number
}

export class Bench implements SignalSink {
  readonly state = new StreamState(nodeCrypto)
  private readonly index = new Walk(this.state, null, this)
  private row = 0
  private seen: string[] = []

  /** Walks one packet of the index pass; `captured` cuts it. */
  send(bytes: Uint8Array, captured = bytes.length): Outcome {
    this.seen = []
    this.index.start(bytes, 0, captured, bytes.length, this.row++, this.row * 1e6, 0)
    dissectFrame(this.index, RAW_IP)
    const { stop, stopReason, protocol, fuel } = this.index
    return { signals: this.seen, stop: stop === Stop.None ? '' : `${STOPS[stop]}: ${stopReason}`, protocol, fuel }
  }

  /** The packet's fields, without changing the stream state: 'name: value'; only names that begin with one of `prefixes`. */
  fields(bytes: Uint8Array, prefixes: string[], captured = bytes.length): string[] {
    const recorder = new FieldRecorder()
    const walk = new Walk(this.state, recorder, null)
    this.state.frozen = true
    walk.start(bytes, 0, captured, bytes.length, 0, 0, 0)
    dissectFrame(walk, RAW_IP)
    this.state.frozen = false
    const lines: string[] = []
    for (let i = 0; i < recorder.count; i++) {
      const { name, type } = fieldById(recorder.field[i] as number)
      if (type !== 'none' && prefixes.some((prefix) => name.startsWith(prefix))) lines.push(`${name}: ${valueText(recorder, i)}`)
    }
    return lines
  }

  /** Lines of the TCP and MPTCP layers in the tree, and the packet list's words. */
  titles(bytes: Uint8Array): string[] {
    const recorder = new FieldRecorder()
    const walk = new Walk(this.state, recorder, null)
    this.state.frozen = true
    walk.start(bytes, 0, bytes.length, bytes.length, 0, 0, 0)
    dissectFrame(walk, RAW_IP)
    this.state.frozen = false
    const lines: string[] = []
    for (let i = 0; i < recorder.count; i++)
      if (['tcp', 'mptcp'].includes(fieldById(recorder.field[i] as number).name)) lines.push(valueText(recorder, i))
    return [...lines, walk.info]
  }

  emit(signal: Signal): void {
    const words = [`f${signal.flow}${signal.direction === 0 ? '>' : '<'}`, signal.protocol === SignalProtocol.Mptcp ? 'mptcp' : 'tcp']
    words.push(KINDS[signal.kind] ?? `kind ${signal.kind}`)
    if (signal.kind === SignalKind.Payload || signal.kind === SignalKind.Acknowledged) {
      words.push(`${SPACES[signal.space]} ${signal.unit}`)
      if (signal.kind === SignalKind.Payload) words.push(`+${signal.span}`)
      if (signal.subSpan > 0) words.push(`sub ${signal.sub}+${signal.subSpan}`)
      for (let i = 0; i < signal.gapCount; i++) words.push(`gap ${signal.gapStart[i]}-${signal.gapEnd[i]}`)
      if (signal.duplicates > 0) words.push(`duplicates ${signal.duplicates}`)
    }
    this.seen.push([words.join(' '), ...this.details(signal)].join(' '))
  }

  /** The detail's values that are not null, false, empty or the usual. */
  private details(signal: Signal): string[] {
    return Object.entries(signal.detail ?? {}).flatMap(([name, value]) => {
      if (value === null || value === false || (Array.isArray(value) && value.length === 0)) return []
      if (name === 'message') return [String(value)]
      if (name === 'address') return value === -1 ? [] : [`address=${this.state.flows.addresses.text(value as number)}`]
      if (/token$/i.test(name)) return [`${name}=${(value as number).toString(16).padStart(8, '0')}`]
      if (Array.isArray(value)) return [`${name}=${value.map((item) => `${item.kind}:${item.value}`).join(',')}`]
      if (['how', 'serial', 'authentication'].includes(name) && (value === 'signalled' || value === 'A1' || name === 'serial')) return []
      return [value === true ? name : `${name}=${value}`]
    })
  }
}

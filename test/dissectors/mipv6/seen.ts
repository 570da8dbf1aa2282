/** Walks the packets of one made capture in order and says in lines of text what each recorded and signalled. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { registerAll } from '../../../dissectors/all.ts'
import { fieldById } from '../../../dissectors/core/fields.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'

registerAll()

export { hex, nodeCrypto }

const KINDS: Partial<Record<SignalKind, string>> = {
  [SignalKind.Opening]: 'opening',
  [SignalKind.Opened]: 'opened',
  [SignalKind.Closed]: 'closed',
  [SignalKind.Payload]: 'payload',
  [SignalKind.Claimed]: 'claimed',
  [SignalKind.ClaimAnswered]: 'answered',
  [SignalKind.Withdrawn]: 'withdrawn',
  [SignalKind.Probed]: 'probed',
  [SignalKind.ProbeAnswered]: 'probe-answered',
  [SignalKind.Verified]: 'verified',
  [SignalKind.Refused]: 'refused',
  [SignalKind.Noted]: 'noted',
}
const OURS: readonly SignalProtocol[] = [SignalProtocol.Mip6, SignalProtocol.Mip4, SignalProtocol.Lisp, SignalProtocol.Ilnp]
/** raw IP */
const LINK = 101

export interface Outcome {
  signals: string[]
  fields: string[]
  stop: string
  info: string
  chain: string
  payloads: { unit: number; sub: number; context: number; bytes: number }[]
}

export interface Options {
  seconds?: number
  wire?: number
  /** false: as in the index pass */
  fields?: boolean
}

export class Capture {
  readonly state = new StreamState(nodeCrypto)
  private row = 0

  packet(bytes: Uint8Array, { seconds = this.row, wire = bytes.length, fields = true }: Options = {}): Outcome {
    const recorder = new FieldRecorder()
    const signals: string[] = []
    const payloads: Outcome['payloads'] = []
    const walk = new Walk(this.state, fields ? recorder : null, {
      emit: (signal) => {
        if (!OURS.includes(signal.protocol)) return
        signals.push(this.line(signal))
        if (signal.kind === SignalKind.Payload)
          payloads.push({ unit: signal.unit, sub: signal.sub, context: signal.context, bytes: signal.bytes })
      },
    })
    // At an odd place in a larger memory, so that wrong offsets show.
    const memory = new Uint8Array(bytes.length + 9).fill(0xee)
    memory.set(bytes, 5)
    walk.start(memory, 5, 5 + bytes.length, wire, this.row++, seconds * 1e9, 0)
    dissectFrame(walk, LINK)
    const lines = Array.from({ length: recorder.count }, (_, i) => {
      const field = fieldById(recorder.field[i] as number)
      return { name: field.name, text: valueText(recorder, i), none: field.type === 'none' }
    })
    return {
      signals,
      payloads,
      fields: lines
        .filter(({ name, none }) => !none && /^(mip6?|lisp(-data)?|ilnp|mh)\./.test(name))
        .map(({ name, text }) => `${name} ${text}`),
      stop: ['', 'cut', 'malformed', 'limit'][walk.stop] as string,
      info: walk.info,
      chain: lines.find(({ name }) => name === 'frame.protocols')?.text ?? '',
    }
  }

  private line(signal: Signal): string {
    const { flows } = this.state
    const address = (id: number): string => (id < 0 ? 'none' : flows.addresses.text(id))
    const pair =
      signal.flow < 0
        ? 'no flow'
        : `${address(flows.sender(signal.flow, signal.direction))} > ${address(flows.sender(signal.flow, 1 - signal.direction))}`
    const words = [KINDS[signal.kind] ?? `kind ${signal.kind}`, `${signal.context}.${signal.side}`, pair]
    if (signal.token !== 0) words.push(`token=${signal.token.toString(16)}`)
    if (signal.kind === SignalKind.Payload) words.push(`bytes=${signal.bytes}`)
    for (const [key, value] of Object.entries(signal.detail ?? {})) {
      if (value === null || value === false || (Array.isArray(value) && value.length === 0)) continue
      if (key === 'address') words.push(`address=${address(value as number)}`)
      else if (key === 'message') words.push(`'${value}'`)
      else if (key === 'sender' || key === 'receiver')
        words.push(`${key}=${(value as { kind: string; value: string }[]).map((i) => `${i.kind}:${i.value}`).join('+')}`)
      else words.push(`${key}=${value}`)
    }
    return words.join(' ')
  }
}

/** What a golden shows of one packet. */
export function shown(outcome: Outcome): string {
  const head = [`chain ${outcome.chain}`, `info ${outcome.info}`, `stop ${outcome.stop || 'none'}`]
  return `${[...head, ...outcome.signals.map((line) => `signal ${line}`), ...outcome.fields].join('\n')}\n`
}

/** A packet cut by the capture at any length is never called malformed; one that is that short on the wire never cut. */
export function cutEverywhere(bytes: Uint8Array): void {
  for (let length = 0; length < bytes.length; length++) {
    expect(['', 'cut'], `captured ${length} of ${bytes.length}`).toContain(
      new Capture().packet(bytes.slice(0, length), { wire: bytes.length }).stop,
    )
    expect(['', 'malformed'], `only ${length} on the wire`).toContain(new Capture().packet(bytes.slice(0, length)).stop)
  }
}

/** Any bytes in `wrap` end in a verdict, the same with fields and without, and with the same signals. */
export function anyBytes(wrap: (bytes: Uint8Array) => Uint8Array, head: fc.Arbitrary<Uint8Array> = fc.constant(new Uint8Array(0))): void {
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 300 }), (first, rest) => {
      const bytes = wrap(Uint8Array.from([...first, ...rest]))
      const index = new Capture().packet(bytes, { fields: false })
      const fields = new Capture().packet(bytes)
      expect([index.stop, index.signals]).toEqual([fields.stop, fields.signals])
    }),
    { numRuns: 300, seed: 7 },
  )
}

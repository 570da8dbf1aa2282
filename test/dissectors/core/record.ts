/** Walks made packets for tests and says in plain objects what was recorded, signalled and stopped at. */
import { registerAll } from '../../../dissectors/all.ts'
import { allFields, fieldById, fieldIds } from '../../../dissectors/core/fields.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { dissectFrame } from '../../../dissectors/frame/dissect.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import type { SignalDetail } from '../../../shared/signal-details.ts'
import type { Signal, SignalKind } from '../../../shared/signals.ts'

registerAll()

export { nodeCrypto }

export interface SeenSignal {
  kind: SignalKind
  flow: number
  direction: number
  unit: number
  span: number
  bytes: number
  detail: SignalDetail | null
}

export interface PacketOptions {
  linkType?: number
  row?: number
  time?: number
  wireLength?: number
  state?: StreamState
  /** false: as in the index pass */
  record?: boolean
  /** only these fields are recorded, as for filters and columns */
  wanted?: readonly string[]
}

export interface Seen {
  walk: Walk
  recorder: FieldRecorder
  signals: SeenSignal[]
  stop: string
  /** values of one field, as `-e` prints them */
  values(name: string): string[]
  /** `name value` of every field of a protocol family, layers and groups without their words */
  family(prefix: string): string[]
}

/** One packet; `bytes` is copied into a larger memory at an odd place, so that wrong offsets show. */
export function walkPacket(bytes: Uint8Array, options: PacketOptions = {}): Seen {
  const state = options.state ?? new StreamState(nodeCrypto)
  const recorder = new FieldRecorder()
  if (options.wanted !== undefined) {
    recorder.wanted = new Uint8Array(allFields().length)
    for (const name of options.wanted) for (const id of fieldIds(name)) recorder.wanted[id] = 1
    recorder.lines = false
  }
  const signals: SeenSignal[] = []
  const walk = new Walk(state, options.record === false ? null : recorder, {
    emit: ({ kind, flow, direction, unit, span, bytes: size, detail }: Signal) =>
      signals.push({ kind, flow, direction, unit, span, bytes: size, detail }),
  })
  const memory = new Uint8Array(bytes.length + 11).fill(0xee)
  memory.set(bytes, 7)
  const { wireLength = bytes.length, row = 0, time = 0, linkType = 1 } = options
  walk.start(memory, 7, 7 + bytes.length, wireLength, row, time, 0)
  dissectFrame(walk, linkType)
  const entries = (): { name: string; text: string; none: boolean }[] =>
    Array.from({ length: recorder.count }, (_, i) => {
      const field = fieldById(recorder.field[i] as number)
      return { name: field.name, text: valueText(recorder, i), none: field.type === 'none' }
    })
  return {
    walk,
    recorder,
    signals,
    stop: walk.stop === 0 ? '' : `${['', 'cut', 'malformed', 'limit'][walk.stop]} at ${walk.stopOffset}: ${walk.stopReason}`,
    values: (name) =>
      entries()
        .filter((entry) => entry.name === name)
        .map((entry) => entry.text),
    family: (prefix) =>
      entries()
        .filter((entry) => !entry.none && (entry.name === prefix || entry.name.startsWith(`${prefix}.`)))
        .map((entry) => `${entry.name} ${entry.text}`),
  }
}

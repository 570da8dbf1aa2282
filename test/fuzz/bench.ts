/**
 * The hostile bench: everything a packet may do to the dissectors, measured on one walk with signals into the real analysis, on one walk with
 * fields, and now and then on one with fields that changes nothing (a packet shown after the first pass), as the product does it.
 */

import { registerAll } from '../../dissectors/all.ts'
import { FieldRecorder } from '../../dissectors/core/recorder.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { fieldText } from '../../dissectors/core/values.ts'
import { FUEL, Stop, Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import { applyProfiles } from '../../dissectors/profile/table.ts'
import { createAnalyzer } from '../../main/analysis/analyzer.ts'
import { nodeCrypto } from '../../main/crypto-port.ts'
import type { Profile } from '../../shared/profile.ts'

export interface HostileBench {
  /** Walks one packet both ways; throws with words when the walk breaks one of its promises. `step`: ns since the packet before. */
  walk(bytes: Uint8Array, wire: number, linkType: number, step?: number): Stop
  /** Ends the analysis and makes its report: what was taken in must not break what goes out. */
  finish(): void
  readonly packets: number
}

export function hostileBench(profiles: readonly Profile[] = []): HostileBench {
  registerAll()
  const state = new StreamState(nodeCrypto)
  const analyzer = createAnalyzer({
    flows: state.flows,
    baseNanoseconds: 1_700_000_000_000_000_000n,
    interfaces: [{ id: 0, name: 'fuzz0', addresses: [] }],
    linkEvents: [],
    hasLinkLog: false,
  })
  const indexing = new Walk(state, null, analyzer)
  const recorder = new FieldRecorder()
  const fieldState = new StreamState(nodeCrypto)
  const recording = new Walk(fieldState, recorder, null)
  const showing = new Walk(state, recorder, null)
  for (const one of [state, fieldState]) applyProfiles(one, profiles)
  let packets = 0
  let time = 0
  const check = (walk: Walk): void => {
    if (walk.fuel < -64) throw new Error(`fuel overspent: ${FUEL - walk.fuel} of ${FUEL}`)
    if (walk.fuel < 0 && walk.stop === Stop.None) throw new Error('fuel used up without a stop reason')
    if (walk.memory !== 0) throw new Error('the walk did not come back to the frame')
  }
  const texts = (): void => {
    if (recorder.depthNow !== 0) throw new Error(`${recorder.depthNow} groups left open`)
    for (let i = 0; i < recorder.count; i++) {
      const source = recorder.sources[recorder.source[i] as number]
      if (source === undefined) throw new Error('a field points into no memory')
      fieldText(recorder, i)
    }
  }
  const begin = 3 // an offset that is not zero finds reads that forget where the frame begins
  return {
    walk(bytes, wire, linkType, step = 1e6) {
      const memory = new Uint8Array(bytes.length + begin + 7)
      memory.fill(0xa5)
      memory.set(bytes, begin)
      const end = begin + bytes.length
      const length = Math.max(wire, bytes.length)
      time += step
      indexing.start(memory, begin, end, length, packets, time, 0)
      dissectFrame(indexing, linkType)
      check(indexing)
      // as the index pass does it: what flows carried is what metrics and reports are made of
      if (indexing.flow >= 0) state.flows.count1(indexing.flow, indexing.direction, bytes.length, time, 0, indexing.hopLimit)
      recording.start(memory, begin, end, length, packets, time, 0)
      dissectFrame(recording, linkType)
      check(recording)
      texts()
      if (packets % 4 === 0) {
        state.frozen = true
        state.flowHint = indexing.flow
        state.directionHint = indexing.direction
        showing.start(memory, begin, end, length, packets, time, 0)
        dissectFrame(showing, linkType)
        state.frozen = false
        state.flowHint = -1
        check(showing)
        texts()
      }
      packets++
      return recording.stop
    },
    finish() {
      analyzer.finish(time)
      JSON.stringify(analyzer.report([], 'fuzz'))
    },
    get packets() {
      return packets
    },
  }
}

/** The packet as a hexdump, for the words of a failure and for the file that will remember it. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

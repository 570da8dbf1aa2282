/**
 * The hostile bench: everything a packet may do to the dissectors, measured on one walk with signals into the real analysis
 * and on one walk with fields, as the product does it.
 */

import { registerAll } from '../../dissectors/all.ts'
import { FieldRecorder } from '../../dissectors/core/recorder.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { fieldText } from '../../dissectors/core/values.ts'
import { FUEL, Stop, Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import { createAnalyzer } from '../../main/analysis/analyzer.ts'
import { nodeCrypto } from '../../main/crypto-port.ts'

export interface HostileBench {
  /** Walks one packet both ways; throws with words when the walk breaks one of its promises. */
  walk(bytes: Uint8Array, wire: number, linkType: number): Stop
  /** Ends the analysis and makes its report: what was taken in must not break what goes out. */
  finish(): void
  readonly packets: number
}

export function hostileBench(): HostileBench {
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
  let packets = 0
  const begin = 3 // an offset that is not zero finds reads that forget where the frame begins
  return {
    walk(bytes, wire, linkType) {
      const memory = new Uint8Array(bytes.length + begin + 7)
      memory.fill(0xa5)
      memory.set(bytes, begin)
      const end = begin + bytes.length
      const time = packets * 1e6
      indexing.start(memory, begin, end, Math.max(wire, bytes.length), packets, time, 0)
      dissectFrame(indexing, linkType)
      recording.start(memory, begin, end, Math.max(wire, bytes.length), packets, time, 0)
      dissectFrame(recording, linkType)
      packets++
      for (const walk of [indexing, recording]) {
        if (walk.fuel < -64) throw new Error(`fuel overspent: ${FUEL - walk.fuel} of ${FUEL}`)
        if (walk.fuel < 0 && walk.stop === Stop.None) throw new Error('fuel used up without a stop reason')
        if (walk.memory !== 0) throw new Error('the walk did not come back to the frame')
      }
      if (recorder.depthNow !== 0) throw new Error(`${recorder.depthNow} groups left open`)
      for (let i = 0; i < recorder.count; i++) {
        const source = recorder.sources[recorder.source[i] as number]
        if (source === undefined) throw new Error('a field points into no memory')
        fieldText(recorder, i)
      }
      return recording.stop
    },
    finish() {
      analyzer.finish(packets * 1e6)
      analyzer.report([], 'fuzz')
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

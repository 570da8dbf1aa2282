/**
 * T-TAG for plain TCP (threats.md 3, RFC 5961): somebody who cannot see a connection resets it by trying sequence numbers out. Counted are resets
 * of one direction with different numbers that are far from everything that end has sent; those of a real end are where its data ends, or repeat
 * what it was acknowledged. Data that is injected blindly is not counted: it would cost a look at every segment.
 * Bounded: MAX_CONNECTIONS connections with MAX_NUMBERS numbers each. Cost: resets only.
 */
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { CloseDetail } from '../../../../shared/signal-details.ts'
import { type Signal, UnitSpace } from '../../../../shared/signals.ts'
import { LightFlag, LightProtocol } from '../../sessions/light.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import { THRESHOLDS } from '../thresholds.ts'
import type { Surroundings } from '../watch.ts'

const MAX_CONNECTIONS = 1_000
const MAX_NUMBERS = 1_024
/** beyond the largest window that is in use without having been filled */
const FAR = 0x10_0000
const NEAR = 0x1_0000

interface Tries {
  /** sequence number tried: when, which row */
  numbers: Map<number, { time: number; row: number }>
  hopLimit: number
}

export class TcpGuessing {
  private readonly tries = new Map<number, Tries>()

  constructor(private readonly around: Surroundings) {}

  reset(signal: Signal, detail: CloseDetail): void {
    if (!detail.abrupt || signal.space !== UnitSpace.Seq || signal.flow < 0 || signal.time < THRESHOLDS.captureStart) return
    const { registry, flows } = this.around
    const { light } = registry
    const index = registry.lightOf(registry.sessionOfFlow(signal.flow))
    if (index < 0 || light.protocol[index] !== LightProtocol.Tcp || light.has(index, LightFlag.MidCapture)) return
    const side = light.has(index, LightFlag.InitiatorIsA) ? signal.direction : signal.direction ^ 1
    // Without data of that end its place in the numbers is not known.
    if ((light.payloadUnits[index * 2 + side] as number) === 0) return
    const away = Math.abs((signal.unit - (light.next[index * 2 + side] as number)) | 0)
    const at = signal.flow * 2 + signal.direction
    const known = this.tries.get(at)
    if (away > FAR && (light.payloadBytes[index * 2 + side] as number) < FAR) {
      const tries = known ?? { numbers: new Map(), hopLimit: signal.hopLimit }
      if (known === undefined) {
        if (this.tries.size >= MAX_CONNECTIONS) flows.forgotten.drop(this.tries, 'connections with odd resets')
        this.tries.set(at, tries)
      }
      tries.hopLimit = signal.hopLimit
      if (tries.numbers.size >= MAX_NUMBERS) dropOldest(tries.numbers)
      // Seen again it is an answer to something, not a guess.
      if (tries.numbers.has(signal.unit)) return
      tries.numbers.set(signal.unit, { time: signal.time, row: signal.row })
      this.judge(at, tries, signal, false)
    } else if (known !== undefined && away <= NEAR && Math.abs(known.hopLimit - signal.hopLimit) < 3) this.judge(at, known, signal, true)
  }

  private judge(at: number, tries: Tries, signal: Signal, hit: boolean): void {
    const recent = [...tries.numbers].filter(([, one]) => signal.time - one.time <= THRESHOLDS.guessTime)
    if (recent.length < THRESHOLDS.guessDistinct) return
    const { flows, ledger, registry } = this.around
    const source = flows.sender(at >> 1, at & 1)
    const victim = flows.receiver(at >> 1, at & 1)
    const rising = recent.every(([number], i) => i === 0 || ((number - (recent[i - 1] as [number, unknown])[0]) | 0) > 0)
    const [from, to] = [flows.addresses.text(source), flows.addresses.text(victim)]
    ledger.add({
      rule: 'T-TAG',
      severity: hit ? 'critical' : 'medium',
      confidence: confidence(60, {}, rising ? 10 : 0),
      time: signal.time,
      session: registry.sessionOfFlow(at >> 1),
      title: `Sequence numbers of the connection of ${to} with ${from} are tried out`,
      detail: `${recent.length} resets with different sequence numbers came to ${to} in the name of ${from} within ${THRESHOLDS.guessTime / 1e9} s, all far from what ${from} has sent${rising ? ', counting upwards' : ''}${hit ? '; then one that fits, over a path of the same length: the connection is reset' : ''}.`,
      claimant: source,
      victim,
      rows: [signal.row, ...recent.slice(0, 20).map(([, one]) => one.row)],
      checks: [
        ruledOut('a host that has restarted', 'it would answer with the numbers that it is sent, few and again and again'),
        ruledOut('a connection from before the capture', 'its beginning was seen'),
        check('the end itself resets its connection', false, 'the numbers are far from its data'),
      ],
      reference: referenceOf('T-TAG'),
      about: `tcp ${at}`,
    })
  }
}

/** An MPTCP connection as packets, for tests of rules that rest on single bits: two addresses of one host, keys known. */
import { address } from '../../../../dissectors/ip/emit.ts'
import { hex } from '../../../../dissectors/link/emit.ts'
import { mptcpOption } from '../../../../dissectors/mptcp/emit.ts'
import { deriveKey, joinHmac } from '../../../../dissectors/mptcp/keys.ts'
import { ACK, SYN, SYN_ACK, type TcpSegment } from '../../../../dissectors/tcp/emit.ts'
import { nodeCrypto } from '../../../../main/crypto-port.ts'
import { packet } from '../../../dissectors/tcp/bench.ts'
import { WireStage } from '../wire-stage.ts'

const [KA, KB] = [hex('0102030405060708'), hex('1112131415161718')] as [Uint8Array, Uint8Array]
const [NA, NB] = [0xa1a2a3a4, 0xb1b2b3b4] as [number, number]
export const [H1, H2, R] = ['2001:db8:a::10', '2001:db8:b::10', '2001:db8:f1::80'] as [string, string, string]
const token = deriveKey(nodeCrypto, 1, KB).token
export const wrong = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte))

/** A connection of H1 with R, and a join from H2 under address id 2. */
export class Pair {
  readonly stage = new WireStage()
  say(t: number, up: boolean, host: string, port: number, more: Partial<TcpSegment>): this {
    const [source, destination] = up ? [host, R] : [R, host]
    const [sourcePort, destinationPort] = up ? [port, 443] : [443, port]
    const segment = { source: address(source), destination: address(destination), sourcePort, destinationPort, flags: ACK, ...more }
    const numbers = { sequence: up ? 1001 : 5001, acknowledgment: up ? 5001 : 1001, ...segment }
    this.stage.packet(t, packet({ payload: new Uint8Array(0), ...numbers } as TcpSegment & Parameters<typeof packet>[0]), {
      hops: up ? 64 : 57,
    })
    return this
  }
  open(): this {
    this.say(0, true, H1, 30_000, { flags: SYN, sequence: 1000, acknowledgment: 0, options: [mptcpOption.capable(1, [])] })
    this.say(0.02, false, H1, 30_000, { flags: SYN_ACK, sequence: 5000, options: [mptcpOption.capable(1, [KB])] })
    return this.say(0.021, true, H1, 30_000, { options: [mptcpOption.capable(1, [KA, KB])] })
  }
  join(answer = (x: Uint8Array) => x, ack = (x: Uint8Array) => x, confirmed = true): this {
    const option = mptcpOption.joinSyn(token, NA, 2)
    this.say(1, true, H2, 31_000, { flags: SYN, sequence: 1000, acknowledgment: 0, options: [option] })
    const hmac = answer(joinHmac(nodeCrypto, 1, KB, KA, NB, NA))
    this.say(1.02, false, H2, 31_000, { flags: SYN_ACK, sequence: 5000, options: [mptcpOption.joinAnswer(hmac, NB, 0)] })
    this.say(1.021, true, H2, 31_000, { options: [mptcpOption.joinAck(ack(joinHmac(nodeCrypto, 1, KA, KB, NA, NB)))] })
    return confirmed ? this.say(1.04, false, H2, 31_000, {}) : this
  }
}

/** What runs above a plain connection says why it ends: that is what became of the connection. */
import { expect, it } from 'vitest'
import { keepalive, message } from '../../../dissectors/bgp/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { ACK, emitTcp, PSH_ACK, RST_ACK } from '../../../dissectors/tcp/emit.ts'
import { WireStage } from './wire-stage.ts'

const ENDS = ['192.0.2.1', '192.0.2.2'] as const
const PORTS = [40000, 179] as const

class Peers {
  readonly stage = new WireStage()
  private readonly next = [1000, 5000]

  send(seconds: number, side: 0 | 1, flags: number, payload: Uint8Array = new Uint8Array(0)): this {
    const [source, destination] = [ENDS[side], ENDS[1 - side] as string]
    const segment = emitTcp({
      source: Uint8Array.from(source.split('.').map(Number)),
      destination: Uint8Array.from(destination.split('.').map(Number)),
      sourcePort: PORTS[side],
      destinationPort: PORTS[1 - side] as number,
      sequence: this.next[side] as number,
      acknowledgment: this.next[1 - side] as number,
      flags,
      payload,
    })
    this.next[side] = (this.next[side] as number) + payload.length
    this.stage.packet(seconds, emitIpv4(segment, { source, destination, protocol: 6 }))
    return this
  }

  headline(): string | undefined {
    return this.stage.finish().sessions()[0]?.headline
  }
}

const running = (): Peers =>
  new Peers().send(0, 0, PSH_ACK, keepalive()).send(0.1, 1, ACK).send(1, 1, PSH_ACK, keepalive()).send(1.1, 0, ACK)
const CEASE = message(3, hex('06 04 00'))

it('a NOTIFICATION, whoever of the two tears the connection down afterwards', () => {
  const said = 'Ended on upA at 90.000 s by BGP NOTIFICATION from 192.0.2.2: Cease: Administratively reset'
  expect(running().send(90, 1, PSH_ACK, CEASE).headline()).toBe(said)
  expect(running().send(90, 1, PSH_ACK, CEASE).send(90.1, 0, RST_ACK).headline()).toBe(said)
})

it('without one the RST is all that is known', () => {
  expect(running().send(90, 0, RST_ACK).headline()).toBe('Ended on upA at 90.000 s by an RST from the initiator')
})

/** Captures that begin after a mobile node was bound: what its tunnel carried before the first update is the binding's, and dates a move. */
import { describe, expect, it } from 'vitest'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, join } from '../../../dissectors/link/emit.ts'
import {
  bindingAcknowledgement,
  bindingUpdate,
  emitMobility,
  mobilityHeader,
  mobilityOption,
  prefixOption,
} from '../../../dissectors/mipv6/emit.ts'
import { Option } from '../../../dissectors/mipv6/option-forms.ts'
import { Message } from '../../../dissectors/mipv6/wire.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { SessionReport } from '../../../shared/report.ts'
import { locators, marks, moves, WireStage } from './wire-stage.ts'

const [HOME, AGENT, CN] = ['2001:db8:40::10', '2001:db8:40::1', '2001:db8:c::80'] as const
const [A, B] = ['2001:db8:a::10', '2001:db8:b::10'] as const
const BEHIND = '2001:db8:40:100::5'
const FLAGS = { ack: 0x8000, home: 0x4000, router: 0x0400, proxy: 0x0200 }

const update = (careOf: string, sequence: number, flags = FLAGS.ack | FLAGS.home, options: Uint8Array[] = []) =>
  emitMobility(bindingUpdate(sequence, flags, 150, options), { source: careOf, destination: AGENT, home: HOME })
const answer = (careOf: string, status: number, sequence: number) =>
  emitMobility(bindingAcknowledgement(status, sequence, 150), { source: AGENT, destination: careOf, finalDestination: HOME })
const packet = (source: string, destination: string, n: number) => {
  const [sourcePort, destinationPort] = source === CN ? [7000, 4000] : [4000, 7000]
  return emitUdpPacket(join(bytes32(n), new Uint8Array(20)), { source, destination, sourcePort, destinationPort })
}
const tunnel = (source: string, destination: string, inner: Uint8Array) => emitIpv6(inner, { source, destination, nextHeader: 41 })

/** bytes of one unit */
const SIZE = 24
/** Units that each pair carried. */
const carried = (session: SessionReport) => session.pairs.map((p) => p.payloadBytes / SIZE)

let unit = 0
/** Ten units each way, 50 ms apart, through the tunnel to `careOf`. */
function data(stage: WireStage, from: number, careOf: string, mobile: string, anchor: string = AGENT): void {
  const at = { interface: careOf === A ? 0 : 1 }
  for (let i = 0; i < 10; i++) {
    stage.packet(from + i * 0.05, tunnel(careOf, anchor, packet(mobile, CN, unit++)), at)
    stage.packet(from + i * 0.05 + 0.02, tunnel(anchor, careOf, packet(CN, mobile, unit++)), at)
  }
}

describe('data through a tunnel before the first update that is seen', () => {
  it('a mobile router that moves: the move has a before, an outage and a cause', () => {
    const stage = new WireStage()
    const prefix = [prefixOption(Option.NetworkPrefix, '2001:db8:40:100::', 64)]
    data(stage, 0, A, BEHIND)
    stage.packet(2, update(B, 2, FLAGS.ack | FLAGS.home | FLAGS.router, prefix), { interface: 1 }).packet(2.02, answer(B, 0, 2))
    data(stage, 2.1, B, BEHIND)
    stage.finish(20)
    const session = stage.one('nemo')
    expect(session.opened % 100).toBe(0)
    expect(locators(session, 0)).toEqual([`${A} initial A1 - until 2.02`, `${B} signalled A0 BA came back`])
    expect(carried(session)).toEqual([20, 20])
    expect(moves(stage.analyzer.rehomings())).toEqual([`2.1 REHOMED both ${A},${AGENT} > ${B},${AGENT} peer 1650`])
    expect(marks(session)[0]).toBe('0 opened: already bound when the capture began')
    expect(stage.one('udp').headline).toBe(`Carried by ${session.id}, on its paths, from 0.000 s until the capture ended`)
  })

  it('a mobile node is known by its home address, also when the answer is the first that is seen', () => {
    for (const first of ['update', 'answer'] as const) {
      const stage = new WireStage()
      data(stage, 0, A, HOME)
      if (first === 'update') stage.packet(2, update(B, 2), { interface: 1 })
      stage.packet(2.02, answer(B, 0, 2), { interface: 1 })
      data(stage, 2.1, B, HOME)
      stage.finish(20)
      expect(moves(stage.analyzer.rehomings()), first).toEqual([expect.stringMatching(`2.1 REHOMED both ${A},${AGENT} > ${B},${AGENT}`)])
    }
  })

  it('a refused update moves nothing: the data stays where it was, and goes on there', () => {
    const stage = new WireStage()
    data(stage, 0, A, HOME)
    stage.packet(2, update(B, 2), { interface: 1 }).packet(2.02, answer(B, 129, 2), { interface: 1 })
    data(stage, 2.1, A, HOME)
    stage.finish(20)
    const session = stage.one('mipv6')
    expect([session.state, moves(stage.analyzer.rehomings())]).toEqual(['established', []])
    expect(locators(session, 0)).toEqual([`${A} initial A1 -`])
    expect(carried(session)).toEqual([40, 0])
  })

  it('an update that renews what the data used is no move', () => {
    const stage = new WireStage()
    data(stage, 0, A, BEHIND)
    stage.packet(2, update(A, 2)).packet(2.02, answer(A, 0, 2))
    data(stage, 2.1, A, BEHIND)
    stage.finish(20)
    const session = stage.one('mipv6')
    expect(moves(stage.analyzer.rehomings())).toEqual([])
    expect(carried(session)).toEqual([40])
  })

  it('tunnels of others at the same anchor, and data of long ago, are none of it', () => {
    const stage = new WireStage()
    data(stage, 0, A, HOME)
    data(stage, 700, A, '2001:db8:77::9')
    data(stage, 700, '2001:db8:d::1', HOME, '2001:db8:99::1')
    stage.packet(702, update(B, 2), { interface: 1 }).packet(702.02, answer(B, 0, 2), { interface: 1 })
    data(stage, 702.1, B, HOME)
    stage.finish(720)
    const session = stage.one('mipv6')
    expect(moves(stage.analyzer.rehomings())).toEqual([])
    expect(carried(session)).toEqual([20])
  })

  it('a proxy: the node’s prefix says which data of the gateways’ tunnels is its own; a prefix of length 0 says nothing', () => {
    const [one, two, anchor] = ['2001:db8:1::1', '2001:db8:2::1', '2001:db8:f::1']
    const name = mobilityOption(
      Option.NodeIdentifier,
      join(
        [1],
        Uint8Array.from('mn1@example', (c) => c.charCodeAt(0)),
      ),
    )
    const flags = FLAGS.ack | FLAGS.home | FLAGS.proxy
    const run = (asked: Uint8Array) => {
      const stage = new WireStage()
      data(stage, 0, one, '2001:db8:77:1::9', anchor)
      data(stage, 0, one, '2001:db8:77:2::9', anchor)
      stage.packet(2, emitMobility(bindingUpdate(2, flags, 100, [name, asked]), { source: two, destination: anchor }))
      const own = [name, prefixOption(Option.HomePrefix, '2001:db8:77:1::', 64)]
      const granted = mobilityHeader(Message.Acknowledgement, join([0, 0x20], bytes16(2), bytes16(100)), own)
      stage.packet(2.02, emitMobility(granted, { source: anchor, destination: two }))
      data(stage, 2.1, two, '2001:db8:77:1::9', anchor)
      stage.finish(20)
      return stage
    }
    for (const asked of [prefixOption(Option.HomePrefix, '2001:db8:77:1::', 64), prefixOption(Option.HomePrefix, '::', 0)]) {
      const stage = run(asked)
      expect(moves(stage.analyzer.rehomings())[0]).toMatch(`2.1 REHOMED both ${one},${anchor} > ${two},${anchor}`)
      expect(carried(stage.one('pmipv6'))).toEqual([20, 20])
    }
  })
})

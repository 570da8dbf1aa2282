/** A segment that is captured at several places of its way through a host, in tunnels and without, was sent once. */
import { expect, test } from 'vitest'
import { emitGtp } from '../../../dissectors/gtp/emit.ts'
import { address } from '../../../dissectors/ip/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { packet } from '../../dissectors/tcp/bench.ts'
import { WireStage } from './wire-stage.ts'

const segment = (sequence: number): Uint8Array =>
  packet({
    source: address('192.168.100.7'),
    destination: address('203.0.113.9'),
    sourcePort: 40_000,
    destinationPort: 443,
    flags: 0x10,
    sequence,
    acknowledgment: 1,
    payload: new Uint8Array(100),
  } as Parameters<typeof packet>[0])
const carried = (inner: Uint8Array, source: string, destination: string, teid: number): Uint8Array =>
  emitUdpPacket(emitGtp(inner, teid), { source, destination, sourcePort: 2152, destinationPort: 2152 })

function play(later: number): { retransmitted: number; payloadBytes: number } {
  const stage = new WireStage()
  for (let i = 0; i < 10; i++) {
    const inner = segment(1000 + i * 100)
    stage.packet(1 + i / 10, carried(inner, '172.24.0.46', '10.4.128.21', 1))
    stage.packet(1 + i / 10 + later, carried(inner, '10.4.128.21', '127.0.0.3', 2))
    stage.packet(1 + i / 10 + 2 * later, inner)
  }
  const [pair] = stage.finish(3).one('tcp').pairs
  return { retransmitted: pair?.retransmitted ?? -1, payloadBytes: pair?.payloadBytes ?? -1 }
}

test.each([
  { later: 0.0002, retransmitted: 0, payloadBytes: 1000 },
  { later: 0.03, retransmitted: 20, payloadBytes: 3000 },
])('copies $later s apart: $retransmitted sent again', ({ later, ...expected }) => expect(play(later)).toEqual(expected))

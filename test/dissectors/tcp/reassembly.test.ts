import { describe, expect, it } from 'vitest'
import { attribute, keepalive, message, open, update } from '../../../dissectors/bgp/emit.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { join } from '../../../dissectors/link/emit.ts'
import { emitTcp, PSH_ACK, SYN } from '../../../dissectors/tcp/emit.ts'
import { streams } from '../../../dissectors/tcp/reassembly.ts'
import type { RouteDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const A = Uint8Array.of(192, 0, 2, 1)
const B = Uint8Array.of(192, 0, 2, 2)

class Stream {
  readonly state = new StreamState(nodeCrypto)
  readonly packets: Uint8Array[] = []

  packet(sequence: number, payload: Uint8Array, reverse = false, flags: number = PSH_ACK): Uint8Array {
    const [source, destination] = reverse ? [B, A] : [A, B]
    const ports = reverse ? { sourcePort: 179, destinationPort: 50000 } : { sourcePort: 50000, destinationPort: 179 }
    const segment = emitTcp({ source, destination, ...ports, sequence, flags, payload })
    return emitIpv4(segment, { source: source.join('.'), destination: destination.join('.'), protocol: 6 })
  }

  /** Message types recorded, and prefixes signalled, for one segment of the first pass. */
  send(sequence: number, payload: Uint8Array, reverse = false, flags: number = PSH_ACK): [types: string[], prefixes: string[]] {
    const packet = this.packet(sequence, payload, reverse, flags)
    const seen = walkPacket(packet, { linkType: 101, state: this.state, row: this.packets.push(packet) - 1 })
    const routes = seen.signals.filter((s) => s.kind === SignalKind.Routed).map((s) => s.detail as RouteDetail)
    return [
      seen.values('bgp.type'),
      routes.flatMap((r) => r.announced.map((p) => `${p.path === null ? '' : `${p.path}@`}${p.prefix}/${p.length}`)),
    ]
  }

  /** Types recorded for each packet alone, last packet first. */
  again(): string[][] {
    this.state.frozen = true
    const out: string[][] = []
    for (let row = this.packets.length - 1; row >= 0; row--) {
      const seen = walkPacket(this.packets[row] as Uint8Array, { linkType: 101, state: this.state, row })
      out.unshift(seen.values('bgp.type'))
    }
    this.state.frozen = false
    return out
  }
}

const route = (third: number) => update({ attributes: attribute(0x40, 1, [0]), announced: [24, 10, 0, third] })

describe('messages across segments', () => {
  const bytes = join(route(1), route(2), keepalive())

  it('cut anywhere, each message is read once, in the packet that completes it', () => {
    for (let cut = 1; cut < bytes.length; cut++) {
      const stream = new Stream()
      const first = stream.send(1000, bytes.subarray(0, cut))
      const second = stream.send(1000 + cut, bytes.subarray(cut))
      expect([...first[0], ...second[0]], `cut at ${cut}`).toEqual(['2', '2', '4'])
      expect([...first[1], ...second[1]]).toEqual(['10.0.1.0/24', '10.0.2.0/24'])
      expect(stream.again(), `packets alone, cut at ${cut}`).toEqual([first[0], second[0]])
    }
  })

  it('one message over many segments', () => {
    const stream = new Stream()
    const types: string[][] = []
    for (let at = 0; at < bytes.length; at += 7) types.push(stream.send(1000 + at, bytes.subarray(at, at + 7))[0])
    expect(types.flat()).toEqual(['2', '2', '4'])
    expect(stream.again()).toEqual(types)
  })
})

describe('what a network does to a stream', () => {
  it('bytes seen again say nothing again', () => {
    const stream = new Stream()
    expect(stream.send(1, route(1))).toEqual([['2'], ['10.0.1.0/24']])
    expect(stream.send(1, route(1))).toEqual([[], []])
    const both = join(route(1), route(2))
    expect(stream.send(1, both)).toEqual([['2'], ['10.0.2.0/24']])
    expect(stream.again()).toEqual([['2'], [], ['2']])
  })

  it('behind a hole reading starts anew at a marker, and the late segment is read by itself', () => {
    const stream = new Stream()
    const one = route(1)
    const two = route(2)
    const three = route(3)
    stream.send(1, one)
    const tail = join(two.subarray(10), three)
    expect(stream.send(1 + one.length + 10 + 1000, tail)).toEqual([['2'], ['10.0.3.0/24']])
    expect(stream.again()).toEqual([['2'], ['2']])
    const late = new Stream()
    late.send(1, one)
    expect(late.send(1 + one.length + two.length, three)).toEqual([['2'], ['10.0.3.0/24']])
    expect(late.send(1 + one.length, two)).toEqual([['2'], ['10.0.2.0/24']])
    expect(late.again()).toEqual([['2'], ['2'], ['2']])
  })

  it('sequence numbers wrap', () => {
    const stream = new Stream()
    const bytes = join(route(1), route(2))
    expect(stream.send(0xfffffff0, bytes.subarray(0, 40))[0]).toEqual(['2'])
    expect(stream.send((0xfffffff0 + 40) >>> 0, bytes.subarray(40))).toEqual([['2'], ['10.0.2.0/24']])
  })

  it('a SYN with data, also by generators that forget that it takes a number', () => {
    for (const short of [0, 1]) {
      const stream = new Stream()
      expect(stream.send(1, route(1), false, SYN)[0]).toEqual(['2'])
      expect(stream.send(2 - short + route(1).length, route(2))).toEqual([['2'], ['10.0.2.0/24']])
    }
  })

  it('another protocol on the port is left alone', () => {
    const stream = new Stream()
    expect(stream.send(1, new TextEncoder().encode('GET / HTTP/1.1\r\nHost: example\r\n\r\n'))).toEqual([[], []])
    expect(stream.state.of(streams).pendingBytes).toBe(0)
  })
})

describe('what OPENs agree on', () => {
  const paths = [69, 4, 0, 1, 1, 3]
  const as4 = (as: number) => [65, 4, 0, 0, as >> 8, as & 255]

  it('additional paths and sizes of AS numbers', () => {
    const stream = new Stream()
    const mine = open(64500, [192, 0, 2, 1], [...as4(64500), ...paths])
    const theirs = open(64501, [192, 0, 2, 2], [...as4(64501), ...paths])
    stream.send(1, mine)
    stream.send(1, theirs, true)
    const announced = [0, 0, 0, 7, 24, 10, 0, 1]
    expect(stream.send(1 + mine.length, update({ attributes: attribute(0x40, 1, [0]), announced }))[1]).toEqual(['7@10.0.1.0/24'])
  })

  it('without them, a list that cannot be plain has path identifiers', () => {
    const stream = new Stream()
    const announced = [0, 0, 0, 1, 24, 10, 0, 1, 0, 0, 0, 2, 24, 10, 0, 2]
    expect(stream.send(1, update({ attributes: attribute(0x40, 1, [0]), announced }))[1]).toEqual(['1@10.0.1.0/24', '2@10.0.2.0/24'])
  })

  it('opens and closes a session', () => {
    const stream = new Stream()
    const seen: string[] = []
    const go = (bytes: Uint8Array, sequence: number, reverse: boolean) => {
      const result = walkPacket(stream.packet(sequence, bytes, reverse), { linkType: 101, state: stream.state, record: false })
      for (const s of result.signals)
        if (s.kind === SignalKind.Opening || s.kind === SignalKind.Opened || s.kind === SignalKind.Closed) {
          const detail = s.detail as { message: string; cause?: string | null }
          if (/^[A-Z]+$/.test(detail.message)) seen.push(`${s.kind} ${detail.message} ${s.direction} ${detail.cause ?? ''}`)
        }
    }
    const mine = open(64500, [192, 0, 2, 1])
    const theirs = open(64501, [192, 0, 2, 2])
    go(mine, 1, false)
    go(theirs, 1, true)
    go(keepalive(), 1 + mine.length, false)
    go(keepalive(), 1 + theirs.length, true)
    go(keepalive(), 20 + theirs.length, true)
    go(message(3, [6, 2]), 20 + mine.length, false)
    expect(seen).toEqual([
      `${SignalKind.Opening} OPEN 0 `,
      `${SignalKind.Opening} OPEN 1 `,
      `${SignalKind.Opened} KEEPALIVE 1 `,
      `${SignalKind.Closed} NOTIFICATION 0 Cease: Administratively shut down`,
    ])
  })
})

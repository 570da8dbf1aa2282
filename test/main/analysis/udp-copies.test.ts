/** Copies of UDP datagrams over several source addresses: what is one session that sends its data twice, and what are two hosts that say the same. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Stage } from './stage.ts'

interface Flow {
  to?: string
  /** source port of the second address */
  port?: number
  /** what the second address says of the i-th datagram, null nothing */
  second?: (i: number) => number | null
  first?: (i: number) => number | null
  lag?: number
  /** hop limits of the two */
  hops?: [number, number]
  /** each frame is in the capture twice */
  twice?: boolean
}

const different = (i: number): number => 77_000 + i * 13

function run({
  to = '203.0.113.10',
  port = 7000,
  first = different,
  second = different,
  lag = 0.01,
  hops = [64, 64],
  twice = false,
}: Flow) {
  const stage = new Stage()
  const v6 = to.includes(':')
  const sources = v6 ? ['2001:db8:a::10', '2001:db8:b::10'] : ['192.0.2.10', '198.51.100.10']
  const say = (t: number, path: number, unit: number | null): void => {
    if (unit === null) return
    const wire = {
      protocol: SignalProtocol.Udp,
      from: sources[path] as string,
      to,
      fromPort: path === 0 ? 7000 : port,
      toPort: 7001,
      interface: path,
      hops: hops[path],
    }
    stage.packet(t, wire).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit, span: 1, bytes: 200 })
  }
  const all: [number, number, number | null][] = []
  for (let i = 0; i < 80; i++) all.push([1 + i / 20, 0, first(i)], [1 + i / 20 + lag, 1, second(i)])
  all.sort((a, b) => a[0] - b[0])
  for (const [t, path, unit] of all) {
    say(t, path, unit)
    if (twice) say(t + 0.000_002, path, unit)
  }
  stage.finish()
  const { sessions } = stage.analyzer.report([], '0')
  expect(sessions.flatMap((s) => s.pairs.map((pair) => pair.retransmitted)).filter((count) => count !== 0)).toEqual([])
  return [sessions.length, sessions.some((s) => s.labels.includes('BICAST')), stage.analyzer.rehomings().length]
}

describe('copies over two source addresses', () => {
  const cases: [string, Flow, [sessions: number, bicast: boolean, moves: number]][] = [
    ['at once', {}, [1, true, 0]],
    ['in a capture that holds each frame twice', { twice: true }, [1, true, 0]],
    ['over IPv6, the second 200 ms later', { to: '2001:db8:f::80', lag: 0.2 }, [1, true, 0]],
    ['the first address loses 20 of them in a row', { first: (i) => (i > 30 && i <= 50 ? null : different(i)) }, [1, true, 0]],
    ['the second address begins late and ends early', { second: (i) => (i < 20 || i > 60 ? null : different(i)) }, [1, true, 0]],
    ['later than 500 ms they are none', { lag: 0.6 }, [2, false, 0]],
    ['other data from each address is load of its own', { second: (i) => different(i) + 1 }, [2, false, 0]],
    ['from other ports they are two conversations', { port: 7002 }, [2, false, 0]],
    ['the same words over and over may be those of two hosts', { first: () => 5, second: () => 5 }, [2, false, 0]],
    ['to a multicast group everybody may say the same', { to: '239.255.255.250' }, [2, false, 0]],
    ['caught before and behind a translator they are one datagram twice', { hops: [64, 63], lag: 0.001 }, [2, false, 0]],
    ['to an IPv6 group too', { to: 'ff02::c' }, [2, false, 0]],
    ['to the broadcast address too', { to: '255.255.255.255' }, [2, false, 0]],
  ]
  test.each(cases)('%s', (_name, flow, expected) => {
    expect(run(flow)).toEqual(expected)
  })
})

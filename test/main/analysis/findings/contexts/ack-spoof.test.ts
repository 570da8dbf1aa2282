/** T-ACKSPOOF of plain TCP, and its probable forms: what fires, what keeps quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import { Association, type Stage } from '../../stage.ts'
import { line } from '../scene.ts'
import { FULL, R, S, Tcp } from '../tcp-scene.ts'

const found = (stage: Stage): string[] => {
  stage.finish(60)
  return stage.analyzer
    .findings()
    .filter((f) => f.rule === 'T-ACKSPOOF')
    .map(line)
}

describe('plain TCP: before it was sent', () => {
  /** S has sent 1000 bytes; R acknowledges more, twice; then S sends that. */
  const lies = (times: number, ahead: number, later: number, one = new Tcp()): string[] => {
    one.send(1, 0, 1000).ack(1.04, 1000)
    for (let i = 0, at = 1000; i < times; i++, at += ahead) {
      one.ack(2 + i, at + ahead)
      for (let n = 0; n < ahead; n += 500) one.send(2 + i + later + n / 1e7, at + n, 500)
    }
    return found(one.stage)
  }
  test.each<[string, string[], string[]]>([
    ['twice, data follows', lies(2, 4000, 0.1), [`T-ACKSPOOF medium 85 @3 ${R} > ${S}`]],
    ['once is an accident', lies(1, 4000, 0.1), []],
    [
      'once, captured twice with another between',
      found(new Tcp().send(1, 0, 1000).ack(1.04, 1000).ack(2, 5000).ack(2.00001, 1000).ack(2.00003, 5000).send(2.1, 1000, 4000).stage),
      [],
    ],
    ['within 20 ms', lies(2, 4000, 0.019), []],
    ['on two interfaces, whose clocks may differ', lies(2, 4000, 0.5, new Tcp(true, 0, true)), []],
    ['a segment that the capture does not have', lies(2, 2500, 0.1), []],
    ['the data never follows: the capture lost it', found(new Tcp().send(1, 0, 1000).ack(2, 5000).ack(3, 9000).stage), []],
    [
      'what follows is later data',
      found(new Tcp().send(1, 0, 1000).ack(2, 5000).send(2.1, 5000).ack(3, 12_000).send(3.1, 12_000).stage),
      [],
    ],
    ['the capture counts lost packets', lies(2, 4000, 0.1, new Tcp(true, 3)), []],
    ['a connection from before the capture', lies(2, 4000, 0.1, new Tcp(false)), []],
    [
      'a FIN is one more than the data',
      found(
        new Tcp()
          .send(1, 0)
          .ack(1.04, FULL + 1)
          .send(2, FULL + 1).stage,
      ),
      [],
    ],
  ])('%s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })

  test('its sender bursts: high', () => {
    const one = new Tcp().send(1, 0, 1000).ack(1.04, 1000)
    for (const [t, at] of [
      [2, 1000],
      [2.5, 5000],
    ] as const) {
      one.ack(t, at + 4000)
      for (let n = 0; n < 4000; n += 500) one.send(t + 0.1 + n / 1e7, at + n, 500)
    }
    let at = 9000
    for (let trip = 0; trip < 6; trip++) {
      const count = 2 ** trip
      for (let i = 0; i < count; i++, at += FULL) one.send(3 + trip * 0.05 + i * 0.0001, at)
      one.ack(3.045 + trip * 0.05, at)
    }
    expect(found(one.stage)).toEqual([`T-ACKSPOOF high 85 @2.5 ${R} > ${S}`])
  })
})

describe('plain TCP: split acknowledgements', () => {
  /** Each of `count` segments is acknowledged in `parts` steps. */
  const parts = (count: number, steps: number, length = FULL): string[] => {
    const one = new Tcp().bulk(1, 0, 20, length).ack(1.06, 20 * length)
    for (let i = 0; i < count; i++) {
      const at = (20 + i) * length
      one.send(2 + i * 0.02, at, length)
      for (let n = 1; n <= steps; n++) one.ack(2.005 + i * 0.02 + n * 0.0005, at + Math.round((n * length) / steps))
    }
    return found(one.stage)
  }
  test.each<[string, string[], boolean]>([
    ['sixty segments, twelve for each', parts(60, 12), true],
    ['ten for each', parts(60, 10), false],
    ['two for each: delayed acknowledgements are off', parts(60, 2), false],
    ['too few', parts(45, 12), false],
    ['small messages', parts(200, 12, 200), false],
    ['segmentation offload: what is captured is cut into fifteen', parts(60, 15, 15 * FULL), false],
    ['the same, each of the fifteen acknowledged in twelve steps', parts(60, 180, 15 * FULL), true],
  ])('%s', (_name, told, fires) => {
    expect(told.map((one) => one.split(' @')[0])).toEqual(fires ? ['T-ACKSPOOF medium 45'] : [])
  })
})

describe('plain TCP: repeated acknowledgements', () => {
  const flood = (count: number, gap: number, away: number, hole = false, length = FULL): string[] => {
    const sent = 20 * length
    const one = new Tcp().bulk(1, 0, 20, length).ack(1.06, sent)
    one.bulk(2, sent, away, length)
    for (let i = 0; i < count; i++) one.ack(2.05 + i * gap, sent, hole ? [[sent + 2 * FULL, sent + 5 * FULL]] : [])
    return found(one.stage)
  }
  test.each<[string, string[], boolean]>([
    ['a hundred, nothing is on its way', flood(100, 0.001, 0), true],
    ['fifty', flood(50, 0.001, 0), false],
    ['a loss: each segment causes one', flood(100, 0.001, 100), false],
    ['a loss: each of what segmentation offload cuts a segment into causes one', flood(100, 0.001, 3, false, 33 * FULL), false],
    ['a hole is stated', flood(200, 0.001, 0, true), false],
    ['keep-alives', flood(200, 5, 0), false],
  ])('%s', (_name, told, fires) => {
    expect(told.map((one) => one.split(' @')[0])).toEqual(fires ? ['T-ACKSPOOF medium 46'] : [])
  })
})

describe('SCTP: sooner than the path allows', () => {
  /** Twenty units acknowledged after 40 ms, then twenty after `trip`. */
  const hurried = (trip: number, usual = 0.04, path = 0): string[] => {
    const a = new Association().open()
    for (let i = 0; i < 20; i++) a.data(1 + i * 0.1, 0, 0, i).sack(1 + i * 0.1 + usual, 1, 0, i)
    for (let i = 20; i < 40; i++) a.data(1 + i * 0.1, 0, path, i).sack(1 + i * 0.1 + trip, 1, path, i)
    return found(a.stage)
  }
  test.each<[string, string[], string[]]>([
    ['after 15 ms', hurried(0.015), ['T-ACKSPOOF low 45']],
    ['after 21 ms', hurried(0.021), []],
    ['a short path: a capture near the receiver', hurried(0.001, 0.004), []],
    ['another pair, which is shorter', hurried(0.015, 0.04, 1), []],
  ])('%s', (_name, told, expected) => {
    expect(told.map((one) => one.split(' @')[0])).toEqual(expected)
  })
})

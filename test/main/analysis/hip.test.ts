/** HIP associations as sessions: locators by claim and acceptance, moves of ESP, endings, and captures that begin in the middle. */
import { describe, expect, it } from 'vitest'
import { emitEsp } from '../../../dissectors/esp/emit.ts'
import {
  ack,
  DUMMY_MAC,
  espInfo,
  hipPacket,
  type LocatorParts,
  locatorSet,
  notification,
  parameter,
  seq,
  withChecksum,
} from '../../../dissectors/hip/emit.ts'
import { Packet, Parameter } from '../../../dissectors/hip/wire.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const I = '2001:21::1'
const R = '2001:21::2'
/** uplinks of the captured initiator, addresses of the responder, a stranger, a bystander */
const [A, B] = ['2001:db8:a::1', '2001:db8:b::1']
const [C, D] = ['2001:db8:c::9', '2001:db8:d::9']
const [X, V] = ['2001:db8:bad::66', '2001:db8:dead::99']

class Hip extends WireStage {
  /** next ESP sequence number by SPI */
  private readonly sequence = new Map<number, number>()
  spiI = 0x1111
  spiR = 0x2222

  control(seconds: number, from: string, to: string, type: number, ...parameters: Uint8Array[]): this {
    const ofI = from === A || from === B
    const bytes = hipPacket({ type, sender: ofI ? I : R, receiver: ofI ? R : I, parameters })
    return this.wire(seconds, from, to, 139, withChecksum(bytes, from, to))
  }

  opportunistic(seconds: number): this {
    return this.wire(seconds, A, C, 139, withChecksum(hipPacket({ type: Packet.I1, sender: I, receiver: '::' }), A, C))
  }

  wire(seconds: number, source: string, destination: string, nextHeader: number, bytes: Uint8Array): this {
    const onB = source === B || destination === B
    const near = source === A || source === B
    return this.packet(seconds, emitIpv6(bytes, { source, destination, nextHeader }), { interface: onB ? 1 : 0, hops: near ? 64 : 57 })
  }

  esp(seconds: number, from: string, to: string, sequence?: number): this {
    const spi = from === A || from === B ? this.spiR : this.spiI
    const next = sequence ?? (this.sequence.get(spi) ?? 0) + 1
    this.sequence.set(spi, next)
    return this.wire(seconds, from, to, 50, emitEsp(spi, next, new Uint8Array(80)))
  }

  /** Both ways every 50 ms. */
  both(from: number, to: number, i: string, r: string): this {
    for (let k = 0; from + k * 0.05 < to - 1e-9; k++) this.esp(from + k * 0.05, i, r).esp(from + k * 0.05 + 0.01, r, i)
    return this
  }

  exchange(seconds = 0): this {
    this.control(seconds, A, C, Packet.I1).control(seconds + 0.02, C, A, Packet.R1)
    this.control(seconds + 0.021, A, C, Packet.I2, espInfo(0, this.spiI), DUMMY_MAC)
    return this.control(seconds + 0.04, C, A, Packet.R2, espInfo(0, this.spiR), DUMMY_MAC)
  }

  /** The three packets of a readdress (RFC 8046 section 3.2.1). */
  readdress(seconds: number, from: string, to: string, id: number, set: LocatorParts[], oldSpi: number, newSpi: number): this {
    this.control(seconds, from, to, Packet.Update, espInfo(oldSpi, newSpi), locatorSet(...set), seq(id), DUMMY_MAC)
    this.control(seconds + 0.02, to, from, Packet.Update, seq(id + 100), ack(id), echo(id), DUMMY_MAC)
    return this.control(seconds + 0.021, from, to, Packet.Update, ack(id + 100), echoed(id), DUMMY_MAC)
  }
}

const echo = (n: number): Uint8Array => parameter(Parameter.EchoRequestSigned, [1, 2, 3, n & 0xff])
const echoed = (n: number): Uint8Array => parameter(Parameter.EchoResponseSigned, [1, 2, 3, n & 0xff])

describe('an association', () => {
  it('opens with R2, goes by its HITs, and closes with CLOSE_ACK', () => {
    const hip = new Hip().exchange().both(0.1, 0.5, A, C)
    hip.control(1, A, C, Packet.Close, echo(1), DUMMY_MAC).control(1.02, C, A, Packet.CloseAck, echoed(1), DUMMY_MAC).finish()
    const session = hip.one('hip')
    expect({
      facts: [session.class, session.identity, session.state, session.midCapture, session.labels, session.headline],
      identifiers: [identifiers(session, 0), identifiers(session, 1)],
      locators: [locators(session, 0), locators(session, 1)],
      marks: marks(session),
      pairs: session.pairs.map((p) => [p.initiator, p.responder, p.initiatorPort, p.verified]),
    }).toEqual({
      facts: ['identity-element', 'persistent', 'closed', false, ['SINGLE'], 'Stayed on upA; no second path'],
      identifiers: [
        [`hit ${I}`, 'spi 0x00001111'],
        [`hit ${R}`, 'spi 0x00002222'],
      ],
      locators: [[`${A} initial A1 base exchange`], [`${C} initial A1 base exchange`]],
      marks: [
        '0 opened: I1 sent by the initiator',
        '0.02 opened: R1 sent by the responder',
        '0.021 opened: I2 sent by the initiator',
        '0.04 opened: R2 sent by the responder',
        '0.04 verified: base exchange',
        '1 closed: CLOSE',
        '1.02 closed: CLOSE_ACK',
      ],
      pairs: [[A, C, null, 'base exchange']],
    })
  })

  it('is opportunistic when the initiator did not know whom it asked', () => {
    const hip = new Hip().opportunistic(0)
    hip.control(0.02, C, A, Packet.R1).control(0.021, A, C, Packet.I2, espInfo(0, 1), DUMMY_MAC)
    hip.control(0.04, C, A, Packet.R2, espInfo(0, 2), DUMMY_MAC).finish()
    const session = hip.one('hip')
    expect([session.identity, identifiers(session, 1)]).toEqual(['opportunistic', [`hit ${R}`, 'spi 0x00000002']])
  })

  it('that is answered but never completed says so, and has failed after a minute', () => {
    const hip = new Hip().control(0, A, C, Packet.I1).control(0.02, C, A, Packet.R1).finish(100)
    const session = hip.one('hip')
    expect([session.state, session.headline]).toEqual(['failed', 'Never came up on upA: tried since 0.000 s, answered but never completed'])
  })

  it('of which only answers are captured is not said to have failed to come up', () => {
    const hip = new Hip().control(0.02, C, A, Packet.R1).finish(100)
    expect(hip.one('hip').headline).toMatch(
      /^Not seen to come up on upA: .*, answered, but nothing that its initiator sent is in the capture$/,
    )
  })

  const ending = (name: string, end: (hip: Hip) => Hip, state: string): void =>
    it(name, () => {
      const hip = end(new Hip().exchange().both(0.1, 0.5, A, C))
      hip.finish()
      expect(hip.one('hip').state).toBe(state)
    })
  ending(
    'is not closed by a CLOSE that nothing authenticates',
    (h) => h.control(1, C, A, Packet.Close, echo(1)).both(2, 2.2, A, C),
    'established',
  )
  ending('goes on when data follows a CLOSE', (h) => h.control(1, C, A, Packet.Close, echo(1), DUMMY_MAC).both(2, 2.2, A, C), 'established')
  ending('is not closed by a CLOSE_ACK that answers nothing', (h) => h.control(1, C, A, Packet.CloseAck, echoed(1), DUMMY_MAC), 'closing')
  ending('is over when it was silent for 15 minutes', (h) => h.finish(1000) as Hip, 'closed')
  ending(
    'is over when a fatal NOTIFY is followed by silence',
    (h) => h.control(1, C, A, Packet.Notify, notification(24), DUMMY_MAC).finish(70) as Hip,
    'closed',
  )
  ending(
    'goes on when anybody could have sent the NOTIFY',
    (h) => h.control(1, C, A, Packet.Notify, notification(24)).finish(70) as Hip,
    'established',
  )

  it('that is set up anew is another session in place of the first', () => {
    const hip = new Hip().exchange().both(0.1, 0.5, A, C)
    hip.control(5, A, C, Packet.I1).both(5.01, 5.1, A, C)
    expect(hip.sessions().map((s) => s.state)).toEqual(['established'])
    hip.control(5.2, C, A, Packet.R1).control(5.21, A, C, Packet.I2, espInfo(0, 0x3333), DUMMY_MAC)
    hip.control(5.22, C, A, Packet.R2, espInfo(0, 0x4444), DUMMY_MAC).finish()
    expect(hip.sessions().map((s) => [s.id, s.state, s.replaces, s.replacedBy])).toEqual([
      ['s1', 'closed', null, 's2'],
      ['s2', 'established', 's1', null],
    ])
  })
})

describe('a move', () => {
  it('by readdress: claimed, accepted, verified, then data; the peer that fell silent dates the outage', () => {
    const hip = new Hip().exchange().both(0.1, 2, A, C)
    // the uplink is dead, the host goes on sending for a second
    for (let k = 0; k < 20; k++) hip.esp(2 + k * 0.05, A, C)
    hip.readdress(3.1, B, C, 1, [{ address: B, spi: 0x3333, preferred: true }], 0x1111, 0x3333)
    hip.spiI = 0x3333
    hip.both(3.2, 6, B, C).finish(20)
    const session = hip.one('hip')
    expect({
      moves: moves(hip.analyzer.rehomings()),
      locators: [locators(session, 0), locators(session, 1)],
      identifiers: identifiers(session, 0),
      marks: marks(session).slice(5),
    }).toEqual({
      moves: [`3.2 REHOMED both ${A},${C} > ${B},${C} transport 1250`],
      locators: [[`${A} initial A1 base exchange until 3.1`, `${B} signalled A3u echo answered`], [`${C} initial A1 base exchange`]],
      identifiers: [`hit ${I}`, 'spi 0x00003333'],
      marks: [
        '3.1 other: UPDATE, ESP_INFO: SPI 0x00003333 in place of 0x00001111',
        `3.1 claimed: UPDATE, LOCATOR_SET names ${B}`,
        `3.1 withdrawn: UPDATE, LOCATOR_SET leaves out ${A}`,
        `3.1 preferred: UPDATE, LOCATOR_SET: prefers ${B}`,
        `3.12 claimed: UPDATE: ACK accepts ${B}`,
        `3.12 withdrawn: UPDATE: ACK accepts that ${A} goes`,
        '3.12 probed: UPDATE: ECHO_REQUEST sent',
        '3.121 verified: UPDATE, ECHO_RESPONSE: the address is reachable',
        '3.2 rehomed: Moved from upA to upB at 3.200 s when upA fell silent (1.25 s without delivery)',
      ],
    })
  })

  it('of the responder is told by its claim', () => {
    const hip = new Hip().exchange().both(0.1, 3, A, C)
    hip.readdress(3.1, D, A, 1, [{ address: D, spi: 0x4444, preferred: true }], 0x2222, 0x4444)
    hip.spiR = 0x4444
    hip.both(3.2, 6, A, D).finish(20)
    expect([moves(hip.analyzer.rehomings()), locators(hip.one('hip'), 1)]).toEqual([
      [`3.2 REHOMED both ${A},${C} > ${A},${D} peer 250`],
      [`${C} initial A1 base exchange until 3.1`, `${D} signalled A3u echo answered`],
    ])
  })

  it('is none when only the SPIs change, or packets are repeated', () => {
    const hip = new Hip().exchange().both(0.1, 3, A, C)
    hip.control(3.1, A, C, Packet.Update, espInfo(0x1111, 0x3333), seq(1), DUMMY_MAC)
    hip.control(3.12, C, A, Packet.Update, espInfo(0x2222, 0x4444), seq(7), ack(1), DUMMY_MAC)
    hip.spiI = 0x3333
    hip.spiR = 0x4444
    hip.both(3.2, 6, A, C)
    // copies from elsewhere of what was sent before
    for (let n = 1; n < 20; n++) hip.esp(6 + n * 0.05, X, A, n)
    hip.both(7.5, 8, A, C).finish(30)
    const session = hip.one('hip')
    expect([hip.analyzer.rehomings(), session.labels, locators(session, 1)]).toEqual([[], ['SINGLE'], [`${C} initial A1 base exchange`]])
  })

  it('to an address that the peer accepted but never tested: a locator, not verified', () => {
    const hip = new Hip().exchange().both(0.1, 3, A, C)
    hip.control(3.1, C, A, Packet.Update, espInfo(0x2222, 0x2222), locatorSet({ address: V, preferred: true }), seq(40), DUMMY_MAC)
    hip.control(3.11, A, C, Packet.Update, ack(40), DUMMY_MAC)
    for (let k = 0; k < 60; k++) hip.esp(3.2 + k * 0.05, A, V)
    hip.finish(20)
    expect([moves(hip.analyzer.rehomings()), locators(hip.one('hip'), 1)]).toEqual([
      [`3.2 REHOMED initiator-to-responder ${A},${C} > ${A},${V} peer 250`],
      [`${C} initial A1 base exchange until 3.1`, `${V} signalled A3u -`],
    ])
  })

  it.each([
    ['the same SPI announced by both ends', 0x2222, 0x2222],
    ["a stack that sends with its own SPI instead of its peer's", 0x1111, 0x2222],
  ])('%s: the data of each direction counts', (_, announced, used) => {
    const hip = new Hip()
    hip.spiI = announced
    hip.exchange()
    hip.spiI = used
    for (let n = 1; n <= 20; n++) hip.esp(0.1 + n * 0.05, A, C, n).esp(0.11 + n * 0.05, C, A, n)
    hip.finish(20)
    const bytes = hip.one('hip').pairs.reduce((sum, pair) => sum + (pair.payloadBytes ?? 0), 0)
    expect(bytes / (80 + 8)).toBe(40)
  })

  it('a claim that is old, or that nobody accepts, makes no locator', () => {
    const hip = new Hip().exchange().both(0.1, 1, A, C)
    hip.readdress(1, C, A, 7, [{ address: C, preferred: true }], 0x2222, 0x2222)
    hip.control(2, X, A, Packet.Update, espInfo(0x2222, 0x2222), locatorSet({ address: X, preferred: true }), seq(3), DUMMY_MAC)
    hip.both(2.1, 4, A, C).finish(20)
    const session = hip.one('hip')
    expect([locators(session, 1), hip.analyzer.rehomings(), session.pairs.length]).toEqual([[`${C} initial A3u base exchange`], [], 1])
    expect(marks(session)).toContain('2 other: UPDATE: update id 3 is older than 7')
  })
})

describe('a capture that begins in the middle', () => {
  it('takes ESP that ran under no name for the association that names it, and sees the move', () => {
    const hip = new Hip().both(0, 2, A, C)
    hip.readdress(3.1, B, C, 1, [{ address: B, spi: 0x3333, preferred: true }], 0x1111, 0x3333)
    hip.control(3.15, C, B, Packet.Update, espInfo(0x2222, 0x2222), seq(150), DUMMY_MAC)
    hip.spiI = 0x3333
    hip.both(3.2, 6, B, C).finish(20)
    const session = hip.one('hip')
    expect({
      sessions: hip.sessions().map((s) => s.protocol),
      facts: [session.midCapture, session.state],
      identifiers: [identifiers(session, 0), identifiers(session, 1)],
      moved: hip.analyzer.rehomings().map((r) => [r.direction, r.moved, r.to.interface]),
    }).toEqual({
      sessions: ['hip'],
      facts: [true, 'established'],
      identifiers: [expect.arrayContaining([`hit ${I}`]), expect.arrayContaining([`hit ${R}`])],
      moved: [['both', 'initiator', 'upB']],
    })
  })

  it('makes no session up of a single UPDATE', () => {
    const hip = new Hip().control(0, A, C, Packet.Update, seq(1), DUMMY_MAC).finish(20)
    const session = hip.one('hip')
    expect([session.state, session.midCapture, identifiers(session, 0)]).toEqual(['opening', true, [`hit ${I}`]])
  })
})

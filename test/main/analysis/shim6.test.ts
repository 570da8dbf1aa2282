/** Shim6 contexts as sessions: plain data before and between, locator lists, REAP, moves by direction, contexts known by their tags alone. */
import { describe, expect, it } from 'vitest'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import {
  i1,
  i2,
  keepalive,
  locatorList,
  locatorPreferences,
  payloadHeader,
  probe,
  type Report,
  r1,
  r2,
  ulidPair,
  updateAcknowledgement,
  updateRequest,
  validator,
} from '../../../dissectors/shim6/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const [A, B] = ['2001:db8:a::1', '2001:db8:b::1']
const [C, D] = ['2001:db8:c::9', '2001:db8:d::9']
const [X, V] = ['2001:db8:bad::66', '2001:db8:dead::99']
/** tags that packets to the initiator and to the responder carry */
const TAG_I = 0x1111_2222_3333
const TAG_R = 0x4444_5555_6666
const NONCE = 0xdeadbeef
const [OPERATIONAL, EXPLORING, INBOUND_OK] = [0, 1, 2]
const UDP = 17
const SHIM6 = 140
const check = validator(new Uint8Array(20))
/** HBA as the method, with no parameters to check it by */
const listOf = (generation: number, ...addresses: string[]): Uint8Array =>
  locatorList(generation, ...addresses.map((address) => ({ address, method: 1 })))

class Shim6 extends WireStage {
  private n = 0

  put(seconds: number, source: string, destination: string, nextHeader: number, bytes: Uint8Array): this {
    const onB = source === B || destination === B
    const near = source === A || source === B
    return this.packet(seconds, emitIpv6(bytes, { source, destination, nextHeader }), { interface: onB ? 1 : 0, hops: near ? 64 : 57 })
  }

  control(seconds: number, source: string, destination: string, bytes: Uint8Array): this {
    return this.put(seconds, source, destination, SHIM6, bytes)
  }

  /** Without a header between the ULIDs A and C, else with the tag. */
  data(seconds: number, source: string, destination: string): this {
    const ofI = source === A || source === B
    const ports = ofI ? { sourcePort: 40000, destinationPort: 7000 } : { sourcePort: 7000, destinationPort: 40000 }
    const datagram = emitUdp(new TextEncoder().encode(`payload ${this.n++} `.repeat(4)), ports)
    const plain = (source === A && destination === C) || (source === C && destination === A)
    if (plain) return this.put(seconds, source, destination, UDP, datagram)
    return this.put(seconds, source, destination, SHIM6, payloadHeader(UDP, ofI ? TAG_R : TAG_I, datagram))
  }

  both(from: number, to: number, i: string, r: string): this {
    for (let k = 0; from + k * 0.05 < to - 1e-9; k++) this.data(from + k * 0.05, i, r).data(from + k * 0.05 + 0.01, r, i)
    return this
  }

  oneWay(from: number, to: number, source: string, destination: string, gap = 0.5): this {
    for (let k = 0; from + k * gap < to - 1e-9; k++) this.data(from + k * gap, source, destination)
    return this
  }

  establish(seconds: number): this {
    this.control(seconds, A, C, i1(TAG_I, NONCE)).control(seconds + 0.01, C, A, r1(NONCE, 1, check))
    this.control(seconds + 0.02, A, C, i2(TAG_I, NONCE, 1, check, listOf(1, A, B)))
    return this.control(seconds + 0.03, C, A, r2(TAG_R, NONCE, listOf(1, C, D)))
  }

  probe(seconds: number, source: string, destination: string, state: number, nonce: number, received: Report[] = []): this {
    const tag = source === A || source === B ? TAG_R : TAG_I
    return this.control(seconds, source, destination, probe(tag, state, [{ source, destination, nonce }], received))
  }

  update(seconds: number, source: string, destination: string, nonce: number, acknowledged: boolean, ...options: Uint8Array[]): this {
    const [to, from] = source === A || source === B ? [TAG_R, TAG_I] : [TAG_I, TAG_R]
    this.control(seconds, source, destination, updateRequest(to, nonce, ...options))
    return acknowledged ? this.control(seconds + 0.01, destination, source, updateAcknowledgement(from, nonce)) : this
  }
}

/** The responder hears nothing on A, C and moves what it sends to B; what the initiator sends arrives as before. */
function oneDirectionMoved(): Shim6 {
  const shim = new Shim6().both(0, 1, A, C).establish(1).both(1.1, 4, A, C).oneWay(4, 19, A, C)
  shim.probe(19, A, C, EXPLORING, 1)
  shim.probe(19.1, C, B, INBOUND_OK, 2, [{ source: A, destination: C, nonce: 1 }])
  shim.probe(19.2, A, C, OPERATIONAL, 3, [{ source: C, destination: B, nonce: 2 }])
  for (let k = 0; k < 60; k++) shim.data(19.3 + k * 0.05, A, C).data(19.31 + k * 0.05, C, B)
  shim.finish(40)
  return shim
}

describe('a context', () => {
  it('takes the data that went between its ULIDs, and is the parent of the session it carries', () => {
    const shim = new Shim6().both(0, 2, A, C).establish(2).both(2.1, 4, A, C).finish()
    const session = shim.one('shim6')
    expect({
      facts: [session.class, session.identity, session.state, session.labels, session.headline],
      identifiers: [identifiers(session, 0), identifiers(session, 1)],
      locators: [locators(session, 0), locators(session, 1)],
      sessions: shim.sessions().map((s) => [s.protocol, s.parent ?? null]),
      marks: marks(session),
    }).toEqual({
      facts: [
        'identity-element',
        'ephemeral',
        'established',
        ['SINGLE'],
        'Stayed on upA; 2 further addresses were named and not seen in use',
      ],
      identifiers: [
        [`ulid ${A}`, 'context-tag 0x111122223333'],
        [`ulid ${C}`, 'context-tag 0x444455556666'],
      ],
      locators: [
        [`${A} initial A4u establishment`, `${B} listed A4u -`],
        [`${C} initial A4u establishment`, `${D} listed A4u -`],
      ],
      sessions: [
        ['udp', 's2'],
        ['shim6', null],
      ],
      marks: [
        '2 opened: I1 sent by the initiator',
        '2.01 opened: R1 sent by the responder',
        '2.02 opened: I2 sent by the initiator',
        `2.02 claimed: I2, Locator List names ${B}`,
        '2.03 opened: R2 sent by the responder',
        '2.03 verified: establishment',
        `2.03 claimed: R2, Locator List names ${D}`,
      ],
    })
  })

  it('that is never completed makes no locators of what it lists', () => {
    const shim = new Shim6().control(0, X, A, i1(9, 8, ulidPair(C, A))).control(0.01, A, X, r1(8, 7, check))
    shim.control(0.02, X, A, i2(9, 8, 7, check, ulidPair(C, A), listOf(1, C, X))).finish(100)
    const session = shim.one('shim6')
    expect([session.state, locators(session, 0), locators(session, 1)]).toEqual(['failed', [`${X} initial A4u -`], [`${A} initial A1 -`]])
  })
})

describe('REAP', () => {
  it('moves both directions: the silence before it is the outage, its first probe the detection', () => {
    const shim = new Shim6().both(0, 1, A, C).establish(1).both(1.1, 4, A, C).oneWay(4, 19, A, C)
    shim.probe(19, A, C, EXPLORING, 1).probe(19.5, B, D, EXPLORING, 2)
    shim.probe(19.52, D, B, INBOUND_OK, 3, [{ source: B, destination: D, nonce: 2 }])
    shim.probe(19.53, B, D, OPERATIONAL, 4, [{ source: D, destination: B, nonce: 3 }])
    shim.both(19.6, 23, B, D).finish(40)
    const session = shim.one('shim6')
    const [move] = shim.analyzer.rehomings()
    expect({
      moves: moves(shim.analyzer.rehomings()),
      words: session.headline,
      detection: Math.round(move?.metrics.detection?.value ?? -1),
      verified: [move?.verifiedBefore, locators(session, 0)[1], locators(session, 1)[1]],
      inside: shim.sessions().map((s) => s.protocol),
    }).toEqual({
      moves: [`19.6 REHOMED both ${A},${C} > ${B},${D} heartbeat 15650`],
      words: 'Moved from upA to upB at 19.600 s when REAP had heard nothing for 15.0 s (15.7 s without delivery)',
      detection: 15000,
      verified: [true, `${B} listed A4u probe reported`, `${D} listed A4u probe reported`],
      inside: ['udp', 'shim6'],
    })
  })

  it('carries the session of its ULIDs: that one stays on no path of its own, and its bytes are no fewer than its payload', () => {
    const shim = oneDirectionMoved()
    const udp = shim.sessions().find((session) => session.protocol === 'udp')
    const context = shim.sessions().find((session) => session.protocol === 'shim6')
    expect(udp?.parent).toBe(context?.id)
    expect(udp?.headline).toMatch(new RegExp(`^Carried by ${context?.id}, on its paths, from 0.000 s`))
    expect(udp?.pairs[0]?.bytes).toBeGreaterThan(udp?.pairs[0]?.payloadBytes ?? Number.POSITIVE_INFINITY)
  })

  it('moves one direction alone when only that has failed', () => {
    const shim = oneDirectionMoved()
    expect(moves(shim.analyzer.rehomings())).toEqual([`19.31 REHOMED responder-to-initiator ${A},${C} > ${B},${C} heartbeat 15350`])
  })

  it('is quiet while data and keepalives go', () => {
    const shim = new Shim6().establish(0).both(0.1, 1, A, C)
    for (let k = 0; k < 20; k++) shim.oneWay(1 + k * 3, 4 + k * 3, A, C).control(4 + k * 3 - 0.1, C, A, keepalive(TAG_I))
    shim.finish(90)
    expect([shim.analyzer.rehomings(), shim.one('shim6').headline]).toEqual([
      [],
      'Stayed on upA; 2 further addresses were named and not seen in use',
    ])
  })
})

describe('a locator list', () => {
  it('counts when it is acknowledged, and takes back what it leaves out', () => {
    const shim = new Shim6().establish(0).both(0.1, 1, A, C)
    shim.update(1, A, C, 77, true, listOf(2, A, V)).both(1.1, 2, A, C)
    shim
      .update(2, A, C, 78, false, listOf(3, A, X))
      .both(2.1, 3, A, C)
      .finish(10)
    expect(locators(shim.one('shim6'), 0)).toEqual([`${A} initial A4u establishment`, `${B} listed A4u - until 1`, `${V} signalled A4u -`])
  })

  it('with a preference moves a session whose path still works', () => {
    const shim = new Shim6().establish(0).both(0.1, 3, A, C)
    shim
      .update(3, C, A, 77, true, listOf(2, C, D), locatorPreferences(2, 3, [1, 9, 0], [0, 1, 10]))
      .both(3.1, 6, A, D)
      .finish(20)
    expect(moves(shim.analyzer.rehomings())).toEqual([`3.1 REHOMED both ${A},${C} > ${A},${D} peer 150`])
    expect(marks(shim.one('shim6'))).toContain(`3 preferred: Locator Preferences, priority 1: prefers ${D}`)
  })
})

describe('a context that comes late', () => {
  it('over other locators, because the ULIDs had failed: the move is from them', () => {
    const shim = new Shim6().both(0, 2, A, C).oneWay(2, 4, A, C, 0.1)
    const ulids = ulidPair(A, C)
    shim.control(4, B, D, i1(TAG_I, NONCE, ulids)).control(4.01, D, B, r1(NONCE, 1, check))
    shim.control(4.02, B, D, i2(TAG_I, NONCE, 1, check, ulids, listOf(1, A, B))).control(4.03, D, B, r2(TAG_R, NONCE, listOf(1, C, D)))
    shim.both(4.1, 7, B, D).finish(20)
    expect(moves(shim.analyzer.rehomings())).toEqual([
      expect.stringMatching(/^4.1 REHOMED both .*2001:db8:b::1,2001:db8:d::9 transport 21[45]0$/),
    ])
    expect(shim.sessions().map((s) => s.protocol)).toEqual(['udp', 'shim6'])
  })
})

describe('a capture that begins in the middle', () => {
  it('knows a context by its two tags, and sees it move', () => {
    const shim = new Shim6().both(0, 3, B, D)
    shim
      .update(3.1, B, D, 77, true, listOf(2, A, B))
      .both(3.2, 6, A, D)
      .finish(20)
    const session = shim.one('shim6')
    expect([session.midCapture, session.state, identifiers(session, 0), identifiers(session, 1)]).toEqual([
      true,
      'established',
      ['context-tag 0x....22223333'],
      ['context-tag 0x....55556666'],
    ])
    expect(shim.analyzer.rehomings().map((r) => [r.direction, r.from.initiator, r.to.initiator])).toEqual([['both', B, A]])
  })

  it('makes no contexts of guessed tags', () => {
    const shim = new Shim6()
    const datagram = emitUdp(new Uint8Array(40), { sourcePort: 1, destinationPort: 2 })
    for (let n = 0; n < 200; n++) shim.put(n * 0.02, X, A, SHIM6, payloadHeader(UDP, 1000 + n * 7919, datagram))
    shim.finish(20)
    expect(shim.sessions().filter((s) => s.protocol === 'shim6')).toEqual([])
  })
})

/** ILNP sessions: nonces open them, locator updates and nonces move them, and what carries neither moves nothing. */
import { describe, expect, it } from 'vitest'
import { emitIlnpUdp, emitLocatorUpdate } from '../../../dissectors/ilnp/emit.ts'
import { identifiers, locators, marks, moves, WireStage } from './wire-stage.ts'

const [NX, NY] = ['5e1e:d64d:a35a:e3ba', '8a3e:1cf8:be84:7182']
const [A, B] = [`2001:db8:a:1:${NX}`, `2001:db8:b:1:${NX}`]
const [Y, Z] = [`2001:db8:f1:1:${NY}`, `2001:db8:f2:1:${NY}`]
const V = `2001:db8:dead:1:${NY}`
const NONCE = { x: Uint8Array.of(0x8d, 0xeb, 0x53, 0x91), y: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0xf4, 0xdc, 0xb5, 0x0d) }
const WRONG = Uint8Array.of(9, 9, 9, 9)

type Locator = readonly [string, number, number]

class Ilnp extends WireStage {
  private n = 0

  private put(seconds: number, source: string, destination: string, bytes: Uint8Array): this {
    const onB = source === B || destination === B
    return this.packet(seconds, bytes, { interface: onB ? 1 : 0, hops: source === A || source === B ? 64 : 57 })
  }

  data(seconds: number, source: string, destination: string, nonce?: Uint8Array): this {
    const bytes = new TextEncoder().encode(`payload ${this.n++} `.repeat(4))
    const ofX = source.endsWith(NX)
    const ends = { source, destination, ...(nonce === undefined ? {} : { nonce }) }
    return this.put(seconds, source, destination, emitIlnpUdp(bytes, ofX ? [40000, 7000] : [7000, 40000], ends))
  }

  /** Both ways every 50 ms, with the nonces of both unless told otherwise. */
  both(from: number, to: number, x: string, y: string, nonces = true): this {
    for (let k = 0; from + k * 0.05 < to - 1e-9; k++) {
      this.data(from + k * 0.05, x, y, nonces ? NONCE.x : undefined)
      this.data(from + k * 0.05 + 0.01, y, x, nonces ? NONCE.y : undefined)
    }
    return this
  }

  update(seconds: number, source: string, destination: string, list: readonly Locator[], nonce?: Uint8Array, operation = 1): this {
    const ends = { source, destination, ...(nonce === undefined ? {} : { nonce }) }
    return this.put(seconds, source, destination, emitLocatorUpdate(operation, list, ends))
  }

  told(seconds: number, source: string, peer: string, list: readonly Locator[]): this {
    const ofX = source.endsWith(NX)
    this.update(seconds, source, peer, list, ofX ? NONCE.x : NONCE.y)
    return this.update(seconds + 0.01, peer, source, list, ofX ? NONCE.y : NONCE.x, 2)
  }
}

describe('a session', () => {
  it('opens when both ends have shown their nonce, and goes by their node identifiers', () => {
    const ilnp = new Ilnp().data(0, A, Y, NONCE.x)
    expect(ilnp.one('ilnp').state).toBe('opening')
    ilnp.data(0.02, Y, A, NONCE.y).both(0.1, 0.5, A, Y, false).finish()
    const session = ilnp.one('ilnp')
    expect({
      facts: [session.class, session.identity, session.state, session.labels],
      identifiers: [identifiers(session, 0), identifiers(session, 1)],
      locators: [locators(session, 0), locators(session, 1)],
      inside: ilnp.sessions().map((s) => [s.protocol, s.parent ?? null]),
    }).toEqual({
      facts: ['modified-element', 'persistent', 'established', ['SINGLE']],
      identifiers: [
        ['node-identifier 5e1ed64da35ae3ba', 'nonce 8deb5391'],
        ['node-identifier 8a3e1cf8be847182', 'nonce 0102030405060708f4dcb50d'],
      ],
      locators: [[`${A} initial A1 -`], [`${Y} initial A1 its nonce came from there after data went there`]],
      inside: [
        ['ilnp', null],
        ['udp', 's1'],
      ],
    })
  })

  it('is over after ten minutes of silence; the same nodes then begin another', () => {
    const ilnp = new Ilnp().both(0, 1, A, Y).finish(700)
    expect(ilnp.one('ilnp').state).toBe('closed')
    const again = new Ilnp().both(0, 1, A, Y).both(700, 701, A, Y, false).finish()
    expect(
      again.sessions().flatMap((s) => (s.protocol === 'ilnp' ? [[s.state, identifiers(s, 0).length, locators(s, 0).length]] : [])),
    ).toEqual([
      ['closed', 2, 1],
      ['established', 2, 1],
    ])
  })
})

describe('a move', () => {
  it('by locator update: the list is the whole set, its acknowledgement brings it in force', () => {
    const ilnp = new Ilnp().both(0, 1, A, Y)
    ilnp.told(1.1, A, Y, [
      [A, 10, 600],
      [B, 20, 600],
    ])
    ilnp
      .both(1.2, 3, A, Y)
      .told(3.5, B, Y, [[B, 10, 600]])
      .both(3.6, 6, B, Y)
      .finish(20)
    const session = ilnp.one('ilnp')
    expect([moves(ilnp.analyzer.rehomings()), locators(session, 0)]).toEqual([
      [`3.6 REHOMED both ${A},${Y} > ${B},${Y} policy 650`],
      [`${A} initial A1 its nonce came from there after data went there until 3.5`, `${B} signalled A1 Locator Update acknowledged there`],
    ])
    // the transport inside runs between identifiers: it is one session, on whatever locators
    expect(ilnp.sessions().filter((s) => s.protocol === 'udp').length).toBe(1)
  })

  it('without an update: the nonce comes from the new locator, to which the peer then sends', () => {
    const ilnp = new Ilnp().both(0, 3, A, Y)
    for (let k = 0; k < 20; k++) ilnp.data(3 + k * 0.05, A, Y)
    ilnp.both(4.1, 7, B, Y).finish(20)
    expect([moves(ilnp.analyzer.rehomings()), locators(ilnp.one('ilnp'), 0)[1]]).toEqual([
      [`4.1 REHOMED both ${A},${Y} > ${B},${Y} transport 1150`],
      `${B} observed A1 its nonce came from there after data went there`,
    ])
  })

  it('of both ends at once', () => {
    const ilnp = new Ilnp()
      .both(0, 3, A, Y)
      .told(3.1, Y, A, [[Z, 10, 600]])
      .told(3.2, B, Z, [[B, 10, 600]])
    ilnp.both(3.3, 6, B, Z).finish(20)
    expect(ilnp.analyzer.rehomings().map((r) => [r.moved, r.direction, r.label])).toEqual([['both', 'both', 'REHOMED']])
  })

  it('is none when packets with the same node identifier, without nonce or with a wrong one, come from elsewhere', () => {
    const ilnp = new Ilnp().both(0, 3, A, Y, true)
    for (let k = 0; k < 40; k++) ilnp.data(3 + k * 0.05, V, A).data(3.02 + k * 0.05, V, A, WRONG)
    ilnp.both(5, 7, A, Y).finish(20)
    const session = ilnp.one('ilnp')
    expect([ilnp.analyzer.rehomings(), locators(session, 1).length, session.pairs.length]).toEqual([[], 1, 1])
  })
})

describe('a claim', () => {
  it('with a wrong nonce, or none, or that nobody acknowledges, makes no locator', () => {
    const ilnp = new Ilnp().both(0, 1, A, Y)
    ilnp
      .update(1, V, A, [[V, 1, 600]], WRONG)
      .update(1.5, Y, A, [[V, 1, 600]])
      .update(2, Y, A, [[Z, 1, 600]], NONCE.y)
    ilnp.both(2.1, 4, A, Y).finish(20)
    const session = ilnp.one('ilnp')
    expect(locators(session, 1).map((l) => l.split(' ')[0])).toEqual([Y])
    expect(marks(session).filter((m) => m.includes('claimed'))).toEqual([
      `1 claimed: Locator Update names ${V}, with a wrong nonce`,
      `1.5 claimed: Locator Update names ${V}, without a known nonce`,
      `2 claimed: Locator Update names ${Z}`,
    ])
  })

  it('that sends the peer to a bystander is in force, with the authentication it had', () => {
    const ilnp = new Ilnp().both(0, 3, A, Y).told(3.1, Y, A, [[V, 1, 600]])
    for (let k = 0; k < 60; k++) ilnp.data(3.2 + k * 0.05, A, V, NONCE.x)
    ilnp.finish(20)
    expect([moves(ilnp.analyzer.rehomings()), locators(ilnp.one('ilnp'), 1)[1]]).toEqual([
      [`3.2 REHOMED initiator-to-responder ${A},${Y} > ${A},${V} peer 250`],
      `${V} signalled A1 -`,
    ])
  })

  it('replayed takes nothing back and brings nothing back', () => {
    const ilnp = new Ilnp()
      .both(0, 1, A, Y)
      .told(1.1, B, Y, [[B, 10, 600]])
      .both(1.2, 3, B, Y)
    ilnp
      .update(4, A, Y, [[A, 10, 600]], NONCE.x)
      .both(4.1, 7, B, Y)
      .finish(20)
    const session = ilnp.one('ilnp')
    expect(locators(session, 0).map((l) => l.includes('until'))).toEqual([true, false])
    expect(ilnp.analyzer.rehomings().length).toBe(1)
  })
})

/** Rules that rest on single bits of packets, from the packets themselves: what the dissectors tell and the rules make of it. */
import { describe, expect, test } from 'vitest'
import { emitIpv6, emitRoutingHeader } from '../../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, hex, join } from '../../../../dissectors/link/emit.ts'
import { authorizedUpdate, bindingAcknowledgement, emitMobile, emitMobility, mobilityHeader } from '../../../../dissectors/mipv6/emit.ts'
import { Message } from '../../../../dissectors/mipv6/wire.ts'
import { mptcpOption } from '../../../../dissectors/mptcp/emit.ts'
import { RST } from '../../../../dissectors/tcp/emit.ts'
import { emitUdp } from '../../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../../main/crypto-port.ts'
import { WireStage } from '../wire-stage.ts'
import { H1, H2, Pair, R, wrong } from './mptcp-wire.ts'
import { line } from './scene.ts'

const found = (stage: WireStage, rule: RegExp, seconds = 60): string[] =>
  stage
    .finish(seconds)
    .analyzer.findings()
    .filter((f) => rule.test(f.rule))
    .map(line)

describe('MPTCP, from packets', () => {
  test.each<[string, Pair, string[]]>([
    ['the vector as it is', new Pair().open().join(), []],
    ['one bit of the answer flipped', new Pair().open().join(wrong), [`T-MPTCP-HMAC medium 90 @1.02 ${R} > ${H2}`]],
    ['one bit of the ACK flipped', new Pair().open().join(undefined, wrong), [`T-MPTCP-HMAC medium 90 @1.021 ${H2} > ${R}`]],
    [
      'one bit of the ACK flipped, and reset',
      new Pair().open().join(undefined, wrong, false).say(1.04, false, H2, 31_000, { flags: RST }),
      [`T-MPTCP-JOIN low 60 @1.021 ${H2} > ${R}`],
    ],
  ])('joins: %s', (_name, pair, expected) => {
    expect(found(pair.stage, /^T-MPTCP/)).toEqual(expected)
  })

  /** R is told that H's address 2 is gone, `away` bytes from where the window is; then it closes that subflow, or not. */
  const removed = (away: number, closes: boolean): string[] => {
    const pair = new Pair().open().join()
    pair.say(3, true, H1, 30_000, { sequence: (1001 + away) >>> 0, options: [mptcpOption.removeAddress(2)] })
    if (closes) pair.say(3.05, false, H2, 31_000, { flags: RST })
    return found(pair.stage, /^T-MPTCP-CLOSE/)
  }
  test.each<[string, string[], string[]]>([
    ['far outside, honoured', removed(0x2000_0000, true), [`T-MPTCP-CLOSE medium 60 @3 ${H1} > ${R}`]],
    ['far behind, honoured', removed(-0x2000_0000, true), [`T-MPTCP-CLOSE medium 60 @3 ${H1} > ${R}`]],
    ['far outside, ignored', removed(0x2000_0000, false), [`T-MPTCP-CLOSE low 60 @3 ${H1} > ${R}`]],
    ['where data goes on, honoured', removed(0, true), []],
    ['a segment ahead of one that was lost', removed(1448, true), []],
    ['an old copy', removed(-1448, true), []],
    ['the edge of the window', removed(65_535, true), []],
    ['beyond it', removed(65_536, true), [`T-MPTCP-CLOSE medium 60 @3 ${H1} > ${R}`]],
  ])('REMOVE_ADDR %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('Mobile IPv6, from packets', () => {
  const [HOME, CN, A, X] = ['2001:db8:40::10', '2001:db8:c::80', '2001:db8:a::10', '2001:db8:bad::66'] as [string, string, string, string]
  const unit = (n: number) => join(bytes32(n), new Uint8Array(20).fill(n))
  const upper = (from: string, to: string, n: number) =>
    emitUdp(unit(n), {
      source: from,
      destination: to,
      sourcePort: from === HOME ? 4000 : 7000,
      destinationPort: from === HOME ? 7000 : 4000,
    })
  const TOKENS = { home: hex('0011223344556677'), careOf: hex('8899aabbccddee01'), indices: [1, 2] as const }
  const tested = (type: Message, index: number, token: Uint8Array, to: string) =>
    emitMobility(mobilityHeader(type, join(bytes16(index), hex('c00c1ec00c1ec00c'), token)), { source: CN, destination: to })

  class Bound {
    readonly stage = new WireStage()
    private n = 1
    /** Tests of both addresses, an update with `flip` on its authenticator, an acknowledgement. */
    bind(t: number, careOf: string, flip = false): this {
      this.stage.packet(t, tested(Message.HomeTest, 1, TOKENS.home, HOME), { hops: 57 })
      this.stage.packet(t + 0.01, tested(Message.CareOfTest, 2, TOKENS.careOf, careOf), { hops: 57 })
      const fields = { sequence: 7, flags: 0x8000, lifetime: 105 }
      const body = authorizedUpdate(nodeCrypto, TOKENS, { careOf, correspondent: CN }, fields)
      if (flip) body[body.length - 1] = (body[body.length - 1] as number) ^ 1
      this.stage.packet(t + 0.02, emitMobility(body, { source: careOf, destination: CN, home: HOME }))
      const answer = emitMobility(bindingAcknowledgement(0, 7, 105), { source: CN, destination: careOf, finalDestination: HOME })
      this.stage.packet(t + 0.05, answer, { hops: 57 })
      return this
    }
    up(t: number, from: string): this {
      this.stage.packet(t, emitMobile(upper(HOME, CN, this.n++), 17, { source: from, destination: CN, home: HOME }))
      return this
    }
    down(t: number, to: string, left = 1, home = HOME): this {
      const header = emitRoutingHeader(17, 2, left, [home], upper(CN, home, this.n++))
      this.stage.packet(t, emitIpv6(header, { source: CN, destination: to, nextHeader: 43 }), { hops: 57 })
      return this
    }
    talk(t: number, from: string): this {
      for (let i = 0; i < 5; i++) this.up(t + i * 0.1, from).down(t + i * 0.1 + 0.05, from)
      return this
    }
    found = (rule: RegExp): string[] => found(this.stage, rule)
  }
  const bound = () => new Bound().bind(0, A).talk(1, A)

  test('return routability: the vector, and one bit of its authenticator flipped', () => {
    expect(bound().found(/^T-MIP/)).toEqual([])
    expect(new Bound().bind(0, A, true).found(/^T-MIP/)).toEqual([`T-MIP-RR high 85 @0.02 ${A} > ${A}`])
  })
  test.each<[string, Bound, string[]]>([
    ['one segment left', bound().down(3, A), []],
    ['none left', bound().down(3, A, 0), [`T-MIP-HAO medium 55 @3 ${CN} > ${A}`]],
    ['two left', bound().down(3, A, 2), [`T-MIP-HAO medium 55 @3 ${CN} > ${A}`]],
    ['to where no binding is', bound().down(3, X), [`T-MIP-HAO medium 55 @3 ${CN} > ${X}`]],
    ['to where the node turns out to be', bound().down(3, X).up(3.2, X), []],
    ['a binding from before the capture', new Bound().talk(1, A).down(3, X), []],
  ])('routing headers: %s', (_name, one, expected) => {
    expect(one.found(/^T-MIP-HAO/)).toEqual(expected)
  })
})

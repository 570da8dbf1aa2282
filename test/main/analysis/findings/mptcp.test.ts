/** T-MPTCP-JOIN, -HMAC, -ADDMITM, -ANNOUNCE, -CLOSE, T-DOWNGRADE. */
import { describe, expect, test } from 'vitest'
import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { Connection, opening, type Stage, type Wire } from '../stage.ts'
import { line } from './scene.ts'

const [H1, H2] = Connection.H as [string, string]
const { R } = Connection
const X = '2001:db8:bad::66'
const V = '2001:db8:dead::99'
const [TOKEN_H, TOKEN_R] = Connection.TOKEN

const found = (stage: Stage, rule = /^T-(MPTCP|DOWN)/) => {
  stage.finish(90)
  return stage.analyzer
    .findings()
    .filter((f) => rule.test(f.rule))
    .map(line)
}
const wire = (from: string, to: string, fromPort: number, toPort: number, hops = 60): Wire => ({
  protocol: SignalProtocol.Mptcp,
  from,
  to,
  fromPort,
  toPort,
  hops,
})
const connection = () => {
  const c = new Connection().open()
  for (let i = 0; i < 5; i++) c.data(0.5 + i * 0.1, 0, 0, 1 + i * 1000).ack(0.52 + i * 0.1, 1, 0, 1001 + i * 1000)
  return c
}
const reset = (stage: Stage, t: number, w: Wire, cause: string | null) =>
  stage.packet(t, w).emit(SignalKind.Refused, {
    detail: { message: cause === null ? 'RST' : 'RST MP_TCPRST', abrupt: true, final: true, cause, authentication: 'A1' },
  })

describe('joins', () => {
  /** X joins to `to`; the ACK's HMAC is `authentication`; then a reset, nothing, or data. */
  const join = (
    t: number,
    token: number,
    authentication: ClaimAuthentication | null,
    end: 'reset' | 'nothing' | 'data',
    cause: string | null = null,
  ) => {
    const c = connection()
    const { stage } = c
    const [there, back] = [wire(X, R, 45_000, 443), wire(R, X, 443, 45_000)]
    stage
      .packet(t, there)
      .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { joinToken: token, receiverToken: token, addressId: 9 }) })
    stage.emit(SignalKind.Probed, { detail: { message: 'MP_JOIN SYN', match: 'abcd', authentication: 'A1' } })
    if (authentication !== null) {
      stage
        .packet(t + 0.02, back)
        .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { joinToken: token, senderToken: token, addressId: 0 }) })
      stage
        .packet(t + 0.03, there)
        .emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, { joinToken: token, receiverToken: token, addressId: 9 }) })
      stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication } })
    }
    if (end === 'reset') reset(stage, t + 0.05, back, cause)
    if (end === 'data')
      for (let i = 0; i < 3; i++)
        stage
          .packet(t + 0.1 + i * 0.1, there)
          .emit(SignalKind.Payload, { space: UnitSpace.Dsn, unit: 9000 + i * 100, span: 100, bytes: 100, sub: 1 + i * 100, subSpan: 100 })
    return found(stage)
  }

  test('T-MPTCP-JOIN: a token that nobody holds, reset', () => {
    expect(join(20, 0x9999, null, 'reset', 'MPTCP-specific error')).toEqual([`T-MPTCP-JOIN low 60 @20 ${X} > ${R}`])
    expect(join(20, 0x9999, null, 'reset')).toEqual([`T-MPTCP-JOIN low 60 @20 ${X} > ${R}`])
  })

  test('T-MPTCP-JOIN: the start of a capture counts only when the reset says that there is no such token', () => {
    expect(join(3, 0x9999, null, 'reset')).toEqual([])
    expect(join(3, 0x9999, null, 'reset', 'MPTCP-specific error')).toEqual([`T-MPTCP-JOIN low 60 @3 ${X} > ${R}`])
  })

  test('quiet: a join of the connection that is refused, or accepted', () => {
    expect(join(20, TOKEN_R, null, 'reset', 'administratively prohibited')).toEqual([])
    expect(join(20, TOKEN_R, 'A3v', 'data')).toEqual([])
    expect(found(new Connection().open().join(1, 1).stage)).toEqual([])
  })

  test('wrong HMAC: reset is an attempt, not reset is T-MPTCP-HMAC, with data high', () => {
    expect(join(20, TOKEN_R, 'AX', 'reset', 'MPTCP-specific error')).toEqual([`T-MPTCP-JOIN low 60 @20.03 ${X} > ${R}`])
    expect(join(20, TOKEN_R, 'AX', 'nothing')).toEqual([`T-MPTCP-HMAC medium 90 @20.03 ${X} > ${R}`])
    expect(join(20, TOKEN_R, 'AX', 'data')).toEqual([`T-MPTCP-HMAC high 90 @20.03 ${X} > ${R}`])
  })
})

describe('T-MPTCP-ADDMITM', () => {
  const twice = (nonce: string, second: Wire) => {
    const { stage } = connection()
    const syn = (t: number, w: Wire, match: string) => {
      stage
        .packet(t, w)
        .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { joinToken: TOKEN_R, receiverToken: TOKEN_R, addressId: 1 }) })
      stage.emit(SignalKind.Probed, { detail: { message: 'MP_JOIN SYN', match, authentication: 'A1' } })
    }
    syn(5, wire(H1, X, 31_000, 443), '1111')
    syn(5.1, second, nonce)
    return found(stage, /ADDMITM/)
  }

  test('fires: the same token and nonce, first to the middle and then on from it', () => {
    expect(twice('1111', wire(X, R, 31_001, 443))).toEqual([`T-MPTCP-ADDMITM high 75 @5.1 ${X} > ${H1}`])
  })

  test('quiet: another nonce; look-alike: a translator at two capture points keeps the receiver', () => {
    expect(twice('2222', wire(X, R, 31_001, 443))).toEqual([])
    expect(twice('1111', wire('2001:db8:c::1', X, 31_001, 443))).toEqual([])
  })
})

describe('ADD_ADDR', () => {
  const announce = (authentication: ClaimAuthentication, joined: 'rst' | 'silence' | 'accepted' | 'none' | 'from elsewhere') => {
    const c = connection()
    const { stage } = c
    stage.packet(3, c.wire(1, 0)).emit(SignalKind.Claimed, {
      detail: {
        message: 'ADD_ADDR',
        address: stage.address(V),
        port: null,
        addressId: 9,
        how: 'signalled',
        authentication,
        serial: 9,
        correlation: null,
        wildcard: false,
      },
    })
    const there = wire(H1, V, 31_000, 443, 64)
    const syn = (t: number) =>
      stage
        .packet(t, there)
        .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { joinToken: TOKEN_R, receiverToken: TOKEN_R, addressId: 1 }) })
    if (joined !== 'none') syn(3.1)
    if (joined === 'rst') reset(stage, 3.12, wire(V, H1, 443, 31_000), null)
    if (joined === 'accepted')
      stage
        .packet(3.12, wire(V, H1, 443, 31_000))
        .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN_R, senderToken: TOKEN_R, addressId: 9 }) })
    if (joined === 'silence' || joined === 'from elsewhere') for (const t of [4.1, 6.1]) syn(t)
    if (joined === 'from elsewhere') {
      const facts = { joinToken: TOKEN_R, receiverToken: TOKEN_R, addressId: 2 }
      stage.packet(6.2, wire(H2, V, 32_000, 443, 64)).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, facts) })
      syn(6.21)
      const answer = opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN_R, senderToken: TOKEN_R, addressId: 9 })
      stage.packet(6.22, wire(V, H2, 443, 32_000)).emit(SignalKind.Opening, { detail: answer })
    }
    c.data(30, 1, 0, 1)
    return found(stage)
  }

  test('T-MPTCP-ANNOUNCE: a wrong HMAC; believed it is T-MPTCP-HMAC', () => {
    expect(announce('AX', 'none')).toEqual([`T-MPTCP-ANNOUNCE low 70 @3 ${R} > ${V}`])
    expect(announce('AX', 'accepted')).toEqual([`T-MPTCP-ANNOUNCE low 70 @3 ${R} > ${V}`, `T-MPTCP-HMAC medium 90 @3.1 ${R} > ${H1}`])
  })

  test('T-MPTCP-ANNOUNCE: the announced host resets the join, or keeps silent', () => {
    expect(announce('A3v', 'rst')).toEqual([`T-MPTCP-ANNOUNCE low 70 @3.1 ${R} > ${V}`])
    expect(announce('A3v', 'silence')).toEqual([`T-MPTCP-ANNOUNCE low 70 @3.1 ${R} > ${V}`])
  })

  test('quiet: announced and joined, or only announced', () => {
    expect(announce('A3v', 'accepted')).toEqual([])
    expect(announce('A3v', 'none')).toEqual([])
    // joins from another address of the host are not answered, or not routed: the announced one has the connection all the same
    expect(announce('A3v', 'from elsewhere')).toEqual([])
  })
})

describe('T-MPTCP-CLOSE', () => {
  const fastclose = (authentication: ClaimAuthentication, resets: boolean) => {
    const c = connection()
    c.stage
      .packet(3, c.wire(1, 0))
      .emit(SignalKind.Closed, { detail: { message: 'MP_FASTCLOSE', abrupt: true, final: true, cause: null, authentication } })
    if (resets)
      c.stage
        .packet(3.02, c.wire(0, 0))
        .emit(SignalKind.Closed, { detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' } })
    return found(c.stage)
  }

  test('fires: a wrong key; low without effect, medium when the connection breaks', () => {
    expect(fastclose('AX', false)).toEqual([`T-MPTCP-CLOSE low 60 @3 ${R} > ${H1}`])
    expect(fastclose('AX', true)).toEqual([`T-MPTCP-CLOSE medium 60 @3 ${R} > ${H1}`])
  })

  test('fires: three working subflows reset in ten seconds; quiet: two, another reason, joins that are refused', () => {
    const resets = (count: number, cause: string, worked = true) => {
      const c = connection()
      const { stage } = c
      for (let i = 0; i < count; i++) {
        const [there, back] = [wire(H2, R, 41_000 + i, 443, 64), wire(R, H2, 443, 41_000 + i)]
        const facts = { joinToken: TOKEN_R, receiverToken: TOKEN_R, addressId: 2 }
        stage.packet(2 + i, there).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, facts) })
        if (worked) {
          const second = { joinToken: TOKEN_R, senderToken: TOKEN_R, addressId: 0 }
          stage.packet(2.02 + i, back).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, second) })
          stage.packet(2.03 + i, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
          stage.packet(2.05 + i, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1 })
        }
      }
      for (let i = 0; i < count; i++)
        stage.packet(8 + i, wire(R, H2, 443, 41_000 + i)).emit(SignalKind.Closed, {
          detail: { message: 'RST MP_TCPRST', abrupt: true, final: true, cause, authentication: 'A1' },
        })
      return found(stage, /^T-MPTCP-CLOSE/)
    }
    expect(resets(3, 'MPTCP-specific error')).toEqual([`T-MPTCP-CLOSE medium 60 @10 ${R} > ${H2}`])
    expect(resets(2, 'MPTCP-specific error')).toEqual([])
    expect(resets(3, 'lack of resources')).toEqual([])
    expect(resets(3, 'MPTCP-specific error', false)).toEqual([])
  })

  test('quiet: the right key, or one that cannot be checked', () => {
    expect(fastclose('A3v', true)).toEqual([])
    expect(fastclose('A3u', true)).toEqual([])
  })
})

describe('ADD_ADDR sent again', () => {
  /** R announces V, takes it back, and at `t` the same comes again with `hops`. */
  const again = ({ t = 20, hops = 44, withdrawn = true, id = 9, believed = false } = {}) => {
    const c = connection()
    const { stage } = c
    const detail = (addressId: number) => ({
      message: 'ADD_ADDR',
      address: stage.address(V),
      port: null,
      addressId,
      how: 'signalled' as const,
      authentication: 'A3v' as const,
      serial: addressId,
      correlation: null,
      wildcard: false,
    })
    stage.packet(3, c.wire(1, 0)).emit(SignalKind.Claimed, { detail: detail(9) })
    if (withdrawn)
      stage.packet(4, c.wire(1, 0)).emit(SignalKind.Withdrawn, { detail: { ...detail(9), message: 'REMOVE_ADDR', address: -1 } })
    for (let i = 0; i < 4; i++)
      stage.packet(4.1 + i * 0.1, c.wire(1, 0)).emit(SignalKind.Preferred, {
        detail: {
          message: 'MP_PRIO',
          address: -1,
          addressId: null,
          backup: false,
          serial: null,
          correlation: null,
          authentication: 'A1',
        },
      })
    stage.packet(t, { ...c.wire(1, 0), hops }).emit(SignalKind.Claimed, { detail: detail(id) })
    if (believed)
      stage.packet(t + 0.02, c.wire(0, 0)).emit(SignalKind.ClaimAnswered, {
        detail: {
          message: 'ADD_ADDR echo',
          accepted: true,
          serial: 9,
          correlation: null,
          addressId: 9,
          address: stage.address(V),
          authentication: 'A1',
          cause: null,
        },
      })
    return found(stage, /^T-REPLAY/)
  }

  test('T-REPLAY: a copy over a path of another length; high when it is believed', () => {
    expect(again()).toEqual([`T-REPLAY low 75 @20 ${R} > ${R}`])
    expect(again({ believed: true })).toEqual([`T-REPLAY high 90 @20 ${R} > ${R}`])
  })
  test.each([
    ['the host announces its interface again', { hops: 62 }],
    ['it was never taken back', { withdrawn: false }],
    ['a retransmission that crossed the withdrawal', { t: 4.0 }],
    ['another address id', { id: 10 }],
    ['long after', { t: 700 }],
  ])('quiet: %s', (_name, facts) => {
    expect(again(facts)).toEqual([])
  })
})

describe('T-MPTCP-KEY', () => {
  interface Joins {
    hops?: number
    id?: number
    from?: string
    /** until when the second address of H goes on */
    until?: number
    announced?: boolean
    authentication?: ClaimAuthentication
  }
  /** H has two subflows, the second with id 2; then `from` joins under `id` with hop limit `hops`, and carries data. */
  const joins = ({ hops = 44, id = 2, from = X, until = 12, announced = false, authentication = 'A3v' }: Joins = {}) => {
    const c = connection()
    const { stage } = c
    c.join(2, 1)
    for (let t = 2.2, dsn = 6000; t < until; t += 0.2, dsn += 100) {
      c.data(t, 0, 1, dsn, 100)
      if (t > 9 && t < 9.2) for (const p of [0, 1] as const) c.ack(t, 1, p, dsn)
    }
    if (announced)
      stage.packet(until, c.wire(0, 0)).emit(SignalKind.Claimed, {
        detail: {
          message: 'ADD_ADDR',
          address: stage.address(from),
          port: null,
          addressId: id,
          how: 'signalled',
          authentication: 'A3v',
          serial: id,
          correlation: null,
          wildcard: false,
        },
      })
    const t = 12
    const there = { ...wire(from, R, 45_000, 443, hops), interface: 1 }
    const facts = { joinToken: TOKEN_R, receiverToken: TOKEN_R, addressId: id }
    stage.packet(t, there).emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, facts) })
    stage
      .packet(t + 0.02, { ...wire(R, from, 443, 45_000, 62), interface: 1 })
      .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { joinToken: TOKEN_R, senderToken: TOKEN_R, addressId: 0 }) })
    stage.packet(t + 0.03, there).emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, facts) })
    stage.emit(SignalKind.Verified, { detail: { message: 'MP_JOIN ACK', authentication } })
    stage
      .packet(t + 0.1, there)
      .emit(SignalKind.Payload, { space: UnitSpace.Dsn, unit: 90_000, span: 100, bytes: 100, sub: 1, subSpan: 100 })
    if (until >= 12) for (let i = 0; i < 10; i++) c.data(t + 0.5 + i * 0.2, 0, 1, 91_000 + i * 100, 100)
    return found(stage, /^T-MPTCP-KEY/)
  }

  test("fires: a valid join under another address's id, both go on", () => {
    expect(joins()).toEqual([`T-MPTCP-KEY medium 45 @12 ${X} > ${H2}`])
  })
  test.each<[string, Joins]>([
    ['a second uplink has an id of its own', { id: 3 }],
    ['the address behind the id has changed', { until: 11 }],
    ['ADD_ADDR named it', { announced: true }],
    ['a translator in the same network', { from: '2001:db8:b:1::99' }],
    ['captured at the host itself', { hops: 64 }],
    ['a HMAC that cannot be checked', { authentication: 'A3u' }],
  ])('quiet: %s', (_name, facts) => {
    expect(joins(facts)).toEqual([])
  })
})

describe('T-DOWNGRADE', () => {
  const server = (spoke: boolean, without: number) => {
    const c = spoke ? connection() : new Connection()
    for (let i = 0; i < without; i++) {
      const port = 33_000 + i
      c.stage.packet(10 + i, wire(H2, R, port, 443)).emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN', 1, { addressId: 0 }) })
      c.stage.packet(10.02 + i, wire(R, H2, 443, port)).emit(SignalKind.Fallback, { detail: { message: 'SYN/ACK without MP_CAPABLE' } })
    }
    return found(c.stage)
  }

  test('fires at the third answer without the option; quiet for a server that never spoke MPTCP', () => {
    expect(server(true, 3)).toEqual([`T-DOWNGRADE low 50 @12.02 ${R} > ${H2}`])
    expect(server(true, 2)).toEqual([])
    expect(server(false, 3)).toEqual([])
  })
})

test('tokens of the stage are those of the connection', () => {
  expect([TOKEN_H, TOKEN_R]).toEqual([0x11111111, 0x22222222])
})

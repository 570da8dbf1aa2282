/** T-SCTP-NOAUTH, T-SCTP-RESTART, T-SCTP-ABORT, T-SCTP-DUP. */
import { describe, expect, test } from 'vitest'
import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { Association, opening, Stage, type Wire } from '../stage.ts'
import { line } from './scene.ts'

const [A1, A2] = Association.A as [string, string]
const [B1, B2] = Association.B as [string, string]
const ADDED = '198.18.0.9'

const rules = (stage: Stage, rule: RegExp) =>
  stage.analyzer
    .findings()
    .filter((f) => rule.test(f.rule))
    .map(line)

describe('T-SCTP-NOAUTH', () => {
  /** An association whose ends offer `capabilities`; then B asks A to add an address. */
  const run = (authentication: ClaimAuthentication, answer: boolean | null, capabilities: string[], hops = 62) => {
    const stage = new Stage()
    const a = new Association(stage)
    stage
      .packet(0, a.wire(0, 0))
      .emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: Association.TAG[0], capabilities }) })
    stage
      .packet(0.02, a.wire(1, 0))
      .emit(SignalKind.Opening, { token: a.token(1), detail: opening('INIT ACK', 2, { initiateTag: Association.TAG[1], capabilities }) })
    stage.packet(0.03, a.wire(0, 0)).emit(SignalKind.Opening, { token: a.token(0), detail: opening('COOKIE ECHO', 3) })
    stage.packet(0.04, a.wire(1, 0)).emit(SignalKind.Opened, { token: a.token(1), detail: opening('COOKIE ACK', 4) })
    for (let i = 0; i < 5; i++) a.heartbeat(0.5 + i * 0.1, 1, 0, `b${i}`)
    const address = stage.address(ADDED)
    stage.packet(3, { ...a.wire(1, 0), hops }).emit(SignalKind.Claimed, {
      token: a.token(1),
      detail: {
        message: 'ASCONF: Add IP Address',
        address,
        port: null,
        addressId: null,
        how: 'signalled',
        authentication,
        serial: 5,
        correlation: 1,
        wildcard: false,
      },
    })
    if (answer !== null)
      stage.packet(3.1, a.wire(0, 0)).emit(SignalKind.ClaimAnswered, {
        token: a.token(0),
        detail: {
          message: 'ASCONF-ACK',
          accepted: answer,
          serial: 5,
          correlation: 1,
          addressId: null,
          address,
          authentication: 'A1',
          cause: answer ? null : 'refused',
        },
      })
    stage.finish(20)
    return rules(stage, /NOAUTH/)
  }
  const must = ['asconf', 'auth', 'asconf-must-be-authenticated']

  test('fires: acted on without AUTH, or with a wrong one', () => {
    expect(run('A1', true, must)).toEqual([`T-SCTP-NOAUTH high 85 @3 ${B1} > ${A1}`])
    expect(run('AX', true, must)).toEqual([`T-SCTP-NOAUTH high 85 @3 ${B1} > ${A1}`])
  })

  test('an attempt: not answered, or refused', () => {
    expect(run('A1', null, must)).toEqual([`T-SCTP-NOAUTH low 75 @3 ${B1} > ${A1}`])
    expect(run('AX', false, must, 58)).toEqual([`T-SCTP-NOAUTH low 90 @3 ${B1} > ${A1}`])
  })

  test('quiet: with AUTH', () => {
    expect(run('A3v', true, must)).toEqual([])
    expect(run('A3u', true, must)).toEqual([])
  })

  test('look-alike: neither end can do AUTH, and nobody minds: low; from elsewhere it is high', () => {
    expect(run('A1', true, ['asconf'])).toEqual([`T-SCTP-NOAUTH low 85 @3 ${B1} > ${A1}`])
    expect(run('A1', null, ['asconf'])).toEqual([])
    expect(run('A1', true, ['asconf'], 55)).toEqual([`T-SCTP-NOAUTH high 100 @3 ${B1} > ${A1}`])
  })
})

describe('T-SCTP-RESTART', () => {
  /** An INIT to A from `from` with B's ports, listing `listed`. */
  const run = (from: string, listed: string[], end: 'open' | 'abort' | 'silence') => {
    const a = new Association().open()
    const { stage } = a
    const there: Wire = { protocol: SignalProtocol.Sctp, from, to: A1, fromPort: 5060, toPort: 40_000, hops: 50 }
    const back: Wire = { protocol: SignalProtocol.Sctp, from: A1, to: from, fromPort: 40_000, toPort: 5060 }
    stage.packet(5, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0xdddd }) })
    for (const address of listed)
      stage.emit(SignalKind.Claimed, {
        detail: {
          message: 'INIT',
          address: stage.address(address),
          port: null,
          addressId: null,
          how: 'listed',
          authentication: 'A1',
          serial: null,
          correlation: null,
          wildcard: false,
        },
      })
    if (end === 'abort')
      stage.packet(5.02, back).emit(SignalKind.Closed, {
        token: 0xdddd,
        detail: { message: 'ABORT', abrupt: true, final: true, cause: 'restart with new addresses', authentication: 'A1' },
      })
    if (end === 'open') {
      stage.packet(5.02, back).emit(SignalKind.Opening, { token: 0xdddd, detail: opening('INIT ACK', 2, { initiateTag: 0xeeee }) })
      stage.packet(5.03, there).emit(SignalKind.Opening, { token: 0xeeee, detail: opening('COOKIE ECHO', 3) })
      stage.packet(5.05, back).emit(SignalKind.Opened, { token: 0xdddd, detail: opening('COOKIE ACK', 4) })
    }
    stage.finish(20)
    return rules(stage, /RESTART/)
  }
  const X = '198.18.0.66'

  test('fires: the handshake completes with an address that did not belong to it', () => {
    expect(run(X, [X, B1], 'open')).toEqual([`T-SCTP-RESTART high 75 @5 ${X} > ${B1}`])
  })

  test('an attempt: refused, or not answered', () => {
    expect(run(X, [X, B1], 'abort')).toEqual([`T-SCTP-RESTART low 60 @5 ${X} > ${B1}`])
    expect(run(X, [X, B1], 'silence')).toEqual([`T-SCTP-RESTART low 60 @5 ${X} > ${B1}`])
  })

  test('quiet: the peer restarts with its own addresses; a restart with new ones is refused by cause 11', () => {
    expect(run(B1, [B1, B2], 'open')).toEqual([])
    expect(run(B1, [B1, X], 'abort')).toEqual([])
  })

  test('look-alike: another host with the same ports lists nobody else', () => {
    expect(run(X, [X], 'open')).toEqual([])
  })
})

describe('T-SCTP-ABORT', () => {
  const busy = () => {
    const a = new Association().open()
    for (let i = 0; i < 5; i++) a.data(1 + i * 0.1, 1, 0, i).sack(1.01 + i * 0.1, 0, 0, i)
    for (let i = 0; i < 5; i++) a.heartbeat(1.6 + i * 0.1, 1, 0, `x${i}`)
    return a
  }
  const abort = (a: Association, t: number, authentication: ClaimAuthentication, hops = 62) =>
    a.stage.packet(t, { ...a.wire(1, 0), hops }).emit(SignalKind.Closed, {
      token: authentication === 'A0' ? 0x1234 : a.token(1),
      detail: { message: 'ABORT', abrupt: true, final: true, cause: null, authentication },
    })
  const found = (a: Association) => {
    a.stage.finish(30)
    return rules(a.stage, /ABORT/)
  }

  test('wrong tag: an attempt; three in a minute are medium', () => {
    const one = busy()
    abort(one, 3, 'A0')
    expect(found(one)).toEqual([`T-SCTP-ABORT low 60 @3 ${B1} > ${A1}`])
    const three = busy()
    for (const t of [3, 4, 5]) abort(three, t, 'A0')
    expect(found(three)).toEqual([`T-SCTP-ABORT medium 60 @3 ${B1} > ${A1}`])
  })

  test('right tag, and its sender goes on: the association was ended by somebody else', () => {
    const a = busy()
    abort(a, 3, 'A1')
    a.heartbeat(4, 1, 0, 'later')
    expect(found(a)).toEqual([`T-SCTP-ABORT high 80 @3 ${B1} > ${A1}`])
    const data = busy()
    abort(data, 3, 'A1')
    data.data(4, 1, 1, 9)
    expect(found(data)).toEqual([`T-SCTP-ABORT high 80 @3 ${B1} > ${A1}`])
  })

  test('its hop limit alone: medium', () => {
    const a = busy()
    abort(a, 3, 'A1', 58)
    expect(found(a)).toEqual([`T-SCTP-ABORT medium 75 @3 ${B1} > ${A1}`])
  })

  test('quiet: the peer gives up; look-alikes: packets on their way, a new association with the same ports', () => {
    const a = busy()
    abort(a, 3, 'A1')
    a.data(3.1, 1, 1, 9)
    expect(found(a)).toEqual([])
    const again = busy()
    abort(again, 3, 'A1')
    const there = again.wire(1, 0)
    again.stage.packet(5, there).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 0x7777 }) })
    expect(found(again)).toEqual([])
  })
})

describe('T-SCTP-DUP', () => {
  const sacks = (times: number[], duplicates: number) => {
    const a = new Association().open()
    for (let i = 0; i < 5; i++) a.data(1 + i * 0.01, 0, 0, i)
    for (const t of times) a.sack(t, 1, 0, 3, [], duplicates)
    a.stage.finish(30)
    return rules(a.stage, /DUP/)
  }

  test('fires at the third SACK of sixteen within five seconds', () => {
    expect(sacks([2, 3, 4], 16)).toEqual([`T-SCTP-DUP medium 50 @4 ${B1} > ${A1}`])
    expect(sacks([2, 3], 16)).toEqual([])
    expect(sacks([2, 3, 4], 15)).toEqual([])
    expect(sacks([2, 5, 9], 16)).toEqual([])
  })

  test('look-alike: an association from before the capture', () => {
    const a = new Association()
    for (let i = 0; i < 5; i++) a.data(1 + i * 0.01, 0, 0, i)
    for (const t of [2, 3, 4]) a.sack(t, 1, 0, 3, [], 16)
    a.stage.finish(30)
    expect(rules(a.stage, /DUP/)).toEqual([])
  })
})

test('addresses of the other path stay out of all of it', () => {
  const a = new Association().open()
  for (let i = 0; i < 20; i++) a.data(1 + i * 0.1, i % 2 === 0 ? 0 : 1, i % 2, i).sack(1.02 + i * 0.1, i % 2 === 0 ? 1 : 0, i % 2, i)
  a.stage.packet(4, a.wire(0, 1)).emit(SignalKind.Payload, { token: a.token(0), space: UnitSpace.Tsn, unit: 20, span: 1, bytes: 10 })
  a.stage.finish(30)
  expect(rules(a.stage, /^T-(?!ND|DNS)/)).toEqual([])
  expect([A2, B2].every((x) => x !== '')).toBe(true)
})

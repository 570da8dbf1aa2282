/** T-TIMESHIFT (b) of SCTP and T-UNKLOC of messages that end an association: what fires, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import type { SignalDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { Association } from '../../stage.ts'
import { line } from '../scene.ts'

const [B1] = Association.B as [string, string]
const STRANGER = '198.18.0.66'
const found = (a: Association, rule: string, seconds = 60): string[] => {
  a.stage.finish(seconds)
  return a.stage.analyzer
    .findings()
    .filter((f) => f.rule === rule)
    .map(line)
}
const busy = (): Association => {
  const a = new Association().open()
  for (let i = 0; i < 5; i++)
    a.data(1 + i * 0.1, 1, 0, i)
      .sack(1.01 + i * 0.1, 0, 0, i)
      .data(1.02 + i * 0.1, 0, 0, i)
      .sack(1.04 + i * 0.1, 1, 0, i)
  return a.heartbeat(2, 0, 1, 'h1').heartbeat(2.04, 1, 1, 'h1', true)
}

describe('T-TIMESHIFT: data to a locator long after its last proof', () => {
  interface Facts {
    until?: number
    /** B is heard on its other address */
    elsewhere?: boolean
    acknowledged?: boolean
    /** B's first address is heard itself */
    heard?: boolean
    rejects?: boolean
  }
  /** A sends to B1 every five seconds, B answers as the facts say. */
  const outlived = ({ until = 170, elsewhere = true, acknowledged = false, heard = false, rejects = false }: Facts = {}): string[] => {
    const a = busy()
    for (let t = 5, i = 5; t <= until; t += 5, i++) {
      a.data(t, 0, 0, i)
      if (acknowledged) a.sack(t + 0.04, 1, 1, i)
      if (elsewhere) a.heartbeat(t + 0.1, 1, 1, `b${t}`)
      if (heard) a.heartbeat(t + 0.2, 1, 0, `c${t}`)
      if (!rejects) continue
      a.stage.packet(t + 0.3, a.wire(0, 0)).emit(SignalKind.IcmpError, {
        protocol: SignalProtocol.Icmp,
        detail: {
          version: 4,
          type: 3,
          code: 2,
          message: 'protocol unreachable',
          reporter: a.stage.address(B1),
          quotedToken: null,
          mtu: null,
        },
      })
      a.stage.signal.protocol = SignalProtocol.Sctp
    }
    return found(a, 'T-TIMESHIFT', until + 20)
  }
  test.each<[string, Facts, string[]]>([
    ['150 s and more: a failed path looks the same', {}, ['T-TIMESHIFT low 55 @155']],
    ['the locator rejects what it gets', { rejects: true }, ['T-TIMESHIFT high 55 @155']],
    ['less than 150 s', { until: 150 }, []],
    ['it is acknowledged from the other address', { acknowledged: true }, []],
    ['it is heard', { heard: true }, []],
    ['its end is silent altogether: an outage', { elsewhere: false }, []],
  ])('%s', (_name, facts, expected) => {
    expect(outlived(facts).map((one) => one.split(' ').slice(0, 4).join(' '))).toEqual(expected)
  })
})

describe('T-UNKLOC: an association ended from an unknown address', () => {
  interface Facts {
    from?: string
    message?: string
    after?: 'silence' | 'goes on' | 'answers'
    named?: boolean
    talking?: boolean
    unread?: boolean
  }
  const ended = ({
    from = STRANGER,
    message = 'ABORT',
    after = 'silence',
    named = false,
    talking = true,
    unread = false,
  }: Facts = {}): string[] => {
    const a = busy()
    const { stage } = a
    if (unread) stage.flows.unread.note(SignalProtocol.Sctp, 0.5e9, 2)
    const t = talking ? 3 : 20
    const detail: SignalDetail = { message, abrupt: message === 'ABORT', final: message === 'ABORT', cause: null, authentication: 'A1' }
    stage.packet(t, { ...a.wire(1, 0), from, hops: 50 }).emit(SignalKind.Closed, { token: a.token(1), detail })
    if (after === 'answers') stage.packet(t + 0.05, { ...a.wire(0, 0), to: from })
    if (after === 'goes on') for (let i = 5; i < 9; i++) a.data(t + i * 0.2, 0, 0, i)
    if (named) {
      const claim = { message: 'ASCONF: Add IP Address', port: null, addressId: null, how: 'signalled', authentication: 'A3v' } as const
      const whole = { ...claim, address: stage.address(from), serial: 1, correlation: 1, wildcard: false }
      stage.packet(t + 2, a.wire(1, 0)).emit(SignalKind.Claimed, { token: a.token(1), detail: whole })
    }
    return found(a, 'T-UNKLOC')
  }
  test.each<[string, Facts, string[]]>([
    ['an ABORT, and the receiver falls silent', {}, ['T-UNKLOC high 55']],
    ['a SHUTDOWN that is answered there', { message: 'SHUTDOWN', after: 'answers' }, ['T-UNKLOC high 55']],
    ['the association goes on: an attempt', { after: 'goes on' }, ['T-UNKLOC low 55']],
    ['the receiver had not been talking', { talking: false }, ['T-UNKLOC low 55']],
    ['the capture cut a list of addresses: it may have been named', { unread: true }, ['T-UNKLOC low 55']],
    ['from an address of the association', { from: B1 }, []],
    ['a translator in the same network', { from: '203.0.113.200' }, []],
    ['the address is named a little later', { named: true }, []],
  ])('%s', (_name, facts, expected) => {
    expect(ended(facts).map((one) => one.split(' @')[0])).toEqual(expected)
  })
})

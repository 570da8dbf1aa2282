/** Why a session in trouble stayed where it was: what stood in the way of every other pair, and silence where there was no trouble. */
import { describe, expect, test } from 'vitest'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { Association, Connection, opening, Stage, type Wire } from './stage.ts'

/** Data on pair 0 until 10 s, answered; then the same unit again and again without an answer. */
function stalled(between: (association: Association) => void = () => undefined, association = new Association(), repeats = 4): string[] {
  association.open()
  between(association)
  for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1 + i / 10 + 0.02, 1, 0, i)
  association.data(11.1, 0, 0, 101)
  for (let k = 0, t = 12.1; k < repeats; k++, t += 2 ** k) association.data(t, 0, 0, 101)
  association.stage.finish(60)
  return reasons(association.stage)
}

function reasons(stage: Stage): string[] {
  return (stage.analyzer.session('s1')?.noFailover ?? []).map((r) => r.reason)
}

const heartbeat = (a: Association, answered: boolean): void => {
  a.heartbeat(0.5, 0, 1, 'h')
  if (answered) a.heartbeat(0.52, 1, 1, 'h', true)
}

function icmp(association: Association, seconds: number, type: number, code: number, path: 0 | 1 = 1): void {
  const { stage } = association
  stage.packet(seconds, association.wire(0, path))
  const { flow, direction } = stage.signal
  stage.emit(SignalKind.IcmpError, {
    protocol: SignalProtocol.Icmp,
    flow,
    direction,
    detail: {
      version: 4,
      type,
      code,
      message: 'Destination unreachable (Communication administratively filtered)',
      reporter: -1,
      quotedToken: null,
      mtu: null,
    },
  })
}

describe('a stalled association', () => {
  test('says when the trouble began and that the ready pair waited for its retry budget', () => {
    const [trouble, other] = stalled((a) => heartbeat(a, true))
    expect(trouble).toMatch(/^data was sent again \d times without an answer for .*; it did not go on over another pair$/)
    expect(other).toMatch(/verified and ready: the sender was still retrying on the broken pair after \d timeouts; SCTP gives a path up/)
  })

  test('whose other pair was tried and never answered', () => {
    expect(stalled((a) => heartbeat(a, false)).join('\n')).toContain('it was never verified: nothing came back')
  })

  test('whose other pair answered only when the trouble had begun', () => {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1 + i / 10 + 0.02, 1, 0, i)
    association.data(11.1, 0, 0, 101).data(12.1, 0, 0, 101).data(14.1, 0, 0, 101)
    association.heartbeat(15, 0, 1, 'h').heartbeat(15.02, 1, 1, 'h', true)
    association.data(18.1, 0, 0, 101).data(26.1, 0, 0, 101)
    association.stage.finish(60)
    const said = reasons(association.stage).join('\n')
    expect(said).toContain('it was tried only after the trouble began and answered for the first time at 15.02')
    expect(said).not.toContain('nothing came back')
    expect(association.stage.analyzer.session('s1')?.headline).toMatch(/in trouble since .*; no standby path was ready before 15\.02/)
  })

  test('whose other pair was filtered at the exit', () => {
    const said = stalled((a) => {
      heartbeat(a, false)
      icmp(a, 0.53, 3, 13)
    })
    expect(said.join('\n')).toContain('filtered at the exit: Destination unreachable (Communication administratively filtered)')
  })

  test('whose other addresses were known but never tried', () => {
    expect(stalled().join('\n')).toContain('198.51.100.10 to 203.0.113.74: both addresses were known, but no packet tried this pair')
  })

  test('whose other link was down too', () => {
    const down: LinkDetail = { message: 'upB: carrier lost', what: 'link-down', interfaceName: 'upB', subject: null }
    const stage = new Stage({ linkEvents: [{ time: 5e9, line: 1, detail: down }] })
    expect(stalled((a) => heartbeat(a, true), new Association(stage)).join('\n')).toContain('verified, but upB: carrier lost')
  })
})

test('trouble that lasted until the end is in the sentence: the session stayed, and was stuck there', () => {
  const association = new Association().open()
  for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1 + i / 10 + 0.02, 1, 0, i)
  association.data(11.1, 0, 0, 101)
  icmp(association, 11.15, 3, 13, 0)
  association.stage.finish(20)
  expect(association.stage.analyzer.session('s1')?.headline).toMatch(
    /^Stayed on upA, in trouble since 11\.150 s: Destination unreachable \(Communication administratively filtered\); /,
  )
})

test('an error about what one end of loopback sent is not about what the other sent', () => {
  const stage = new Stage()
  const wire = (from: number, to: number): Wire => ({
    protocol: SignalProtocol.Udp,
    from: '::1',
    to: '::1',
    fromPort: from,
    toPort: to,
  })
  const own = { protocol: SignalProtocol.Quic, context: 1, token: 1 }
  stage.packet(0, wire(47826, 784)).emit(SignalKind.Opening, { ...own, side: 0, detail: opening('Initial', 1) })
  stage.packet(0.01, wire(784, 47826)).emit(SignalKind.Opened, { ...own, side: 1, detail: opening('1-RTT', 4) })
  stage.packet(1, wire(784, 47826))
  const { flow, direction } = stage.signal
  const detail = { version: 6, type: 1, code: 4, message: 'port unreachable', reporter: -1, quotedToken: null, mtu: null } as const
  stage.emit(SignalKind.IcmpError, { protocol: SignalProtocol.Icmp, flow, direction, detail })
  stage.finish(5)
  expect(
    stage.analyzer
      .session('s1')
      ?.timeline.filter((m) => m.kind === 'icmp')
      .map((m) => m.direction),
  ).toEqual(['responder-to-initiator'])
})

test('an association that stood still and was answered again went to no other pair meanwhile', () => {
  const association = new Association().open()
  heartbeat(association, true)
  for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  association.data(10.1, 0, 0, 101).data(11.1, 0, 0, 101).data(13.1, 0, 0, 101).sack(13.12, 1, 0, 101)
  for (let i = 102; i <= 140; i++) association.data(3 + i / 10, 0, 0, i).sack(3.02 + i / 10, 1, 0, i)
  // what befalls the other pair later stood in nobody's way before
  icmp(association, 20, 3, 13)
  association.stage.finish(30)
  expect(reasons(association.stage).slice(0, 2)).toEqual([
    'nothing got through for 3.10 s while its data was sent again 2 times, then it went on there; it did not move to another pair meanwhile',
    'upB: verified and ready: the sender was still retrying on the broken pair after 2 timeouts; SCTP gives a path up after its retry budget, 5 timeouts by default (RFC 9260 section 8.2)',
  ])
})

describe('an ICMP error that nothing followed', () => {
  /** The peer moves nowhere, a second pair is ready; then the error about what was sent last. */
  const said = (code: number, reporter: 'peer' | 'router'): string[] => {
    const association = new Association()
    association.open()
    heartbeat(association, true)
    for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1 + i / 10 + 0.02, 1, 0, i)
    association.data(11.1, 0, 0, 101)
    const { stage } = association
    const wire = association.wire(0, 0)
    stage.packet(11.12, wire)
    const { flow, direction } = stage.signal
    const from = stage.address(reporter === 'peer' ? wire.to : '198.51.100.254')
    const detail = { version: 4, type: 3, code, message: 'unreachable', reporter: from, quotedToken: null, mtu: null } as const
    stage.emit(SignalKind.IcmpError, { protocol: SignalProtocol.Icmp, flow, direction, detail })
    stage.finish(20)
    return reasons(stage)
  }
  test('a host that says its port is closed is reached: no other pair is asked for', () => {
    const [trouble, ...rest] = said(3, 'peer')
    expect(trouble).toMatch(/^[0-9.]+ itself says that the port is closed: it is reached, but the session is over there$/)
    expect(rest).toEqual([])
  })
  test.each([
    [1, 'router'],
    [3, 'router'],
  ] as const)('code %i of a %s: the ready pair is told, and that the error was the only sign', (code, reporter) => {
    const [trouble, other] = said(code, reporter)
    expect(trouble).toBe('unreachable; it did not go on over another pair')
    expect(other).toContain('verified and ready: the sender had no other sign of trouble than that error (no timeout, no lost heartbeat)')
  })
})

describe('nothing is said', () => {
  test('of an association that lost a packet', () => {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    association.data(10.1, 0, 0, 101).data(11.2, 0, 0, 101).sack(11.22, 1, 0, 101)
    for (let i = 102; i <= 140; i++) association.data(2 + i / 10, 0, 0, i).sack(2.02 + i / 10, 1, 0, i)
    association.stage.finish(30)
    expect(reasons(association.stage)).toEqual([])
  })

  test('of one that moved', () => {
    const association = new Association().open()
    heartbeat(association, true)
    for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1.02 + i / 10, 1, 0, i)
    association.data(11.1, 0, 0, 101).data(12.1, 0, 1, 101).sack(12.12, 1, 1, 101)
    for (let i = 102; i <= 160; i++) association.data(2 + i / 10, 0, 1, i).sack(2.02 + i / 10, 1, 1, i)
    association.stage.finish(30)
    expect(association.stage.analyzer.rehomings()).toHaveLength(1)
    expect(reasons(association.stage)).toEqual([])
  })

  test('of one that is simply idle', () => {
    const association = new Association().open()
    for (let i = 1; i <= 20; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    association.stage.finish(300)
    expect(reasons(association.stage)).toEqual([])
  })
})

describe('a connection with one address', () => {
  test('whose host has another that it never announced', () => {
    const stage = new Stage({
      interfaces: [
        { id: 0, name: 'upA', addresses: [Connection.H[0] as string] },
        { id: 1, name: 'upB', addresses: [Connection.H[1] as string] },
      ],
      linkEvents: [
        { time: 5.05e9, line: 1, detail: { message: 'upA: carrier lost', what: 'link-down', interfaceName: 'upA', subject: null } },
      ],
    })
    const connection = new Connection(stage).open()
    for (let i = 0; i < 50; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
    stage.finish(30)
    expect(reasons(stage)).toEqual([
      'upA: carrier lost under its only working pair; the session had no other pair to go to',
      'the initiator has 2001:db8:b:1::10 too, but never announced it to its peer',
      'the responder announced no address but 2001:db8:f1:1::80',
    ])
  })

  const address = (seconds: number, what: 'address-added' | 'address-removed', subject: string) => ({
    time: seconds * 1e9,
    line: 1,
    detail: { message: `upB: ${what}`, what, interfaceName: 'upB', subject } as LinkDetail,
  })

  test.each([
    ['had another before', [], true],
    ['had had another', [address(2, 'address-removed', Connection.H[1] as string)], false],
    ['lost another later', [address(20, 'address-removed', Connection.H[1] as string)], true],
    ['got another later', [address(20, 'address-added', Connection.H[1] as string)], false],
    [
      'had lost one and got it again',
      [address(2, 'address-removed', '2001:db8:b:1::10'), address(3, 'address-added', '2001:db8:b:1::10')],
      true,
    ],
  ])('whose host %s', (_what, more, has) => {
    const down: LinkDetail = { message: 'upA: carrier lost', what: 'link-down', interfaceName: 'upA', subject: null }
    const stage = new Stage({
      interfaces: [
        { id: 0, name: 'upA', addresses: [Connection.H[0] as string] },
        { id: 1, name: 'upB', addresses: [Connection.H[1] as string] },
      ],
      linkEvents: [...more, { time: 5.05e9, line: 1, detail: down }].sort((a, b) => a.time - b.time),
    })
    const connection = new Connection(stage).open()
    for (let i = 0; i < 50; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
    stage.finish(30)
    expect(reasons(stage)[1]?.includes('has 2001:db8:b:1::10 too')).toBe(has)
  })

  test('with a second pair, whose host had an address on neither', () => {
    const stage = new Stage({
      interfaces: [
        { id: 0, name: 'upA', addresses: [Association.A[0] as string] },
        { id: 1, name: 'upB', addresses: [Association.A[1] as string] },
        { id: 2, name: 'upC', addresses: ['198.18.3.10', '2001:db8:c::10', '169.254.1.1'] },
      ],
    })
    const said = stalled((a) => heartbeat(a, true), new Association(stage))
    expect(said[1]).toBe('the initiator has 198.18.3.10 too, but no packet of this session came from it')
    expect(said[2]).toContain('verified and ready')
  })

  test('that was refused a second one says by whom', () => {
    const connection = new Connection().open()
    for (let i = 0; i < 10; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
    connection.join(2, 1, true)
    connection.stage.finish(5)
    expect(reasons(connection.stage)).toEqual(['a further pair was tried and refused: RST MP_TCPRST: administratively prohibited'])
  })
})

test('an INIT that was answered with an ABORT was refused, not left without an answer', () => {
  const stage = new Stage()
  const association = new Association(stage)
  stage.packet(1, association.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 5 }) })
  const detail = { message: 'ABORT', abrupt: true, final: true, cause: null, authentication: 'A1' } as const
  stage.packet(1.01, association.wire(1, 0)).emit(SignalKind.Closed, { token: 5, detail })
  stage.finish(30)
  expect(stage.analyzer.session('s1')).toMatchObject({
    state: 'failed',
    headline: 'Never came up on upA: tried since 1.000 s, ended by ABORT',
    noFailover: [{ reason: 'the handshake was refused: ended by ABORT', frames: [1, 2] }],
  })
})

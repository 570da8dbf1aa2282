/** What the client's Initials are called, and what of them was answered. */
import { expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { opening, Stage } from './stage.ts'

const wire = (side: 0 | 1) => ({
  protocol: SignalProtocol.Udp,
  from: side === 0 ? '192.0.2.10' : '203.0.113.10',
  to: side === 0 ? '203.0.113.10' : '192.0.2.10',
  fromPort: side === 0 ? 50000 : 443,
  toPort: side === 0 ? 443 : 50000,
})

type Step = [seconds: number, 'initial' | 'answer' | 'Retry' | 'Retry with a wrong integrity tag']

function played(...steps: Step[]) {
  const stage = new Stage()
  for (const [seconds, what] of steps) {
    const side: 0 | 1 = what === 'initial' ? 0 : 1
    const own = { protocol: SignalProtocol.Quic, context: 1, token: 1, side }
    const detail =
      side === 0 || what === 'answer' ? opening('Initial', side + 1, { sender: [], receiver: [] }) : { message: what as string }
    stage.packet(seconds, wire(side)).emit('step' in detail ? SignalKind.Opening : SignalKind.Noted, { ...own, detail })
  }
  stage.finish(60)
  const session = stage.analyzer.session('s1')
  return { words: session?.timeline.map((m) => m.detail), reason: session?.noFailover?.[0]?.reason }
}

test('a ClientHello in two Initials was not sent again', () => {
  expect(played([0, 'initial'], [0.0006, 'initial'], [0.3, 'initial'], [0.3001, 'initial']).words).toEqual([
    'Initial sent by the client',
    'another Initial of the same flight',
    'Initial sent again',
    'another Initial of the same flight',
  ])
})

test('the Initial that a Retry asks for was not sent again; further Retries ask for nothing', () => {
  expect(played([1, 'initial'], [1.02, 'Retry'], [1.021, 'initial'], [1.03, 'Retry'], [2.02, 'initial'], [2.04, 'answer']).words).toEqual([
    'Initial sent by the client',
    'Retry',
    'Initial sent anew, as the Retry asked',
    'Retry',
    'Initial sent again',
    'Initial answered',
  ])
})

test('a Retry is an answer, one that is not the server’s is none', () => {
  expect(played([1, 'initial'], [1.02, 'Retry'], [1.021, 'initial'], [2.02, 'initial']).reason).toBe(
    'the handshake was answered but never completed',
  )
  expect(played([1, 'initial'], [1.02, 'Retry with a wrong integrity tag'], [2, 'initial']).reason).toBe('the handshake was never answered')
})

test('a server that forbids moving is why its client stayed, and why it stayed in trouble', () => {
  const stage = new Stage()
  const own = (side: 0 | 1) => ({ protocol: SignalProtocol.Quic, context: 1, token: 1, side })
  const say = (t: number, side: 0 | 1, kind: SignalKind, rest: object) => stage.packet(t, wire(side)).emit(kind, { ...own(side), ...rest })
  say(0, 0, SignalKind.Opening, { detail: opening('Initial', 1) })
  say(0.02, 1, SignalKind.Opening, { detail: opening('Initial', 2) })
  say(0.03, 1, SignalKind.Noted, { detail: { message: 'disable_active_migration' } })
  say(0.05, 1, SignalKind.Opened, { detail: opening('1-RTT', 4) })
  const data = { space: UnitSpace.PacketNumber, unit: 1, span: 1, bytes: 900 }
  say(1, 0, SignalKind.Payload, data)
  say(1.02, 1, SignalKind.Payload, data)
  const why = 'the responder forbade the initiator to move (disable_active_migration)'
  const seen = () => stage.analyzer.session('s1')
  expect(seen()?.headline).toBe('Stayed on upA; the responder forbids moving')
  expect(seen()?.questionnaire?.['7.1.e']).toMatchObject({ value: why, source: 'observed', frames: [3] })
  say(2, 0, SignalKind.Payload, { ...data, unit: 2 })
  const { flow, direction } = stage.signal
  const message = 'Destination unreachable (Host unreachable)'
  const detail = { version: 4, type: 3, code: 1, message, reporter: -1, quotedToken: null, mtu: null } as const
  stage.emit(SignalKind.IcmpError, { protocol: SignalProtocol.Icmp, flow, direction, detail })
  stage.finish(5)
  expect(seen()?.noFailover?.map((r) => r.reason)).toEqual([
    `${message}; the session had no other pair to go to`,
    why,
    'the initiator was seen at no address but 192.0.2.10',
    'the responder announced no address but 203.0.113.10',
  ])
})

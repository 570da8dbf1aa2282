/** Captures that hold one direction only say so: an answer that cannot be seen is no missing answer. */
import { expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { opening, Stage } from './stage.ts'

const LINE = 'answers: no flow has packets of both directions, so the capture may hold one direction only'

test.each([
  { flows: 3, answered: 0, said: true },
  { flows: 3, answered: 1, said: false },
  { flows: 2, answered: 0, said: false },
])('$flows flows, $answered of them answered', ({ flows, answered, said }) => {
  const stage = new Stage()
  for (let n = 0; n < flows; n++) {
    const host = { address: '192.0.2.10', port: 40000 + n }
    const server = { address: '203.0.113.10', port: 443 }
    for (const [from, to] of n < answered
      ? ([
          [host, server],
          [server, host],
        ] as const)
      : ([[host, server]] as const))
      stage
        .packet(n, { protocol: SignalProtocol.Udp, from: from.address, to: to.address, fromPort: from.port, toPort: to.port })
        .emit(SignalKind.Payload, { bytes: 100 })
  }
  stage.finish()
  const { limits, sessions } = stage.analyzer.report([], '0')
  expect(limits.notObservable.includes(LINE)).toBe(said)
  const words = said ? 'never seen answered (the capture may hold one direction only)' : 'not answered'
  expect(sessions.map(({ headline }) => headline?.split(', ')[1])).toEqual(
    Array.from({ length: flows }, (_, n) => (n < answered ? undefined : words)),
  )
})

test.each([
  { what: 'ports of their own choice', to: ['203.0.113.10', '192.0.2.10'] },
  { what: 'groups', to: ['224.0.0.18', 'ff02::12', '255.255.255.255'] },
])('$what: flows without an answer are no sign of one direction', ({ to }) => {
  const stage = new Stage()
  const senders = { '203.0.113.10': '192.0.2.10', '192.0.2.10': '203.0.113.10', 'ff02::12': '2001:db8::1' } as Record<string, string>
  for (let n = 0; n < 6; n++) {
    const target = to[n % to.length] as string
    const from = senders[target] ?? '198.51.100.7'
    stage
      .packet(n, { protocol: SignalProtocol.Udp, from, to: target, fromPort: 50000 + n, toPort: 3784 })
      .emit(SignalKind.Payload, { bytes: 24 })
  }
  stage.finish()
  expect(stage.analyzer.report([], '0').limits.notObservable).not.toContain(LINE)
})

test('handshakes of which answers cannot be seen are not said to have failed', () => {
  const headline = (answered: boolean): string => {
    const stage = new Stage()
    const wire = { protocol: SignalProtocol.Tcp, from: '192.0.2.10', to: '203.0.113.10', toPort: 443 }
    for (let n = 0; n < 3; n++)
      for (let again = 0; again < 4; again++)
        stage.packet(n + 2 ** again, { ...wire, fromPort: 40000 + n }).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    if (answered) {
      const udp = { protocol: SignalProtocol.Udp, fromPort: 5000, toPort: 5001 }
      stage.packet(20, { ...udp, from: wire.from, to: wire.to }).emit(SignalKind.Payload, { bytes: 100 })
      stage.packet(20.1, { ...udp, from: wire.to, to: wire.from, fromPort: 5001, toPort: 5000 }).emit(SignalKind.Payload, { bytes: 100 })
    }
    stage.finish(100)
    return stage.analyzer.session('s1')?.headline ?? ''
  }
  expect(headline(false)).toMatch(/^Not seen to come up.*never seen answered/)
  expect(headline(true)).toMatch(/^Never came up.*never answered$/)
})

/** The questions of RFC 4177 section 7, answered from what was seen, and from the specification where nothing was. */
import { describe, expect, test } from 'vitest'
import { QUESTIONS } from '../../../shared/questionnaire.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, Connection, opening, Stage } from './stage.ts'

function moved(): Association {
  const association = new Association().open().heartbeat(0.5, 0, 1, 'h').heartbeat(0.52, 1, 1, 'h', true)
  for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1.02 + i / 10, 1, 0, i)
  association.data(11.1, 0, 0, 101).data(12.1, 0, 1, 101).sack(12.12, 1, 1, 101)
  for (let i = 102; i <= 160; i++) association.data(2 + i / 10, 0, 1, i).sack(2.02 + i / 10, 1, 1, i)
  association.stage.finish(30)
  return association
}

const answers = (association: Association | Connection) => association.stage.analyzer.session('s1')?.questionnaire ?? {}

describe('an association that moved', () => {
  const said = answers(moved())
  test('answers every question, with frames where it was observed', () => {
    expect(Object.keys(said)).toEqual(Object.keys(QUESTIONS))
  })
  test.each([
    ['7.1.f', 'observed', /listed in the handshake \(INIT\)/],
    ['7.2.c', 'observed', /^transport 1$/],
    ['7.2.d', 'observed', /^the ends 1, the network or link 0, their own decision 0$/],
    ['7.3.a', 'observed', /verified before in 1 of 1/],
    ['7.3.c', 'observed', /exit and locator 1, exit alone 0, locator alone 0/],
    ['7.4.a', 'observed', /in 1 of 1 changes/],
    ['7.1.h', 'observed', /^yes: each source address left by one interface/],
    ['7.3.d', 'protocol-default', /ASCONF/],
    ['7.1.c', 'observed', /^not observed/],
  ])('%s', (question, source, value) => {
    expect(said[question]?.source).toBe(source)
    expect(said[question]?.value).toMatch(value)
  })
  test('what was seen of exits names packets, one of each pair', () => {
    expect(said['7.1.h']?.frames.length).toBe(2)
  })
  test('defaults name their specification and no frames', () => {
    for (const answer of Object.values(said).filter((a) => a.source === 'protocol-default'))
      expect([answer.reference, answer.frames]).toEqual(['RFC 9260, RFC 5061', []])
  })
})

test('sessions of one host pair that move together share their fate; one that does not move does not', () => {
  const association = moved()
  expect(answers(association)['7.2.b']?.value).toBe('one session only')
})

test('a connection that never moved claims nothing about changes', () => {
  const connection = new Connection().open()
  for (let i = 0; i < 20; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
  connection.stage.finish(5)
  const said = answers(connection)
  expect([said['7.2.a']?.value, said['7.2.e']?.value, said['7.3.c']?.value]).toEqual(['not observed', 'not observed', 'not observed'])
  expect(said['7.2.c']).toMatchObject({ source: 'protocol-default', confidence: 60 })
})

describe('what moves by its token is not told to be unable to, as plain TCP is', () => {
  const said = (protocol: SignalProtocol) => {
    const stage = new Stage()
    for (let i = 0; i < 4; i++)
      for (const [from, to, token] of [
        ['192.0.2.10', '203.0.113.10', 0x1001],
        ['203.0.113.10', '192.0.2.10', 0x2002],
      ] as const)
        stage
          .packet(i / 10, { protocol, from, to, fromPort: 0, toPort: 0 })
          .emit(SignalKind.Payload, { protocol, token, space: UnitSpace.IpsecSequence, unit: i + 1, span: 1, bytes: 120 })
    stage.finish()
    const session = stage.analyzer.session('s1')
    return [session?.protocol, session?.questionnaire?.['7.3.d'], session?.questionnaire?.['7.5.a']]
  }
  test.each([
    [SignalProtocol.Esp, 'esp', 'RFC 4301, RFC 4303', /^by the key exchange only/],
    [SignalProtocol.Wireguard, 'wireguard', 'WireGuard, NDSS 2017', /^no list/],
    [SignalProtocol.Gtp, 'gtp-u', undefined, /^not observed$/],
  ] as const)('%i', (protocol, name, reference, value) => {
    expect(said(protocol)).toEqual([name, expect.objectContaining({ value: expect.stringMatching(value) }), expect.anything()])
    expect(said(protocol).map((a) => (typeof a === 'object' ? a?.reference : ''))).toEqual(['', reference, reference])
  })
})

test.each([
  { at: 'both ends', addresses: ['192.0.2.10', '203.0.113.10'], value: /: both ends were captured, and / },
  { at: 'an end that does not show', addresses: [], value: /: nothing shows at which end this was captured$/ },
])('whose exits they were is not told where the capture was taken at $at', ({ addresses, value }) => {
  const stage = new Stage({ interfaces: [{ id: 0, name: 'lo', addresses }] })
  const wire = { protocol: SignalProtocol.Udp, from: '192.0.2.10', to: '203.0.113.10', fromPort: 50000, toPort: 443 }
  const detail = opening('Initial', 1)
  stage.packet(0, wire).emit(SignalKind.Opening, { protocol: SignalProtocol.Quic, context: 1, token: 1, side: 0, detail })
  stage.finish()
  expect(stage.analyzer.session('s1')?.questionnaire?.['7.1.h']?.value).toMatch(value)
})

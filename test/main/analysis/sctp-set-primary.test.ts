/** A peer that is asked to use another address (RFC 5061 section 4.2.4), and what its data there proves (RFC 9260 section 5.4). */
import { expect, test } from 'vitest'
import { SignalKind } from '../../../shared/signals.ts'
import { Association, BASE } from './stage.ts'

const claim = (address: number, message: string, serial: number) => ({
  message,
  address,
  port: null,
  addressId: null,
  how: 'signalled' as const,
  authentication: 'A1' as const,
  serial,
  correlation: serial,
  wildcard: false,
})

/** B answers A's request for its second address; A's data stays on the first pair for 80 ms more. No path was probed. */
function play(): Association {
  const association = new Association()
  const { stage } = association
  association.open()
  for (let i = 0; i < 4; i++) association.data(1 + i / 1000, 1, 0, 1 + i).sack(1.0005 + i / 1000, 0, 0, 1 + i)
  for (let i = 0; i < 4; i++) association.data(1 + i / 1000, 0, 0, 1 + i).sack(1.0005 + i / 1000, 1, 0, 1 + i)
  const second = stage.address(Association.A[1] as string)
  stage.packet(1.01, association.wire(0, 0)).emit(SignalKind.Preferred, {
    token: association.token(0),
    detail: { ...claim(second, 'ASCONF: Set Primary IP Address', 7), backup: null } as never,
  })
  stage.packet(1.0102, association.wire(1, 0)).emit(SignalKind.ClaimAnswered, {
    token: association.token(1),
    detail: {
      message: 'ASCONF-ACK: Set Primary IP Address',
      accepted: true,
      serial: 7,
      correlation: 7,
      addressId: null,
      address: second,
      authentication: 'A1',
      cause: null,
    },
  })
  for (let i = 0; i < 4; i++) association.data(1.02 + i / 100, 1, 1, 5 + i).sack(1.025 + i / 100, 0, 0, 5 + i)
  for (let i = 0; i < 4; i++) association.data(1.1 + i / 1000, 0, 1, 5 + i).sack(1.1005 + i / 1000, 1, 1, 5 + i)
  stage.packet(1.11, association.wire(1, 1)).emit(SignalKind.Closed, {
    token: association.token(1),
    detail: { message: 'SHUTDOWN COMPLETE', abrupt: false, final: true, cause: null, authentication: 'A1' },
  })
  stage.finish(1.11)
  return association
}

test('its data moves though the association ends soon after, and is not taken for proven before', () => {
  const { analyzer } = play().stage
  expect(
    analyzer.rehomings().map((r) => [r.direction, r.from.initiator, r.to.initiator, Math.round((r.t - BASE) * 1000), r.verifiedBefore]),
  ).toEqual([['both', '192.0.2.10', '198.51.100.10', 1020, false]])
})

test('an acknowledgement of data that went there alone proves the address', () => {
  const { analyzer } = play().stage
  const locator = analyzer.session('s1')?.endpoints[0].locators.find((l) => l.address === '198.51.100.10')
  expect([locator?.verifiedHow, Math.round(((locator?.verified ?? 0) - BASE) * 1000)]).toEqual(['data acknowledged', 1025])
})

test('a HEARTBEAT that is answered proves more than data, and stands for it', () => {
  const association = new Association().open()
  association.data(1, 0, 1, 1).sack(1.01, 1, 1, 1)
  association.heartbeat(2, 0, 1, 'x').heartbeat(2.02, 1, 1, 'x', true)
  association.stage.finish(3)
  const locator = association.stage.analyzer.session('s1')?.endpoints[1].locators.find((l) => l.address === '203.0.113.74')
  expect([locator?.verifiedHow, Math.round(((locator?.verified ?? 0) - BASE) * 1000)]).toEqual(['HEARTBEAT answered', 2020])
})

test('of data that was sent over two paths nobody knows which arrived', () => {
  const association = new Association().open()
  association.data(1, 0, 0, 1).data(2.5, 0, 1, 1).sack(2.51, 1, 1, 1)
  association.stage.finish(3)
  const locator = association.stage.analyzer.session('s1')?.endpoints[1].locators.find((l) => l.address === '203.0.113.74')
  expect(locator?.verified).toBeNull()
})

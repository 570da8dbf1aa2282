/** The round trip of a handshake, and when it tells nothing: Karn's rule (RFC 6298 section 3). */
import { expect, test } from 'vitest'
import { SignalKind } from '../../../shared/signals.ts'
import { Connection, opening } from './stage.ts'

const rtt = (connection: Connection): (number | null | undefined)[] => {
  connection.stage.finish()
  return (connection.stage.analyzer.session('s1')?.pairs ?? []).map((pair) => pair.rtt ?? null)
}

test('a SYN that was answered at once gives the round trip in milliseconds', () => {
  expect(rtt(new Connection().open())).toEqual([20])
})

test('a SYN that was sent again gives none: nobody knows which copy was answered', () => {
  const connection = new Connection()
  connection.stage.packet(-1, connection.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN', 1, { addressId: 0 }) })
  expect(rtt(connection.open())).toEqual([null])
})

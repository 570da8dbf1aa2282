/** What a path carried: packets are counted once each, however many units one holds. */
import { expect, test } from 'vitest'
import { SignalKind, UnitSpace } from '../../../shared/signals.ts'
import { Association } from './stage.ts'

test('several DATA chunks in one SCTP packet are one packet of its path', () => {
  const association = new Association().open()
  const { stage } = association
  for (let packet = 0; packet < 4; packet++) {
    stage.packet(1 + packet / 10, association.wire(0, 0), 1200)
    for (let chunk = 0; chunk < 6; chunk++)
      stage.emit(SignalKind.Payload, {
        token: association.token(0),
        space: UnitSpace.Tsn,
        unit: packet * 6 + chunk + 1,
        span: 1,
        bytes: 180,
      })
  }
  stage.finish()
  const pairs = stage.analyzer.session('s1')?.pairs.filter((pair) => pair.payloadBytes > 0)
  // four packets of the handshake, of 100 bytes each, and four with data
  expect(pairs?.map(({ packets, bytes, payloadBytes }) => ({ packets, bytes, payloadBytes }))).toEqual([
    { packets: 8, bytes: 4 * 100 + 4 * 1200, payloadBytes: 24 * 180 },
  ])
})

/** How the addresses of a plain connection came to be known. */
import { expect, test } from 'vitest'
import { SignalKind, UnitSpace } from '../../../shared/signals.ts'
import { opening, Stage, tcpWire as wire } from './stage.ts'

test('an address that was only seen in use was not told by a SYN; nor was that of who never answered', () => {
  const data = new Stage()
  data.packet(0, wire(0)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 100, span: 100, bytes: 100 })
  data.packet(0.1, wire(1)).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 200 })
  const syn = new Stage()
  syn.packet(0, wire(0)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
  const signals = [data, syn].map((stage) => {
    stage.finish(1)
    return stage.analyzer.session('s1')?.endpoints.map((end) => end.locators[0]?.signal)
  })
  expect(signals).toEqual([
    [null, null],
    ['SYN', null],
  ])
})

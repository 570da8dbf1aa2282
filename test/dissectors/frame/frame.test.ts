import { expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitEthernet, hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const BYTES = emitEthernet(
  emitUdpPacket(hex('00'), { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 40000, destinationPort: 40001 }),
)

it('the frame says what the capture says of it', () => {
  const state = new StreamState(nodeCrypto)
  state.baseNanoseconds = 1_418_145_369_924_505_488n
  state.interfaces = [{ id: 3, name: 'wan0', ticksPerSecond: 1_000_000_000n }]
  const seen = walkPacket(BYTES, { state, row: 41, time: -39_000, wireLength: 1500 })
  expect(seen.family('frame')).toEqual([
    'frame.interface_id 3',
    'frame.interface_name wan0',
    'frame.time 2014-12-09T17:16:09.924466488Z',
    'frame.time_epoch 1418145369.924466488',
    'frame.time_relative -0.000039000',
    'frame.number 42',
    'frame.len 1500',
    'frame.cap_len 43',
    'frame.protocols eth:ethertype:ip:udp:data',
  ])
})

it('times more than 104 days from the first packet are those of the file, to the tick', () => {
  const state = new StreamState(nodeCrypto)
  state.baseNanoseconds = 1_041_342_931_300_001_000n
  state.interfaces = [{ id: 0, name: null, ticksPerSecond: 1_000_000n }]
  // 13 years and 171 µs: the nearest double is 8 ns off
  const years = 13 * 365 * 86_400
  const times = (time: number) => {
    const seen = walkPacket(BYTES, { state, row: 1, time })
    return [...seen.values('frame.time_epoch'), ...seen.values('frame.time_relative'), ...seen.values('frame.time')]
  }
  expect([times(years * 1e9 + 171_000), times(-(years * 1e9 + 171_000))]).toEqual([
    ['1451310931.300172000', '409968000.000171000', '2015-12-28T13:55:31.300172000Z'],
    ['631374931.299830000', '-409968000.000171000', '1990-01-03T13:55:31.299830000Z'],
  ])
})

it('a file that describes no interface gives none', () => {
  const seen = walkPacket(BYTES)
  expect([seen.values('frame.interface_id'), seen.values('frame.interface_name'), seen.values('frame')]).toEqual([
    [],
    [],
    ['Frame 1: 43 bytes on wire, 43 bytes captured'],
  ])
})

it('records nothing and allocates no text in the index pass', () => {
  const seen = walkPacket(BYTES, { record: false })
  expect([seen.recorder.count, seen.walk.info, seen.walk.flow, seen.stop]).toEqual([0, '', 0, ''])
})

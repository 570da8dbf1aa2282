import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import type { LivenessDetail } from '../../../shared/signal-details.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }
const ends = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 49152, destinationPort: 3784 }
const back = { source: ends.destination, destination: ends.source, sourcePort: 49153, destinationPort: 3784 }

/** RFC 5880 section 4.1: version and diagnostic, state and flags, multiplier 3, length 24, discriminators, intervals in µs. */
const control = (diagnostic: string, state: string, mine: string, yours: string): Uint8Array =>
  hex(`${diagnostic} ${state} 03 18 ${mine} ${yours} 000f4240 000493e0 00000000`)

describe('BFD', () => {
  it('a control packet shows its fields', () => {
    const seen = walkPacket(emitUdpPacket(control('21', 'e8', '0000000a', '0000000b'), ends), raw)
    expect([seen.stop, seen.family('bfd')]).toEqual([
      '',
      [
        'bfd.version 1',
        'bfd.diag 0x01',
        'bfd.sta 0x03',
        'bfd.flags 0xe8',
        'bfd.flags.p 1',
        'bfd.flags.f 0',
        'bfd.flags.c 1',
        'bfd.flags.a 0',
        'bfd.flags.d 0',
        'bfd.flags.m 0',
        'bfd.detect_time_multiplier 3',
        'bfd.message_length 24',
        'bfd.my_discriminator 0x0000000a',
        'bfd.your_discriminator 0x0000000b',
        'bfd.desired_min_tx_interval 1000000',
        'bfd.required_min_rx_interval 300000',
        'bfd.required_min_echo_interval 0',
      ],
    ])
  })

  it('each side says its state once, until it changes, and why', () => {
    const state = new StreamState(nodeCrypto)
    const packets: [Uint8Array, typeof ends][] = [
      [control('20', '40', '0000000a', '00000000'), ends],
      [control('20', '80', '0000000b', '0000000a'), back],
      [control('20', 'c0', '0000000a', '0000000b'), ends],
      [control('20', 'c0', '0000000a', '0000000b'), ends],
      [control('20', 'c0', '0000000b', '0000000a'), back],
      [control('21', '40', '0000000b', '0000000a'), back],
    ]
    const told = packets.map(([bytes, way], row) =>
      walkPacket(emitUdpPacket(bytes, way), { ...raw, state, row })
        .signals.filter((s) => s.kind === SignalKind.Liveness)
        .map((s) => s.detail as LivenessDetail)
        .map(({ state, cause, sender, receiver }) => [state, cause, sender[0]?.value, receiver[0]?.value ?? null]),
    )
    expect(told).toEqual([
      [['down', null, '0x0000000a', null]],
      [['coming-up', null, '0x0000000b', '0x0000000a']],
      [['up', null, '0x0000000a', '0x0000000b']],
      [],
      [['up', null, '0x0000000b', '0x0000000a']],
      [['down', 'control detection time expired', '0x0000000b', '0x0000000a']],
    ])
  })

  it.each([
    ['another version', '40c0 03 18 0000000a 0000000b 000f4240 000493e0 00000000'],
    ['a multiplier of zero', '20c0 00 18 0000000a 0000000b 000f4240 000493e0 00000000'],
    ['no discriminator of its own', '20c0 03 18 00000000 0000000b 000f4240 000493e0 00000000'],
    ['a length beyond the datagram', '20c0 03 30 0000000a 0000000b 000f4240 000493e0 00000000'],
  ])('%s under its port is no BFD (section 6.8.6)', (_, bytes) => {
    const seen = walkPacket(emitUdpPacket(hex(bytes), ends), raw)
    expect([seen.stop, seen.family('bfd'), seen.signals.filter((s) => s.kind === SignalKind.Liveness)]).toEqual(['', [], []])
  })
})

/** BFD control packets (RFC 5880 section 4.1): layout and fields. Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

/** one hop (RFC 5881), several (RFC 5883), link aggregation (RFC 7130) */
export const BFD_PORTS = [3784, 4784, 6784]
export const LENGTH = 24

export const STATE_NAMES = ['admin-down', 'down', 'coming-up', 'up'] as const
export const DIAGNOSTICS: Readonly<Record<number, string>> = {
  0: 'no diagnostic',
  1: 'control detection time expired',
  2: 'echo function failed',
  3: 'neighbour signalled session down',
  4: 'forwarding plane reset',
  5: 'path down',
  6: 'concatenated path down',
  7: 'administratively down',
  8: 'reverse concatenated path down',
}

export const bfd = protocol('bfd', 'Bidirectional Forwarding Detection', 'BFD')
export const Field = {
  version: bfd.uint8('bfd.version', 'Version'),
  diagnostic: bfd.uint8('bfd.diag', 'Diagnostic', { base: 'hex', values: DIAGNOSTICS }),
  state: bfd.uint8('bfd.sta', 'State', { base: 'hex', values: { 0: 'AdminDown', 1: 'Down', 2: 'Init', 3: 'Up' } }),
  flags: bfd.uint8('bfd.flags', 'State and flags', { base: 'hex' }),
  poll: bfd.bool('bfd.flags.p', 'Poll'),
  final: bfd.bool('bfd.flags.f', 'Final'),
  independent: bfd.bool('bfd.flags.c', 'Control plane independent'),
  authenticated: bfd.bool('bfd.flags.a', 'Authentication present'),
  demand: bfd.bool('bfd.flags.d', 'Demand'),
  multipoint: bfd.bool('bfd.flags.m', 'Multipoint'),
  multiplier: bfd.uint8('bfd.detect_time_multiplier', 'Detection multiplier'),
  length: bfd.uint8('bfd.message_length', 'Length'),
  mine: bfd.uint32('bfd.my_discriminator', 'My discriminator', { base: 'hex' }),
  yours: bfd.uint32('bfd.your_discriminator', 'Your discriminator', { base: 'hex' }),
  transmit: bfd.uint32('bfd.desired_min_tx_interval', 'Desired minimum transmit interval'),
  receive: bfd.uint32('bfd.required_min_rx_interval', 'Required minimum receive interval'),
  echo: bfd.uint32('bfd.required_min_echo_interval', 'Required minimum echo interval'),
} as const

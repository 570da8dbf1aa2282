/**
 * Frames that a switch or access point mirrors to somebody who captures elsewhere: ERSPAN of types I, II and III (draft-foschiano-erspan-03
 * sections 4.1, 4.2, 4.3) behind GRE, and TZSP over UDP (by its makers' descriptions; MikroTik's sniffers speak it). Names are Wireshark's.
 */
import { protocol } from '../core/fields.ts'

/** GRE protocol types: of types I and II, and of type III */
export const ERSPAN = 0x88be
export const ERSPAN_3 = 0x22eb
export const ERSPAN_SIZE = 8
export const ERSPAN_3_SIZE = 12
/** what the O bit of type III announces */
export const PLATFORM_SIZE = 8

export const enum FrameType {
  Ethernet = 0,
  Ip = 2,
}

export const erspan = protocol('erspan', 'Encapsulated Remote Switch Packet Analysis', 'ERSPAN')
export const Erspan = {
  version: erspan.uint16('erspan.version', 'Version', { values: { 0: 'Type I', 1: 'Type II', 2: 'Type III' } }),
  vlan: erspan.uint16('erspan.vlan', 'VLAN'),
  priority: erspan.uint16('erspan.cos', 'Class of service'),
  encapsulation: erspan.uint16('erspan.encap', 'Encapsulation', {
    values: {
      0: 'Originally without VLAN tag',
      1: 'Originally ISL encapsulated',
      2: 'Originally 802.1Q encapsulated',
      3: 'VLAN tag preserved',
    },
  }),
  integrity: erspan.uint16('erspan.bso', 'Bad, short or oversized', {
    values: { 0: 'Good or unknown', 1: 'Short', 2: 'Oversized', 3: 'Bad' },
  }),
  truncated: erspan.uint16('erspan.truncated', 'Truncated'),
  session: erspan.uint16('erspan.spanid', 'Session'),
  reserved: erspan.uint32('erspan.reserved', 'Reserved'),
  index: erspan.uint32('erspan.index', 'Port index'),
  timestamp: erspan.uint32('erspan.timestamp', 'Timestamp'),
  group: erspan.uint16('erspan.sgt', 'Security group tag'),
  hasFrame: erspan.uint16('erspan.p', 'Has an Ethernet frame'),
  frameType: erspan.uint16('erspan.ft', 'Frame type', { values: { 0: 'Ethernet', 2: 'IP' } }),
  hardware: erspan.uint16('erspan.hw', 'Hardware'),
  direction: erspan.bool('erspan.direction', 'Leaves the port'),
  granularity: erspan.uint16('erspan.gra', 'Granularity of the timestamp', {
    values: { 0: '100 microseconds', 1: '100 nanoseconds', 2: 'IEEE 1588', 3: 'User configurable' },
  }),
  further: erspan.uint16('erspan.o', 'Platform header follows'),
  platform: erspan.uint32('erspan.platid', 'Platform'),
  platformData: erspan.bytes('erspan.platform_data', 'Platform data'),
} as const

export const TZSP_PORT = 37008
export const TZSP_HEADER = 4
export const TZSP_ETHERNET = 1

export const enum Tag {
  Padding = 0,
  End = 1,
  OriginalLength = 41,
}

/** type 0: a frame that was received, 1: one to be sent; keep-alives and the like carry none */
export const TZSP_TYPES: Readonly<Record<number, string>> = {
  0: 'Received packet',
  1: 'Packet for transmit',
  2: 'Reserved',
  3: 'Configuration',
  4: 'Keep-alive',
  5: 'Port opener',
}

export const tzsp = protocol('tzsp', 'TaZmen Sniffer Protocol', 'TZSP')
export const Tzsp = {
  version: tzsp.uint8('tzsp.version', 'Version'),
  type: tzsp.uint8('tzsp.type', 'Type', { values: TZSP_TYPES }),
  encapsulation: tzsp.uint16('tzsp.encap', 'Encapsulation', {
    values: { 1: 'Ethernet', 18: 'IEEE 802.11', 119: 'Prism header', 127: 'AVS header' },
  }),
  tag: tzsp.uint8('tzsp.option_tag', 'Tag'),
  tagLength: tzsp.uint8('tzsp.option_length', 'Length of the tag'),
  originalLength: tzsp.uint16('tzsp.original_length', 'Original length'),
} as const

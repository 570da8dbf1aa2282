/** Mobile IPv4 registration over UDP port 434 (RFC 5944 sections 3.3, 3.4) and its extensions (section 1.10): offsets, code points, fields. */
import { protocol } from '../core/fields.ts'

export const REGISTRATION_PORT = 434
export const enum Type4 {
  Request = 1,
  Reply = 3,
}
export const enum RequestAt {
  Flags = 1,
  Lifetime = 2,
  Home = 4,
  Agent = 8,
  CareOf = 12,
  Identification = 16,
}
export const enum ReplyAt {
  Code = 1,
  Lifetime = 2,
  Home = 4,
  Agent = 8,
  Identification = 12,
}
export const REQUEST_SIZE = 24
export const REPLY_SIZE = 20
/** keep the earlier bindings: traffic goes to all care-of addresses */
export const SIMULTANEOUS = 0x80
/** mobile node and home agent, mobile node and foreign agent, foreign agent and home agent */
export const AUTHENTICATIONS: readonly number[] = [32, 33, 34]
/** the only codes that accept */
export const LAST_ACCEPTING = 1

export const CODES: Readonly<Record<number, string>> = {
  0: 'registration accepted',
  1: 'registration accepted, but simultaneous mobility bindings unsupported',
  64: 'foreign agent: reason unspecified',
  65: 'foreign agent: administratively prohibited',
  66: 'foreign agent: insufficient resources',
  67: 'foreign agent: mobile node failed authentication',
  68: 'foreign agent: home agent failed authentication',
  69: 'foreign agent: requested lifetime too long',
  70: 'foreign agent: poorly formed request',
  71: 'foreign agent: poorly formed reply',
  72: 'foreign agent: requested encapsulation unavailable',
  77: 'foreign agent: invalid care-of address',
  78: 'foreign agent: registration timeout',
  80: 'foreign agent: home network unreachable',
  81: 'foreign agent: home agent host unreachable',
  82: 'foreign agent: home agent port unreachable',
  88: 'foreign agent: home agent unreachable',
  128: 'home agent: reason unspecified',
  129: 'home agent: administratively prohibited',
  130: 'home agent: insufficient resources',
  131: 'home agent: mobile node failed authentication',
  132: 'home agent: foreign agent failed authentication',
  133: 'home agent: registration identification mismatch',
  134: 'home agent: poorly formed request',
  135: 'home agent: too many simultaneous mobility bindings',
  136: 'home agent: unknown home agent address',
}

export const mip4 = protocol('mip', 'Mobile IP', 'MobileIP')
export const type = mip4.uint8('mip.type', 'Message type', { values: { 1: 'Registration Request', 3: 'Registration Reply' } })
export const flags = mip4.uint8('mip.flags', 'Flags', { base: 'hex' })
/** the bit in the flags, and its field */
export const FLAGS: readonly (readonly [bit: number, field: number])[] = [
  [7, mip4.bool('mip.s', 'Simultaneous bindings')],
  [6, mip4.bool('mip.b', 'Broadcast datagrams')],
  [5, mip4.bool('mip.d', 'Co-located care-of address')],
  [4, mip4.bool('mip.m', 'Minimal encapsulation')],
  [3, mip4.bool('mip.g', 'GRE')],
  [2, mip4.bool('mip.v', 'Van Jacobson')],
  [1, mip4.bool('mip.t', 'Reverse tunneling')],
  [0, mip4.bool('mip.x', 'Reserved')],
]
export const code = mip4.uint8('mip.code', 'Reply code', { values: CODES })
export const lifetime = mip4.uint16('mip.life', 'Lifetime')
export const homeAddress = mip4.ipv4('mip.homeaddr', 'Home address')
export const homeAgent = mip4.ipv4('mip.haaddr', 'Home agent')
export const careOfAddress = mip4.ipv4('mip.coa', 'Care-of address')
export const identification = mip4.absoluteTime('mip.ident', 'Identification')
export const extension = mip4.group('mh.mip.extension', 'Extension')
export const extensionType = mip4.uint8('mip.ext.type', 'Extension type', {
  values: {
    0: 'One-byte padding',
    32: 'Mobile-Home Authentication',
    33: 'Mobile-Foreign Authentication',
    34: 'Foreign-Home Authentication',
  },
})
export const extensionLength = mip4.uint16('mip.ext.len', 'Extension length')
export const extensionData = mip4.bytes('mip.extension', 'Extension')
export const authenticationSpi = mip4.uint32('mip.auth.spi', 'SPI', { base: 'hex' })
export const authenticator = mip4.bytes('mip.auth.auth', 'Authenticator')

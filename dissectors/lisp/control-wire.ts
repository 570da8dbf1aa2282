/**
 * LISP control plane (RFC 9301 section 5): message types, first words, record and locator layouts, fields. Addresses go by their address
 * family, among them the canonical address format of RFC 8060. Map-Referral: RFC 8111; Info: the NAT traversal draft.
 */
import { protocol } from '../core/fields.ts'

export const CONTROL_PORT = 4342

export const enum Type {
  MapRequest = 1,
  MapReply = 2,
  MapRegister = 3,
  MapNotify = 4,
  MapNotifyAck = 5,
  MapReferral = 6,
  Info = 7,
  Encapsulated = 8,
}

export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'Map-Request',
  2: 'Map-Reply',
  3: 'Map-Register',
  4: 'Map-Notify',
  5: 'Map-Notify-Ack',
  6: 'Map-Referral',
  7: 'Info',
  8: 'Encapsulated Control Message',
  15: 'Shared extension',
}

export const enum Family {
  None = 0,
  Ipv4 = 1,
  Ipv6 = 2,
  Name = 17,
  Canonical = 16387,
  Mac = 16389,
}
export const FAMILY_NAMES: Readonly<Record<number, string>> = {
  0: 'Reserved',
  1: 'IPv4',
  2: 'IPv6',
  17: 'Distinguished name',
  16387: 'LISP canonical address format',
  16389: 'MAC-48',
}

/** Bits of a message's first word. */
export const enum RequestBit {
  MapReply = 0x04000000,
  Probe = 0x02000000,
  Solicit = 0x01000000,
  Invoked = 0x00400000,
  XtrId = 0x00100000,
}
export const enum ReplyBit {
  Probe = 0x08000000,
}
export const enum RegisterBit {
  XtrId = 0x02000000,
  WantNotify = 0x00000100,
}
export const enum NotifyBit {
  XtrId = 0x08000000,
}
export const enum InfoBit {
  Reply = 0x08000000,
}

/** A locator of this priority must not be used (RFC 9301 section 5.4). */
export const UNUSABLE = 255
export const ACTIONS = {
  0: 'No-Action',
  1: 'Natively-Forward',
  2: 'Send-Map-Request',
  3: 'Drop',
  4: 'Drop, policy denied',
  5: 'Drop, authentication failure',
} as const

const hex = { base: 'hex' } as const
const families = { values: FAMILY_NAMES }

export const lisp = protocol('lisp', 'Locator/ID Separation Protocol', 'LISP')
export const lispType = lisp.uint24('lisp.type', 'Type', { values: TYPE_NAMES })
export const itrCount = lisp.uint24('lisp.irc', 'ITR-RLOC count')
export const records = lisp.uint8('lisp.records', 'Record count')
export const nonce = lisp.uint64('lisp.nonce', 'Nonce', hex)

export const requestFlags = lisp.uint24('lisp.mreq.flags', 'Flags', hex)
/** the flag's bit in the first word, and its field */
export const REQUEST_FLAGS: readonly (readonly [bit: number, field: number])[] = [
  [27, lisp.bool('lisp.mreq.flags.auth', 'Authoritative (A)')],
  [26, lisp.bool('lisp.mreq.flags.mrp', 'Map-Reply present (M)')],
  [25, lisp.bool('lisp.mreq.flags.probe', 'Probe (P)')],
  [24, lisp.bool('lisp.mreq.flags.smr', 'Solicit Map-Request (S)')],
  [23, lisp.bool('lisp.mreq.flags.pitr', 'Proxy ITR (p)')],
  [22, lisp.bool('lisp.mreq.flags.smri', 'SMR-invoked (s)')],
]
export const requestReserved = lisp.uint24('lisp.mreq.res', 'Reserved', hex)
export const itr = lisp.group('lisp.mreq.itr_rloc', 'ITR-RLOC')
export const request = lisp.group('lisp.mreq.record', 'Map-Request record')
export const requestRecordReserved = lisp.uint8('lisp.mreq.record.res', 'Reserved', hex)
export const requestLength = lisp.uint8('lisp.mreq.record.prefix.length', 'Prefix length')
export const requestReply = lisp.group('lisp.mrep.record', 'Map-Reply record')

export const REPLY_FLAGS: readonly (readonly [bit: number, field: number])[] = [
  [27, lisp.bool('lisp.mrep.flags.probe', 'Probe (P)')],
  [26, lisp.bool('lisp.mrep.flags.enlr', 'Echo-nonce capable (E)')],
  [25, lisp.bool('lisp.mrep.flags.sec', 'LISP-SEC capable (S)')],
]
export const replyReserved = lisp.uint24('lisp.mrep.res', 'Reserved', hex)
export const REGISTER_FLAGS: readonly (readonly [bit: number, field: number])[] = [
  [27, lisp.bool('lisp.mreg.flags.pmr', 'Proxy Map-Reply (P)')],
  [26, lisp.bool('lisp.mreg.flags.sec', 'LISP-SEC capable (S)')],
  [25, lisp.bool('lisp.mreg.flags.xtrid', 'xTR-ID present (I)')],
  [24, lisp.bool('lisp.mreg.flags.rtr', 'Built for an RTR (R)')],
]
export const registerReserved = lisp.uint24('lisp.mreg.res', 'Reserved', hex)
export const registerWant = lisp.bool('lisp.mreg.flags.wmn', 'Want Map-Notify (M)')
export const NOTIFY_FLAGS: readonly (readonly [bit: number, field: number])[] = [
  [27, lisp.bool('lisp.mnot.flags.xtrid', 'xTR-ID present (I)')],
  [26, lisp.bool('lisp.mnot.flags.rtr', 'Built for an RTR (R)')],
]
export const notifyReserved = lisp.uint24('lisp.mnot.res', 'Reserved', hex)
export const referralReserved = lisp.uint24('lisp.mref.res', 'Reserved', hex)
export const keyId = lisp.uint16('lisp.keyid', 'Key id', hex)
export const authenticationLength = lisp.uint16('lisp.authlen', 'Authentication data length')
export const authentication = lisp.bytes('lisp.auth', 'Authentication data')
export const xtrId = lisp.bytes('lisp.xtrid', 'xTR-ID')
export const siteId = lisp.bytes('lisp.siteid', 'Site-ID')
export const infoReply = lisp.bool('lisp.info.r', 'Info-Reply (R)')
export const infoReserved = lisp.uint32('lisp.info.res1', 'Reserved', hex)
export const infoTtl = lisp.uint32('lisp.info.ttl', 'TTL')
export const infoReserved2 = lisp.uint8('lisp.info.res2', 'Reserved', hex)
export const infoLength = lisp.uint8('lisp.info.prefix.masklen', 'EID prefix length')
export const ecmSecurity = lisp.bool('lisp.ecm.flags.sec', 'LISP-SEC capable')
export const ecmDelegated = lisp.bool('lisp.ecm.flags.ddt', 'DDT originated')
export const ecmReserved = lisp.uint32('lisp.ecm.res', 'Reserved bits', hex)

export const mapping = lisp.group('lisp.mapping', 'Mapping record')
export const mappingTtl = lisp.uint32('lisp.mapping.ttl', 'Record TTL (minutes)')
export const mappingLocators = lisp.uint8('lisp.mapping.loccnt', 'Locator count')
export const mappingLength = lisp.uint8('lisp.mapping.eid.masklen', 'EID mask length')
export const mappingAction = lisp.uint16('lisp.mapping.act', 'Action', { values: ACTIONS })
export const mappingAuthoritative = lisp.bool('lisp.mapping.auth', 'Authoritative')
export const referralIncomplete = lisp.bool('lisp.referral.incomplete', 'Incomplete')
export const mappingReserved = lisp.uint16('lisp.mapping.res1', 'Reserved', hex)
export const mappingReserved2 = lisp.uint16('lisp.mapping.res2', 'Reserved', hex)
export const referralSignatures = lisp.uint16('lisp.referral.sigcnt', 'Signature count')
export const mappingVersion = lisp.uint16('lisp.mapping.ver', 'Mapping version')

export const locator = lisp.group('lisp.loc', 'Locator record')
export const locatorPriority = lisp.uint8('lisp.loc.priority', 'Priority')
export const locatorWeight = lisp.uint8('lisp.loc.weight', 'Weight')
export const locatorMulticastPriority = lisp.uint8('lisp.loc.multicast_priority', 'Multicast priority')
export const locatorMulticastWeight = lisp.uint8('lisp.loc.multicast_weight', 'Multicast weight')
export const locatorFlags = lisp.uint16('lisp.loc.flags', 'Flags', hex)
export const locatorReserved = lisp.uint16('lisp.loc.flags.res', 'Reserved', hex)
export const locatorLocal = lisp.bool('lisp.loc.flags.local', 'Local (L)')
export const locatorProbed = lisp.bool('lisp.loc.flags.probe', 'Probed (p)')
export const locatorReachable = lisp.bool('lisp.loc.flags.reach', 'Reachable (R)')
export const locatorFamily = lisp.uint16('lisp.loc.afi', 'AFI', families)
export const locatorText = lisp.string('lisp.loc.locator', 'Locator')

/** Where an address may stand: the fields of its family number and of its value in each family, -1 for none. */
export interface AddressFields {
  readonly family: number
  readonly ipv4: number
  readonly ipv6: number
  readonly mac: number
  readonly name: number
}
function addressFields(
  prefix: string,
  label: string,
  special: { family?: string; ipv4?: string; ipv6?: string; name?: string } = {},
): AddressFields {
  return {
    family: lisp.uint16(special.family ?? `${prefix}.afi`, `${label} AFI`, families),
    ipv4: lisp.ipv4(special.ipv4 ?? `${prefix}.ipv4`, label),
    ipv6: lisp.ipv6(special.ipv6 ?? `${prefix}.ipv6`, label),
    mac: lisp.ether(`${prefix}.mac`, label),
    name: lisp.string(special.name ?? `${prefix}.dn`, label),
  }
}
export const sourceEid = addressFields('lisp.mreq.srceid', 'Source EID', {
  ipv6: 'lisp.mreq.srceid_ipv6',
  name: 'lisp.mreq.srceid.string',
})
export const itrAddress = addressFields('lisp.mreq.itr_rloc', 'ITR-RLOC', {
  ipv4: 'lisp.mreq.itr_rloc_ipv4',
  ipv6: 'lisp.mreq.itr_rloc_ipv6',
})
export const requestPrefix = addressFields('lisp.mreq.record.prefix', 'Prefix')
export const mappingEid = addressFields('lisp.mapping.eid', 'EID prefix')
export const infoPrefix = addressFields('lisp.info.prefix', 'Prefix')
export const infoAddress = addressFields('mh.lisp.info', 'Address', { family: 'lisp.info.afi' })
/** A locator's value is the text of whatever address it is. */
export const locatorAddress: AddressFields = { family: locatorFamily, ipv4: -1, ipv6: -1, mac: -1, name: -1 }

export const canonical = lisp.group('lisp.lcaf', 'LCAF')
export const canonicalReserved = lisp.uint8('lisp.lcaf.res1', 'Reserved', hex)
export const canonicalFlags = lisp.uint8('lisp.lcaf.flags', 'Flags', hex)
export const enum Canonical {
  List = 1,
  Instance = 2,
  AutonomousSystem = 3,
  NatTraversal = 7,
  NonceLocator = 8,
  ExplicitPath = 10,
  SourceDestination = 12,
  Replication = 13,
  KeyValue = 15,
}
export const canonicalType = lisp.uint8('lisp.lcaf.type', 'Type', {
  values: {
    0: 'Null body',
    1: 'AFI list',
    2: 'Instance id',
    3: 'AS number',
    5: 'Geo coordinates',
    7: 'NAT traversal',
    8: 'Nonce locator',
    9: 'Multicast info',
    10: 'Explicit locator path',
    11: 'Security key',
    12: 'Source/destination key',
    13: 'Replication list entry',
    14: 'JSON data model',
    15: 'Key/value address pair',
    255: 'Vendor specific',
  },
})
export const canonicalReserved2 = lisp.uint8('lisp.lcaf.res2', 'Reserved', hex)
export const canonicalLength = lisp.uint16('lisp.lcaf.length', 'Length')
export const canonicalData = lisp.bytes('mh.lisp.lcaf.data', 'Data')
export const listAddress = addressFields('lisp.lcaf.afi_list', 'List item')
export const instance = lisp.uint32('lisp.lcaf.iid', 'Instance id')
export const instanceAddress = addressFields('lisp.lcaf.iid', 'Address')
export const autonomousSystem = lisp.uint32('lisp.lcaf.asn', 'AS number')
export const autonomousSystemAddress = addressFields('lisp.lcaf.asn', 'Address')
export const natServerPort = lisp.uint16('lisp.lcaf.natt.msport', 'Map-Server port')
export const natEtrPort = lisp.uint16('lisp.lcaf.natt.etrport', 'ETR port')
export const natAddress = addressFields('lisp.lcaf.natt.rloc', 'RLOC')
export const nonceLocator = lisp.uint24('lisp.lcaf.nonce_loc', 'Nonce', hex)
export const nonceAddress = addressFields('lisp.lcaf.nonce_loc', 'Address')
export const hopFlags = lisp.uint16('lisp.lcaf.elp_hop.flags', 'Flags', hex)
export const hopAddress = addressFields('lisp.lcaf.elp_hop', 'Reencapsulation hop')
export const pairReserved = lisp.uint16('lisp.lcaf.srcdst.res', 'Reserved', hex)
export const pairSourceLength = lisp.uint8('lisp.lcaf.srcdst.src.masklen', 'Source prefix length')
export const pairDestinationLength = lisp.uint8('lisp.lcaf.srcdst.dst.masklen', 'Destination prefix length')
export const pairSource = addressFields('lisp.lcaf.srcdst.src', 'Source prefix')
export const pairDestination = addressFields('lisp.lcaf.srcdst.dst', 'Destination prefix')
export const entryLevel = lisp.uint8('lisp.lcaf.rle_entry.level', 'Level')
export const entryAddress = addressFields('lisp.lcaf.rle_entry', 'RTR/ETR')
export const keyAddress = addressFields('lisp.lcaf.kv_key', 'Key')
export const valueAddress = addressFields('lisp.lcaf.kv_value', 'Value')

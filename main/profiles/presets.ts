/**
 * Profiles of the proposals of the IETF multi6 group. None of them was ever given a code point and most texts fix no layout: these are readings to
 * start from, on numbers that are free for experiments (RFC 4727), shipped disabled and used only when named. docs/proposals says what is certain.
 */

export interface Preset {
  id: string
  /** the profile as its JSON file would have it */
  profile: unknown
}

const address6 = { kind: 'ipv6', role: 'locator' } as const

export const PRESETS: readonly Preset[] = [
  {
    id: 'noid',
    profile: {
      id: 'noid',
      title: 'NOID: data known by its flow label',
      enabled: false,
      note: 'draft-nordmark-multi6-noid: no identifier in packets, data marked by flow label. The mask is a guess.',
      bind: { flowLabelMask: '0xfffff' },
    },
  },
  {
    id: 'sim',
    profile: {
      id: 'sim',
      title: 'SIM/CBID128 shim header',
      enabled: false,
      note: 'draft-nordmark-multi6-sim: shim header with a 32-bit context tag. Eight bytes are plausible, the layout is a guess.',
      bind: { ipProto: 253 },
      fields: [
        { name: 'next-header', bits: 8 },
        { name: 'length', bits: 8 },
        { name: 'unused', bits: 16 },
        { name: 'context-tag', bits: 32, role: 'tag' },
      ],
    },
  },
  {
    id: 'cb64',
    profile: {
      id: 'cb64',
      title: 'CB64: crypto-based identifier in the interface part',
      enabled: false,
      note: 'draft-nordmark-multi6-cb64: 64-bit key hash below changing prefixes. Matches any address; use on captures of such hosts only.',
      bind: { iidMask: '0', iidValue: '0' },
    },
  },
  {
    id: 'mast',
    profile: {
      id: 'mast',
      title: 'MAST control exchange',
      enabled: false,
      note: 'draft-crocker-mast-proposal: verbs INIT, SET, PROBE, SHUT between endpoints; port and layout are guesses.',
      bind: { udpPort: 49152 },
      fields: [
        { name: 'verb', bits: 8, role: 'msgType' },
        { name: 'count', bits: 8 },
        { name: 'reserved', bits: 16 },
        { name: 'association', bits: 32, role: 'tag' },
        { name: 'nonce', bits: 32, role: 'nonce' },
        { name: 'locator', ...address6, repeat: 'count' },
      ],
      msgTypes: {
        '1': { name: 'INIT', effect: 'open' },
        '2': { name: 'INIT reply', effect: 'openAck' },
        '3': { name: 'SET', effect: 'addLocator' },
        '4': { name: 'PROBE', effect: 'probe' },
        '5': { name: 'PROBE reply', effect: 'probeAck' },
        '6': { name: 'SHUT', effect: 'close' },
      },
    },
  },
  {
    id: 'tcp-mh',
    profile: {
      id: 'tcp-mh',
      title: 'TCP-MH option',
      enabled: false,
      note: 'draft-arifumi-tcp-mh: an option announces multihoming, further ones add and delete addresses, with a 16-bit serial number. Kind and subtypes are guesses.',
      bind: { tcpOption: 253 },
      fields: [
        { name: 'subtype', bits: 8, role: 'msgType' },
        { name: 'serial', bits: 16, role: 'serial' },
        { name: 'address', ...address6, repeat: 'end' },
      ],
      msgTypes: {
        '1': { name: 'MH-Permit', effect: 'open' },
        '2': { name: 'MH-Add', effect: 'addLocator' },
        '3': { name: 'MH-Delete', effect: 'delLocator' },
      },
    },
  },
  {
    id: 'lin6',
    profile: {
      id: 'lin6',
      title: 'LIN6: 64-bit identifier below changing prefixes',
      enabled: false,
      note: 'draft-teraoka-ipng-lin6: LIN6 address = network prefix || LIN6 ID. Matches any address; use on captures of LIN6 hosts only.',
      bind: { iidMask: '0', iidValue: '0' },
    },
  },
  {
    id: '8plus8',
    profile: {
      id: '8plus8',
      title: '8+8: identifier in the lower half, group bit set',
      enabled: false,
      note: 'draft-ohta-multi6-8plus8: the group bit of a unicast interface identifier signals 8+8. About half of all random identifiers have it set too.',
      bind: { iidMask: '0100000000000000', iidValue: '0100000000000000' },
    },
  },
  {
    id: 'wimp',
    profile: {
      id: 'wimp',
      title: 'WIMP readdressing with hash chains',
      enabled: false,
      note: 'draft-ylitalo-multi6-wimp: INIT, CC, CCR, CONF; REA, AC, ACR. Numbers and layout are guesses.',
      bind: { ipProto: 254 },
      fields: [
        { name: 'type', bits: 8, role: 'msgType' },
        { name: 'count', bits: 8 },
        { name: 'reserved', bits: 16 },
        { name: 'initiator', bits: 128, kind: 'bytes', role: 'identifier' },
        { name: 'responder', bits: 128, kind: 'bytes', role: 'identifier' },
        { name: 'chain', bits: 160, kind: 'bytes', role: 'hashAnchor' },
        { name: 'locator', ...address6, repeat: 'count' },
      ],
      msgTypes: {
        '1': { name: 'INIT', effect: 'open' },
        '2': { name: 'CC' },
        '3': { name: 'CCR' },
        '4': { name: 'CONF', effect: 'openAck' },
        '5': { name: 'REA', effect: 'addLocator' },
        '6': { name: 'AC', effect: 'probe' },
        '7': { name: 'ACR', effect: 'probeAck' },
      },
    },
  },
  {
    id: 'lhip',
    profile: {
      id: 'lhip',
      title: 'LHIP: identifiers unproven until upgraded',
      enabled: false,
      note: 'HIP packets of the time used protocol 99 in tests; fixed bits are not checked. HIT pair at offset 8.',
      bind: { ipProto: 99 },
      fields: [
        { name: 'next-header', bits: 8 },
        { name: 'header-length', bits: 8 },
        { name: 'packet-type', bits: 8, role: 'msgType' },
        { name: 'version', bits: 8 },
        { name: 'checksum', bits: 16 },
        { name: 'controls', bits: 16 },
        { name: 'sender-hit', bits: 128, kind: 'bytes', role: 'identifier' },
        { name: 'receiver-hit', bits: 128, kind: 'bytes', role: 'identifier' },
      ],
      msgTypes: {
        '1': { name: 'I1', effect: 'open' },
        '2': { name: 'R1' },
        '3': { name: 'I2' },
        '4': { name: 'R2', effect: 'openAck' },
        '16': { name: 'UPDATE', effect: 'switch' },
        '18': { name: 'CLOSE', effect: 'close' },
      },
    },
  },
]

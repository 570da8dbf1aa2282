/**
 * Protocols as their specifications spell them, for every page, table, screen and export; reports keep the schema's lower-case words.
 * Refuses to guess: a profile without a known name is called by its id as its author wrote it. Pure; costs a look-up.
 */

const WORDS: Readonly<Record<string, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
  mptcp: 'MPTCP',
  hip: 'HIP',
  shim6: 'Shim6',
  mipv6: 'MIPv6',
  nemo: 'NEMO',
  pmipv6: 'PMIPv6',
  ikev2: 'IKEv2',
  esp: 'ESP',
  quic: 'QUIC',
  lisp: 'LISP',
  ilnp: 'ILNP',
  wireguard: 'WireGuard',
  'gtp-u': 'GTP-U',
  'gre-bonding': 'GRE bonding',
  dns: 'DNS',
  // what the product itself brings as a profile, and the proposals of the multi6 group
  'profile:mipv4': 'MIPv4',
  'profile:noid': 'NOID',
  'profile:sim': 'SIM',
  'profile:cb64': 'CB64',
  'profile:mast': 'MAST',
  'profile:tcp-mh': 'TCP-MH',
  'profile:lin6': 'LIN6',
  'profile:8plus8': '8+8',
  'profile:wimp': 'WIMP',
  'profile:lhip': 'LHIP',
}

/** 'ikev2' is IKEv2, 'profile:acme' is acme. */
export function protocolName(protocol: string): string {
  return WORDS[protocol] ?? (protocol.startsWith('profile:') ? protocol.slice(8) : protocol)
}

/** Every protocol of a report in its specification's spelling. */
import { expect, it } from 'vitest'
import { protocolName } from '../../shared/protocol-words.ts'

it.each([
  ['tcp', 'TCP'],
  ['sctp', 'SCTP'],
  ['mptcp', 'MPTCP'],
  ['hip', 'HIP'],
  ['shim6', 'Shim6'],
  ['mipv6', 'MIPv6'],
  ['nemo', 'NEMO'],
  ['pmipv6', 'PMIPv6'],
  ['ikev2', 'IKEv2'],
  ['quic', 'QUIC'],
  ['lisp', 'LISP'],
  ['ilnp', 'ILNP'],
  ['wireguard', 'WireGuard'],
  ['gtp-u', 'GTP-U'],
  ['gre-bonding', 'GRE bonding'],
  ['profile:mipv4', 'MIPv4'],
  ['profile:8plus8', '8+8'],
  ['profile:acme', 'acme'],
])('%s is %s', (protocol, name) => expect(protocolName(protocol)).toBe(name))

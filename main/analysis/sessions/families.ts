/** The context families beside TCP, UDP, SCTP and MPTCP, by the signal protocols they take. One line a family. */
import type { ContextFamily } from './contexts.ts'
import { hipFamily } from './hip.ts'
import { ikev2Family } from './ikev2/contexts.ts'
import { ilnpFamily } from './ilnp.ts'
import { lispFamily } from './lisp/contexts.ts'
import { mobileIpv4Family, mobileIpv6Family } from './mip6/contexts.ts'
import { profileFamily } from './profile.ts'
import { quicFamily } from './quic.ts'
import { shim6Family } from './shim6.ts'
import { greBondingFamily } from './tunnels/gre-bonding.ts'
import { gtpFamily } from './tunnels/gtp.ts'
import { wireguardFamily } from './wireguard.ts'

export const FAMILIES: readonly ContextFamily[] = [
  ikev2Family,
  quicFamily,
  wireguardFamily,
  mobileIpv6Family,
  mobileIpv4Family,
  hipFamily,
  shim6Family,
  ilnpFamily,
  lispFamily,
  gtpFamily,
  greBondingFamily,
  profileFamily,
]

/** The context families beside TCP, UDP, SCTP and MPTCP, by the signal protocols they take. One line a family. */
import type { ContextFamily } from './contexts.ts'
import { ikev2Family } from './ikev2.ts'
import { mobileIpv4Family, mobileIpv6Family } from './mip6/contexts.ts'

export const FAMILIES: readonly ContextFamily[] = [ikev2Family, mobileIpv6Family, mobileIpv4Family]

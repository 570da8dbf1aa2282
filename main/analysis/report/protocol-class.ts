/**
 * Class (RFC 4177 section 5) and kind of identity (section 6.2) of each protocol's sessions, as rehoming.md section 2 names them. A protocol
 * that is not listed changes nothing between the ends and has no identity of its own.
 */
import type { SessionReport } from '../../../shared/report.ts'
import type { SessionProtocol } from '../model.ts'

type Kind = Pick<SessionReport, 'class' | 'identity'>

const KINDS: Partial<Record<SessionProtocol, Kind>> = {
  sctp: { class: 'modified-element', identity: 'ephemeral' },
  mptcp: { class: 'modified-element', identity: 'opportunistic' },
  hip: { class: 'identity-element', identity: 'persistent' },
  shim6: { class: 'identity-element', identity: 'ephemeral' },
  mipv6: { class: 'mobility', identity: 'persistent' },
  nemo: { class: 'mobility', identity: 'persistent' },
  pmipv6: { class: 'mobility', identity: 'persistent' },
  'profile:mipv4': { class: 'mobility', identity: 'persistent' },
  ikev2: { class: 'modified-element', identity: 'persistent' },
  esp: { class: 'modified-element', identity: 'ephemeral' },
  quic: { class: 'modified-element', identity: 'ephemeral' },
  lisp: { class: 'site-exit', identity: 'persistent' },
  ilnp: { class: 'modified-element', identity: 'persistent' },
  wireguard: { class: 'modified-element', identity: 'ephemeral' },
  'gtp-u': { class: 'mobility', identity: 'ephemeral' },
  // the proposals of the multi6 group, as their pages name them; another profile is an identity element without a lasting identity
  'profile:noid': { class: 'identity-element', identity: 'ephemeral' },
  'profile:sim': { class: 'identity-element', identity: 'persistent' },
  'profile:cb64': { class: 'identity-element', identity: 'persistent' },
  'profile:mast': { class: 'identity-element', identity: 'persistent' },
  'profile:tcp-mh': { class: 'modified-element', identity: 'opportunistic' },
  'profile:lin6': { class: 'modified-element', identity: 'persistent' },
  'profile:8plus8': { class: 'modified-element', identity: 'persistent' },
  'profile:wimp': { class: 'identity-element', identity: 'ephemeral' },
  'profile:lhip': { class: 'identity-element', identity: 'persistent' },
  'gre-bonding': { class: 'site-exit', identity: 'ephemeral' },
}

const OTHER_PROFILE: Kind = { class: 'identity-element', identity: 'ephemeral' }
const NONE: Kind = { class: 'none', identity: 'none' }

export function kindOf(protocol: SessionProtocol): Kind {
  return KINDS[protocol] ?? (protocol.startsWith('profile:') ? OTHER_PROFILE : NONE)
}

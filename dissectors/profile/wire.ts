/** Fields of decode-as profiles: each value once by its profile's own name, and once by its role, so that filters work for any profile. */
import { protocol } from '../core/fields.ts'

export const profileProtocol = protocol('profile', 'Decode-as profile', 'PROFILE')
export const Field = {
  id: profileProtocol.string('profile.id', 'Profile'),
  message: profileProtocol.string('profile.message', 'Message'),
  type: profileProtocol.uint32('profile.type', 'Message type'),
  /** 'name: value' */
  field: profileProtocol.string('profile.field', 'Field'),
  tag: profileProtocol.bytes('profile.tag', 'Tag'),
  serial: profileProtocol.bytes('profile.serial', 'Serial number'),
  nonce: profileProtocol.bytes('profile.nonce', 'Nonce'),
  identifier: profileProtocol.bytes('profile.identifier', 'Identifier'),
  locator4: profileProtocol.ipv4('profile.locator4', 'Locator'),
  locator6: profileProtocol.ipv6('profile.locator6', 'Locator'),
  lifetime: profileProtocol.uint32('profile.lifetime', 'Lifetime'),
  preference: profileProtocol.uint32('profile.preference', 'Preference'),
  mac: profileProtocol.bytes('profile.mac', 'Authenticator'),
  anchor: profileProtocol.bytes('profile.anchor', 'Hash chain value'),
} as const
